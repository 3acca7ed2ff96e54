"""What stands in schedules/, and what is owed on a date."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from broadcaster.model.keys import EVERYWHERE, TIMETABLE, OccurrenceKey
from broadcaster.model.ladder import Level


class LateKind(enum.StrEnum):
    """What to do with a slot whose minute has passed."""

    SKIP = "skip"
    PLAY = "play"
    NEXT_SESSION = "next_session"


@dataclass(frozen=True, kw_only=True)
class LateRule:
    """Missed-slot rule: `skip`, `play 10m` (start up to that late) or `next_session` (join the next session)."""

    kind: LateKind
    bound: timedelta = timedelta(0)
    """How late a start may be; zero unless kind is PLAY."""


class ItemKind(enum.StrEnum):
    """What a line of a session plays."""

    SCRIPT = "script"
    """One script of the library, by id."""
    TOPIC = "topic"
    """The next `count` scripts of a topic, rotating by day."""
    RECORDING = "recording"
    """A sound file."""
    CHIME = "chime"
    """The station's chime alone."""
    PAUSE = "pause"
    """Silence of `pause_s`."""
    TEXT = "text"
    """Free text (ad-hoc requests)."""
    LIVE = "live"
    """A live source, by its address."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a session or of a request: what to play."""

    kind: ItemKind
    name: str = ""
    """By kind: script id, topic code, file path relative to the station, the text itself, a live source's address."""
    count: int = 1
    """For TOPIC: how many scripts."""
    pause_s: float = 0.0
    """For PAUSE: seconds of silence; for LIVE: seconds after which it ends."""
    voice: str | None = None
    """Voice asked for, "engine:voice" or a voice name; None: the script's or the station's."""
    repeat: int = 1
    """How many times in a row."""
    late: LateRule | None = None
    """Own missed-slot rule; None: the session's."""
    resume: bool | None = None
    """After a cut: True continue at the last journalled second, False from the start, None: by length."""
    joined_from: OccurrenceKey | None = None
    """Key of the missed occurrence that this item was taken over from; None: it belongs here. Such an item is never
    passed on again."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A block of items at a time of day (*phiên phát*)."""

    name: str
    title: str
    times: tuple[time, ...]
    """Local times of day in the station's zone, naive by nature (they recur on dates)."""
    weekdays: frozenset[int]
    """0 is Monday."""
    items: tuple[Item, ...]
    first_day: date | None = None
    last_day: date | None = None
    except_days: frozenset[date] = frozenset()
    max_minutes: float = 60.0
    late: LateRule = field(default_factory=lambda: LateRule(kind=LateKind.SKIP))
    zones: tuple[str, ...] = (EVERYWHERE,)
    """Zones that are to hear it; (`tat_ca`,): all."""
    level: Level = Level.PHIEN
    where: str = ""
    """file:line of its definition."""


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """One file of schedules/."""

    name: str
    """File name without ending: first part of occurrence keys."""
    sessions: tuple[Session, ...]
    path: Path
    text: str = field(default="", repr=False)
    """All of the file, as it was read."""


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One session on one date, or one request: the unit that is owed, and that airs at most once."""

    key: OccurrenceKey
    title: str
    planned_at: datetime
    items: tuple[Item, ...]
    level: Level
    zones: tuple[str, ...]
    """Names of the zones that are to hear it; (`tat_ca`,): every zone of the station."""
    max_minutes: float
    late: LateRule
    asked_by: str = TIMETABLE
    """`lich` (the timetable) or the operator's name."""
    reason: str = ""
    """Why it was asked for; required for khan_cap outside the allowed hours."""
    request_id: int | None = None
    repeat: int = 1
    """Times the whole is played; 0: until cancelled, or until `until`."""
    until: datetime | None = None
    """No round begins at or after this moment."""
