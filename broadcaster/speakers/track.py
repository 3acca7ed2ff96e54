"""One job on its way through the sound card's callback: samples read ahead, and who hears them.

The reading thread appends blocks; the callback takes them. Neither waits for the other.
"""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.gain import scaled

LEVEL_STRIDE = 7
"""Every 7th sample is measured: RMS of speech needs no more, and 7 divides no frame of a steady tone."""
PREROLL_BOUND_S = 0.5
"""A live source that has given nothing for so long after its start begins with silence."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a source, read ahead."""

    versions: tuple[memoryview[int], ...]
    """16 bit, mono; one version for each gain of the track, in their order."""
    energy: int
    """Sum of the squares of every LEVEL_STRIDE-th sample, before any gain."""

    @classmethod
    def of(cls, data: bytes, gains: Sequence[float] = (0.0,)) -> Block:
        """Measure sample bytes, and scale them to each of `gains` (decibels)."""
        samples = memoryview(data).cast("h")
        some = samples[::LEVEL_STRIDE].tolist()
        versions = tuple(memoryview(scaled(samples, gain)) for gain in gains)
        return cls(versions=versions, energy=sum(map(int.__mul__, some, some)))

    def __len__(self) -> int:
        return len(self.versions[0])


class Branch:
    """One zone of a track. Only the callback changes it once the track is in the mixer."""

    def __init__(self, zone: int, channels: tuple[int, ...], version: int = 0) -> None:
        """`zone` is its number among the card's, `version` the one of each block that is heard there."""
        self.zone = zone
        self.channels = channels
        self.version = version
        self.open = False
        """Whether it hears the track."""
        self.begin = 0
        """Frame with which it began to, or will."""
        self.fade_in = 0
        self.fade_in_from = 0
        """Frames over which it begins, and the first of them."""
        self.frames = 0
        """Frames heard before it last began to."""
        self.first_heard: float | None = None
        """Machine-monotonic second of the first sample heard here."""
        self.last_heard = 0.0
        """The same after the last one, while it is closed."""
        self.closed_at = 0
        """Frame after the last one heard, when it last closed."""


class Track:
    """One job."""

    def __init__(
        self,
        serial: int,
        branches: Sequence[Branch],
        total: int | None,
        at: float | None,
        *,
        gains: Sequence[float] = (0.0,),
        routed: Collection[int] | None = None,
        preroll: int = 0,
    ) -> None:
        """`total` frames (None: not known yet) for `branches`, first sample heard at machine-monotonic second `at`
        (None: at once) in the zones `routed` (None: all). `gains`: of the versions of its blocks. It begins when
        `preroll` frames are queued, or nothing came for PREROLL_BOUND_S."""
        self.serial = serial
        self.branches = tuple(branches)
        self.total = total
        self.at = at
        self.gains = tuple(gains)
        self.preroll = preroll
        self.routed = frozenset(branch.zone for branch in branches) if routed is None else frozenset(routed)
        """The zones that are to hear it; may be replaced at any time."""
        self.route_done: frozenset[int] = frozenset()
        """What the callback made of `routed`."""
        self.route_fade = 0
        """Frames over which the next change of `routed` is made."""
        self.blocks: deque[Block] = deque()
        self.queued = 0
        """Frames appended to `blocks` so far."""
        self.handed = 0
        """Frames given to the output so far."""
        self.handed_heard = 0.0
        """Machine-monotonic second at which frame number `handed` will be heard."""
        self.started = False
        self.preroll_ends: float | None = None
        """Machine-monotonic second after which it does not wait for its preroll."""
        self.fade: int | None = None
        """Frames to fade out over, once cut."""
        self.underruns = 0
        self.stalled = 0
        """Frames of silence for want of a live source's samples."""
        self.energy = 0
        self.measured = 0
        """Samples that `energy` is the sum over."""
        self._offset = 0

    @property
    def complete(self) -> bool:
        """Whether everything was handed to the output."""
        return self.total is not None and self.handed >= self.total

    def append(self, data: bytes) -> None:
        """Add the next samples (reading thread)."""
        block = Block.of(data, self.gains)
        self.blocks.append(block)
        self.queued += len(block)

    def prerolled(self, heard: float) -> bool:
        """Whether it may begin at machine-monotonic second `heard`."""
        if self.queued >= self.preroll or self.total is not None:
            return True
        if self.preroll_ends is None:
            self.preroll_ends = heard + PREROLL_BOUND_S
        return heard >= self.preroll_ends

    def take(self, frames: int) -> tuple[Block, int, int] | None:
        """Up to `frames` samples, at most to the end of a block, as (block, from, to); None when nothing is queued."""
        if not self.blocks:
            return None
        block, begin = self.blocks[0], self._offset
        end = min(len(block), begin + frames)
        self._offset = end
        if end == len(block):
            self.blocks.popleft()
            self._offset = 0
            self.energy += block.energy
            self.measured += -(-len(block) // LEVEL_STRIDE)
        self.handed += end - begin
        return block, begin, end

    def peek(self, frames: int, version: int) -> array.array[int]:
        """Up to `frames` of the next samples, which stay queued."""
        ahead: array.array[int] = array.array("h")
        offset = self._offset
        for block in tuple(self.blocks):
            ahead.extend(block.versions[version][offset : offset + frames - len(ahead)])
            offset = 0
            if len(ahead) >= frames:
                break
        return ahead

    def skip(self, frames: int) -> None:
        """Leave out samples that were peeked at."""
        end = self.handed + frames
        while self.handed < end and self.take(end - self.handed) is not None:
            pass

    def consumed(self, now: float) -> int:
        """Frames really heard at `now`: what was handed over less what is still in the buffer."""
        return max(0, self.handed - self._waiting(now))

    def heard_by(self, branch: Branch, now: float) -> tuple[int, float | None, float]:
        """Frames that a zone has heard at `now`, when it heard the first one, and when the last."""
        if not branch.open:
            return branch.frames, branch.first_heard, branch.last_heard
        frames = branch.frames + max(0, self.handed - branch.begin - self._waiting(now))
        return frames, branch.first_heard, min(now, self.handed_heard)

    def _waiting(self, now: float) -> int:
        return round(max(0.0, self.handed_heard - now) * STATION_RATE_HZ)
