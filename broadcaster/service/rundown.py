"""Rundowns for doors: what an occurrence consists of, cue by cue, and the four changes before a cue begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.errors import NotFoundError, UsageError, Words
from broadcaster.journal import OccurrenceRow
from broadcaster.model import (
    Cue,
    CueState,
    DropCue,
    InsertCue,
    Item,
    ItemKind,
    MoveCue,
    OccurrenceKey,
    ReplaceCue,
    RundownChange,
)
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.service.answer import Answer, wait_for_answer
from broadcaster.service.door import Door, read_journal, station_clock
from broadcaster.service.planned import day_bounds
from broadcaster.service.sound import Sounds
from broadcaster.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ShownCue:
    """One cue of a stored rundown."""

    cue: Cue
    length_s: float | None
    """None: not rendered, or live."""
    problem: Reason | None
    """Why it could not air now; None: it is ready, or it has begun."""

    @property
    def ready(self) -> bool:
        """Whether its sound is there."""
        return self.problem is None


@dataclass(frozen=True, kw_only=True)
class ShownRundown:
    """An occurrence and its cues; without cues when planning has not resolved it yet."""

    occurrence: OccurrenceRow
    cues: tuple[ShownCue, ...]


def rundown(settings: Settings, clock: Clock, key: str) -> ShownRundown:
    """The rundown of one occurrence. Raises NotFoundError when nothing is known of it."""
    clock = station_clock(settings, clock)
    journal = read_journal(settings, clock)
    try:
        row = journal.occurrence(OccurrenceKey(key))
    finally:
        journal.close()
    if row is None:
        raise NotFoundError(
            Words(f"chưa có chương trình nào của «{key}»", f"there is no rundown of '{key}'"),
            cure=Words(
                "Xem các phiên: broadcaster rundown today. Đài lập chương trình trước một ngày, khi đang chạy",
                "See them: broadcaster rundown today. A running station plans a day ahead",
            ),
        )
    return _shown(settings, clock, [row])[0]


def rundowns_of_day(settings: Settings, clock: Clock, day: date) -> list[ShownRundown]:
    """Every rundown planned on a local day, requests included, by time."""
    start, end = day_bounds(day, day, settings.tz)
    assert start is not None and end is not None
    clock = station_clock(settings, clock)
    journal = read_journal(settings, clock)
    try:
        rows = journal.occurrences(start, end)
    finally:
        journal.close()
    return _shown(settings, clock, rows)


def _shown(settings: Settings, clock: Clock, rows: list[OccurrenceRow]) -> list[ShownRundown]:
    journal = read_journal(settings, clock)
    try:
        with Sounds(settings, clock) as sounds:
            return [
                ShownRundown(
                    occurrence=row,
                    cues=tuple(_shown_cue(cue, sounds) for cue in journal.rundown(row.key).cues),
                )
                for row in rows
            ]
    finally:
        journal.close()


def _shown_cue(cue: Cue, sounds: Sounds) -> ShownCue:
    clip = None if cue.request is None else sounds.studio.ready(cue.request)
    problem = cue.problem
    if problem is None and clip is None and cue.request is not None and cue.state is CueState.WAITING:
        problem = reason(ReasonCode.NO_CLIP)
    return ShownCue(cue=cue, length_s=None if clip is None else clip.duration_s, problem=problem)


# --- changes ---------------------------------------------------------------------------------------------------


def item_of(*, script: str | None, recording: Path | None, text: str | None, settings: Settings) -> Item:
    """The item that one of the three asks for. Raises UsageError unless exactly one is given."""
    given = [one for one in (script, recording, text) if one]
    if len(given) != 1:
        raise UsageError(
            Words("ghi đúng một trong --script, --recording, --text", "give one of --script, --recording, --text"),
            cure=Words("Ví dụ: --script cchc_01_y_nghia", "For example: --script cchc_01_y_nghia"),
        )
    if script:
        return Item(kind=ItemKind.SCRIPT, name=script)
    if text:
        return Item(kind=ItemKind.TEXT, name=text.strip())
    assert recording is not None
    # As timetables name it, where that is possible: relative to the station.
    path = recording.resolve()
    inside = path.is_relative_to(settings.folder)
    return Item(kind=ItemKind.RECORDING, name=path.relative_to(settings.folder).as_posix() if inside else str(path))


def change(door: Door, command: RundownChange) -> Answer:
    """Ask for one change. Raises StationStateError without a running station: only it writes rundowns."""
    door.require_station()
    return wait_for_answer(door, door.ask(command))


def drop(door: Door, cue: int, *, why: str = "") -> Answer:
    """Take a cue out."""
    return change(door, DropCue(cue=cue, reason=why))


def insert(door: Door, key: str, item: Item, *, before: int | None = None, why: str = "") -> Answer:
    """Put an item into an occurrence, before a cue or at the end."""
    return change(door, InsertCue(occurrence=OccurrenceKey(key), item=item, before=before, reason=why))


def move(door: Door, cue: int, *, before: int | None = None, to: str | None = None, why: str = "") -> Answer:
    """Give a cue another place, in its own occurrence or in another."""
    target = None if to is None else OccurrenceKey(to)
    return change(door, MoveCue(cue=cue, before=before, occurrence=target, reason=why))


def replace(door: Door, cue: int, item: Item, *, why: str = "") -> Answer:
    """Put another item in a cue's place."""
    return change(door, ReplaceCue(cue=cue, item=item, reason=why))
