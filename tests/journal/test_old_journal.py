"""A journal that the program of commit 313a005 wrote: nothing of it is lost, and a station of today goes on with it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from broadcaster.clock import Clock, ManualClock
from broadcaster.journal import Access, Journal
from broadcaster.model import CommandResult, EventKind, Outcome, request_key
from broadcaster.reasons import AIRED_WHOLE, NO_REASON, Reason, ReasonCode, reason
from tests.journal.records import NOW
from tests.station.days import Days, at

DUMP = Path(__file__).with_name("journal_of_313a005.sql")
TEXTS = {
    "tin": "Mời bà con đi họp tại nhà văn hóa thôn vào tối thứ bảy tuần này.",
    "hai": "Mời bà con đưa trẻ em đi tiêm phòng tại trạm y tế xã vào sáng thứ hai, " * 16,
    "trua": "Kính mời bà con nghe tin buổi trưa của đài truyền thanh xã.",
    "chieu": "Kính chào bà con, đây là bản tin chiều của đài truyền thanh xã.",
}
"""What that station aired; lengths of its clips rest on it."""
Row = dict[str, object]


def system_clock() -> Clock:
    """The journal's rows are no trial."""
    clock = ManualClock(NOW)
    clock.label = "system"
    return clock


def rows_of(db: sqlite3.Connection, table: str) -> list[Row]:
    """Every row, whole."""
    return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


def write_old(path: Path, dump: str = DUMP.read_text(encoding="utf-8")) -> None:
    """The file as the old program left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(dump)


@pytest.fixture(scope="module")
def old() -> dict[str, list[Row]]:
    """Every table, as the old program wrote it."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(DUMP.read_text(encoding="utf-8"))
        db.row_factory = sqlite3.Row
        tables = ("occurrences", "airings", "requests", "events", "approvals", "marks")
        return {table: rows_of(db, table) for table in tables}


@pytest.fixture(params=[Access.OWNER, Access.READER])
def migrated(path: Path, request: pytest.FixtureRequest) -> Journal:
    """Migrated by its owner, or read through a migrated copy."""
    write_old(path)
    journal = Journal(path, system_clock(), access=request.param)
    request.addfinalizer(journal.close)
    return journal


def as_reason(sentence: object) -> Reason:
    """What an old program's sentence became."""
    if sentence == "":
        return NO_REASON
    return AIRED_WHOLE if sentence == "đã phát đủ" else reason(ReasonCode.RECORDED, text=str(sentence))


def read_reason(row: Row) -> Reason:
    """Of a row of today."""
    return Reason.stored(str(row["reason_code"]), str(row["reason_facts"]))


def test_the_old_journal_holds_what_these_tests_are_about(old: dict[str, list[Row]]):
    outcomes = {row["outcome"] for row in old["airings"]}
    assert outcomes == {"aired", "preempted", "partly_aired", "missed", "failed", "cancelled", None}
    assert {row["kind"] for row in old["requests"]} == {"say", "play", "skip", "stop", "resume", "cancel"}
    assert {row["trial"] for row in old["airings"]} == {0, 1}
    assert {str(row["name"]).partition(":")[0] for row in old["marks"]} == {"alive", "timetable", "join", "trial"}
    assert old["approvals"] and len(old["events"]) > 3


@pytest.mark.parametrize("table", ["occurrences", "airings"])
def test_every_row_is_there_with_the_same_facts(migrated: Journal, old: dict[str, list[Row]], table: str):
    now = rows_of(migrated._db, table)
    assert len(now) == len(old[table])
    for before, after in zip(old[table], now, strict=True):
        same = {"zones" if name == "zone" else name: value for name, value in before.items() if name != "reason"}
        assert {name: after[name] for name in same} == same
        assert read_reason(after) == as_reason(before["reason"])
        assert read_reason(after).text() == before["reason"], "people read the same sentence"


def test_every_airing_has_one_delivery_with_its_facts(migrated: Journal, old: dict[str, list[Row]]):
    deliveries = rows_of(migrated._db, "deliveries")
    assert len(deliveries) == len(old["airings"])
    for airing, got in zip(old["airings"], deliveries, strict=True):
        same = {"zone", "output", "started_at", "ended_at", "frames", "outcome"}
        assert {name: got[name] for name in same} == {name: airing[name] for name in same}
        assert got["airing"] == airing["id"] and read_reason(got) == as_reason(airing["reason"])


def test_every_request_is_there_and_its_outcome_is_a_result(migrated: Journal, old: dict[str, list[Row]]):
    for before, after in zip(old["requests"], rows_of(migrated._db, "requests"), strict=True):
        same = {name: value for name, value in before.items() if name not in ("outcome", "reason")}
        assert {name: after[name] for name in same} == same
        assert read_reason(after) == as_reason(before["reason"])
    results = [row and (row.request.kind, row.result) for row in map(migrated.request, range(1, 15))]
    done, nothing, failed = CommandResult.DONE, CommandResult.NOTHING_TO_DO, CommandResult.FAILED
    assert results == [
        ("say", done),  # the emergency
        ("skip", nothing),  # while nothing was on air
        ("say", done),  # two rounds
        ("say", done),  # partly aired: the STOP of the next one
        ("stop", done),
        ("say", done),  # cancelled, because a STOP held: its occurrence tells
        ("resume", done),
        ("say", done),  # cancelled by the next one
        ("cancel", done),
        ("cancel", nothing),  # of a number that nobody has
        ("say", failed),  # a level that does not exist
        ("play", failed),  # a file that does not exist
        ("say", None),  # accepted, due at 18:00
        ("say", None),  # not seen yet
    ]


def test_events_have_the_kinds_of_today(migrated: Journal, old: dict[str, list[Row]]):
    events = migrated.events(1000)
    assert [(event.id, event.text.vi) for event in events] == [(row["id"], row["text"]) for row in old["events"]]
    kinds = {"chay": EventKind.START, "dung": EventKind.STOP, "thu": EventKind.TRIAL}
    assert [event.kind for event in events] == [kinds[str(row["kind"])] for row in old["events"]]


def test_approvals_and_marks_stay_and_timetables_have_a_table(migrated: Journal, old: dict[str, list[Row]]):
    assert rows_of(migrated._db, "approvals") == old["approvals"]
    marks = {row["name"]: row["value"] for row in old["marks"]}
    timetable = marks.pop("timetable:ngay.toml")
    assert {row["name"]: row["value"] for row in rows_of(migrated._db, "marks")} == marks
    assert migrated.good_timetable("ngay.toml") == timetable
    assert migrated.mark("stop") is None, "the STOP of a trial is not the station's"


def test_verdicts_stay_given(path: Path):
    write_old(path)
    with closing(Journal(path, system_clock())) as journal:
        for table in ("occurrences", "airings", "deliveries"):
            with pytest.raises(sqlite3.IntegrityError, match="has ended"):
                journal._db.execute(f"UPDATE {table} SET reason_code = 'none' WHERE outcome IS NOT NULL")
        with pytest.raises(sqlite3.IntegrityError, match="has ended"):
            journal._db.execute("UPDATE requests SET result = 'done' WHERE ended_at IS NOT NULL")


def mark_of(old: dict[str, list[Row]], name: str) -> str:
    """The value of a mark."""
    return next(str(row["value"]) for row in old["marks"] if row["name"] == name)


def station_of_today(folder: Path, old: dict[str, list[Row]], start: datetime) -> Days:
    """The same texts and timetable, with the program of today."""
    days = Days(folder, mark_of(old, "timetable:ngay.toml"), start, texts=TEXTS)
    days.clock.label = "system"
    return days


@pytest.fixture
def days(tmp_path: Path, old: dict[str, list[Row]]) -> Days:
    """Switched on twenty seconds after the old program was killed."""
    days = station_of_today(tmp_path / "dai", old, at(17, 1, day=2))
    write_old(days.settings.journal_path)
    return days


def aired(days: Days, key: str) -> list[tuple[str, int, str]]:
    """(item, first frame, outcome) of every row of an occurrence."""
    with closing(Journal(days.settings.journal_path, days.clock, access=Access.READER)) as journal:
        return [(row.item, row.start_frame, str(row.outcome)) for row in journal.airings_of(key)]  # type: ignore[arg-type]


def test_the_open_session_goes_on_where_it_was_and_takes_over_what_its_mark_names(days: Days):
    days.on(at(17, 10, day=2))
    assert aired(days, "ngay/chieu/2026-12-02") == [
        ("01-chieu", 0, "aired"),
        ("02-hai", 0, "abandoned"),
        ("02-hai", 30 * 48_000, "aired"),
        ("03-trua", 0, "aired"),
        ("04-tin", 0, "aired"),
    ]
    verdict = days.verdict("chieu", day=2)
    assert verdict is not None and verdict[0] == "aired"
    assert len(aired(days, "ngay/trua/2026-12-02")) == 3, "what was missed stays as it was"


def test_what_has_been_handed_on_is_handed_on_once_whatever_happens_in_between(days: Days):
    days.on(at(17, 2, day=2), killed=True)
    days.off(at(17, 4, day=2))
    days.on(at(17, 20, day=2))
    items = [item for item, _, outcome in aired(days, "ngay/chieu/2026-12-02") if outcome == "aired"]
    assert items == ["01-chieu", "02-hai", "03-trua", "04-tin"]
    with closing(Journal(days.settings.journal_path, days.clock, access=Access.READER)) as journal:
        assert journal.marks("join:") == {}


def test_a_mark_for_a_session_still_to_come_is_honoured_as_well(tmp_path: Path, old: dict[str, list[Row]]):
    """The same station killed at noon: of the afternoon nothing has happened."""
    afternoon = tuple(
        f'INSERT INTO "{row},' for row in ('airings" VALUES(26', 'airings" VALUES(27', 'requests" VALUES(14')
    )
    lines = [line for line in DUMP.read_text(encoding="utf-8").splitlines() if not line.startswith(afternoon)]
    dump = "\n".join(lines).replace(mark_of(old, "alive"), "2026-12-02T05:00:00.000+00:00")
    days = station_of_today(tmp_path / "dai", old, at(12, 1, day=2))
    write_old(days.settings.journal_path, dump.replace("'lich',NULL,'on_air'", "'lich',NULL,'ready'"))
    days.on(at(17, 10, day=2))
    items = [item for item, _, _ in aired(days, "ngay/chieu/2026-12-02")]
    assert items == ["01-chieu", "02-hai", "03-trua", "04-tin"]


def test_requests_that_the_old_program_left_open_are_aired(days: Days):
    days.on(at(18, 5, day=2))
    with closing(Journal(days.settings.journal_path, days.clock, access=Access.READER)) as journal:
        assert journal.new_requests() == journal.open_requests() == []
        for number in (13, 14):
            row = journal.occurrence(request_key(number))
            assert row is not None and row.outcome is Outcome.AIRED
            (airing,) = journal.airings_of(row.key)
            assert airing.cue is not None and airing.outcome is Outcome.AIRED


def test_what_had_its_verdict_is_not_aired_again_and_the_next_days_follow_the_timetable(days: Days):
    before = aired(days, "ngay/sang/2026-12-02")
    days.on(at(6, 0, day=3))
    assert aired(days, "ngay/sang/2026-12-02") == before
    assert [item for item, _, _ in aired(days, "ngay/toi/2026-12-02")] == ["01-chieu"]
    assert [item for item, _, _ in aired(days, "ngay/sang/2026-12-03")] == ["01-nhac_hieu", "02-tin", "03-hai"]


def test_what_the_old_program_planned_has_one_rundown(days: Days):
    days.on(at(17, 0, day=3))
    with closing(Journal(days.settings.journal_path, days.clock, access=Access.READER)) as journal:
        cues = rows_of(journal._db, "cues")
    labels = [(cue["occurrence"], cue["label"]) for cue in cues]
    assert len(labels) == len(set(labels))
    handed_on = [cue["label"] for cue in cues if json.loads(str(cue["item"]))["joined_from"] is not None]
    assert handed_on == ["03-trua", "04-tin"]
