"""Several cards as one output: who hears what, and what a card that is lost takes away. On `memory` outputs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.playout.bank import OutputBank
from broadcaster.playout.outputs import Outputs
from broadcaster.source import Live
from broadcaster.sources import ToneReader, ToneSource
from broadcaster.speakers import Job, PlaybackState, zone_routes
from broadcaster.speakers.memory import MemorySpeaker
from tests.playout.stage import clip

FIRST = ("thon_1", "thon_2")
SECOND = ("cho", "truong")
ALL = (*FIRST, *SECOND)
GONE = Words("rút dây", "unplugged")
LIVE = Live(name="micro", title="Micro", address="hw:1", max_s=60.0)


class Cards:
    """Two cards, the second with a spare."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
        self.one = self._speaker("one", FIRST)
        self.two = self._speaker("two", SECOND)
        self.spare = self._speaker("spare", SECOND)
        self.notes: list[str] = []
        self.changes = 0
        self.bank = OutputBank([self._outputs(self.one), self._outputs(self.two, self.spare)], self.clock)
        self.bank.open_if_due()

    def _speaker(self, spec: str, zones: tuple[str, ...]) -> MemorySpeaker:
        return MemorySpeaker(self.clock, zones=zone_routes(zones), check_files=False, spec=spec)

    def _outputs(self, *speakers: MemorySpeaker) -> Outputs:
        return Outputs(speakers, self.clock, lambda kind, text: self.notes.append(text.en))

    def play(self, seconds: float, *zones: str, **job: object):
        def changed() -> None:
            self.changes += 1

        return self.bank.play(Job(source=clip("tin", seconds), zones=zones, **job), changed)  # type: ignore[arg-type]

    def heard(self) -> list[tuple[str, str, float, float, str]]:
        """(output, zone, start, seconds, state)."""
        return sorted(
            (speaker.spec, each.zone, round(each.start, 2), round(each.frames / STATION_RATE_HZ, 2), str(each.state))
            for speaker in (self.one, self.two, self.spare)
            for each in speaker.heard
        )


@pytest.fixture
def cards() -> Cards:
    return Cards()


def test_a_job_sounds_on_every_card_from_the_same_moment_on(cards: Cards) -> None:
    playback = cards.play(10, *ALL, at=5.0)
    assert playback.state is PlaybackState.WAITING and playback.started_monotonic is None
    cards.clock.advance(20)
    assert playback.state is PlaybackState.ENDED
    assert playback.frames_played == 10 * STATION_RATE_HZ
    assert playback.started_monotonic == 5.0 and playback.lost == {} and playback.reason == Words("", "")
    assert cards.heard() == [
        ("one", "thon_1", 5.0, 10.0, "ended"),
        ("one", "thon_2", 5.0, 10.0, "ended"),
        ("two", "cho", 5.0, 10.0, "ended"),
        ("two", "truong", 5.0, 10.0, "ended"),
    ]
    assert {zone: playback.heard(zone).frames for zone in ALL} == dict.fromkeys(ALL, 480_000)
    assert cards.changes >= 4


def test_a_card_that_the_job_does_not_need_is_left_alone(cards: Cards) -> None:
    cards.play(10, "thon_2")
    other = cards.play(10, *SECOND)
    cards.clock.advance(20)
    assert other.state is PlaybackState.ENDED
    assert [each[:2] for each in cards.heard()] == [("one", "thon_2"), ("two", "cho"), ("two", "truong")]


def test_a_lost_card_takes_only_its_zones_away(cards: Cards) -> None:
    playback = cards.play(10, *ALL)
    cards.clock.advance(3)
    cards.two.lose(GONE)
    assert playback.state is PlaybackState.PLAYING
    assert playback.lost == {"cho": GONE, "truong": GONE}
    cards.clock.advance(20)
    assert playback.state is PlaybackState.ENDED and playback.reason == Words("", "")
    assert playback.heard("thon_1").frames == 10 * STATION_RATE_HZ
    assert playback.heard("cho").frames == 3 * STATION_RATE_HZ
    assert playback.heard("cho").last_monotonic == pytest.approx(3.0)


def test_zones_rejoin_through_the_spare_where_the_others_are(cards: Cards) -> None:
    playback = cards.play(10, *ALL)
    cards.clock.advance(3)
    cards.two.lose(GONE)
    assert cards.bank.available() == set(FIRST)
    cards.clock.advance(1)
    cards.two.fail_open = True
    cards.bank.open_if_due()
    assert cards.bank.available() == set(ALL)
    assert cards.bank.spec_of("cho") == "spare" and cards.bank.spec_of("thon_1") == "one"
    playback.route(ALL)
    assert playback.lost == {}
    cards.clock.advance(20)
    assert playback.state is PlaybackState.ENDED
    assert playback.frames_played == 10 * STATION_RATE_HZ
    assert playback.heard("truong").frames == 9 * STATION_RATE_HZ
    joined = [each for each in cards.spare.heard if each.zone == "cho"]
    assert [(each.start, each.job.start_frame, each.frames) for each in joined] == [(4.0, 192_000, 288_000)]


def test_a_card_lost_with_every_zone_of_the_job_loses_the_job(cards: Cards) -> None:
    playback = cards.play(10, *SECOND)
    cards.clock.advance(3)
    cards.two.lose(GONE)
    assert playback.state is PlaybackState.LOST
    assert playback.reason == GONE
    assert set(playback.lost) == set(SECOND)
    playback.route(SECOND)
    playback.cut()
    assert playback.state is PlaybackState.LOST


def test_zones_without_an_open_card_are_lost_from_the_start(cards: Cards) -> None:
    cards.two.lose(GONE)
    cards.two.fail_open = cards.spare.fail_open = True
    cards.bank.open_if_due()
    playback = cards.play(10, *ALL)
    assert set(playback.lost) == set(SECOND)
    with pytest.raises(SpeakerError, match="hỏng"):
        cards.play(10, *SECOND)
    cards.clock.advance(20)
    assert playback.state is PlaybackState.ENDED
    assert playback.heard("cho").frames == 0


def test_a_zone_that_no_card_has_is_told(cards: Cards) -> None:
    playback = cards.play(10, "thon_1", "thon_9")
    assert list(playback.lost) == ["thon_9"] and "thon_9" in playback.lost["thon_9"].en
    assert cards.bank.spec_of("thon_9") == ""


def test_routing_and_cutting_reach_every_card(cards: Cards) -> None:
    playback = cards.play(10, *ALL)
    cards.clock.advance(2)
    playback.route(("thon_1", "cho"))
    assert playback.routed == {"thon_1", "cho"}
    cards.clock.advance(2)
    with pytest.raises(RuntimeError):
        cards.play(10, "cho")
    flood = cards.play(1, "thon_2", "truong")
    cards.clock.advance(2)
    assert flood.state is PlaybackState.ENDED
    playback.route(ALL)
    cards.clock.advance(2)
    playback.cut()
    cards.clock.advance(1)
    assert playback.state is PlaybackState.CUT
    frames = {zone: round(playback.heard(zone).frames / STATION_RATE_HZ, 2) for zone in ALL}
    assert frames == {"thon_1": 8.03, "thon_2": 4.06, "cho": 8.03, "truong": 4.06}


def test_a_taken_zone_starts_nothing_anywhere(cards: Cards) -> None:
    cards.play(10, "cho")
    with pytest.raises(RuntimeError, match="cho"):
        cards.play(10, *ALL)
    cards.clock.advance(1)
    cards.play(5, *FIRST)


def test_one_live_source_is_read_once_for_all_cards(cards: Cards) -> None:
    opened = []

    def open_source() -> ToneReader:
        opened.append(ToneReader(ToneSource(stalls_after_s=2, stalls_for_s=1, ends_after_s=4), cards.clock))
        return opened[-1]

    playback = cards.bank.play(Job(source=LIVE, open=open_source, zones=ALL), lambda: None)
    cards.clock.advance(1)
    cards.two.lose(GONE)
    cards.bank.open_if_due()
    playback.route(ALL)
    cards.clock.advance(10)
    assert len(opened) == 1
    assert playback.state is PlaybackState.ENDED
    assert playback.heard("thon_1").frames == 4 * STATION_RATE_HZ
    assert playback.heard("cho").frames == pytest.approx(4 * STATION_RATE_HZ, abs=0.2 * STATION_RATE_HZ)
    assert playback.stalled_s == pytest.approx(1.0, abs=0.1)


def test_a_lost_card_is_reopened_although_nothing_plays(cards: Cards) -> None:
    cards.one.lose(GONE)
    assert cards.bank.available() == set(SECOND)
    assert not cards.bank.health().ok
    cards.bank.open_if_due()
    assert cards.bank.health().ok and cards.bank.trouble == Words("", "")
    assert any("lost one: unplugged" in note for note in cards.notes)


def test_the_spare_is_left_only_while_nothing_plays_on_it(cards: Cards) -> None:
    cards.two.fail_open = True
    cards.two.lose(GONE)
    cards.bank.open_if_due()
    assert cards.bank.spec_of("cho") == "spare"
    cards.two.fail_open = False
    playback = cards.play(100, "cho")
    for _ in range(99):
        cards.clock.advance(1)
        cards.bank.open_if_due()
        assert cards.bank.spec_of("cho") == "spare"
    cards.clock.advance(5)
    assert playback.state is PlaybackState.ENDED
    cards.bank.open_if_due()
    assert cards.bank.spec_of("cho") == "two"


def test_a_card_that_hangs_while_it_opens_delays_no_other() -> None:
    clock, go_on, opened = SystemClock(), threading.Event(), threading.Event()

    class Hanging(MemorySpeaker):
        def open(self) -> None:
            assert go_on.wait(10)
            super().open()

    def outputs(speaker: MemorySpeaker, told: Callable[[], None]) -> Outputs:
        return Outputs([speaker], clock, lambda kind, text: None, on_opened=told)

    hanging = Hanging(clock, zones=zone_routes(SECOND), spec="hanging")
    well = MemorySpeaker(clock, zones=zone_routes(FIRST), check_files=False)
    bank = OutputBank([outputs(hanging, opened.set), outputs(well, threading.Event().set)], clock)
    try:
        bank.open_if_due()
        give_up = clock.monotonic() + 5
        while not bank.available():
            assert clock.monotonic() < give_up
            bank.open_if_due()
        assert bank.available() == set(FIRST)
        done = threading.Event()
        playback = bank.play(Job(source=replace(clip("tin", 0.1)), zones=ALL), done.set)
        assert set(playback.lost) == set(SECOND)
        go_on.set()
        assert opened.wait(5)
        bank.open_if_due(wait=True)
        assert bank.available() == set(ALL)
    finally:
        go_on.set()
        bank.close()
