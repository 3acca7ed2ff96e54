"""What waits in the queue: one occurrence, its parts, and how far it has come."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from broadcaster.model import Clip, Item, Level, Occurrence, Outcome


class Place(enum.StrEnum):
    """Where an occurrence may break in (`--after`)."""

    NOW = "now"
    """Cuts what is less urgent."""
    ITEM = "item"
    """After the item on air."""
    SESSION = "session"
    """After the session on air."""


DEFAULT_PLACE = {
    Level.KHAN_CAP: Place.NOW,
    Level.TRUC_TIEP: Place.NOW,
    Level.UU_TIEN: Place.ITEM,
    Level.PHIEN: Place.SESSION,
    Level.THONG_THUONG: Place.SESSION,
}


def place_for(level: Level, after: str | None) -> Place:
    """The place that `--after now|item|session` asks for, or the level's own."""
    return Place(after) if after else DEFAULT_PLACE[level]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One item of an occurrence, as the player needs it."""

    item: str
    """Its name in the journal, e.g. `02-dich_vu_cong`."""
    source: Item
    """The timetable's line; its `late` and `resume` rules count."""
    find: Callable[[], Clip | None]
    """The clip, proved whole; None while it is not rendered. Quick: it looks into the cache."""
    pending: Callable[[], bool] = lambda: False
    """Whether the clip is being rendered right now: worth a short wait."""
    trouble: Callable[[], str] = lambda: "bản thu chưa sẵn sàng"
    """Why there is no clip, in one line."""
    script: str | None = None
    problem: str = ""
    """Why this part does not air (a broken script, its own late rule); empty: it does."""
    problem_outcome: Outcome = Outcome.FAILED
    """Verdict that `problem` gives."""


@dataclass(kw_only=True, eq=False)
class Entry:
    """One occurrence on its way. The only mutable thing in the queue; changed by the player alone."""

    occurrence: Occurrence
    parts: tuple[Part, ...]
    place: Place
    serial: int = 0
    """Order of arrival."""
    cursor: int = 0
    """Next part."""
    resume_frame: int = 0
    """Frame at which the next part goes on."""
    losses: int = 0
    """How often the output was lost during the next part."""
    loop: int = 0
    """Rounds completed (`repeat`)."""
    begun: bool = False
    """Something of it has been on air."""
    used_s: float = 0.0
    """Seconds of sound so far."""
    not_before: float | None = None
    """Station-monotonic second before which it rests (between two rounds)."""
    waits_since: float | None = None
    """Station-monotonic second since which its next part waits for its clip."""
    suspended_at: datetime | None = None
    """When something more urgent cut it."""
    results: list[tuple[Outcome, str]] = field(default_factory=list)
    """Verdict and reason of every part that has one."""

    @property
    def part(self) -> Part:
        """The next part."""
        return self.parts[self.cursor]

    @property
    def item_name(self) -> str:
        """Journal name of the next part, with the round when there are several: `01-bao_lu#2`."""
        return self.part.item if self.loop == 0 else f"{self.part.item}#{self.loop + 1}"

    @property
    def rank(self) -> int:
        """Urgency; lower is sooner. `--after now|item` lifts an ordinary notice to the priority step."""
        rank = self.occurrence.level.rank
        lifted = self.place is not Place.SESSION and DEFAULT_PLACE[self.occurrence.level] is Place.SESSION
        return min(rank, Level.UU_TIEN.rank) if lifted else rank

    def cuts(self, other: Entry) -> bool:
        """Whether this entry may cut `other` in the middle of an item. Equals never cut each other: they queue."""
        return self.place is Place.NOW and self.rank < other.rank

    def verdict(self) -> tuple[Outcome, str]:
        """The outcome of the whole, from its parts: all alike, or *partly aired*."""
        outcomes = {outcome for outcome, _ in self.results}
        reasons = list(dict.fromkeys(reason for outcome, reason in self.results if outcome is not Outcome.AIRED))
        reason = "; ".join(reasons[:3]) + ("; …" if len(reasons) > 3 else "")
        if not self.results:
            return Outcome.FAILED, "không có mục nào để phát"
        if outcomes == {Outcome.AIRED}:
            return Outcome.AIRED, "đã phát đủ"
        if outcomes & {Outcome.AIRED, Outcome.PARTLY_AIRED}:
            return Outcome.PARTLY_AIRED, reason
        return self.results[0][0] if len(outcomes) == 1 else Outcome.FAILED, reason
