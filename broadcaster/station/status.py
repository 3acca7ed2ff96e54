"""What a running station says of itself: the document behind `status --json` and `queue`. Prepared by the loop after
every step, so that a question is answered from memory. Sentences are in both languages; doors choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Occurrence, zones_text
from broadcaster.playout import OnAir, OutputBank, Player
from broadcaster.settings import Settings
from broadcaster.station.diskwatch import IN_MEMORY

NOTHING = Words("", "")


@dataclass(frozen=True, kw_only=True)
class StatusSources:
    """What the document is made of."""

    settings: Settings
    clock: Clock
    journal: Journal
    player: Player
    outputs: OutputBank
    started_at: datetime


def status_document(
    sources: StatusSources, *, trusted: bool, following: Occurrence | None, accepted: Sequence[Occurrence]
) -> dict[str, Any]:
    """The whole status; times are ISO 8601 in the station's time zone, durations seconds, sentences {"vi", "en"}."""
    tz = sources.settings.tz
    now = sources.clock.now()
    in_memory = bool(sources.journal.in_memory_why)
    player = sources.player
    health = sources.outputs.health()
    queue = [_waiting(call.occurrence, "waiting", tz) for call in player.waiting()]
    for occurrence in accepted:
        queue.append(_waiting(occurrence, "rendering" if occurrence.planned_at <= now else "planned", tz))
    names = sources.settings.zone_names
    specs = dict.fromkeys(spec for name in names if (spec := sources.outputs.spec_of(name)))
    return {
        "station": sources.settings.name,
        "now": _iso(now, tz),
        "clock": {"label": sources.clock.label, "trusted": trusted},
        "started_at": _iso(sources.started_at, tz),
        "stop_latched": player.permission.stop_latched,
        "journal": {"ok": not in_memory, "text": _both(IN_MEMORY if in_memory else NOTHING)},
        "output": {
            "spec": ",".join(specs) or sources.settings.output.spec,
            "ok": health.ok,
            "text": _both(health.text),
        },
        "on_air": next((_on_air(each) for each in player.on_air), None),
        "zones": [_zone(name, sources) for name in names],
        "next": following
        and {"occurrence": following.key, "title": following.title, "at": _iso(following.planned_at, tz)},
        "queue": queue,
    }


def _zone(name: str, sources: StatusSources) -> dict[str, Any]:
    player = sources.player
    on_air = next((each for each in player.on_air if name in each.heard_in), None)
    health = sources.outputs.health_of(name)
    return {
        "zone": name,
        "title": sources.settings.zone(name).title,
        "on_air": None if on_air is None else _on_air(on_air),
        "stop_latched": player.permission.stopped(name),
        "output": {"spec": sources.outputs.spec_of(name), "ok": health.ok, "text": _both(health.text)},
    }


def _on_air(on_air: OnAir) -> dict[str, Any]:
    occurrence = on_air.strand.occurrence
    return {
        "occurrence": occurrence.key,
        "title": occurrence.title,
        "item": on_air.item,
        "cue": on_air.cue.id,
        "level": occurrence.level,
        "zone": zones_text(sorted(on_air.heard_in)),
        "position_s": round(on_air.playback.frames_played / STATION_RATE_HZ, 1),
        "length_s": round(on_air.clip.duration_s, 1),
        "state": on_air.playback.state,
    }


def _waiting(occurrence: Occurrence, state: str, tz: ZoneInfo) -> dict[str, Any]:
    return {
        "occurrence": occurrence.key,
        "title": occurrence.title,
        "level": occurrence.level,
        "zone": zones_text(occurrence.zones),
        "planned_at": _iso(occurrence.planned_at, tz),
        "asked_by": occurrence.asked_by,
        "state": state,
    }


def _both(words: Words) -> dict[str, str]:
    return {"vi": words.vi, "en": words.en}


def _iso(moment: datetime, tz: ZoneInfo) -> str:
    return moment.astimezone(tz).isoformat(timespec="seconds")
