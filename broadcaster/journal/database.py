"""The SQLite file: opening, numbered migrations, damage, a full disk."""

from __future__ import annotations

import enum
import functools
import sqlite3
from contextlib import closing
from datetime import datetime
from importlib import resources
from pathlib import Path

from broadcaster.errors import JournalError, Words
from broadcaster.whole_file import write_whole

BUSY_TIMEOUT_S = 5.0
"""A door and the station write at once for milliseconds; only a stuck process holds the file longer."""
ALONE_TIMEOUT_S = 0.5
"""Who wants the file for itself may be the station on air."""
BALLAST_BYTES = 2 << 20
"""Space kept beside the journal and given up when the disk is full: room for weeks of rows."""
WAL_PAGES = 100
"""Checkpoint of the write-ahead log after 400 kB: on a full disk the log itself must not be what has no room."""


class Access(enum.Enum):
    """What one who opens the file may do to it."""

    OWNER = enum.auto()
    """The holder of the station's lock: creates, migrates, writes."""
    DOOR = enum.auto()
    """Appends requests and approvals to a file of this program's schema; neither creates nor migrates it."""
    READER = enum.auto()
    """Reads, and leaves nothing in the file or beside it (reading.py)."""


def connect(path: Path | str, *, durable: bool = True, access: Access = Access.OWNER) -> sqlite3.Connection:
    """Open a journal to write. `path` may be ":memory:", which is always its owner's.

    `durable`: every commit is on the disk before it returns (WAL, synchronous FULL), so that a power cut loses nothing
    that somebody was told is done. Raises JournalError; OutdatedJournalError to a door.
    """
    owner = access is Access.OWNER or path == ":memory:"
    db = None
    try:
        if path == ":memory:":
            db = _opened(":memory:")
        elif owner:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            db = _opened(_uri(Path(path), "rwc"))
            db.execute("PRAGMA journal_mode = WAL")
        else:
            db = _opened(_uri(Path(path), "rw"))
        db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        db.execute("PRAGMA foreign_keys = ON")
        if owner:
            migrate(db)
        else:
            _require_current(db)
    except BaseException as problem:
        if db is not None:
            db.close()  # its locks would be in the way of whoever tries otherwise
        if not isinstance(problem, (sqlite3.Error, OSError)):
            raise
        raise JournalError(
            Words(f"không mở được nhật ký ({problem})", f"cannot open the journal ({problem})"),
            where=str(path),
            cure=Words(
                "Kiểm tra quyền ghi và dung lượng đĩa, rồi chạy «broadcaster doctor»",
                "Check write permission and disk space, then run 'broadcaster doctor'",
            ),
        ) from problem
    return db


def open_to_read(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """The file as it is, to read. `immutable`: without its log and without locks; only for a file that nobody has open.

    Errors come with the first statement.
    """
    return _opened(_uri(path, "ro") + ("&immutable=1" if immutable else ""))


def open_existing(path: Path, *, alone: bool) -> sqlite3.Connection:
    """The file as it is, never created. `alone`: locks everybody else out, but needs no room on the disk
    (https://www.sqlite.org/wal.html#noshm). Errors come with the first statement."""
    db = _opened(_uri(path, "rw"), timeout_s=ALONE_TIMEOUT_S if alone else BUSY_TIMEOUT_S)
    if alone:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
    return db


def _opened(uri: str, *, timeout_s: float | None = None) -> sqlite3.Connection:
    timeout_s = BUSY_TIMEOUT_S if timeout_s is None else timeout_s
    db = sqlite3.connect(uri, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.text_factory = _text
    return db


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _text(raw: bytes) -> str:
    """Any program can append a request: bytes that are no UTF-8 must not keep the others from being read."""
    return raw.decode("utf-8", "replace")


def error_code(problem: BaseException | None) -> int:
    """SQLite's primary result code of an error; 0 when it has none."""
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF


def newest_schema() -> int:
    """The number of the newest migration."""
    return migrations()[-1][0]


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order."""
    return list(_migrations())


@functools.cache
def _migrations() -> tuple[tuple[int, str], ...]:
    folder = resources.files("broadcaster.journal") / "migrations"
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple((int(name[:4]), (folder / name).read_text(encoding="utf-8")) for name in files)


def migrate(db: sqlite3.Connection, *, up_to: int | None = None) -> None:
    """Bring the schema to the newest number (or `up_to`), each step in one transaction.

    Raises NewerJournalError when the file was written by a newer program.
    """
    steps = migrations()
    version = db.execute("PRAGMA user_version").fetchone()[0]
    newest = steps[-1][0]
    if version > newest:
        raise written_by_newer(version)
    for number, sql in steps:
        if number <= version or (up_to is not None and number > up_to):
            continue
        # Another process may be migrating as well: take the lock first, then look again.
        db.execute("BEGIN EXCLUSIVE")
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in _statements(sql):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def _require_current(db: sqlite3.Connection) -> None:
    """Raise JournalError unless the file has this program's schema."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > newest_schema():
        raise written_by_newer(version)
    if version < newest_schema():
        raise OutdatedJournalError(
            Words("nhật ký còn theo bản phần mềm cũ", "the journal still has an older program's form"),
            cure=Words(
                "Khởi động lại đài («broadcaster run») để chuyển nhật ký sang bản mới",
                "Restart the station ('broadcaster run'), which brings the journal up to date",
            ),
        )


class OutdatedJournalError(JournalError):
    """A door found a journal that only the station may migrate."""


class NewerJournalError(JournalError):
    """A newer program wrote the journal: it is neither read nor replaced by a record that has forgotten all of it."""


def written_by_newer(version: int) -> NewerJournalError:
    """The error for a schema that this program does not know."""
    newest = newest_schema()
    return NewerJournalError(
        Words(
            f"nhật ký thuộc bản phần mềm mới hơn (số {version}, bản này biết đến {newest})",
            f"the journal belongs to a newer program (schema {version}, this one knows {newest})",
        ),
        cure=Words("Cài bản mới hơn", "Install the newer version"),
    )


def _statements(sql: str) -> list[str]:
    """Split a script; `sqlite3.complete_statement` knows that a trigger's body holds semicolons."""
    found: list[str] = []
    buffer = ""
    for line in sql.splitlines(keepends=True):
        buffer += line
        if sqlite3.complete_statement(buffer):
            found.append(buffer)
            buffer = ""
    return found


def set_aside_if_damaged(path: Path, now: datetime) -> Path | None:
    """Check a journal before use. A damaged one is renamed (never deleted), its new name returned; None: it is sound.

    The station then starts with a fresh journal and says so loudly.
    """
    if not path.exists() or _is_sound(path):
        return None
    aside = path.with_name(f"{path.name}.hong-{now:%Y%m%dT%H%M%S}")
    try:
        path.replace(aside)
    except OSError:
        return None  # a read-only disk as well: the station goes on in memory, and says so
    for ending in ("-wal", "-shm"):
        side = path.with_name(path.name + ending)
        if side.exists():
            side.replace(aside.with_name(aside.name + ending))
    return aside


def _is_sound(path: Path) -> bool:
    """False for damage only: what a full, read-only or busy disk hinders is for `connect` to tell.

    Shared readers of a write-ahead log need an index file beside it. Its lack on a full disk looks like an I/O error;
    for one who reads alone, who needs no index, it is one.
    """
    for alone in (False, True):
        try:
            return _quick_check(path, alone=alone)
        except sqlite3.OperationalError as problem:
            if alone and error_code(problem) == sqlite3.SQLITE_IOERR:
                return False
        except sqlite3.DatabaseError:
            return False
    return True


def _quick_check(path: Path, *, alone: bool) -> bool:
    with closing(open_existing(path, alone=alone)) as db:
        return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")


class Ballast:
    """A file of zeros beside the journal. Deleting it frees the last two megabytes when the disk is full."""

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name("du_phong.bin")

    def fill(self) -> bool:
        """Create it if there is room. False when there is none: the disk is (nearly) full."""
        try:
            if self.path.exists() and self.path.stat().st_size == BALLAST_BYTES:
                return True
            write_whole(self.path, bytes(BALLAST_BYTES), durable=False)
        except OSError:
            return False
        return True

    def drop(self) -> bool:
        """Give the space up. True if there was any."""
        if not self.path.exists():
            return False
        self.path.unlink()
        return True
