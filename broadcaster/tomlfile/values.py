"""Parses dates and times of day as people write them in Viet Nam, in TOML or in quotes."""

from __future__ import annotations

import re
from datetime import date, datetime, time


def as_day(value: object) -> date:
    """A date from TOML or from a Vietnamese or ISO string. Raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*", value)
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
        if re.fullmatch(r"\s*\d{4}-\d{2}-\d{2}\s*", value):
            return date.fromisoformat(value.strip())
    raise ValueError(f"not a date: {value!r}")


def as_time(value: object) -> time:
    """A time of day from TOML or from "05:30", "05:30:15", "5h30", "17h", "5 giờ 30". Raises ValueError."""
    if isinstance(value, time):
        if value.microsecond:
            raise ValueError(f"no fractions of a second: {value!r}")
        return value
    if isinstance(value, str):
        match = re.fullmatch(
            r"\s*(\d{1,2})\s*(?::(\d{2})(?::(\d{2}))?|(?:h|g|giờ)\s*(?:(\d{2})(?:\s*phút)?)?)\s*", value.lower()
        )
        if match:
            return time(int(match[1]), int(match[2] or match[4] or 0), int(match[3] or 0))
    raise ValueError(f"not a time of day: {value!r}")
