"""A disk that takes no more: the record goes on in memory, complete, and comes back to the disk."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import JournalError
from broadcaster.journal import Journal, connect, set_aside_if_damaged
from broadcaster.model import LateKind, LateRule, Level, Occurrence, OccurrenceKey, Outcome, RequestKind, State
from tests.disks import fill, read_only, run, small_disk

NOW = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)


def occurrence(name: str = "sang") -> Occurrence:
    return Occurrence(
        key=OccurrenceKey(f"hang_ngay/{name}/2026-11-26"),
        title="Buổi sáng",
        planned_at=NOW,
        items=(),
        level=Level.PHIEN,
        zones=("tat_ca",),
        max_minutes=60.0,
        late=LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=10)),
    )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, that can be filled or made read-only."""
    with small_disk(tmp_path / "disk", 4) as folder:
        yield folder


def opened(path: Path) -> Journal:
    return Journal(path, ManualClock(NOW), may_flee=True)


def test_a_full_disk_is_fled_from_in_the_middle_of_a_transaction_and_nothing_is_lost(disk: Path):
    path = disk / "j.sqlite3"
    journal = opened(path)
    journal.plan(occurrence())
    on_air = journal.begin_airing(occurrence(), "01-chao", script=None, clip=None, started_at=NOW)
    number = journal.ask(RequestKind.SKIP, "Chị Lan")
    junk = fill(disk)
    with journal.together():
        journal.end_airing(on_air, Outcome.AIRED, "đã phát đủ", frames=1, started_at=NOW)
        for n in range(400):  # more than the log can hold
            journal.note("thu", f"{n} " + 200 * "x")
    assert "full" in journal.refuge
    assert [row.outcome for row in journal.airings()] == [Outcome.AIRED]
    journal.end_request(number, Outcome.AIRED, "đã bỏ qua")
    assert not journal.come_back()
    junk.unlink()
    run("mount", "-o", "remount,size=20m", str(disk))
    assert journal.come_back() and journal.refuge == ""
    journal.close()
    again = Journal(path, ManualClock(NOW))
    assert [row.outcome for row in again.airings()] == [Outcome.AIRED]
    assert again.request(number).outcome is Outcome.AIRED
    assert len(again.events(1000)) == 400


def test_a_read_only_disk_is_read_and_the_new_facts_are_kept_in_memory(disk: Path):
    before = Journal(disk / "truoc.sqlite3", ManualClock(NOW))
    before.plan(occurrence())
    before.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    before.note("chay", "trước")
    before._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    before.note("chay", "trong phần ghi trước")  # still in the write-ahead log
    path = disk / "j.sqlite3"
    for ending in ("", "-wal"):  # as a power cut leaves it
        shutil.copyfile(f"{before.path}{ending}", f"{path}{ending}")
    before.close()
    read_only(disk, True)
    with pytest.raises(JournalError):
        Journal(path, ManualClock(NOW)).set_mark("stop", "x")
    journal = opened(path)
    journal.set_mark("stop", "Chị Lan")
    assert journal.refuge
    assert not journal.plan(occurrence()), "what has aired is known: nothing airs twice"
    assert [text for _, _, text in journal.events()] == ["trước", "trong phần ghi trước"]
    assert journal.plan(occurrence("trua"))
    journal.set_state(occurrence("trua").key, State.READY)
    read_only(disk, False)
    door = Journal(path, ManualClock(NOW))
    door.ask(RequestKind.STOP, "Anh Nam")  # quicker than we are
    door.close()
    assert journal.come_back()
    assert journal.mark("stop") == "Chị Lan"
    assert journal.occurrence(occurrence("trua").key).state is State.READY
    assert [request.asked_by for request in journal.new_requests()] == ["Anh Nam"]
    journal.close()


def test_a_journal_that_cannot_be_opened_at_all_is_replaced_by_one_in_memory(tmp_path: Path):
    (tmp_path / "journal").write_text("đây là một tệp, không phải thư mục")
    journal = opened(tmp_path / "journal" / "j.sqlite3")
    assert journal.refuge and journal.plan(occurrence())
    assert not journal.come_back()
    journal.close()


def test_a_file_held_by_a_stuck_program_does_not_silence_the_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("broadcaster.journal.database.BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "j.sqlite3"
    journal = opened(path)
    journal.plan(occurrence())
    stuck = connect(path)
    stuck.execute("BEGIN IMMEDIATE")
    with journal.together():
        journal.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    assert "locked" in journal.refuge
    assert not journal.come_back()
    stuck.execute("ROLLBACK")
    assert journal.come_back()
    assert journal.occurrence(occurrence().key).outcome is Outcome.AIRED


def test_a_verdict_is_given_once_in_the_refuge_too(tmp_path: Path):
    (tmp_path / "journal").write_text("")
    journal = opened(tmp_path / "journal" / "j.sqlite3")
    journal.plan(occurrence())
    journal.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    with pytest.raises(sqlite3.IntegrityError):
        journal.end(occurrence().key, Outcome.MISSED, "bỏ lỡ")


@pytest.mark.parametrize("ballast", [True, False])
def test_a_start_on_a_full_disk_forgets_nothing(disk: Path, ballast: bool, monkeypatch: pytest.MonkeyPatch):
    """Found by real kills: reading needs room for an index, and its lack was taken for damage of the record."""
    path = disk / "j.sqlite3"
    with contextlib.closing(Journal(path, ManualClock(NOW))) as journal:
        journal.plan(occurrence())
        journal.keep_ballast()
        # A killed process leaves the log unfolded and, after a power cut, no index beside it.
        for side in ("", "-wal"):
            shutil.copyfile(f"{path}{side}", f"{path}{side}.left")
    for side in ("", "-wal"):
        Path(f"{path}{side}.left").replace(f"{path}{side}")
    if not ballast:
        (disk / "du_phong.bin").unlink()
    fill(disk)
    monkeypatch.setattr("tempfile.tempdir", str(disk))  # there is only this disk

    assert set_aside_if_damaged(path, NOW) is None
    journal = Journal(path, ManualClock(NOW), may_flee=True)
    assert bool(journal.refuge) is not ballast
    assert [row.key for row in journal.occurrences(NOW - timedelta(1), NOW + timedelta(1))] == [occurrence().key]
    journal.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    (disk / "rac").unlink()
    journal.close()
    with contextlib.closing(Journal(path, ManualClock(NOW))) as journal:
        row = journal.occurrence(occurrence().key)
        assert row is not None and row.outcome is Outcome.AIRED


def test_damage_is_seen_on_a_full_disk_too(disk: Path):
    path = disk / "j.sqlite3"
    with contextlib.closing(Journal(path, ManualClock(NOW))) as journal:
        for number in range(200):
            journal.plan(occurrence(f"phien_{number}"))
    data = bytearray(path.read_bytes())
    data[8192:40960] = b"\xa5" * (40960 - 8192)
    path.write_bytes(data)
    fill(disk)
    assert set_aside_if_damaged(path, NOW) is not None
