"""A call: one occurrence on its way, and the strands in which its zones go through the rundown.

A strand is some of the call's zones at one place of the rundown. A session has one strand for all its zones; a notice
that some zones can air at once and others only later is split into several.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from broadcaster.model import Clip, Cue, Level, Occurrence, Outcome, Place
from broadcaster.reasons import AIRED_WHOLE, Reason, ReasonCode, reason

DEFAULT_PLACE = {
    Level.KHAN_CAP: Place.NOW,
    Level.TRUC_TIEP: Place.NOW,
    Level.UU_TIEN: Place.ITEM,
    Level.PHIEN: Place.SESSION,
    Level.THONG_THUONG: Place.SESSION,
}
_PLACES = list(Place)


def place_for(level: Level, after: Place | None) -> Place:
    """The place that `--after now|item|session` asks for, or the level's own."""
    return after or DEFAULT_PLACE[level]


class Manner(enum.StrEnum):
    """How a call begins when not all of its zones are free (DESIGN.md §4)."""

    TOGETHER = "together"
    """It waits until all are, and begins everywhere at the same sample."""
    STACKED = "stacked"
    """Each zone begins as it becomes free, until the call expires."""
    PARTIAL = "partial"
    """It begins at once where it may, taking lanes from what is less urgent; the others follow as they become free."""


MANNERS = {
    Level.KHAN_CAP: Manner.PARTIAL,
    Level.TRUC_TIEP: Manner.PARTIAL,
    Level.UU_TIEN: Manner.STACKED,
    Level.PHIEN: Manner.TOGETHER,
    Level.THONG_THUONG: Manner.TOGETHER,
}


class Clips(Protocol):
    """Where playout gets the sound of a cue. Every method is quick: cache look-ups only."""

    def find(self, cue: Cue) -> Clip | None:
        """The clip, proved whole; None while it is not rendered."""

    def pending(self, cue: Cue) -> bool:
        """Whether it is being rendered right now: worth a short wait."""

    def why_not(self, cue: Cue) -> Reason:
        """Why there is none."""

    def approved(self, cue: Cue, clip: Clip) -> bool:
        """Whether exactly this sound may air."""


@dataclass(kw_only=True, eq=False)
class Call:
    """One occurrence on its way."""

    occurrence: Occurrence
    cues: tuple[Cue, ...]
    place: Place
    zones: frozenset[str]
    """Names of the zones that are to hear it."""
    passed: Mapping[int, tuple[Outcome, Reason]] = field(default_factory=dict)
    """Cues that will not air, by id, and why: a late rule of their own."""
    strands: list[Strand] = field(default_factory=list)
    """Those that have not finished."""
    finished: list[Strand] = field(default_factory=list)
    begun: bool = False
    """Something of it has been on air."""

    def __post_init__(self) -> None:
        """A call begins with one strand, unless the caller knows better (after a restart)."""
        if not self.strands:
            self.strands.append(Strand(call=self, zones=self.zones))

    @property
    def manner(self) -> Manner:
        """How it begins when not all of its zones are free."""
        return MANNERS[self.occurrence.level]

    @property
    def rank(self) -> int:
        """Urgency; lower is sooner. `--after now|item` lifts an ordinary notice to the priority step."""
        rank = self.occurrence.level.rank
        lifted = self.place is not Place.SESSION and DEFAULT_PLACE[self.occurrence.level] is Place.SESSION
        return min(rank, Level.UU_TIEN.rank) if lifted else rank

    def change_cues(self, cues: tuple[Cue, ...], begun: set[int]) -> None:
        """The rundown was changed by hand: each strand goes on behind the last cue that it has done.

        `begun`: ids of cues that are on air, or were cut and will go on; they stay where their strand is.
        """
        before, self.cues = self.cues, cues
        place = {cue.id: index for index, cue in enumerate(cues)}
        for strand in self.strands:
            current = before[strand.cursor] if strand.cursor < len(before) else None
            if current is not None and current.id in begun and current.id in place:
                cursor = place[current.id]
            else:
                done = [place[cue.id] for cue in before[: strand.cursor] if cue.id in place]
                cursor = max(done) + 1 if done else 0
            strand.go_to(cursor, current.id if current is not None else None)

    def verdict(self) -> tuple[Outcome, Reason]:
        """The outcome of the whole, from the cues of every strand: all alike, or *partly aired*."""
        results = [result for strand in self.finished for result in strand.results]
        if not results:
            return Outcome.FAILED, reason(ReasonCode.NOTHING_TO_AIR)
        outcomes = {outcome for outcome, _ in results}
        if outcomes == {Outcome.AIRED}:
            return Outcome.AIRED, AIRED_WHOLE
        first, *others = dict.fromkeys(why for outcome, why in results if outcome is not Outcome.AIRED)
        told = Reason(code=first.code, facts=first.facts, because=first.because, also=(*first.also, *others))
        if outcomes & {Outcome.AIRED, Outcome.PARTLY_AIRED}:
            return Outcome.PARTLY_AIRED, told
        return results[0][0] if len(outcomes) == 1 else Outcome.FAILED, told


@dataclass(kw_only=True, eq=False)
class Strand:
    """Some zones of a call at one place of its rundown. Changed by the player alone."""

    call: Call
    zones: frozenset[str]
    withdrawn: dict[str, Reason] = field(default_factory=dict)
    """Zones that a STOP took from it for good, and why."""
    serial: int = 0
    """Order of arrival."""
    cursor: int = 0
    """Index of the next cue."""
    resume_frame: int = 0
    """Frame at which the next cue goes on."""
    losses: int = 0
    """How often every output was lost during the next cue."""
    loop: int = 0
    """Rounds completed (`repeat`)."""
    begun: bool = False
    """Something of it has been on air."""
    used_s: float = 0.0
    """Seconds of sound so far."""
    not_before: float | None = None
    """Station-monotonic second before which it rests (between two rounds, or while its clip is rendered)."""
    waits_since: float | None = None
    """Station-monotonic second since which its next cue waits for its clip."""
    suspended_at: datetime | None = None
    """When something more urgent cut it."""
    missed: dict[str, Reason] = field(default_factory=dict)
    """Zones that did not hear all of the next cue before `resume_frame`, and why."""
    heard: bool = False
    """A cue of this round was heard to its end in one zone at least."""
    results: list[tuple[Outcome, Reason]] = field(default_factory=list)
    """Verdict and reason of every cue that has one."""

    @property
    def occurrence(self) -> Occurrence:
        """What is owed."""
        return self.call.occurrence

    @property
    def cue(self) -> Cue:
        """The next cue."""
        return self.call.cues[self.cursor]

    @property
    def done(self) -> bool:
        """Whether no cue is left in this round."""
        return self.cursor >= len(self.call.cues)

    @property
    def item(self) -> str:
        """Name of the next cue in rows, with the round when there are several: `01-bao_lu#2`."""
        return self.cue.label if self.loop == 0 else f"{self.cue.label}#{self.loop + 1}"

    @property
    def problem(self) -> tuple[Outcome, Reason] | None:
        """Why the next cue does not air (a broken script, its own late rule); None: it does."""
        cue = self.cue
        if cue.problem is not None:
            return Outcome.FAILED, cue.problem
        return self.call.passed.get(cue.id)

    @property
    def order(self) -> tuple[int, bool, int, float, int]:
        """By the ladder; what has begun before what has not; then by place, planned time and arrival."""
        place = _PLACES.index(self.call.place)
        return (self.call.rank, not self.begun, place, self.occurrence.planned_at.timestamp(), self.serial)

    def ready_at(self, monotonic: float) -> bool:
        """Whether it may begin its next cue at this station-monotonic second."""
        return self.not_before is None or self.not_before <= monotonic

    def rests_at(self, monotonic: float) -> bool:
        """Whether it is between two rounds, and keeps its zones from what is less urgent."""
        return not self.ready_at(monotonic) and self.waits_since is None

    def had_turn(self, outcome: Outcome, why: Reason) -> None:
        """The next cue has its verdict."""
        self.results.append((outcome, why))
        self.cursor += 1
        self._forget_attempts()

    def _forget_attempts(self) -> None:
        """Another cue is next: nothing of it was tried yet."""
        self.resume_frame = 0
        self.losses = 0
        self.missed = {}
        self.suspended_at = None
        if self.waits_since is not None:
            self.waits_since = self.not_before = None

    def go_to(self, cursor: int, cue_id: int | None) -> None:
        """The rundown was changed: the next cue is at `cursor`; `cue_id`: the one that was next before."""
        self.cursor = cursor
        if self.done or self.cue.id != cue_id:
            self._forget_attempts()

    def split(self, zones: frozenset[str]) -> Strand:
        """These zones go on by themselves from here; they are no longer this strand's."""
        self.zones -= zones
        other = Strand(
            call=self.call,
            zones=zones,
            serial=self.serial,
            cursor=self.cursor,
            loop=self.loop,
            begun=self.begun,
            used_s=self.used_s,
            results=list(self.results),
        )
        self.call.strands.append(other)
        return other
