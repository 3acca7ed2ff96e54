"""APScheduler's jobs: one for each occurrence that is due and one for each periodic chore of the station.

A job does nothing but put an event before the station's loop. An event means "look now", never "do this": what is owed
and what has aired is in the journal. So a job may fire twice, late, or for something that has been cancelled elsewhere.

APScheduler is used by its public API only. On a real clock its BackgroundScheduler runs the jobs; a `ManualClock` runs
the same jobs, with the same triggers, through `ManualScheduler` in the caller's thread.
"""

from __future__ import annotations

import contextlib
import enum
import itertools
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from broadcaster.clock import Clock, ManualClock

if TYPE_CHECKING:
    from apscheduler.schedulers.base import BaseScheduler
    from apscheduler.triggers.base import BaseTrigger

MOST_UNDER_WAY = 1000
"""Events of one job that may wait for APScheduler's thread. A one-shot job over this bound would be lost silently, so
it lies far above what can be asked for while one `put` runs."""


class JobKind(enum.StrEnum):
    """What the loop must look at when the event of a job arrives."""

    OCCURRENCE = "occurrence"
    """An occurrence of the timetable is about to begin; `key` is its key."""
    REQUEST = "request"
    """A request whose time was given is about to begin, or a waiting one expires; `key` is its occurrence's."""
    CHECK = "check"
    """The clips of an occurrence are checked once more before it airs; `key` is its key."""
    PLANNING = "planning"
    """Journal and render what the next day needs."""
    RELOAD = "reload"
    """Look whether timetables or scripts were edited."""
    PREFLIGHT = "preflight"
    """Look at outputs, disk, clock and clips before somebody needs them."""
    PRUNING = "pruning"
    """Evict clips that nothing needs."""
    SWEEP = "sweep"
    """End journal rows that no timetable owes any more."""
    HEARTBEAT = "heartbeat"
    """Journal that the station is alive, tell the watchdog."""


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """What a job puts before the loop."""

    kind: JobKind
    key: str
    """The key given to `at`; empty for a chore."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A one-shot job."""

    key: str
    moment: datetime
    """Station time, aware."""
    kind: JobKind = JobKind.OCCURRENCE


@dataclass(frozen=True, kw_only=True)
class _Job:
    """A job as it was asked for. A one-shot job has a moment, a chore has an interval."""

    event: JobEvent
    serial: int
    """Tells a job from the one it replaced, whose event may be on its way."""
    moment: datetime | None = None
    interval_s: float = 0.0
    """Station seconds."""

    @property
    def id(self) -> str:
        return f"{self.event.kind}:{self.event.key}"


class Jobs:
    """The jobs of one station. Every method may be called from any thread, before `start` too, and from `put`.

    `put` gets one event at a time: from a thread of APScheduler's on a real clock, inside `wait` and `advance` of a
    `ManualClock`. It MUST return at once and MUST NOT raise. No event is put before its moment by the station's clock.
    After `cancel` of its key, or after `stop`, no event of a job is put any more.

    APScheduler waits by monotonic time. When the wall time is stepped meanwhile, call `rebuild`; until then one-shot
    jobs may be late. Corrections too small to be called a step delay them no longer than the shortest chore's interval.
    """

    def __init__(self, clock: Clock, put: Callable[[JobEvent], None]) -> None:
        """`put(event)`: for example into a `queue.SimpleQueue`, and then wake the loop."""
        self._clock = clock
        self._put = put
        self._jobs: dict[str, _Job] = {}
        """By id. A one-shot job leaves it when its event is put."""
        self._serial = itertools.count()
        self._scheduler: BaseScheduler | None = None
        self._lock = threading.RLock()
        """APScheduler's locks are taken while this one is held, never the other way round."""

    def start(self) -> None:
        """Begin to put events, first of all of what is overdue. Does nothing when running."""
        with self._lock:
            if self._scheduler is not None:
                return
            self._scheduler = _scheduler_for(self._clock)
            for job in self._jobs.values():
                self._schedule(job)
            self._scheduler.start()

    def stop(self) -> None:
        """Put no event any more. What is pending is kept for another `start`. Does nothing when not running."""
        with self._lock:
            scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            # Otherwise APScheduler's thread, running a job in this instant, would miss it and end with an exception.
            scheduler.remove_all_jobs()
            # Not wait=True: a `put` under way may be waiting for the caller.
            scheduler.shutdown(wait=False)

    def at(self, key: str, moment: datetime, kind: JobKind = JobKind.OCCURRENCE) -> None:
        """Put `JobEvent(kind, key)` once, at `moment` (aware) or at once if that has passed. Replaces the job of the
        same kind and key."""
        self._add(self._one_shot(Due(key=key, moment=moment, kind=kind)))

    def every(self, kind: JobKind, seconds: float) -> None:
        """Put `JobEvent(kind, "")` every `seconds` station seconds (above 0), first when so much has passed."""
        self._add(_Job(event=JobEvent(kind=kind, key=""), serial=next(self._serial), interval_s=seconds))

    def cancel(self, key: str) -> None:
        """Remove every one-shot job of `key`, whatever its kind; harmless when there is none."""
        with self._lock:
            for job in self._one_shots():
                if job.event.key == key:
                    self._remove(job)

    def rebuild(self, due: Iterable[Due] | None = None) -> None:
        """Judge every job anew, after a step of the wall time: what is overdue now fires at once, once, and so does
        every chore. `due`: these replace all pending one-shot jobs; None: the pending ones stay."""
        with self._lock:
            if due is not None:
                for job in self._one_shots():
                    self._remove(job)
                wanted = [self._one_shot(each) for each in due]
                self._jobs.update({job.id: job for job in wanted})
            for job in self._jobs.values():
                self._schedule(job, at_once=True)

    def pending(self) -> tuple[Due, ...]:
        """The one-shot jobs that have not fired, in order of their moments."""
        with self._lock:
            found = [
                Due(key=job.event.key, moment=job.moment, kind=job.event.kind)
                for job in self._one_shots()
                if job.moment is not None
            ]
        return tuple(sorted(found, key=lambda due: (due.moment, due.kind, due.key)))

    def _one_shot(self, due: Due) -> _Job:
        event = JobEvent(kind=due.kind, key=due.key)
        return _Job(event=event, serial=next(self._serial), moment=due.moment.astimezone(UTC))

    def _one_shots(self) -> list[_Job]:
        return [job for job in self._jobs.values() if job.moment is not None]

    def _add(self, job: _Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
            self._schedule(job)

    def _remove(self, job: _Job) -> None:
        from apscheduler.jobstores.base import JobLookupError

        del self._jobs[job.id]
        if self._scheduler is not None:
            # Not there: APScheduler is just about to call `_fire`, which finds it gone from the table.
            with contextlib.suppress(JobLookupError):
                self._scheduler.remove_job(job.id)

    def _schedule(self, job: _Job, *, at_once: bool = False) -> None:
        """Give the job to APScheduler, in place of the one with its id. `at_once`: a chore does not wait first."""
        if self._scheduler is None:
            return
        trigger, first = self._trigger(job)
        if at_once and job.moment is None:
            first = self._clock.to_system(self._clock.now())
        # The first time is given: APScheduler would ask its own clock, which is not a ManualClock.
        self._scheduler.add_job(
            self._fire, trigger, args=(job.id, job.serial), id=job.id, next_run_time=first, replace_existing=True
        )

    def _trigger(self, job: _Job) -> tuple[BaseTrigger, datetime]:
        """The trigger, and the machine's time at which it fires first."""
        from apscheduler.triggers.date import DateTrigger

        from broadcaster.schedule.repeating import RepeatingTrigger

        if job.moment is not None:
            first = self._clock.to_system(job.moment)
            return DateTrigger(run_date=first, timezone=UTC), first
        real_s = job.interval_s / self._clock.speed
        first = self._clock.to_system(self._clock.now()) + timedelta(seconds=real_s)
        return RepeatingTrigger(seconds=real_s, start_date=first, timezone=UTC), first

    def _fire(self, job_id: str, serial: int) -> None:
        """What APScheduler calls."""
        with self._lock:
            job = self._jobs.get(job_id)
            if self._scheduler is None or job is None or job.serial != serial:
                return  # stopped, cancelled or replaced while APScheduler was about to run it
            if job.moment is not None:
                if self._clock.now() < job.moment:
                    # The wall was set back in this instant, or the machine's time and a ScaledClock's drifted apart.
                    self._schedule(job)
                    return
                del self._jobs[job_id]
            self._put(job.event)


def _scheduler_for(clock: Clock) -> BaseScheduler:
    """Imports APScheduler only when jobs start: it costs a tenth of a second that most commands need not pay."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    from broadcaster.schedule.manual_scheduler import ManualScheduler

    # Its two lines for every job would fill a log in days; warnings stay.
    if logging.getLogger("apscheduler").level == logging.NOTSET:
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
    options = {
        "timezone": UTC,
        "executors": {"default": ThreadPoolExecutor(1)},  # one at a time, in order of their moments
        "job_defaults": {
            "misfire_grace_time": None,  # however late, it fires
            "coalesce": True,  # once, however often it was due meanwhile
            "max_instances": MOST_UNDER_WAY,
        },
    }
    return ManualScheduler(clock, **options) if isinstance(clock, ManualClock) else BackgroundScheduler(**options)
