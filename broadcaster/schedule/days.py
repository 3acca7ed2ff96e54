"""Weekdays as people write them: "hằng ngày", ["T2", "CN"], "T2-T6", ["mon", "fri"]. Monday is 0."""

from __future__ import annotations

import re
import unicodedata

from broadcaster.errors import Words

EVERY_DAY = frozenset(range(7))

DAYS_HINT = Words(
    'Dùng: "hằng ngày", hoặc ["T2", "T3", "T4", "T5", "T6", "T7", "CN"], hoặc "T2-T6"',
    'Use: "daily", or ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], or "mon-fri"',
)

SHORT_VI = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
"""Names of the weekdays in timetables and messages, Monday first."""

_DAILY = {"daily", "everyday", "every day", "hằng ngày", "hàng ngày", "mọi ngày", "hang ngay", "cả tuần"}
_LONG_VI = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_LONG_EN = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = {
    **{name.lower(): number for number, name in enumerate(SHORT_VI)},
    **{name: number for number, name in enumerate(_LONG_VI)},
    **{f"thứ {number + 2}": number for number in range(6)},
    **{name: number for number, name in enumerate(_LONG_EN)},
    **{name[:3]: number for number, name in enumerate(_LONG_EN)},
}


def read_weekdays(value: object) -> frozenset[int]:
    """Weekday numbers of one entry or a list of entries. Raises ValueError."""
    entries = value if isinstance(value, list) else [value]
    days: set[int] = set()
    for entry in entries:
        if not isinstance(entry, str):
            raise ValueError(entry)
        days |= _read_entry(entry)
    if not days:
        raise ValueError(value)
    return frozenset(days)


def _read_entry(entry: str) -> set[int]:
    # Keyboards on phones and Macs may write ằ as two code points; NFC makes them one.
    words = " ".join(unicodedata.normalize("NFC", entry).lower().split())
    if words in _DAILY:
        return set(EVERY_DAY)
    ends = [part.strip() for part in re.split(r"[-–]", words)]
    if any(end not in _NUMBER for end in ends) or len(ends) > 2:
        raise ValueError(entry)
    first, last = _NUMBER[ends[0]], _NUMBER[ends[-1]]
    # "T7-T2" runs over the week's end.
    return {number % 7 for number in range(first, (last if last >= first else last + 7) + 1)}
