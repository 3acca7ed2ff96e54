"""A group of loudspeakers (*cụm loa*) as station.toml describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadcaster.settings.hours import Hours


@dataclass(frozen=True, kw_only=True)
class ZoneSettings:
    """One zone: a `[zone.NAME]` table, or a name of `[output] zones`."""

    name: str
    """As timetables, commands and the journal call it."""
    title: str = ""
    """As people call it, e.g. "Thôn Đông"."""
    output: str = ""
    """The output SPEC; empty: that of `[output] spec`."""
    channels: tuple[int, ...] = ()
    """Channels of the output, counted from 0 (people count from 1 in station.toml); empty: every channel."""
    spare: str = ""
    """SPEC of the output that stands in when the zone's is lost; empty: as `[output] spare` says."""
    gain_db: float = 0.0
    """Added to every sound in this zone."""
    hours: Hours | None = None
    """Its own allowed hours and daily minutes, within the station's; None: the station's."""
    heard_in: tuple[str, ...] = ()
    """Names of zones in whose area it can be heard too. One of the two saying so is enough."""


def zones_in_order(names: tuple[str, ...]) -> tuple[ZoneSettings, ...]:
    """The short form: zone number n has channel number n of the station's output, a single zone every channel."""
    if len(names) == 1:
        return (ZoneSettings(name=names[0], title=names[0]),)
    return tuple(ZoneSettings(name=name, title=name, channels=(channel,)) for channel, name in enumerate(names))


def heard_with(zones: Sequence[ZoneSettings]) -> Mapping[str, frozenset[str]]:
    """For each zone the other zones that share listeners with it, whichever of the two says so."""
    return {
        zone.name: frozenset(
            other.name
            for other in zones
            if other is not zone and (other.name in zone.heard_in or zone.name in other.heard_in)
        )
        for zone in zones
    }
