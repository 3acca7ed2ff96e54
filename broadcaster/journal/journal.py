"""Writing and reading the record. One `Journal` belongs to one thread; other processes open their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from broadcaster.clock import Clock, SystemClock
from broadcaster.journal.rows import (
    OccurrenceRow,
    RequestRow,
    airing_of,
    from_text,
    occurrence_of,
    request_of,
    to_text,
)
from broadcaster.journal.store import Store
from broadcaster.model import (
    STATION_RATE_HZ,
    Airing,
    Clip,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    Request,
    RequestKind,
    State,
    zones_text,
)


class Journal(Store):
    """See the room's docstring. Every method commits before it returns, unless inside `together()`."""

    def __init__(
        self,
        path: Path | None,
        clock: Clock | None = None,
        *,
        output: str = "none",
        durable: bool = True,
        may_flee: bool = False,
    ) -> None:
        """Open the journal at `path` (None: in memory, for rehearsals). `output` is written into each airing.

        `may_flee`: for the running station, which goes on in memory when the file cannot be written (`refuge` says
        why, `come_back` ends it). Else that raises JournalError.
        """
        self.clock = clock or SystemClock()
        self.output = output
        self.trial = int(self.clock.label != "system")
        self.on_verdict: Callable[[OccurrenceKey, Outcome, str], None] = _nobody
        """Called after the verdict on an occurrence, which may still be uncommitted."""
        super().__init__(path, durable=durable, may_flee=may_flee)

    # --- occurrences -------------------------------------------------------------------------------------------

    def plan(self, occurrence: Occurrence) -> bool:
        """Record that something is owed. False when its key is known already: it can never be planned twice."""
        cursor = self._execute(
            "INSERT OR IGNORE INTO occurrences (key, trial, title, planned_at, level, zone, asked_by, request_id,"
            " state, created_at, clock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'planned', ?, ?)",
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
        """The timetable was edited: an occurrence that has not begun gets its new time, title, level and zone."""
        self._execute(
            "UPDATE occurrences SET planned_at = ?, title = ?, level = ?, zone = ?"
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

    def set_state(self, key: OccurrenceKey, state: State, reason: str = "") -> None:
        """planned → ready | not_ready → on_air. `end` is the only way to ENDED."""
        self._execute(
            "UPDATE occurrences SET state = ?, reason = ? WHERE key = ? AND trial = ? AND (state <> ? OR reason <> ?)",
            (state, reason, key, self.trial, state, reason),
        )

    def end(self, key: OccurrenceKey, outcome: Outcome, reason: str) -> None:
        """The verdict on an occurrence, given once. Its request ends with it."""
        now = to_text(self.clock.now())
        with self.together():
            self._execute(
                "UPDATE occurrences SET state = 'ended', outcome = ?, reason = ?, ended_at = ?"
                " WHERE key = ? AND trial = ?",
                (outcome, reason, now, key, self.trial),
            )
            self._execute(
                "UPDATE requests SET ended_at = ?, outcome = ?, reason = ? WHERE ended_at IS NULL AND id ="
                " (SELECT request_id FROM occurrences WHERE key = ? AND trial = ?)",
                (now, outcome, reason, key, self.trial),
            )
        self.on_verdict(key, outcome, reason)

    def occurrence(self, key: OccurrenceKey) -> OccurrenceRow | None:
        """One occurrence, or None."""
        row = self._execute("SELECT * FROM occurrences WHERE key = ? AND trial = ?", (key, self.trial)).fetchone()
        return occurrence_of(row) if row else None

    def open_occurrences(self) -> list[OccurrenceRow]:
        """Everything planned that has no verdict yet, by planned time."""
        rows = self._execute(
            "SELECT * FROM occurrences WHERE trial = ? AND state <> 'ended' ORDER BY planned_at, id", (self.trial,)
        )
        return [occurrence_of(row) for row in rows]

    def occurrences(self, start: datetime, end: datetime) -> list[OccurrenceRow]:
        """Occurrences planned in [start, end), of this clock's kind."""
        rows = self._execute(
            "SELECT * FROM occurrences WHERE trial = ? AND planned_at >= ? AND planned_at < ? ORDER BY planned_at, id",
            (self.trial, to_text(start), to_text(end)),
        )
        return [occurrence_of(row) for row in rows]

    # --- airings -----------------------------------------------------------------------------------------------

    def begin_airing(
        self,
        occurrence: Occurrence,
        item: str,
        *,
        script: str | None,
        clip: Clip | None,
        started_at: datetime | None,
        start_frame: int = 0,
    ) -> int:
        """Write *on air*; committed before the caller may let the first sample out. Returns the row's id."""
        attempt = self._execute(
            "SELECT COALESCE(MAX(attempt), 0) + 1 FROM airings WHERE occurrence = ? AND trial = ? AND item = ?",
            (occurrence.key, self.trial, item),
        ).fetchone()[0]
        cursor = self._execute(
            "INSERT INTO airings (trial, occurrence, item, attempt, script, level, zone, planned_at, started_at,"
            " start_frame, clip_frames, voice, engine, text_sha256, audio_sha256, asked_by, output, clock)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.trial,
                occurrence.key,
                item,
                attempt,
                script,
                occurrence.level,
                zones_text(occurrence.zones),
                to_text(occurrence.planned_at),
                None if started_at is None else to_text(started_at),
                start_frame,
                clip.frames if clip else 0,
                clip.voice if clip else None,
                clip.engine if clip else None,
                clip.text_sha256 if clip else None,
                clip.audio_sha256 if clip else None,
                occurrence.asked_by,
                self.output,
                self.clock.label,
            ),
        )
        row = cursor.lastrowid
        assert row is not None
        return row

    def progress(self, airing: int, frames: int) -> None:
        """Frames heard so far: where a long recording resumes after a power cut."""
        self._execute("UPDATE airings SET frames = ? WHERE id = ?", (frames, airing))

    def end_airing(
        self,
        airing: int,
        outcome: Outcome,
        reason: str,
        *,
        frames: int = 0,
        started_at: datetime | None = None,
        underruns: int = 0,
        level_dbfs: float | None = None,
    ) -> None:
        """The verdict on one attempt. `started_at` None: it was never heard."""
        self._execute(
            "UPDATE airings SET outcome = ?, reason = ?, frames = ?, started_at = ?, ended_at = ?, underruns = ?,"
            " level_dbfs = ? WHERE id = ?",
            (
                outcome,
                reason,
                frames,
                None if started_at is None else to_text(started_at),
                to_text(self.clock.now()),
                underruns,
                level_dbfs,
                airing,
            ),
        )

    def never_aired(
        self, occurrence: Occurrence, item: str, outcome: Outcome, reason: str, *, script: str | None = None
    ) -> None:
        """A row for an item that will not be heard, and why."""
        with self.together():
            row = self.begin_airing(occurrence, item, script=script, clip=None, started_at=None)
            self.end_airing(row, outcome, reason)

    def abandon_open(self, reason: str, *, near_end_s: float) -> list[Airing]:
        """At start: what was on air when the program died becomes *abandoned*. Returns those rows as they now are.

        What had come within `near_end_s` of its end counts as *partly aired* and is not owed any more: its listeners
        have heard it, and nothing may air twice.
        """
        rows = self._execute("SELECT * FROM airings WHERE trial = ? AND outcome IS NULL", (self.trial,)).fetchall()
        now = to_text(self.clock.now())
        with self.together():
            for row in rows:
                left_s = (row["clip_frames"] - row["start_frame"] - row["frames"]) / STATION_RATE_HZ
                nearly = row["frames"] > 0 and left_s <= near_end_s
                self._execute(
                    "UPDATE airings SET outcome = ?, reason = ?, ended_at = ? WHERE id = ?",
                    (
                        Outcome.PARTLY_AIRED if nearly else Outcome.ABANDONED,
                        f"{reason}; mục đã phát gần hết nên không phát lại" if nearly else reason,
                        now,
                        row["id"],
                    ),
                )
        return [airing for row in rows if (airing := self.airing(row["id"])) is not None]

    def airing(self, row: int) -> Airing | None:
        """One row."""
        found = self._execute("SELECT * FROM airings WHERE id = ?", (row,)).fetchone()
        return airing_of(found) if found else None

    def airings_of(self, key: OccurrenceKey) -> list[Airing]:
        """All rows of one occurrence, in order."""
        rows = self._execute("SELECT * FROM airings WHERE occurrence = ? AND trial = ? ORDER BY id", (key, self.trial))
        return [airing_of(row) for row in rows]

    def airings(
        self, start: datetime | None = None, end: datetime | None = None, *, all_clocks: bool = True
    ) -> Iterator[Airing]:
        """Rows whose planned time lies in [start, end), oldest first; `all_clocks` includes trials."""
        sql = "SELECT * FROM airings WHERE planned_at >= ? AND planned_at < ?"
        values: list[Any] = [to_text(start) if start else "", to_text(end) if end else "9999"]
        if not all_clocks:
            sql += " AND trial = ?"
            values.append(self.trial)
        for row in self._execute(sql + " ORDER BY id", tuple(values)):
            yield airing_of(row)

    def aired_s(self, start: datetime, end: datetime) -> float:
        """Seconds of sound heard in [start, end), emergencies not counted (the gate's daily bound)."""
        frames = self._execute(
            "SELECT COALESCE(SUM(frames), 0) FROM airings"
            " WHERE trial = ? AND started_at >= ? AND started_at < ? AND level <> ?",
            (self.trial, to_text(start), to_text(end), Level.KHAN_CAP),
        ).fetchone()[0]
        return float(frames) / STATION_RATE_HZ

    # --- requests ----------------------------------------------------------------------------------------------

    def ask(self, kind: RequestKind, asked_by: str, payload: Mapping[str, Any] | None = None) -> int:
        """A door's wish, on record before anybody acts on it."""
        cursor = self._execute(
            "INSERT INTO requests (trial, kind, asked_at, asked_by, payload) VALUES (?, ?, ?, ?, ?)",
            (
                self.trial,
                kind,
                to_text(self.clock.now()),
                asked_by,
                json.dumps(dict(payload or {}), ensure_ascii=False),
            ),
        )
        row = cursor.lastrowid
        assert row is not None
        return row

    def new_requests(self) -> list[Request]:
        """Requests nobody has acted on, oldest first."""
        rows = self._execute(
            "SELECT * FROM requests WHERE trial = ? AND ended_at IS NULL AND acted_at IS NULL ORDER BY id",
            (self.trial,),
        )
        return [request_of(row).request for row in rows]

    def open_requests(self) -> list[Request]:
        """Requests acted on whose end has not come (at start: what a dead station left behind)."""
        rows = self._execute(
            "SELECT * FROM requests WHERE trial = ? AND ended_at IS NULL AND acted_at IS NOT NULL ORDER BY id",
            (self.trial,),
        )
        return [request_of(row).request for row in rows]

    def request(self, row: int) -> RequestRow | None:
        """One request and its fate."""
        found = self._execute("SELECT * FROM requests WHERE id = ?", (row,)).fetchone()
        return request_of(found) if found else None

    def act_on(self, request: int) -> None:
        """The station has taken the request up."""
        self._execute("UPDATE requests SET acted_at = ? WHERE id = ?", (to_text(self.clock.now()), request))

    def end_request(self, request: int, outcome: Outcome, reason: str) -> None:
        """The verdict on a request that is no occurrence (stop, skip, cancel, or one refused at once)."""
        now = to_text(self.clock.now())
        self._execute(
            "UPDATE requests SET acted_at = COALESCE(acted_at, ?), ended_at = ?, outcome = ?, reason = ?"
            " WHERE id = ? AND ended_at IS NULL",
            (now, now, outcome, reason, request),
        )

    # --- events, marks, approvals ------------------------------------------------------------------------------

    def note(self, kind: str, text: str) -> None:
        """Something worth knowing that is no airing: start, stop, a clock step, a lost card."""
        self._execute(
            "INSERT INTO events (at, kind, text, clock) VALUES (?, ?, ?, ?)",
            (to_text(self.clock.now()), kind, text, self.clock.label),
        )

    def events(self, limit: int = 100) -> list[tuple[datetime, str, str]]:
        """The newest events, oldest first: (at, kind, text)."""
        rows = self._execute("SELECT * FROM events ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [(from_text(row["at"]), row["kind"], row["text"]) for row in reversed(rows)]

    def mark(self, name: str) -> str | None:
        """A small fact, or None."""
        row = self._execute("SELECT value FROM marks WHERE name = ?", (self._mark(name),)).fetchone()
        return row["value"] if row else None

    def set_mark(self, name: str, value: str | None) -> None:
        """Store or (None) forget a small fact."""
        if value is None:
            self._execute("DELETE FROM marks WHERE name = ?", (self._mark(name),))
        else:
            self._execute("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", (self._mark(name), value))

    def mark_time(self, name: str) -> datetime | None:
        """A mark that holds a time."""
        value = self.mark(name)
        return from_text(value) if value else None

    def set_mark_time(self, name: str, moment: datetime) -> None:
        """Store a time as a mark."""
        self.set_mark(name, to_text(moment))

    def _mark(self, name: str) -> str:
        return f"trial:{name}" if self.trial else name

    def approve(self, script: str, text_sha256: str, audio_sha256: str, approved_by: str) -> None:
        """A named person agreed to exactly this text and this sound."""
        self._execute(
            "INSERT INTO approvals (script, text_sha256, audio_sha256, approved_by, approved_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (script, text_sha256, audio_sha256, approved_by, to_text(self.clock.now())),
        )

    def approval(self, script: str, audio_sha256: str) -> tuple[str, datetime] | None:
        """(who, when) approved this very sound of the script, or None: an edit changes the hash and so voids it."""
        row = self._execute(
            "SELECT approved_by, approved_at FROM approvals"
            " WHERE script = ? AND audio_sha256 = ? ORDER BY id DESC LIMIT 1",
            (script, audio_sha256),
        ).fetchone()
        return (row["approved_by"], from_text(row["approved_at"])) if row else None

    def approvals(self) -> list[tuple[str, str, str, str]]:
        """Every approval given, oldest first: (script, text_sha256, audio_sha256, approved_by)."""
        rows = self._execute("SELECT script, text_sha256, audio_sha256, approved_by FROM approvals ORDER BY id")
        return [tuple(row) for row in rows]

    def data_version(self) -> int:
        """Changes when another process has committed: cheap to poll."""
        return int(self._execute("PRAGMA data_version").fetchone()[0])


def _nobody(key: OccurrenceKey, outcome: Outcome, reason: str) -> None:
    """Nobody asked to be told of verdicts."""
