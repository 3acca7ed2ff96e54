"""The span a report covers: a week (Monday to Sunday), a month or a quarter of the calendar."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_QUARTERS = ("I", "II", "III", "IV")


class PeriodKind(enum.StrEnum):
    """How long."""

    WEEK = "week"
    """Monday to Sunday: how the sổ nhật ký is kept."""
    MONTH = "month"
    QUARTER = "quarter"
    """Three months from January, April, July or October."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """Whole local days."""

    kind: PeriodKind
    first: date
    last: date
    """Included."""

    @property
    def title(self) -> str:
        """As a heading of an office document says it."""
        match self.kind:
            case PeriodKind.WEEK:
                return f"Tuần từ ngày {self.first:%d/%m/%Y} đến ngày {self.last:%d/%m/%Y}"
            case PeriodKind.MONTH:
                return f"Tháng {self.first.month} năm {self.first.year}"
            case PeriodKind.QUARTER:
                return f"Quý {_QUARTERS[(self.first.month - 1) // 3]} năm {self.first.year}"

    def days(self) -> Iterator[date]:
        """Every day, in order."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def bounds(self, tz: ZoneInfo) -> tuple[datetime, datetime]:
        """The moments [start, end)."""
        return (
            datetime.combine(self.first, time(), tz),
            datetime.combine(self.last + timedelta(days=1), time(), tz),
        )


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of that kind that holds `day`."""
    if kind is PeriodKind.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(kind=kind, first=first, last=first + timedelta(days=6))
    months = 1 if kind is PeriodKind.MONTH else 3
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    after = first.month + months
    following = date(first.year + 1, after - 12, 1) if after > 12 else date(first.year, after, 1)
    return Period(kind=kind, first=first, last=following - timedelta(days=1))
