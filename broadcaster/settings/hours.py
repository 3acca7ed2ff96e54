"""When the station, or one of its zones, may be heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from broadcaster.errors import Words
from broadcaster.tomlfile import Table


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The gate's bounds."""

    allowed_from: time = time(5, 0)
    allowed_to: time = time(21, 0)
    daily_max_minutes: float = 240.0
    """All airing of one day together, khan_cap not counted."""

    def covers(self, other: Hours) -> bool:
        """Whether all of `other`'s allowed hours are allowed here too."""
        return self.allowed_from <= other.allowed_from and other.allowed_to <= self.allowed_to


HOURS_KEYS = ("allowed_from", "allowed_to", "daily_max_minutes")
"""What `read_hours` reads of a table."""


def read_hours(table: Table, default: Hours) -> Hours:
    """Read `HOURS_KEYS` of a table. Raises SettingsError."""
    start = table.clock_time("allowed_from", default.allowed_from)
    end = table.clock_time("allowed_to", default.allowed_to)
    assert start is not None and end is not None
    if start >= end:
        raise table.fail(
            "allowed_to" if "allowed_to" in table.data else "allowed_from",
            Words("giờ kết thúc phải sau giờ bắt đầu (allowed_from)", "allowed_to must be after allowed_from"),
        )
    minutes = table.number("daily_max_minutes", default.daily_max_minutes, 1, 1440, "phút")
    return Hours(allowed_from=start, allowed_to=end, daily_max_minutes=minutes)
