"""The station: wiring, start and reverse-order stop, the one loop.

start: lock → journal → clock check → outputs → unfinished business → timetable → doorbell → jobs
loop:  look at the clocks → act on requests → follow the timetable → release what is due → step the player
       → while nothing is about to begin or end: plan ahead, sweep, prune, checkpoint the journal
stop:  jobs → doorbell → fade what is on air → outputs → renders → journal → lock
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from broadcaster.clock import Clock, ManualClock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import EventKind, OccurrenceKey, Outcome
from broadcaster.playout import Director, Gate, OutputBank, Outputs, Player
from broadcaster.playout.onair import near_end_s
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.schedule.jobs import JobEvent, JobKind, Jobs
from broadcaster.settings import Settings
from broadcaster.speakers import Speaker
from broadcaster.station.address import Holder, this_process
from broadcaster.station.alarm import Alarm
from broadcaster.station.calls import Calls
from broadcaster.station.catchup import CatchUp, abandon_open
from broadcaster.station.clockwatch import ClockWatch
from broadcaster.station.commands import Bounds
from broadcaster.station.diskwatch import DiskWatch, RecordWatch
from broadcaster.station.dispatch import Dispatcher
from broadcaster.station.doorbell import Doorbell
from broadcaster.station.live import LiveMeter
from broadcaster.station.lock import StationLock
from broadcaster.station.notify import notify, watchdog_s
from broadcaster.station.planning import Planning
from broadcaster.station.readiness import Readiness
from broadcaster.station.renders import Renders
from broadcaster.station.rundown_changes import RundownChanges
from broadcaster.station.rundowns import Rundowns
from broadcaster.station.status import StatusSources
from broadcaster.station_status import StationStatus
from broadcaster.studio import Studio

POLL_S = 1.0
"""Real seconds between two looks when nobody nudges: a lost nudge or an edited timetable waits no longer than this."""
NEAR_END_SLACK_S = 0.05
"""The journalled position of a nearly heard cue is a moment old."""
PRIORITY = -10
"""Before the busy browser of the same PC, behind the sound card's process. The rendering processes step back again."""
QUIET_S = 0.5
"""Real seconds. With nothing due for this long there is time to plan, and to wait for the disk."""
QUIET_AT_LEAST_EVERY_S = 10.0
"""Real seconds. Through one short cue after another, planning waits no longer than this."""
CHORES = {JobKind.PLANNING: 900.0, JobKind.SWEEP: 900.0, JobKind.PRUNING: 21_600.0}
"""Station seconds between two runs of each periodic chore."""
CLEAN_MARK = "clean_stop"
ALARMING = {
    Outcome.FAILED: Words("không phát được", "could not be aired"),
    Outcome.MISSED: Words("bị lỡ", "was missed"),
    Outcome.PARTLY_AIRED: Words("mới phát một phần", "was aired in part"),
    Outcome.ABANDONED: Words("bị bỏ dở", "was abandoned"),
}
"""Verdicts that somebody must hear of."""
ALARM_PATIENCE_S = 2.0
"""A stopping station lets a message that is under way go out for so long (real seconds)."""
STOP_BOUND_S = 2.0
"""A stopping station fades what is on air and waits this long (real seconds) for the output to confirm."""
NO_RESERVE = Words(
    "đĩa gần đầy: không còn chỗ dự phòng cho nhật ký", "the disk is nearly full: no room for the journal's reserve"
)
RESERVE_USED = Words("đĩa đầy: đã dùng phần dự phòng của nhật ký", "the disk is full: the journal's reserve is used")

Tell = Callable[[EventKind, Words], None]


class Station:
    """One running station. `start`, then `run` (or `step` by hand in a simulation), then `stop`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        journal: Journal,
        cards: Sequence[Sequence[Speaker]],
        studio: Studio,
        follow_timetable: bool = True,
        on_event: Tell | None = None,
        lock: StationLock | None = None,
    ) -> None:
        """`cards`: for each card its output and the spares of it. `on_event(kind, text)`: for the operator's console.
        Without `follow_timetable` only requests are served (a `say` with no station running). `lock`: the station's,
        when the caller holds it already, as whoever opens the journal must."""
        self.settings = settings
        self.clock = clock
        self.journal = journal
        self._tell = on_event or _nobody
        self._follow = follow_timetable
        self.wake = threading.Event()
        self._ending = threading.Event()
        self._simulated = isinstance(clock, ManualClock)
        self.started_at = clock.now()
        self.spec = ",".join(speakers[0].spec for speakers in cards)
        self.clock_watch = ClockWatch(clock, journal, keeps_mark=follow_timetable)
        self.alarm = Alarm(settings, clock, self.wake.set, silent=self._simulated or not follow_timetable)
        self.outputs = OutputBank([self._outputs(speakers) for speakers in cards], clock)
        self.jobs = Jobs(clock, self._put)
        self._events: queue.SimpleQueue[JobEvent] = queue.SimpleQueue()
        self._chores: set[JobKind] = set()
        """Due, and waiting for a quiet moment."""
        self._studio = studio
        self.renders = Renders(studio, self._rendered, inline=self._simulated)
        self._rundowns = Rundowns(journal, studio, self._note)
        self.readiness = Readiness(
            settings, journal=journal, studio=studio, renders=self.renders, rundowns=self._rundowns
        )
        zone_hours = {zone.name: zone.hours for zone in settings.zones if zone.hours is not None}
        gate = Gate(hours=settings.hours, tz=settings.tz, zone_hours=zone_hours)
        self.player = Player(
            clock=clock,
            outputs=self.outputs,
            journal=journal,
            gate=gate,
            director=Director(heard_together=settings.heard_with),
            clips=self.readiness,
            lateness=lambda call, now: self.planning.lateness(call.occurrence, now),
            on_change=self.wake.set,
        )
        calls = Calls(journal, self.readiness, settings.zone_names)
        self.planning = Planning(
            settings,
            clock=clock,
            journal=journal,
            rundowns=self._rundowns,
            readiness=self.readiness,
            calls=calls,
            player=self.player,
            jobs=self.jobs,
            alarm=self.raise_alarm,
            tell=self._tell,
        )
        self._catch_up = CatchUp(
            clock=clock,
            journal=journal,
            planning=self.planning,
            readiness=self.readiness,
            rundowns=self._rundowns,
            calls=calls,
        )
        changes = RundownChanges(
            settings,
            clock=clock,
            journal=journal,
            rundowns=self._rundowns,
            owed=self.planning.occurrence,
            changed=self.planning.rundown_changed,
            note=self._note,
        )
        self.dispatcher = Dispatcher(
            Bounds(settings=settings, zones=settings.zone_names, gate=gate),
            clock=clock,
            journal=journal,
            renders=self.renders,
            planning=self.planning,
            rundowns=self._rundowns,
            changes=changes,
            player=self.player,
            clock_watch=self.clock_watch,
            jobs=self.jobs,
            tell=self._tell,
        )
        self._lock = lock or StationLock(settings.lock_path)
        self._doorbell: Doorbell | None = None
        self._meter: LiveMeter | None = None
        self._readiness_stale = False
        """Something was rendered or approved since occurrences were last looked at."""
        self._settled = False
        self._status = "{}"
        self._data_version = -1
        self._disk_watch = DiskWatch(settings.folder, clock)
        self._record_watch = RecordWatch(journal, clock)
        self._last_quiet = clock.monotonic()
        self._watchdog_s = watchdog_s()
        self._next_watchdog = 0.0
        journal.on_disk_full = self._disk_full
        journal.on_verdict = self._verdict_given

    # --- start and stop ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Everything up to the first step. Raises StationStateError when another process runs this station."""
        if not self._simulated:
            if not self._lock.held:
                self._lock.acquire()
            _ask_for_priority()
        clean = self.journal.mark(CLEAN_MARK) is not None
        if self._follow:
            self.journal.set_mark(CLEAN_MARK, None)
        if not self.journal.keep_ballast():
            self.raise_alarm(EventKind.DISK, NO_RESERVE)
        label = self.clock.label
        self._note(
            EventKind.START,
            Words(
                f"đài bắt đầu chạy, ra {self.spec}, đồng hồ {label}",
                f"the station starts, to {self.spec}, clock {label}",
            ),
        )
        self.outputs.open_if_due(wait=True)
        if not self.clock_watch.trusted:
            self.alarm.sound(EventKind.CLOCK, self.clock_watch.complaint)
        self._take_stock(clean)
        if not self._simulated:
            self._doorbell = Doorbell(self.wake.set, lambda: self._status)
            self._meter = LiveMeter(self.settings, lambda: self.player.on_air)
            self._lock.publish(
                Holder(
                    pid=this_process(),
                    port=self._doorbell.port,
                    token=self._doorbell.token,
                    clock=self.clock.label,
                    output=self.spec,
                )
            )
        if self._follow:
            for kind, seconds in CHORES.items():
                self.jobs.every(kind, seconds)
        self.jobs.start()
        notify("READY=1")

    def _take_stock(self, clean: bool) -> None:
        """What was on air becomes abandoned; what was owed meanwhile is decided, if the clock can be believed."""
        now, last = self.clock.now(), self.clock_watch.previous_alive
        why: Reason | None = None
        if last is not None and last < now:
            tz = self.settings.tz
            span = _span(last.astimezone(tz), now.astimezone(tz))
            why = reason(ReasonCode.STATION_OFF if clean else ReasonCode.POWER_CUT, span=span)
        near_end = near_end_s(self.clock) + NEAR_END_SLACK_S
        abandon_open(self.journal, why or reason(ReasonCode.DIED_ON_AIR), near_end_s=near_end)
        if self._follow:
            self.planning.reload()
        if self.clock_watch.trusted:
            self._settle(last, why)
        self.dispatcher.accept_again()

    def _settle(self, last: datetime | None, why: Reason | None) -> None:
        self._settled = True
        now = self.clock.now()
        if self._follow:
            self._catch_up.settle((last, now) if last is not None and last < now else None, why)
            self.planning.plan_ahead()

    def _put(self, event: JobEvent) -> None:
        """Called from APScheduler's thread: the loop is to look."""
        self._events.put(event)
        self.wake.set()

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """The loop, until `end` is called or `until()` is true (asked after every step)."""
        while not self._ending.is_set():
            wait_s = self.step()
            if until is not None and until():
                return
            self.clock.wait(self.wake, min(wait_s, POLL_S * self.clock.speed))

    def end(self) -> None:
        """Ask the loop to end; may be called from a signal handler or another thread."""
        self._ending.set()
        self.wake.set()

    def stop(self) -> None:
        """Reverse of `start`; idempotent."""
        notify("STOPPING=1")
        self.jobs.stop()
        if self._doorbell is not None:
            self._doorbell.close()
            self._doorbell = None
        if self._meter is not None:
            self._meter.close()
            self._meter = None
        self._fade_out()
        self.outputs.close()
        self.renders.close()
        self.alarm.close(ALARM_PATIENCE_S)
        self._read_alarm_news()
        self._note(EventKind.STOP, Words("đài dừng", "the station stops"))
        if self._follow:
            self.journal.set_mark(CLEAN_MARK, "1")
        self.clock_watch.beat()
        self.journal.close()
        self._lock.release()

    def _fade_out(self) -> None:
        self.player.shut_down()
        deadline = self.clock.monotonic() + STOP_BOUND_S * self.clock.speed
        while not self.player.silent and self.clock.monotonic() < deadline:
            self.clock.wait(self.wake, 0.05 * self.clock.speed)
        self.player.conclude()

    # --- the loop ----------------------------------------------------------------------------------------------

    def step(self) -> float:
        """Everything that is due now. Returns station seconds until something is due by time alone."""
        self._look_at_clocks()
        self._read_jobs()
        self._read_requests()  # one of them may confirm the clock, and what was asked after it relies on that
        self.player.permission.clock_trusted = self.clock_watch.trusted
        if self.clock_watch.trusted and not self._settled:
            self._settle(self.clock_watch.previous_alive, reason(ReasonCode.CLOCK_WRONG))
        if self._follow:
            self.planning.reload()
            self.planning.release_due(self.clock_watch.trusted)
        self.dispatcher.release_ready()
        wait_s = self.player.step()
        self._notify_watchdog()
        self._look_at_disk()
        self._read_alarm_news()
        self._publish_status()
        before = self.clock.monotonic()
        patient = before - self._last_quiet < QUIET_AT_LEAST_EVERY_S * self.clock.speed
        if min(wait_s, self._until_next_job()) < QUIET_S * self.clock.speed and patient:
            return wait_s
        if self._while_quiet():
            return 0.0
        return max(0.0, wait_s - (self.clock.monotonic() - before))

    def _look_at_clocks(self) -> None:
        trusted_before = self.player.permission.clock_trusted
        step_s = self.clock_watch.look()
        if step_s:
            self._tell(
                EventKind.CLOCK,
                Words(f"đồng hồ máy nhảy {step_s:+.0f} giây", f"the clock jumped by {step_s:+.0f} s"),
            )
            self.jobs.rebuild()
        if trusted_before and not self.clock_watch.trusted:
            self.alarm.sound(EventKind.CLOCK, self.clock_watch.complaint)

    def _read_jobs(self) -> None:
        """An event of a job says "look": what is due is found by looking; chores wait for a quiet moment."""
        while not self._events.empty():
            event = self._events.get()
            if event.kind in CHORES:
                self._chores.add(event.kind)

    def _until_next_job(self) -> float:
        pending = self.jobs.pending()
        return (pending[0].moment - self.clock.now()).total_seconds() if pending else 3600.0

    def _while_quiet(self) -> bool:
        """What may take a good part of a second, and must not do so just before something ends or begins. True when it
        changed what is due."""
        planned = False
        if self._follow:
            planned = self._do_chores()
            if self._readiness_stale:
                self._readiness_stale = False
                self.planning.refresh()
        self.journal.checkpoint()
        self._last_quiet = self.clock.monotonic()
        return planned

    def _do_chores(self) -> bool:
        """Every chore whose job has fired. True when something new was planned."""
        planned = False
        if JobKind.PLANNING in self._chores and self.clock_watch.trusted:
            planned = self.planning.plan_ahead()
        if JobKind.SWEEP in self._chores:
            self.planning.sweep()
        if JobKind.PRUNING in self._chores and not self._simulated:
            self._studio.cache.prune()
        self._chores.clear()
        return planned

    def _read_requests(self) -> None:
        version = self.journal.data_version()
        if version != self._data_version:
            self._data_version = version
            self.player.conclude_ended()  # a storm of requests must not delay the word that something was heard
            self.dispatcher.take_requests()
            # Approvals reach the journal without a request.
            self._readiness_stale |= self.settings.approval_required

    def _notify_watchdog(self) -> None:
        if self._watchdog_s is not None and self.clock.monotonic() >= self._next_watchdog:
            self._next_watchdog = self.clock.monotonic() + self._watchdog_s * self.clock.speed
            notify("WATCHDOG=1")

    def _look_at_disk(self) -> None:
        """Tell what is wrong with it."""
        if not self._simulated and (told := self._disk_watch.look()) is not None:
            self.raise_alarm(EventKind.DISK, told)
        if (told := self._record_watch.look(on_air=bool(self.player.on_air))) is not None:
            self.raise_alarm(EventKind.JOURNAL, told)

    # --- small things ------------------------------------------------------------------------------------------

    def _outputs(self, speakers: Sequence[Speaker]) -> Outputs:
        """One card. It is opened in a thread of its own, except in a simulation, which has one thread."""
        opened = None if self._simulated else self.wake.set
        return Outputs(speakers, self.clock, self.raise_alarm, on_opened=opened)

    def _rendered(self) -> None:
        self._readiness_stale = True
        self.wake.set()

    def _note(self, kind: EventKind, text: Words) -> None:
        self.journal.note(kind, text)
        self._tell(kind, text)

    def raise_alarm(self, kind: EventKind, text: Words) -> None:
        """Something that a person must know of, the good end of it included."""
        self._note(kind, text)
        self.alarm.sound(kind, text)

    def _disk_full(self) -> None:
        self._tell(EventKind.DISK, RESERVE_USED)  # not into the journal, which has just found no room
        self.alarm.sound(EventKind.DISK, RESERVE_USED)

    def _verdict_given(self, key: OccurrenceKey, outcome: Outcome, why: Reason) -> None:
        if outcome in ALARMING and (known := self.journal.occurrence(key)) is not None:
            at = f"{known.planned_at.astimezone(self.settings.tz):%H:%M %d/%m}"
            verdict, told = ALARMING[outcome], why.words()
            self.alarm.sound(
                EventKind.SESSION,
                Words(f"«{known.title}» {at} {verdict.vi}: {told.vi}", f"'{known.title}' {at} {verdict.en}: {told.en}"),
            )

    def _read_alarm_news(self) -> None:
        for sent in self.alarm.news():
            self._note(EventKind.ALARM, sent.line)

    def ended(self, key: OccurrenceKey) -> Outcome | None:
        """The verdict on an occurrence, or None."""
        known = self.journal.occurrence(key)
        return known.outcome if known else None

    def _publish_status(self) -> None:
        if self._doorbell is not None:  # else nobody can ask
            self._status = json.dumps(self.status().as_json(), ensure_ascii=False)
        if self._meter is not None and self.player.on_air:
            self._meter.look()

    def status(self) -> StationStatus:
        """What doors are told."""
        sources = StatusSources(
            settings=self.settings,
            clock=self.clock,
            journal=self.journal,
            player=self.player,
            outputs=self.outputs,
            started_at=self.started_at,
        )
        following = self.planning.next_planned()
        accepted = self.dispatcher.waiting()
        return sources.status(trusted=self.clock_watch.trusted, following=following, accepted=accepted)


def _ask_for_priority() -> None:
    """Threads and processes started after this inherit it."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # allowed for root, or with Nice or LimitNICE in the service's unit
            os.setpriority(os.PRIO_PROCESS, 0, min(PRIORITY, os.getpriority(os.PRIO_PROCESS, 0)))


def _nobody(kind: EventKind, text: Words) -> None:
    """Nobody watches the console."""


def _span(start: datetime, end: datetime) -> str:
    """`05:12–05:47`, with dates when they differ."""
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    return f"{start:%H:%M %d/%m}–{end:%H:%M %d/%m}"
