"""Times and days as people type them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from broadcaster.cli.moments import read_day, read_moment
from broadcaster.errors import UsageError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("17:30", datetime(2026, 11, 25, 17, 30, tzinfo=ZONE)),
        ("9:05", datetime(2026, 11, 25, 9, 5, tzinfo=ZONE)),
        ("17h30", datetime(2026, 11, 25, 17, 30, tzinfo=ZONE)),
        ("2026-11-26 05:30", datetime(2026, 11, 26, 5, 30, tzinfo=ZONE)),
        ("2026-11-26T05:30:10+07:00", datetime(2026, 11, 26, 5, 30, 10, tzinfo=ZONE)),
        ("+10m", datetime(2026, 11, 25, 9, 10, tzinfo=ZONE)),
        ("+90s", datetime(2026, 11, 25, 9, 1, 30, tzinfo=ZONE)),
    ],
)
def test_a_time_to_air(written: str, expected: datetime) -> None:
    assert read_moment(written, NOW, ZONE) == expected


@pytest.mark.parametrize("written", ["", "mai", "25:00", "17:3", "2026-11-26", "+10", "+m", "10m"])
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(UsageError, match="17:30"):
        read_moment(written, NOW, ZONE)


def test_a_time_of_today_that_has_passed_is_not_taken_for_tomorrows() -> None:
    with pytest.raises(UsageError, match="đã qua"):
        read_moment("08:59", NOW, ZONE)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("1/12/2026", date(2026, 12, 1)),
        ("01/12", date(2026, 12, 1)),
        ("hôm nay", date(2026, 11, 25)),
        ("Ngày mai", date(2026, 11, 26)),
        ("yesterday", date(2026, 11, 24)),
    ],
)
def test_a_day(written: str, expected: date) -> None:
    assert read_day(written, NOW, ZONE) == expected


@pytest.mark.parametrize("written", ["", "32/1", "2026-13-01", "thứ hai"])
def test_what_is_no_day(written: str) -> None:
    with pytest.raises(UsageError):
        read_day(written, NOW, ZONE)
