"""Somebody sets the machine's clock while the station runs: NTP after a long time without a line, a hand, a battery."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.model import RequestKind
from tests.station.folder import SANG, SESSION, make_station, render
from tests.station.live import MORNING
from tests.station.running import RunningStation, running_station
from tests.station.wall import LIBRARY, SettableWall

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")

NOTICE = "Mời bà con ra nhà văn hóa họp xóm."
EMERGENCY = "Lũ đang về, bà con lên đồi ngay."


def steps(station: RunningStation) -> list[str]:
    """Every time that it saw the clock being set."""
    return [note for note in station.notes() if "bị chỉnh" in note]


def test_set_forward_over_a_session_it_airs_late_by_the_rule_and_once(tmp_path: Path):
    folder = make_station(tmp_path / "dai", timetable=SESSION, texts={"chao": "Chào bà con."})
    wall = SettableWall(tmp_path / "gio", MORNING - timedelta(hours=1))
    render(folder, MORNING)
    with running_station(folder, MORNING, wall=wall) as station:
        wall.step(timedelta(hours=1, minutes=4))  # 05:34
        station.until_ended(SANG)
        assert station.verdict(SANG) == ("aired", "đã phát đủ")
        wall.step(timedelta(minutes=-5))  # 05:29, and 05:30 comes again
        station.until(lambda: not station.status()["clock"]["trusted"], "it does not believe the clock")
        wall.step(MORNING - timedelta(seconds=1) - wall.now())
        station.until(lambda: len(steps(station)) == 3, "it has noticed")
        station.until(lambda: wall.now() > MORNING + timedelta(seconds=2), "05:30 is over a second time")
        wall.step(timedelta(minutes=10))
        station.until(lambda: station.status()["clock"]["trusted"], "it believes the clock again")
        assert station.rows() == [(SANG, "01-chao", "aired")]
        assert len(steps(station)) == 4
    assert [line[:2] for line in station.heard()] == [("start", "01-chao"), ("end", "01-chao")]


def test_set_back_nothing_airs_but_an_emergency_until_an_operator_confirms(tmp_path: Path):
    folder = make_station(tmp_path / "dai", timetable=SESSION, texts={"chao": "Chào bà con."})
    render(folder, MORNING, NOTICE, EMERGENCY)
    wall = SettableWall(tmp_path / "gio", MORNING + timedelta(hours=3))
    with running_station(folder, MORNING, wall=wall) as station:
        wall.step(timedelta(hours=-2))
        station.until(lambda: not station.status()["clock"]["trusted"], "it does not believe the clock")
        notice = station.ask(RequestKind.SAY, text=NOTICE, level="thong_thuong", repeat=1)
        emergency = station.ask(RequestKind.SAY, text=EMERGENCY, level="khan_cap", repeat=1, reason="lũ về")
        assert station.answer(emergency)[0] == "aired"
        outcome, reason = station.answer(notice)
        assert outcome == "cancelled"
        assert "đồng hồ" in reason
        station.ask(RequestKind.RESUME, clock=True)
        again = station.ask(RequestKind.SAY, text=NOTICE, level="thong_thuong", repeat=1)
        assert station.answer(again) == ("aired", "đã phát đủ")
