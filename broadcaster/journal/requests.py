"""Commands of doors: rows that are written before anybody acts on them, and their results."""

from __future__ import annotations

import json

from broadcaster.journal.rows import RequestRow, reason_columns, request_of, request_row_of, to_text
from broadcaster.journal.store import Store
from broadcaster.model import Command, CommandResult, Request
from broadcaster.reasons import Reason


class Requests(Store):
    """The table `requests`."""

    def ask(self, command: Command, asked_by: str) -> int:
        """A door's command, on record before anybody acts on it. Returns the row's id."""
        return self.ask_raw(command.kind, json.dumps(command.payload(), ensure_ascii=False), asked_by)

    def ask_raw(self, kind: str, payload: str, asked_by: str) -> int:
        """A row as any program or hand may write it; the station checks all of it."""
        cursor = self._write(
            "INSERT INTO requests (trial, kind, asked_at, asked_by, payload) VALUES (?, ?, ?, ?, ?)",
            (self.trial, kind, to_text(self.clock.now()), asked_by, payload),
        )
        row = cursor.lastrowid
        assert row is not None
        return row

    def new_requests(self) -> list[Request]:
        """Requests nobody has acted on, oldest first."""
        return self._requests("ended_at IS NULL AND acted_at IS NULL")

    def open_requests(self) -> list[Request]:
        """Requests acted on whose end has not come (at start: what a dead station left behind)."""
        return self._requests("ended_at IS NULL AND acted_at IS NOT NULL")

    def _requests(self, which: str) -> list[Request]:
        rows = self._read(f"SELECT * FROM requests WHERE trial = ? AND {which} ORDER BY id", (self.trial,))
        return [request_of(row) for row in rows]

    def request(self, row: int) -> RequestRow | None:
        """One request and its result."""
        found = self._read("SELECT * FROM requests WHERE id = ?", (row,)).fetchone()
        return request_row_of(found) if found else None

    def act_on(self, request: int) -> None:
        """The station has accepted the request."""
        self._write("UPDATE requests SET acted_at = ? WHERE id = ?", (to_text(self.clock.now()), request))

    def end_request(self, request: int, result: CommandResult, reason: Reason) -> None:
        """The result of a command that is no occurrence (stop, skip, cancel, or one refused at once)."""
        now = to_text(self.clock.now())
        self._write(
            "UPDATE requests SET acted_at = COALESCE(acted_at, ?), ended_at = ?, result = ?, reason_code = ?,"
            " reason_facts = ? WHERE id = ? AND ended_at IS NULL",
            (now, now, result, *reason_columns(reason), request),
        )
