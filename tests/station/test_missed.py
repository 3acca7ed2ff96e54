"""What the station makes of the minutes during which it did not run."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.settings import load_settings
from broadcaster.speakers.memory import MemorySpeaker
from broadcaster.station import Station
from broadcaster.station.rehearsal import RehearsalStudio, simulate
from tests.station.folder import make_station
from tests.station.live import MORNING

SESSION = """
[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
late = "skip"
items = [ { script = "tin" } ]
"""
KEY = "ngay/sang/2026-12-01"


def outcome_when_first_started(folder: Path, at: datetime) -> str | None:
    """Of the morning session, by a station that has never run before."""
    settings = load_settings(make_station(folder, timetable=SESSION, texts={"tin": "Mời bà con đi họp."}))
    clock = ManualClock(at)
    journal = Journal(None, clock, durable=False)
    speaker = MemorySpeaker(clock, check_files=False)
    studio = RehearsalStudio(settings, clock)
    station = Station(settings, clock=clock, journal=journal, speakers=[speaker], studio=studio)
    station.start()
    simulate(station, clock, 120.0)
    known = journal.occurrence(KEY)  # type: ignore[arg-type]
    station.stop()
    return None if known is None else known.outcome


def test_a_station_first_started_within_the_minute_of_a_session_airs_it(tmp_path: Path):
    assert outcome_when_first_started(tmp_path / "dai", MORNING + timedelta(seconds=20)) == "aired"


def test_a_station_first_started_later_owes_nothing_of_before(tmp_path: Path):
    assert outcome_when_first_started(tmp_path / "dai", MORNING + timedelta(minutes=3)) is None
