"""What a sink really played, compared with the clips: through PortAudio, ALSA and PulseAudio into a null sink."""

from __future__ import annotations

import array
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import numbered, write_clip
from headless import RATE_HZ, Pulse, Recording

from broadcaster.clock import SystemClock
from broadcaster.model import Clip
from broadcaster.source import Live
from broadcaster.sources import ToneReader, ToneSource
from broadcaster.speakers import Job, Playback, PlaybackState, zone_routes
from broadcaster.speakers.live_feed import QUESTION, TOKEN_BYTES, LiveFeed
from broadcaster.speakers.soundcard import SoundCard

pytestmark = pytest.mark.sound

PATIENCE_S = 15.0
START_ERROR_S = 0.015
"""A planned start is kept within this at the sink."""
MEASURING_ERROR_S = 0.015
"""The monitor is ahead of the sink by some 10 ms, and its reader may be late on a busy machine."""
FADE_FRAMES = 1440
SAFE_LATENCY_S = 0.2
"""For tests of completeness: a busy machine may starve the null sink at the default of 0.05 s."""
PROMPT_S = 0.25
"""For single starts at once; `benchmarks/` measures them properly."""


class Card:
    """An open sound card and the means to wait for it."""

    def __init__(self, **settings: object) -> None:
        self.speaker = SoundCard("soundcard", "", SystemClock(), **settings)  # type: ignore[arg-type]
        self.changed = threading.Event()
        self.speaker.open()

    def play(self, clip: Clip, **job: object) -> Playback:
        return self.speaker.play(Job(source=clip, **job), self.changed.set)  # type: ignore[arg-type]

    def until(self, playback: Playback, *states: PlaybackState) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while playback.state not in states:
            assert not playback.state.final, f"{playback.state}: {playback.reason.en}"
            assert self.changed.wait(give_up - time.monotonic()), f"still {playback.state}"
            self.changed.clear()

    def play_whole(self, clip: Clip, **job: object) -> Playback:
        playback = self.play(clip, **job)
        self.until(playback, PlaybackState.ENDED)
        return playback


@pytest.fixture
def card(pulse: Pulse) -> Iterator[Card]:
    card = Card()
    yield card
    card.speaker.close()


@pytest.fixture
def patient(pulse: Pulse) -> Iterator[Card]:
    card = Card(latency_s=SAFE_LATENCY_S)
    yield card
    card.speaker.close()


def speech_like(path: Path, seconds: float, seed: int) -> Clip:
    """Noise in syllables with pauses of true zeros, first and last sample loud."""
    random = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    moments = np.arange(count) / RATE_HZ
    loudness = np.maximum(0.0, np.sin(2 * np.pi * 3 * moments + 0.4)) * (np.sin(2 * np.pi * 0.5 * moments) > -0.8)
    samples = (random.normal(0, 0.15, count) * loudness * 32767).clip(-32768, 32767).astype("<i2")
    samples[0], samples[-1] = 12_345, -12_345
    return write_clip(path, array.array("h", samples.tobytes()))


def samples_of(clip: Clip) -> np.ndarray:
    return np.frombuffer(clip.path.read_bytes()[-2 * clip.frames :], "<i2")


def find(recording: Recording, clip: Clip, channel: int = 0) -> int:
    """Where the clip's first sample is in the recording."""
    wanted = samples_of(clip)
    for start in np.flatnonzero(recording.samples[:, channel] == wanted[0]):
        if np.array_equal(recording.samples[start : start + 64, channel], wanted[:64]):
            return int(start)
    raise AssertionError(f"{clip.title}: its beginning was not played")


def error_db(recording: Recording, clip: Clip, channel: int = 0) -> float:
    """Level of the difference between what was played and the clip, relative to full scale."""
    start = find(recording, clip, channel)
    played = recording.samples[start : start + clip.frames, channel].astype(float)
    assert len(played) == clip.frames, "the end was not played"
    difference = np.sqrt(np.mean((played - samples_of(clip)) ** 2)) / 32768
    return float(20 * np.log10(max(difference, 1e-9)))


def test_every_sample_of_every_clip_reaches_the_sink(pulse: Pulse, patient: Card, tmp_path: Path) -> None:
    clips = [speech_like(tmp_path / f"clip{n}.wav", seconds, n) for n, seconds in enumerate((1.2, 0.05, 2.0, 0.7))]
    assert pulse.recorder is not None
    mark = pulse.recorder.frames
    playbacks = [patient.play_whole(clip) for clip in clips]
    recording = pulse.recorder.since(mark)
    starts = []
    for clip, playback in zip(clips, playbacks, strict=True):
        assert playback.frames_played == clip.frames
        assert playback.underruns == 0
        starts.append(find(recording, clip))
        for channel in (0, 1):
            assert error_db(recording, clip, channel) < -60
    assert starts == sorted(starts)
    silent = recording.samples.copy()
    for clip, start in zip(clips, starts, strict=True):
        silent[start : start + clip.frames] = 0
    assert not silent.any(), "something else was heard between the clips"


def test_planned_starts_are_kept_at_the_sink(pulse: Pulse, card: Card, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(4_800)
    assert pulse.recorder is not None
    mark = pulse.recorder.frames
    planned = []
    for n in range(6):
        at = time.monotonic() + 0.25 + 0.0137 * n
        planned.append(at)
        playback = card.play_whole(clip, at=at)
        assert playback.started_monotonic == pytest.approx(at, abs=0.001)
    recording = pulse.recorder.since(mark)
    heard = [recording.heard_at(start) for start, _ in recording.sounding()]
    errors = np.array(heard) - np.array(planned)
    assert abs(np.median(errors)) < START_ERROR_S, errors
    assert np.abs(errors).max() < START_ERROR_S + MEASURING_ERROR_S, errors


def test_at_once_is_about_the_latency(pulse: Pulse, card: Card, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(2_400)
    assert pulse.recorder is not None
    mark = pulse.recorder.frames
    asked = []
    for _ in range(5):
        asked.append(time.monotonic())
        card.play_whole(clip)
    recording = pulse.recorder.since(mark)
    delays = np.array([recording.heard_at(start) for start, _ in recording.sounding()]) - np.array(asked)
    assert np.median(delays) < 0.05 + 0.030, delays


def test_an_emergency_cuts_in_without_waiting_for_the_fade(
    pulse: Pulse, patient: Card, make_clip: Callable[..., Clip]
) -> None:
    card = patient
    ordinary, emergency = make_clip(RATE_HZ * 3, "ordinary"), make_clip(RATE_HZ // 2, "emergency", start=8_000)
    assert pulse.recorder is not None
    mark = pulse.recorder.frames
    first = card.play(ordinary)
    card.until(first, PlaybackState.PLAYING)
    pulse.recorder.wait_for(mark + RATE_HZ // 2)
    asked = time.monotonic()
    first.cut()
    second = card.play(emergency)
    card.until(second, PlaybackState.ENDED)
    assert first.state is PlaybackState.CUT
    recording = pulse.recorder.since(mark)
    heard = recording.samples[:, 0]
    # After the fade every sample is the emergency's own; before it began, the ordinary one's.
    body = samples_of(emergency)[FADE_FRAMES:]
    start = next(int(at) for at in np.flatnonzero(heard == body[0]) if np.array_equal(heard[at : at + len(body)], body))
    begin = start - FADE_FRAMES
    ordinary_heard = heard[:begin][heard[:begin] != 0]
    assert np.array_equal(ordinary_heard, samples_of(ordinary)[: len(ordinary_heard)])
    assert first.frames_played == len(ordinary_heard) + FADE_FRAMES
    assert recording.heard_at(begin) - asked < SAFE_LATENCY_S + PROMPT_S
    assert not heard[start + len(body) :].any()


def test_stop_is_silent_within_200_ms(pulse: Pulse, card: Card, make_clip: Callable[..., Clip]) -> None:
    assert pulse.recorder is not None
    mark = pulse.recorder.frames
    playback = card.play(make_clip(RATE_HZ * 3))
    card.until(playback, PlaybackState.PLAYING)
    pulse.recorder.wait_for(mark + RATE_HZ // 2)
    asked = time.monotonic()
    playback.cut()
    card.until(playback, PlaybackState.CUT)
    recording = pulse.recorder.since(mark)
    end = int(np.flatnonzero(recording.samples[:, 0])[-1]) + 1
    assert recording.heard_at(end - 1) - asked < 0.2
    assert 0 < playback.frames_played < RATE_HZ
    fade = np.abs(recording.samples[end - 400 : end, 0].astype(int))
    assert fade.max() < 16_000 * 400 / FADE_FRAMES * 1.1


def test_the_level_that_was_handed_over_is_measured(card: Card, tmp_path: Path) -> None:
    tone = (np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ // 2) / RATE_HZ) * 16_384).astype("<i2")
    loud = card.play_whole(write_clip(tmp_path / "tone.wav", array.array("h", tone.tobytes())))
    assert loud.level_dbfs == pytest.approx(-9.0, abs=0.3)
    silence = card.play_whole(write_clip(tmp_path / "silence.wav", array.array("h", bytes(RATE_HZ))))
    assert silence.level_dbfs == -120.0


def test_each_zone_has_its_channel(pulse: Pulse, make_clip: Callable[..., Clip]) -> None:
    card = Card(zones=zone_routes(("thon_1", "thon_2")), latency_s=SAFE_LATENCY_S)
    try:
        assert pulse.recorder is not None
        both = ("thon_1", "thon_2")
        for zones, sounding, silent in ((both[:1], (0,), (1,)), (both[1:], (1,), (0,)), (both, (0, 1), ())):
            mark = pulse.recorder.frames
            clip = make_clip(4_800)
            card.play_whole(clip, zones=zones)
            recording = pulse.recorder.since(mark)
            for channel in sounding:
                assert error_db(recording, clip, channel) < -60, (zones, channel)
            for channel in silent:
                assert not recording.samples[:, channel].any(), (zones, channel)
        unknown = card.play(make_clip(4_800), zones=("thon_9",))
        assert unknown.state is PlaybackState.LOST
        assert "thon_9" in unknown.reason.vi
        assert "thon_1, thon_2" in unknown.reason.en
    finally:
        card.speaker.close()


def test_a_stream_at_rest_wakes_for_the_first_sample(pulse: Pulse, make_clip: Callable[..., Clip]) -> None:
    card = Card(rest_after_s=0.1, latency_s=SAFE_LATENCY_S)
    try:
        assert pulse.recorder is not None
        awake = pulse.pactl("list", "short", "sink-inputs").split()[0]
        give_up = time.monotonic() + PATIENCE_S
        while pulse.pactl("list", "short", "sink-inputs").split()[:1] in ([], [awake]):
            assert time.monotonic() < give_up, "it never went to rest"
        mark, asked, clip = pulse.recorder.frames, time.monotonic(), make_clip(24_000)
        playback = card.play_whole(clip)
        recording = pulse.recorder.since(mark)
        assert playback.underruns == 0
        # When streams come and go PulseAudio's monitor, not its sink, may miss some milliseconds (once in 150 wakings).
        ((start, end),) = recording.sounding()
        assert 24_000 - 0.045 * RATE_HZ <= end - start <= 24_000
        assert np.array_equal(recording.samples[start:end, 0], samples_of(clip)[-(end - start) :])
        assert recording.heard_at(start) - asked < SAFE_LATENCY_S + PROMPT_S
    finally:
        card.speaker.close()


def test_a_zone_leaves_for_an_emergency_and_rejoins_at_the_same_sample(
    pulse: Pulse, make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    card = Card(zones=zone_routes(("thon_1", "thon_2")), latency_s=SAFE_LATENCY_S)
    try:
        assert pulse.recorder is not None
        mark = pulse.recorder.frames
        session = make_clip(RATE_HZ * 4, "session")
        flood = write_clip(tmp_path / "flood.wav", array.array("h", [-sample for sample in numbered(RATE_HZ // 2)]))
        playback = card.play(session, zones=("thon_1", "thon_2"))
        card.until(playback, PlaybackState.PLAYING)
        pulse.recorder.wait_for(mark + RATE_HZ)
        asked = time.monotonic()
        playback.route(("thon_1",))
        emergency = card.play(flood, zones=("thon_2",))
        card.until(emergency, PlaybackState.ENDED)
        playback.route(("thon_1", "thon_2"))
        card.until(playback, PlaybackState.ENDED)
        recording = pulse.recorder.since(mark)
        start = find(recording, session)
        heard = recording.samples[start : start + session.frames]
        assert np.array_equal(heard[:, 0], samples_of(session)), "the other zone hears nothing of it"
        body = samples_of(flood)[FADE_FRAMES:]
        begin = find_body(heard[:, 1], body) - FADE_FRAMES
        assert np.array_equal(heard[:begin, 1], heard[:begin, 0])
        assert recording.heard_at(start + begin) - asked < SAFE_LATENCY_S + PROMPT_S
        # What it heard says where it came back: the fade towards the emergency counts.
        back = session.frames - (playback.heard("thon_2").frames - begin - FADE_FRAMES)
        assert back > begin + flood.frames
        assert not heard[begin + flood.frames : back, 1].any()
        ramp = heard[back : back + FADE_FRAMES]
        assert (ramp[:, 1] <= ramp[:, 0]).all() and ramp[1:, 1].any()
        assert np.array_equal(heard[back + FADE_FRAMES :, 1], heard[back + FADE_FRAMES :, 0])
        assert playback.heard("thon_1").frames == session.frames
    finally:
        card.speaker.close()


def find_body(samples: np.ndarray, body: np.ndarray) -> int:
    return next(
        int(at) for at in np.flatnonzero(samples == body[0]) if np.array_equal(samples[at : at + len(body)], body)
    )


def test_a_live_source_reaches_the_sink_sample_by_sample(pulse: Pulse, patient: Card) -> None:
    assert pulse.recorder is not None
    clock, source = SystemClock(), ToneSource(frequency_hz=440, ends_after_s=1.5)
    mark = pulse.recorder.frames
    live = Live(name="tone", title="thử", address="tone:", max_s=10.0)
    playback = patient.speaker.play(Job(source=live, open=lambda: ToneReader(source, clock)), patient.changed.set)
    patient.until(playback, PlaybackState.ENDED)
    assert playback.stalled_s == 0.0 and playback.underruns == 0
    assert playback.level_dbfs == pytest.approx(-15.0, abs=0.3)
    heard = pulse.recorder.since(mark).samples[:, 0]
    wanted = np.frombuffer(ToneReader(source, clock).read(RATE_HZ * 2), "<i2")
    loud = np.flatnonzero(heard)
    first = int(loud[0]) - int(np.flatnonzero(wanted)[0])
    assert np.array_equal(heard[first : first + len(wanted)], wanted)


def test_nobody_else_can_feed_the_card(patient: Card) -> None:
    closed = threading.Event()

    class Watched(ToneReader):
        def close(self) -> None:
            super().close()
            closed.set()

    feed = LiveFeed(Watched(ToneSource(), SystemClock()))
    with socket.create_connection(("127.0.0.1", feed.address["port"]), 5) as stranger:
        stranger.sendall(b"0" * TOKEN_BYTES + QUESTION.pack(480))
        with contextlib.suppress(ConnectionError):
            assert stranger.recv(1) == b"", "hung up"
    assert not closed.is_set()
    feed.close()
    assert closed.wait(2.0)
