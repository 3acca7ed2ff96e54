"""What is owed: occurrences, from planned to their verdict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from broadcaster.journal.rows import OccurrenceRow, occurrence_of, reason_columns, to_text
from broadcaster.journal.store import Store
from broadcaster.model import CommandResult, Occurrence, OccurrenceKey, Outcome, State, zones_text
from broadcaster.reasons import NO_REASON, Reason


class Occurrences(Store):
    """The table `occurrences`."""

    on_verdict: Callable[[OccurrenceKey, Outcome, Reason], None]
    """Called after the verdict on an occurrence, which may still be uncommitted."""

    def plan(self, occurrence: Occurrence) -> bool:
        """Record that something is owed. False when its key is known already: it can never be planned twice."""
        cursor = self._write(
            "INSERT INTO occurrences (key, trial, title, planned_at, level, zones, asked_by, request_id,"
            " state, created_at, clock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'planned', ?, ?)"
            " ON CONFLICT (key, trial) DO NOTHING",
            (
                occurrence.key,
                self.trial,
                occurrence.title,
                to_text(occurrence.planned_at),
                occurrence.level,
                zones_text(occurrence.zones),
                occurrence.asked_by,
                occurrence.request_id,
                to_text(self.clock.now()),
                self.clock.label,
            ),
        )
        return cursor.rowcount == 1

    def move(self, occurrence: Occurrence) -> None:
        """The timetable was edited: an occurrence that has not begun gets its new time, title, level and zones."""
        self._write(
            "UPDATE occurrences SET planned_at = ?, title = ?, level = ?, zones = ?"
            " WHERE key = ? AND trial = ? AND state <> 'on_air'",
            (
                to_text(occurrence.planned_at),
                occurrence.title,
                occurrence.level,
                zones_text(occurrence.zones),
                occurrence.key,
                self.trial,
            ),
        )

    def set_state(self, key: OccurrenceKey, state: State, reason: Reason = NO_REASON) -> None:
        """planned → ready | not_ready → on_air. `end` is the only way to ENDED."""
        code, facts = reason_columns(reason)
        self._write(
            "UPDATE occurrences SET state = ?, reason_code = ?, reason_facts = ? WHERE key = ? AND trial = ?"
            " AND (state <> ? OR reason_code <> ? OR reason_facts <> ?)",
            (state, code, facts, key, self.trial, state, code, facts),
        )

    def end(
        self, key: OccurrenceKey, outcome: Outcome, reason: Reason, *, result: CommandResult = CommandResult.DONE
    ) -> None:
        """The verdict on an occurrence, given once. Its request ends with it, with `result`."""
        now = to_text(self.clock.now())
        code, facts = reason_columns(reason)
        with self.together():
            self._write(
                "UPDATE occurrences SET state = 'ended', outcome = ?, reason_code = ?, reason_facts = ?, ended_at = ?"
                " WHERE key = ? AND trial = ?",
                (outcome, code, facts, now, key, self.trial),
            )
            self._write(
                "UPDATE cues SET state = 'ended' WHERE occurrence = ? AND trial = ? AND state IN ('waiting', 'begun')",
                (key, self.trial),
            )
            self._write(
                "UPDATE requests SET acted_at = COALESCE(acted_at, ?), ended_at = ?, result = ?, reason_code = ?,"
                " reason_facts = ? WHERE ended_at IS NULL AND id ="
                " (SELECT request_id FROM occurrences WHERE key = ? AND trial = ?)",
                (now, now, result, code, facts, key, self.trial),
            )
        self.on_verdict(key, outcome, reason)

    def occurrence(self, key: OccurrenceKey) -> OccurrenceRow | None:
        """One occurrence, or None."""
        row = self._read("SELECT * FROM occurrences WHERE key = ? AND trial = ?", (key, self.trial)).fetchone()
        return occurrence_of(row) if row else None

    def open_occurrences(self) -> list[OccurrenceRow]:
        """Everything planned that has no verdict yet, by planned time."""
        rows = self._read(
            "SELECT * FROM occurrences WHERE trial = ? AND state <> 'ended' ORDER BY planned_at, id", (self.trial,)
        )
        return [occurrence_of(row) for row in rows]

    def occurrences(self, start: datetime, end: datetime) -> list[OccurrenceRow]:
        """Occurrences planned in [start, end), of this clock's kind."""
        rows = self._read(
            "SELECT * FROM occurrences WHERE trial = ? AND planned_at >= ? AND planned_at < ? ORDER BY planned_at, id",
            (self.trial, to_text(start), to_text(end)),
        )
        return [occurrence_of(row) for row in rows]
