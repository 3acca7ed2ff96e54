"""Where the record goes when the disk takes no more: into memory, with everything that it holds, and back again.

A dying SD card turns read-only, a disk fills up. A station that then stopped would be silent; one that went on without
its record could air things twice. So it goes on with a copy in memory, says so, and writes back when it can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broadcaster.journal.database import connect


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
APPENDED = ("events", "approvals")
"""Tables that doors append to as well, and whose ids nobody refers to: each file numbers its own rows."""
_REPLACED = ("marks", "timetables")
"""Tables of the station's own whose rows change."""
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
    request = "main.requests AS kept WHERE " + " AND ".join(
        f"kept.{column} = disk.requests.{column}" for column in _WRITTEN_BY_DOORS
    )
    statements += [
        f"UPDATE disk.requests SET ({answer}) = (SELECT {answer} FROM {request})"
        f" WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM {request})",
        "INSERT INTO disk.requests SELECT * FROM main.requests WHERE id NOT IN (SELECT id FROM disk.requests)",
    ]
    for name in APPENDED:
        told = ", ".join(column for column in _columns(db, name) if column != "id")
        statements.append(f"INSERT INTO disk.{name} ({told}) SELECT {told} FROM main.{name} WHERE id > :{name}")
    for name in _REPLACED:
        statements += [f"DELETE FROM disk.{name}", f"INSERT INTO disk.{name} SELECT * FROM main.{name}"]
    return statements


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in db.execute(f"PRAGMA main.table_info({table})")]


def last_ids(db: sqlite3.Connection) -> Mapping[str, int]:
    """Of each table that doors append to: what comes later in a copy is news of the copy."""
    return {name: db.execute(f"SELECT COALESCE(MAX(id), 0) FROM {name}").fetchone()[0] for name in APPENDED}


def write_back(memory: sqlite3.Connection, path: Path, *, shared: Mapping[str, int]) -> None:
    """Bring the file up to what `memory` knows, in one commit. `shared`: `last_ids` when the copy was made.

    Raises sqlite3.Error or JournalError when the file still cannot be written; it is then as it was.
    """
    connect(path).close()  # the schema: the file may be new
    memory.execute("ATTACH ? AS disk", (str(path),))
    try:
        memory.execute("BEGIN IMMEDIATE")
        try:
            for statement in _write_back_statements(memory):
                memory.execute(statement, {name: last for name, last in shared.items() if f":{name}" in statement})
            memory.execute("COMMIT")
        except BaseException:
            if memory.in_transaction:
                memory.execute("ROLLBACK")
            raise
    finally:
        memory.execute("DETACH disk")
