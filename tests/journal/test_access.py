"""Who may do what to the file: its owner everything, a door appends, a reader leaves no trace."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import JournalError, Words
from broadcaster.journal import Access, Journal, OutdatedJournalError
from broadcaster.journal.database import connect, migrate, newest_schema
from broadcaster.model import EventKind, Outcome, Skip, State
from broadcaster.reasons import AIRED_WHOLE
from tests.disks import fill, small_disk
from tests.disks import read_only as make_read_only
from tests.journal.records import MORNING, NOW


def opened(path: Path, access: Access) -> Journal:
    return Journal(path, ManualClock(NOW), access=access)


def traces(folder: Path) -> dict[str, tuple[str, int]]:
    """Hash and time of the last change of every file, and of the folder itself."""
    files = {
        file.name: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) for file in folder.iterdir()
    }
    return {**files, ".": ("", folder.stat().st_mtime_ns)}


def closed_well(path: Path) -> None:
    """The station ended in order: there is no log beside the file."""
    with closing(opened(path, Access.OWNER)) as journal:
        journal.plan(MORNING)


def died(path: Path) -> None:
    """The station was killed: log and index are beside the file, and the row is only in the log."""
    elsewhere = path.with_name("chet") / path.name
    closed_well(elsewhere)
    with closing(opened(elsewhere, Access.OWNER)) as journal:
        journal.set_state(MORNING.key, State.READY)
        for side in ("", "-wal", "-shm"):
            shutil.copyfile(f"{elsewhere}{side}", f"{path}{side}")
    shutil.rmtree(elsewhere.parent)


def lost_power(path: Path) -> None:
    """As `died`, but the index was never written to the disk."""
    died(path)
    path.with_name(path.name + "-shm").unlink()


def of_an_older_program(path: Path) -> None:
    """In the first schema."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db, up_to=1)
        db.execute(
            "INSERT INTO occurrences (key, trial, title, planned_at, level, zone, asked_by, state, created_at, clock)"
            " VALUES (?, 1, 'Buổi sáng', ?, 'phien', 'tat_ca', 'lich', 'ready', ?, 'x')",
            (MORNING.key, NOW.isoformat(), NOW.isoformat()),
        )


LEFT = [closed_well, died, lost_power, of_an_older_program]


@pytest.fixture
def folder(path: Path) -> Path:
    path.parent.mkdir()
    return path.parent


@pytest.mark.parametrize("leave", LEFT)
def test_a_reader_leaves_no_trace(path: Path, folder: Path, leave: Callable[[Path], None]):
    leave(path)
    before = traces(folder)
    with closing(opened(path, Access.READER)) as reader:
        row = reader.occurrence(MORNING.key)
        assert row is not None and row.title == "Buổi sáng"
        assert list(reader.airings()) == [] and reader.events() == [] and reader.rundown(MORNING.key).cues == ()
        reader.data_version()
        reader.checkpoint()
    # The index is memory that the processes share; who finds it without a living owner builds it anew.
    assert {**traces(folder), **_index(before)} == before


def _index(before: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    return {name: facts for name, facts in before.items() if name.endswith("-shm")}


@pytest.mark.parametrize("leave", [died, lost_power])
def test_a_reader_sees_what_is_only_in_the_log(path: Path, folder: Path, leave: Callable[[Path], None]):
    leave(path)
    with closing(opened(path, Access.READER)) as reader:
        row = reader.occurrence(MORNING.key)
        assert row is not None and row.state is State.READY


@pytest.mark.parametrize("leave", LEFT)
def test_a_reader_cannot_write(path: Path, folder: Path, leave: Callable[[Path], None]):
    leave(path)
    before = traces(folder)
    with closing(opened(path, Access.READER)) as reader, pytest.raises(JournalError):
        reader.note(EventKind.TRIAL, Words("x", "x"))
    assert {**traces(folder), **_index(before)} == before


def test_a_missing_journal_reads_as_an_empty_one_and_stays_missing(path: Path):
    with closing(opened(path, Access.READER)) as reader:
        assert reader.open_occurrences() == [] and reader.events() == []
        assert reader.rundown(MORNING.key).cues == ()
        with pytest.raises(JournalError):
            reader.plan(MORNING)
    assert not path.parent.exists()


def test_a_reader_beside_a_running_station_sees_every_commit(path: Path):
    with closing(opened(path, Access.OWNER)) as station, closing(opened(path, Access.READER)) as reader:
        version = reader.data_version()
        station.plan(MORNING)
        assert reader.data_version() != version and reader.occurrence(MORNING.key) is not None
        station.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
        row = reader.occurrence(MORNING.key)
        assert row is not None and row.outcome is Outcome.AIRED


@pytest.mark.parametrize("leave", [None, *LEFT])
def test_a_follower_that_came_before_the_station_sees_what_it_writes(
    path: Path, folder: Path, leave: Callable[[Path], None] | None
):
    if leave is not None:
        leave(path)
    with closing(opened(path, Access.READER)) as reader:
        version = reader.data_version()
        assert reader.data_version() == version
        for number in range(2):
            with closing(opened(path, Access.OWNER)) as station:
                station.note(EventKind.START, Words(f"lần {number}", ""))
                assert reader.data_version() != version
                version = reader.data_version()
                assert reader.events()[-1].text.vi == f"lần {number}"


def test_a_reader_of_another_process_does_not_hinder_the_station(path: Path):
    """The reader stays while the station starts, writes, ends and starts again."""
    closed_well(path)
    code = f"""
from pathlib import Path
from broadcaster.journal import Access, Journal
reader = Journal(Path({str(path)!r}), access=Access.READER)
print(len(reader.events()), flush=True)
for _ in range(3):
    input()
    reader.data_version()
    print(len(reader.events()), flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        assert reader.stdout.readline() == "0\n"
        for number in range(1, 4):
            with closing(opened(path, Access.OWNER)) as station:
                station.note(EventKind.START, Words("lần nữa", "again"))
                reader.stdin.write("\n")
                reader.stdin.flush()
                assert reader.stdout.readline() == f"{number}\n"


def test_a_reader_needs_no_room_and_no_right_to_write(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with small_disk(tmp_path / "disk", 2) as disk:
        closed_well(disk / "j.sqlite3")
        junk = fill(disk)
        monkeypatch.setattr("tempfile.tempdir", str(disk))  # there is only this disk
        with closing(opened(disk / "j.sqlite3", Access.READER)) as reader:
            assert reader.occurrence(MORNING.key) is not None
        junk.unlink()
        monkeypatch.undo()
        died(disk / "chet.sqlite3")
        make_read_only(disk, True)
        for name in ("j.sqlite3", "chet.sqlite3"):
            with closing(opened(disk / name, Access.READER)) as reader:
                assert reader.occurrence(MORNING.key) is not None
        make_read_only(disk, False)


def test_a_journal_of_a_newer_program_is_not_read(path: Path):
    with closing(connect(path)) as db:
        db.execute(f"PRAGMA user_version = {newest_schema() + 1}")
        for _ in ("while it is open", "and afterwards"):
            with pytest.raises(JournalError, match="mới hơn"):
                opened(path, Access.READER)
            db.close()


def test_what_is_no_journal_cannot_be_read(path: Path, folder: Path):
    path.write_bytes(os.urandom(8192))
    before = traces(folder)
    with pytest.raises(JournalError, match="không đọc được"):
        opened(path, Access.READER)
    assert traces(folder) == before


def test_a_door_does_not_create(path: Path, folder: Path):
    with pytest.raises(JournalError):
        opened(path, Access.DOOR)
    assert list(folder.iterdir()) == []


def test_a_door_does_not_migrate(path: Path, folder: Path):
    of_an_older_program(path)
    before = path.read_bytes()
    with pytest.raises(OutdatedJournalError, match="bản phần mềm cũ"):
        opened(path, Access.DOOR)
    assert path.read_bytes() == before


def test_a_door_appends_what_a_station_finds(path: Path):
    closed_well(path)
    with closing(opened(path, Access.DOOR)) as door:
        number = door.ask(Skip(), "Chị Lan")
        door.approve("chao", "chu", "am", "Chủ tịch xã")
    with closing(opened(path, Access.OWNER)) as station:
        assert [request.id for request in station.new_requests()] == [number]
        approved = station.approval("chao", "am")
    assert approved == ("Chủ tịch xã", NOW)


def test_only_the_owner_migrates(path: Path, folder: Path):
    of_an_older_program(path)
    opened(path, Access.OWNER).close()
    with closing(opened(path, Access.DOOR)) as door:
        row = door.occurrence(MORNING.key)
        assert row is not None and row.planned_at == NOW
    with closing(opened(path, Access.READER)) as reader:
        assert reader.occurrence(MORNING.key) == row


def test_names_with_signs_of_an_address_are_names(tmp_path: Path):
    path = tmp_path / "đài #1?mode=ro 50%.sqlite3"
    closed_well(path)
    for access in Access:
        with closing(opened(path, access)) as journal:
            assert journal.occurrence(MORNING.key) is not None
    assert {file.name for file in tmp_path.iterdir()} == {path.name}
