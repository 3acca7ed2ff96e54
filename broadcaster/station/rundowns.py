"""The stored rundowns: resolved at planning, changed by a re-plan, by hand, or by what is handed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import (
    Airing,
    Cue,
    CueDraft,
    CueState,
    EventKind,
    Item,
    LateKind,
    Occurrence,
    OccurrenceKey,
    Rundown,
)
from broadcaster.schedule.late import FRAME_KINDS
from broadcaster.station.final import final
from broadcaster.studio import Replan, Studio

MOST_TOLD = 5
"""Titles named in one event."""


class Rundowns:
    """Every change of a rundown goes through here. Belongs to the station's loop."""

    def __init__(self, journal: Journal, studio: Studio, note: Callable[[EventKind, Words], None]) -> None:
        """`note` records an event."""
        self._journal = journal
        self._studio = studio
        self._note = note
        self._known: dict[OccurrenceKey, Rundown] = {}

    def of(self, key: OccurrenceKey) -> Rundown:
        """What an occurrence consists of."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._journal.rundown(key)
        return known

    def forget(self, key: OccurrenceKey) -> None:
        """The occurrence has ended, or playout is at work on it: read it anew when it is asked for again."""
        self._known.pop(key, None)

    def plan(self, occurrence: Occurrence) -> Rundown:
        """Resolve what the journal does not have yet; else what it has."""
        stored = self.of(occurrence.key)
        return stored if stored.cues else self._store(occurrence.key, self._studio.resolve(occurrence))

    def adopt(self, occurrence: Occurrence, rows: Sequence[Airing]) -> Rundown:
        """Plan an occurrence that a program without rundowns has begun: its rows name cues by the same labels."""
        rundown = self.plan(occurrence)
        if any(row.cue is not None for row in rows) or not rows:
            return rundown
        begun = {row.item.partition("#")[0] for row in rows}
        ended = {row.item for row in rows if final(row)}
        with self._journal.together():
            for cue in rundown.cues:
                if cue.label in begun:
                    self._journal.set_cue_state(cue.id, CueState.ENDED if cue.label in ended else CueState.BEGUN)
        self.forget(occurrence.key)
        return self.of(occurrence.key)

    def replan(self, occurrence: Occurrence) -> bool:
        """Bring a stored rundown up to date with timetable, scripts and settings. True when it changed."""
        self.forget(occurrence.key)
        stored = self.of(occurrence.key)
        if not stored.cues:
            self.plan(occurrence)
            return True
        new = self._studio.replan(occurrence, stored.cues, self._journal.dropped_by_hand(occurrence.key))
        in_order = [line.id for line in new.lines if isinstance(line, Cue)] == [cue.id for cue in stored.cues]
        if new.same and in_order:
            return False
        self._store(occurrence.key, new.lines)
        self._tell(occurrence, new)
        return True

    def _store(self, key: OccurrenceKey, lines: Sequence[Cue | CueDraft]) -> Rundown:
        self._known[key] = self._journal.store_rundown(key, lines)
        return self._known[key]

    def _tell(self, occurrence: Occurrence, new: Replan) -> None:
        parts = [
            _told("thêm", "added", new.added),
            _told("bỏ", "removed", new.removed),
            _told("đổi nội dung", "changed", new.changed),
        ]
        said = [part for part in parts if part is not None] or [Words("đổi thứ tự", "other order")]
        title = occurrence.title
        self._note(
            EventKind.RUNDOWN,
            Words(
                f"chương trình «{title}» ({occurrence.key}): " + "; ".join(part.vi for part in said),
                f"rundown of '{title}' ({occurrence.key}): " + "; ".join(part.en for part in said),
            ),
        )

    # --- by hand -----------------------------------------------------------------------------------------------

    def drop(self, cue: Cue, by: str) -> None:
        """Take a waiting cue out; a re-plan does not bring it back."""
        self._journal.change_by_hand(cue.id, removed_by=by)
        self.forget(cue.occurrence)

    def insert(self, occurrence: Occurrence, item: Item, before: Cue | None, by: str) -> Rundown:
        """Put an item in, before a cue or at the end."""
        drafts = [replace(draft, added_by=by) for draft in self._studio.resolve_item(item, occurrence)]
        return self._insert(occurrence.key, drafts, before)

    def _insert(self, key: OccurrenceKey, drafts: Sequence[CueDraft], before: Cue | None) -> Rundown:
        lines: list[Cue | CueDraft] = list(self.of(key).cues)
        ids = [cue.id for cue in self.of(key).cues]
        place = len(lines) if before is None or before.id not in ids else ids.index(before.id)
        return self._store(key, [*lines[:place], *drafts, *lines[place:]])

    def move(self, cue: Cue, before: Cue | None, by: str) -> None:
        """Give a waiting cue another place in its rundown."""
        others = [other for other in self.of(cue.occurrence).cues if other.id != cue.id]
        ids = [other.id for other in others]
        place = len(others) if before is None or before.id not in ids else ids.index(before.id)
        with self._journal.together():
            self._journal.change_by_hand(cue.id, moved_by=by)
            self._store(cue.occurrence, [*others[:place], cue, *others[place:]])
        self.forget(cue.occurrence)

    def move_to(self, cue: Cue, key: OccurrenceKey, before: Cue | None, by: str) -> None:
        """Move a waiting cue to another occurrence: it ends here, and stands there under a new id."""
        with self._journal.together():
            self.drop(cue, by)
            self._insert(key, [_draft_of(cue, added_by=by)], before)

    def replace(self, cue: Cue, occurrence: Occurrence, item: Item, by: str) -> Rundown:
        """Another item in a waiting cue's place."""
        with self._journal.together():
            rundown = self.insert(occurrence, item, cue, by)
            self.drop(cue, by)
        return self.of(rundown.occurrence)

    # --- handing on --------------------------------------------------------------------------------------------

    def hand_on(self, missed: Occurrence, unheard: Sequence[Cue], to: OccurrenceKey) -> bool:
        """`late = "next_session"`: put what was not heard behind another occurrence's own cues. False: nothing was.

        After its own, so that the next session begins on time and its maximum length cuts what was added first.
        """
        drafts = [
            _draft_of(cue, item=replace(cue.item, late=None, joined_from=missed.key))
            for cue in handed_on(missed, unheard)
        ]
        already = {cue.item.joined_from for cue in self.of(to).cues}
        if not drafts or missed.key in already:
            return False
        self._insert(to, drafts, None)
        return True


def handed_on(missed: Occurrence, unheard: Sequence[Cue]) -> list[Cue]:
    """The cues that go to the next session: those whose rule says so, once; chimes and pauses at both ends stay."""
    joins = [
        cue
        for cue in unheard
        if cue.item.joined_from is None and (cue.item.late or missed.late).kind is LateKind.NEXT_SESSION
    ]
    while joins and joins[0].item.kind in FRAME_KINDS:
        del joins[0]
    while joins and joins[-1].item.kind in FRAME_KINDS:
        del joins[-1]
    return joins


def _draft_of(cue: Cue, *, item: Item | None = None, added_by: str = "") -> CueDraft:
    return CueDraft(
        item=item or cue.item,
        name=cue.name,
        title=cue.title,
        request=cue.request,
        problem=cue.problem,
        script=cue.script,
        added_by=added_by,
    )


def _told(vi: str, en: str, titles: Sequence[str]) -> Words | None:
    if not titles:
        return None
    listed = ", ".join(f"«{title}»" for title in titles[:MOST_TOLD]) + (", …" if len(titles) > MOST_TOLD else "")
    return Words(f"{vi} {listed}", f"{en} {listed}")
