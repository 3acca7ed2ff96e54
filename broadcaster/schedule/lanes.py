"""Where a session is heard, and which sessions cannot be heard at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import time

from broadcaster.model import EVERYWHERE
from broadcaster.settings import Hours, ZoneSettings, heard_with

Zones = frozenset[str]
"""Real zone names, `tat_ca` resolved."""


class Lanes:
    """The station's zones: one lane each, with its hours and the lanes that share listeners with it."""

    def __init__(self, hours: Hours, zones: Sequence[ZoneSettings] = ()) -> None:
        """`hours`: the station's, for zones without their own. Without `zones` the station has one lane."""
        known = tuple(zones) or (ZoneSettings(name=EVERYWHERE),)
        self.names = tuple(zone.name for zone in known)
        self.all: Zones = frozenset(self.names)
        self._hours = hours
        self._own_hours = {zone.name: zone.hours for zone in known if zone.hours is not None}
        self._titles = {zone.name: zone.title or zone.name for zone in known}
        self._heard_with = heard_with(known)
        self._window: dict[Zones, tuple[float, float]] = {}
        self._reach: dict[Zones, Zones] = {}

    def of(self, zones: Iterable[str]) -> Zones:
        """The lanes of a session. A zone that the station does not have any more is a lane of its own."""
        named = frozenset(zones)
        return self.all if EVERYWHERE in named else named

    def hours(self, zone: str) -> Hours:
        """When it may be heard, and for how long a day."""
        return self._own_hours.get(zone, self._hours)

    def window_s(self, zones: Zones) -> tuple[float, float]:
        """The hours allowed in all of them, in seconds since midnight: latest opening, earliest closing."""
        window = self._window.get(zones)
        if window is None:
            hours = [self.hours(zone) for zone in zones]
            window = (
                max(seconds_of(one.allowed_from) for one in hours),
                min(seconds_of(one.allowed_to) for one in hours),
            )
            self._window[zones] = window
        return window

    def meet(self, some: Zones, others: Zones) -> bool:
        """Whether one voice in `some` and another in `others` would disturb each other."""
        reach = self._reach.get(some)
        if reach is None:
            reach = some.union(*(self._heard_with.get(zone, frozenset()) for zone in some))
            self._reach[some] = reach
        return not reach.isdisjoint(others)

    def in_order(self, zones: Zones) -> tuple[str, ...]:
        """As station.toml has them."""
        return (*(name for name in self.names if name in zones), *sorted(zones - self.all))

    def told(self, zones: Zones) -> str:
        """Their titles, or nothing when that is every zone: no need to say where."""
        if zones >= self.all:
            return ""
        return ", ".join(self._titles.get(name, name) for name in self.in_order(zones))


def seconds_of(at: time) -> float:
    """Seconds since midnight."""
    return at.hour * 3600 + at.minute * 60 + at.second
