"""Timetable → occurrences: pure functions of (timetables, after, until, zone). Nothing here reads a clock.

Local times and clock changes (Vietnam has none; other zones do):
* a time that the clock skips (spring) airs as much later as the clock jumped: 02:30 becomes 03:30 of the new time;
  if that is another date (a country crossed the date line), the occurrence does not exist;
* a time that comes twice (autumn) airs the first time only.

Instants are compared in UTC: Python compares two datetimes of one zone by their wall time, which is wrong around a
clock change.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcaster.model import Occurrence, OccurrenceKey, Session, Timetable

_DAY = timedelta(days=1)


def expand(timetables: Iterable[Timetable], after: datetime, until: datetime, tz: ZoneInfo) -> list[Occurrence]:
    """All occurrences with after < planned_at <= until, sorted by (planned_at, level, key). `planned_at` is UTC."""
    after, until = after.astimezone(UTC), until.astimezone(UTC)
    if until <= after:
        return []
    first, last = _local_day(after, tz), _local_day(until, tz)
    found = [
        _occurrence(timetable, session, at, day, planned)
        for timetable in timetables
        for session in timetable.sessions
        for day, at, planned in _instants(session, first, last, tz)
        if after < planned <= until
    ]
    return sorted(found, key=_order)


def next_after(timetables: Iterable[Timetable], after: datetime, tz: ZoneInfo) -> Occurrence | None:
    """The first occurrence with planned_at > after, however far ahead; None when there will never be one."""
    after = after.astimezone(UTC)
    first = _local_day(after, tz)
    candidates = (
        _first_after(timetable, session, first, after, tz) for timetable in timetables for session in timetable.sessions
    )
    return min((found for found in candidates if found is not None), key=_order, default=None)


def occurrence_key(timetable: str, session: Session, at: time, day: date) -> OccurrenceKey:
    """`hang_ngay/sang/2026-11-25`; with several times a day `hang_ngay/sang-0530/2026-11-25`."""
    name = session.name
    if len(session.times) > 1:
        name += f"-{at:%H%M%S}" if at.second else f"-{at:%H%M}"
    return OccurrenceKey(f"{timetable}/{name}/{day.isoformat()}")


def session_of(timetables: Iterable[Timetable], key: OccurrenceKey) -> tuple[Timetable, Session] | None:
    """The timetable and session that a key belongs to; None for requests and for sessions that are gone."""
    name, _, rest = key.partition("/")
    session_name = rest.partition("/")[0].partition("-")[0]
    for timetable in timetables:
        for session in timetable.sessions:
            if timetable.name == name and session.name == session_name:
                return timetable, session
    return None


def _order(occurrence: Occurrence) -> tuple[datetime, int, str]:
    return occurrence.planned_at, occurrence.level.rank, occurrence.key


def _local_day(moment: datetime, tz: ZoneInfo) -> date:
    return moment.astimezone(tz).date()


def _first_after(
    timetable: Timetable, session: Session, first: date, after: datetime, tz: ZoneInfo
) -> Occurrence | None:
    days = _instants(session, first, date.max, tz)
    # One day's times come in order of the clock on the wall, and a clock change may shift one past the next.
    for day, group in itertools.groupby(days, key=lambda instant: instant[0]):
        later = [(planned, at) for _, at, planned in group if planned > after]
        if later:
            planned, at = min(later)
            return _occurrence(timetable, session, at, day, planned)
    return None


def _instants(session: Session, first: date, last: date, tz: ZoneInfo) -> Iterator[tuple[date, time, datetime]]:
    """(local date, local time, instant in UTC) of every start on the dates first…last."""
    for day in _days(session, first, last):
        for at in session.times:
            planned = _instant(day, at, tz)
            if planned is not None:
                yield day, at, planned


def _days(session: Session, first: date, last: date) -> Iterator[date]:
    """Dates first…last on which the session airs."""
    if session.first_day is not None:
        first = max(first, session.first_day)
    if session.last_day is not None:
        last = min(last, session.last_day)
    if not session.weekdays:
        return
    day = first
    while day <= last:
        if day.weekday() in session.weekdays and day not in session.except_days:
            yield day
        if day == date.max:
            return
        day += _DAY


def _instant(day: date, at: time, tz: ZoneInfo) -> datetime | None:
    """The moment at which the clocks of `zone` show `at` on `day`, by the rules at the top; None if they never do."""
    # fold=0 reads a skipped time with the offset before the jump, and a doubled one as its first coming.
    planned = datetime.combine(day, at, tzinfo=tz).astimezone(UTC)
    return planned if planned.astimezone(tz).date() == day else None


def _occurrence(timetable: Timetable, session: Session, at: time, day: date, planned: datetime) -> Occurrence:
    return Occurrence(
        key=occurrence_key(timetable.name, session, at, day),
        title=session.title,
        planned_at=planned,
        items=session.items,
        level=session.level,
        zones=session.zones,
        max_minutes=session.max_minutes,
        late=session.late,
    )
