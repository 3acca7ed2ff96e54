"""The nouns every room shares. Frozen data, no behaviour beyond simple derivation; imports nothing of ours.

Times are aware datetimes; storage is UTC. Durations carry their unit in the name.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NewType

OccurrenceKey = NewType("OccurrenceKey", str)
"""`timetable/session/2026-11-25`, or `yeu_cau/17` for what an operator asked for. Unique for ever."""
ScriptId = NewType("ScriptId", str)
Sha256 = NewType("Sha256", str)
"""Lower-case hexadecimal SHA-256."""

EVERYWHERE = "tat_ca"
"""The zone of all loudspeakers; also the only zone of a station that names none."""

STATION_RATE_HZ = 48_000
"""Sample rate of every rendered clip and of the output stream. Clips are mono, 16 bit."""


def zones_text(zones: Iterable[str]) -> str:
    """Zone names as the JSON key `zone` has them: `tat_ca`, `thon_1`, `thon_1,thon_2`."""
    return ",".join(zones)


def zones_of(text: str) -> tuple[str, ...]:
    """The inverse of `zones_text`."""
    return tuple(text.split(","))


class Level(enum.StrEnum):
    """The ladder, highest first: TT 39/2020/TT-BTTTT's three levels plus the live microphone and the session."""

    KHAN_CAP = "khan_cap"
    """Emergency: cuts in at once; the only level that passes the allowed hours, with a reason."""
    TRUC_TIEP = "truc_tiep"
    """Live microphone."""
    UU_TIEN = "uu_tien"
    """Priority: next after the current item."""
    PHIEN = "phien"
    """An item of a planned session."""
    THONG_THUONG = "thong_thuong"
    """Ordinary ad-hoc announcement: after everything else."""

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Level).index(self)


class Outcome(enum.StrEnum):
    """How an occurrence or one airing of an item ended. Always stored with a reason in plain Vietnamese."""

    AIRED = "aired"
    """Every sample was consumed by the output."""
    PARTLY_AIRED = "partly_aired"
    """Some of it was heard; it will not be continued."""
    MISSED = "missed"
    """Its time passed and the late rule let it go."""
    PREEMPTED = "preempted"
    """Cut by something more urgent."""
    FAILED = "failed"
    """It could not be played: no clip, no output, no sound."""
    CANCELLED = "cancelled"
    """An operator or the gate stopped it."""
    ABANDONED = "abandoned"
    """The program died while it was on air."""


class State(enum.StrEnum):
    """Where an occurrence is on its way: planned → ready | not_ready → on_air → ended."""

    PLANNED = "planned"
    READY = "ready"
    NOT_READY = "not_ready"
    ON_AIR = "on_air"
    ENDED = "ended"


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


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a session or of a request: what to play."""

    kind: ItemKind
    name: str = ""
    """Script id, topic code, file path relative to the station, or the text itself, by kind."""
    count: int = 1
    """For TOPIC: how many scripts."""
    pause_s: float = 0.0
    """For PAUSE."""
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
    asked_by: str = "lich"
    """`lich` (the timetable) or the operator's name."""
    reason: str = ""
    """Why it was asked for; required for khan_cap outside the allowed hours."""
    request_id: int | None = None
    repeat: int = 1
    """Times the whole is played; 0: until cancelled, or until `until`."""
    until: datetime | None = None
    """No round begins at or after this moment."""


class RequestKind(enum.StrEnum):
    """What a door may ask of the station."""

    SAY = "say"
    PLAY = "play"
    STOP = "stop"
    RESUME = "resume"
    SKIP = "skip"
    CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One row of the journal's requests: appended by a door, acted on by the running station."""

    id: int
    kind: RequestKind
    asked_at: datetime
    asked_by: str
    payload: Mapping[str, Any]
    """By kind: say {text, level, zone, voice, repeat, at, reason}, play {file, …}, cancel {id}."""


@dataclass(frozen=True, kw_only=True)
class Script:
    """One announcement text of scripts_vi/ (*kịch bản*), as written, placeholders not yet filled."""

    id: ScriptId
    title: str
    topic: str
    """Code of the plan's content it serves, e.g. `II.1.9`."""
    text: str
    path: Path
    text_line: int
    """Line in the file on which `text` begins, 1-based."""
    level: Level = Level.THONG_THUONG
    valid_from: date | None = None
    valid_to: date | None = None
    repeat: int = 1
    language: str = "vi"
    voice: str | None = None
    author: str = ""
    audio: tuple[Path, ...] = ()
    """Recordings that air instead of (no text) or after the text, in order."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the text room reads what several readings are right for."""

    document_numbers: str = "name"
    """`name`: "ủy ban nhân dân"; `spell`: letter by letter; `omit`: the type and number only."""
    thousand: str = "nghìn"
    """`nghìn` (northern) or `ngàn`."""
    zero_tens: str = "linh"
    """`linh` (northern) or `lẻ`."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What the engine is given at a time: a sentence or part of one, already in spoken words."""

    text: str
    """Vietnamese words, spaces and the pause marks `, . ? ! : ;` only."""
    pause_ms: int = 0
    """Silence after it, before the next phrase."""
    rate: float = 1.0
    """Speed relative to the station's (0.8 slower)."""
    plain: str = ""
    """`text` with foreign words in Vietnamese spelling, for voices that know no other; empty: nothing differs."""


@dataclass(frozen=True, kw_only=True)
class Unsure:
    """Something in a text that the reading rules could not settle. Reported, never guessed silently."""

    line: int
    """1-based line of the written text."""
    column: int
    """1-based column, in characters."""
    written: str
    """The piece in question."""
    read_as: str
    """What the voice will say if nobody changes it."""
    reason: str
    """Why it is unsure, and how to settle it, in Vietnamese."""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A text as the voice will speak it."""

    phrases: tuple[Phrase, ...]
    unsure: tuple[Unsure, ...] = ()

    @property
    def text(self) -> str:
        """All words on one line."""
        return " ".join(p.text for p in self.phrases if p.text)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One rendered, mastered sound in the cache: mono, 16 bit, STATION_RATE_HZ."""

    key: str
    """Cache key: a hash of everything that can change the sound."""
    path: Path
    audio_sha256: Sha256
    """Of the sample bytes (not of the file's header)."""
    text_sha256: Sha256
    """Of the written text after placeholders; of the source file for a recording."""
    frames: int
    engine: str
    """Engine that spoke, or `recording`, `chime`, `pause`."""
    voice: str
    loudness_lufs: float
    true_peak_dbtp: float
    provisional: bool = False
    """Spoken by the safety net although a better engine comes first in the station's order: render again."""
    title: str = ""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / STATION_RATE_HZ


@dataclass(frozen=True, kw_only=True)
class Airing:
    """One journal row: one item of one occurrence, one attempt. The JSON of CLI.md has these names."""

    id: int
    occurrence: OccurrenceKey
    item: str
    """Position and name within the occurrence, e.g. `02-dich_vu_cong`."""
    script: str | None
    level: Level
    zone: str
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float
    """Seconds of sound the output really consumed."""
    outcome: Outcome | None
    """None while on air."""
    reason: str
    voice: str | None
    engine: str | None
    text_sha256: str | None
    audio_sha256: str | None
    asked_by: str
    output: str
    clock: str
    """`system`, or the test clock's specification."""
    attempt: int = 1
    start_frame: int = 0
    """First frame of the clip that this attempt played (> 0 after a resume)."""
    underruns: int = 0
    level_dbfs: float | None = None
    """RMS level the output measured while playing; None if it cannot measure."""
