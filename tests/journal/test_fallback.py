"""A disk that takes no more: the record goes on in memory, complete, and comes back to the disk."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import JournalError, Words
from broadcaster.journal import Access, Journal, connect, set_aside_if_damaged
from broadcaster.model import CommandResult, EventKind, Outcome, Skip, State, Stop
from broadcaster.reasons import AIRED_WHOLE, ReasonCode, reason
from tests.disks import fill, read_only, run, small_disk
from tests.journal.records import MORNING, NOW, occurrence

NOON = occurrence("hang_ngay/trua/2026-11-25")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, that can be filled or made read-only."""
    with small_disk(tmp_path / "disk", 4) as folder:
        yield folder


def opened(path: Path) -> Journal:
    return Journal(path, ManualClock(NOW), falls_back=True)


def test_a_full_disk_is_left_in_the_middle_of_a_transaction_and_nothing_is_lost(disk: Path):
    path = disk / "j.sqlite3"
    journal = opened(path)
    journal.plan(MORNING)
    on_air = journal.begin_airing(MORNING, "01-chao", script=None, clip=None, started_at=NOW)
    number = journal.ask(Skip(), "Chị Lan")
    junk = fill(disk)
    with journal.together():
        journal.end_airing(on_air, Outcome.AIRED, AIRED_WHOLE, frames=1, started_at=NOW)
        for n in range(400):  # more than the log can hold
            journal.note(EventKind.TRIAL, Words(f"{n} " + 200 * "x", ""))
    assert "full" in journal.in_memory_why
    assert [row.outcome for row in journal.airings()] == [Outcome.AIRED]
    journal.end_request(number, CommandResult.DONE, reason(ReasonCode.DONE_SKIP))
    assert not journal.return_to_disk()
    junk.unlink()
    run("mount", "-o", "remount,size=20m", str(disk))
    assert journal.return_to_disk() and journal.in_memory_why == ""
    journal.close()
    again = Journal(path, ManualClock(NOW))
    assert [row.outcome for row in again.airings()] == [Outcome.AIRED]
    assert again.request(number).result is CommandResult.DONE
    assert len(again.events(1000)) == 400


def test_a_read_only_disk_is_read_and_the_new_facts_are_kept_in_memory(disk: Path):
    before = Journal(disk / "truoc.sqlite3", ManualClock(NOW))
    before.plan(MORNING)
    before.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    before.note(EventKind.START, Words("trước", "before"))
    before._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    before.note(EventKind.START, Words("trong phần ghi trước", "in the log"))  # still in the write-ahead log
    path = disk / "j.sqlite3"
    for ending in ("", "-wal"):  # as a power cut leaves it
        shutil.copyfile(f"{before.path}{ending}", f"{path}{ending}")
    before.close()
    read_only(disk, True)
    with pytest.raises(JournalError):
        Journal(path, ManualClock(NOW)).set_mark("stop", "x")
    journal = opened(path)
    journal.set_mark("stop", "Chị Lan")
    assert journal.in_memory_why
    assert not journal.plan(MORNING), "what has aired is known: nothing airs twice"
    assert [event.text.vi for event in journal.events()] == ["trước", "trong phần ghi trước"]
    assert journal.plan(NOON)
    journal.set_state(NOON.key, State.READY)
    read_only(disk, False)
    door = Journal(path, ManualClock(NOW), access=Access.DOOR)
    door.ask(Stop(), "Anh Nam")  # quicker than we are
    door.close()
    assert journal.return_to_disk()
    assert journal.mark("stop") == "Chị Lan"
    assert journal.occurrence(NOON.key).state is State.READY
    assert [request.asked_by for request in journal.new_requests()] == ["Anh Nam"]
    journal.close()


def test_a_journal_that_cannot_be_opened_at_all_is_replaced_by_one_in_memory(tmp_path: Path):
    (tmp_path / "journal").write_text("đây là một tệp, không phải thư mục")
    journal = opened(tmp_path / "journal" / "j.sqlite3")
    assert journal.in_memory_why and journal.plan(MORNING)
    assert not journal.return_to_disk()
    journal.close()


def test_a_file_held_by_a_stuck_program_does_not_silence_the_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("broadcaster.journal.database.BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "j.sqlite3"
    journal = opened(path)
    journal.plan(MORNING)
    stuck = connect(path)
    stuck.execute("BEGIN IMMEDIATE")
    with journal.together():
        journal.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    assert "locked" in journal.in_memory_why
    assert not journal.return_to_disk()
    stuck.execute("ROLLBACK")
    assert journal.return_to_disk()
    assert journal.occurrence(MORNING.key).outcome is Outcome.AIRED


def test_a_verdict_is_given_once_in_memory_too(tmp_path: Path):
    (tmp_path / "journal").write_text("")
    journal = opened(tmp_path / "journal" / "j.sqlite3")
    journal.plan(MORNING)
    journal.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    with pytest.raises(sqlite3.IntegrityError):
        journal.end(MORNING.key, Outcome.MISSED, reason(ReasonCode.NOT_CHOSEN))


def test_every_column_of_every_table_comes_back(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The rows are made from the schema, so that a new column or table cannot be forgotten."""
    monkeypatch.setattr("broadcaster.journal.database.BUSY_TIMEOUT_S", 0.1)
    with contextlib.closing(opened(path)) as journal:
        tables = tables_of(journal._db)
        for table in tables:
            insert(journal._db, table, 1, ended=True)
            insert(journal._db, table, 2, ended=False)
        stuck = connect(path)
        stuck.execute("BEGIN IMMEDIATE")
        journal.set_mark("ma", "trong bộ nhớ")
        assert "locked" in journal.in_memory_why
        for table in tables:
            end(journal._db, table, 2)
            insert(journal._db, table, 3, ended=True)
            insert(journal._db, table, 4, ended=False)
        expected = {table: rows_of(journal._db, table) for table in tables}
        stuck.close()
        assert journal.return_to_disk()
    with contextlib.closing(connect(path)) as disk:
        assert {table: rows_of(disk, table) for table in tables} == expected
    for table, rows in expected.items():
        assert len(rows) >= 4, table
        for column in rows[0]:
            assert any(row[column] for row in rows), f"{table}.{column} holds nothing that could be lost"


def tables_of(db: sqlite3.Connection) -> list[str]:
    """Every table of the schema."""
    found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [row["name"] for row in found]


def rows_of(db: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    """Every row, whole."""
    return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


VERDICT = {"outcome": "aired", "ended_at": "2026-11-25", "result": "done", "state": "ended"}
"""Columns that say that a row has ended, and what they say then."""
NEVER_CHANGED = {
    "requests": {"trial", "kind", "asked_at", "asked_by", "payload"},
    "events": {"at", "kind", "text_vi", "text_en", "clock"},
    "approvals": {"script", "text_sha256", "audio_sha256", "approved_by", "approved_at"},
}
"""Columns, besides keys, that the station does not change after the row is written: doors write these tables too."""


def insert(db: sqlite3.Connection, table: str, number: int, *, ended: bool) -> None:
    """A row with something of its own in every column."""
    row = {
        column["name"]: value(table, column["name"], column["type"], number, ended=ended)
        for column in db.execute(f"PRAGMA table_info({table})").fetchall()
    }
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def end(db: sqlite3.Connection, table: str, number: int) -> None:
    """The verdict on an open row, and news in every column that may change."""
    columns = db.execute(f"PRAGMA table_info({table})").fetchall()
    fixed = keys_of(db, table) | NEVER_CHANGED.get(table, set())
    row = {
        column["name"]: value(table, column["name"], column["type"], number + 100, ended=True)
        for column in columns
        if column["name"] not in fixed
    }
    if row:
        changes = ", ".join(f"{name} = ?" for name in row)
        where = f"{columns[0]['name']} = ?"
        first = value(table, columns[0]["name"], columns[0]["type"], number, ended=False)
        assert db.execute(f"UPDATE {table} SET {changes} WHERE {where}", (*row.values(), first)).rowcount == 1


def keys_of(db: sqlite3.Connection, table: str) -> set[str]:
    """Columns that tell one row from another."""
    primary = {column["name"] for column in db.execute(f"PRAGMA table_info({table})") if column["pk"]}
    unique = [index["name"] for index in db.execute(f"PRAGMA index_list({table})") if index["unique"]]
    return primary.union(*({column["name"] for column in db.execute(f"PRAGMA index_info({name})")} for name in unique))


def value(table: str, column: str, kind: str, number: int, *, ended: bool) -> object:
    """What stands in a column of the row with this number."""
    if column in VERDICT:
        before = {"occurrences": "ready", "cues": "waiting"}[table] if column == "state" else None
        return VERDICT[column] if ended else before
    if column == "trial":
        return 1
    return {"TEXT": f"{column} {number}", "INTEGER": number, "REAL": number + 0.5}[kind]


def test_what_doors_wrote_meanwhile_stays(path: Path, monkeypatch: pytest.MonkeyPatch):
    """A full disk may still have room for the short row of a door."""
    monkeypatch.setattr("broadcaster.journal.database.BUSY_TIMEOUT_S", 0.1)
    with contextlib.closing(opened(path)) as journal:
        answered = journal.ask(Skip(), "Chị Lan")
        stuck = connect(path)
        stuck.execute("BEGIN IMMEDIATE")
        journal.note(EventKind.JOURNAL, Words("ghi vào bộ nhớ", "in memory"))
        journal.end_request(answered, CommandResult.DONE, reason(ReasonCode.DONE_SKIP))
        stuck.close()
        with contextlib.closing(Journal(path, ManualClock(NOW), access=Access.DOOR)) as door:
            new = door.ask(Stop(), "Anh Nam")
            door.approve("chao", "chu", "am", "Chủ tịch xã")
            door.note(EventKind.APPROVAL, Words("đã duyệt", "approved"))
        assert journal.return_to_disk()
        assert [event.text.vi for event in journal.events()] == ["đã duyệt", "ghi vào bộ nhớ"]
        assert journal.approval("chao", "am") is not None
        assert [request.id for request in journal.new_requests()] == [new]
        row = journal.request(answered)
        assert row is not None and row.result is CommandResult.DONE


def test_what_has_been_written_back_is_not_written_twice(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The disk fails again between the commit and the opening of the file."""
    monkeypatch.setattr("broadcaster.journal.database.BUSY_TIMEOUT_S", 0.1)
    journal = opened(path)
    stuck = connect(path)
    stuck.execute("BEGIN IMMEDIATE")
    journal.note(EventKind.JOURNAL, Words("một lần", "once"))
    stuck.close()

    def fails(*_: object, **__: object) -> sqlite3.Connection:
        raise JournalError(Words("đĩa hỏng", "the disk is broken"))

    with monkeypatch.context() as broken:
        broken.setattr("broadcaster.journal.store.connect", fails)
        assert not journal.return_to_disk()
    assert journal.return_to_disk()
    assert [event.text.vi for event in journal.events()] == ["một lần"]
    journal.close()


@pytest.mark.parametrize("ballast", [True, False])
def test_a_start_on_a_full_disk_forgets_nothing(disk: Path, ballast: bool, monkeypatch: pytest.MonkeyPatch):
    """Found by real kills: reading needs room for an index, and its lack was taken for damage of the record."""
    path = disk / "j.sqlite3"
    with contextlib.closing(Journal(path, ManualClock(NOW))) as journal:
        journal.plan(MORNING)
        journal.keep_ballast()
        # A killed process leaves the log as it is and, after a power cut, no index beside it.
        for side in ("", "-wal"):
            shutil.copyfile(f"{path}{side}", f"{path}{side}.left")
    for side in ("", "-wal"):
        Path(f"{path}{side}.left").replace(f"{path}{side}")
    if not ballast:
        (disk / "du_phong.bin").unlink()
    fill(disk)
    monkeypatch.setattr("tempfile.tempdir", str(disk))  # there is only this disk

    assert set_aside_if_damaged(path, NOW) is None
    journal = Journal(path, ManualClock(NOW), falls_back=True)
    assert bool(journal.in_memory_why) is not ballast
    assert [row.key for row in journal.occurrences(NOW - timedelta(1), NOW + timedelta(1))] == [MORNING.key]
    journal.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    (disk / "rac").unlink()
    journal.close()
    with contextlib.closing(Journal(path, ManualClock(NOW))) as journal:
        row = journal.occurrence(MORNING.key)
        assert row is not None and row.outcome is Outcome.AIRED


def test_damage_is_seen_on_a_full_disk_too(disk: Path):
    path = disk / "j.sqlite3"
    with contextlib.closing(Journal(path, ManualClock(NOW))) as journal:
        for number in range(200):
            journal.plan(occurrence(f"hang_ngay/phien_{number}/2026-11-25"))
    data = bytearray(path.read_bytes())
    data[8192:40960] = b"\xa5" * (40960 - 8192)
    path.write_bytes(data)
    fill(disk)
    assert set_aside_if_damaged(path, NOW) is not None
