"""What a running station says of itself (`station_status.py`): gathered by the loop after every step, so that a
question is answered from memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Occurrence
from broadcaster.playout import OnAir, OutputBank, Player
from broadcaster.settings import Settings
from broadcaster.station.diskwatch import IN_MEMORY
from broadcaster.station_status import (
    Condition,
    NextOccurrence,
    OnAirNow,
    OutputCondition,
    StationStatus,
    Waiting,
    ZoneStatus,
)


@dataclass(frozen=True, kw_only=True)
class StatusSources:
    """What the status is gathered from."""

    settings: Settings
    clock: Clock
    journal: Journal
    player: Player
    outputs: OutputBank
    started_at: datetime

    def status(self, *, trusted: bool, following: Occurrence | None, accepted: Sequence[Occurrence]) -> StationStatus:
        """The whole; times in the station's time zone. `accepted`: announcements that are not with playout yet."""
        tz = self.settings.tz
        now = self.clock.now().astimezone(tz)
        queue = [self._waiting(call.occurrence, "waiting") for call in self.player.waiting()]
        queue += [self._waiting(each, "rendering" if each.planned_at <= now else "planned") for each in accepted]
        names = self.settings.zone_names
        specs = dict.fromkeys(spec for name in names if (spec := self.outputs.spec_of(name)))
        health = self.outputs.health()
        return StationStatus(
            station=self.settings.name,
            now=now,
            clock_label=self.clock.label,
            clock_trusted=trusted,
            started_at=self.started_at.astimezone(tz),
            stop_latched=self.player.permission.stop_latched,
            journal=Condition(ok=False, text=IN_MEMORY) if self.journal.in_memory_why else Condition(ok=True),
            output=OutputCondition(spec=",".join(specs) or self.settings.output.spec, ok=health.ok, text=health.text),
            on_air=next((_on_air(each) for each in self.player.on_air), None),
            next=None
            if following is None
            else NextOccurrence(
                occurrence=following.key, title=following.title, at=following.planned_at.astimezone(tz)
            ),
            queue=tuple(queue),
            zones=tuple(self._zone(name) for name in names),
        )

    def _zone(self, name: str) -> ZoneStatus:
        on_air = next((each for each in self.player.on_air if name in each.heard_in), None)
        health = self.outputs.health_of(name)
        spec = self.outputs.spec_of(name) or self.settings.output_of(name)
        return ZoneStatus(
            zone=name,
            title=self.settings.zone(name).title,
            on_air=None if on_air is None else _on_air(on_air),
            stop_latched=self.player.permission.stopped(name),
            output=OutputCondition(spec=spec, ok=health.ok, text=health.text),
        )

    def _waiting(self, occurrence: Occurrence, state: str) -> Waiting:
        return Waiting(
            occurrence=occurrence.key,
            title=occurrence.title,
            level=occurrence.level,
            zones=occurrence.zones,
            planned_at=occurrence.planned_at.astimezone(self.settings.tz),
            asked_by=occurrence.asked_by,
            state=state,
        )


def _on_air(on_air: OnAir) -> OnAirNow:
    occurrence = on_air.strand.occurrence
    return OnAirNow(
        occurrence=occurrence.key,
        title=occurrence.title,
        item=on_air.item,
        cue=on_air.cue.id,
        level=occurrence.level,
        zones=tuple(sorted(on_air.heard_in)),
        position_s=round((on_air.start_frame + on_air.playback.frames_played) / STATION_RATE_HZ, 1),
        length_s=round(on_air.clip.duration_s, 1),
        state=on_air.playback.state,
    )
