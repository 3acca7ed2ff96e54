"""What an output can play besides a rendered clip, and how samples are read from either.

A `Clip` is finite and lies on the disk. A `Live` source goes on until it ends or somebody cuts it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from broadcaster.model import Clip


@dataclass(frozen=True, kw_only=True)
class Live:
    """A live source: line-in, microphone, another station's stream."""

    name: str
    """As in station.toml."""
    title: str
    address: str
    """Where the sound comes from, in the words of the source's kind (a device's name, a URL)."""
    max_s: float
    """Longest time on air in seconds; whoever plays it cuts it then."""

    @property
    def length_s(self) -> None:
        """Unknown: a live source ends when it ends."""
        return None


Source = Clip | Live
"""What a job plays."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """What one zone really got of one playback."""

    frames: int = 0
    """Frames of the source heard there, fades included; the silence of a stall is not counted."""
    first_monotonic: float | None = None
    """Station-monotonic second of the first frame heard there; None: none was."""
    last_monotonic: float | None = None
    """Station-monotonic second after the last frame heard there."""


class Reader(ABC):
    """Samples of one source, in order: 16 bit, mono, little-endian, STATION_RATE_HZ.

    Contract:
    * `read` never blocks. It returns at most `frames` frames; fewer, or b"", means that nothing more is there *yet*
      (a stall) or, once `ended`, ever. It raises AudioError when the source is broken; then only `close` may follow.
    * `ended` is True once everything was read and nothing more will come. It never becomes False again.
    * A live reader gives sound of about now: what nobody reads in time it drops, the oldest first.
    * One thread reads at a time. `close` releases the source, from any thread; idempotent. Nothing is read after it.
    """

    @abstractmethod
    def read(self, frames: int) -> bytes:
        """The next samples, two bytes for each of at most `frames` frames."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether nothing more will come."""

    @abstractmethod
    def close(self) -> None:
        """Release the source."""
