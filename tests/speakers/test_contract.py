"""One suite over every output: what `speakers/speaker.py` promises holds for each of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.clock import Clock, ManualClock, ScaledClock, SystemClock
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.source import Live, Source
from broadcaster.sources import ToneReader, ToneSource
from broadcaster.speakers import (
    CUT_FADE_MS,
    NO_REASON,
    ONE_ZONE,
    Job,
    Playback,
    PlaybackState,
    Speaker,
    Zones,
    open_speaker,
    zone_routes,
)

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

    def play(self, source: Source, **job: object) -> Playback:
        self.seen.clear()
        return self.speaker.play(Job(source=source, item="01-thu", **job), self.changed.set)  # type: ignore[arg-type]

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


def rigged(request: pytest.FixtureRequest, tmp_path: Path, zones: Zones) -> Iterator[Rig]:
    kind, _, where = request.param.partition(" ")
    if kind == "soundcard":
        request.getfixturevalue(where)
    spec = f"{kind}:{tmp_path / 'out.dat'}" if kind in ("log", "wav") else kind
    clock = clock_for(where)
    speaker = open_speaker(spec, clock, zones=zones)
    try:
        speaker.open()
        yield Rig(speaker, clock)
    finally:
        speaker.close()


@pytest.fixture(params=[*RIGS, *CARDS])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """Every output, as one zone."""
    yield from rigged(request, tmp_path, ONE_ZONE)


def test_a_clip_ends_with_every_frame_consumed(rig: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(14_001)
    playback = rig.play(clip)
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED, playback.reason
    assert playback.frames_played == 14_001
    assert playback.reason == NO_REASON


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
        assert clip.path.name in playback.reason.vi and clip.path.name in playback.reason.en
        assert rig.speaker.health().ok
    playback = rig.play(make_clip(2_400, "good"))
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED


def test_health_says_open_and_closed(rig: Rig) -> None:
    health = rig.speaker.health()
    assert health.ok, health.text
    assert health.text.vi and health.text.en
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


# Zones


@pytest.fixture(params=[*RIGS, *CARDS])
def zoned(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The same with the zones a and b."""
    yield from rigged(request, tmp_path, zone_routes(("a", "b")))


def test_two_zones_play_two_clips_at_once(zoned: Rig, make_clip: Callable[..., Clip]) -> None:
    first = zoned.play(make_clip(9_600, "first"), zones=("a",))
    second = zoned.play(make_clip(4_800, "second"), zones=("b",))
    zoned.until(first, *FINAL)
    zoned.until(second, *FINAL)
    assert (first.state, second.state) == (PlaybackState.ENDED, PlaybackState.ENDED)
    assert (first.heard("a").frames, first.heard("b").frames) == (9_600, 0)
    assert (second.heard("a").frames, second.heard("b").frames) == (0, 4_800)


def test_both_zones_of_a_job_hear_all_of_it(zoned: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = zoned.play(make_clip(4_800), zones=("a", "b"))
    zoned.until(playback, *FINAL)
    assert playback.heard("a") == playback.heard("b")
    span = playback.heard("a")
    assert span.frames == 4_800 and span.first_monotonic is not None and span.last_monotonic is not None
    assert span.first_monotonic == pytest.approx(playback.started_monotonic, abs=0.005 * zoned.clock.speed)
    assert span.last_monotonic - span.first_monotonic == pytest.approx(0.1, abs=0.02 * zoned.clock.speed)


def test_a_taken_zone_is_our_mistake_until_it_is_routed_away(zoned: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(int(STATION_RATE_HZ * zoned.clock.speed))
    first = zoned.play(clip, zones=("a", "b"))
    zoned.until(first, PlaybackState.PLAYING)
    zoned.tick(0.1 * zoned.clock.speed)
    with pytest.raises(RuntimeError):
        zoned.play(clip, zones=("b",))
    first.route(("a",))
    second = zoned.play(make_clip(4_800, "second"), zones=("b",))
    with pytest.raises(RuntimeError):
        first.route(("a", "b"))
    zoned.until(second, *FINAL)
    assert second.state is PlaybackState.ENDED
    zoned.until(first, *FINAL)
    assert first.state is PlaybackState.ENDED
    assert first.heard("a").frames == clip.frames
    assert 0 < first.heard("b").frames < clip.frames


def test_a_zone_joins_where_the_others_are(zoned: Rig, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(int(STATION_RATE_HZ * 0.6 * zoned.clock.speed))
    playback = zoned.play(clip, zones=("a", "b"), routed=("a",))
    zoned.until(playback, PlaybackState.PLAYING)
    zoned.tick(0.2 * zoned.clock.speed)
    playback.route(("a", "b"))
    assert playback.routed == {"a", "b"}
    zoned.until(playback, *FINAL)
    a, b = playback.heard("a"), playback.heard("b")
    assert a.frames == clip.frames
    assert 0 < b.frames < clip.frames
    assert b.last_monotonic == a.last_monotonic
    assert b.first_monotonic is not None and a.first_monotonic is not None
    late_s = b.first_monotonic - a.first_monotonic
    assert a.frames - b.frames == pytest.approx(late_s * STATION_RATE_HZ, abs=0.02 * STATION_RATE_HZ)


def test_an_unknown_zone_is_lost_with_its_name(zoned: Rig, make_clip: Callable[..., Clip]) -> None:
    playback = zoned.play(make_clip(480), zones=("a", "thon_9"))
    zoned.until(playback, *FINAL)
    assert playback.state is PlaybackState.LOST
    assert "thon_9" in playback.reason.vi and "thon_9" in playback.reason.en
    assert zoned.speaker.health().ok


# Live sources


LIVE = Live(name="tone", title="thử", address="tone:", max_s=60.0)


def tone(rig: Rig, **how: float) -> Callable[[], ToneReader]:
    return lambda: ToneReader(ToneSource(**how), rig.clock)  # type: ignore[arg-type]


def test_a_live_source_plays_until_it_ends(rig: Rig) -> None:
    playback = rig.play(LIVE, open=tone(rig, ends_after_s=0.5))
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED, playback.reason
    assert playback.frames_played == playback.heard("tat_ca").frames == STATION_RATE_HZ // 2


def test_a_live_source_that_does_not_end_is_cut(rig: Rig) -> None:
    playback = rig.play(LIVE, open=tone(rig))
    rig.until(playback, PlaybackState.PLAYING)
    rig.tick(0.3 * rig.clock.speed)
    playback.cut()
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.CUT
    assert playback.frames_played > 0
    assert playback.heard("tat_ca").frames == playback.frames_played


def test_a_stall_is_silence_and_the_rest_follows(rig: Rig) -> None:
    stall = 0.5 * rig.clock.speed
    playback = rig.play(LIVE, open=tone(rig, stalls_after_s=0.5, stalls_for_s=stall, ends_after_s=1.0))
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.ENDED, playback.reason
    assert playback.frames_played == STATION_RATE_HZ
    # The card asks a fifth of a second ahead: it has that much left when the stall begins.
    assert 0.2 * rig.clock.speed <= playback.stalled_s <= stall + 0.5 * rig.clock.speed


def test_a_source_that_stalls_for_ever_can_be_cut(rig: Rig) -> None:
    playback = rig.play(LIVE, open=tone(rig, stalls_after_s=0.1))
    rig.until(playback, PlaybackState.PLAYING)
    rig.tick(0.6 * rig.clock.speed)
    playback.cut()
    at = rig.clock.monotonic()
    rig.until(playback, *FINAL)
    assert playback.state is PlaybackState.CUT
    assert rig.clock.monotonic() - at < 0.3 * rig.clock.speed
    assert playback.stalled_s > 0


def test_a_broken_source_is_lost_with_its_own_reason(rig: Rig) -> None:
    class Broken(ToneReader):
        def read(self, frames: int) -> bytes:
            raise AudioError(Words("mất đường dây", "the line is dead"))

    playback = rig.play(LIVE, open=lambda: Broken(ToneSource(), rig.clock))
    rig.until(playback, *FINAL)
    assert (playback.state, playback.reason) == (PlaybackState.LOST, Words("mất đường dây", "the line is dead"))
    assert rig.speaker.health().ok


def test_a_source_that_cannot_be_opened_is_lost_with_its_reason(rig: Rig) -> None:
    def cannot() -> ToneReader:
        raise AudioError(Words("không có micro", "no microphone"))

    playback = rig.play(LIVE, open=cannot)
    rig.until(playback, *FINAL)
    assert (playback.state, playback.reason) == (PlaybackState.LOST, Words("không có micro", "no microphone"))
    assert rig.speaker.health().ok


def test_the_source_is_closed_however_it_ends(rig: Rig) -> None:
    closed = threading.Event()

    class Watched(ToneReader):
        def close(self) -> None:
            super().close()
            closed.set()

    for ends_after_s in (0.1, None):
        closed.clear()
        playback = rig.play(LIVE, open=lambda how=ends_after_s: Watched(ToneSource(ends_after_s=how), rig.clock))
        rig.until(playback, PlaybackState.PLAYING, *FINAL)
        if ends_after_s is None:
            rig.speaker.close()
        rig.until(playback, *FINAL)
        assert closed.wait(2.0)
