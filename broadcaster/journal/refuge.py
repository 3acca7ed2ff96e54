"""Where the record goes when the disk takes no more: into memory, with everything that it holds, and back again.

A dying SD card turns read-only, a disk fills up. A station that then stopped would be silent; one that went on without
its record could air things twice. So it goes on with a copy in memory, says so, and writes back when it can.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

from broadcaster.errors import JournalError
from broadcaster.journal.database import connect, open_existing

_SIDES = ("", "-wal")
"""The file and its write-ahead log; the shared index is made anew."""

_WRITE_BACK = """
INSERT OR IGNORE INTO disk.occurrences (key, trial, title, planned_at, level, zone, asked_by, request_id, state,
    outcome, reason, created_at, ended_at, clock)
  SELECT key, trial, title, planned_at, level, zone, asked_by, request_id, state, outcome, reason, created_at, ended_at,
    clock FROM main.occurrences;
UPDATE disk.occurrences SET (title, planned_at, level, zone, state, outcome, reason, ended_at) =
    (SELECT title, planned_at, level, zone, state, outcome, reason, ended_at FROM main.occurrences AS kept
      WHERE kept.key = disk.occurrences.key AND kept.trial = disk.occurrences.trial)
  WHERE outcome IS NULL AND EXISTS (SELECT 1 FROM main.occurrences AS kept
      WHERE kept.key = disk.occurrences.key AND kept.trial = disk.occurrences.trial);
UPDATE disk.airings SET (started_at, ended_at, frames, outcome, reason, underruns, level_dbfs) =
    (SELECT started_at, ended_at, frames, outcome, reason, underruns, level_dbfs FROM main.airings AS kept
      WHERE kept.id = disk.airings.id)
  WHERE outcome IS NULL AND EXISTS (SELECT 1 FROM main.airings AS kept WHERE kept.id = disk.airings.id);
INSERT INTO disk.airings SELECT * FROM main.airings WHERE id > (SELECT COALESCE(MAX(id), 0) FROM disk.airings);
UPDATE disk.requests SET (acted_at, ended_at, outcome, reason) =
    (SELECT acted_at, ended_at, outcome, reason FROM main.requests AS kept WHERE kept.id = disk.requests.id)
  WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM main.requests AS kept WHERE kept.id = disk.requests.id);
INSERT INTO disk.events (at, kind, text, clock) SELECT at, kind, text, clock FROM main.events WHERE id > :events;
DELETE FROM disk.marks WHERE name NOT IN (SELECT name FROM main.marks);
INSERT OR REPLACE INTO disk.marks SELECT * FROM main.marks;
"""
"""The station alone writes occurrences, airings and marks; doors may have appended requests, events and approvals."""


def copy_of(db: sqlite3.Connection) -> sqlite3.Connection:
    """Everything committed to `db`, in memory. Raises sqlite3.Error when it cannot even be read."""
    db.execute("SELECT 1 FROM sqlite_master").fetchone()  # `backup` waits for a locked file for ever; this gives up
    memory = connect(":memory:")
    db.backup(memory)
    return memory


def copy_of_file(path: Path) -> sqlite3.Connection:
    """Everything that the file and its log hold, in memory; what cannot be read is left behind."""
    for way in (_copy_elsewhere, _copy_alone):
        with contextlib.suppress(OSError, sqlite3.Error, JournalError):
            return way(path)
    return connect(":memory:")


def _copy_elsewhere(path: Path) -> sqlite3.Connection:
    """SQLite opens no write-ahead log on a read-only disk: both are copied to where one can write, if there is such a
    place."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / path.name
        for ending in _SIDES:
            side = path.with_name(path.name + ending)
            if side.exists():
                shutil.copyfile(side, place.with_name(place.name + ending))
        with contextlib.closing(connect(place, durable=False)) as db:
            return copy_of(db)


def _copy_alone(path: Path) -> sqlite3.Connection:
    """Where it lies: that needs no room, when the only disk is full."""
    with contextlib.closing(open_existing(path, alone=True)) as db:
        return copy_of(db)


def write_back(memory: sqlite3.Connection, path: Path, *, events: int) -> None:
    """Bring the file up to what `memory` knows, in one commit. `events`: id of the last event that both share.

    Raises sqlite3.Error or JournalError when the file still cannot be written; it is then as it was.
    """
    connect(path).close()  # the schema: the file may be new
    memory.execute("ATTACH ? AS disk", (str(path),))
    try:
        memory.execute("BEGIN IMMEDIATE")
        try:
            for statement in _WRITE_BACK.split(";\n"):
                if statement.strip():
                    memory.execute(statement, {"events": events} if ":events" in statement else {})
            memory.execute("COMMIT")
        except BaseException:
            if memory.in_transaction:
                memory.execute("ROLLBACK")
            raise
    finally:
        memory.execute("DETACH disk")
