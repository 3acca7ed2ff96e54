"""`wav:PATH`: what would be heard, in real time, as one valid WAV file.

The file's time is the station clock's: silence between items is kept (as a hole, where the file system can), so the
second of a sound in the file is the second since `open`. The header is brought up to date each second, so a killed
program leaves a readable file. One channel for each zone of the station.
"""

from __future__ import annotations

import array
import io
import os
import struct
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.errors import AudioError, SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.settings import Output
from broadcaster.speakers.clipfile import SAMPLE_BYTES
from broadcaster.speakers.clocked import ClockedPlayback, ClockedSpeaker
from broadcaster.speakers.speaker import PlaybackState
from broadcaster.speakers.zone import channel_count, channels_of

HEADER_S = 1.0
"""Real seconds between two updates of the header: a killed program loses at most this much of the end."""
HEADER_BYTES = 80
RIFF_LIMIT = 0xFFFF_FFFF
"""A plain WAV file's sizes have 32 bits: 12 hours of mono. Beyond, the reserved chunk makes it RF64 (EBU Tech 3306)."""


def wav_header(frames: int, channels: int) -> bytes:
    """The first HEADER_BYTES of a WAV file with `frames` frames."""
    data = frames * channels * SAMPLE_BYTES
    riff = data + HEADER_BYTES - 8
    rate = STATION_RATE_HZ
    step = channels * SAMPLE_BYTES
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * step, step, SAMPLE_BYTES * 8)
    if riff <= RIFF_LIMIT:
        start = struct.pack("<4sI4s4sI28x", b"RIFF", riff, b"WAVE", b"JUNK", 28)
        return start + form + struct.pack("<4sI", b"data", data)
    start = struct.pack("<4sI4s4sIQQQI", b"RF64", RIFF_LIMIT, b"WAVE", b"ds64", 28, riff, data, frames, 0)
    return start + form + struct.pack("<4sI", b"data", RIFF_LIMIT)


class WavSpeaker(ClockedSpeaker):
    """Contract of `Speaker`. The first `open` starts the file anew; opening again after a loss continues it."""

    def __init__(self, path: Path, output: Output, clock: Clock) -> None:
        """`output` names the zones."""
        super().__init__(f"wav:{path}", clock)
        self._path = path
        self._zones = output.zones
        self._channels = channel_count(output.zones)
        self._file: io.FileIO | None = None
        self._began: float | None = None
        self._header_due = 0.0
        self._start_frame = 0
        self._channel_list: tuple[int, ...] = ()

    def acquire(self) -> None:
        try:
            if self._began is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = io.FileIO(self._path, "w+")
                self._began = self.clock.monotonic()
            else:
                self._file = io.FileIO(self._path, "r+")
            self._extend(self.clock.monotonic())
        except OSError as problem:
            raise SpeakerError(
                Words(f"không ghi được ({problem.strerror})", f"cannot be written ({problem.strerror})"),
                where=self.spec,
                cure=Words(
                    "Chọn tệp ở thư mục ghi được, còn chỗ trống", "Choose a file in a writable folder with free space"
                ),
            ) from problem

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def load(self, playback: ClockedPlayback) -> None:
        try:
            channels_of(playback.job.zone, self._zones, self._channels)
        except SpeakerError as problem:
            raise AudioError(problem.what, cure=problem.cure) from problem
        super().load(playback)

    def started(self, playback: ClockedPlayback) -> None:
        self._channel_list = channels_of(playback.job.zone, self._zones, self._channels)
        self._start_frame = self._frame(playback.begins)

    def take(self, playback: ClockedPlayback, samples: bytes) -> None:
        samples = self._faded(playback, samples)
        if self._channels > 1:
            samples = self._spread(samples)
        self._write_at(self._start_frame + playback.taken, samples)

    def finished(self, playback: ClockedPlayback, state: PlaybackState) -> None:
        self._extend(playback.begins + playback.taken / STATION_RATE_HZ)

    def idle_step(self, now: float) -> float | None:
        if now >= self._header_due:
            self._extend(now)
            self._header_due = now + HEADER_S * self.clock.speed
        return self._header_due - now

    def describe(self) -> str:
        return f"ghi vào tệp {self._path}"

    def _frame(self, moment: float) -> int:
        assert self._began is not None
        return max(0, round((moment - self._began) * STATION_RATE_HZ))

    def _faded(self, playback: ClockedPlayback, samples: bytes) -> bytes:
        begin = playback.fade_from
        if begin is None or playback.stop == playback.total or playback.taken + len(samples) // SAMPLE_BYTES <= begin:
            return samples
        block = array.array("h", samples)
        length = max(1, playback.stop - begin)
        for index in range(max(0, begin - playback.taken), len(block)):
            block[index] = block[index] * max(0, playback.stop - playback.taken - index) // length
        return block.tobytes()

    def _spread(self, samples: bytes) -> bytes:
        mono = memoryview(samples).cast("h")
        block = memoryview(bytearray(len(samples) * self._channels)).cast("h")
        for channel in self._channel_list:
            block[channel :: self._channels] = mono
        return block.tobytes()

    def _write_at(self, frame: int, samples: bytes) -> None:
        assert self._file is not None
        self._file.seek(HEADER_BYTES + frame * self._channels * SAMPLE_BYTES)
        view = memoryview(samples)
        while view:
            view = view[self._file.write(view) :]

    def _extend(self, moment: float) -> None:
        """Let the file reach to `moment`, with silence, and say so in the header."""
        assert self._file is not None
        step = self._channels * SAMPLE_BYTES
        size = os.fstat(self._file.fileno()).st_size
        frames = max(self._frame(moment), (size - HEADER_BYTES) // step)
        # First the samples, then the header that promises them: whenever we are killed, the file is valid.
        self._file.truncate(HEADER_BYTES + frames * step)
        self._file.seek(0)
        self._file.write(wav_header(frames, self._channels))
