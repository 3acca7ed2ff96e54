"""The condition of a station: what it says of itself, and what can be seen without it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.errors import StationStateError
from broadcaster.live_record import LiveEntry, LiveRecord, read_live
from broadcaster.model import Occurrence
from broadcaster.service.door import not_answering, not_running, status_of
from broadcaster.service.planned import occurrences_between
from broadcaster.service.voices import EngineState, engines
from broadcaster.settings import Settings
from broadcaster.station.address import Holder
from broadcaster.station.lock import running
from broadcaster.station_status import OnAirNow, StationStatus

NEXT_SESSIONS = 3
NEXT_WITHIN = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class CacheState:
    """The rendered audio."""

    entries: int
    bytes: int
    max_bytes: int


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Everything `status` shows."""

    holder: Holder | None
    """Who runs the station; None: nobody."""
    own: StationStatus | None
    """What the station says of itself, positions as fresh as its live record; None: it does not answer."""
    engines: tuple[EngineState, ...]
    disk_free_bytes: int
    cache: CacheState
    next_sessions: tuple[Occurrence, ...]

    @property
    def problem(self) -> StationStateError | None:
        """A station that hangs; None: it answers, or none runs."""
        return not_answering(self.holder) if self.holder is not None and self.own is None else None


def condition(settings: Settings, clock: Clock) -> Condition:
    """Look at everything."""
    from broadcaster.audio import Cache

    holder = running(settings.lock_path)
    own = status_of(holder) if holder is not None else None
    cache = Cache(settings.cache_dir, settings.cache_max_mb).info()
    now = own.now if own is not None else clock.now()
    return Condition(
        holder=holder,
        own=None if own is None else with_live_positions(own, read_live(settings.folder)),
        engines=engines(settings),
        disk_free_bytes=shutil.disk_usage(settings.folder).free,
        cache=CacheState(entries=cache.entries, bytes=cache.bytes, max_bytes=cache.max_bytes),
        next_sessions=_next_sessions(settings, now),
    )


def station_status(settings: Settings) -> StationStatus:
    """What the running station says of itself. Raises StationStateError when none runs or it does not answer."""
    holder = running(settings.lock_path)
    if holder is None:
        raise not_running(settings)
    own = status_of(holder)
    if own is None:
        raise not_answering(holder)
    return with_live_positions(own, read_live(settings.folder))


def with_live_positions(status: StationStatus, live: LiveRecord | None) -> StationStatus:
    """The status with the positions of the live record, where it speaks of the same playback: it is fresher."""
    if live is None:
        return status
    zones = tuple(replace(zone, on_air=_fresher(zone.on_air, live.of(zone.zone))) for zone in status.zones)
    first = status.on_air
    if first is not None:
        same = (zone.on_air for zone in zones if zone.on_air and _is_same(zone.on_air, first))
        first = next(same, first)
    return replace(status, zones=zones, on_air=first)


def _fresher(on_air: OnAirNow | None, entry: LiveEntry | None) -> OnAirNow | None:
    if on_air is None or entry is None or (entry.occurrence, entry.item) != (on_air.occurrence, on_air.item):
        return on_air
    return replace(on_air, position_s=max(on_air.position_s, entry.position_s))


def _is_same(one: OnAirNow, other: OnAirNow) -> bool:
    return (one.occurrence, one.item) == (other.occurrence, other.item)


def _next_sessions(settings: Settings, now: datetime) -> tuple[Occurrence, ...]:
    return tuple(occurrences_between(settings, now, now + NEXT_WITHIN)[:NEXT_SESSIONS])
