"""Where the record goes when the disk takes no more: into memory, with everything that it holds, and back again.

A dying SD card turns read-only, a disk fills up. A station that then stopped would be silent; one that went on without
its record could air things twice. So it goes on with a copy in memory, says so, and writes back when it can.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

from broadcaster.errors import JournalError
from broadcaster.journal.database import connect, migrate, open_existing

_SIDES = ("", "-wal")
"""The file and its write-ahead log; the shared index is made anew."""


@dataclass(frozen=True, kw_only=True)
class _Table:
    """How rows of one table go back to the disk."""

    name: str
    key: tuple[str, ...]
    """Columns that name a row in both files."""
    open_rows: str
    """Which rows of the disk may still change; others have their verdict, and triggers refuse to touch them."""
    without: tuple[str, ...] = ()
    """Columns that each file numbers for itself."""


_TABLES = (
    _Table(name="occurrences", key=("key", "trial"), open_rows="outcome IS NULL", without=("id",)),
    _Table(name="cues", key=("id",), open_rows="state NOT IN ('ended', 'removed')"),
    _Table(name="airings", key=("id",), open_rows="outcome IS NULL"),
    _Table(name="deliveries", key=("airing", "zone"), open_rows="outcome IS NULL"),
)
"""Written by the station alone, so that ids are the same in both files."""


_WRITTEN_BY_DOORS = ("id", "trial", "kind", "asked_at", "asked_by", "payload")
"""Columns of `requests` that the station does not change."""


def _write_back_statements(db: sqlite3.Connection) -> list[str]:
    """SQL that brings `disk` up to `main`. Columns are read from the schema: a new one comes along by itself."""
    statements = []
    for table in _TABLES:
        columns = [column for column in _columns(db, table.name) if column not in table.without]
        told = ", ".join(columns)
        same = " AND ".join(f"kept.{column} = disk.{table.name}.{column}" for column in table.key)
        there = " AND ".join(f"there.{column} = main.{table.name}.{column}" for column in table.key)
        kept = f"main.{table.name} AS kept WHERE {same}"
        statements += [
            f"UPDATE disk.{table.name} SET ({told}) = (SELECT {told} FROM {kept})"
            f" WHERE {table.open_rows} AND EXISTS (SELECT 1 FROM {kept})",
            f"INSERT INTO disk.{table.name} ({told}) SELECT {told} FROM main.{table.name}"
            f" WHERE NOT EXISTS (SELECT 1 FROM disk.{table.name} AS there WHERE {there})",
        ]
    # Doors append requests to the disk meanwhile: what the station made of those that it knew.
    answer = ", ".join(column for column in _columns(db, "requests") if column not in _WRITTEN_BY_DOORS)
    request = "main.requests AS kept WHERE kept.id = disk.requests.id"
    events = ", ".join(column for column in _columns(db, "events") if column != "id")
    statements += [
        f"UPDATE disk.requests SET ({answer}) = (SELECT {answer} FROM {request})"
        f" WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM {request})",
        f"INSERT INTO disk.events ({events}) SELECT {events} FROM main.events WHERE id > :events",
        "DELETE FROM disk.marks WHERE name NOT IN (SELECT name FROM main.marks)",
        "INSERT OR REPLACE INTO disk.marks SELECT * FROM main.marks",
        "INSERT OR REPLACE INTO disk.timetables SELECT * FROM main.timetables",
    ]
    return statements


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in db.execute(f"PRAGMA main.table_info({table})")]


def copy_of(db: sqlite3.Connection) -> sqlite3.Connection:
    """Everything committed to `db`, in memory. Raises sqlite3.Error when it cannot even be read."""
    db.execute("SELECT 1 FROM sqlite_master").fetchone()  # `backup` waits for a locked file for ever; this gives up
    memory = connect(":memory:")
    db.backup(memory)
    migrate(memory)
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
            for statement in _write_back_statements(memory):
                memory.execute(statement, {"events": events} if ":events" in statement else {})
            memory.execute("COMMIT")
        except BaseException:
            if memory.in_transaction:
                memory.execute("ROLLBACK")
            raise
    finally:
        memory.execute("DETACH disk")
