"""The timetable as people look at it: what comes and how long it is, and what will not go as written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.enum_words import title_words
from broadcaster.errors import Words
from broadcaster.model import EVERYWHERE, Occurrence
from broadcaster.reasons import Reason
from broadcaster.service.planned import loaded, occurrences_between
from broadcaster.service.sound import Sounds, lengths_by_key
from broadcaster.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ShownItem:
    """One line of an occurrence."""

    item: str
    """Its label, as rows have it."""
    title: Words
    problem: Reason | None
    """Why it cannot be heard; None: nothing is known to be wrong."""
    length_s: float | None
    """None: not rendered yet, or live."""


@dataclass(frozen=True, kw_only=True)
class ShownOccurrence:
    """An occurrence and what it consists of."""

    occurrence: Occurrence
    length_s: float | None
    """None while a clip is missing."""
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a look at the timetables found, each in one line."""

    problems: tuple[Words, ...]
    """Mistakes in the files."""
    warnings: tuple[Words, ...]
    """Items that cannot be made, and conflicts."""


def shown(sounds: Sounds, occurrence: Occurrence) -> ShownOccurrence:
    """An occurrence with its lines and lengths; nothing is rendered."""
    items = []
    for line in sounds.lines(occurrence):
        draft = line.draft
        title = title_words(draft.item.kind, draft.title)
        length_s = sounds.length_s(line)
        items.append(ShownItem(item=line.label, title=title, problem=draft.problem, length_s=length_s))
    return ShownOccurrence(occurrence=occurrence, length_s=sounds.occurrence_length_s(occurrence), items=tuple(items))


def findings(settings: Settings, clock: Clock, days: int) -> Findings:
    """Mistakes and conflicts of the next days."""
    from broadcaster.schedule.conflicts import find_conflicts

    now = clock.now()
    timetables = loaded(settings)
    occurrences = occurrences_between(settings, now, now + timedelta(days=days))
    warnings: list[Words] = []
    with Sounds(settings, clock) as sounds:
        for occurrence in occurrences:
            # Without the date: one for each session, not for each day.
            session = occurrence.key.rpartition("/")[0]
            for line in sounds.lines(occurrence):
                if line.draft.problem is not None:
                    told = line.draft.problem.words()
                    warnings.append(Words(f"{session}: {told.vi}", f"{session}: {told.en}"))
        lengths = lengths_by_key(sounds, occurrences)
    for conflict in find_conflicts(
        occurrences,
        hours=settings.hours,
        tz=settings.tz,
        lengths_s=lengths,
        timetables=timetables.timetables,
        zones=settings.zones,
    ):
        told = conflict.words
        warnings.append(Words(f"{conflict.where}: {told.vi}", f"{conflict.where}: {told.en}"))
    return Findings(
        problems=tuple(problem.words() for problem in timetables.problems),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def as_calendar(settings: Settings, clock: Clock, occurrences: list[Occurrence]) -> str:
    """The occurrences as an iCalendar file."""
    from broadcaster.schedule.ics import to_ics

    with Sounds(settings, clock) as sounds:
        lengths = lengths_by_key(sounds, occurrences)
    titles = {zone.name: zone.title for zone in settings.zones if zone.title != EVERYWHERE}
    return to_ics(occurrences, name=settings.name, made_at=clock.now(), lengths_s=lengths, zone_titles=titles)
