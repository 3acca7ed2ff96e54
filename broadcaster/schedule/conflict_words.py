"""What `conflicts.py` finds, in Vietnamese and English: one line each, with what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time

from broadcaster.errors import Words
from broadcaster.model import Occurrence
from broadcaster.schedule.lanes import Zones
from broadcaster.settings import Hours


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One occurrence on the local day, in seconds since midnight."""

    occurrence: Occurrence
    day: date
    start_s: float
    length_s: float
    """As the clips say, without the cut at max_minutes."""
    zones: Zones
    """Where it is heard."""

    @property
    def end_s(self) -> float:
        """Seconds since midnight, with the cut at max_minutes."""
        return self.start_s + min(self.length_s, self.occurrence.max_minutes * 60)

    @property
    def series(self) -> str:
        """`hang_ngay/sang`: the key without its date."""
        return self.occurrence.key.rpartition("/")[0]

    @property
    def at(self) -> str:
        """05:30."""
        return clock(self.start_s)

    def overlaps(self, other: Slot) -> bool:
        """In time."""
        return self.start_s < other.end_s and other.start_s < self.end_s


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a sentence needs beside the slot itself."""

    other: Slot | None = None
    """The session that it collides with."""
    hours: Hours
    """Allowed where it was found."""
    where: str = ""
    """Titles of the zones concerned; empty: everywhere."""
    heard_only: bool = False
    """The two share no zone, but one's loudspeakers are heard in the other's area."""


def overlap(slot: Slot, told: Told) -> Words:
    """Begins while another plays."""
    other = told.other
    assert other is not None
    span = f"{other.at}-{clock(other.end_s)}"
    where = _where(told)
    if told.heard_only:
        where = Words(", cụm loa của hai phiên nghe được lẫn nhau", ", and their zones are heard in one another")
    return Words(
        f"phiên «{slot.occurrence.title}» lúc {slot.at} chồng lên phiên «{other.occurrence.title}» {span}{where.vi}",
        f"session '{slot.occurrence.title}' at {slot.at} overlaps '{other.occurrence.title}' {span}{where.en}",
    )


def outside_hours(slot: Slot, told: Told) -> Words:
    """Begins when the gate is closed."""
    where, span = _where(told), _span(told.hours)
    there = Words(" ở đó", " there") if told.where else Words("", "")
    return Words(
        f"phiên «{slot.occurrence.title}» lúc {slot.at} ngoài giờ cho phép {span}{where.vi}"
        f" nên sẽ không được phát{there.vi}",
        f"session '{slot.occurrence.title}' at {slot.at} is outside the allowed hours {span}{where.en}"
        f" and will not air{there.en}",
    )


def past_closing(slot: Slot, told: Told) -> Words:
    """Would still play when the gate closes."""
    where, span = _where(told), _span(told.hours)
    return Words(
        f"phiên «{slot.occurrence.title}» lúc {slot.at} kéo dài đến {clock(slot.end_s)}, quá giờ cho phép"
        f" {span}{where.vi}",
        f"session '{slot.occurrence.title}' at {slot.at} lasts until {clock(slot.end_s)}, past the allowed hours"
        f" {span}{where.en}",
    )


def too_long(slot: Slot, told: Told) -> Words:
    """Longer than its own bound."""
    return Words(
        f"phiên «{slot.occurrence.title}» lúc {slot.at} dài {minutes(slot.length_s)} phút,"
        f" quá {slot.occurrence.max_minutes:g} phút cho phép nên sẽ bị cắt",
        f"session '{slot.occurrence.title}' at {slot.at} is {minutes(slot.length_s)} minutes long,"
        f" over its {slot.occurrence.max_minutes:g}, and will be cut",
    )


def long_day(total_s: float, days: Sequence[date], told: Told) -> Words:
    """All sessions of a day together are too long, the cure included."""
    where, on, allowed = _where(told), on_days(days), told.hours.daily_max_minutes
    return Words(
        f"các phiên trong ngày{where.vi} dài tổng cộng {minutes(total_s)} phút, quá {allowed:g} phút cho phép"
        f" ({on.vi}). Bớt phiên hoặc tăng daily_max_minutes",
        f"the day's sessions{where.en} are {minutes(total_s)} minutes together, over {allowed:g} ({on.en})."
        " Take sessions out or raise daily_max_minutes",
    )


Sentence = Callable[[Slot, Told], Words]


def whole(sentence: Words, days: Sequence[date], cure: Words) -> Words:
    """The sentence with the days on which it is so and the cure."""
    on = on_days(days)
    return Words(f"{sentence.vi} ({on.vi}). {cure.vi}", f"{sentence.en} ({on.en}). {cure.en}")


def cure(proposal: time | None) -> Words:
    """Where the session could move."""
    if proposal is None:
        return Words("Không còn khoảng trống đủ dài; bớt nội dung", "No free slot is long enough; take items out")
    return Words(f"Có thể chuyển sang {proposal:%H:%M}", f"It could move to {proposal:%H:%M}")


SHORTER = Words("Bớt nội dung hoặc tăng max_minutes", "Take items out or raise max_minutes")
"""The cure of a session that is too long: moving it would not help."""


def on_days(days: Sequence[date]) -> Words:
    """The first day, and how many more."""
    rest = len(set(days)) - 1
    first = min(days)
    vi = f"ngày {first:%d/%m/%Y}" + (f" và {rest} ngày khác" if rest else "")
    en = f"{first:%Y-%m-%d}" + (f" and {rest} other days" if rest > 1 else " and one other day" if rest else "")
    return Words(vi, en)


def clock(seconds: float) -> str:
    """05:30; an end is rounded up to the full minute."""
    return f"{time_of_day(math.ceil(seconds / 60) * 60):%H:%M}"


def time_of_day(seconds: float) -> time:
    """Seconds since midnight as a time."""
    return time(int(seconds // 3600) % 24, int(seconds % 3600 // 60))


def minutes(seconds: float) -> int:
    """Full minutes, rounded up."""
    return math.ceil(seconds / 60)


def _where(told: Told) -> Words:
    return Words(f" ở {told.where}", f" in {told.where}") if told.where else Words("", "")


def _span(hours: Hours) -> str:
    return f"{hours.allowed_from:%H:%M}-{hours.allowed_to:%H:%M}"
