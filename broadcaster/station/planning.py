"""The timetable's side of the station: what is owed and what is due.

Reads schedules/, writes every owed occurrence with its rundown into the journal ahead of time, has its clips rendered,
and gives it to playout a moment before its minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.file_stamp import FileStamp, file_stamp, folder_stamp
from broadcaster.journal import Journal, OccurrenceRow
from broadcaster.model import (
    CommandResult,
    Cue,
    EventKind,
    LateKind,
    LateRule,
    Occurrence,
    OccurrenceKey,
    Outcome,
    Place,
    State,
)
from broadcaster.playout import Player
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.schedule import Timetables, expand, next_after, session_of
from broadcaster.schedule.jobs import JobKind, Jobs
from broadcaster.schedule.late import Verdict, decide, decide_items
from broadcaster.settings import Settings
from broadcaster.station.calls import Calls, zones_heard
from broadcaster.station.final import final
from broadcaster.station.readiness import Readiness
from broadcaster.station.rundowns import Rundowns
from broadcaster.station.timetables import CurrentTimetables

AHEAD = timedelta(hours=24)
"""How far ahead occurrences are journalled and rendered: a broken script is known a day before."""
ARM_S = 3.0
"""An occurrence is given to playout this long before its minute, so that the output can place its first sample."""
LOOK_AGAIN = (timedelta(hours=12), timedelta(minutes=15), timedelta(minutes=2))
"""Clips are checked again (and provisional ones improved) this long before air; what is missing then raises the alarm:
the first time while somebody can still do something about it at leisure."""
LONGEST_ABSENCE = timedelta(days=31)
"""After a longer absence only this much is settled row by row; a jump of the clock must not write a year of rows."""
RELOAD_EVERY_S = 2.0
SKIP = LateRule(kind=LateKind.SKIP)


class Planning:
    """See the module's docstring. Belongs to the station's loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        journal: Journal,
        rundowns: Rundowns,
        readiness: Readiness,
        calls: Calls,
        player: Player,
        jobs: Jobs,
        alarm: Callable[[EventKind, Words], None],
        tell: Callable[[EventKind, Words], None],
    ) -> None:
        """`alarm(kind, text)` records what somebody must know of and tells it; `tell`: for the operator's console."""
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._rundowns = rundowns
        self._readiness = readiness
        self._calls = calls
        self._player = player
        self._jobs = jobs
        self._alarm = alarm
        self._tell = tell
        self._current = CurrentTimetables(settings, journal)
        self._owed: dict[OccurrenceKey, Occurrence] = {}
        """Planned, not yet given to playout."""
        self._checks: dict[OccurrenceKey, list[datetime]] = {}
        self._planned_until = clock.now()
        self._stamp: tuple[FileStamp, ...] | None = None
        self._texts: tuple[FileStamp, ...] | None = None
        self._next_reload = 0.0

    # --- the timetable -----------------------------------------------------------------------------------------

    @property
    def timetables(self) -> Timetables:
        """What is followed, and what is wrong with the files."""
        return self._current.now

    def reload(self) -> bool:
        """Read schedules/ again if a file changed. A timetable that became wrong keeps its last good version.

        Where a text changed, every rundown ahead is brought up to date: a script broken today is known today.
        """
        now = self._clock.monotonic()
        if now < self._next_reload:
            return False
        self._next_reload = now + RELOAD_EVERY_S * self._clock.speed
        self._look_at_texts()
        stamp = folder_stamp(self._settings.schedules_dir)
        if stamp == self._stamp:
            return False
        first = self._stamp is None
        self._stamp = stamp
        for line in self._current.read():
            self._alarm(EventKind.TIMETABLE, line)
        if not first:
            self._journal.note(EventKind.TIMETABLE, Words("đã nhận lịch mới", "the new timetable is followed"))
            self._follow_timetable()
        return True

    def _look_at_texts(self) -> None:
        texts = (*folder_stamp(self._settings.scripts_dir), file_stamp(self._settings.glossary_path))
        if texts == self._texts:
            return
        first = self._texts is None
        self._texts = texts
        if not first:
            self._replan(list(self._owed.values()))

    def _replan(self, occurrences: list[Occurrence]) -> None:
        for occurrence in occurrences:
            self._rundowns.replan(occurrence)
        self._readiness.protect(self._owed.values(), anew=True)
        for occurrence in occurrences:
            self._readiness.prepare(occurrence)

    def plan_ahead(self) -> bool:
        """Journal what becomes owed within the next day, and have it rendered. False: nothing does."""
        until = self._clock.now() + AHEAD
        if until <= self._planned_until:
            return False
        after = max(self._planned_until, self._clock.now() - LONGEST_ABSENCE)
        self._planned_until = until
        new = [occurrence for occurrence in self.expand(after, until) if self._owe(occurrence)]
        # Before anything of it is rendered: on a full disk, room is made out of what is not protected.
        self._readiness.protect(self._owed.values(), anew=bool(new))
        for occurrence in new:
            self._readiness.prepare(occurrence, prove=True)
        return bool(new)

    def next_planned(self) -> Occurrence | None:
        """What airs next by the timetable."""
        return min(self._owed.values(), key=lambda occurrence: occurrence.planned_at, default=None)

    def expand(self, after: datetime, until: datetime) -> list[Occurrence]:
        """What the timetable says of a span."""
        return expand(self.timetables.timetables, after, until, self._settings.tz)

    def occurrence(self, key: OccurrenceKey) -> Occurrence | None:
        """An occurrence that is owed or with playout."""
        call = self._player.find(key)
        return self._owed.get(key) or (call.occurrence if call is not None else None)

    def rundown_changed(self, occurrence: Occurrence) -> None:
        """A rundown was changed by hand."""
        self._readiness.prepare(occurrence)
        self._readiness.protect(self._owed.values(), anew=True)
        self._player.change_cues(occurrence.key, self._rundowns.of(occurrence.key).cues)

    # --- what is due -------------------------------------------------------------------------------------------

    def release_due(self, trusted: bool) -> None:
        """Check clips where it is time, and give due occurrences to playout (not under a clock nobody trusts)."""
        now = self._clock.now()
        for key, checks in list(self._checks.items()):
            if checks and checks[0] <= now and key in self._owed:
                while checks and checks[0] <= now:
                    checks.pop(0)
                self._check(self._owed[key])
                self._schedule_check(key)
        if not trusted:
            return
        due = [o for o in self._owed.values() if o.planned_at - timedelta(seconds=ARM_S) <= now]
        for occurrence in sorted(due, key=lambda o: o.planned_at):
            self._forget(occurrence.key)
            if not self.end_if_late(occurrence, now):
                self.enqueue(occurrence)

    def _check(self, occurrence: Occurrence) -> None:
        missing = self._readiness.prepare(occurrence, prove=True)
        if missing is not None:
            at = f"{occurrence.planned_at.astimezone(self._settings.tz):%H:%M %d/%m}"
            told = missing.words()
            self._alarm(
                EventKind.SESSION,
                Words(
                    f"«{occurrence.title}» {at} chưa đủ bản thu: {told.vi}",
                    f"'{occurrence.title}' {at} is not ready: {told.en}",
                ),
            )

    def sweep(self) -> None:
        """Planned rows whose timetable is gone (or wrong) when their minute comes end with a row as well."""
        now = self._clock.now()
        for row in self._journal.open_occurrences():
            known = row.request_id is not None or row.key in self._owed or self._player.find(row.key) is not None
            if not known and row.planned_at <= now:
                self.close_unknown(row, None)

    def lateness(self, occurrence: Occurrence, now: datetime, why: Reason | None = None) -> Reason | None:
        """The late rule for something that has not begun: why it may not begin any more; None: it may.

        The caller gives the verdict. What the rule hands on to the next session is handed on. `why`: what kept it from
        beginning at its minute.
        """
        decision = decide(occurrence, now, why=why)
        if decision.verdict in (Verdict.AIR, Verdict.WAIT):
            return None
        if decision.verdict is Verdict.JOIN_NEXT:
            self._hand_on(occurrence, now)
        return decision.reason

    def end_if_late(self, occurrence: Occurrence, now: datetime, why: Reason | None = None) -> bool:
        """Give it its verdict if it is too late. True: it was."""
        late = self.lateness(occurrence, now, why)
        if late is None:
            return False
        self.close_as(occurrence, Outcome.MISSED, late)
        return True

    def _hand_on(self, missed: Occurrence, now: datetime) -> None:
        """`late = "next_session"`: the next session of the same timetable takes the cues, also after a restart."""
        unheard = self._calls.unheard(missed, self._rundowns.plan(missed))
        found = session_of(self.timetables.timetables, missed.key)
        following = next_after((found[0],), now, self._settings.tz) if found else None
        while following is not None and self._player.find(following.key) is not None:
            following = next_after((found[0],), following.planned_at, self._settings.tz) if found else None
        if following is None or not unheard:
            return
        following = self._owed.get(following.key, following)
        self._journal.plan(following)
        self._rundowns.plan(following)
        if self._rundowns.hand_on(missed, unheard, following.key) and following.key in self._owed:
            self._readiness.protect(self._owed.values(), anew=True)
            self._readiness.prepare(following)

    # --- into playout ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Something was rendered: update the state of what waits for it."""
        self._readiness.refresh(list(self._owed.values()))

    def enqueue(self, occurrence: Occurrence, *, after: Place | None = None, why: Reason | None = None) -> None:
        """Give it to playout, going on where the journal says that it had come to."""
        rundown = self._rundowns.adopt(occurrence, self._journal.airings_of(occurrence.key))
        self._rundowns.forget(occurrence.key)
        call = self._calls.call(occurrence, rundown, after=after, passed=self._passed(occurrence, rundown.cues, why))
        if not call.strands or not call.cues:
            self._journal.end(occurrence.key, *call.verdict())
            return
        title = occurrence.title
        self._tell(EventKind.SESSION, Words(f"đến giờ «{title}»", f"due: '{title}'"))
        self._player.add(call)

    def _passed(
        self, occurrence: Occurrence, cues: tuple[Cue, ...], why: Reason | None
    ) -> dict[int, tuple[Outcome, Reason]]:
        """Cues whose own late rule does not let them air now."""
        now = self._clock.now()
        if now < occurrence.planned_at or not cues:
            return {}
        decisions = decide_items(replace(occurrence, items=tuple(cue.item for cue in cues)), now, why=why)
        return {
            cue.id: (Outcome.MISSED, decision.reason)
            for cue, decision in zip(cues, decisions, strict=True)
            if decision.verdict is not Verdict.AIR and decision.reason is not None
        }

    def close_as(
        self, occurrence: Occurrence, outcome: Outcome, why: Reason, *, result: CommandResult = CommandResult.DONE
    ) -> None:
        """Every cue that has no verdict gets this one, and so does the occurrence."""
        self._calls.close_as(occurrence, self._rundowns.plan(occurrence), outcome, why, result=result)
        self._rundowns.forget(occurrence.key)

    def zones_left(self, occurrence: Occurrence) -> frozenset[str]:
        """Its zones in which no STOP holds."""
        zones = zones_heard(occurrence.zones, self._settings.zone_names)
        return frozenset(zone for zone in zones if not self._player.permission.stopped(zone))

    def cancel(self, key: OccurrenceKey, why: Reason) -> bool:
        """Take one planned occurrence out of the day. False: it is not planned (any more)."""
        occurrence = self._owed.get(key)
        if occurrence is None:
            return False
        self._forget(key)
        self.close_as(occurrence, Outcome.CANCELLED, why)
        return True

    def close_unknown(self, row: OccurrenceRow, why: Reason | None) -> None:
        """End an open occurrence that no timetable knows any more."""
        occurrence = _as_planned(row)
        rundown = self._rundowns.of(row.key)
        gone = reason(ReasonCode.NOT_IN_TIMETABLE).after(why)
        if rundown.cues:
            self._calls.close_as(occurrence, rundown, Outcome.MISSED, gone)
        else:
            heard = any(final(airing) for airing in self._journal.airings_of(row.key))
            self._journal.end(row.key, Outcome.PARTLY_AIRED if heard else Outcome.MISSED, gone)
        self._rundowns.forget(row.key)

    # --- inner -------------------------------------------------------------------------------------------------

    def _owe(self, occurrence: Occurrence) -> bool:
        """Plan one occurrence. False: it has ended, or is with playout."""
        known = self._journal.occurrence(occurrence.key)
        if known is not None and known.state is State.ENDED:
            return False
        if self._player.find(occurrence.key) is not None:
            return False
        if known is None:
            self._journal.plan(occurrence)
        self._rundowns.replan(occurrence)
        self._owed[occurrence.key] = occurrence
        now = self._clock.now()
        checks = [occurrence.planned_at - before for before in LOOK_AGAIN]
        self._checks[occurrence.key] = [check for check in checks if check > now]
        self._jobs.at(occurrence.key, occurrence.planned_at - timedelta(seconds=ARM_S), JobKind.OCCURRENCE)
        self._schedule_check(occurrence.key)
        return True

    def _schedule_check(self, key: OccurrenceKey) -> None:
        if self._checks[key]:
            self._jobs.at(key, self._checks[key][0], JobKind.CHECK)

    def _follow_timetable(self) -> None:
        """The timetable changed: what is still ahead follows it; what is gone from it is cancelled with a row."""
        now = self._clock.now()
        # A day further than what is owed: a session moved from 17:00 to 17:20 is still owed, one planned anew not yet.
        known = {o.key: o for o in self.expand(now, self._planned_until + AHEAD)}
        ahead = [o for o in known.values() if o.planned_at <= self._planned_until or o.key in self._owed]
        for key, old in list(self._owed.items()):
            if old.planned_at <= now:
                continue
            self._forget(key)
            if key not in known:
                self.close_as(old, Outcome.CANCELLED, reason(ReasonCode.REMOVED_FROM_TIMETABLE))
        new = []
        for occurrence in ahead:
            row = self._journal.occurrence(occurrence.key)
            if row is not None and row.state is State.ENDED:
                self._tell_done(occurrence, row)
            elif row is not None:
                self._journal.move(occurrence)
            if self._owe(occurrence):
                new.append(occurrence)
        self._readiness.protect(self._owed.values(), anew=True)
        for occurrence in new:
            self._readiness.prepare(occurrence, prove=True)

    def _tell_done(self, occurrence: Occurrence, row: OccurrenceRow) -> None:
        """A session that has had its turn today was moved in its file: it is not promised again."""
        if row.planned_at == occurrence.planned_at:
            return
        title, tz = occurrence.title, self._settings.tz
        at, then = f"{occurrence.planned_at.astimezone(tz):%H:%M}", f"{row.planned_at.astimezone(tz):%H:%M}"
        self._alarm(
            EventKind.TIMETABLE,
            Words(
                f"«{title}» hôm nay đã phát lúc {then}, không phát lại lúc {at}; giờ mới tính từ ngày mai",
                f"'{title}' has had its turn today at {then} and does not air again at {at}; the new time counts from"
                " tomorrow",
            ),
        )

    def _forget(self, key: OccurrenceKey) -> None:
        self._owed.pop(key, None)
        self._checks.pop(key, None)
        self._jobs.cancel(key)


def _as_planned(row: OccurrenceRow) -> Occurrence:
    """An occurrence as far as its row knows it; its items are in its rundown."""
    return Occurrence(
        key=row.key,
        title=row.title,
        planned_at=row.planned_at,
        items=(),
        level=row.level,
        zones=row.zones,
        max_minutes=0,
        late=SKIP,
        asked_by=row.asked_by,
        request_id=row.request_id,
    )
