"""Two real cards at once: two sound servers with a null sink each, played by a process each, recorded side by side."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from headless import RATE_HZ, Pulse, Recorder, Recording, running_pulse

from broadcaster.clock import SystemClock
from broadcaster.model import Clip
from broadcaster.playout.bank import OutputBank
from broadcaster.playout.outputs import Outputs
from broadcaster.speakers import Job, Playback, PlaybackState, ZoneRoute, Zones, open_speaker

pytestmark = pytest.mark.sound

SINKS = ("loa", "san")
LATENCY_S = 0.2
"""A busy machine may starve the null sinks at the default of 0.05 s."""
PATIENCE_S = 15.0
APART_S = 0.020
"""Two cards begin within this of each other."""
MEASURING_ERROR_S = 0.015
"""Each recorder may be late by so much on a busy machine: single starts are allowed it, their median is not."""


@dataclass
class Cards:
    """A bank over both sinks: zones a and b are the channels of the first, c both channels of the second."""

    servers: list[Pulse]
    bank: OutputBank
    changed: threading.Event = field(default_factory=threading.Event)

    def play(self, clip: Clip, *zones: str, **job: object) -> Playback:
        return self.bank.play(Job(source=clip, zones=zones, **job), self.changed.set)  # type: ignore[arg-type]

    def until(self, playback: Playback, happened: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < give_up, f"still {playback.state}, lost: {playback.lost}"
            self.changed.wait(0.02)
            self.changed.clear()
            self.bank.open_if_due()

    def play_whole(self, clip: Clip, *zones: str, **job: object) -> Playback:
        playback = self.play(clip, *zones, **job)
        self.until(playback, lambda: playback.state.final)
        assert playback.state is PlaybackState.ENDED, playback.reason.en
        return playback

    def mark(self) -> list[int]:
        return [recorder.frames for recorder in self._recorders()]

    def since(self, marks: list[int]) -> list[Recording]:
        return [recorder.since(mark) for recorder, mark in zip(self._recorders(), marks, strict=True)]

    def _recorders(self) -> list[Recorder]:
        return [server.recorder for server in self.servers if server.recorder is not None]


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cards]:
    with contextlib.ExitStack() as running:
        servers = []
        for sink in SINKS:
            folder = tmp_path / sink
            folder.mkdir()
            servers.append(running.enter_context(running_pulse(folder, sink=sink)))
        (tmp_path / "asoundrc").write_text("".join(f"{server.pcm()}\n" for server in servers))
        (tmp_path / "alsa.conf").write_text(f"</usr/share/alsa/alsa.conf>\n<{tmp_path}/asoundrc>\n")
        for name, value in (servers[0].env | {"ALSA_CONFIG_PATH": f"{tmp_path}/alsa.conf"}).items():
            monkeypatch.setenv(name, value)
        bank = bank_of(
            {"loa": {"a": ZoneRoute(channels=(0,)), "b": ZoneRoute(channels=(1,))}, "san": {"c": ZoneRoute()}}
        )
        running.callback(bank.close)
        bank.open_if_due(wait=True)
        assert bank.available() == {"a", "b", "c"}, bank.trouble.en
        for server in servers:
            server.record()
        yield Cards(servers, bank)


def bank_of(cards: Mapping[str, Zones]) -> OutputBank:
    clock = SystemClock()
    return OutputBank(
        [
            Outputs(
                [open_speaker(f"soundcard:{sink}", clock, zones=zones, latency_s=LATENCY_S)],
                clock,
                lambda kind, text: None,
                on_opened=lambda: None,
            )
            for sink, zones in cards.items()
        ],
        clock,
    )


def samples_of(clip: Clip) -> np.ndarray:
    return np.frombuffer(clip.path.read_bytes()[-2 * clip.frames :], "<i2")


def test_only_the_right_channels_sound(cards: Cards, make_clip: Callable[..., Clip]) -> None:
    first, second = make_clip(24_000, "first"), make_clip(24_000, "second", start=7_000)
    marks = cards.mark()
    playback = cards.play(first, "a")
    cards.play_whole(second, "b", "c")
    cards.until(playback, lambda: playback.state.final)
    one, two = cards.since(marks)
    for recording, channel, clip in ((one, 0, first), (one, 1, second), (two, 0, second), (two, 1, second)):
        ((begin, end),) = recording.sounding(channel)
        assert np.array_equal(recording.samples[begin:end, channel], samples_of(clip)), (clip.title, channel)
    assert playback.heard("a").frames == 24_000 and playback.heard("b").frames == 0


def test_one_card_is_exact_to_the_sample_and_two_are_close(cards: Cards, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(9_600)
    apart = []
    for n in range(6):
        marks = cards.mark()
        # At once, and planned: neither may let one card begin before the other.
        at = None if n % 2 else time.monotonic() + 0.5
        cards.play_whole(clip, "a", "b", "c", at=at)
        one, two = cards.since(marks)
        ((left, _),), ((right, _),), ((other, _),) = one.sounding(0), one.sounding(1), two.sounding(0)
        assert left == right, "two zones of one card"
        apart.append(two.heard_at(other) - one.heard_at(left))
    assert abs(np.median(apart)) <= APART_S, apart
    assert np.abs(apart).max() <= APART_S + MEASURING_ERROR_S, apart


def test_a_card_that_goes_away_leaves_the_other_one_playing_and_rejoins(
    cards: Cards, make_clip: Callable[..., Clip]
) -> None:
    clip = make_clip(RATE_HZ * 8)
    playback = cards.play(clip, "a", "c")
    cards.until(playback, lambda: playback.frames_played > RATE_HZ)
    cards.servers[0].kill()
    cards.until(playback, lambda: "a" in playback.lost)
    assert playback.state is PlaybackState.PLAYING and set(playback.lost) == {"a"}
    first = cards.servers[0]
    assert first.recorder is not None
    first.recorder.stop()
    first.start()
    first.record()  # without a recorder the null sink asks for seconds of sound at once
    cards.until(playback, lambda: "a" in cards.bank.available())
    playback.route(("a", "c"))
    assert playback.lost == {}
    cards.until(playback, lambda: playback.state.final)
    assert playback.state is PlaybackState.ENDED
    a, c = playback.heard("a"), playback.heard("c")
    assert c.frames == clip.frames
    assert RATE_HZ < a.frames < clip.frames
    assert a.last_monotonic == pytest.approx(c.last_monotonic, abs=APART_S)
