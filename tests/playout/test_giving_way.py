"""What is cut for an emergency and still fades out beneath its beginning: verdicts, STOP, cancel and loss meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from broadcaster.errors import Words
from broadcaster.model import STATION_RATE_HZ, Level
from broadcaster.reasons import ReasonCode, reason
from broadcaster.source import Span
from broadcaster.speakers import Health, Job, Playback, PlaybackState, Speaker
from tests.playout.stage import Stage


class HandPlayback(Playback):
    """Goes where the test says."""

    def __init__(self, job: Job, on_change: Callable[[], None]) -> None:
        self.job = job
        self._on_change = on_change
        self._state = PlaybackState.WAITING
        self._frames = 0
        self.was_cut = False

    @property
    def state(self) -> PlaybackState:
        return self._state

    @property
    def frames_played(self) -> int:
        return self._frames

    @property
    def started_monotonic(self) -> float | None:
        return 0.0 if self._frames else None

    @property
    def routed(self) -> frozenset[str]:
        return frozenset(self.job.zones)

    def route(self, zones: Collection[str]) -> None:
        raise NotImplementedError("this stage has one zone")

    def heard(self, zone: str) -> Span:
        return Span(frames=self._frames)

    def cut(self, fade_ms: int = 30) -> None:
        assert not self._state.final
        self.was_cut = True

    def come_to(self, state: PlaybackState, seconds: float) -> None:
        assert not self._state.final
        self._state, self._frames = state, round(seconds * STATION_RATE_HZ)
        self._on_change()


class HandSpeaker(Speaker):
    """An output that mixes the fade of a cut job with the next one, at the test's pace."""

    spec = "hand"
    mixes_fade = True

    def __init__(self) -> None:
        self.played: list[HandPlayback] = []
        self.lost = False

    def open(self) -> None:
        self.lost = False

    def play(self, job: Job, on_change: Callable[[], None]) -> HandPlayback:
        assert all(each.was_cut or each.state.final for each in self.played)
        self.played.append(HandPlayback(job, on_change))
        return self.played[-1]

    def health(self) -> Health:
        return Health(ok=not self.lost, text=Words("", ""))

    def close(self) -> None:
        for each in self.played:
            if not each.state.final:
                each.come_to(PlaybackState.LOST, each.frames_played / STATION_RATE_HZ)


@pytest.fixture
def stage() -> Stage:
    """A session of two notices, ten seconds into the first; an emergency has just cut it."""
    stage = Stage(speaker=HandSpeaker())
    stage.session("sang", {"01-tin": 60, "02-tin": 60})
    stage.player.step()
    stage.speaker.played[0].come_to(PlaybackState.PLAYING, 10)
    stage.request({"01-lu": 10}, level=Level.KHAN_CAP)
    stage.player.step()
    return stage


def names(stage: Stage) -> list[str]:
    return [playback.job.item for playback in stage.speaker.played]


def outcomes(stage: Stage) -> list[tuple[str, str]]:
    return [row[1:] for row in stage.rows()]


def test_the_emergency_does_not_wait_until_the_cut_is_confirmed(stage: Stage):
    notice, emergency = stage.speaker.played
    assert notice.was_cut and not notice.state.final
    assert emergency.job.item == "01-lu"
    assert outcomes(stage) == [("01-tin", "None"), ("01-lu", "None")], "both are on air for 30 ms"
    notice.come_to(PlaybackState.CUT, 10.03)
    stage.player.step()
    assert outcomes(stage) == [("01-tin", "preempted"), ("01-lu", "None")]
    emergency.come_to(PlaybackState.PLAYING, 1)
    emergency.come_to(PlaybackState.ENDED, 10)
    stage.player.step()
    assert names(stage) == ["01-tin", "01-lu", "01-tin"]


def test_what_fades_is_not_chosen_before_its_verdict(stage: Stage):
    emergency = stage.speaker.played[1]
    emergency.come_to(PlaybackState.ENDED, 10)
    stage.player.step()
    assert names(stage) == ["01-tin", "01-lu"]
    stage.speaker.played[0].come_to(PlaybackState.CUT, 10.03)
    stage.player.step()
    assert names(stage) == ["01-tin", "01-lu", "01-tin"]


def test_what_ended_just_before_the_cut_has_aired(stage: Stage):
    notice, emergency = stage.speaker.played
    notice.come_to(PlaybackState.ENDED, 60)
    emergency.come_to(PlaybackState.ENDED, 10)
    stage.player.step()
    assert outcomes(stage)[:2] == [("01-tin", "aired"), ("01-lu", "aired")]
    assert names(stage) == ["01-tin", "01-lu", "02-tin"]


def test_stop_during_the_fade_gives_every_part_one_row(stage: Stage):
    stage.player.stop("trực ban")
    notice, emergency = stage.speaker.played
    assert emergency.was_cut
    notice.come_to(PlaybackState.CUT, 10.03)
    emergency.come_to(PlaybackState.CUT, 0)
    stage.player.step()
    assert outcomes(stage) == [("01-tin", "partly_aired"), ("01-lu", "cancelled"), ("02-tin", "cancelled")]
    assert not stage.player.calls


def test_cancelling_what_fades_ends_it(stage: Stage):
    session = next(call for call in stage.player.calls if call.begun and call.occurrence.level is Level.PHIEN)
    assert stage.player.cancel(session.occurrence.key, reason(ReasonCode.CANCELLED, by="văn phòng"))
    stage.speaker.played[0].come_to(PlaybackState.CUT, 10.03)
    stage.player.step()
    assert stage.verdict(session) == "partly_aired"
    assert ("02-tin", "cancelled") in outcomes(stage)


def test_an_output_lost_during_the_fade_plays_the_emergency_again_first(stage: Stage):
    stage.speaker.lost = True
    for playback in list(stage.speaker.played):
        playback.come_to(PlaybackState.LOST, 0)
    stage.player.step()
    stage.player.step()
    assert names(stage) == ["01-tin", "01-lu", "01-lu"]


def test_a_station_that_stops_during_the_fade_leaves_no_row_open(stage: Stage):
    stage.player.shut_down()
    stage.player.conclude()
    assert {outcome for _, outcome in outcomes(stage)} == {"preempted"}
