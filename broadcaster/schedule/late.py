"""What to do with a slot whose minute has come or gone: pure decisions, one for each item and one for the whole.

The rules (`LateRule`): `skip` lets it go, `play 10m` starts up to that late, `next_session` hands the items on to the
next session of the same timetable, once. An item's own rule wins over its session's. After an outage at most one
late session is caught up and at most one is handed on: a station that was off for a week must not talk for a day.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.model import Item, ItemKind, LateKind, LateRule, Occurrence

ON_TIME = timedelta(seconds=60)
"""Within its minute a slot is not late: the clock on the commune's wall still shows it. No rule applies before."""
FRESH = timedelta(hours=24)
"""`next_session` hands nothing on that is older: by then the same session has come round again with newer items."""
FRAME_KINDS = frozenset({ItemKind.CHIME, ItemKind.PAUSE})
"""Items that say nothing themselves: they air exactly when something else of their session does."""


class Verdict(enum.StrEnum):
    """What to do now."""

    AIR = "air"
    """Start it, on time or as late as the rule allows."""
    WAIT = "wait"
    """Its minute has not come."""
    MISS = "miss"
    """Let it go: it ends as `missed`."""
    JOIN_NEXT = "join_next"
    """It ends as `missed` here, and its items air with the next session of its timetable."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str
    """Plain Vietnamese for the journal; empty when there is nothing to explain (on time, or not yet due)."""

    @property
    def late(self) -> bool:
        """Whether a late rule decided: AIR with a reason is a catch-up, AIR without is on time."""
        return bool(self.reason)


def decide(occurrence: Occurrence, now: datetime, *, late_reason: str) -> Decision:
    """The whole occurrence's verdict: AIR when any item may air, else JOIN_NEXT when any joins, else MISS.

    `late_reason` is why it was not started at its minute, e.g. "mất điện 05:12-05:47"; it goes into the reason.
    """
    decisions = decide_items(occurrence, now, late_reason=late_reason)
    ranking = (Verdict.WAIT, Verdict.AIR, Verdict.JOIN_NEXT, Verdict.MISS)
    return min(decisions, key=lambda decision: ranking.index(decision.verdict))


def decide_items(occurrence: Occurrence, now: datetime, *, late_reason: str) -> tuple[Decision, ...]:
    """One decision for each item, in their order."""
    lateness = now - occurrence.planned_at
    if lateness < timedelta(0):
        return (Decision(verdict=Verdict.WAIT, reason=""),) * len(occurrence.items)
    if lateness <= ON_TIME:
        return (Decision(verdict=Verdict.AIR, reason=""),) * len(occurrence.items)
    own = [_decide_late(item, item.late or occurrence.late, lateness, late_reason) for item in occurrence.items]
    speaking = [decision for item, decision in zip(occurrence.items, own, strict=True) if item.kind not in FRAME_KINDS]
    airing = next((decision for decision in speaking or own if decision.verdict is Verdict.AIR), None)
    # A chime before nothing, or the first sentence without its chime, would both sound like a fault.
    frame = airing or (speaking or own)[0]
    return tuple(
        frame if item.kind in FRAME_KINDS else decision for item, decision in zip(occurrence.items, own, strict=True)
    )


def join(next_occurrence: Occurrence, missed: Occurrence) -> Occurrence:
    """`next_occurrence` with the items of `missed` that are handed on, after its own.

    After, so that the next session's own start stays on time and its maximum length cuts what was added first. They
    follow its late rule from then on and carry `joined_from`, under which the journal names them. Chimes and pauses
    at the ends of what is added are left out.
    """
    handed_on = [item for item in missed.items if _joins(item, missed.late)]
    while handed_on and handed_on[0].kind in FRAME_KINDS:
        del handed_on[0]
    while handed_on and handed_on[-1].kind in FRAME_KINDS:
        del handed_on[-1]
    added = tuple(replace(item, late=None, joined_from=missed.key) for item in handed_on)
    return replace(next_occurrence, items=next_occurrence.items + added)


def choose_catch_up(late: Iterable[Occurrence]) -> tuple[Occurrence | None, list[Occurrence]]:
    """(the one to catch up or to hand on, the rest in order of their time): the most urgent, then the newest.

    For the occurrences of one verdict after an outage: those that may still AIR, or those that would JOIN_NEXT (of
    one timetable). The rest is missed; `NOT_CHOSEN` is the reason.
    """
    ordered = sorted(late, key=lambda occurrence: (occurrence.planned_at, occurrence.key))
    if not ordered:
        return None, []
    one = min(reversed(ordered), key=lambda occurrence: occurrence.level.rank)
    return one, [occurrence for occurrence in ordered if occurrence is not one]


NOT_CHOSEN = "bỏ lỡ: sau khi gián đoạn chỉ phát bù một phiên"
"""Reason for what `choose_catch_up` leaves."""


def _decide_late(item: Item, rule: LateRule, lateness: timedelta, late_reason: str) -> Decision:
    because = f" vì {late_reason}" if late_reason else ""
    if rule.kind is LateKind.PLAY and lateness <= rule.bound:
        return Decision(verdict=Verdict.AIR, reason=f"phát muộn {in_words(lateness)}{because}")
    if rule.kind is LateKind.NEXT_SESSION and item.joined_from is None and lateness <= FRESH:
        return Decision(verdict=Verdict.JOIN_NEXT, reason=f"bỏ lỡ{because}; chuyển sang phiên kế tiếp")
    why = f"đã muộn {in_words(lateness)}"
    if rule.kind is LateKind.PLAY:
        why += f", chỉ được muộn {in_words(rule.bound)}"
    elif rule.kind is LateKind.NEXT_SESSION:
        why += ", mục đã chuyển một lần" if item.joined_from is not None else ", quá cũ để chuyển sang phiên kế tiếp"
    return Decision(verdict=Verdict.MISS, reason=f"bỏ lỡ{because} ({why})")


def _joins(item: Item, session_rule: LateRule) -> bool:
    return item.joined_from is None and (item.late or session_rule).kind is LateKind.NEXT_SESSION


def in_words(span: timedelta) -> str:
    """A length of time in Vietnamese, two units at most: "45 giây", "17 phút", "2 giờ 5 phút", "3 ngày 4 giờ"."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} giây"
    minutes = seconds // 60
    if minutes < 10 and seconds % 60:
        return f"{minutes} phút {seconds % 60} giây"
    for size, large, unit, small in ((1440, "ngày", 60, "giờ"), (60, "giờ", 1, "phút")):
        if minutes >= size:
            rest = minutes % size // unit
            return f"{minutes // size} {large}" + (f" {rest} {small}" if rest else "")
    return f"{minutes} phút"


def still_owed(occurrence: Occurrence, decisions: Sequence[Decision]) -> list[tuple[int, Item]]:
    """(position from 0, item) of every item that airs, by `decide_items`."""
    return [
        (position, item)
        for position, (item, decision) in enumerate(zip(occurrence.items, decisions, strict=True))
        if decision.verdict is Verdict.AIR
    ]
