"""`tone`: a live source that everybody can predict. For tests and rehearsals, and to check a line of loudspeakers.

It gives the same samples every time, as fast as they are asked for, and can be told to stall and to end.
"""

from __future__ import annotations

import array
import functools
import math
from dataclasses import dataclass

from broadcaster.clock import Clock
from broadcaster.model import STATION_RATE_HZ
from broadcaster.source import Reader

SAMPLE_MAX = 32767
SAMPLE_BYTES = 2


@dataclass(frozen=True, kw_only=True)
class ToneSource:
    """What the tone is like."""

    frequency_hz: int = 1000
    """A whole number, so that every second of it is the same."""
    level_dbfs: float = -12.0
    """Peak level."""
    stalls_after_s: float | None = None
    """Seconds of sound after which it gives nothing for a while; None: never."""
    stalls_for_s: float = math.inf
    """Station seconds that the stall lasts; inf: for ever."""
    ends_after_s: float | None = None
    """Seconds of sound after which it ends; None: never."""


class ToneReader(Reader):
    """Contract of `Reader`."""

    def __init__(self, source: ToneSource, clock: Clock) -> None:
        """`clock` measures the stall."""
        self._source = source
        self._clock = clock
        self._given = 0
        self._stalls_at = _frames(source.stalls_after_s)
        self._stalls_until: float | None = None
        self._ends_at = _frames(source.ends_after_s)
        self._closed = False

    def read(self, frames: int) -> bytes:
        assert not self._closed, "a closed reader is not read"
        if self._given == self._stalls_at and self._stall_is_over():
            self._stalls_at = None
        bounds = [bound - self._given for bound in (self._stalls_at, self._ends_at) if bound is not None]
        frames = min([frames, *bounds])
        second = _second(self._source.frequency_hz, self._source.level_dbfs)
        first = self._given % STATION_RATE_HZ * SAMPLE_BYTES
        size = frames * SAMPLE_BYTES
        self._given += frames
        return (second * (-(-(first + size) // len(second))))[first : first + size]

    @property
    def ended(self) -> bool:
        return self._given == self._ends_at

    def close(self) -> None:
        self._closed = True

    def _stall_is_over(self) -> bool:
        now = self._clock.monotonic()
        if self._stalls_until is None:
            self._stalls_until = now + self._source.stalls_for_s
        return now >= self._stalls_until


def _frames(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * STATION_RATE_HZ)


@functools.cache
def _second(frequency_hz: int, level_dbfs: float) -> bytes:
    """The samples of one second of the tone."""
    peak = SAMPLE_MAX * 10 ** (level_dbfs / 20)
    step = 2 * math.pi * frequency_hz / STATION_RATE_HZ
    return array.array("h", (round(peak * math.sin(step * n)) for n in range(STATION_RATE_HZ))).tobytes()
