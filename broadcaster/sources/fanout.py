"""One live source, heard by several outputs: a microphone can be opened once, two cards need its samples.

Every reader gets the same samples in the same order. Whoever is behind finds them waiting, up to a bound; whoever asks
first fetches them for all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from broadcaster.model import STATION_RATE_HZ
from broadcaster.source import Reader

BEHIND_FRAMES = STATION_RATE_HZ
"""A reader this far behind the others loses the oldest samples: live sound that is a second old is of no use."""
SAMPLE_BYTES = 2


class Fanout:
    """Opens the source for the first reader and closes it with the last one. Safe to use from any thread."""

    def __init__(self, open_source: Callable[[], Reader]) -> None:
        """`open_source` is called when the first reader is opened."""
        self._open_source = open_source
        self._lock = threading.Lock()
        self._source: Reader | None = None
        self._branches: list[_Branch] = []

    def open(self) -> Reader:
        """A reader of everything from now on. Raises what the source raises."""
        with self._lock:
            if self._source is None:
                self._source = self._open_source()
            branch = _Branch(self)
            self._branches.append(branch)
            return branch

    def fetch(self, frames: int, asks: _Branch) -> None:
        """Ask the source for `frames` more, for everybody, because `asks` has none left. The lock is held."""
        assert self._source is not None
        samples = self._source.read(frames)
        for branch in self._branches:
            branch.waiting += samples
            if branch is not asks:
                del branch.waiting[: max(0, len(branch.waiting) - BEHIND_FRAMES * SAMPLE_BYTES)]

    @property
    def source_ended(self) -> bool:
        """Whether the source gives nothing more to anybody."""
        return self._source is not None and self._source.ended

    def leave(self, branch: _Branch) -> None:
        """One reader less."""
        with self._lock:
            if branch not in self._branches:
                return
            self._branches.remove(branch)
            source = None if self._branches else self._source
            if source is not None:
                self._source = None
        if source is not None:
            source.close()

    @property
    def lock(self) -> threading.Lock:
        """Held while samples are moved."""
        return self._lock


class _Branch(Reader):
    """Contract of `Reader`, over what the fanout fetches."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self.waiting = bytearray()
        """Samples fetched for it and not read yet."""

    def read(self, frames: int) -> bytes:
        size = frames * SAMPLE_BYTES
        with self._fanout.lock:
            missing = frames - len(self.waiting) // SAMPLE_BYTES
            if missing > 0 and not self._fanout.source_ended:
                self._fanout.fetch(missing, self)
            samples = bytes(self.waiting[:size])
            del self.waiting[:size]
        return samples

    @property
    def ended(self) -> bool:
        return self._fanout.source_ended and not self.waiting

    def close(self) -> None:
        self._fanout.leave(self)
