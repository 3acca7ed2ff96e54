"""The rows that doors append. Nobody checks them before the station does."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.journal import Access, Journal
from broadcaster.model import (
    Announce,
    Cancel,
    Command,
    CommandResult,
    DropCue,
    InsertCue,
    Item,
    ItemKind,
    Level,
    MoveCue,
    OccurrenceKey,
    Place,
    ReplaceCue,
    RequestKind,
    Resume,
    Skip,
    Stop,
)
from broadcaster.reasons import ReasonCode, reason
from tests.journal.records import NOW
from tests.station.days import Days, at

PAUSE = Item(kind=ItemKind.PAUSE, pause_s=3.0)
COMMANDS: list[Command] = [
    Announce(kind=RequestKind.SAY, content="Mời bà con"),
    Announce(
        kind=RequestKind.PLAY, content="a.wav", level=Level.KHAN_CAP, at=NOW, until=NOW, after=Place.NOW, repeat=0
    ),
    Stop(zones=("thon_1",)),
    Resume(clock=True),
    Skip(),
    Cancel(target="khan_cap"),
    DropCue(cue=3, reason="nhầm"),
    InsertCue(occurrence=OccurrenceKey("a/b/c"), item=PAUSE, before=3),
    MoveCue(cue=3, occurrence=OccurrenceKey("a/b/c")),
    ReplaceCue(cue=3, item=PAUSE),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.kind))
def test_a_command_is_on_record_as_its_kind_and_payload(journal: Journal, command: Command):
    number = journal.ask(command, "Chị Lan")
    (request,) = journal.new_requests()
    assert (request.id, request.kind, request.asked_by, request.asked_at) == (number, command.kind, "Chị Lan", NOW)
    assert json.loads(request.payload) == command.payload()


GARBAGE = {
    "no json": ("say", "{"),
    "nothing": ("", ""),
    "unknown kind": ("tắt máy ngay", "{}"),
    "a list": ("say", "[1, 2]"),
    "a number": ("skip", "1e999"),
    "deep": ("say", "[" * 20_000),
    "long": ("play", json.dumps({"file": "x" * 100_000})),
    "the first day": ("say", '{"text": "a", "at": "0001-01-01T00:00:00+07:00"}'),
    "the last day": ("say", '{"text": "a", "until": "9999-12-31T23:59:59-07:00"}'),
    "zero bytes": ("say\0", "\0\0"),
    "bidi and emoji": ("\u202eyas", "🎉" * 50),
}
BYTES = {
    "no utf-8": ("ff80", "c328"),
    "half a letter": ("736179e1ba", "7be1"),
}
"""As SQLite stores them when a program writes bytes into a column of text."""


@pytest.mark.parametrize(("kind", "payload"), GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_is_a_request_like_any_other(journal: Journal, kind: str, payload: str):
    first = journal.ask(Skip(), "Chị Lan")
    number = journal.ask_raw(kind, payload, "ai đó")
    last = journal.ask(Stop(), "Anh Nam")
    requests = journal.new_requests()
    assert [request.id for request in requests] == [first, number, last]
    assert (requests[1].kind, requests[1].payload) == (kind, payload)
    journal.act_on(number)
    assert [request.id for request in journal.open_requests()] == [number]
    journal.end_request(number, CommandResult.FAILED, reason(ReasonCode.UNREADABLE, vi="x", en="x"))
    row = journal.request(number)
    assert row is not None and row.result is CommandResult.FAILED


@pytest.mark.parametrize(("kind", "payload"), BYTES.values(), ids=list(BYTES))
def test_bytes_that_are_no_text_do_not_keep_the_others_from_being_read(journal: Journal, kind: str, payload: str):
    journal._db.execute(
        "INSERT INTO requests (trial, kind, asked_at, asked_by, payload)"
        f" VALUES (1, CAST(x'{kind}' AS TEXT), ?, CAST(x'ff' AS TEXT), CAST(x'{payload}' AS TEXT))",
        (NOW.isoformat(),),
    )
    number = journal.ask(Stop(), "Anh Nam")
    strange, stop = journal.new_requests()
    assert stop.id == number and "\ufffd" in strange.kind and "\ufffd" in strange.payload


def test_a_station_answers_garbage_and_goes_on(tmp_path: Path):
    days = Days(tmp_path / "dai", "", at(5, 0))
    with closing(Journal(days.settings.journal_path, days.clock)) as door:
        numbers = [door.ask_raw(kind, payload, "ai đó") for kind, payload in GARBAGE.values()]
        last = door.ask(Stop(), "Anh Nam")
    days.on(at(5, 5))
    with closing(Journal(days.settings.journal_path, days.clock, access=Access.READER)) as reader:
        results = {row.result for number in numbers if (row := reader.request(number)) is not None}
        assert results <= {CommandResult.FAILED, CommandResult.REFUSED}
        row = reader.request(last)
    assert row is not None and row.result is CommandResult.DONE


@pytest.mark.parametrize(
    "asked_at",
    [
        "",
        "hôm qua",
        "2026-11-25T05:30:00",
        "2026-13-45T99:00:00+07:00",
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59Z",
    ],
)
def test_a_request_without_a_time_that_can_be_read_is_long_expired(journal: Journal, asked_at: str):
    journal._db.execute(
        "INSERT INTO requests (trial, kind, asked_at, asked_by, payload) VALUES (1, 'skip', ?, '', '{}')", (asked_at,)
    )
    (request,) = journal.new_requests()
    assert request.asked_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_result_that_a_stranger_wrote_beside_his_request_is_not_read(journal: Journal):
    journal._db.execute(
        "INSERT INTO requests (trial, kind, asked_at, asked_by, payload, result, reason_code, reason_facts)"
        " VALUES (1, 'skip', ?, 'x', '{}', 'wonderful', 'no_such', '{')",
        (NOW.isoformat(),),
    )
    assert [request.kind for request in journal.new_requests()] == ["skip"]


def test_a_door_appends_and_the_station_sees_that_somebody_wrote(path: Path, journal: Journal):
    before = journal.data_version()
    assert journal.data_version() == before
    door = Journal(path, ManualClock(NOW), access=Access.DOOR)
    number = door.ask(Skip(), "Chị Lan")
    door.close()
    assert journal.data_version() != before
    assert [request.id for request in journal.new_requests()] == [number]


def test_a_result_is_given_once(journal: Journal):
    number = journal.ask(Skip(), "Chị Lan")
    journal.end_request(number, CommandResult.NOTHING_TO_DO, reason(ReasonCode.NOTHING_ON_AIR))
    journal.end_request(number, CommandResult.DONE, reason(ReasonCode.DONE_SKIP))
    row = journal.request(number)
    assert row is not None and row.result is CommandResult.NOTHING_TO_DO
    assert row.reason.code is ReasonCode.NOTHING_ON_AIR
