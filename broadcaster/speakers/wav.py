"""`wav:PATH`: what would be heard, in real time, as one valid WAV file.

The file's time is the station clock's: silence between items is kept (as a hole, where the file system can), so the
second of a sound in the file is the second since `open`. The header is brought up to date each second, so a killed
program leaves a readable file. One channel for each zone, in their order, whatever channels they have on a card.
"""

from __future__ import annotations

import array
import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.clipfile import SAMPLE_BYTES
from broadcaster.speakers.clocked import ClockedPlayback, ClockedSpeaker
from broadcaster.speakers.gain import faded, scaled
from broadcaster.speakers.playhead import Playhead, Stretch
from broadcaster.speakers.speaker import PlaybackState
from broadcaster.speakers.zone import ONE_ZONE, Zones

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

    def __init__(self, path: Path, clock: Clock, zones: Zones = ONE_ZONE) -> None:
        """`path` is written anew."""
        super().__init__(f"wav:{path}", clock, zones)
        self._path = path
        self._channels = max(1, len(zones))
        self._channel_of = {zone: channel for channel, zone in enumerate(zones)}
        self._file: io.FileIO | None = None
        self._began: float | None = None
        self._header_due = 0.0

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

    def take(self, playback: ClockedPlayback, samples: bytes, stretches: Sequence[Stretch]) -> None:
        head = playback.head
        frame = self._frame(head.begins) + head.advanced
        block = self._read_at(frame, len(samples) // SAMPLE_BYTES)
        for stretch in stretches:
            shaped = _with_fades(head, stretch, array.array("h", samples))
            channel = self._channel_of[stretch.zone]
            block[channel :: self._channels] = memoryview(scaled(shaped, self.zones[stretch.zone].gain_db))
        self._write_at(frame, block.tobytes())

    def end(self, playback: ClockedPlayback, stretches: Sequence[Stretch], state: PlaybackState) -> None:
        self._extend(playback.head.moment(playback.head.advanced))

    def idle_step(self, now: float) -> float | None:
        if now >= self._header_due:
            self._extend(now)
            self._header_due = now + HEADER_S * self.clock.speed
        return self._header_due - now

    def describe(self) -> Words:
        return Words(f"ghi vào tệp {self._path}", f"writes the file {self._path}")

    def _frame(self, moment: float) -> int:
        assert self._began is not None
        return max(0, round((moment - self._began) * STATION_RATE_HZ))

    def _read_at(self, frame: int, frames: int) -> memoryview[int]:
        """What is in the file already, for the other zones; silence beyond its end."""
        assert self._file is not None
        block = bytearray(frames * self._channels * SAMPLE_BYTES)
        if self._channels > 1:
            self._file.seek(self._offset(frame))
            self._file.readinto(block)
        return memoryview(block).cast("h")

    def _offset(self, frame: int) -> int:
        return HEADER_BYTES + frame * self._channels * SAMPLE_BYTES

    def _write_at(self, frame: int, samples: bytes) -> None:
        assert self._file is not None
        self._file.seek(self._offset(frame))
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


def _with_fades(head: Playhead, stretch: Stretch, samples: array.array[int]) -> array.array[int]:
    """A piece that begins at `head.advanced`, with the fades that fall into it."""
    first, count = head.advanced, len(samples)
    rising = min(count, stretch.begin + stretch.fade_in - first)
    if rising > 0:
        samples[:rising] = faded(samples[:rising], first - stretch.begin, stretch.fade_in, rising=True)
    fades = [(stretch.fade_from, stretch.end), (None if head.whole else head.cut_from, head.stop)]
    for fade_from, fade_to in fades:
        if fade_from is None or fade_to is None or first + count <= fade_from:
            continue
        start = max(0, fade_from - first)
        samples[start:] = faded(samples[start:], first + start - fade_from, fade_to - fade_from, rising=False)
    return samples
