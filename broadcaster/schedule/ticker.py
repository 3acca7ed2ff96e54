"""Calls back at every due instant and at least every few seconds: the only part of this room that runs.

APScheduler ticks, the journal remembers (DESIGN.md §3): one scheduler, one job, nothing persisted. A tick carries no
meaning of its own; whoever is called back expands the timetable up to now and compares with the journal. So a lost,
late or doubled tick changes nothing but the second at which it is noticed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from broadcaster.clock import Clock

if TYPE_CHECKING:
    from broadcaster.schedule.wakeful import WakefulScheduler

HEARTBEAT_S = 5.0
"""Real seconds between two wake-ups at most: so late is a stepped clock noticed."""
STEP_S = 2.0
"""Wall and monotonic time that drift apart by more between two ticks were stepped; less is jitter or slewing."""
STOP_WAIT_S = 5.0
"""How long `stop` waits for a tick that is still running: ticks only nudge, so longer means that it hangs."""
JOB = "tick"

_log = logging.getLogger(__name__)


class Ticker:
    """Ticks from `start` to `stop`. All callbacks come one at a time, from one thread of APScheduler's.

    `on_tick` must return soon (nudge a loop, do not play): while it runs, no other tick comes. What a callback or
    `next_due` raises goes to `on_error`, else to the log, and the next tick comes all the same.
    """

    def __init__(
        self,
        clock: Clock,
        next_due: Callable[[datetime], datetime | None],
        on_tick: Callable[[], None],
        *,
        on_step: Callable[[float], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        """`next_due(after)`: see `trigger.NextDue`. `on_step(seconds)`: the wall was set by that much, before the tick.

        `heartbeat_s`: real seconds between two ticks at most. A `ManualClock` moves in one thread and needs no ticker.
        """
        self._clock = clock
        self._next_due = next_due
        self._on_tick = on_tick
        self._on_step = on_step
        self._on_error = on_error or _log_error
        self._heartbeat_s = heartbeat_s
        self._scheduler: WakefulScheduler | None = None
        self._ticking = threading.RLock()
        self._wall_ahead_s = 0.0
        self._ticked_at = 0.0

    @property
    def running(self) -> bool:
        """Whether ticks come."""
        return self._scheduler is not None

    @property
    def silent_s(self) -> float:
        """Station seconds since the last tick (or start) ended: a watchdog's question. 0 when not running."""
        return self._clock.monotonic() - self._ticked_at if self.running else 0.0

    def start(self) -> None:
        """Begin; the first tick comes at once. Does nothing when running."""
        from broadcaster.schedule.trigger import StationTrigger
        from broadcaster.schedule.wakeful import WakefulScheduler

        if self._scheduler is not None:
            return
        # Its two lines for every tick would fill a log in days; warnings stay.
        if logging.getLogger("apscheduler").level == logging.NOTSET:
            logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._wall_ahead_s = self._measure()
        self._ticked_at = self._clock.monotonic()
        scheduler = WakefulScheduler(self._heartbeat_s)
        trigger = StationTrigger(self._next_due, self._clock, self._heartbeat_s, on_error=self._on_error)
        scheduler.add_job(self._tick, trigger, id=JOB, next_run_time=self._clock.to_system(self._clock.now()))
        self._scheduler = scheduler
        scheduler.start()

    def stop(self) -> bool:
        """End; no callback begins after it returns. False when one was still running after STOP_WAIT_S.

        May be called from a callback, and again.
        """
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is None:
            return True
        # Not wait=True: APScheduler would wait without bound, holding the locks that the running tick may need.
        scheduler.shutdown(wait=False)
        if not self._ticking.acquire(timeout=STOP_WAIT_S):
            return False
        self._ticking.release()
        return True

    def reschedule(self) -> None:
        """The timetable has changed: ask `next_due` again. From any thread; never waits."""
        scheduler = self._scheduler
        if scheduler is not None:
            scheduler.ask_again()

    def _tick(self) -> None:
        with self._ticking:
            if self._scheduler is None:
                return
            try:
                self._notice_step()
                self._on_tick()
            except Exception as error:  # noqa: BLE001  (reported; one bad tick must not end all others)
                self._on_error(error)
            finally:
                self._ticked_at = self._clock.monotonic()

    def _notice_step(self) -> None:
        ahead = self._measure()
        step, self._wall_ahead_s = ahead - self._wall_ahead_s, ahead
        if abs(step) > STEP_S and self._on_step is not None:
            self._on_step(step)

    def _measure(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


def _log_error(error: Exception) -> None:
    _log.error("a tick failed; the next one comes all the same", exc_info=error)
