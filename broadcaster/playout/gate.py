"""The last thing before the loudspeaker. No schedule, catch-up or clock passes it (DESIGN.md §4).

On 5 December 2025 a mis-set timer woke a commune at 3:15 a.m. Only `khan_cap` passes the hours, and it needs a reason.
Pure: facts in, a refusal or nothing out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.model import Level
from broadcaster.settings import Hours


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What the gate is told about one item that wants to air."""

    now: datetime
    level: Level
    length_s: float
    """How long it would still play."""
    aired_today_s: float
    """Sound of this local day so far, emergencies not counted."""
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
    """The station's bounds."""

    hours: Hours
    tz: ZoneInfo

    def refusal(self, facts: GateFacts) -> str | None:
        """Why this must not air now, in one Vietnamese line; None: it may."""
        if facts.stop_latched:
            return "đang có lệnh DỪNG, chưa được phát lại"
        if not facts.approved:
            return "chưa được lãnh đạo duyệt đúng bản thu này"
        if facts.level is Level.KHAN_CAP:
            if self.outside(facts.now) and not facts.reason.strip():
                return "phát khẩn cấp ngoài giờ cho phép phải ghi lý do"
            return None
        if not facts.clock_trusted:
            return "đồng hồ máy chưa tin được (sớm hơn giờ đã ghi trong nhật ký)"
        if self.outside(facts.now):
            return f"ngoài giờ cho phép ({self._span()})"
        if facts.now + timedelta(seconds=facts.length_s) > self.closing(facts.now):
            return f"sẽ kéo dài quá giờ cho phép ({self._span()})"
        if facts.used_s >= facts.max_minutes * 60:
            return f"đã đủ {facts.max_minutes:g} phút tối đa của phiên"
        if facts.aired_today_s + facts.length_s > self.hours.daily_max_minutes * 60:
            return f"vượt {self.hours.daily_max_minutes:g} phút tối đa của một ngày"
        return None

    def outside(self, now: datetime) -> bool:
        """Whether `now` lies outside the allowed hours; the closing minute itself is outside."""
        local = now.astimezone(self.tz).time()
        return not self.hours.allowed_from <= local < self.hours.allowed_to

    def closing(self, now: datetime) -> datetime:
        """The end of today's allowed hours."""
        return datetime.combine(now.astimezone(self.tz).date(), self.hours.allowed_to, self.tz)

    def day_of(self, now: datetime) -> tuple[datetime, datetime]:
        """The local day that holds `now`, as [start, end)."""
        start = now.astimezone(self.tz).replace(hour=0, minute=0, second=0, microsecond=0)
        return start, start + timedelta(days=1)

    def _span(self) -> str:
        return f"{self.hours.allowed_from:%H:%M}–{self.hours.allowed_to:%H:%M}"
