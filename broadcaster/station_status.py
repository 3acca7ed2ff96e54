"""What a running station says of itself: written by the station's loop, read by every door.

On the way between the two processes texts stand in both languages; a door's JSON has one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broadcaster.errors import Words
from broadcaster.model import Level, OccurrenceKey, zones_of, zones_text

NOTHING = Words("", "")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Whether something is well."""

    ok: bool
    text: Words = NOTHING
    """What it is doing, or what is wrong."""


@dataclass(frozen=True, kw_only=True)
class OutputCondition(Condition):
    """An output, as the loudspeakers are fed now."""

    spec: str
    """The SPEC that is open, or else the one that should be."""


@dataclass(frozen=True, kw_only=True)
class OnAirNow:
    """What sounds in one zone or several."""

    occurrence: OccurrenceKey
    title: str
    """Of the occurrence."""
    item: str
    """The cue's label."""
    level: Level
    zones: tuple[str, ...]
    position_s: float
    length_s: float | None
    """None: a live source."""
    state: str
    """Of the playback."""
    cue: int | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What is on its way to the loudspeakers."""

    occurrence: OccurrenceKey
    title: str
    level: Level
    zones: tuple[str, ...]
    planned_at: datetime
    asked_by: str
    state: str
    """`waiting` (for its turn), `rendering` (being spoken) or `planned` (for its minute)."""


@dataclass(frozen=True, kw_only=True)
class NextOccurrence:
    """What the timetable plans next."""

    occurrence: OccurrenceKey
    title: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ZoneStatus:
    """One zone."""

    zone: str
    title: str
    on_air: OnAirNow | None
    stop_latched: bool
    output: OutputCondition


@dataclass(frozen=True, kw_only=True)
class StationStatus:
    """The whole. Times are aware."""

    station: str
    now: datetime
    clock_label: str
    clock_trusted: bool
    started_at: datetime
    stop_latched: bool
    """Everywhere; the zones tell of their own."""
    journal: Condition
    output: OutputCondition
    """Of the station as a whole: the first zone that is not well, else the first."""
    on_air: OnAirNow | None
    """The first that came on air."""
    next: NextOccurrence | None
    queue: tuple[Waiting, ...]
    """In the order of airing."""
    zones: tuple[ZoneStatus, ...]

    def as_json(self, lang: str | None = None) -> dict[str, Any]:
        """Keys as `status --json` has them; texts in one language, or (None) in both, as `from_json` reads them."""
        return {
            "station": self.station,
            "now": _iso(self.now),
            "clock": {"label": self.clock_label, "trusted": self.clock_trusted},
            "started_at": _iso(self.started_at),
            "stop_latched": self.stop_latched,
            "journal": _condition_json(self.journal, lang),
            "output": _condition_json(self.output, lang),
            "on_air": on_air_json(self.on_air),
            "next": self.next
            and {"occurrence": self.next.occurrence, "title": self.next.title, "at": _iso(self.next.at)},
            "queue": [waiting_json(one) for one in self.queue],
            "zones": [
                {
                    "zone": zone.zone,
                    "title": zone.title,
                    "on_air": on_air_json(zone.on_air),
                    "stop_latched": zone.stop_latched,
                    "output": _condition_json(zone.output, lang),
                }
                for zone in self.zones
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StationStatus:
        """The inverse of `as_json()`. Raises KeyError, ValueError or TypeError for what no station of ours says."""
        following = data["next"]
        return cls(
            station=data["station"],
            now=datetime.fromisoformat(data["now"]),
            clock_label=data["clock"]["label"],
            clock_trusted=data["clock"]["trusted"],
            started_at=datetime.fromisoformat(data["started_at"]),
            stop_latched=data["stop_latched"],
            journal=Condition(ok=data["journal"]["ok"], text=_words(data["journal"])),
            output=_output(data["output"]),
            on_air=_on_air(data["on_air"]),
            next=following
            and NextOccurrence(
                occurrence=OccurrenceKey(following["occurrence"]),
                title=following["title"],
                at=datetime.fromisoformat(following["at"]),
            ),
            queue=tuple(_waiting(one) for one in data["queue"]),
            zones=tuple(
                ZoneStatus(
                    zone=zone["zone"],
                    title=zone["title"],
                    on_air=_on_air(zone["on_air"]),
                    stop_latched=zone["stop_latched"],
                    output=_output(zone["output"]),
                )
                for zone in data["zones"]
            ),
        )


def on_air_json(on_air: OnAirNow | None) -> dict[str, Any] | None:
    """What is on air, for programs."""
    if on_air is None:
        return None
    return {
        "occurrence": on_air.occurrence,
        "title": on_air.title,
        "item": on_air.item,
        "level": on_air.level,
        "position_s": round(on_air.position_s, 1),
        "length_s": None if on_air.length_s is None else round(on_air.length_s, 1),
        "state": on_air.state,
        "zone": zones_text(on_air.zones),
        "cue": on_air.cue,
    }


def waiting_json(waiting: Waiting) -> dict[str, Any]:
    """One entry of the queue, for programs."""
    return {
        "occurrence": waiting.occurrence,
        "title": waiting.title,
        "level": waiting.level,
        "planned_at": _iso(waiting.planned_at),
        "asked_by": waiting.asked_by,
        "state": waiting.state,
        "zone": zones_text(waiting.zones),
    }


def _on_air(data: Mapping[str, Any] | None) -> OnAirNow | None:
    if data is None:
        return None
    return OnAirNow(
        occurrence=OccurrenceKey(data["occurrence"]),
        title=data["title"],
        item=data["item"],
        level=Level(data["level"]),
        zones=zones_of(data["zone"]),
        position_s=data["position_s"],
        length_s=data["length_s"],
        state=data["state"],
        cue=data["cue"],
    )


def _waiting(data: Mapping[str, Any]) -> Waiting:
    return Waiting(
        occurrence=OccurrenceKey(data["occurrence"]),
        title=data["title"],
        level=Level(data["level"]),
        zones=zones_of(data["zone"]),
        planned_at=datetime.fromisoformat(data["planned_at"]),
        asked_by=data["asked_by"],
        state=data["state"],
    )


def _condition_json(condition: Condition, lang: str | None) -> dict[str, Any]:
    spec = {"spec": condition.spec} if isinstance(condition, OutputCondition) else {}
    both = {"vi": condition.text.vi, "en": condition.text.en}
    return {**spec, "ok": condition.ok, "text": both if lang is None else condition.text.text(lang)}


def _output(data: Mapping[str, Any]) -> OutputCondition:
    return OutputCondition(spec=data["spec"], ok=data["ok"], text=_words(data))


def _words(data: Mapping[str, Any]) -> Words:
    return Words(**data["text"])


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
