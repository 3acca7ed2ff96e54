"""The record: verdicts once, nothing deleted, migrations from the first schema, damage and a full disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import JournalError, Words
from broadcaster.journal import Access, Journal, connect, set_aside_if_damaged
from broadcaster.journal.database import BALLAST_BYTES, migrate, migrations
from broadcaster.journal.rows import to_text
from broadcaster.model import (
    Announce,
    CommandResult,
    Event,
    EventKind,
    Level,
    Outcome,
    RequestKind,
    Skip,
    State,
    request_key,
)
from broadcaster.reasons import AIRED_WHOLE, Reason, ReasonCode, reason, reason_in_words
from tests.disks import small_disk
from tests.journal.records import MORNING, NOW, clip, draft, occurrence

SKIPPED = reason(ReasonCode.SKIPPED, by="Chị Lan")


def test_the_same_key_is_planned_once(journal: Journal):
    assert journal.plan(MORNING)
    assert not journal.plan(MORNING)
    assert len(journal.open_occurrences()) == 1


def test_a_verdict_is_given_once(journal: Journal):
    journal.plan(MORNING)
    journal.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    with pytest.raises(sqlite3.IntegrityError):
        journal.end(MORNING.key, Outcome.MISSED, SKIPPED)
    assert journal.occurrence(MORNING.key).outcome is Outcome.AIRED


def test_an_ended_airing_is_not_changed_and_nothing_is_deleted(journal: Journal):
    journal.plan(MORNING)
    row = journal.begin_airing(MORNING, "01-chao", script="chao", clip=None, started_at=NOW)
    journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=48_000, started_at=NOW)
    with pytest.raises(sqlite3.IntegrityError):
        journal.end_airing(row, Outcome.FAILED, SKIPPED)
    journal.store_rundown(MORNING.key, [draft("chao")])
    journal.ask(Skip(), "Chị Lan")
    journal.note(EventKind.TRIAL, Words("một dòng", "a line"))
    journal.approve("chao", "chu", "am", "Chủ tịch xã")
    for table in ("occurrences", "cues", "airings", "deliveries", "requests", "events", "approvals"):
        with pytest.raises(sqlite3.IntegrityError):
            journal._db.execute(f"DELETE FROM {table}")


def test_what_was_on_air_when_the_program_died_is_open_and_another_attempt_has_its_own_row(
    path: Path, journal: Journal
):
    journal.plan(MORNING)
    row = journal.begin_airing(MORNING, "01-chao", script="chao", clip=clip(), started_at=NOW, outputs={"tat_ca": "x"})
    journal.progress(row, 48_000)
    again = Journal(path, ManualClock(NOW + timedelta(minutes=5)))
    ((airing, clip_frames, outputs),) = again.open_airings()
    assert (airing.id, airing.duration_s, clip_frames, outputs) == (row, 1.0, clip().frames, {"tat_ca": "x"})
    again.end_airing(row, Outcome.ABANDONED, reason(ReasonCode.DIED_ON_AIR), frames=48_000, started_at=NOW)
    assert again.open_airings() == []
    second = again.begin_airing(MORNING, "01-chao", script="chao", clip=None, started_at=NOW)
    assert [(a.id, a.attempt, a.outcome) for a in again.airings_of(MORNING.key)] == [
        (row, 1, Outcome.ABANDONED),
        (second, 2, None),
    ]
    again.close()


def test_rows_written_under_a_test_clock_do_not_count_for_the_real_station(tmp_path: Path):
    trial = Journal(tmp_path / "j.sqlite3", ManualClock(NOW))
    trial.plan(MORNING)
    trial.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    trial.set_mark("stop", "thử")
    real = Journal(tmp_path / "j.sqlite3")
    assert real.occurrence(MORNING.key) is None
    assert real.mark("stop") is None
    assert real.plan(MORNING)


def test_a_request_ends_with_its_occurrence(journal: Journal):
    number = journal.ask(Announce(kind=RequestKind.SAY, content="Mời bà con…"), "Chị Lan")
    assert [request.id for request in journal.new_requests()] == [number]
    journal.act_on(number)
    assert journal.new_requests() == [] and [r.id for r in journal.open_requests()] == [number]
    journal.plan(occurrence(f"yeu_cau/{number}", request_id=number))
    journal.end(request_key(number), Outcome.AIRED, AIRED_WHOLE)
    row = journal.request(number)
    assert (row.result, row.reason, row.acted_at, row.ended_at) == (CommandResult.DONE, AIRED_WHOLE, NOW, NOW)
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
        assert journal.plan(MORNING)
        assert other.occurrence(MORNING.key) is not None
    assert synchronous(journal) == 2
    with pytest.raises(JournalError), journal.unhurried():
        raise JournalError(Words("hỏng", "broken"))
    assert synchronous(journal) == 2


def test_inside_a_transaction_unhurried_changes_nothing(tmp_path: Path):
    journal = Journal(tmp_path / "journal.sqlite3")
    with journal.together(), journal.unhurried():
        assert synchronous(journal) == 2


def test_a_checkpoint_moves_the_log_into_the_file_once_it_has_grown(path: Path):
    Journal(path).close()  # the tables are made
    journal = Journal(path)
    small = path.stat().st_size
    for number in range(60):
        journal.note(EventKind.OUTPUT, Words(f"{number} " + 500 * "x", ""))
    assert path.stat().st_size == small, "the log holds it"
    journal.checkpoint()
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
        journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=48_000 * 60, started_at=NOW)
    assert journal.aired_s(NOW - timedelta(hours=1), NOW + timedelta(hours=1), "tat_ca") == 60.0


def test_a_journal_survives_a_process_killed_in_the_middle_of_a_transaction(tmp_path: Path):
    path = tmp_path / "j.sqlite3"
    code = f"""
import os, signal
from pathlib import Path
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import EventKind
journal = Journal(Path({str(path)!r}))
journal.note(EventKind.TRIAL, Words("đã ghi", "written"))
with journal.together():
    journal.note(EventKind.TRIAL, Words("chưa xong", "not done"))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], timeout=30)
    assert set_aside_if_damaged(path, NOW) is None
    assert [event.text for event in Journal(path).events()] == [Words("đã ghi", "written")]


@pytest.mark.parametrize("number", [number for number, _ in migrations()])
def test_every_older_schema_is_brought_up_to_date(tmp_path: Path, number: int):
    db = sqlite3.connect(tmp_path / "old.sqlite3", isolation_level=None)
    migrate(db, up_to=number)
    assert db.execute("PRAGMA user_version").fetchone()[0] == number
    db.close()
    journal = Journal(tmp_path / "old.sqlite3", ManualClock(NOW))
    assert journal.plan(MORNING)


def test_a_journal_of_a_newer_program_is_refused_not_changed(tmp_path: Path):
    path = tmp_path / "new.sqlite3"
    db = connect(path)
    db.execute("PRAGMA user_version = 9999")
    db.close()
    for falls_back in (False, True):
        with pytest.raises(JournalError, match="mới hơn"):
            Journal(path, falls_back=falls_back)


def test_a_damaged_journal_is_set_aside_with_all_its_bytes(tmp_path: Path):
    path = tmp_path / "j.sqlite3"
    journal = Journal(path, ManualClock(NOW))
    for number in range(200):
        journal.note(EventKind.TRIAL, Words(f"dòng {number} " * 20, ""))
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
    assert Journal(path, ManualClock(NOW)).plan(MORNING)


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
        journal.plan(MORNING)
        for number in range(1500):
            row = journal.begin_airing(MORNING, f"{number}", script="mot_kich_ban_ten_dai", clip=None, started_at=NOW)
            journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=1, started_at=NOW)
        assert warned == [True]
        assert len(list(journal.airings())) == 1500
        assert not journal.keep_ballast()
        journal.close()


def test_states_go_forward(journal: Journal):
    journal.plan(MORNING)
    for state in (State.NOT_READY, State.READY, State.ON_AIR):
        journal.set_state(MORNING.key, state, SKIPPED)
        assert journal.occurrence(MORNING.key).reason == SKIPPED
        assert journal.occurrence(MORNING.key).state is state
    journal.end(MORNING.key, Outcome.AIRED, AIRED_WHOLE)
    assert journal.occurrence(MORNING.key).state is State.ENDED


def test_a_follower_gets_every_event_once_in_order(path: Path, journal: Journal):
    told = [Words(f"chuyện {number}", f"event {number}") for number in range(7)]
    with Follower(path) as follower:
        for words in told[:3]:
            journal.note(EventKind.OUTPUT, words)
        assert [event.text for event in follower.news(limit=2)] == told[:2]
        for words in told[3:]:
            journal.note(EventKind.ALARM, words)
        rest = [*follower.news(limit=4), *follower.news(limit=4)]
        assert [event.text for event in rest] == told[2:]
        assert (rest[0].kind, rest[-1].kind, rest[-1].at) == (EventKind.OUTPUT, EventKind.ALARM, NOW)
        assert follower.news(limit=4) == []


class Follower:
    """Asks for what came after the last event that it saw, from a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path, ManualClock(NOW), access=Access.READER)
        self._last = 0

    def news(self, limit: int) -> list[Event]:
        """What it has not seen yet, at most `limit` of it."""
        events = self._journal.events_after(self._last, limit)
        self._last = events[-1].id if events else self._last
        return events

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()


def test_an_event_of_an_unknown_kind_is_news_of_the_journal(journal: Journal):
    journal._db.execute(
        "INSERT INTO events (at, kind, text_vi, clock) VALUES (?, 'moi', 'chuyện', 'system')", (to_text(NOW),)
    )
    (event,) = journal.events()
    assert event.kind is EventKind.JOURNAL and event.text == Words("chuyện", "chuyện")


WHOLE_REASON = Reason(
    code=ReasonCode.NOT_READY,
    facts={"more": 2, "level_dbfs": -71.5, "item": "01-chào «bà con»"},
    because=reason(ReasonCode.POWER_CUT, span="05:12–05:47"),
    also=(reason_in_words(ReasonCode.RENDER_FAILED, Words("bộ đọc hỏng", "the engine failed"), item="01-a"), SKIPPED),
)
"""Every part that a reason may have."""


def test_a_reason_is_stored_with_everything_that_lies_behind_it(path: Path, journal: Journal):
    journal.plan(MORNING)
    journal.set_state(MORNING.key, State.NOT_READY, WHOLE_REASON)
    journal.store_rundown(MORNING.key, [draft("chao", request=None, problem=WHOLE_REASON)])
    row = journal.begin_airing(MORNING, "01-chao", script=None, clip=None, started_at=None)
    journal.end_airing(row, Outcome.FAILED, WHOLE_REASON)
    number = journal.ask(Skip(), "Chị Lan")
    journal.end_request(number, CommandResult.FAILED, WHOLE_REASON)
    with closing(Journal(path, ManualClock(NOW), access=Access.READER)) as reader:
        (airing,) = reader.airings_of(MORNING.key)
        (cue,) = reader.rundown(MORNING.key).cues
        stored = (
            reader.occurrence(MORNING.key).reason,
            cue.problem,
            airing.reason,
            airing.deliveries[0].reason,
            reader.request(number).reason,
        )
    assert set(stored) == {WHOLE_REASON}
    assert stored[0].words() == WHOLE_REASON.words()


def test_a_code_of_a_newer_program_is_told_by_its_name(journal: Journal):
    journal.plan(MORNING)
    journal._db.execute("UPDATE occurrences SET reason_code = 'struck_by_lightning'")
    told = journal.occurrence(MORNING.key).reason
    assert told.code is ReasonCode.RECORDED and told.text() == "struck_by_lightning"
