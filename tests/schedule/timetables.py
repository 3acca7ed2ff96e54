"""Timetables for this folder's tests, made without files."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.model import Item, ItemKind, LateKind, LateRule, Level, Occurrence, OccurrenceKey, Session, Timetable

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SKIP = LateRule(kind=LateKind.SKIP)
NEXT_SESSION = LateRule(kind=LateKind.NEXT_SESSION)
SCRIPT = Item(kind=ItemKind.SCRIPT, name="chao")


def play(minutes: float) -> LateRule:
    return LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=minutes))


def at(text: str) -> time:
    return time.fromisoformat(text)


def session(name: str, *times: str, **changes) -> Session:
    values = {
        "name": name,
        "title": name.title(),
        "times": tuple(at(text) for text in times),
        "weekdays": frozenset(range(7)),
        "items": (SCRIPT,),
    }
    return Session(**(values | changes))


def timetable(*sessions: Session, name: str = "lich") -> Timetable:
    return Timetable(name=name, sessions=sessions, path=Path(f"{name}.toml"))


def local(day: str, clock: str = "00:00", tz: ZoneInfo = HANOI) -> datetime:
    return datetime.combine(date.fromisoformat(day), at(clock), tz)


def occurrence(key: str, planned: datetime, *items: Item, **changes) -> Occurrence:
    values = {
        "key": OccurrenceKey(key),
        "title": key.split("/")[1],
        "planned_at": planned,
        "items": items or (SCRIPT,),
        "level": Level.PHIEN,
        "zones": ("tat_ca",),
        "max_minutes": 60.0,
        "late": SKIP,
    }
    return Occurrence(**(values | changes))
