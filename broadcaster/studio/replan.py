"""A stored rundown and a fresh resolution of the same occurrence → the rundown from now on. Pure.

For an occurrence that has not begun; one that has is changed by hand only. A cue whose source is the same keeps its id,
with the content as it is now. What the timetable no longer names goes; what it names anew comes in at its place. What
people changed by hand stands: a dropped cue does not come back, an inserted one stays behind the cue it stood behind,
and a rundown in which a cue was moved keeps its order.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from broadcaster.model import Cue, CueDraft


@dataclass(frozen=True, kw_only=True)
class Replan:
    """The outcome of a re-plan."""

    lines: tuple[Cue | CueDraft, ...]
    """The rundown from now on: kept cues with their ids, drafts that will get one."""
    added: tuple[str, ...] = ()
    """Titles of what came in."""
    removed: tuple[str, ...] = ()
    """Titles of what went."""
    changed: tuple[str, ...] = ()
    """Titles of cues whose content is another."""

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.removed or self.changed)


def replan(
    stored: Sequence[Cue],
    fresh: Sequence[CueDraft],
    *,
    dropped: Sequence[Cue] = (),
    refresh: Callable[[Cue], Cue],
) -> Replan:
    """`stored`: cues that stand, in order. `dropped`: those that somebody took out by hand. `refresh(cue)` gives a cue
    that no timetable names its present content."""
    wanted = _without_dropped(fresh, dropped)
    matches, new = _matched(stored, wanted)
    kept = {cue.id: cue for cue in stored if not _goes(cue, matches)}
    updated = {number: _with_content(cue, matches.get(number), refresh) for number, cue in kept.items()}
    lines = _ordered(stored, wanted, matches, new, updated)
    return Replan(
        lines=tuple(lines),
        added=tuple(line.title for line in lines if not isinstance(line, Cue)),
        removed=tuple(cue.title for cue in stored if cue.id not in kept),
        changed=tuple(cue.title for number, cue in updated.items() if _differs(kept[number], cue)),
    )


def _without_dropped(fresh: Sequence[CueDraft], dropped: Sequence[Cue]) -> list[CueDraft]:
    """The fresh lines less those that somebody took out, one for one."""
    out: defaultdict[tuple[object, ...], int] = defaultdict(int)
    for cue in dropped:
        out[cue.source] += 1
    wanted = []
    for draft in fresh:
        if out[draft.source]:
            out[draft.source] -= 1
        else:
            wanted.append(draft)
    return wanted


def _matched(stored: Sequence[Cue], wanted: Sequence[CueDraft]) -> tuple[dict[int, CueDraft], list[CueDraft]]:
    """(fresh line by cue id, lines that no cue matches): by source, the first with the first."""
    by_source: defaultdict[tuple[object, ...], deque[Cue]] = defaultdict(deque)
    for cue in stored:
        by_source[cue.source].append(cue)
    matches: dict[int, CueDraft] = {}
    new = []
    for draft in wanted:
        if by_source[draft.source]:
            matches[by_source[draft.source].popleft().id] = draft
        else:
            new.append(draft)
    return matches, new


def _goes(cue: Cue, matches: dict[int, CueDraft]) -> bool:
    by_hand = bool(cue.added_by) or cue.item.joined_from is not None
    return cue.id not in matches and not by_hand


def _with_content(cue: Cue, draft: CueDraft | None, refresh: Callable[[Cue], Cue]) -> Cue:
    if draft is None:
        return refresh(cue)
    told = {field.name: getattr(draft, field.name) for field in fields(CueDraft) if field.name != "added_by"}
    return replace(cue, **told)


def _differs(before: Cue, after: Cue) -> bool:
    return (before.title, before.request, before.problem, before.item) != (
        after.title, after.request, after.problem, after.item,
    )  # fmt: skip


def _ordered(
    stored: Sequence[Cue],
    wanted: Sequence[CueDraft],
    matches: dict[int, CueDraft],
    new: Sequence[CueDraft],
    updated: dict[int, Cue],
) -> list[Cue | CueDraft]:
    """All lines in their order: the timetable's, unless somebody moved a cue."""
    number_of = {id(draft): number for number, draft in matches.items()}
    fixed = any(cue.moved_by for cue in stored)
    lines: list[Cue | CueDraft]
    if fixed:
        lines = [updated[cue.id] for cue in stored if cue.id in updated]
        _insert_behind(lines, [(draft, _before(draft, wanted, number_of, updated)) for draft in new])
        return lines
    lines = [updated[number_of[id(draft)]] if id(draft) in number_of else draft for draft in wanted]
    placed = {line.id for line in lines if isinstance(line, Cue)}
    order = [updated[cue.id] for cue in stored if cue.id in updated]
    for index, cue in enumerate(order):
        if cue.id not in placed:
            lines.insert(_behind(lines, order[index - 1] if index else None), cue)
            placed.add(cue.id)
    return lines


def _before(
    draft: CueDraft, wanted: Sequence[CueDraft], number_of: dict[int, int], updated: dict[int, Cue]
) -> Cue | CueDraft | None:
    """What stands right before a fresh line in the timetable; None: it comes first."""
    index = next(place for place, other in enumerate(wanted) if other is draft)
    if index == 0:
        return None
    previous = wanted[index - 1]
    number = number_of.get(id(previous))
    return previous if number is None else updated[number]


def _insert_behind(lines: list[Cue | CueDraft], new: Sequence[tuple[CueDraft, Cue | CueDraft | None]]) -> None:
    for draft, previous in new:
        lines.insert(_behind(lines, previous), draft)


def _behind(lines: Sequence[Cue | CueDraft], previous: Cue | CueDraft | None) -> int:
    if previous is None:
        return 0
    return next((place + 1 for place, line in enumerate(lines) if line is previous), len(lines))
