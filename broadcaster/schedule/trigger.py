"""The APScheduler trigger of ours: APScheduler asks it when to wake, it asks the timetable.

Imported only when a `Ticker` starts: APScheduler costs a tenth of a second that most commands need not pay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from broadcaster.clock import Clock
from broadcaster.schedule.ticker import HEARTBEAT_S

SMALLEST_STEP = timedelta(milliseconds=1)
"""A fire time lies at least this far ahead: at or before `now`, APScheduler would ask again for ever."""

NextDue = Callable[[datetime], datetime | None]
"""(after) → the next instant at which something is due, later than `after`; None when nothing ever will be.
Called in the scheduler's thread: it must not wait for a lock that somebody holds while stopping the ticker."""


class StationTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler is not typed
    """Fires at the next due instant, translated to the machine's time, and at least every heartbeat."""

    __slots__ = ("_clock", "_heartbeat", "_next_due", "_on_error")

    def __init__(
        self,
        next_due: NextDue,
        clock: Clock,
        heartbeat_s: float = HEARTBEAT_S,
        *,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """`heartbeat_s` in real seconds. Without `on_error`, what `next_due` raises ends the scheduler's thread."""
        self._next_due = next_due
        self._clock = clock
        self._heartbeat = timedelta(seconds=heartbeat_s)
        self._on_error = on_error

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When to wake next, aware, in `now`'s zone, always later than `now` (the machine's time).

        `previous_fire_time` does not matter: what was due is the journal's to know.
        """
        beat = now + self._heartbeat
        due = self._due_after(now)
        if due is None:
            return beat
        wake = self._clock.to_system(due).astimezone(now.tzinfo)
        return min(beat, max(wake, now + SMALLEST_STEP))

    def _due_after(self, now: datetime) -> datetime | None:
        # The station's time at `now` itself, not at this line a moment later: what falls due in between would be
        # seen neither by the tick of `now` nor by the next one, but a whole heartbeat late.
        station = self._clock.now()
        after = station - (self._clock.to_system(station) - now) * self._clock.speed
        try:
            return self._next_due(after)
        except Exception as error:
            if self._on_error is None:
                raise
            self._on_error(error)
            return None
