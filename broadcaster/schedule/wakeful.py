"""An APScheduler job store of one job that a stepped clock cannot put to sleep.

APScheduler sleeps until the wall time of the next job. When the wall is set back an hour meanwhile, that is an hour
and five seconds. This store never lets it sleep longer than a heartbeat, and brings a job back that a step has left
too far in the future. It is also where a changed timetable takes effect: in the scheduler's own thread, so that who
changes it never waits for the scheduler's locks.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

from apscheduler.jobstores.memory import MemoryJobStore


class WakefulJobStore(MemoryJobStore):  # type: ignore[misc]  # APScheduler is not typed
    """Holds one job that has a trigger which fires at least every heartbeat."""

    def __init__(self, heartbeat_s: float) -> None:
        """`heartbeat_s` in real seconds."""
        super().__init__()
        self._heartbeat = timedelta(seconds=heartbeat_s)
        self._latest_wake: datetime | None = None
        self._stale = threading.Event()

    def ask_again(self) -> None:
        """Ask the trigger anew at the next wake-up (wake the scheduler after this). From any thread, never waits."""
        self._stale.set()

    def get_due_jobs(self, now: datetime) -> list[Any]:
        """Jobs to run at `now`, after what a step or a change has left wrong is put right."""
        self._latest_wake = now + self._heartbeat
        for job in self.get_all_jobs():
            planned = job.next_run_time
            if planned <= now:
                continue  # about to run, and asked again right after
            if planned > self._latest_wake:
                job.modify(next_run_time=job.trigger.get_next_fire_time(None, now))
            elif self._stale.is_set():
                # The earlier of both: a tick too many is harmless, one that was due this instant must not be lost.
                job.modify(next_run_time=min(planned, job.trigger.get_next_fire_time(None, now)))
        self._stale.clear()
        due: list[Any] = super().get_due_jobs(now)
        return due

    def get_next_run_time(self) -> datetime | None:
        """When the scheduler must wake: the job's time, but never later than a heartbeat from now."""
        planned: datetime | None = super().get_next_run_time()
        if planned is None or self._latest_wake is None:
            return planned
        return min(planned, self._latest_wake)
