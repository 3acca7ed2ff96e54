"""What the sound card's callback does: lays clips into the output's channels, frame by frame.

Runs inside PortAudio's thread, so it never waits, reads no file and makes little garbage. No PortAudio in here: tests
drive it with a bytearray.
"""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from broadcaster.model import STATION_RATE_HZ

LEVEL_STRIDE = 7
"""Every 7th sample is measured: RMS of speech needs no more, and 7 divides no frame of a steady tone."""
SAMPLE_MAX = 32767
SAMPLE_MIN = -32768


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a clip, read ahead."""

    samples: memoryview[int]
    """16 bit, mono."""
    energy: int
    """Sum of the squares of every LEVEL_STRIDE-th sample."""

    @classmethod
    def of(cls, data: bytes) -> Block:
        """Measure sample bytes."""
        samples = memoryview(data).cast("h")
        some = samples[::LEVEL_STRIDE].tolist()
        return cls(samples=samples, energy=sum(map(int.__mul__, some, some)))


class Track:
    """One job on its way through the callback. The reader appends blocks, the callback takes them."""

    def __init__(self, serial: int, channels: tuple[int, ...], total: int, at: float | None) -> None:
        """`total` frames for `channels`, first sample heard at machine-monotonic second `at` (None: at once)."""
        self.serial = serial
        self.channels = channels
        self.total = total
        self.at = at
        self.blocks: deque[Block] = deque()
        self.queued = 0
        """Frames appended to `blocks` so far."""
        self.handed = 0
        """Frames given to the output so far."""
        self.handed_heard = 0.0
        """Machine-monotonic second at which frame number `handed` will be heard."""
        self.started = False
        self.fade: int | None = None
        """Frames to fade out over, once cut."""
        self.underruns = 0
        self.energy = 0
        self.measured = 0
        """Samples that `energy` is the sum over."""
        self._offset = 0

    def append(self, block: Block) -> None:
        """Add the next piece (reader's thread)."""
        self.blocks.append(block)
        self.queued += len(block.samples)

    def next_piece(self, frames: int) -> memoryview[int] | None:
        """Up to `frames` samples, at most to the end of a block; None when nothing is read ahead."""
        if not self.blocks:
            return None
        block = self.blocks[0]
        piece = block.samples[self._offset : self._offset + frames]
        self._offset += len(piece)
        if self._offset == len(block.samples):
            self.blocks.popleft()
            self._offset = 0
            self.energy += block.energy
            self.measured += -(-len(block.samples) // LEVEL_STRIDE)
        self.handed += len(piece)
        return piece

    def consumed(self, now: float) -> int:
        """Frames really heard at `now`: what was handed over less what is still in the buffer."""
        waiting = max(0.0, self.handed_heard - now)
        return max(0, self.handed - round(waiting * STATION_RATE_HZ))


class _Tail:
    """What is still to come of a track that was cut: its fade, already computed."""

    def __init__(self, samples: array.array[int], channels: tuple[int, ...]) -> None:
        self.samples = memoryview(samples)
        self.channels = channels


class Mixer:
    """Fills output buffers from the current track; the fade of a cut one sounds over the beginning of the next."""

    def __init__(
        self,
        *,
        on_start: Callable[[Track, float], None],
        on_handed: Callable[[Track, float], None],
        on_cut: Callable[[Track], None],
    ) -> None:
        """Told from the callback's thread: first sample (and when it is heard), last frame handed over (and when it has
        been heard), and that a cut track has been faded out.
        """
        self.current: Track | None = None
        self.waiting: deque[Track] = deque()
        self.channels = 1
        """Of the output; set before the first `fill`."""
        self._tails: list[_Tail] = []
        self._on_start = on_start
        self._on_handed = on_handed
        self._on_cut = on_cut

    @property
    def idle(self) -> bool:
        """Whether `fill` would write nothing but silence."""
        return self.current is None and not self.waiting and not self._tails

    def fill(self, out: memoryview[int], frames: int, heard: float) -> None:
        """Write `frames` frames; the first is heard at machine-monotonic second `heard`. `out` holds zeros."""
        while True:
            track = self.current
            if track is None:
                if not self.waiting:
                    break
                track = self.current = self.waiting.popleft()
            if track.fade is None:
                self._pour(track, out, frames, heard)
                break
            self.current = None
            self._cut(track, track.fade, heard)
        if self._tails:
            self._tails = [tail for tail in self._tails if self._add(tail, out, frames)]

    def _pour(self, track: Track, out: memoryview[int], frames: int, heard: float) -> None:
        position = 0
        if not track.started:
            if track.at is not None:
                position = max(0, round((track.at - heard) * STATION_RATE_HZ))
                if position >= frames:
                    return
            track.started = True
            self._on_start(track, heard + position / STATION_RATE_HZ)
        step = self.channels
        while position < frames and track.handed < track.total:
            piece = track.next_piece(frames - position)
            if piece is None:
                track.underruns += 1
                break
            end = position + len(piece)
            for channel in track.channels:
                out[position * step + channel : end * step : step] = piece
            position = end
        track.handed_heard = heard + position / STATION_RATE_HZ
        if track.handed >= track.total:
            self.current = None
            self._on_handed(track, track.handed_heard)

    def _cut(self, track: Track, fade: int, heard: float) -> None:
        """Turn the rest of a cut track into a tail. One that would end within the fade just ends."""
        if not track.started:
            self._on_cut(track)
            return
        whole = track.total - track.handed <= fade
        tail: array.array[int] = array.array("h")
        while len(tail) < fade:
            piece = track.next_piece(fade - len(tail))
            if piece is None:
                break
            tail.extend(piece)
        if not whole:
            length = len(tail)
            tail = array.array("h", [sample * (length - n) // length for n, sample in enumerate(tail)])
        self._tails.append(_Tail(tail, track.channels))
        track.handed_heard = heard + len(tail) / STATION_RATE_HZ
        if track.handed >= track.total:
            self._on_handed(track, track.handed_heard)
        else:
            self._on_cut(track)

    def _add(self, tail: _Tail, out: memoryview[int], frames: int) -> bool:
        """Mix the next part of a tail in; whether some of it is left."""
        piece = tail.samples[:frames]
        step = self.channels
        for channel in tail.channels:
            part = out[channel : len(piece) * step : step]
            for n, sample in enumerate(piece):
                part[n] = max(SAMPLE_MIN, min(SAMPLE_MAX, part[n] + sample))
        tail.samples = tail.samples[frames:]
        return len(tail.samples) > 0
