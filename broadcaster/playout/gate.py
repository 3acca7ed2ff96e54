"""The last thing before the loudspeaker. No schedule, catch-up, clock or door passes it (DESIGN.md §5).

On 5 December 2025 a mis-set timer woke a commune at 3:15 a.m. Only `khan_cap` passes the hours, and it needs a reason.
Pure: facts about one zone in, a refusal or nothing out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.model import Level
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.settings import Hours


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What the gate is told about one cue that wants to air in one zone."""

    zone: str
    now: datetime
    level: Level
    length_s: float
    """How long it would still play; 0 for a live source, which is ended when its time is over."""
    aired_today_s: float
    """Sound of this local day in the zone so far, emergencies not counted."""
    used_s: float
    """Sound of this occurrence so far."""
    max_minutes: float
    """The occurrence's bound."""
    stop_latched: bool
    clock_trusted: bool
    approved: bool
    reason: str
    """Why it was asked for."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The bounds of the station and of its zones; a zone's own bounds hold beside the station's."""

    hours: Hours
    tz: ZoneInfo
    zone_hours: Mapping[str, Hours] = field(default_factory=dict)
    """Zones with hours of their own."""

    def refusal(self, facts: GateFacts) -> Reason | None:
        """Why this must not air there now; None: it may."""
        if facts.stop_latched:
            return reason(ReasonCode.STOP_LATCHED)
        if not facts.approved:
            return reason(ReasonCode.NOT_APPROVED)
        outside = self.hours_against(facts.now, facts.zone)
        if facts.level is Level.KHAN_CAP:
            return reason(ReasonCode.NEEDS_REASON) if outside and not facts.reason.strip() else None
        if not facts.clock_trusted:
            return reason(ReasonCode.CLOCK_NOT_TRUSTED)
        if outside is not None:
            return reason(ReasonCode.OUTSIDE_HOURS, span=_span(outside))
        end = facts.now + timedelta(seconds=facts.length_s)
        for hours in self._hours_of(facts.zone):
            if end > self._closing(facts.now, hours):
                return reason(ReasonCode.RUNS_PAST_HOURS, span=_span(hours))
        if facts.used_s >= facts.max_minutes * 60:
            return reason(ReasonCode.SESSION_FULL, minutes=facts.max_minutes)
        most = min(hours.daily_max_minutes for hours in self._hours_of(facts.zone))
        if facts.aired_today_s + facts.length_s > most * 60:
            return reason(ReasonCode.DAY_FULL, minutes=most)
        return None

    def hours_against(self, now: datetime, zone: str = "") -> Hours | None:
        """The hours that `now` lies outside of; None: it lies within all that hold in the zone ("": the station's).

        The closing minute itself is outside.
        """
        local = now.astimezone(self.tz).time()
        for hours in self._hours_of(zone):
            if not hours.allowed_from <= local < hours.allowed_to:
                return hours
        return None

    def outside(self, now: datetime, zone: str = "") -> bool:
        """Whether `now` lies outside the allowed hours."""
        return self.hours_against(now, zone) is not None

    def closing(self, now: datetime, zone: str = "") -> datetime:
        """The end of today's allowed hours."""
        return min(self._closing(now, hours) for hours in self._hours_of(zone))

    def day_of(self, now: datetime) -> tuple[datetime, datetime]:
        """The local day that holds `now`, as [start, end)."""
        start = now.astimezone(self.tz).replace(hour=0, minute=0, second=0, microsecond=0)
        return start, start + timedelta(days=1)

    def _hours_of(self, zone: str) -> tuple[Hours, ...]:
        own = self.zone_hours.get(zone)
        return (self.hours,) if own is None else (self.hours, own)

    def _closing(self, now: datetime, hours: Hours) -> datetime:
        return datetime.combine(now.astimezone(self.tz).date(), hours.allowed_to, self.tz)


def _span(hours: Hours) -> str:
    return f"{hours.allowed_from:%H:%M}–{hours.allowed_to:%H:%M}"
