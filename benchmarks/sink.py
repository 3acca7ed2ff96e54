"""A sound card for measuring: a private PulseAudio null sink, and a recorder of what it really played.

The sink's monitor is recorded all the time, and each chunk has its time of arrival, so the moment of every sample is
known to the monitor's granularity (10 ms; the server hands the monitor what it *renders*, some milliseconds before a
real card would have played it). That shift is the same for everybody on the sink.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.headless import CHANNEL_MAPS, CHANNELS, RATE_HZ, SINK, WARM_UP_S, Pulse, running_pulse

HOLD_FRAMES = 480
"""Silence shorter than 10 ms does not end a sound."""
STOP_BOUND_S = 5.0
CLICK_FRAMES = 48
"""Anything shorter than a millisecond is no sound of ours."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One uninterrupted sound on one channel."""

    begins: float
    """Machine-monotonic second of its first sample."""
    ends: float
    """Of its last sample."""
    first: int
    """Frame number since the recording began."""
    last: int

    @property
    def frames(self) -> int:
        """First and last sample included."""
        return self.last - self.first + 1


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    first: int
    arrived: float
    samples: np.ndarray
    """frames x channels."""


class SinkRecorder:
    """Records the sink's monitor."""

    def __init__(self, env: dict[str, str]) -> None:
        """`env` reaches the sound server."""
        self._chunks: deque[_Chunk] = deque()
        self._frames = 0
        self._process = subprocess.Popen(
            [
                *("parec", "-d", f"{SINK}.monitor", "--raw", "--format=s16le", f"--rate={RATE_HZ}"),
                *(f"--channels={CHANNELS}", f"--channel-map={CHANNEL_MAPS[CHANNELS]}"),
                *("--latency-msec=10", "--process-time-msec=5"),
            ],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        rest = b""
        frame_bytes = 2 * CHANNELS
        while data := os.read(pipe, 65_536):
            arrived = time.monotonic()
            data = rest + data
            whole = len(data) // frame_bytes * frame_bytes
            data, rest = data[:whole], data[whole:]
            samples = np.frombuffer(data, "<i2").reshape(-1, CHANNELS)
            self._chunks.append(_Chunk(first=self._frames, arrived=arrived, samples=samples))
            self._frames += len(samples)

    @property
    def frames(self) -> int:
        """Heard so far, silence included."""
        return self._frames

    def samples(self, first: int, last: int) -> np.ndarray:
        """Frames `first` up to and without `last`, both channels. What was forgotten is missing at the front."""
        parts = [
            chunk.samples[max(0, first - chunk.first) : last - chunk.first]
            for chunk in list(self._chunks)
            if chunk.first < last and chunk.first + len(chunk.samples) > first
        ]
        return np.concatenate(parts) if parts else np.zeros((0, CHANNELS), "<i2")

    def forget(self, before: int) -> None:
        """Drop what was heard before this frame."""
        while self._chunks and self._chunks[0].first + len(self._chunks[0].samples) < before:
            self._chunks.popleft()

    def sounds(self, channel: int, since: float = 0.0) -> list[Heard]:
        """Every sound that ends after machine-monotonic `since`, in order; the last one may still be going on."""
        chunks = [chunk for chunk in list(self._chunks) if chunk.arrived >= since - 1.0]
        frames = [chunk.first + np.flatnonzero(chunk.samples[:, channel]) for chunk in chunks]
        loud = np.concatenate(frames) if frames else np.zeros(0, np.int64)
        if not len(loud):
            return []
        cuts = np.flatnonzero(np.diff(loud) > HOLD_FRAMES)
        firsts = loud[np.concatenate(([0], cuts + 1))]
        lasts = loud[np.concatenate((cuts, [len(loud) - 1]))]
        starts = np.array([chunk.first for chunk in chunks])

        def moment(frame: int) -> float:
            chunk = chunks[int(np.searchsorted(starts, frame, side="right")) - 1]
            return chunk.arrived - (chunk.first + len(chunk.samples) - 1 - frame) / RATE_HZ

        found = [
            Heard(begins=moment(first), ends=moment(last), first=first, last=last)
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
        ]
        return [each for each in found if each.ends >= since and each.frames >= CLICK_FRAMES]

    def wait_for(self, channel: int, since: float, bound_s: float) -> Heard | None:
        """The first sound that begins after `since`, as soon as it does (its end is not known yet); None: none came."""
        give_up = time.monotonic() + bound_s
        while time.monotonic() < give_up:
            for sound in self.sounds(channel, since):
                if sound.begins >= since:
                    return sound
            time.sleep(0.01)
        return None

    def close(self) -> None:
        """End the recording."""
        self._process.terminate()
        self._process.wait(STOP_BOUND_S)
        self._thread.join(STOP_BOUND_S)


@contextlib.contextmanager
def recorded_sink() -> Iterator[tuple[Pulse, SinkRecorder]]:
    """A sink named `loa` and a recorder that has run long enough to be punctual."""
    signal.signal(signal.SIGTERM, _interrupted)
    with tempfile.TemporaryDirectory(prefix="bench-sink-") as folder, running_pulse(Path(folder)) as server:
        recorder = SinkRecorder(server.env)
        try:
            # A null sink that was idle renders up to 2 s at once; after that it keeps the recorder's 10 ms.
            while recorder.frames < WARM_UP_S * RATE_HZ:
                time.sleep(0.05)
            yield server, recorder
        finally:
            recorder.close()


def _interrupted(number: int, frame: FrameType | None) -> None:
    """A killed benchmark ends what it has started, as one that is interrupted at the keyboard does."""
    raise KeyboardInterrupt


def missing_programs() -> list[str]:
    """What of the sound server is not installed."""
    return [name for name in ("pulseaudio", "parec") if shutil.which(name) is None]
