"""What to do with a slot whose minute has come or gone: pure decisions, one for each item and one for the whole.

The rules (`LateRule`): `skip` misses it, `play 10m` starts up to that late, `next_session` hands the items on to the
next session of the same timetable, once. An item's own rule wins over its session's. After an outage at most one
late session is caught up and at most one is handed on: a station that was off for a week must not talk for a day.
"""

from __future__ import annotations

import enum
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.model import Item, ItemKind, LateKind, LateRule, Occurrence, OccurrenceKey
from broadcaster.reasons import Reason, ReasonCode, reason

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
    """It ends as `missed`."""
    JOIN_NEXT = "join_next"
    """It ends as `missed` here, and its items air with the next session of its timetable."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A verdict with its reason."""

    verdict: Verdict
    reason: Reason | None = None
    """For the journal; None when there is nothing to explain (on time, or not yet due)."""

    @property
    def late(self) -> bool:
        """Whether a late rule decided: AIR with a reason is a catch-up, AIR without is on time."""
        return self.reason is not None


def decide(occurrence: Occurrence, now: datetime, *, why: Reason | None = None) -> Decision:
    """The whole occurrence's verdict: AIR when any item may air, else JOIN_NEXT when any joins, else MISS.

    `why` it was not started at its minute, e.g. a power cut; the decision's reason has it as `because`.
    """
    decisions = decide_items(occurrence, now, why=why)
    ranking = (Verdict.WAIT, Verdict.AIR, Verdict.JOIN_NEXT, Verdict.MISS)
    return min(decisions, key=lambda decision: ranking.index(decision.verdict))


def decide_items(occurrence: Occurrence, now: datetime, *, why: Reason | None = None) -> tuple[Decision, ...]:
    """One decision for each item, in their order."""
    lateness = now - occurrence.planned_at
    if lateness < timedelta(0):
        return (Decision(verdict=Verdict.WAIT),) * len(occurrence.items)
    if lateness <= ON_TIME:
        return (Decision(verdict=Verdict.AIR),) * len(occurrence.items)
    own = [_decide_late(item, item.late or occurrence.late, lateness, why) for item in occurrence.items]
    speaking = [decision for item, decision in zip(occurrence.items, own, strict=True) if item.kind not in FRAME_KINDS]
    airing = next((decision for decision in speaking or own if decision.verdict is Verdict.AIR), None)
    # A chime before nothing, or the first sentence without its chime, would both sound like a fault.
    frame = airing or (speaking or own)[0]
    return tuple(
        frame if item.kind in FRAME_KINDS else decision for item, decision in zip(occurrence.items, own, strict=True)
    )


def choose_catch_up(late: Iterable[Occurrence]) -> tuple[Occurrence | None, list[Occurrence]]:
    """(the one to catch up or to hand on, the rest in order of their time): the most urgent, then the newest.

    For the occurrences of one verdict after an outage: those that may still AIR, or those that would JOIN_NEXT. The
    rest is missed, as not chosen.
    """
    ordered = sorted(late, key=lambda occurrence: (occurrence.planned_at, occurrence.key))
    if not ordered:
        return None, []
    one = min(reversed(ordered), key=lambda occurrence: occurrence.level.rank)
    return one, [occurrence for occurrence in ordered if occurrence is not one]


class OwedAction(enum.StrEnum):
    """What to do after an outage with an occurrence whose minute has come or gone."""

    CONCLUDE = "conclude"
    """Every item has its verdict, only that of the whole is missing."""
    PLAY = "play"
    """Into the queue; what of it has been heard is not repeated."""
    HAND_ON = "hand_on"
    """It ends as `missed`, and its items air with the next session of its timetable."""
    MISS = "miss"
    """It ends as `missed`."""


@dataclass(frozen=True, kw_only=True)
class OwedDecision:
    """What becomes of one occurrence that was owed."""

    occurrence: Occurrence
    action: OwedAction
    reason: Reason | None = None
    """For the journal; None when there is nothing to explain: concluded, or on time."""


def settlement(
    owed: Iterable[Occurrence], finished: Container[OccurrenceKey], now: datetime, why: Reason | None
) -> list[OwedDecision]:
    """What to do with everything that was owed until `now` and has no verdict, in the order in which to do it.

    At most one is played and at most one handed on; the rest is missed. `finished`: keys of those whose every item has
    its verdict. `why` they were not started at their minute. What is not due yet is left out.
    """
    done: list[OwedDecision] = []
    late: dict[Verdict, list[Occurrence]] = {Verdict.AIR: [], Verdict.JOIN_NEXT: []}
    for occurrence in owed:
        if occurrence.key in finished:
            done.append(OwedDecision(occurrence=occurrence, action=OwedAction.CONCLUDE))
            continue
        decision = decide(occurrence, now, why=why)
        if decision.verdict in late:
            late[decision.verdict].append(occurrence)
        elif decision.verdict is Verdict.MISS:
            done.append(OwedDecision(occurrence=occurrence, action=OwedAction.MISS, reason=decision.reason))
    not_chosen = reason(ReasonCode.NOT_CHOSEN).after(why)
    for verdict, action in ((Verdict.AIR, OwedAction.PLAY), (Verdict.JOIN_NEXT, OwedAction.HAND_ON)):
        one, rest = choose_catch_up(late[verdict])
        done += [OwedDecision(occurrence=other, action=OwedAction.MISS, reason=not_chosen) for other in rest]
        if one is not None:
            done.append(OwedDecision(occurrence=one, action=action, reason=decide(one, now, why=why).reason))
    return done


def _decide_late(item: Item, rule: LateRule, lateness: timedelta, why: Reason | None) -> Decision:
    late_s = round(lateness.total_seconds())
    if rule.kind is LateKind.PLAY and lateness <= rule.bound:
        verdict, told = Verdict.AIR, reason(ReasonCode.PLAYED_LATE, late_s=late_s)
    elif rule.kind is LateKind.PLAY:
        bound_s = round(rule.bound.total_seconds())
        verdict, told = Verdict.MISS, reason(ReasonCode.MISSED_LATE, late_s=late_s, bound_s=bound_s)
    elif rule.kind is LateKind.SKIP:
        verdict, told = Verdict.MISS, reason(ReasonCode.MISSED_LATE, late_s=late_s)
    elif item.joined_from is not None:
        verdict, told = Verdict.MISS, reason(ReasonCode.ALREADY_HANDED_ON, late_s=late_s)
    elif lateness > FRESH:
        verdict, told = Verdict.MISS, reason(ReasonCode.TOO_OLD_TO_HAND_ON, late_s=late_s)
    else:
        verdict, told = Verdict.JOIN_NEXT, reason(ReasonCode.HANDED_ON)
    return Decision(verdict=verdict, reason=told.after(why))
