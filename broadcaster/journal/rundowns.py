"""Rundowns: the cues of each occurrence. A cue's id and label are given once; nothing is deleted."""

from __future__ import annotations

import json
from collections.abc import Sequence

from broadcaster.journal.rows import cue_of, reason_columns, to_text
from broadcaster.journal.store import Store
from broadcaster.model import Cue, CueDraft, CueState, OccurrenceKey, Rundown, item_as_json


class Rundowns(Store):
    """The table `cues`."""

    def rundown(self, key: OccurrenceKey) -> Rundown:
        """What an occurrence consists of, in order; without cues when it has not been resolved."""
        rows = self._read(
            "SELECT * FROM cues WHERE occurrence = ? AND trial = ? AND state <> 'removed' ORDER BY position, id",
            (key, self.trial),
        )
        return Rundown(occurrence=key, cues=tuple(cue_of(row) for row in rows))

    def cue(self, cue_id: int) -> Cue | None:
        """One cue, removed ones too; None when there is none."""
        row = self._read("SELECT * FROM cues WHERE id = ? AND trial = ?", (cue_id, self.trial)).fetchone()
        return cue_of(row) if row else None

    def set_cue_state(self, cue_id: int, state: CueState) -> None:
        """Along WAITING → BEGUN → ENDED, or WAITING → REMOVED."""
        self._write("UPDATE cues SET state = ? WHERE id = ? AND state <> ?", (state, cue_id, state))

    def change_by_hand(self, cue_id: int, *, moved_by: str = "", removed_by: str = "") -> None:
        """Remember who moved a cue, or took it out: a re-plan respects both."""
        if moved_by:
            self._write("UPDATE cues SET moved_by = ? WHERE id = ?", (moved_by, cue_id))
        if removed_by:
            self._write("UPDATE cues SET removed_by = ?, state = 'removed' WHERE id = ?", (removed_by, cue_id))

    def dropped_by_hand(self, key: OccurrenceKey) -> list[Cue]:
        """Cues that somebody took out: the timetable still names them, and a re-plan must not bring them back."""
        rows = self._read(
            "SELECT * FROM cues WHERE occurrence = ? AND trial = ? AND removed_by <> '' ORDER BY id", (key, self.trial)
        )
        return [cue_of(row) for row in rows]

    def store_rundown(self, key: OccurrenceKey, lines: Sequence[Cue | CueDraft]) -> Rundown:
        """Make `lines` the rundown: stored cues keep id and label and get the new place and content, drafts get theirs,
        waiting cues that are not among the lines are removed. One commit."""
        kept = {line.id for line in lines if isinstance(line, Cue)}
        with self.together():
            for cue in self.rundown(key).cues:
                if cue.id not in kept and cue.state is CueState.WAITING:
                    self.set_cue_state(cue.id, CueState.REMOVED)
            number = self._labels_given(key)
            for position, line in enumerate(lines, 1):
                if isinstance(line, Cue):
                    self._update(line, position)
                else:
                    number += 1
                    self._insert(key, line, position, f"{number:02d}-{line.name}")
        return self.rundown(key)

    def _labels_given(self, key: OccurrenceKey) -> int:
        sql = "SELECT COUNT(*) FROM cues WHERE occurrence = ? AND trial = ?"
        return int(self._read(sql, (key, self.trial)).fetchone()[0])

    def _insert(self, key: OccurrenceKey, draft: CueDraft, position: int, label: str) -> None:
        self._write(
            "INSERT INTO cues (trial, occurrence, position, label, name, title, item, request, problem_code,"
            " problem_facts, script, state, added_by, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
            (self.trial, key, position, label, *_content(draft), draft.added_by, to_text(self.clock.now())),
        )

    def _update(self, cue: Cue, position: int) -> None:
        """Only what changed is written: most re-plans change nothing."""
        before = self.cue(cue.id)
        assert before is not None, "cues are never deleted"
        if before.position == position and _content(before) == _content(cue):
            return
        self._write(
            "UPDATE cues SET position = ?, name = ?, title = ?, item = ?, request = ?, problem_code = ?,"
            " problem_facts = ?, script = ? WHERE id = ?",
            (position, *_content(cue), cue.id),
        )


def _content(draft: CueDraft) -> tuple[str | None, ...]:
    request = "" if draft.request is None else json.dumps(draft.request.as_json(), ensure_ascii=False)
    item = json.dumps(item_as_json(draft.item), ensure_ascii=False)
    return (draft.name, draft.title, item, request, *reason_columns(draft.problem), draft.script)
