"""The rundown: what an occurrence consists of, resolved once when it is planned, and stored."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from broadcaster.model.keys import OccurrenceKey, ScriptId
from broadcaster.model.timetable import Item, ItemKind, LateKind, LateRule
from broadcaster.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class RenderRequest:
    """One clip to be made: everything about it that the station's settings do not say. Hashable."""

    kind: ItemKind
    """TOPIC does not occur: it has been expanded to scripts."""
    title: str
    text: str = ""
    """As written, placeholders already filled; spoken first, when there is any."""
    script: ScriptId | None = None
    recordings: tuple[Path, ...] = ()
    """Sound files, in order, after the text."""
    voice: str | None = None
    """"engine:voice", a voice's name, or None for the station's."""
    chime: bool = False
    """The station's chime first."""
    pause_s: float = 0.0
    """Silence at the end; for PAUSE the whole clip."""
    repeat: int = 1
    """How often text and recordings are heard, the chime once."""
    urgent: bool = False
    """Lives may depend on it: no waiting for a better voice on the network. Does not change the sound."""

    def as_json(self) -> dict[str, Any]:
        """For the journal."""
        return {
            "kind": self.kind,
            "title": self.title,
            "text": self.text,
            "script": self.script,
            "recordings": [str(path) for path in self.recordings],
            "voice": self.voice,
            "chime": self.chime,
            "pause_s": self.pause_s,
            "repeat": self.repeat,
            "urgent": self.urgent,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RenderRequest:
        """The inverse of `as_json`."""
        recordings = tuple(Path(path) for path in data["recordings"])
        return cls(**{**data, "kind": ItemKind(data["kind"]), "recordings": recordings})


class CueState(enum.StrEnum):
    """Where a cue is on its way."""

    WAITING = "waiting"
    """Nothing of it has been on air: it may still be changed."""
    BEGUN = "begun"
    """It has been on air; more of it may follow (after a cut, or in the next round)."""
    ENDED = "ended"
    """It has its verdict."""
    REMOVED = "removed"
    """Taken out of the rundown before it began."""


@dataclass(frozen=True, kw_only=True)
class CueDraft:
    """One line of a rundown as the studio resolves it, before the journal gives it its id."""

    item: Item
    """The line of the timetable or request that it comes from; its `late` and `resume` rules count."""
    name: str
    """Short name for the log book, e.g. `dich_vu_cong`."""
    title: str
    request: RenderRequest | None = None
    """The clip to play; None: `problem` says why there is none, or `item` is live."""
    problem: Reason | None = None
    script: ScriptId | None = None
    """The script asked for, also when it could not be had."""
    added_by: str = ""
    """Who put it into the rundown by hand; empty: it comes from the timetable or the request."""

    @property
    def source(self) -> tuple[object, ...]:
        """What a re-plan recognises the cue by: the item it comes from and, for topics, the script dealt."""
        item = self.item
        return (
            item.kind,
            item.name,
            self.script if item.kind is ItemKind.TOPIC else "",
            item.joined_from,
            self.added_by,
        )


@dataclass(frozen=True, kw_only=True)
class Cue(CueDraft):
    """One line of a stored rundown."""

    id: int
    """Given once by the journal; survives edits, restarts and re-planning."""
    occurrence: OccurrenceKey
    position: int
    """Place in the rundown, 1-based; changes when something is put in front."""
    label: str
    """Name in rows (`item`): the number it was given and its name, e.g. `02-dich_vu_cong`. Never changes."""
    state: CueState = CueState.WAITING
    moved_by: str = ""
    """Who gave it its place by hand; empty: nobody."""


@dataclass(frozen=True, kw_only=True)
class Rundown:
    """Everything an occurrence consists of, in order, without what was removed."""

    occurrence: OccurrenceKey
    cues: tuple[Cue, ...]

    def cue(self, cue_id: int) -> Cue | None:
        """One cue, or None."""
        return next((cue for cue in self.cues if cue.id == cue_id), None)


def item_as_json(item: Item) -> dict[str, Any]:
    """An item for the journal."""
    late = None if item.late is None else {"kind": item.late.kind, "bound_s": item.late.bound.total_seconds()}
    return {
        "kind": item.kind,
        "name": item.name,
        "count": item.count,
        "pause_s": item.pause_s,
        "voice": item.voice,
        "repeat": item.repeat,
        "late": late,
        "resume": item.resume,
        "joined_from": item.joined_from,
    }


def item_from_json(data: Mapping[str, Any]) -> Item:
    """The inverse of `item_as_json`."""
    late = data["late"]
    rule = None if late is None else LateRule(kind=LateKind(late["kind"]), bound=timedelta(seconds=late["bound_s"]))
    return Item(**{**data, "kind": ItemKind(data["kind"]), "late": rule})
