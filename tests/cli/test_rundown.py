"""`rundown`: what an occurrence consists of, and changes through a running station."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call, Running, Said

Start = Callable[..., Running]
CLOCK = "2026-12-01T08:00+07:00 x1"
MORNING = "lich/ngan/2026-12-01"
"""The session of the fixture `short`, at 09:01: a chime and a script."""
KEYS = [
    "cue", "position", "item", "title", "kind", "script", "length_s", "state", "ready", "problem_code", "problem",
    "added_by", "moved_by",
]  # fmt: skip
"""Of one cue; other programs rely on them."""
LATER = '\n[session.trua]\ntitle = "Trưa"\ntime = "11:00"\nitems = [{ script = "ngan" }]\n'


@pytest.fixture
def running(short: Path, run_station: Start) -> Running:
    with (short / "schedules" / "lich.toml").open("a", encoding="utf-8") as file:
        file.write(LATER)
    station = run_station(CLOCK)
    return station.ready()


def cues(running: Running, key: str = MORNING) -> list[dict[str, Any]]:
    (shown,) = running.call("rundown", key, "--json").json
    return shown["cues"]


def until(running: Running, ready: Callable[[list[dict[str, Any]]], bool], key: str = MORNING) -> list[dict[str, Any]]:
    """Look until the rundown is so; each look is a process, and their number is bounded."""
    for _ in range(40):
        found = running.call("rundown", key, "--json")
        if found.code == 0 and ready(found.json[0]["cues"]):
            return found.json[0]["cues"]
    raise AssertionError(found)


def test_a_rundown_tells_each_cue_with_its_state(running: Running) -> None:
    shown = until(running, lambda found: len(found) == 2 and all(cue["ready"] for cue in found))
    assert [list(cue) for cue in shown] == [KEYS, KEYS]
    assert [(cue["position"], cue["item"], cue["kind"], cue["state"]) for cue in shown] == [
        (1, "01-nhac_hieu", "chime", "waiting"),
        (2, "02-ngan", "script", "waiting"),
    ]
    assert all(cue["length_s"] > 0 for cue in shown)
    page = running.call("rundown", "01/12/2026").out
    assert MORNING in page and "02-ngan" in page and "sẵn sàng" in page and str(shown[1]["cue"]) in page
    assert running.call("rundown", "hôm qua").code == 0
    assert running.call("rundown", "khong/co/2026-12-01").code == 4


def test_the_four_changes_and_who_made_them(running: Running) -> None:
    chime, script = until(running, lambda found: len(found) == 2)

    inserted = running.call("rundown", "insert", MORNING, "--text", "Chiều nay họp.", "--before", str(script["cue"]))
    assert inserted.code == 0, inserted
    after = cues(running)
    assert [cue["kind"] for cue in after] == ["chime", "text", "script"]
    assert after[1]["added_by"] == "chi_hoa" and after[2]["cue"] == script["cue"]

    moved = running.call("rundown", "move", str(after[1]["cue"]), "--before", str(chime["cue"]), "--json")
    assert moved.code == 0 and (moved.json["result"], moved.json["reason_code"]) == ("done", "done_rundown")
    assert [cue["kind"] for cue in cues(running)] == ["text", "chime", "script"]

    replaced = running.call("rundown", "replace", str(script["cue"]), "--text", "Lời khác.", "--reason", "sai tên")
    assert replaced.code == 0, replaced
    assert [cue["kind"] for cue in cues(running)] == ["text", "chime", "text"]

    dropped = running.call("rundown", "drop", str(chime["cue"]), "--reason", "không cần")
    assert dropped.code == 0 and "01-nhac_hieu" in dropped.out
    assert [cue["kind"] for cue in cues(running)] == ["text", "text"]

    there = "lich/trua/2026-12-01"
    assert running.call("rundown", "move", str(cues(running)[0]["cue"]), "--to", there).code == 0
    assert [cue["kind"] for cue in cues(running)] == ["text"]
    assert [cue["kind"] for cue in cues(running, there)] == ["script", "text"]


def test_what_cannot_be_changed_is_said_with_its_code(running: Running) -> None:
    def refused(said: Said, code: int, reason: str) -> None:
        assert said.code == code and said.json["reason_code"] == reason, said

    refused(running.call("rundown", "drop", "9999", "--json"), 4, "no_such_cue")
    never = "lich/ngan/2027-06-01"
    refused(running.call("rundown", "insert", never, "--text", "Xin chào.", "--json"), 7, "not_changeable")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("drop",), 2),
        (("drop", "mot"), 2),
        (("insert", MORNING), 2),
        (("insert", MORNING, "--text", "a", "--script", "b"), 2),
        (("move", "1"), 2),
        (("replace", "1"), 2),
        (("replace", "1", "--recording", "khong_co.mp3"), 2),
        (("drop", "1"), 8),
        (("insert", MORNING, "--text", "Xin chào."), 8),
        (("move", "1", "--before", "2"), 8),
        (("mai kia",), 2),
    ],
)
def test_wrong_usage_and_a_station_that_does_not_run(
    call: Call, short: Path, arguments: tuple[str, ...], code: int
) -> None:
    said = call("rundown", *arguments, station=short)
    assert said.code == code and said.err.count("\n") == 1, said


def test_without_a_station_what_was_planned_is_still_shown(call: Call, running: Running) -> None:
    until(running, lambda found: len(found) == 2)
    folder = running.station
    assert running.terminate() == 0
    said = call("rundown", MORNING, "--json", station=folder, clock=CLOCK)
    assert said.code == 0 and len(said.json[0]["cues"]) == 2
    assert "Chưa có chương trình nào" in call("rundown", "2026-12-24", station=folder, clock=CLOCK).err
