"""Several zones on one output: several jobs at once, routing while something plays, what each zone really got."""

from __future__ import annotations

import array
import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import numbered, write_clip

from broadcaster.clock import ManualClock
from broadcaster.errors import Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.source import Span
from broadcaster.speakers import Job, Playback, PlaybackState, Speaker, ZoneRoute, open_speaker, zone_routes
from broadcaster.speakers.memory import MemorySpeaker

START = datetime(2026, 12, 1, tzinfo=UTC)
VILLAGES = ("thon_1", "thon_2", "thon_3")
ZONES = zone_routes(VILLAGES)
FADE = 1_440
"""Frames of ROUTE_FADE_MS."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def clip(make_clip: Callable[..., Clip]) -> Clip:
    return make_clip(STATION_RATE_HZ * 10)


@pytest.fixture
def memory(clock: ManualClock) -> MemorySpeaker:
    speaker = MemorySpeaker(clock, zones=ZONES, keep_audio=True)
    speaker.open()
    return speaker


def play(speaker: Speaker, clip: Clip, *zones: str, **job: object) -> Playback:
    return speaker.play(Job(source=clip, zones=zones, **job), lambda: None)  # type: ignore[arg-type]


def summary(speaker: MemorySpeaker) -> list[tuple[str, float, int, int, str]]:
    """(zone, start, first frame, frames, state), in order of zone and start."""
    heard = sorted(speaker.heard, key=lambda each: (each.zone, each.start))
    return [(each.zone, round(each.start, 3), each.first_frame, each.frames, str(each.state)) for each in heard]


def test_different_zones_hear_different_things_at_once(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    first = play(memory, clip, "thon_1", item="1")
    clock.advance(2.0)
    second = play(memory, clip, "thon_2", "thon_3", item="2")
    clock.advance(15.0)
    assert first.state is second.state is PlaybackState.ENDED
    assert summary(memory) == [
        ("thon_1", 0.0, 0, clip.frames, "ended"),
        ("thon_2", 2.0, 0, clip.frames, "ended"),
        ("thon_3", 2.0, 0, clip.frames, "ended"),
    ]


def test_a_zone_in_which_something_is_heard_is_taken(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    first = play(memory, clip, "thon_1", "thon_2")
    with pytest.raises(RuntimeError, match="thon_2"):
        play(memory, clip, "thon_2", "thon_3")
    second = play(memory, clip, "thon_3")
    with pytest.raises(RuntimeError, match="thon_3"):
        first.route(("thon_1", "thon_3"))
    with pytest.raises(RuntimeError, match="not a zone of this job"):
        second.route(("thon_3", "thon_1"))
    first.route(("thon_1",))
    play(memory, clip, "thon_2")
    clock.advance(1.0)
    assert first.routed == {"thon_1"}


def test_an_emergency_takes_its_zone_and_the_rest_goes_on(
    memory: MemorySpeaker, clock: ManualClock, clip: Clip, make_clip: Callable[..., Clip]
) -> None:
    session = play(memory, clip, *VILLAGES, item="session")
    clock.advance(3.0)
    session.route(("thon_1", "thon_3"))
    emergency = play(memory, make_clip(STATION_RATE_HZ, "flood"), "thon_2", item="flood")
    clock.advance(2.0)
    assert emergency.state is PlaybackState.ENDED
    session.route(VILLAGES)
    clock.advance(10.0)
    rate = STATION_RATE_HZ
    assert session.state is PlaybackState.ENDED and session.frames_played == clip.frames
    assert summary(memory) == [
        ("thon_1", 0.0, 0, clip.frames, "ended"),
        ("thon_2", 0.0, 0, 3 * rate, "cut"),  # the emergency begins at once on an output that does not mix
        ("thon_2", 3.0, 0, rate, "ended"),
        ("thon_2", 5.0, 5 * rate, 5 * rate, "ended"),
        ("thon_3", 0.0, 0, clip.frames, "ended"),
    ]
    assert session.heard("thon_2") == Span(frames=8 * rate, first_monotonic=0.0, last_monotonic=10.0)
    assert session.heard("thon_1") == Span(frames=10 * rate, first_monotonic=0.0, last_monotonic=10.0)
    assert session.heard("thon_9") == Span()
    joined = next(each for each in memory.heard if each.zone == "thon_2" and each.first_frame == 5 * rate)
    assert joined.samples == numbered(5 * rate, 5 * rate + 1).tobytes()


def test_a_zone_is_left_with_a_fade_that_counts_as_heard(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    playback = play(memory, clip, "thon_1", "thon_2")
    clock.advance(1.0)
    playback.route(("thon_1",))
    playback.route(("thon_1",))
    clock.advance(1.0)
    assert playback.heard("thon_2").frames == STATION_RATE_HZ + FADE
    assert playback.heard("thon_2").last_monotonic == pytest.approx(1.03)
    assert [(each.zone, each.frames) for each in memory.heard] == [("thon_2", STATION_RATE_HZ + FADE)]


def test_what_is_routed_nowhere_plays_on_unheard(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    playback = play(memory, clip, "thon_1")
    clock.advance(1.0)
    playback.route(())
    play(memory, clip, "thon_1").cut()
    clock.advance(5.0)
    assert playback.state is PlaybackState.PLAYING and playback.frames_played == 6 * STATION_RATE_HZ
    playback.route(("thon_1",))
    clock.advance(5.0)
    assert playback.state is PlaybackState.ENDED
    assert playback.heard("thon_1").frames == 5 * STATION_RATE_HZ


def test_a_job_may_begin_in_some_of_its_zones(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    other = play(memory, clip, "thon_2", item="other")
    playback = play(memory, clip, *VILLAGES, routed=("thon_1", "thon_3"))
    clock.advance(2.0)
    assert playback.routed == {"thon_1", "thon_3"}
    assert playback.heard("thon_2") == Span()
    other.cut()
    playback.route(VILLAGES)
    clock.advance(20.0)
    assert playback.heard("thon_2").frames == clip.frames - 2 * STATION_RATE_HZ
    assert playback.heard("thon_2").first_monotonic == 2.0


def test_routing_what_waits_changes_where_it_begins(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    playback = play(memory, clip, "thon_1", "thon_2", at=5.0)
    clock.advance(1.0)
    playback.route(("thon_2",))
    clock.advance(30.0)
    assert summary(memory) == [("thon_2", 5.0, 0, clip.frames, "ended")]


def test_routing_what_is_cut_or_over_changes_nothing(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    playback = play(memory, clip, "thon_1", "thon_2")
    clock.advance(1.0)
    playback.cut()
    playback.route(("thon_1",))
    clock.advance(1.0)
    playback.route(())
    assert playback.state is PlaybackState.CUT
    assert {zone: playback.heard(zone).frames for zone in VILLAGES[:2]} == dict.fromkeys(VILLAGES[:2], 48_000 + FADE)


def test_the_next_may_follow_in_a_zone_of_what_is_cut(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    first, other = play(memory, clip, "thon_1", "thon_2"), play(memory, clip, "thon_3")
    clock.advance(1.0)
    first.cut()
    second = play(memory, clip, "thon_2")
    clock.advance(20.0)
    assert (first.state, second.state, other.state) == (
        PlaybackState.CUT,
        PlaybackState.ENDED,
        PlaybackState.ENDED,
    )


def test_a_lost_output_loses_every_job(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    playbacks = [play(memory, clip, zone) for zone in VILLAGES]
    clock.advance(1.0)
    memory.lose(Words("rút dây", "unplugged"))
    assert {playback.state for playback in playbacks} == {PlaybackState.LOST}
    assert [playback.heard(zone).frames for playback, zone in zip(playbacks, VILLAGES, strict=True)] == [48_000] * 3


def test_zones_may_be_routed_from_any_thread(memory: MemorySpeaker, clock: ManualClock, clip: Clip) -> None:
    playback = play(memory, clip, *VILLAGES)
    clock.advance(1.0)

    def route_often() -> None:
        for n in range(200):
            playback.route(VILLAGES[: n % 4])
        playback.route(VILLAGES)

    threads = [threading.Thread(target=route_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    clock.advance(20.0)
    assert playback.state is PlaybackState.ENDED
    for zone in VILLAGES:
        assert playback.heard(zone).frames == clip.frames


# log:


def test_the_log_has_lines_for_every_zone(clock: ManualClock, tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "log.jsonl"
    speaker = open_speaker(f"log:{path}", clock, zones=ZONES)
    speaker.open()
    playback = play(speaker, clip, *VILLAGES, item="01")
    clock.advance(3.0)
    playback.route(("thon_1", "thon_3"))
    clock.advance(2.0)
    playback.route(VILLAGES)
    clock.advance(2.0)
    playback.route(("thon_1", "thon_2"))
    clock.advance(10.0)
    rate = STATION_RATE_HZ
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    events = {zone: [(x["event"], x["frames"]) for x in lines if x["zone"] == zone] for zone in VILLAGES}
    assert events == {
        "thon_1": [("start", 0), ("end", 10 * rate)],
        "thon_2": [("start", 0), ("cut", 3 * rate + FADE), ("start", 5 * rate), ("end", 5 * rate)],
        "thon_3": [("start", 0), ("cut", 7 * rate + FADE)],
    }
    hashes = {zone: [x["audio_sha256"] for x in lines if x["zone"] == zone] for zone in VILLAGES}
    assert hashes["thon_1"] == [clip.audio_sha256] * 2
    assert hashes["thon_2"][1] == sha_of(0, 3 * rate + FADE)
    assert hashes["thon_2"][3] == sha_of(5 * rate, 10 * rate)
    assert hashes["thon_3"][1] == sha_of(0, 7 * rate + FADE)


def sha_of(first: int, end: int) -> str:
    """Of frames of a numbered clip."""
    return hashlib.sha256(numbered(end - first, first + 1).tobytes()).hexdigest()


# wav:


def test_the_wav_file_has_what_each_zone_heard(clock: ManualClock, tmp_path: Path) -> None:
    rate = STATION_RATE_HZ
    session = write_clip(tmp_path / "session.wav", array.array("h", [8_000] * 4 * rate))
    flood = write_clip(tmp_path / "flood.wav", array.array("h", [-5_000] * rate))
    zones = {"thon_1": ZoneRoute(channels=(0,)), "thon_2": ZoneRoute(channels=(1,), gain_db=-6.0206)}
    speaker = open_speaker(f"wav:{tmp_path / 'out.wav'}", clock, zones=zones)
    speaker.open()
    playback = play(speaker, session, "thon_1", "thon_2")
    clock.advance(1.0)
    playback.route(("thon_1",))
    play(speaker, flood, "thon_2")
    clock.advance(2.0)
    playback.route(("thon_1", "thon_2"))
    clock.advance(3.0)
    speaker.close()
    heard, _ = soundfile.read(tmp_path / "out.wav", dtype="int16")
    assert (heard[: 4 * rate, 0] == 8_000).all() and not heard[4 * rate :, 0].any()
    second = heard[:, 1].astype(int)
    assert (abs(second[:rate] - 4_000) <= 1).all(), "the zone's gain"
    assert (abs(second[rate : 2 * rate] + 2_500) <= 1).all()
    assert not second[2 * rate : 3 * rate].any()
    assert (np.diff(second[3 * rate : 3 * rate + FADE]) >= 0).all(), "it comes back without a step"
    assert (abs(second[3 * rate + FADE : 4 * rate] - 4_000) <= 1).all()
    assert not second[4 * rate :].any()


def test_a_zone_fades_out_of_the_wav_file(clock: ManualClock, tmp_path: Path) -> None:
    rate = STATION_RATE_HZ
    clip = write_clip(tmp_path / "clip.wav", array.array("h", [8_000] * 2 * rate))
    speaker = open_speaker(f"wav:{tmp_path / 'out.wav'}", clock, zones=zone_routes(("a", "b")))
    speaker.open()
    playback = play(speaker, clip, "a", "b")
    clock.advance(1.0)
    playback.route(("a",))
    clock.advance(2.0)
    speaker.close()
    heard, _ = soundfile.read(tmp_path / "out.wav", dtype="int16")
    fading = heard[rate : rate + FADE, 1].astype(int)
    assert fading[0] == 8_000 and (np.diff(fading) <= 0).all() and (np.diff(fading) >= -7).all()
    assert not heard[rate + FADE :, 1].any()
    assert (heard[: 2 * rate, 0] == 8_000).all()
