"""The as-run log: one row for each attempt at a cue, one delivery for each zone of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from broadcaster.journal.rows import airing_of, delivery_of, optional_text, reason_columns, to_text
from broadcaster.journal.store import Store
from broadcaster.model import (
    EVERYWHERE,
    STATION_RATE_HZ,
    Airing,
    Clip,
    Cue,
    Delivery,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    zones_text,
)
from broadcaster.reasons import Reason

_DELIVERIES = "SELECT * FROM deliveries WHERE outcome IS NOT NULL AND airing IN ({}) ORDER BY rowid"
_MOST_PARAMETERS = 500
"""SQLite allows more; a month is read in a few statements."""


class Airings(Store):
    """The tables `airings` and `deliveries`."""

    def begin_airing(
        self,
        occurrence: Occurrence,
        item: str,
        *,
        cue: Cue | None = None,
        script: str | None,
        clip: Clip | None,
        started_at: datetime | None,
        start_frame: int = 0,
        outputs: Mapping[str, str] | None = None,
    ) -> int:
        """Write *on air*; committed before the caller may let the first sample out. Returns the row's id.

        `outputs`: the SPEC that serves each zone of this attempt; None: the occurrence's zones, without an output.
        """
        served = outputs if outputs is not None else dict.fromkeys(occurrence.zones, "")
        attempt = self._read(
            "SELECT COALESCE(MAX(attempt), 0) + 1 FROM airings WHERE occurrence = ? AND trial = ? AND item = ?",
            (occurrence.key, self.trial, item),
        ).fetchone()[0]
        with self.together():
            cursor = self._write(
                "INSERT INTO airings (trial, occurrence, item, attempt, cue, script, level, zones, planned_at,"
                " started_at, start_frame, clip_frames, voice, engine, text_sha256, audio_sha256, asked_by, output,"
                " clock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.trial,
                    occurrence.key,
                    item,
                    attempt,
                    cue.id if cue else None,
                    script,
                    occurrence.level,
                    zones_text(served),
                    to_text(occurrence.planned_at),
                    optional_text(started_at),
                    start_frame,
                    clip.frames if clip else 0,
                    clip.voice if clip else None,
                    clip.engine if clip else None,
                    clip.text_sha256 if clip else None,
                    clip.audio_sha256 if clip else None,
                    occurrence.asked_by,
                    _outputs_text(served.values()),
                    self.clock.label,
                ),
            )
            row = cursor.lastrowid
            assert row is not None
            for zone, output in served.items():
                self._write("INSERT INTO deliveries (airing, zone, output) VALUES (?, ?, ?)", (row, zone, output))
            if cue is not None and clip is not None:
                self._write("UPDATE cues SET state = 'begun' WHERE id = ? AND state = 'waiting'", (cue.id,))
        return row

    def progress(self, airing: int, frames: int) -> None:
        """Frames heard so far: where a long recording resumes after a power cut."""
        self._write("UPDATE airings SET frames = ? WHERE id = ?", (frames, airing))

    def end_airing(
        self,
        airing: int,
        outcome: Outcome,
        reason: Reason,
        *,
        frames: int = 0,
        started_at: datetime | None = None,
        underruns: int = 0,
        level_dbfs: float | None = None,
        deliveries: Iterable[Delivery] = (),
    ) -> None:
        """The verdict on one attempt. `started_at` None: it was never heard.

        `deliveries`: what each zone got; zones that are not among them got what the whole got.
        """
        now = to_text(self.clock.now())
        told = tuple(deliveries)
        used = _outputs_text(delivery.output for delivery in told if delivery.heard_s or not frames)
        code, facts = reason_columns(reason)
        with self.together():
            self._write(
                "UPDATE airings SET outcome = ?, reason_code = ?, reason_facts = ?, frames = ?, started_at = ?,"
                " ended_at = ?, underruns = ?, level_dbfs = ?, output = CASE WHEN ? THEN ? ELSE output END"
                " WHERE id = ?",
                (
                    outcome, code, facts, frames, optional_text(started_at), now, underruns, level_dbfs,
                    bool(told), used, airing,
                ),
            )  # fmt: skip
            for delivery in told:
                self._end_delivery(airing, delivery)
            self._write(
                "UPDATE deliveries SET outcome = ?, reason_code = ?, reason_facts = ?, frames = ?, started_at = ?,"
                " ended_at = ? WHERE airing = ? AND outcome IS NULL",
                (outcome, code, facts, frames, optional_text(started_at), now, airing),
            )

    def _end_delivery(self, airing: int, delivery: Delivery) -> None:
        self._write(
            "INSERT INTO deliveries (airing, zone, output, started_at, ended_at, frames, outcome, reason_code,"
            " reason_facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (airing, zone) DO UPDATE SET output = excluded.output, started_at = excluded.started_at,"
            " ended_at = excluded.ended_at, frames = excluded.frames, outcome = excluded.outcome,"
            " reason_code = excluded.reason_code, reason_facts = excluded.reason_facts",
            (
                airing,
                delivery.zone,
                delivery.output,
                optional_text(delivery.started_at),
                optional_text(delivery.ended_at),
                round(delivery.heard_s * STATION_RATE_HZ),
                delivery.outcome,
                *reason_columns(delivery.reason),
            ),
        )

    def never_aired(
        self,
        occurrence: Occurrence,
        item: str,
        outcome: Outcome,
        reason: Reason,
        *,
        cue: Cue | None = None,
        script: str | None = None,
        zones: Iterable[str] | None = None,
    ) -> None:
        """A row for a cue that will not be heard, and why."""
        silent = None if zones is None else dict.fromkeys(zones, "")
        with self.together():
            row = self.begin_airing(
                occurrence, item, cue=cue, script=script, clip=None, started_at=None, outputs=silent
            )
            self.end_airing(row, outcome, reason)

    def end_cue(self, cue: Cue) -> None:
        """The cue needs no further attempt."""
        self._write("UPDATE cues SET state = 'ended' WHERE id = ? AND state IN ('waiting', 'begun')", (cue.id,))

    def open_airings(self) -> list[tuple[Airing, int, dict[str, str]]]:
        """Rows without a verdict (at start: what a dead station left on air), each with the frames of its clip and the
        output by zone, empty where none served it."""
        rows = self._read("SELECT * FROM airings WHERE trial = ? AND outcome IS NULL ORDER BY id", (self.trial,))
        return [(airing_of(row, ()), row["clip_frames"], self._outputs_of(row["id"])) for row in rows.fetchall()]

    def _outputs_of(self, airing: int) -> dict[str, str]:
        rows = self._read("SELECT zone, output FROM deliveries WHERE airing = ? ORDER BY rowid", (airing,))
        return {row["zone"]: row["output"] for row in rows}

    def airing(self, row: int) -> Airing | None:
        """One row."""
        found = self._read("SELECT * FROM airings WHERE id = ?", (row,)).fetchall()
        return next(iter(self._with_deliveries(found)), None)

    def airings_of(self, key: OccurrenceKey) -> list[Airing]:
        """All rows of one occurrence, in order."""
        rows = self._read("SELECT * FROM airings WHERE occurrence = ? AND trial = ? ORDER BY id", (key, self.trial))
        return list(self._with_deliveries(rows.fetchall()))

    def airings(
        self, start: datetime | None = None, end: datetime | None = None, *, all_clocks: bool = True
    ) -> Iterator[Airing]:
        """Rows whose planned time lies in [start, end), oldest first; `all_clocks` includes trials."""
        sql = "SELECT * FROM airings WHERE planned_at >= ? AND planned_at < ?"
        values: list[Any] = [to_text(start) if start else "", to_text(end) if end else "9999"]
        if not all_clocks:
            sql += " AND trial = ?"
            values.append(self.trial)
        cursor = self._read(sql + " ORDER BY id", tuple(values))
        while rows := cursor.fetchmany(_MOST_PARAMETERS):
            yield from self._with_deliveries(rows)

    def _with_deliveries(self, rows: list[Any]) -> Iterator[Airing]:
        found: defaultdict[int, list[Delivery]] = defaultdict(list)
        for first in range(0, len(rows), _MOST_PARAMETERS):
            ids = [row["id"] for row in rows[first : first + _MOST_PARAMETERS]]
            sql = _DELIVERIES.format(",".join("?" * len(ids)))
            for delivery in self._read(sql, tuple(ids)):
                found[delivery["airing"]].append(delivery_of(delivery))
        for row in rows:
            yield airing_of(row, tuple(found[row["id"]]))

    def aired_s(self, start: datetime, end: datetime, zone: str) -> float:
        """Seconds of sound that a zone heard in [start, end), emergencies not counted (the gate's daily bound)."""
        frames = self._read(
            "SELECT COALESCE(SUM(CASE WHEN airings.outcome IS NULL THEN airings.frames ELSE deliveries.frames END), 0)"
            " FROM airings JOIN deliveries ON deliveries.airing = airings.id AND deliveries.zone IN (?, ?)"
            " WHERE trial = ? AND airings.started_at >= ? AND airings.started_at < ? AND level <> ?",
            (zone, EVERYWHERE, self.trial, to_text(start), to_text(end), Level.KHAN_CAP),
        ).fetchone()[0]
        return float(frames) / STATION_RATE_HZ


def _outputs_text(outputs: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(output for output in outputs if output)) or "none"
