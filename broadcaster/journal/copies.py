"""Copies of a journal in memory: to go on in when the disk takes no more, and to read what must stay as it is."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

from broadcaster.errors import JournalError
from broadcaster.journal.database import connect, migrate, open_existing

_SIDES = ("", "-wal")
"""The file and its write-ahead log; the shared index is made anew."""


def copy_of(db: sqlite3.Connection) -> sqlite3.Connection:
    """Everything committed to `db`, in memory, in this program's schema.

    Raises sqlite3.Error when it cannot be read, JournalError when a newer program wrote it.
    """
    db.execute("SELECT 1 FROM sqlite_master").fetchone()  # `backup` waits for a locked file for ever; this gives up
    memory = connect(":memory:")
    try:
        db.backup(memory)
        migrate(memory)
    except BaseException:
        memory.close()
        raise
    return memory


def copy_of_file(path: Path) -> sqlite3.Connection:
    """Everything that the file and its log hold, in memory; what cannot be read is left behind."""
    for way in (copy_elsewhere, _copy_alone):
        with contextlib.suppress(OSError, sqlite3.Error, JournalError):
            return way(path)
    return connect(":memory:")


def copy_elsewhere(path: Path) -> sqlite3.Connection:
    """SQLite opens no write-ahead log on a read-only disk: file and log are copied to a temporary folder first.

    Raises OSError (no room there), sqlite3.Error or JournalError.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / path.name
        for ending in _SIDES:
            side = path.with_name(path.name + ending)
            if side.exists():
                shutil.copyfile(side, place.with_name(place.name + ending))
        with contextlib.closing(open_existing(place, alone=False)) as db:
            return copy_of(db)


def _copy_alone(path: Path) -> sqlite3.Connection:
    """Where it lies: that needs no room, when the only disk is full."""
    with contextlib.closing(open_existing(path, alone=True)) as db:
        return copy_of(db)
