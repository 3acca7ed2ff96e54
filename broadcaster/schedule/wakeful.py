"""An APScheduler that a stepped clock cannot put to sleep.

APScheduler sleeps until the wall time of the next job. When the wall is set back an hour meanwhile, that is an hour
too long. Here it never sleeps longer than a heartbeat, and a job that a step has left too far in the future is brought
back. This is also where a changed timetable takes effect: in the scheduler's own thread, so that who changes it never
waits for the scheduler's locks.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler


class WakefulJobStore(MemoryJobStore):  # type: ignore[misc]  # APScheduler is not typed
    """Holds jobs whose trigger fires at least every heartbeat, and asks it again when it must."""

    def __init__(self, heartbeat_s: float) -> None:
        """`heartbeat_s` in real seconds."""
        super().__init__()
        self._heartbeat = timedelta(seconds=heartbeat_s)
        self._stale = threading.Event()

    def ask_again(self) -> None:
        """Ask the trigger anew at the next wake-up. From any thread, never waits."""
        self._stale.set()

    def get_due_jobs(self, now: datetime) -> list[Any]:
        """Jobs to run at `now`, after what a step or a change has left wrong is put right."""
        stale = self._stale.is_set()
        self._stale.clear()  # before asking: what changes meanwhile is asked for again
        for job in self.get_all_jobs():
            planned = job.next_run_time
            if planned <= now:
                continue  # about to run, and asked again right after
            if planned > now + self._heartbeat:
                job.modify(next_run_time=job.trigger.get_next_fire_time(None, now))
            elif stale:
                # The earlier of both: a tick too many is harmless, one that was due this instant must not be lost.
                job.modify(next_run_time=min(planned, job.trigger.get_next_fire_time(None, now)))
        due: list[Any] = super().get_due_jobs(now)
        return due


class WakefulScheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler is not typed
    """Runs its jobs one at a time, however late, and looks at the clock at least every heartbeat."""

    def __init__(self, heartbeat_s: float) -> None:
        """`heartbeat_s` in real seconds."""
        self._heartbeat_s = heartbeat_s
        self._store = WakefulJobStore(heartbeat_s)
        super().__init__(
            timezone=UTC,
            jobstores={"default": self._store},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def ask_again(self) -> None:
        """Ask the triggers anew, now. From any thread, never waits for a lock."""
        self._store.ask_again()
        self.wakeup()

    def _process_jobs(self) -> float:
        # The only hold on how long the loop sleeps. A public one (a store's get_next_run_time) is not enough: the
        # wall may be stepped between the loop's two readings of it.
        wait_s: float | None = super()._process_jobs()
        return self._heartbeat_s if wait_s is None else min(wait_s, self._heartbeat_s)
