"""A row of the journal → a typed command, with every bound checked here, whichever door or hand wrote the row.

Doors may check earlier, to be kind; nothing relies on it (DESIGN.md §5).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from broadcaster.errors import Words
from broadcaster.model import (
    EVERYWHERE,
    Announce,
    Cancel,
    Command,
    DropCue,
    InsertCue,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    MoveCue,
    Occurrence,
    OccurrenceKey,
    Place,
    ReplaceCue,
    Request,
    RequestKind,
    Resume,
    Skip,
    Stop,
    item_from_json,
    request_key,
)
from broadcaster.playout.gate import Gate
from broadcaster.reasons import Reason, ReasonCode, reason, reason_in_words
from broadcaster.settings import Settings

MOST_REPEATS = 20
"""A notice said more often than this is a mistake; an emergency is repeated until it is cancelled instead."""
MOST_CHARACTERS = 20_000
"""Half an hour of speech."""
FARTHEST = timedelta(days=366)
"""`--at` and `--until` lie within a year."""
PAST_TOLERANCE = timedelta(seconds=90)
"""A door may take this long from "17:30" to its row."""
REQUEST_MAX_MINUTES = 60.0
"""An ad-hoc notice never holds the loudspeakers longer than this (emergencies excepted)."""
AD_HOC_LEVELS = (Level.KHAN_CAP, Level.UU_TIEN, Level.THONG_THUONG)
"""Levels that an announcement may have: sessions stand in timetables, and live sources have doors of their own."""
AD_HOC_ITEMS = (ItemKind.SCRIPT, ItemKind.RECORDING, ItemKind.TEXT, ItemKind.CHIME, ItemKind.PAUSE, ItemKind.TOPIC)
_TITLE_LENGTH = 60


class Refusal(Exception):
    """A command that is not carried out."""

    def __init__(self, why: Reason, *, readable: bool = True) -> None:
        """`readable` False: the row is not one that a door of ours writes."""
        super().__init__(why.text("en"))
        self.why = why
        self.readable = readable


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a command is measured by."""

    settings: Settings
    zones: tuple[str, ...]
    """Names of all zones."""
    gate: Gate
    voices: Mapping[str, object] | None = None
    """Names that may be asked for: engines, or `engine:voice`; None: not known here."""


def parse(request: Request, bounds: Bounds, now: datetime) -> Command:
    """The command of a row. Raises Refusal."""
    try:
        kind = RequestKind(request.kind)
        payload = json.loads(request.payload)
        if not isinstance(payload, dict):
            raise TypeError(f"{type(payload).__name__} instead of an object")
        command: Command = _PARSERS[kind](kind, payload)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        told = f"{type(problem).__name__}: {problem}"
        raise Refusal(reason_in_words(ReasonCode.UNREADABLE, Words(told, told)), readable=False) from problem
    _check(command, bounds, request.asked_at, now)
    return command


# --- reading -----------------------------------------------------------------------------------------------------


def _announce(kind: RequestKind, payload: Mapping[str, Any]) -> Announce:
    after = payload.get("after")
    repeat = payload.get("repeat")
    return Announce(
        kind=kind,
        content=_text(payload["text"] if kind is RequestKind.SAY else payload["file"]),
        title=_text(payload.get("title") or ""),
        level=Level(payload.get("level") or Level.THONG_THUONG),
        zones=_zones(payload),
        voice=_text(payload["voice"]) if payload.get("voice") else None,
        repeat=None if repeat is None else _whole(repeat),
        at=_moment(payload.get("at")),
        until=_moment(payload.get("until")),
        reason=_text(payload.get("reason") or ""),
        after=Place(after) if after else None,
    )


def _drop(kind: RequestKind, payload: Mapping[str, Any]) -> DropCue:
    return DropCue(cue=_whole(payload["cue"]), reason=_text(payload.get("reason") or ""))


def _insert(kind: RequestKind, payload: Mapping[str, Any]) -> InsertCue:
    return InsertCue(
        occurrence=OccurrenceKey(_text(payload["occurrence"])),
        item=item_from_json(payload["item"]),
        before=_optional(payload.get("before")),
        reason=_text(payload.get("reason") or ""),
    )


def _move(kind: RequestKind, payload: Mapping[str, Any]) -> MoveCue:
    to = payload.get("occurrence")
    return MoveCue(
        cue=_whole(payload["cue"]),
        before=_optional(payload.get("before")),
        occurrence=OccurrenceKey(_text(to)) if to else None,
        reason=_text(payload.get("reason") or ""),
    )


def _replace(kind: RequestKind, payload: Mapping[str, Any]) -> ReplaceCue:
    return ReplaceCue(
        cue=_whole(payload["cue"]), item=item_from_json(payload["item"]), reason=_text(payload.get("reason") or "")
    )


_PARSERS: Mapping[RequestKind, Any] = {
    RequestKind.SAY: _announce,
    RequestKind.PLAY: _announce,
    RequestKind.STOP: lambda _, payload: Stop(zones=_zones(payload)),
    RequestKind.RESUME: lambda _, payload: Resume(zones=_zones(payload), clock=payload.get("clock") is True),
    RequestKind.SKIP: lambda _, payload: Skip(zones=_zones(payload)),
    RequestKind.CANCEL: lambda _, payload: Cancel(target=_text(payload["id"])),
    RequestKind.RUNDOWN_DROP: _drop,
    RequestKind.RUNDOWN_INSERT: _insert,
    RequestKind.RUNDOWN_MOVE: _move,
    RequestKind.RUNDOWN_REPLACE: _replace,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _optional(value: object) -> int | None:
    return None if value is None else _whole(value)


def _zones(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """`zones` (a list), or `zone` (one name) as older doors wrote it."""
    written = payload.get("zones") or payload.get("zone") or EVERYWHERE
    names = [written] if isinstance(written, str) else list(written)
    return tuple(dict.fromkeys(_text(name) for name in names))


def _moment(value: object) -> datetime | None:
    if not value:
        return None
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError(f"a time without an offset: {value}")
    if not 1970 < moment.year < 3000:  # near the ends of the calendar sums of times fail
        raise ValueError(f"a year that makes no sense: {value}")
    return moment


# --- bounds ------------------------------------------------------------------------------------------------------


def _check(command: Command, bounds: Bounds, asked_at: datetime, now: datetime) -> None:
    if isinstance(command, Announce | Stop | Resume | Skip):
        for zone in command.zones:
            if zone != EVERYWHERE and zone not in bounds.zones:
                raise Refusal(reason(ReasonCode.UNKNOWN_ZONE, zone=zone, known=", ".join(bounds.zones)))
    if isinstance(command, Announce):
        _check_announcement(command, bounds, asked_at, now)
    if isinstance(command, InsertCue | ReplaceCue):
        _check_item(command.item, bounds)


def _check_announcement(wish: Announce, bounds: Bounds, asked_at: datetime, now: datetime) -> None:
    settings = bounds.settings
    if wish.level not in AD_HOC_LEVELS:
        raise Refusal(reason(ReasonCode.LEVEL_NOT_ALLOWED, level=wish.level))
    if wish.repeat is not None and not 0 <= wish.repeat <= MOST_REPEATS:
        what = "repeat"
        raise Refusal(reason(ReasonCode.OUT_OF_BOUNDS, what=what, value=wish.repeat, least=0, most=MOST_REPEATS))
    if wish.repeat == 0 and wish.until is None and wish.level is not Level.KHAN_CAP:
        raise Refusal(reason(ReasonCode.OUT_OF_BOUNDS, what="repeat", value=0, least=1, most=MOST_REPEATS))
    if wish.kind is RequestKind.SAY:
        _check_text(wish.content)
    elif not _is_file(_file(settings, wish.content)):
        raise Refusal(reason(ReasonCode.UNKNOWN_FILE, file=wish.content))
    _check_voice(wish.voice, bounds)
    for moment in (wish.at, wish.until):
        if moment is not None and (moment < asked_at - PAST_TOLERANCE or moment > asked_at + FARTHEST):
            local = f"{moment.astimezone(settings.tz):%H:%M %d/%m/%Y}"
            raise Refusal(reason(ReasonCode.IN_THE_PAST, at=local))
    _check_hours(wish, bounds, now)


def _check_hours(wish: Announce, bounds: Bounds, now: datetime) -> None:
    """What would certainly be refused at its minute is refused now, when somebody can do something about it."""
    at = wish.at or now
    hours = bounds.gate.hours_against(at)
    if hours is None:
        return
    if wish.level is Level.KHAN_CAP:
        if not wish.reason.strip():
            raise Refusal(reason(ReasonCode.NEEDS_REASON))
        return
    span = f"{hours.allowed_from:%H:%M}–{hours.allowed_to:%H:%M}"
    raise Refusal(reason(ReasonCode.OUTSIDE_HOURS, span=span))


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refusal(reason(ReasonCode.EMPTY_TEXT))
    if len(text) > MOST_CHARACTERS:
        raise Refusal(reason(ReasonCode.TEXT_TOO_LONG, characters=len(text), most=MOST_CHARACTERS))


def _check_voice(voice: str | None, bounds: Bounds) -> None:
    if voice is None or bounds.voices is None:
        return
    if voice not in bounds.voices:
        raise Refusal(reason(ReasonCode.UNKNOWN_VOICE, voice=voice, known=", ".join(bounds.voices)))


def _check_item(item: Item, bounds: Bounds) -> None:
    if item.kind not in AD_HOC_ITEMS:
        raise Refusal(reason(ReasonCode.LEVEL_NOT_ALLOWED, level=item.kind))
    for what, value, most in (("repeat", item.repeat, MOST_REPEATS), ("count", item.count, MOST_REPEATS)):
        if not 1 <= value <= most:
            raise Refusal(reason(ReasonCode.OUT_OF_BOUNDS, what=what, value=value, least=1, most=most))
    if not 0 <= item.pause_s <= 60:
        raise Refusal(reason(ReasonCode.OUT_OF_BOUNDS, what="pause_s", value=item.pause_s, least=0, most=60))
    if item.kind is ItemKind.TEXT:
        _check_text(item.name)
    if item.kind is ItemKind.RECORDING and not _is_file(_file(bounds.settings, item.name)):
        raise Refusal(reason(ReasonCode.UNKNOWN_FILE, file=item.name))
    _check_voice(item.voice, bounds)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, or in a folder that nobody may read
        return False


def _file(settings: Settings, name: str) -> Path:
    return settings.folder / name


# --- an announcement as an occurrence ----------------------------------------------------------------------------


def occurrence_of(request: Request, wish: Announce, settings: Settings) -> Occurrence:
    """What a `say` or `play` asks for."""
    expires = LateRule(kind=LateKind.PLAY, bound=timedelta(seconds=settings.request_expires_s))
    kind = ItemKind.TEXT if wish.kind is RequestKind.SAY else ItemKind.RECORDING
    # "Until 18:00" alone means: again and again until then.
    repeat = wish.repeat if wish.repeat is not None else (0 if wish.until else 1)
    return Occurrence(
        key=request_key(request.id),
        title=wish.title or _short(wish.content),
        planned_at=wish.at or request.asked_at,
        items=(Item(kind=kind, name=wish.content, voice=wish.voice),),
        level=wish.level,
        zones=wish.zones,
        max_minutes=REQUEST_MAX_MINUTES,
        late=settings.late if wish.at else expires,
        asked_by=request.asked_by,
        reason=wish.reason,
        request_id=request.id,
        repeat=repeat,
        until=wish.until,
    )


def _short(text: str) -> str:
    """A title out of a text."""
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1].rstrip() + "…"
