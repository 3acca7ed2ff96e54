"""After an absence: what was on air becomes *abandoned*, and everything that was owed meanwhile is decided.

At most one session is caught up and at most one handed on; never a burst (`schedule/late.py` decides).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Airing, Delivery, EventKind, Occurrence, OccurrenceKey, Outcome, State
from broadcaster.reasons import NO_REASON, Reason, ReasonCode, reason
from broadcaster.schedule.late import ON_TIME, OwedAction, settlement
from broadcaster.station.calls import Calls
from broadcaster.station.planning import LONGEST_ABSENCE, Planning
from broadcaster.station.readiness import Readiness
from broadcaster.station.rundowns import Rundowns

OLD_JOIN = "join:"
"""Beginning of the names of marks that a program without rundowns left."""


def abandon_open(journal: Journal, why: Reason, *, near_end_s: float) -> list[Airing]:
    """What was on air when the program died becomes *abandoned*. Returns those rows as they now are.

    What had come within `near_end_s` of its end counts as *partly aired* and is not owed any more: its listeners have
    heard it, and nothing may air twice.
    """
    rows = journal.open_airings()
    with journal.together():
        for row, clip_frames, outputs in rows:
            frames = round(row.duration_s * STATION_RATE_HZ)
            left_s = (clip_frames - row.start_frame - frames) / STATION_RATE_HZ
            nearly = frames > 0 and left_s <= near_end_s
            outcome = Outcome.PARTLY_AIRED if nearly else Outcome.ABANDONED
            told = reason(ReasonCode.NEARLY_HEARD).after(why) if nearly else why
            journal.end_airing(
                row.id,
                outcome,
                told,
                frames=frames,
                started_at=row.started_at,
                deliveries=[
                    Delivery(
                        zone=zone,
                        output=output,
                        started_at=row.started_at if output else None,
                        ended_at=None,
                        heard_s=row.duration_s if output else 0.0,
                        outcome=outcome if output else Outcome.CANCELLED,
                        reason=told,
                    )
                    for zone, output in outputs.items()
                ],
            )
    return [airing for row, _, _ in rows if (airing := journal.airing(row.id)) is not None]


class CatchUp:
    """Belongs to the station's loop."""

    def __init__(
        self,
        *,
        clock: Clock,
        journal: Journal,
        planning: Planning,
        readiness: Readiness,
        rundowns: Rundowns,
        calls: Calls,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._planning = planning
        self._readiness = readiness
        self._rundowns = rundowns
        self._calls = calls

    def settle(self, absence: tuple[datetime, datetime] | None, why: Reason | None) -> None:
        """Decide everything that was owed until now. `absence` is (last heartbeat, now); `why`: what happened."""
        now = self._clock.now()
        self._honour_old_joins()
        open_rows = {row.key: row for row in self._journal.open_occurrences() if row.request_id is None}
        # Nobody has run this station before: what is planned for this very minute is on time all the same.
        since = min([row.planned_at for row in open_rows.values()] + [absence[0] if absence else now - ON_TIME])
        if now - since > LONGEST_ABSENCE:
            days = LONGEST_ABSENCE.days
            self._journal.note(
                EventKind.TIMETABLE,
                Words(
                    f"chỉ xét các phiên trong {days} ngày gần đây", f"only sessions of the last {days} days are decided"
                ),
            )
        window = max(since, now - LONGEST_ABSENCE) - timedelta(seconds=1)
        owed = {o.key: o for o in self._planning.expand(window, now)}
        # What is neither open nor new in the journal has ended before.
        unsettled = [self._planned(o) for o in owed.values() if o.key in open_rows or self._journal.plan(o)]
        self._readiness.protect(unsettled)
        for key, row in open_rows.items():
            if key not in owed and row.planned_at <= now:
                self._planning.close_unknown(row, why)
        done = {o.key for o in unsettled if self._calls.had_its_turn(o, self._rundowns.of(o.key))}
        for decision in settlement(unsettled, done, now, why):
            match decision.action:
                case OwedAction.CONCLUDE | OwedAction.PLAY:
                    self._planning.enqueue(decision.occurrence, why=why)
                case OwedAction.HAND_ON:
                    self._planning.end_if_late(decision.occurrence, now, why)
                case OwedAction.MISS:
                    self._planning.close_as(decision.occurrence, Outcome.MISSED, decision.reason or NO_REASON)

    def _honour_old_joins(self) -> None:
        """A program without rundowns left marks `join:KEY`: KEY takes over the cues of the occurrence named there."""
        for key, missed_key in self._journal.marks(OLD_JOIN).items():
            row = self._journal.occurrence(OccurrenceKey(key))
            source = self._journal.occurrence(OccurrenceKey(missed_key))
            if row is not None and source is not None and row.state is not State.ENDED:
                found = self._planning.expand(source.planned_at - timedelta(seconds=1), row.planned_at)
                both = {o.key: o for o in found if o.key in (row.key, source.key)}
                if len(both) == 2:
                    rundown = self._rundowns.adopt(both[source.key], self._journal.airings_of(source.key))
                    self._rundowns.adopt(both[row.key], self._journal.airings_of(row.key))
                    unheard = self._calls.unheard(both[source.key], rundown)
                    self._rundowns.hand_on(both[source.key], unheard, row.key)
            self._journal.set_mark(OLD_JOIN + key, None)

    def _planned(self, occurrence: Occurrence) -> Occurrence:
        """With its rundown, also when a program without rundowns planned it; with the items that were handed to it."""
        rows = self._journal.airings_of(occurrence.key)
        rundown = self._rundowns.adopt(occurrence, rows)
        joined = tuple(cue.item for cue in rundown.cues if cue.item.joined_from is not None)
        return replace(occurrence, items=occurrence.items + joined)
