"""A station switched on and off over simulated days: the real one, on a clock moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.settings import load_settings
from broadcaster.speakers.memory import Heard, MemorySpeaker
from broadcaster.station import Station
from broadcaster.station.rehearsal import RehearsalStudio, simulate
from tests.station.folder import make_station
from tests.station.live import MORNING

TEXTS = {"tin": "Mời bà con đi họp.", "hai": "Mời bà con đi tiêm phòng.", "chieu": "Kính chào bà con."}


def session(name: str, at: str, late: str, *items: str) -> str:
    """One session of a timetable."""
    lines = ", ".join(f'{{ script = "{item}" }}' for item in items)
    return f'[session.{name}]\ntitle = "{name}"\ntime = "{at}"\ndays = "daily"\nlate = "{late}"\nitems = [ {lines} ]\n'


class Days:
    """A station that is switched on and off."""

    def __init__(self, folder: Path, timetable: str, start: datetime, *, texts: Mapping[str, str] = TEXTS) -> None:
        self.settings = load_settings(make_station(folder, timetable=timetable, texts=texts))
        self.clock = ManualClock(start)
        self.heard: list[Heard] = []

    def edit(self, timetable: str) -> None:
        """Another timetable; a running station sees it within seconds."""
        (self.settings.schedules_dir / "ngay.toml").write_text(timetable, encoding="utf-8")

    def on(self, until: datetime, *, killed: bool = False, edit: tuple[datetime, str] | None = None) -> None:
        """Let it run until then, and end it well or with a kill. `edit`: (when, the new timetable)."""
        speaker = MemorySpeaker(self.clock, check_files=False)
        journal = Journal(self.settings.journal_path, self.clock, durable=False)
        studio = RehearsalStudio(self.settings, self.clock)
        station = Station(self.settings, clock=self.clock, journal=journal, cards=[[speaker]], studio=studio)
        station.start()
        if edit is not None:
            moment, timetable = edit
            simulate(station, self.clock, self.clock.monotonic() + (moment - self.clock.now()).total_seconds())
            self.edit(timetable)
            self.clock.call_later(5.0, station.wake.set)
        simulate(station, self.clock, self.clock.monotonic() + (until - self.clock.now()).total_seconds())
        if killed:
            station.jobs.stop()  # its thread ends with the process
            speaker.close()
            journal.close()
        else:
            station.stop()
        self.heard += speaker.heard

    def off(self, until: datetime) -> None:
        """Without power until then."""
        self.clock.advance((until - self.clock.now()).total_seconds())

    def verdict(self, session: str, day: int = 1) -> tuple[str, str] | None:
        """(outcome, reason in Vietnamese) of a session of that day of December."""
        journal = Journal(self.settings.journal_path, self.clock, durable=False)
        row = journal.occurrence(f"ngay/{session}/2026-12-{day:02d}")  # type: ignore[arg-type]
        journal.close()
        return None if row is None or row.outcome is None else (row.outcome, row.reason.text())

    def items(self, session: str) -> list[tuple[str, str]]:
        """(item, outcome) of its rows."""
        journal = Journal(self.settings.journal_path, self.clock, durable=False)
        rows = journal.airings_of(f"ngay/{session}/2026-12-01")  # type: ignore[arg-type]
        journal.close()
        return [(row.item, str(row.outcome)) for row in rows]


def at(hour: int, minute: int, second: int = 0, day: int = 1) -> datetime:
    """A local time in December."""
    return MORNING.replace(day=day, hour=hour, minute=minute, second=second)
