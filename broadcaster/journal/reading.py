"""The journal for one who only reads: never created, never migrated, never written.

SQLite itself writes when it reads a file with a write-ahead log: without a log beside the file it creates one with its
index, under the reader's name, and leaves both there. So the file is read where it lies only while log and index are
there (a station has it open, or died with it open); else through a copy in memory.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from broadcaster.errors import JournalError, Words
from broadcaster.file_stamp import FileStamp, file_stamp
from broadcaster.journal.copies import copy_elsewhere, copy_of
from broadcaster.journal.database import connect, newest_schema, open_to_read, written_by_newer

_TRIES = 5
"""A station that starts or ends changes the files while they are copied; it does so once."""

Stamps = tuple[FileStamp, ...]
"""Of the file and its log."""


def read_only(path: Path) -> tuple[sqlite3.Connection, Stamps | None]:
    """A connection for reading; with the stamps of the files if it is to a copy, which does not follow them.

    A journal that does not exist reads as an empty one. Raises JournalError.
    """
    try:
        for _ in range(_TRIES):
            before = stamps(path)
            if not path.exists():
                return connect(":memory:", durable=False), before
            db = _in_place(path) if _in_use(path) else None
            if db is not None:
                return db, None
            copy = _copy(path)
            if stamps(path) == before:
                return copy, before
            copy.close()
    except (sqlite3.Error, OSError) as problem:
        raise _unreadable(path, Words(str(problem), str(problem))) from problem
    raise _unreadable(path, Words("tệp đang thay đổi liên tục", "the file changes all the time"))


def stamps(path: Path) -> Stamps:
    """Change whenever the journal does."""
    return file_stamp(path), file_stamp(_side(path, "-wal"))


def _in_use(path: Path) -> bool:
    return _side(path, "-wal").exists() and _side(path, "-shm").exists()


def _in_place(path: Path) -> sqlite3.Connection | None:
    """The file itself; None when only a copy of it can be brought to this program's schema."""
    db = open_to_read(path)
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
    except BaseException:
        db.close()
        raise
    if version == newest_schema():
        return db
    db.close()
    if version > newest_schema():
        raise written_by_newer(version)
    return None


def _copy(path: Path) -> sqlite3.Connection:
    log = _side(path, "-wal")
    if _in_use(path):
        with closing(open_to_read(path)) as db:
            return copy_of(db)
    if log.exists() and log.stat().st_size:
        return copy_elsewhere(path)
    with closing(open_to_read(path, immutable=True)) as db:
        return copy_of(db)


def _side(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _unreadable(path: Path, why: Words) -> JournalError:
    return JournalError(
        Words(f"không đọc được nhật ký ({why.vi})", f"cannot read the journal ({why.en})"),
        where=str(path),
        cure=Words("Chạy «broadcaster doctor»", "Run 'broadcaster doctor'"),
    )
