"""The station: wiring, start and reverse-order stop, the one loop.

start: lock → journal → clock check → outputs → unfinished business → timetable → doorbell → ticker
loop:  look at the clocks → act on requests → follow the timetable → hand over what is due → step the player
       → while nothing is about to begin or end: plan ahead, fold the journal's log into its file
stop:  ticker → doorbell → fade what is on air → outputs → renders → journal → lock
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from broadcaster.clock import Clock, ManualClock
from broadcaster.journal import Journal
from broadcaster.model import Clip, OccurrenceKey, Outcome
from broadcaster.playout import Entry, Gate, Outputs, Player
from broadcaster.playout.onair import near_end_s
from broadcaster.settings import Settings
from broadcaster.speakers import Speaker
from broadcaster.station.alarm import Alarm
from broadcaster.station.clockwatch import ClockWatch
from broadcaster.station.desk import Desk
from broadcaster.station.diskwatch import DiskWatch, RefugeWatch
from broadcaster.station.lock import Doorbell, Holder, StationLock, this_process
from broadcaster.station.notify import notify, watchdog_s
from broadcaster.station.programme import Programme
from broadcaster.station.renders import Renders
from broadcaster.station.status import status_of
from broadcaster.studio import Studio

POLL_S = 1.0
"""Real seconds between two looks when nobody nudges: a lost nudge or an edited timetable waits no longer than this."""
NEAR_END_SLACK_S = 0.05
"""The journalled position of a nearly heard item is a moment old."""
PRIORITY = -10
"""Before the busy browser of the same PC, behind the sound card's process. The rendering processes step back again."""
QUIET_S = 0.5
"""Real seconds. With nothing due for this long there is time to plan, and to wait for the disk."""
QUIET_AT_LEAST_EVERY_S = 10.0
"""Real seconds. Through one short item after another, planning waits no longer than this."""
CLEAN_MARK = "clean_stop"
ALARMING = {
    Outcome.FAILED: "không phát được",
    Outcome.MISSED: "bị lỡ",
    Outcome.PARTLY_AIRED: "mới phát một phần",
    Outcome.ABANDONED: "bị bỏ dở",
}
"""Verdicts that somebody must hear of."""
ALARM_PATIENCE_S = 2.0
"""A stopping station lets a message that is under way go out for so long (real seconds)."""
STOP_BOUND_S = 2.0
"""A stopping station fades what is on air and waits this long (real seconds) for the output to confirm."""


class Station:
    """One running station. `start`, then `run` (or `step` by hand in a simulation), then `stop`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        journal: Journal,
        speakers: Sequence[Speaker],
        studio: Studio,
        follow_timetable: bool = True,
        on_event: Callable[[str, str], None] | None = None,
    ) -> None:
        """`speakers`: the output and its spares. `on_event(kind, text)`: for the operator's console.
        Without `follow_timetable` only requests are served (a `say` with no station running)."""
        self.settings = settings
        self.clock = clock
        self.journal = journal
        self._tell = on_event or _nobody
        self._follow = follow_timetable
        self.wake = threading.Event()
        self._ending = threading.Event()
        self._simulated = isinstance(clock, ManualClock)
        self.clock_watch = ClockWatch(clock, journal, keeps_mark=follow_timetable)
        self._disk_watch = DiskWatch(settings.folder, clock)
        self.alarm = Alarm(settings, clock, self.wake.set, silent=self._simulated or not follow_timetable)
        self.outputs = Outputs(speakers, clock, lambda kind, words: self.raise_alarm(kind, words.vi))
        self.spec = speakers[0].spec
        self._studio = studio
        self.renders = Renders(studio, self._rendered, inline=self._simulated)
        gate = Gate(hours=settings.hours, tz=settings.tz)
        self.player = Player(
            clock=clock,
            outputs=self.outputs,
            journal=journal,
            gate=gate,
            lateness=lambda entry, now: self.programme.lateness(entry.occurrence, now),
            approved=self._approved,
            on_change=self.wake.set,
        )
        self.programme = Programme(
            settings,
            clock=clock,
            journal=journal,
            studio=studio,
            renders=self.renders,
            add=self._add,
            waiting=lambda key: self.player.queue.find(key) is not None,
            alarm=self.raise_alarm,
        )
        self.desk = Desk(
            settings,
            clock=clock,
            journal=journal,
            studio=studio,
            renders=self.renders,
            programme=self.programme,
            player=self.player,
            clock_watch=self.clock_watch,
            on_event=self._tell,
        )
        self._lock = StationLock(settings.lock_path)
        self._doorbell: Doorbell | None = None
        self._ticker: Any = None
        self._next_due: datetime | None = None
        self._readiness_stale = False
        """Something was rendered or approved since occurrences were last looked at."""
        self._settled = False
        self._status = "{}"
        self._data_version = -1
        self.started_at = clock.now()
        self._refuge_watch = RefugeWatch(journal, clock)
        self._last_quiet = clock.monotonic()
        self._watchdog_s = watchdog_s()
        self._next_watchdog = 0.0
        journal.on_disk_full = self._disk_full
        journal.on_verdict = self._verdict_given

    # --- start and stop ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Everything up to the first step. Raises StationStateError when another process runs this station."""
        if not self._simulated:
            self._lock.acquire()
            _ask_for_priority()
        clean = self.journal.mark(CLEAN_MARK) is not None
        if self._follow:
            self.journal.set_mark(CLEAN_MARK, None)
        if not self.journal.keep_ballast():
            self.raise_alarm("dia", "đĩa gần đầy: không còn chỗ dự phòng cho nhật ký")
        self._note("chay", f"đài bắt đầu chạy, ra {self.spec}, đồng hồ {self.clock.label}")
        self.outputs.open_if_due()
        if not self.clock_watch.trusted:
            self.alarm.sound("dong_ho", self.clock_watch.complaint)
        self._take_stock(clean)
        if not self._simulated:
            self._doorbell = Doorbell(self.wake.set, lambda: self._status)
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
                self._start_ticker()
        notify("READY=1")

    def _take_stock(self, clean: bool) -> None:
        """What was on air becomes abandoned; what was owed meanwhile is decided, if the clock can be believed."""
        now, last = self.clock.now(), self.clock_watch.previous_alive
        why = ""
        if last is not None and last < now:
            tz = self.settings.tz
            span = _span(last.astimezone(tz), now.astimezone(tz))
            why = f"đài tắt {span}" if clean else f"mất điện hoặc máy dừng {span}"
        self.journal.abandon_open(
            why or "chương trình dừng đột ngột khi đang phát", near_end_s=near_end_s(self.clock) + NEAR_END_SLACK_S
        )
        if self._follow:
            self.programme.reload()
        if self.clock_watch.trusted:
            self._settle(last, why)
        self.desk.take_up_again()

    def _settle(self, last: datetime | None, why: str) -> None:
        self._settled = True
        now = self.clock.now()
        if self._follow:
            self.programme.settle((last, now) if last is not None and last < now else None, why)
            self.programme.plan_ahead()

    def _start_ticker(self) -> None:
        from broadcaster.schedule.ticker import Ticker

        self._ticker = Ticker(self.clock, self._due_after, self.wake.set)
        self._ticker.start()

    def _due_after(self, after: datetime) -> datetime | None:
        """Called in the scheduler's thread: the moment the loop last computed."""
        due = self._next_due
        return due if due is not None and due > after else None

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
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        if self._doorbell is not None:
            self._doorbell.close()
            self._doorbell = None
        self._fade_out()
        self.outputs.close()
        self.renders.close()
        self.alarm.close(ALARM_PATIENCE_S)
        self._read_alarm_news()
        self._note("dung", "đài dừng")
        if self._follow:
            self.journal.set_mark(CLEAN_MARK, "1")
        self.clock_watch.sign()
        self.journal.close()
        self._lock.release()

    def _fade_out(self) -> None:
        self.player.shut_down("đài dừng theo lệnh")
        deadline = self.clock.monotonic() + STOP_BOUND_S * self.clock.speed
        while self.player.on_air is not None and self.clock.monotonic() < deadline:
            if self.player.on_air.playback.state.final:
                self.player.conclude()
                return
            self.clock.wait(self.wake, 0.05 * self.clock.speed)
        self.player.conclude()

    # --- the loop ----------------------------------------------------------------------------------------------

    def step(self) -> float:
        """Everything that is due now. Returns station seconds until something is due by time alone."""
        step_s = self.clock_watch.look()
        if step_s:
            self._tell("dong_ho", f"đồng hồ máy nhảy {step_s:+.0f} giây")
        if self.player.permission.clock_trusted and not self.clock_watch.trusted:
            self.alarm.sound("dong_ho", self.clock_watch.complaint)
        self._read_requests()  # one of them may confirm the clock, and what was asked after it relies on that
        self.player.permission.clock_trusted = self.clock_watch.trusted
        if self.clock_watch.trusted and not self._settled:
            self._settle(self.clock_watch.previous_alive, "đồng hồ máy sai")
        if self._follow:
            self.programme.reload()
            self.programme.hand_over(self.clock_watch.trusted)
        self.desk.hand_over()
        wait_s = self.player.step()
        self._sign_of_life()
        self._plan_next_look()
        self._mind_the_disk()
        self._read_alarm_news()
        self._publish_status()
        wait_s = min(wait_s, self._until_next_due())
        before = self.clock.monotonic()
        patient = before - self._last_quiet < QUIET_AT_LEAST_EVERY_S * self.clock.speed
        if wait_s < QUIET_S * self.clock.speed and patient:
            return wait_s
        if self._while_quiet():
            return 0.0
        return max(0.0, wait_s - (self.clock.monotonic() - before))

    def _while_quiet(self) -> bool:
        """What may take a good part of a second, and must not do so just before something ends or begins. True when it
        changed what is due."""
        planned = False
        if self._follow:
            planned = self.clock_watch.trusted and self.programme.plan_ahead()
            if self._readiness_stale:
                self._readiness_stale = False
                self.programme.refresh()
        self.journal.fold_in()
        self._last_quiet = self.clock.monotonic()
        return planned

    def _read_requests(self) -> None:
        version = self.journal.data_version()
        if version != self._data_version:
            self._data_version = version
            self.player.conclude_ended()  # a storm of requests must not delay the word that something was heard
            self.desk.take_requests()
            # Approvals reach the journal without a request.
            self._readiness_stale |= self.settings.approval_required

    def _plan_next_look(self) -> None:
        now = self.clock.now()
        moments = [self.programme.next_due(now) if self._follow else None, self.desk.next_due(now)]
        due = min((moment for moment in moments if moment is not None), default=None)
        if due != self._next_due:
            self._next_due = due
            if self._ticker is not None:
                self._ticker.reschedule()

    def _until_next_due(self) -> float:
        if self._next_due is None:
            return 3600.0
        return max(0.0, (self._next_due - self.clock.now()).total_seconds())

    def _sign_of_life(self) -> None:
        if self._watchdog_s is not None and self.clock.monotonic() >= self._next_watchdog:
            self._next_watchdog = self.clock.monotonic() + self._watchdog_s * self.clock.speed
            notify("WATCHDOG=1")

    def _mind_the_disk(self) -> None:
        """Say what is wrong with it."""
        if not self._simulated and (told := self._disk_watch.look()):
            self.raise_alarm("dia", told)
        if told := self._refuge_watch.look(on_air=self.player.on_air is not None):
            self.raise_alarm("nhat_ky", told)

    # --- small things ------------------------------------------------------------------------------------------

    def _add(self, entry: Entry) -> None:
        self._tell("phien", f"đến giờ «{entry.occurrence.title}»")
        self.player.add(entry)

    def _rendered(self) -> None:
        self._readiness_stale = True
        self.wake.set()

    def _note(self, kind: str, text: str) -> None:
        self.journal.note(kind, text)
        self._tell(kind, text)

    def raise_alarm(self, kind: str, text: str) -> None:
        """Something that a person must know of, the good end of it included."""
        self._note(kind, text)
        self.alarm.sound(kind, text)

    def _disk_full(self) -> None:
        text = "đĩa đầy: đã dùng phần dự phòng của nhật ký"
        self._tell("dia", text)  # not into the journal, which has just found no room
        self.alarm.sound("dia", text)

    def _verdict_given(self, key: OccurrenceKey, outcome: Outcome, reason: str) -> None:
        if outcome in ALARMING and (known := self.journal.occurrence(key)) is not None:
            at = known.planned_at.astimezone(self.settings.tz)
            self.alarm.sound("phien", f"«{known.title}» {at:%H:%M %d/%m} {ALARMING[outcome]}: {reason}")

    def _read_alarm_news(self) -> None:
        for sent in self.alarm.news():
            self._note("bao_dong", sent.line)

    def _approved(self, script: str, clip: Clip) -> bool:
        return not self.settings.approval_required or self.journal.approval(script, clip.audio_sha256) is not None

    def ended(self, key: OccurrenceKey) -> Outcome | None:
        """The verdict on an occurrence, or None."""
        known = self.journal.occurrence(key)
        return known.outcome if known else None

    def _publish_status(self) -> None:
        if self._doorbell is not None:  # else nobody can ask
            self._status = json.dumps(self.status(), ensure_ascii=False)

    def status(self) -> dict[str, Any]:
        """What `status --json` prints."""
        return status_of(self)


def _ask_for_priority() -> None:
    """Threads and processes started after this inherit it."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # allowed for root, or with Nice or LimitNICE in the service's unit
            os.setpriority(os.PRIO_PROCESS, 0, min(PRIORITY, os.getpriority(os.PRIO_PROCESS, 0)))


def _nobody(kind: str, text: str) -> None:
    """Nobody watches the console."""


def _span(start: datetime, end: datetime) -> str:
    """`05:12–05:47`, with dates when they differ."""
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    return f"{start:%H:%M %d/%m}–{end:%H:%M %d/%m}"
