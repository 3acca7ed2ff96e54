"""The record: verdicts once, nothing deleted, migrations from the first schema, damage and a full disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import JournalError, Words
from broadcaster.journal import Journal, set_aside_if_damaged
from broadcaster.journal.database import BALLAST_BYTES, connect, migrate, migrations
from broadcaster.model import (
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    RequestKind,
    State,
)
from tests.disks import small_disk

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def occurrence(key: str = "hang_ngay/sang/2026-11-25", **how) -> Occurrence:
    return Occurrence(
        **{
            "key": OccurrenceKey(key),
            "title": "Buổi sáng",
            "planned_at": NOW,
            "items": (),
            "level": Level.PHIEN,
            "zones": ("tat_ca",),
            "max_minutes": 60.0,
            "late": LateRule(kind=LateKind.SKIP),
            **how,
        }
    )


@pytest.fixture
def journal(tmp_path: Path):
    journal = Journal(tmp_path / "journal.sqlite3", ManualClock(NOW), output="memory")
    yield journal
    journal.close()


def test_the_same_key_is_planned_once(journal: Journal):
    assert journal.plan(occurrence())
    assert not journal.plan(occurrence())
    assert len(journal.open_occurrences()) == 1


def test_a_verdict_is_given_once(journal: Journal):
    journal.plan(occurrence())
    journal.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    with pytest.raises(sqlite3.IntegrityError):
        journal.end(occurrence().key, Outcome.MISSED, "lần nữa")
    assert journal.occurrence(occurrence().key).outcome is Outcome.AIRED


def test_an_ended_airing_is_not_changed_and_nothing_is_deleted(journal: Journal):
    journal.plan(occurrence())
    row = journal.begin_airing(occurrence(), "01-chao", script="chao", clip=None, started_at=NOW)
    journal.end_airing(row, Outcome.AIRED, "đã phát đủ", frames=48_000, started_at=NOW)
    with pytest.raises(sqlite3.IntegrityError):
        journal.end_airing(row, Outcome.FAILED, "đổi ý")
    for table in ("occurrences", "airings", "requests", "events", "approvals"):
        journal.note("thu", "một dòng")
        if journal._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]:
            with pytest.raises(sqlite3.IntegrityError):
                journal._db.execute(f"DELETE FROM {table}")


def test_what_was_on_air_when_the_program_died_is_abandoned(journal: Journal):
    journal.plan(occurrence())
    journal.begin_airing(occurrence(), "01-chao", script="chao", clip=None, started_at=NOW)
    again = Journal(journal.path, ManualClock(NOW + timedelta(minutes=5)))
    (airing,) = again.abandon_open("mất điện 05:30–05:35", near_end_s=0.2)
    assert airing.outcome is Outcome.ABANDONED and "mất điện" in airing.reason
    assert again.abandon_open("lần nữa", near_end_s=0.2) == []
    row = again.begin_airing(occurrence(), "01-chao", script="chao", clip=None, started_at=NOW)
    assert again.airing(row).attempt == 2


def test_rows_written_under_a_test_clock_do_not_count_for_the_real_station(tmp_path: Path):
    trial = Journal(tmp_path / "j.sqlite3", ManualClock(NOW))
    trial.plan(occurrence())
    trial.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    trial.set_mark("stop", "thử")
    real = Journal(tmp_path / "j.sqlite3")
    assert real.occurrence(occurrence().key) is None
    assert real.mark("stop") is None
    assert real.plan(occurrence())


def test_a_request_ends_with_its_occurrence(journal: Journal):
    number = journal.ask(RequestKind.SAY, "Chị Lan", {"text": "Mời bà con…"})
    assert [request.id for request in journal.new_requests()] == [number]
    journal.act_on(number)
    assert journal.new_requests() == [] and [r.id for r in journal.open_requests()] == [number]
    journal.plan(occurrence(f"yeu_cau/{number}", request_id=number))
    journal.end(OccurrenceKey(f"yeu_cau/{number}"), Outcome.AIRED, "đã phát đủ")
    assert journal.request(number).outcome is Outcome.AIRED
    assert journal.open_requests() == []


def test_several_writes_are_one_commit(journal: Journal):
    reader = connect(journal.path)
    with journal.together():
        journal.plan(occurrence("a/b/2026-11-25"))
        journal.plan(occurrence("a/c/2026-11-25"))
        assert reader.execute("SELECT COUNT(*) FROM occurrences").fetchone()[0] == 0
    assert reader.execute("SELECT COUNT(*) FROM occurrences").fetchone()[0] == 2
    with pytest.raises(RuntimeError), journal.together():
        journal.plan(occurrence("a/d/2026-11-25"))
        raise RuntimeError
    assert reader.execute("SELECT COUNT(*) FROM occurrences").fetchone()[0] == 2


def test_unhurried_writes_are_seen_at_once_and_the_next_commit_waits_for_the_disk_again(tmp_path: Path):
    path = tmp_path / "journal.sqlite3"
    journal, other = Journal(path), Journal(path)
    with journal.unhurried():
        assert synchronous(journal) == 1
        assert journal.plan(occurrence())
        assert other.occurrence(occurrence().key) is not None
    assert synchronous(journal) == 2
    with pytest.raises(JournalError), journal.unhurried():
        raise JournalError(Words("hỏng", "broken"))
    assert synchronous(journal) == 2


def test_inside_a_transaction_unhurried_changes_nothing(tmp_path: Path):
    journal = Journal(tmp_path / "journal.sqlite3")
    with journal.together(), journal.unhurried():
        assert synchronous(journal) == 2


def test_a_quiet_moment_folds_the_log_in_once_it_has_grown(tmp_path: Path):
    path = tmp_path / "journal.sqlite3"
    journal = Journal(path)
    journal.fold_in()
    small = path.stat().st_size
    for number in range(60):
        journal.note("loa", f"{number} " + 500 * "x")
    assert path.stat().st_size == small, "the log holds it"
    journal.fold_in()
    assert path.stat().st_size > small


def synchronous(journal: Journal) -> int:
    """SQLite's own word for it: 1 NORMAL, 2 FULL."""
    return journal._db.execute("PRAGMA synchronous").fetchone()[0]


def test_an_edit_voids_the_approval(journal: Journal):
    journal.approve("chao", "chu1", "am1", "Chủ tịch xã")
    assert journal.approval("chao", "am1")[0] == "Chủ tịch xã"
    assert journal.approval("chao", "am2") is None


def test_daily_seconds_leave_emergencies_out(journal: Journal):
    for key, level in (("a/b/1", Level.PHIEN), ("yeu_cau/1", Level.KHAN_CAP)):
        row = journal.begin_airing(occurrence(key, level=level), "01", script=None, clip=None, started_at=NOW)
        journal.end_airing(row, Outcome.AIRED, "đã phát đủ", frames=48_000 * 60, started_at=NOW)
    assert journal.aired_s(NOW - timedelta(hours=1), NOW + timedelta(hours=1)) == 60.0


def test_a_journal_survives_a_process_killed_in_the_middle_of_a_transaction(tmp_path: Path):
    path = tmp_path / "j.sqlite3"
    code = f"""
import os, signal
from pathlib import Path
from broadcaster.journal import Journal
journal = Journal(Path({str(path)!r}))
journal.note("thu", "đã ghi")
with journal.together():
    journal.note("thu", "chưa xong")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], timeout=30)
    assert set_aside_if_damaged(path, NOW) is None
    assert [text for _, _, text in Journal(path).events()] == ["đã ghi"]


@pytest.mark.parametrize("number", [number for number, _ in migrations()])
def test_every_older_schema_is_brought_up_to_date(tmp_path: Path, number: int):
    db = sqlite3.connect(tmp_path / "old.sqlite3", isolation_level=None)
    migrate(db, up_to=number)
    assert db.execute("PRAGMA user_version").fetchone()[0] == number
    db.close()
    journal = Journal(tmp_path / "old.sqlite3", ManualClock(NOW))
    assert journal.plan(occurrence())


def test_a_journal_of_a_newer_program_is_refused_not_changed(tmp_path: Path):
    path = tmp_path / "new.sqlite3"
    db = connect(path)
    db.execute("PRAGMA user_version = 9999")
    db.close()
    with pytest.raises(JournalError, match="mới hơn"):
        Journal(path)


def test_a_damaged_journal_is_set_aside_with_all_its_bytes(tmp_path: Path):
    path = tmp_path / "j.sqlite3"
    journal = Journal(path, ManualClock(NOW))
    for number in range(200):
        journal.note("thu", f"dòng {number} " * 20)
    journal.close()
    raw = bytearray(path.read_bytes())
    raw[4096:12288] = os.urandom(8192)
    path.write_bytes(raw)
    aside = set_aside_if_damaged(path, NOW)
    assert aside is not None and aside.read_bytes() == bytes(raw)
    assert Journal(path, ManualClock(NOW)).events() == []


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 10])
def test_what_is_no_database_is_set_aside_or_begun_anew(tmp_path: Path, content: bytes):
    path = tmp_path / "j.sqlite3"
    path.write_bytes(content)
    aside = set_aside_if_damaged(path, NOW)
    assert (aside is not None) == bool(content)
    assert Journal(path, ManualClock(NOW)).plan(occurrence())


def test_on_a_full_disk_the_ballast_keeps_the_record_going(tmp_path: Path):
    with small_disk(tmp_path / "disk", 5) as disk:
        journal = Journal(disk / "j.sqlite3", ManualClock(NOW))
        warned = []
        journal.on_disk_full = lambda: warned.append(True)
        assert journal.keep_ballast() and (disk / "du_phong.bin").stat().st_size == BALLAST_BYTES
        with (disk / "rac").open("wb") as junk, pytest.raises(OSError, match="space"):
            while True:
                junk.write(bytes(65536))
                junk.flush()
        journal.plan(occurrence())
        for number in range(1500):
            row = journal.begin_airing(
                occurrence(), f"{number}", script="mot_kich_ban_ten_dai", clip=None, started_at=NOW
            )
            journal.end_airing(row, Outcome.AIRED, "đã phát đủ", frames=1, started_at=NOW)
        assert warned == [True]
        assert len(list(journal.airings())) == 1500
        assert not journal.keep_ballast()
        journal.close()


def test_states_go_forward(journal: Journal):
    journal.plan(occurrence())
    for state in (State.NOT_READY, State.READY, State.ON_AIR):
        journal.set_state(occurrence().key, state, "vì thế")
        assert journal.occurrence(occurrence().key).state is state
    journal.end(occurrence().key, Outcome.AIRED, "đã phát đủ")
    assert journal.occurrence(occurrence().key).state is State.ENDED
