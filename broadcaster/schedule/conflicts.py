"""What in a timetable will not go as written, in words, with a proposal. Pure; one entry for a whole row of days.

Each zone is a lane with one voice. A session that begins while another still plays in one of its zones, or in a zone
that is heard there, waits, and by its late rule may be missed. The gate stops what is outside a zone's allowed hours or
too long. All of this is better known weeks before.
"""

from __future__ import annotations

import enum
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from zoneinfo import ZoneInfo

from broadcaster.errors import Words
from broadcaster.model import Level, Occurrence, OccurrenceKey, Timetable
from broadcaster.schedule.conflict_words import (
    SHORTER,
    Sentence,
    Slot,
    Told,
    cure,
    long_day,
    outside_hours,
    overlap,
    past_closing,
    time_of_day,
    too_long,
    whole,
)
from broadcaster.schedule.expand import session_of
from broadcaster.schedule.lanes import Lanes, Zones, seconds_of
from broadcaster.settings import Hours, ZoneSettings

UNKNOWN_LENGTH_S = 60.0
"""Taken for a session that is not rendered yet: two that begin in one minute collide whatever they say."""
GRID_MIN = 5
"""Proposed times are multiples of this: people announce "năm giờ rưỡi", not "năm giờ ba mươi hai"."""


class ConflictKind(enum.StrEnum):
    """What will go wrong."""

    OVERLAP = "overlap"
    """Begins while another session still plays there: it will wait, or be missed by its late rule."""
    OUTSIDE_HOURS = "outside_hours"
    """Begins outside the allowed hours: the gate will refuse it."""
    PAST_CLOSING = "past_closing"
    """Would still play when the allowed hours end."""
    TOO_LONG = "too_long"
    """Longer than its own max_minutes: it will be cut."""
    DAY_TOO_LONG = "day_too_long"
    """All sessions of a day in one zone together are longer than its daily_max_minutes."""


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One finding, for all days on which it is the same."""

    kind: ConflictKind
    where: str
    """file:line of the session to change; its name within the timetables when that is not known."""
    words: Words
    """What, when and what to do, in one line."""
    keys: tuple[OccurrenceKey, ...]
    """The occurrences concerned, first day first; for OVERLAP those that should move."""
    zones: tuple[str, ...]
    """Where it will go wrong: real zone names, in the station's order."""
    proposal: time | None = None
    """A start that is free on all these days, local; None: there is none, or moving would not help."""


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """One conflict on one day."""

    kind: ConflictKind
    slot: Slot
    """The one to change."""
    other: Slot | None = None
    """The one that it collides with."""
    zones: Zones

    @property
    def series(self) -> tuple[object, ...]:
        """The same for all days on which the same goes wrong."""
        other = self.other.series if self.other else ""
        return self.kind, self.slot.series, self.slot.at, other, self.zones


def find_conflicts(
    occurrences: Iterable[Occurrence],
    *,
    hours: Hours,
    tz: ZoneInfo,
    lengths_s: Mapping[OccurrenceKey, float],
    timetables: Sequence[Timetable] = (),
    zones: Sequence[ZoneSettings] = (),
) -> list[Conflict]:
    """All conflicts among `occurrences`, sorted by the first day and time at which they happen.

    `hours`: the station's, for zones without their own. `lengths_s`: seconds of sound by key, as far as rendered.
    `timetables`: to say file:line. `zones`: the station's; none: it has one.
    """
    lanes = Lanes(hours, zones)
    days = _by_day(occurrences, tz, lengths_s, lanes)
    found: dict[tuple[object, ...], list[_Finding]] = defaultdict(list)
    for slots in days.values():
        for finding in _findings(slots, lanes):
            found[finding.series].append(finding)
    conflicts = [(findings[0].slot, _conflict(findings, days, lanes, timetables)) for findings in found.values()]
    conflicts += _long_days(days, lanes)
    ordered = sorted(conflicts, key=lambda entry: (entry[0].day, entry[0].start_s, entry[1].kind))
    return [conflict for _, conflict in ordered]


def _by_day(
    occurrences: Iterable[Occurrence], tz: ZoneInfo, lengths_s: Mapping[OccurrenceKey, float], lanes: Lanes
) -> dict[date, list[Slot]]:
    days: dict[date, list[Slot]] = defaultdict(list)
    for occurrence in occurrences:
        local = occurrence.planned_at.astimezone(tz)
        slot = Slot(
            occurrence=occurrence,
            day=local.date(),
            start_s=seconds_of(local.time()),
            length_s=lengths_s.get(occurrence.key, UNKNOWN_LENGTH_S),
            zones=lanes.of(occurrence.zones),
        )
        days[slot.day].append(slot)
    for slots in days.values():
        slots.sort(key=lambda slot: (slot.start_s, slot.occurrence.level.rank, slot.occurrence.key))
    return days


def _findings(slots: Sequence[Slot], lanes: Lanes) -> Iterator[_Finding]:
    """What goes wrong on one day; `slots` in order of their start."""
    airing: list[Slot] = []
    for slot in slots:
        if slot.length_s > slot.occurrence.max_minutes * 60:
            yield _Finding(kind=ConflictKind.TOO_LONG, slot=slot, zones=slot.zones)
        if slot.occurrence.level is not Level.KHAN_CAP:
            refused = _refused(slot, lanes)
            if refused:
                yield from _by_hours(ConflictKind.OUTSIDE_HOURS, slot, refused, lanes)
                slot = replace(slot, zones=slot.zones - refused)
                if not slot.zones:
                    continue  # it will not air, so it is in nobody's way
            if slot.end_s > lanes.window_s(slot.zones)[1]:
                closing = frozenset(zone for zone in slot.zones if slot.end_s > lanes.window_s(frozenset((zone,)))[1])
                yield from _by_hours(ConflictKind.PAST_CLOSING, slot, closing, lanes)
        for earlier in airing:
            if slot.overlaps(earlier) and lanes.meet(slot.zones, earlier.zones):
                # The less urgent one makes room; among equals the later one.
                moving, staying = sorted(
                    (slot, earlier), key=lambda one: (one.occurrence.level.rank, one.start_s), reverse=True
                )
                shared = slot.zones & earlier.zones
                yield _Finding(kind=ConflictKind.OVERLAP, slot=moving, other=staying, zones=shared or moving.zones)
        airing.append(slot)


def _refused(slot: Slot, lanes: Lanes) -> Zones:
    """The zones whose hours do not allow its start."""

    def allowed(zones: Zones) -> bool:
        opening, closing = lanes.window_s(zones)
        return opening <= slot.start_s < closing

    if allowed(slot.zones):
        return frozenset()
    return frozenset(zone for zone in slot.zones if not allowed(frozenset((zone,))))


def _by_hours(kind: ConflictKind, slot: Slot, zones: Zones, lanes: Lanes) -> Iterator[_Finding]:
    """One finding for all zones with the same hours."""
    alike: dict[tuple[time, time], set[str]] = defaultdict(set)
    for zone in lanes.in_order(zones):
        hours = lanes.hours(zone)
        alike[hours.allowed_from, hours.allowed_to].add(zone)
    for group in alike.values():
        yield _Finding(kind=kind, slot=slot, zones=frozenset(group))


def _conflict(
    findings: Sequence[_Finding], days: Mapping[date, Sequence[Slot]], lanes: Lanes, timetables: Sequence[Timetable]
) -> Conflict:
    slots = [finding.slot for finding in findings]
    worst = max(findings, key=lambda finding: finding.slot.length_s)
    session = session_of(timetables, worst.slot.occurrence.key)
    movable = worst.kind is not ConflictKind.TOO_LONG
    proposal = _free_start(slots, days, lanes) if movable else None
    told = Told(
        other=worst.other,
        hours=lanes.hours(lanes.in_order(worst.zones)[0]),
        where=lanes.told(worst.zones),
        heard_only=worst.other is not None and worst.slot.zones.isdisjoint(worst.other.zones),
    )
    sentence = _SENTENCES[worst.kind](worst.slot, told)
    return Conflict(
        kind=worst.kind,
        where=session[1].where if session and session[1].where else worst.slot.series,
        words=whole(sentence, [slot.day for slot in slots], cure(proposal) if movable else SHORTER),
        keys=tuple(slot.occurrence.key for slot in slots),
        zones=lanes.in_order(worst.zones),
        proposal=proposal,
    )


_SENTENCES: Mapping[ConflictKind, Sentence] = {
    ConflictKind.OVERLAP: overlap,
    ConflictKind.OUTSIDE_HOURS: outside_hours,
    ConflictKind.PAST_CLOSING: past_closing,
    ConflictKind.TOO_LONG: too_long,
}


def _long_days(days: Mapping[date, Sequence[Slot]], lanes: Lanes) -> list[tuple[Slot, Conflict]]:
    """One conflict for all zones in which the same days are equally long."""
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for zone in lanes.names:
        totals = {day: _total_s(slots, zone) for day, slots in days.items()}
        allowed = lanes.hours(zone).daily_max_minutes
        long = {day: total for day, total in totals.items() if total > allowed * 60}
        if long:
            alike[allowed, tuple(sorted(long.items()))].append(zone)
    found = []
    for (_, long_days), zones in alike.items():
        assert isinstance(long_days, tuple)
        totals = dict(long_days)
        concerned = [slot for day in totals for slot in days[day] if not slot.zones.isdisjoint(zones)]
        told = Told(hours=lanes.hours(zones[0]), where=lanes.told(frozenset(zones)))
        conflict = Conflict(
            kind=ConflictKind.DAY_TOO_LONG,
            where="station.toml",
            words=long_day(max(totals.values()), list(totals), told),
            keys=tuple(slot.occurrence.key for slot in concerned),
            zones=tuple(zones),
        )
        found.append((concerned[0], conflict))
    return found


def _total_s(slots: Sequence[Slot], zone: str) -> float:
    """Sound of one day in one zone, emergencies not counted."""
    return sum(
        slot.end_s - slot.start_s
        for slot in slots
        if zone in slot.zones and slot.occurrence.level is not Level.KHAN_CAP
    )


def _free_start(slots: Sequence[Slot], days: Mapping[date, Sequence[Slot]], lanes: Lanes) -> time | None:
    """The start nearest to the planned one that is free on every day of `slots`, the later of two as near."""
    zones = lanes.of(slots[0].occurrence.zones)  # also those where it is refused now
    need_s = max(slot.end_s - slot.start_s for slot in slots)
    moving = {slot.occurrence.key for slot in slots}
    busy = [
        (other.start_s, other.end_s)
        for slot in slots
        for other in days[slot.day]
        if other.occurrence.key not in moving and lanes.meet(zones, other.zones)
    ]
    step_s = GRID_MIN * 60
    opening, closing = lanes.window_s(zones)
    first = math.ceil(opening / step_s) * step_s
    last = closing - need_s
    planned = slots[0].start_s
    starts = [float(start) for start in range(first, math.floor(last) + 1, step_s)] if last >= first else []
    for start in sorted(starts, key=lambda start: (abs(start - planned), -start)):
        if all(start + need_s <= from_s or to_s <= start for from_s, to_s in busy):
            return time_of_day(start)
    return None
