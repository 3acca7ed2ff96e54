"""One suite over every output: what `speakers/speaker.py` promises holds for each of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.clock import Clock, ManualClock, ScaledClock, SystemClock
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.settings import Output
from broadcaster.speakers import CUT_FADE_MS, Job, Playback, PlaybackState, Speaker, open_speaker

START = datetime(2026, 12, 1, tzinfo=UTC)
FINAL = (PlaybackState.ENDED, PlaybackState.CUT, PlaybackState.LOST)
PATIENCE_S = 20.0
"""Station seconds a test waits for what must happen: generous, since both cores may be busy."""


@dataclass
class Rig:
    """A speaker under test with the clock it keeps."""

    speaker: Speaker
    clock: Clock
    changed: threading.Event = field(default_factory=threading.Event)
    seen: list[PlaybackState] = field(default_factory=list)

    def play(self, clip: Clip, **job: object) -> Playback:
        self.seen.clear()
        return self.speaker.play(Job(clip=clip, item="01-thu", **job), self.changed.set)  # type: ignore[arg-type]

    def until(self, playback: Playback, *states: PlaybackState) -> None:
        """Wait for one of `states`, noting those passed."""
        give_up = self.clock.monotonic() + PATIENCE_S * max(1.0, self.clock.speed)
        while True:
            if not self.seen or self.seen[-1] is not playback.state:
                self.seen.append(playback.state)
            if playback.state in states:
                return
            left = give_up - self.clock.monotonic()
            assert left > 0, f"still {playback.state} ({playback.reason})"
            self.clock.wait(self.changed, left)

    def tick(self, seconds: float) -> None:
        """Let station time pass."""
        self.clock.wait(threading.Event(), seconds)


def clock_for(name: str) -> Clock:
    if name == "manual":
        return ManualClock(START)
    return ScaledClock(START, 20.0) if name == "x20" else SystemClock()


RIGS = [
    *("memory manual", "none manual", "log manual", "wav manual"),
    *("memory x20", "none system", "log x20", "wav system"),
]
CARDS = [pytest.param(f"soundcard {where}", marks=pytest.mark.sound) for where in ("alsa_file", "pulse")]
"""Over an ALSA pcm that needs no server, and over PulseAudio: both keep the machine's time."""


@pytest.fixture(params=[*RIGS, *CARDS])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    kind, _, where = request.param.partition(" ")
    if kind == "soundcard":
        request.getfixturevalue(where)
    spec = f"{kind}:{tmp_path / 'out.dat'}" if kind in ("log", "wav") else kind
    clock = clock_for(where)
    speaker = open_speaker(spec, Output(), clock)
    try:
        speaker.open()
        yield Rig(speaker, clock)
    finally:
        speaker.close()


def test_a_clip_ends_with_every_frame_consumed(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(14_001)
    playback = rig.play(clip)
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED, playback.reason
    assert playback.frames_played == 14_001
    assert playback.reason == ""


def test_a_resumed_clip_counts_only_what_it_plays(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = rig.play(make_clip(14_001), start_frame=9_000)
    rig.until(playback, *FINAL)
    assert (playback.state, playback.frames_played) == (PlaybackState.ENDED, 5_001)


def test_clips_follow_one_another(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    for n in range(3):
        playback = rig.play(make_clip(3_000 + n, f"clip{n}"))
        rig.until(playback, *FINAL)
        assert (playback.state, playback.frames_played) == (PlaybackState.ENDED, 3_000 + n)


def test_on_change_tells_of_playing_and_of_the_end(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = rig.play(make_clip(int(STATION_RATE_HZ * 0.25 * rig.clock.speed)))
    rig.until(playback, PlaybackState.PLAYING)
    assert playback.started_monotonic == pytest.approx(rig.clock.monotonic(), abs=0.5 * rig.clock.speed)
    rig.until(playback, *FINAL)
    assert rig.seen[-2:] == [PlaybackState.PLAYING, PlaybackState.ENDED]


def test_a_planned_start_is_kept(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    at = rig.clock.monotonic() + 0.4 * rig.clock.speed
    playback = rig.play(make_clip(4_800), at=at)
    assert playback.state is PlaybackState.WAITING
    assert playback.started_monotonic is None
    assert playback.frames_played == 0
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED
    assert playback.started_monotonic == pytest.approx(at, abs=0.015 * rig.clock.speed)


def test_a_planned_start_in_the_past_is_now(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    now = rig.clock.monotonic()
    playback = rig.play(make_clip(2_400), at=now - 5.0)
    rig.until(playback, *FINAL)
    assert playback.started_monotonic is not None
    assert playback.started_monotonic >= now


def test_frames_played_grows_with_the_clock_and_never_beyond_the_clip(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(int(STATION_RATE_HZ * 0.5 * rig.clock.speed))
    playback = rig.play(clip)
    rig.until(playback, PlaybackState.PLAYING)
    before = playback.frames_played
    rig.tick(0.3 * rig.clock.speed)
    middle = playback.frames_played
    assert before < middle < clip.frames
    rig.until(playback, *FINAL)
    assert playback.frames_played == clip.frames


def test_a_cut_is_silent_within_200_ms(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(int(STATION_RATE_HZ * 2 * rig.clock.speed))
    playback = rig.play(clip)
    rig.until(playback, PlaybackState.PLAYING)
    rig.tick(0.1 * rig.clock.speed)
    heard, at = playback.frames_played, rig.clock.monotonic()
    playback.cut()
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.CUT
    assert rig.clock.monotonic() - at < 0.2 * rig.clock.speed
    assert playback.frames_played >= heard + CUT_FADE_MS * STATION_RATE_HZ // 1000
    assert playback.frames_played < heard + 0.5 * rig.clock.speed * STATION_RATE_HZ
    frames = playback.frames_played
    playback.cut()
    rig.tick(0.05)
    assert (playback.state, playback.frames_played) == (PlaybackState.CUT, frames)


def test_cutting_what_waits_plays_nothing(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = rig.play(make_clip(4_800), at=rig.clock.monotonic() + 60.0)
    playback.cut()
    rig.until(playback, *FINAL)
    assert (playback.state, playback.frames_played) == (PlaybackState.CUT, 0)
    assert playback.started_monotonic is None or rig.seen[-1] is PlaybackState.CUT


def test_cutting_what_has_ended_changes_nothing(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = rig.play(make_clip(2_400))
    rig.until(playback, *FINAL)
    playback.cut()
    rig.tick(0.05)
    assert (playback.state, playback.frames_played) == (PlaybackState.ENDED, 2_400)


def test_two_jobs_at_once_are_our_mistake(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(int(STATION_RATE_HZ * rig.clock.speed))
    playback = rig.play(clip)
    with pytest.raises(RuntimeError):
        rig.play(clip)
    playback.cut()
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.CUT


def test_the_next_may_be_played_as_soon_as_the_current_is_cut(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    first = rig.play(make_clip(int(STATION_RATE_HZ * 2 * rig.clock.speed), "first"))
    rig.until(first, PlaybackState.PLAYING)
    rig.tick(0.1 * rig.clock.speed)
    first.cut()
    second = rig.play(make_clip(2_400, "second"))
    rig.until(second, *FINAL)
    assert (first.state, second.state) == (PlaybackState.CUT, PlaybackState.ENDED)
    assert 0 < first.frames_played < first.job.clip.frames
    assert second.frames_played == 2_400


def test_a_bad_file_is_lost_with_its_reason_and_the_next_plays(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    missing = make_clip(2_400, "missing")
    missing.path.unlink()
    truncated = make_clip(2_400, "truncated")
    truncated.path.write_bytes(truncated.path.read_bytes()[:-2])
    garbage = make_clip(2_400, "garbage")
    garbage.path.write_bytes(b"<html>not sound</html>" * 400)
    for clip in (missing, truncated, garbage):
        playback = rig.play(clip)
        rig.until(playback, *FINAL)
        assert (playback.state, playback.frames_played) == (PlaybackState.LOST, 0)
        assert clip.path.name in playback.reason
        assert rig.speaker.health().ok
    playback = rig.play(make_clip(2_400, "good"))
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED


def test_health_says_open_and_closed(rig: Rig) -> None:
    health = rig.speaker.health()
    assert health.ok, health.text
    assert health.text
    rig.speaker.close()
    assert not rig.speaker.health().ok


def test_closing_ends_what_plays_and_opening_again_works(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = rig.play(make_clip(int(STATION_RATE_HZ * 2 * rig.clock.speed)))
    rig.until(playback, PlaybackState.PLAYING)
    rig.speaker.close()
    rig.speaker.close()
    assert playback.state.final
    with pytest.raises(RuntimeError):
        rig.play(make_clip(2_400, "late"))
    rig.speaker.open()
    again = rig.play(make_clip(2_400, "again"))
    rig.until(again, *FINAL)
    assert again.state is PlaybackState.ENDED


def test_no_thread_survives_close(rig: Rig) -> None:
    before = {thread.name for thread in threading.enumerate()}
    rig.speaker.close()
    left = [thread.name for thread in threading.enumerate() if "speaker" in thread.name]
    assert left == [], before
