"""Spans of whole local days."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from broadcaster.service.planned import day_bounds

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_a_span_of_days_includes_its_last_day() -> None:
    start, end = day_bounds(date(2026, 11, 25), date(2026, 11, 25), ZONE)
    assert start == datetime(2026, 11, 25, tzinfo=ZONE) and end == datetime(2026, 11, 26, tzinfo=ZONE)
    assert day_bounds(None, None, ZONE) == (None, None)
