"""The timetable's side of the station: what is owed, what is due, what was missed.

Reads schedules/, writes every owed occurrence into the journal ahead of time, has its clips rendered, and turns it into
a queue entry a moment before its minute. After a stop or a power cut it settles what was left open.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.file_stamp import FileStamp, file_stamp, folder_stamp
from broadcaster.journal import Journal, OccurrenceRow
from broadcaster.model import Item, Occurrence, OccurrenceKey, Outcome, State
from broadcaster.playout import Entry, Part, place_for
from broadcaster.schedule import Timetables, expand, next_after, session_of
from broadcaster.schedule.late import (
    NOT_CHOSEN,
    ON_TIME,
    Decision,
    Verdict,
    choose_catch_up,
    decide,
    decide_items,
    join,
)
from broadcaster.settings import Settings
from broadcaster.station.past import Past, final
from broadcaster.station.readiness import Readiness, trouble_of
from broadcaster.station.renders import Renders
from broadcaster.station.timetables import CurrentTimetables
from broadcaster.studio import Line, Studio

AHEAD = timedelta(hours=24)
"""How far ahead occurrences are journalled and rendered: a broken script is known a day before."""
ARM_S = 3.0
"""An occurrence enters the queue this long before its minute, so that the output can place its first sample exactly."""
LOOK_AGAIN = (timedelta(hours=12), timedelta(minutes=15), timedelta(minutes=2))
"""Clips are checked again (and provisional ones improved) this long before air; what is missing then raises the alarm:
the first time while somebody can still do something about it at leisure."""
LONGEST_ABSENCE = timedelta(days=31)
"""After a longer absence only this much is settled row by row; a jump of the clock must not write a year of rows."""
RELOAD_EVERY_S = 2.0
SWEEP_EVERY_S = 60.0
"""How often planned rows that no timetable owes any more are looked for."""
JOIN_MARK = "join:"
"""Journal mark `join:KEY` = the missed occurrence whose items KEY takes over."""


class Programme:
    """See the module's docstring. Belongs to the station's loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        journal: Journal,
        studio: Studio,
        renders: Renders,
        add: Callable[[Entry], None],
        waiting: Callable[[OccurrenceKey], bool],
        alarm: Callable[[str, str], None],
    ) -> None:
        """`add` puts an entry into the player's queue; `waiting(key)` says whether it is there; `alarm(kind, text)`
        records what somebody must know of, and tells it."""
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._studio = studio
        self._renders = renders
        self._readiness = Readiness(settings, journal=journal, studio=studio, renders=renders)
        self._past = Past(journal, studio)
        self._add = add
        self._waiting = waiting
        self._alarm = alarm
        self._current = CurrentTimetables(settings, journal)
        self._owed: dict[OccurrenceKey, Occurrence] = {}
        """Planned, not yet handed to the player."""
        self._checks: dict[OccurrenceKey, list[datetime]] = {}
        self._planned_until = clock.now()
        self._stamp: tuple[FileStamp, ...] | None = None
        self._texts: tuple[FileStamp, ...] | None = None
        self._next_reload = 0.0
        self._next_sweep = 0.0

    # --- the timetable -----------------------------------------------------------------------------------------

    @property
    def timetables(self) -> Timetables:
        """What is followed, and what is wrong with the files."""
        return self._current.now

    def reload(self) -> bool:
        """Read schedules/ again if a file changed. A timetable that became wrong keeps its last good version.

        Where a text changed, everything ahead is looked at again: a script broken today is known today.
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
            self._alarm("lich", line)
        if not first:
            self._journal.note("lich", "đã nhận lịch mới")
            self._replan()
        return True

    def _look_at_texts(self) -> None:
        texts = (*folder_stamp(self._settings.scripts_dir), file_stamp(self._settings.glossary_path))
        if texts == self._texts:
            return
        first = self._texts is None
        self._texts = texts
        if not first:
            self._readiness.spare(self._owed.values(), anew=True)
            for occurrence in self._owed.values():
                self._readiness.prepare(occurrence)

    def plan_ahead(self) -> bool:
        """Journal what becomes owed within the next day, and have it rendered. False: nothing does."""
        until = self._clock.now() + AHEAD
        if until <= self._planned_until:
            return False
        after = max(self._planned_until, self._clock.now() - LONGEST_ABSENCE)
        if until - after < timedelta(minutes=1) and self._owed:
            return False
        self._planned_until = until
        new = self._expand(after, until)
        # Before anything of it is rendered: on a full disk, room is made out of what is not spared.
        self._readiness.spare([*self._owed.values(), *new])
        for occurrence in new:
            self._owe(occurrence)
        self._readiness.spare(self._owed.values(), anew=bool(new))
        return bool(new)

    def next_due(self, after: datetime) -> datetime | None:
        """When the loop must look again: the arming moment of the next owed occurrence, or its next check."""
        moments = [occurrence.planned_at - timedelta(seconds=ARM_S) for occurrence in self._owed.values()]
        moments += [check for checks in self._checks.values() for check in checks]
        return min((moment for moment in moments if moment > after), default=None)

    def next_planned(self) -> Occurrence | None:
        """What airs next by the timetable."""
        return min(self._owed.values(), key=lambda occurrence: occurrence.planned_at, default=None)

    def hand_over(self, trusted: bool) -> None:
        """Check clips where it is time, and give due occurrences to the player (not under a clock nobody trusts)."""
        now = self._clock.now()
        for key, checks in list(self._checks.items()):
            if checks and checks[0] <= now and key in self._owed:
                while checks and checks[0] <= now:
                    checks.pop(0)
                self._look_again(self._owed[key])
        if not trusted:
            return
        due = [o for o in self._owed.values() if o.planned_at - timedelta(seconds=ARM_S) <= now]
        for occurrence in sorted(due, key=lambda o: o.planned_at):
            self._forget(occurrence.key)
            if not self._let_go(occurrence, now):
                self.take_up(occurrence)
        self._sweep(now)

    def _look_again(self, occurrence: Occurrence) -> None:
        missing = self._readiness.prepare(occurrence, prove=True)
        if missing:
            at = occurrence.planned_at.astimezone(self._settings.tz)
            self._alarm("phien", f"«{occurrence.title}» {at:%H:%M %d/%m} chưa đủ bản thu: {missing}")

    def _sweep(self, now: datetime) -> None:
        """Planned rows whose timetable is gone (or wrong) when their minute comes end with a row as well."""
        if self._clock.monotonic() < self._next_sweep:
            return
        self._next_sweep = self._clock.monotonic() + SWEEP_EVERY_S
        for row in self._journal.open_occurrences():
            known = row.request_id is not None or row.key in self._owed or self._waiting(row.key)
            if not known and row.planned_at <= now:
                self._close_unknown(row, "")

    def lateness(self, occurrence: Occurrence, now: datetime, why: str = "") -> str | None:
        """The late rule for something that has not begun: why it may not begin any more; None: it may.

        The caller gives the verdict. What the rule hands on to the next session is handed on. `why`: what kept it from
        starting at its minute.
        """
        decision = decide(occurrence, now, late_reason=why)
        if decision.verdict in (Verdict.AIR, Verdict.WAIT):
            return None
        if decision.verdict is Verdict.JOIN_NEXT:
            self._hand_on(occurrence, now)
        return decision.reason

    def _let_go(self, occurrence: Occurrence, now: datetime, why: str = "") -> bool:
        """Give it up if it is too late. True: it was."""
        reason = self.lateness(occurrence, now, why)
        if reason is None:
            return False
        self.give_up(occurrence, Outcome.MISSED, reason)
        return True

    def _hand_on(self, missed: Occurrence, now: datetime) -> None:
        """`late = "next_session"`: the next session of the same timetable takes the items, also after a restart."""
        missed = self._past.unheard(missed)
        if not missed.items:
            return
        found = session_of(self.timetables.timetables, missed.key)
        following = next_after((found[0],), now, self._settings.tz) if found else None
        if following is None:
            return
        self._journal.set_mark(JOIN_MARK + following.key, missed.key)
        if following.key in self._owed:
            self._owed[following.key] = join(self._owed[following.key], missed)
            self._readiness.spare(self._owed.values(), anew=True)
            self._readiness.prepare(self._owed[following.key])

    def _with_joined(self, occurrence: Occurrence) -> Occurrence:
        """The occurrence with what an earlier one handed on to it."""
        key = self._journal.mark(JOIN_MARK + occurrence.key)
        if key is None:
            return occurrence
        before = self._expand(occurrence.planned_at - timedelta(days=2), occurrence.planned_at)
        missed = next((o for o in before if o.key == key), None)
        return occurrence if missed is None else join(occurrence, self._past.unheard(missed))

    # --- into the queue ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Something was rendered: update the state of what waits for it."""
        self._readiness.refresh(list(self._owed.values()))

    def take_up(self, occurrence: Occurrence, *, after: str | None = None, why: str = "") -> None:
        """Into the player's queue, going on where the journal says that it had come to."""
        entry = self._entry(occurrence, after, why)
        self._past.catch_up(entry)
        if entry.cursor < len(entry.parts):
            self._add(entry)
        else:
            self._journal.end(occurrence.key, *entry.verdict())

    def _entry(self, occurrence: Occurrence, after: str | None, why: str) -> Entry:
        now = self._clock.now()
        decisions: dict[Item, Decision] = {}
        if now >= occurrence.planned_at:
            decided = decide_items(occurrence, now, late_reason=why)
            decisions = dict(zip(occurrence.items, decided, strict=True))
        parts = tuple(self._part(line, decisions.get(line.source)) for line in self._studio.orders(occurrence))
        return Entry(occurrence=occurrence, parts=parts, place=place_for(occurrence.level, after))

    def _part(self, line: Line, decision: Decision | None) -> Part:
        order = line.order
        problem, outcome = "", Outcome.FAILED
        if order is None:
            problem = trouble_of(line)
        elif decision is not None and decision.verdict is not Verdict.AIR:
            problem, outcome = decision.reason, Outcome.MISSED
        return Part(
            item=line.item,
            source=line.source,
            script=line.script,
            find=lambda: None if order is None else self._readiness.find(order),
            pending=lambda: order is not None and self._renders.pending(order),
            trouble=lambda: "" if order is None else self._readiness.why_not(order),
            problem=problem,
            problem_outcome=outcome,
        )

    def give_up(self, occurrence: Occurrence, outcome: Outcome, reason: str) -> None:
        """Every item that has no verdict gets this one, and so does the occurrence."""
        done = {airing.item for airing in self._journal.airings_of(occurrence.key) if final(airing)}
        heard = bool(done)
        with self._journal.together():
            for line in self._studio.orders(occurrence):
                if line.item not in done:
                    self._journal.never_aired(occurrence, line.item, outcome, reason, script=line.script)
            self._journal.end(occurrence.key, Outcome.PARTLY_AIRED if heard else outcome, reason)

    def cancel(self, key: OccurrenceKey, reason: str) -> bool:
        """Take one planned occurrence out of the day. False: it is not planned (any more)."""
        occurrence = self._owed.get(key)
        if occurrence is None:
            return False
        self._forget(key)
        self.give_up(occurrence, Outcome.CANCELLED, reason)
        return True

    # --- after an absence --------------------------------------------------------------------------------------

    def settle(self, absence: tuple[datetime, datetime] | None, why: str) -> None:
        """At start: decide everything that was owed until now. At most one catch-up; never a burst.

        `absence` is (last seen alive, now); `why` says in Vietnamese what happened ("mất điện 05:12–05:47").
        """
        now = self._clock.now()
        open_rows = {row.key: row for row in self._journal.open_occurrences() if row.request_id is None}
        # Nobody has run this station before: what is planned for this very minute is on time all the same.
        since = min([row.planned_at for row in open_rows.values()] + [absence[0] if absence else now - ON_TIME])
        if now - since > LONGEST_ABSENCE:
            self._journal.note("lich", f"chỉ xét các phiên trong {LONGEST_ABSENCE.days} ngày gần đây")
        window = max(since, now - LONGEST_ABSENCE) - timedelta(seconds=1)
        owed = {o.key: o for o in self._expand(window, now)}
        self._readiness.spare(owed.values())
        for key, row in open_rows.items():
            if key not in owed and row.planned_at <= now:
                self._close_unknown(row, why)
        # What is neither open nor new in the journal has ended before.
        unsettled = [self._with_joined(o) for o in owed.values() if o.key in open_rows or self._journal.plan(o)]
        by_verdict: dict[Verdict, list[Occurrence]] = {Verdict.AIR: [], Verdict.JOIN_NEXT: []}
        for occurrence in unsettled:
            if self._past.had_its_turn(occurrence):
                self.take_up(occurrence, why=why)
                continue
            decision = decide(occurrence, now, late_reason=why)
            if decision.verdict in by_verdict:
                by_verdict[decision.verdict].append(occurrence)
            else:
                self.give_up(occurrence, Outcome.MISSED, decision.reason)
        for verdict, late in by_verdict.items():
            one, rest = choose_catch_up(late)
            for occurrence in rest:
                self.give_up(occurrence, Outcome.MISSED, f"{NOT_CHOSEN} ({why})" if why else NOT_CHOSEN)
            if one is not None and verdict is Verdict.AIR:
                self.take_up(one, why=why)
            elif one is not None:
                self._let_go(one, now, why)

    def _close_unknown(self, row: OccurrenceRow, why: str) -> None:
        """An open occurrence that no timetable knows any more."""
        reason = f"không còn trong lịch; {why}" if why else "không còn trong lịch"
        heard = any(final(airing) for airing in self._journal.airings_of(row.key))
        self._journal.end(row.key, Outcome.PARTLY_AIRED if heard else Outcome.MISSED, reason)

    # --- inner -------------------------------------------------------------------------------------------------

    def _expand(self, after: datetime, until: datetime) -> list[Occurrence]:
        return expand(self.timetables.timetables, after, until, self._settings.tz)

    def _owe(self, occurrence: Occurrence) -> None:
        known = self._journal.occurrence(occurrence.key)
        if known is not None and known.state is State.ENDED:
            return
        if self._waiting(occurrence.key):
            return
        if known is None:
            self._journal.plan(occurrence)
        occurrence = self._with_joined(occurrence)
        self._owed[occurrence.key] = occurrence
        now = self._clock.now()
        checks = [occurrence.planned_at - before for before in LOOK_AGAIN]
        self._checks[occurrence.key] = [check for check in checks if check > now]
        self._readiness.prepare(occurrence, prove=True)

    def _replan(self) -> None:
        """The timetable changed: what is still ahead follows it; what is gone from it is cancelled with a row."""
        now = self._clock.now()
        # A day further than what is owed: a session moved from 17:00 to 17:20 is still owed, one planned anew not yet.
        known = {o.key: o for o in self._expand(now, self._planned_until + AHEAD)}
        ahead = [o for o in known.values() if o.planned_at <= self._planned_until or o.key in self._owed]
        for key, old in list(self._owed.items()):
            if old.planned_at <= now:
                continue
            self._forget(key)
            if key not in known:
                self.give_up(old, Outcome.CANCELLED, "đã bỏ khỏi lịch trước giờ phát")
        self._readiness.spare(ahead, anew=True)
        for occurrence in ahead:
            row = self._journal.occurrence(occurrence.key)
            if row is not None and row.state is not State.ENDED:
                self._journal.move(occurrence)
            self._owe(occurrence)

    def _forget(self, key: OccurrenceKey) -> None:
        self._owed.pop(key, None)
        self._checks.pop(key, None)
