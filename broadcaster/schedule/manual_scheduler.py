"""An APScheduler for a clock that moves only when told: simulations and rehearsals, one thread, a year in seconds.

Imported only when jobs are started: APScheduler costs a tenth of a second that most commands need not pay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.base import BaseScheduler

from broadcaster.clock import Clock


class ManualScheduler(BaseScheduler):  # type: ignore[misc]  # APScheduler is not typed
    """Runs due jobs inside `wait` and `advance` of the clock, in order of their times, in the caller's thread.

    Like APScheduler's own schedulers it waits by monotonic time, and looks at the wall time when it wakes up. A job
    must be added with its `next_run_time`, because APScheduler would compute the first from the machine's clock.
    """

    def __init__(self, clock: Clock, **options: Any) -> None:
        """`options` as of any APScheduler scheduler; executors are not used."""
        self._clock = clock
        self._cancel_wake: Callable[[], None] | None = None
        self._running_jobs = False
        super().__init__(**options)

    def shutdown(self, wait: bool = True) -> None:
        """Run nothing any more."""
        super().shutdown(wait)
        self._cancel()

    def wakeup(self) -> None:
        """Wait anew, for what is the earliest job now."""
        if self._running_jobs:
            return  # asked again when all that is due has run
        self._cancel()
        jobs = self.get_jobs()
        if jobs:  # in order of their times
            delay_s = (jobs[0].next_run_time - self._clock.now()).total_seconds()
            self._cancel_wake = self._clock.call_later(delay_s, self._run_due)

    def _run_due(self) -> None:
        now = self._clock.now()
        self._running_jobs = True
        try:
            for job_id in [job.id for job in self.get_jobs() if job.next_run_time <= now]:
                job = self.get_job(job_id)
                if job is None or job.next_run_time > now:
                    continue  # removed or put off by a job before it
                following = job.trigger.get_next_fire_time(job.next_run_time, now)
                # Before the job runs: it may add itself again.
                if following is None:
                    job.remove()
                else:
                    job.modify(next_run_time=following)
                job.func(*job.args, **job.kwargs)
        finally:
            self._running_jobs = False
        if self.running:
            self.wakeup()

    def _cancel(self) -> None:
        if self._cancel_wake is not None:
            self._cancel_wake()
            self._cancel_wake = None
