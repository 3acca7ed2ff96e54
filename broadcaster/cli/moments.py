"""Parses days and times as people type them, and prints them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcaster.cli import console
from broadcaster.errors import UsageError, Words

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TODAY = {"hôm nay": 0, "today": 0, "ngày mai": 1, "mai": 1, "tomorrow": 1, "hôm qua": -1, "yesterday": -1}
_WEEKDAYS = tuple(
    Words(vi, en)
    for vi, en in zip(
        ("T2", "T3", "T4", "T5", "T6", "T7", "CN"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True
    )
)


def read_moment(written: str, now: datetime, tz: ZoneInfo) -> datetime:
    """`17:30` (today), `2026-11-25 17:30`, ISO 8601, `+10m`. Raises UsageError, also for what has passed."""
    moment = _moment(" ".join(written.split()), now, tz)
    if moment is None:
        raise UsageError(
            Words(f"không hiểu giờ «{written}»", f"cannot read the time '{written}'"),
            cure=Words(
                'Viết như 17:30, "2026-11-25 17:30" hoặc +10m', 'Write it like 17:30, "2026-11-25 17:30" or +10m'
            ),
        )
    if moment < now:
        local = f"{moment.astimezone(tz):%H:%M %d/%m/%Y}"
        raise UsageError(
            Words(f"giờ này đã qua ({local})", f"that time has passed ({local})"),
            cure=Words(
                'Muốn phát ngày khác thì ghi cả ngày, như "2026-11-25 17:30"',
                'For another day write the date too, like "2026-11-25 17:30"',
            ),
        )
    return moment


def _moment(written: str, now: datetime, tz: ZoneInfo) -> datetime | None:
    if match := re.fullmatch(r"\+(\d{1,5})([smhd])", written):
        return now + timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        if re.fullmatch(r"\d{1,2}[:hg]\d{2}(:\d{2})?", written):
            clock_time = time.fromisoformat(re.sub("[hg]", ":", written).rjust(5, "0"))
            return datetime.combine(now.astimezone(tz).date(), clock_time, tz)
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if len(written) <= len("2026-11-25"):
        return None  # a day alone is no time to air
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=tz)


def read_day(written: str, now: datetime, tz: ZoneInfo) -> date:
    """`2026-11-25`, `25/11/2026`, `25/11`, `hôm nay`, `ngày mai`. Raises UsageError."""
    text = " ".join(written.lower().split())
    today = now.astimezone(tz).date()
    if text in _TODAY:
        return today + timedelta(days=_TODAY[text])
    try:
        if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?", text):
            return date(int(match[3] or today.year), int(match[2]), int(match[1]))
        return date.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(
            Words(f"không hiểu ngày «{written}»", f"cannot read the day '{written}'"),
            cure=Words('Viết như 2026-11-25, 25/11/2026 hoặc "hôm nay"', 'Write it like 2026-11-25 or "today"'),
        ) from problem


def iso(moment: datetime | None, tz: ZoneInfo) -> str | None:
    """As the JSON of every command writes a time: local, with offset, whole milliseconds only where there are some."""
    if moment is None:
        return None
    local = moment.astimezone(tz)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")


def clock_time(moment: datetime, tz: ZoneInfo) -> str:
    """`05:30:00`."""
    return f"{moment.astimezone(tz):%H:%M:%S}"


def weekday(day: date) -> str:
    """`T2` … `T7`, `CN`, as timetables write it; in English `Mon` … `Sun`."""
    return console.told(_WEEKDAYS[day.weekday()])


def day_and_time(moment: datetime, tz: ZoneInfo) -> str:
    """`T4 25/11 05:30`, in English `Wed 25/11 05:30`."""
    local = moment.astimezone(tz)
    return f"{weekday(local.date())} {local:%d/%m %H:%M}"
