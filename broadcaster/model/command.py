"""What a door may ask of the station: typed commands, and the rows that carry them.

A door builds one of these and writes its `payload`; the station parses the row again (`station/commands.py`), whoever
wrote it, and checks every bound.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from broadcaster.model.keys import EVERYWHERE, OccurrenceKey
from broadcaster.model.ladder import Level
from broadcaster.model.rundown import item_as_json
from broadcaster.model.timetable import Item


class RequestKind(enum.StrEnum):
    """What is asked."""

    SAY = "say"
    PLAY = "play"
    STOP = "stop"
    RESUME = "resume"
    SKIP = "skip"
    CANCEL = "cancel"
    RUNDOWN_DROP = "rundown_drop"
    RUNDOWN_INSERT = "rundown_insert"
    RUNDOWN_MOVE = "rundown_move"
    RUNDOWN_REPLACE = "rundown_replace"


class CommandResult(enum.StrEnum):
    """How a command ended. What was aired of an announcement is told by its occurrence."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    """Understood and allowed, but there was nothing on air, nothing waiting, no such cue."""
    REFUSED = "refused"
    """Against a bound: unknown zone or voice, a time outside the hours, a level it may not have."""
    EXPIRED = "expired"
    """The station saw it too late."""
    FAILED = "failed"
    """It was tried and did not succeed, or the row could not be read."""


class Place(enum.StrEnum):
    """Where an occurrence may break in (`--after`)."""

    NOW = "now"
    """Cuts what is less urgent."""
    ITEM = "item"
    """After the item on air."""
    SESSION = "session"
    """After the session on air."""


@dataclass(frozen=True, kw_only=True)
class Announce:
    """`say` (a text) or `play` (a recording)."""

    kind: RequestKind
    """SAY or PLAY."""
    content: str
    """The text, or the file's path (absolute, or relative to the station)."""
    title: str = ""
    """Empty: the beginning of the text."""
    level: Level = Level.THONG_THUONG
    zones: tuple[str, ...] = (EVERYWHERE,)
    voice: str | None = None
    repeat: int | None = None
    """Times the whole is played; 0: until cancelled; None: once, or with `until` again and again until then."""
    at: datetime | None = None
    """When; None: at once."""
    until: datetime | None = None
    """No round begins at or after this moment."""
    reason: str = ""
    after: Place | None = None

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        name = "text" if self.kind is RequestKind.SAY else "file"
        optional = {
            "title": self.title or None,
            "voice": self.voice,
            "repeat": self.repeat,
            "at": self.at.isoformat() if self.at else None,
            "until": self.until.isoformat() if self.until else None,
            "reason": self.reason or None,
            "after": self.after,
        }
        told = {key: value for key, value in optional.items() if value is not None}
        return {name: self.content, "level": self.level, "zones": list(self.zones), **told}


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Silence, latched."""

    kind: ClassVar = RequestKind.STOP
    zones: tuple[str, ...] = (EVERYWHERE,)

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"zones": list(self.zones)}


@dataclass(frozen=True, kw_only=True)
class Resume:
    """Lift a STOP."""

    kind: ClassVar = RequestKind.RESUME
    zones: tuple[str, ...] = (EVERYWHERE,)
    clock: bool = False
    """Also: the machine's clock is right, whatever the journal has seen."""

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"zones": list(self.zones), "clock": self.clock}


@dataclass(frozen=True, kw_only=True)
class Skip:
    """End what is on air in these zones; its session goes on with the next cue."""

    kind: ClassVar = RequestKind.SKIP
    zones: tuple[str, ...] = (EVERYWHERE,)

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"zones": list(self.zones)}


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Take one occurrence out, planned, waiting or on air."""

    kind: ClassVar = RequestKind.CANCEL
    target: str
    """Number of a request, key of an occurrence, or `khan_cap` for every emergency."""

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"id": self.target}


@dataclass(frozen=True, kw_only=True)
class DropCue:
    """Take a cue out of a rundown before it begins."""

    kind: ClassVar = RequestKind.RUNDOWN_DROP
    cue: int
    reason: str = ""

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"cue": self.cue, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class InsertCue:
    """Put an item into a rundown."""

    kind: ClassVar = RequestKind.RUNDOWN_INSERT
    occurrence: OccurrenceKey
    item: Item
    before: int | None = None
    """Id of the cue before which it stands; None: at the end."""
    reason: str = ""

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        item = item_as_json(self.item)
        return {"occurrence": self.occurrence, "item": item, "before": self.before, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class MoveCue:
    """Change a cue's place, within its occurrence or to another one of today or tomorrow."""

    kind: ClassVar = RequestKind.RUNDOWN_MOVE
    cue: int
    before: int | None = None
    """Id of the cue before which it stands; None: at the end of `occurrence`."""
    occurrence: OccurrenceKey | None = None
    """None: where it is."""
    reason: str = ""

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"cue": self.cue, "before": self.before, "occurrence": self.occurrence, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class ReplaceCue:
    """Another item in a cue's place."""

    kind: ClassVar = RequestKind.RUNDOWN_REPLACE
    cue: int
    item: Item
    reason: str = ""

    def payload(self) -> dict[str, Any]:
        """As it is written into the row."""
        return {"cue": self.cue, "item": item_as_json(self.item), "reason": self.reason}


Command = Announce | Stop | Resume | Skip | Cancel | DropCue | InsertCue | MoveCue | ReplaceCue
RundownChange = DropCue | InsertCue | MoveCue | ReplaceCue


@dataclass(frozen=True, kw_only=True)
class Request:
    """One row of the journal's requests: appended by a door, acted on by the running station. Not yet to be trusted."""

    id: int
    kind: str
    """A RequestKind, if one of our doors wrote it."""
    asked_at: datetime
    asked_by: str
    payload: str
    """JSON, as written."""
