"""The order of what waits: a pure structure, no clock, no threads. Queue, never reject."""

from __future__ import annotations

from collections.abc import Iterator

from broadcaster.model import OccurrenceKey
from broadcaster.playout.entry import Entry, Place


class PlayQueue:
    """Entries by the ladder; what has begun goes before what has not; then by place, planned time and arrival."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """In the order in which they would air."""
        return iter(sorted(self._entries, key=_order))

    def add(self, entry: Entry) -> None:
        """Let an entry wait. The same key twice is a mistake of ours."""
        if self.find(entry.occurrence.key) is not None:
            raise ValueError(f"{entry.occurrence.key} is waiting already")
        self._serial += 1
        entry.serial = self._serial
        self._entries.append(entry)

    def remove(self, entry: Entry) -> None:
        """Take an entry out."""
        self._entries.remove(entry)

    def find(self, key: OccurrenceKey) -> Entry | None:
        """The entry of an occurrence, or None."""
        return next((entry for entry in self._entries if entry.occurrence.key == key), None)

    def best(self, monotonic: float) -> Entry | None:
        """What airs next, among those that may air at this station-monotonic second.

        In the pause between two rounds of a repeated notice nothing less urgent begins: it would be cut within seconds.
        """
        able = self._able(monotonic)
        best = min(able, key=_order, default=None)
        between_rounds = [entry.rank for entry in self._entries if entry not in able and entry.waits_since is None]
        return None if best is not None and any(rank < best.rank for rank in between_rounds) else best

    def rivals(self, of: Entry, monotonic: float) -> list[Entry]:
        """Who may cut `of` in the middle of an item now, most urgent first. Not only the best entry: an emergency that
        was asked for "after this item" must not hold up one that was not."""
        return sorted((entry for entry in self._able(monotonic) if entry is not of and entry.cuts(of)), key=_order)

    def _able(self, monotonic: float) -> list[Entry]:
        return [entry for entry in self._entries if entry.not_before is None or entry.not_before <= monotonic]


_PLACES = list(Place)


def _order(entry: Entry) -> tuple[int, bool, int, float, int]:
    place = _PLACES.index(entry.place)
    return (entry.rank, not entry.begun, place, entry.occurrence.planned_at.timestamp(), entry.serial)
