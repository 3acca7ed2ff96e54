"""The journal's file: commits, a full disk, and the copy in memory. Knows statements, not what they mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from broadcaster.clock import Clock
from broadcaster.errors import JournalError, Words
from broadcaster.journal.copies import copy_of, copy_of_file
from broadcaster.journal.database import Access, Ballast, NewerJournalError, connect, error_code
from broadcaster.journal.fallback import last_ids, write_back
from broadcaster.journal.reading import Stamps, read_only, stamps

CHECKPOINT_CHANGES = 12
"""Changed rows after which a checkpoint of the write-ahead log is worth its wait: well before SQLite does one by
itself, after WAL_PAGES, in the middle of a commit."""

Values = tuple[Any, ...] | Mapping[str, Any]


class Store:
    """One connection. With `falls_back` no write fails: what the disk does not take stays in memory (fallback.py)."""

    def __init__(self, path: Path | None, clock: Clock, *, durable: bool, access: Access, falls_back: bool) -> None:
        """`path` None: in memory from the start. Raises JournalError; one that falls back does so only for the journal
        of a newer program, which knows of a STOP and of airings that a record in memory would have forgotten."""
        self.path = path
        self.clock = clock
        self.trial = int(clock.label != "system")
        self.on_disk_full: Callable[[], None] | None = None
        self.in_memory_why = ""
        """Why the record is kept in memory; empty: it is on the disk."""
        self._access = access
        self._falls_back = falls_back and path is not None
        self._durable = durable and path is not None and access is not Access.READER
        self._ballast = Ballast(path) if path is not None and durable and access is Access.OWNER else None
        self._depth = 0
        self._written: list[tuple[str, Values]] = []
        """What the open transaction has written: it must not be lost with the disk."""
        self._checkpointed_changes = 0
        self._shared: Mapping[str, int] = {}
        """`last_ids` of the copy in memory when it was made."""
        self._copied: Stamps | None = None
        """A reader's: the files that its copy in memory was made of."""
        self._copies = 0
        try:
            self._db = self._connect()
        except JournalError as problem:
            if not falls_back or path is None or isinstance(problem, NewerJournalError):
                raise
            self._go_on_in(copy_of_file(path), problem.line())

    def _connect(self) -> sqlite3.Connection:
        """Only to open the file takes some room on the disk: on a full one it costs the ballast."""
        if self._access is Access.READER and self.path is not None:
            db, self._copied = read_only(self.path)
            db.execute("PRAGMA query_only = ON")
            return db
        try:
            return connect(self.path or ":memory:", durable=self._durable, access=self._access)
        except JournalError as problem:
            # No room for the log's index is told as an I/O error. On any other the ballast is not missed.
            no_room = error_code(problem.__cause__) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
            if not no_room or self._ballast is None or not self._ballast.drop():
                raise
        return connect(self.path or ":memory:", durable=self._durable, access=self._access)

    def close(self) -> None:
        """Close the file. What is in memory is written back if that is possible."""
        self.return_to_disk()
        self._db.close()

    # --- transactions ------------------------------------------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several writes in one commit (one wait for the disk)."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        self._run("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0
            self._written.clear()

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Commits that every process sees at once, and that reach the disk together with the next one made outside.

        One wait for the disk instead of several, for what is worth nothing without that next one: a power cut in
        between takes back what was written here, in order, and nothing else. Not for what somebody is told is done.
        """
        if not self._durable or self._depth or self.in_memory_why:
            yield
            return
        # With a write-ahead log, NORMAL leaves the sync out; a later FULL commit syncs the whole log.
        self._run("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._run("PRAGMA synchronous = FULL")

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, if it has grown. For a quiet moment: it waits for the disk, and the
        commit that would do it otherwise may be the one before an emergency."""
        if self.in_memory_why or not self._durable:
            return
        if self._db.total_changes - self._checkpointed_changes >= CHECKPOINT_CHANGES:
            self._checkpointed_changes = self._db.total_changes
            with suppress(sqlite3.OperationalError):  # a full disk: the next write deals with it
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def data_version(self) -> int:
        """Changes when another process has committed: cheap to poll. A reader of a copy takes a new one then."""
        if self._copied is not None and self.path is not None and stamps(self.path) != self._copied:
            before, self._db = self._db, self._connect()
            before.close()
            self._copies += 1
        return (self._copies << 32) + int(self._read("PRAGMA data_version").fetchone()[0])

    def _read(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run a query."""
        return self._run(sql, values)

    def _write(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run a statement that changes rows; inside `together` it is remembered until the commit."""
        cursor = self._run(sql, values)
        if self._depth:
            self._written.append((sql, values))
        return cursor

    def _run(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """A full disk costs the ballast once; what still fails is repeated in memory, or is a JournalError."""
        try:
            return self._db.execute(sql, values)
        except sqlite3.IntegrityError:
            raise  # a trigger's refusal: a mistake of ours
        except sqlite3.DatabaseError as problem:
            if error_code(problem) == sqlite3.SQLITE_FULL and self._make_room():
                with suppress(sqlite3.OperationalError):
                    return self._db.execute(sql, values)
            return self._in_memory(sql, values, problem)

    def _make_room(self) -> bool:
        """Give up the ballast. True when the failed statement is worth another try: there was a ballast, and SQLite has
        not rolled the open transaction back."""
        if self._ballast is None or not self._ballast.drop():
            return False
        if self.on_disk_full is not None:
            self.on_disk_full()
        return self._db.in_transaction or not self._depth

    def keep_ballast(self) -> bool:
        """Make sure the reserve exists. False when the disk has no room for it."""
        return self._ballast is None or self._ballast.fill()

    # --- the copy in memory ------------------------------------------------------------------------------------

    def _in_memory(self, sql: str, values: Values, problem: sqlite3.DatabaseError) -> sqlite3.Cursor:
        """Go on in memory: what was committed, what the open transaction has written, and the failed statement."""
        if not self._falls_back or self.in_memory_why:
            raise JournalError(
                Words(f"không ghi được nhật ký ({problem})", f"cannot write the journal ({problem})"),
                where=str(self.path),
                cure=Words("Giải phóng dung lượng đĩa, kiểm tra ổ đĩa", "Free disk space, check the disk"),
            ) from problem
        assert self.path is not None
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        try:
            memory = copy_of(self._db)
        except sqlite3.Error:
            memory = copy_of_file(self.path)
        with suppress(sqlite3.Error):
            self._db.close()
        self._go_on_in(memory, str(problem))
        if self._depth:
            memory.execute("BEGIN IMMEDIATE")
            for written in self._written:
                memory.execute(*written)
        return memory.execute(sql, values)

    def _go_on_in(self, memory: sqlite3.Connection, why: str) -> None:
        self._db = memory
        self._shared = last_ids(memory)
        self.in_memory_why = why

    def return_to_disk(self) -> bool:
        """Write what is kept in memory back into the file and go on there. False while that is impossible.

        Not inside `together`. Harmless when the record is on the disk.
        """
        if not self.in_memory_why:
            return True
        assert self.path is not None and not self._depth, "a transaction is open"
        try:
            write_back(self._db, self.path, shared=self._shared)
            self._shared = last_ids(self._db)
            db = connect(self.path, durable=self._durable)
        except (sqlite3.Error, JournalError):
            return False
        self._db.close()
        self._db = db
        self.in_memory_why = ""
        self._checkpointed_changes = 0
        return True
