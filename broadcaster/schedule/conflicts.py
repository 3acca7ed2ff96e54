"""What in a timetable will not go as written, in words, with a proposal. Pure; one entry for a whole row of days.

There is one player for all zones: a session that begins while another still plays waits, and by its late rule may be
missed. The gate stops what is outside the allowed hours or too long. Both are better known weeks before.
"""

from __future__ import annotations

import enum
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from broadcaster.model import Level, Occurrence, OccurrenceKey, Timetable
from broadcaster.schedule.expand import session_of
from broadcaster.settings import Hours

UNKNOWN_LENGTH_S = 60.0
"""Taken for a session that is not rendered yet: two that begin in one minute collide whatever they say."""
GRID_MIN = 5
"""Proposed times are multiples of this: people announce "năm giờ rưỡi", not "năm giờ ba mươi hai"."""


class ConflictKind(enum.StrEnum):
    """What will go wrong."""

    OVERLAP = "overlap"
    """Begins while another session still plays: it will wait, or be missed by its late rule."""
    OUTSIDE_HOURS = "outside_hours"
    """Begins outside the allowed hours: the gate will refuse it."""
    PAST_CLOSING = "past_closing"
    """Would still play when the allowed hours end."""
    TOO_LONG = "too_long"
    """Longer than its own max_minutes: it will be cut."""
    DAY_TOO_LONG = "day_too_long"
    """All sessions of a day together are longer than daily_max_minutes."""


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One finding, for all days on which it is the same."""

    kind: ConflictKind
    where: str
    """file:line of the session to change; its name within the timetables when that is not known."""
    vi: str
    """What, when and what to do, in one line."""
    en: str
    keys: tuple[OccurrenceKey, ...]
    """The occurrences concerned, first day first; for OVERLAP those that should move."""
    proposal: time | None = None
    """A start that is free on all these days, local; None: there is none, or moving would not help."""


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """One occurrence on the local day, in seconds since midnight."""

    occurrence: Occurrence
    day: date
    start_s: float
    length_s: float
    """As the clips say, without the cut at max_minutes."""

    @property
    def end_s(self) -> float:
        return self.start_s + min(self.length_s, self.occurrence.max_minutes * 60)

    @property
    def series(self) -> str:
        """`hang_ngay/sang`: the key without its date."""
        return self.occurrence.key.rpartition("/")[0]

    @property
    def at(self) -> str:
        return _clock(self.start_s)

    def overlaps(self, other: _Slot) -> bool:
        return self.start_s < other.end_s and other.start_s < self.end_s


def find_conflicts(
    occurrences: Iterable[Occurrence],
    *,
    hours: Hours,
    tz: ZoneInfo,
    lengths_s: Mapping[OccurrenceKey, float],
    timetables: Sequence[Timetable] = (),
) -> list[Conflict]:
    """All conflicts among `occurrences`, sorted by the first day and time at which they happen.

    `lengths_s`: seconds of sound by key, as far as rendered. `timetables`: to say file:line.
    """
    days = _by_day(occurrences, tz, lengths_s)
    found: dict[tuple[str, ...], list[tuple[_Slot, _Slot | None]]] = defaultdict(list)
    for slots in days.values():
        for kind, slot, other in _findings(slots, hours):
            found[(kind, slot.series, slot.at, other.series if other else "")].append((slot, other))
    conflicts = [
        (pairs[0][0], _conflict(ConflictKind(kind), pairs, days, hours, timetables))
        for (kind, *_), pairs in found.items()
    ]
    conflicts += _long_days(days, hours)
    ordered = sorted(conflicts, key=lambda entry: (entry[0].day, entry[0].start_s, entry[1].kind))
    return [conflict for _, conflict in ordered]


def _by_day(
    occurrences: Iterable[Occurrence], tz: ZoneInfo, lengths_s: Mapping[OccurrenceKey, float]
) -> dict[date, list[_Slot]]:
    days: dict[date, list[_Slot]] = defaultdict(list)
    for occurrence in occurrences:
        local = occurrence.planned_at.astimezone(tz)
        slot = _Slot(
            occurrence=occurrence,
            day=local.date(),
            start_s=_seconds(local.time()),
            length_s=lengths_s.get(occurrence.key, UNKNOWN_LENGTH_S),
        )
        days[slot.day].append(slot)
    for slots in days.values():
        slots.sort(key=lambda slot: (slot.start_s, slot.occurrence.level.rank, slot.occurrence.key))
    return days


def _findings(slots: Sequence[_Slot], hours: Hours) -> Iterator[tuple[ConflictKind, _Slot, _Slot | None]]:
    """(kind, the one to change, the one it collides with) on one day; `slots` in order of their start."""
    opening, closing = _seconds(hours.allowed_from), _seconds(hours.allowed_to)
    airing: list[_Slot] = []
    for slot in slots:
        if slot.length_s > slot.occurrence.max_minutes * 60:
            yield ConflictKind.TOO_LONG, slot, None
        if slot.occurrence.level is not Level.KHAN_CAP:
            if not opening <= slot.start_s < closing:
                yield ConflictKind.OUTSIDE_HOURS, slot, None
                continue  # it will not air, so it is in nobody's way
            if slot.end_s > closing:
                yield ConflictKind.PAST_CLOSING, slot, None
        for earlier in airing:
            if slot.overlaps(earlier):
                # The less urgent one makes room; among equals the later one.
                moving, staying = sorted(
                    (slot, earlier), key=lambda one: (one.occurrence.level.rank, one.start_s), reverse=True
                )
                yield ConflictKind.OVERLAP, moving, staying
        airing.append(slot)


def _conflict(
    kind: ConflictKind,
    pairs: Sequence[tuple[_Slot, _Slot | None]],
    days: Mapping[date, Sequence[_Slot]],
    hours: Hours,
    timetables: Sequence[Timetable],
) -> Conflict:
    slots = [slot for slot, _ in pairs]
    slot, other = max(pairs, key=lambda pair: pair[0].length_s)
    session = session_of(timetables, slot.occurrence.key)
    proposal = None if kind is ConflictKind.TOO_LONG else _free_start(slots, days, hours)
    vi, en = _WORDS[kind](slot, other, hours)
    cure_vi, cure_en = _cure(kind, proposal)
    on_vi, on_en = _days_in_words([one.day for one in slots])
    return Conflict(
        kind=kind,
        where=session[1].where if session and session[1].where else slot.series,
        vi=f"{vi} ({on_vi}). {cure_vi}",
        en=f"{en} ({on_en}). {cure_en}",
        keys=tuple(one.occurrence.key for one in slots),
        proposal=proposal,
    )


def _overlap(slot: _Slot, other: _Slot | None, hours: Hours) -> tuple[str, str]:
    assert other is not None
    return (
        f"phiên «{slot.occurrence.title}» lúc {slot.at} chồng lên phiên «{other.occurrence.title}»"
        f" {other.at}-{_clock(other.end_s)}",
        f"session '{slot.occurrence.title}' at {slot.at} overlaps '{other.occurrence.title}'"
        f" {other.at}-{_clock(other.end_s)}",
    )


def _outside(slot: _Slot, other: _Slot | None, hours: Hours) -> tuple[str, str]:
    return (
        f"phiên «{slot.occurrence.title}» lúc {slot.at} ngoài giờ cho phép {_span(hours)} nên sẽ không được phát",
        f"session '{slot.occurrence.title}' at {slot.at} is outside the allowed hours {_span(hours)} and will not air",
    )


def _past_closing(slot: _Slot, other: _Slot | None, hours: Hours) -> tuple[str, str]:
    return (
        f"phiên «{slot.occurrence.title}» lúc {slot.at} kéo dài đến {_clock(slot.end_s)},"
        f" quá giờ cho phép {_span(hours)}",
        f"session '{slot.occurrence.title}' at {slot.at} lasts until {_clock(slot.end_s)},"
        f" past the allowed hours {_span(hours)}",
    )


def _too_long(slot: _Slot, other: _Slot | None, hours: Hours) -> tuple[str, str]:
    return (
        f"phiên «{slot.occurrence.title}» lúc {slot.at} dài {_minutes(slot.length_s)} phút,"
        f" quá {slot.occurrence.max_minutes:g} phút cho phép nên sẽ bị cắt",
        f"session '{slot.occurrence.title}' at {slot.at} is {_minutes(slot.length_s)} minutes long,"
        f" over its {slot.occurrence.max_minutes:g}, and will be cut",
    )


_WORDS = {
    ConflictKind.OVERLAP: _overlap,
    ConflictKind.OUTSIDE_HOURS: _outside,
    ConflictKind.PAST_CLOSING: _past_closing,
    ConflictKind.TOO_LONG: _too_long,
}


def _cure(kind: ConflictKind, proposal: time | None) -> tuple[str, str]:
    if kind is ConflictKind.TOO_LONG:
        return "Bớt nội dung hoặc tăng max_minutes", "Take items out or raise max_minutes"
    if proposal is None:
        return "Không còn khoảng trống đủ dài; bớt nội dung", "No free slot is long enough; take items out"
    return f"Có thể chuyển sang {proposal:%H:%M}", f"It could move to {proposal:%H:%M}"


def _long_days(days: Mapping[date, Sequence[_Slot]], hours: Hours) -> list[tuple[_Slot, Conflict]]:
    totals = {
        day: sum(slot.end_s - slot.start_s for slot in slots if slot.occurrence.level is not Level.KHAN_CAP)
        for day, slots in days.items()
    }
    long = sorted(day for day, total in totals.items() if total > hours.daily_max_minutes * 60)
    if not long:
        return []
    most = _minutes(max(totals[day] for day in long))
    on_vi, on_en = _days_in_words(long)
    conflict = Conflict(
        kind=ConflictKind.DAY_TOO_LONG,
        where="station.toml",
        vi=f"các phiên trong ngày dài tổng cộng {most} phút, quá {hours.daily_max_minutes:g} phút cho phép ({on_vi})."
        " Bớt phiên hoặc tăng daily_max_minutes",
        en=f"the day's sessions are {most} minutes together, over {hours.daily_max_minutes:g} ({on_en})."
        " Take sessions out or raise daily_max_minutes",
        keys=tuple(slot.occurrence.key for day in long for slot in days[day]),
    )
    return [(days[long[0]][0], conflict)]


def _free_start(slots: Sequence[_Slot], days: Mapping[date, Sequence[_Slot]], hours: Hours) -> time | None:
    """The start nearest to the planned one that is free on every day of `slots`, the later of two as near."""
    need_s = max(slot.end_s - slot.start_s for slot in slots)
    moving = {slot.occurrence.key for slot in slots}
    busy = [
        (other.start_s, other.end_s) for slot in slots for other in days[slot.day] if other.occurrence.key not in moving
    ]
    step_s = GRID_MIN * 60
    first = math.ceil(_seconds(hours.allowed_from) / step_s) * step_s
    last = _seconds(hours.allowed_to) - need_s
    planned = slots[0].start_s
    starts = [float(start) for start in range(first, math.floor(last) + 1, step_s)] if last >= first else []
    for start in sorted(starts, key=lambda start: (abs(start - planned), -start)):
        if all(start + need_s <= from_s or to_s <= start for from_s, to_s in busy):
            return _time(start)
    return None


def _days_in_words(days: Sequence[date]) -> tuple[str, str]:
    rest = len(set(days)) - 1
    first = min(days)
    vi = f"ngày {first:%d/%m/%Y}" + (f" và {rest} ngày khác" if rest else "")
    en = f"{first:%Y-%m-%d}" + (f" and {rest} other days" if rest > 1 else " and one other day" if rest else "")
    return vi, en


def _span(hours: Hours) -> str:
    return f"{hours.allowed_from:%H:%M}-{hours.allowed_to:%H:%M}"


def _seconds(at: time) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second


def _time(seconds: float) -> time:
    return time(int(seconds // 3600) % 24, int(seconds % 3600 // 60))


def _clock(seconds: float) -> str:
    """05:30; an end is rounded up to the full minute."""
    return f"{_time(math.ceil(seconds / 60) * 60):%H:%M}"


def _minutes(seconds: float) -> int:
    return math.ceil(seconds / 60)
