"""Which channels of an output belong to a zone, a group of loudspeakers (*cụm loa*)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from broadcaster.errors import Words

EVERYWHERE = "tat_ca"
"""The one zone of a station without zones."""


@dataclass(frozen=True, kw_only=True)
class ZoneRoute:
    """How a zone's sound leaves an output."""

    channels: tuple[int, ...] = ()
    """Channel numbers, counted from 0; empty: every channel of the output."""
    gain_db: float = 0.0
    """Added to the level of everything that is heard there, in decibels."""


Zones = Mapping[str, ZoneRoute]
"""The zones of one output by name, in channel order."""

ONE_ZONE: Zones = MappingProxyType({EVERYWHERE: ZoneRoute()})
"""An output that is one zone: every channel carries the same."""


def zone_routes(names: Iterable[str]) -> Zones:
    """The short form of station.toml: zone i has channel i; a single zone has every channel."""
    names = tuple(names)
    if len(names) <= 1:
        return {name: ZoneRoute() for name in names or (EVERYWHERE,)}
    return {name: ZoneRoute(channels=(channel,)) for channel, name in enumerate(names)}


def channels_needed(zones: Zones) -> int:
    """Channels an output must have; 0: as many as it has."""
    return max((channel + 1 for route in zones.values() for channel in route.channels), default=0)


def unknown_zone(asked: Collection[str], zones: Zones) -> Words | None:
    """Why a job for the zones `asked` cannot be played on an output with `zones`; None when it can.

    Playing it everywhere could wake the wrong village, playing it nowhere must be said.
    """
    unknown = [zone for zone in asked if zone not in zones]
    if not unknown:
        return None
    named, known = ", ".join(unknown), ", ".join(zones)
    return Words(f"không có cụm loa «{named}»; đầu ra này có: {known}", f"no zone '{named}'; this output has: {known}")
