"""What the timetables plan: occurrences of a span of time, and spans of whole local days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from broadcaster.errors import NotFoundError, Words
from broadcaster.model import Occurrence
from broadcaster.settings import Settings

if TYPE_CHECKING:
    from broadcaster.schedule import Timetables

CHECKED_DAYS = 31
"""Conflicts are looked for this far ahead: every weekday and every first of a month has come once."""


def loaded(settings: Settings) -> Timetables:
    """All timetables, with their mistakes."""
    from broadcaster.schedule import load_timetables

    return load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.zone_names)


def occurrences_between(settings: Settings, start: datetime, end: datetime) -> list[Occurrence]:
    """Occurrences planned in (start, end]."""
    from broadcaster.schedule import expand

    return expand(loaded(settings).timetables, start, end, settings.tz)


def next_occurrence(settings: Settings, now: datetime) -> Occurrence:
    """The next one. Raises NotFoundError when no session is to come."""
    from broadcaster.schedule import next_after

    occurrence = next_after(loaded(settings).timetables, now, settings.tz)
    if occurrence is None:
        raise NotFoundError(
            Words("không còn phiên nào trong lịch", "no session is to come"),
            where=str(settings.schedules_dir),
            cure=Words("Thêm phiên vào một tệp trong schedules/", "Add one to a file of schedules/"),
        )
    return occurrence


def day_bounds(first: date | None, last: date | None, tz: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The moments [start, end) of the local days first…last; None stays open."""
    start = datetime.combine(first, time(), tz) if first else None
    end = datetime.combine(last + timedelta(days=1), time(), tz) if last else None
    return start, end


def span_of(first: date | None, days: int, now: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """(start, end] over `days` local days: from the beginning of `first`, or (None) from now."""
    day = first or now.astimezone(tz).date()
    start, end = day_bounds(day, day + timedelta(days=days - 1), tz)
    assert start is not None and end is not None
    second = timedelta(seconds=1)
    return (start - second if first else now), end - second
