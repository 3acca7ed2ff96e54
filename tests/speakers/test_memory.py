"""The output of tests and rehearsals: what it remembers, and the ways in which it can be told to fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import numbered

from broadcaster.clock import ManualClock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.speakers import Job, PlaybackState
from broadcaster.speakers.memory import HANG_NOTICED_S, MemorySpeaker


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 12, 1, tzinfo=UTC))


@pytest.fixture
def clip(make_clip: Callable[..., Clip]) -> Clip:
    return make_clip(STATION_RATE_HZ * 3)


def opened(clock: ManualClock, **options: bool) -> MemorySpeaker:
    speaker = MemorySpeaker(clock, **options)
    speaker.open()
    return speaker


def test_what_was_heard_is_remembered_to_the_frame(clock: ManualClock, clip: Clip) -> None:
    speaker = opened(clock)
    whole = Job(source=clip, at=10.0, item="1")
    speaker.play(whole, lambda: None)
    clock.advance(20.0)
    resumed = Job(source=clip, start_frame=STATION_RATE_HZ, item="2")
    playback = speaker.play(resumed, lambda: None)
    clock.advance(0.5)
    playback.cut()
    clock.advance(1.0)
    first, second = speaker.heard
    assert (first.start, first.end, first.job, first.frames, first.cut) == (10.0, 13.0, whole, clip.frames, False)
    assert (second.start, second.job, second.frames, second.cut) == (20.0, resumed, 24_000 + 1_440, True)
    assert second.end == pytest.approx(20.53)


def test_kept_audio_is_what_was_consumed(clock: ManualClock, clip: Clip) -> None:
    speaker = opened(clock, keep_audio=True)
    playback = speaker.play(Job(source=clip, start_frame=100), lambda: None)
    clock.advance(1.0)
    playback.cut()
    clock.advance(1.0)
    assert speaker.heard[0].samples == numbered(playback.frames_played, 101).tobytes()


def test_it_can_fail_to_open(clock: ManualClock) -> None:
    speaker = MemorySpeaker(clock)
    speaker.fail_open = True
    with pytest.raises(SpeakerError):
        speaker.open()
    assert not speaker.health().ok
    speaker.fail_open = False
    speaker.open()
    assert speaker.health().ok


def test_it_can_be_lost_while_playing(clock: ManualClock, clip: Clip) -> None:
    speaker = opened(clock)
    speaker.lose_after_s = 1.25
    playback = speaker.play(Job(source=clip), lambda: None)
    clock.advance(5.0)
    assert (playback.state, playback.frames_played) == (PlaybackState.LOST, 60_000)
    assert playback.reason == speaker.health().text == Words("mất thiết bị phát", "the output is gone")
    assert speaker.play(Job(source=clip), lambda: None).state is PlaybackState.LOST
    speaker.open()
    again = speaker.play(Job(source=clip), lambda: None)
    clock.advance(5.0)
    assert again.state is PlaybackState.ENDED
    assert [heard.state for heard in speaker.heard] == [PlaybackState.LOST, PlaybackState.ENDED]


def test_it_can_be_lost_while_idle(clock: ManualClock) -> None:
    speaker = opened(clock)
    speaker.lose(Words("rút dây loa", "unplugged"))
    assert not speaker.health().ok
    assert speaker.health().text.en == "unplugged"


def test_a_hang_is_noticed_as_by_the_watchdog(clock: ManualClock, clip: Clip) -> None:
    speaker = opened(clock)
    speaker.hang = True
    playback = speaker.play(Job(source=clip), lambda: None)
    clock.advance(HANG_NOTICED_S - 0.1)
    assert (playback.state, playback.frames_played) == (PlaybackState.WAITING, 0)
    clock.advance(0.2)
    assert (playback.state, playback.frames_played) == (PlaybackState.LOST, 0)
    assert speaker.heard == []


def test_a_simulated_year_takes_seconds(clock: ManualClock, clip: Clip) -> None:
    speaker = opened(clock, check_files=False)
    clip = replace(clip, path=Path("/nowhere.wav"))
    began = time.monotonic()
    for n in range(20_000):
        speaker.play(Job(source=clip, at=clock.monotonic() + 60.0, item=str(n)), lambda: None)
        clock.advance(1_577.0)
    assert len(speaker.heard) == 20_000
    assert all(heard.frames == clip.frames for heard in speaker.heard)
    assert time.monotonic() - began < 10.0
