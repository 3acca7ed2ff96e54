"""The ticker with the real APScheduler: at the due instant, at least every heartbeat, and through stepped clocks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.clock import Clock, ScaledClock, SystemClock
from broadcaster.schedule import Ticker, expand, next_after
from broadcaster.schedule.trigger import StationTrigger

from .timetables import HANOI, session, timetable

START = datetime(2026, 12, 1, 5, 29, 50, tzinfo=HANOI)
PATIENCE_S = 10.0
"""Real seconds after which a test gives up; nothing here should take one."""


class SteppedClock(SystemClock):
    """The machine's clock with a wall that the test sets, as NTP or an operator would."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


class Ticks:
    """Collects what the ticker calls back with; `wait_for` blocks until it holds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self.at: list[datetime] = []
        self.steps: list[float] = []
        self.errors: list[Exception] = []
        self.fail_next: Exception | None = None

    def tick(self) -> None:
        self._note(self.at, self._clock.now())
        if self.fail_next is not None:
            error, self.fail_next = self.fail_next, None
            raise error

    def step(self, seconds: float) -> None:
        self._note(self.steps, seconds)

    def error(self, error: Exception) -> None:
        self._note(self.errors, error)

    def wait_for(self, true: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(true, PATIENCE_S), (
                f"ticks {self.at}, steps {self.steps}, errors {self.errors}"
            )

    def _note(self, where: list, what: object) -> None:
        with self._changed:
            where.append(what)
            self._changed.notify_all()


@pytest.fixture
def started() -> Iterator[Callable[..., tuple[Ticker, Ticks]]]:
    tickers: list[Ticker] = []

    def start(clock: Clock, next_due: Callable[[datetime], datetime | None], heartbeat_s: float = 5.0):
        ticks = Ticks(clock)
        ticker = Ticker(clock, next_due, ticks.tick, on_step=ticks.step, on_error=ticks.error, heartbeat_s=heartbeat_s)
        tickers.append(ticker)
        ticker.start()
        return ticker, ticks

    yield start
    for ticker in tickers:
        assert ticker.stop()


def nothing_due(after: datetime) -> datetime | None:
    return None


def test_a_day_at_a_twenty_thousandfold_speed_ticks_at_every_due_instant(started):
    clock = ScaledClock(START, 20_000)
    timetables = [timetable(session("s", "05:30", "06:00", "11:00", "17:00", "23:59"))]
    due = expand(timetables, START, START + timedelta(days=1), HANOI)

    def next_due(after: datetime) -> datetime | None:
        found = next_after(timetables, after, HANOI)
        return found.planned_at if found else None

    _, ticks = started(clock, next_due)
    ticks.wait_for(lambda: ticks.at and ticks.at[-1] > START + timedelta(days=1))
    for occurrence in due:
        late = [(at - occurrence.planned_at).total_seconds() / clock.speed for at in ticks.at]
        assert min(seconds for seconds in late if seconds >= 0) < 0.5, "real seconds after the planned instant"
    assert not ticks.steps and not ticks.errors


def test_a_due_instant_is_not_rounded_to_the_heartbeat(started):
    clock = SystemClock()
    due = clock.now() + timedelta(seconds=0.3)
    _, ticks = started(clock, lambda after: due if after < due else None, heartbeat_s=60)
    ticks.wait_for(lambda: ticks.at and ticks.at[-1] >= due)
    assert (ticks.at[-1] - due).total_seconds() < 0.2
    assert len(ticks.at) == 2, "one at the start, one at the instant"


def test_ticks_come_every_heartbeat_when_nothing_is_due(started):
    ticker, ticks = started(SystemClock(), nothing_due, heartbeat_s=0.05)
    ticks.wait_for(lambda: len(ticks.at) >= 4)
    assert ticker.silent_s < PATIENCE_S
    gaps = [(later - earlier).total_seconds() for earlier, later in zip(ticks.at, ticks.at[1:], strict=False)]
    assert min(gaps[1:]) > 0.02, "no burst"


def test_a_changed_timetable_is_asked_again_at_once(started):
    clock = SystemClock()
    due: list[datetime] = []
    ticker, ticks = started(clock, lambda after: next((at for at in due if at > after), None), heartbeat_s=60)
    ticks.wait_for(lambda: len(ticks.at) == 1)
    due.append(clock.now() + timedelta(seconds=0.2))
    ticker.reschedule()
    ticks.wait_for(lambda: len(ticks.at) >= 2 and ticks.at[-1] >= due[0])
    assert (ticks.at[-1] - due[0]).total_seconds() < 0.2


@pytest.mark.parametrize("seconds", [3600.0, -3600.0, 3.0, -3.0])
def test_a_stepped_wall_is_noticed_within_a_heartbeat_and_told(started, monkeypatch, seconds):
    clock = SteppedClock()

    class SteppedDatetime(datetime):
        """What APScheduler reads must be stepped too: set back, it would sleep until the old time comes again."""

        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + clock.offset

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", SteppedDatetime)
    _, ticks = started(clock, nothing_due, heartbeat_s=0.1)
    ticks.wait_for(lambda: len(ticks.at) == 1)
    clock.offset = timedelta(seconds=seconds)
    ticks.wait_for(lambda: ticks.steps)
    assert ticks.steps == [pytest.approx(seconds, abs=0.1)]
    told = len(ticks.at)
    ticks.wait_for(lambda: len(ticks.at) >= told + 3)
    gaps = [
        (later - earlier).total_seconds() for earlier, later in zip(ticks.at[told:], ticks.at[told + 1 :], strict=False)
    ]
    assert max(gaps) < 1
    assert len(ticks.steps) == 1, "told once"


def test_jitter_is_no_step(started):
    clock = SteppedClock()
    _, ticks = started(clock, nothing_due, heartbeat_s=0.05)
    for _ in range(3):
        clock.offset += timedelta(seconds=1.5)
        enough = len(ticks.at) + 2
        ticks.wait_for(lambda enough=enough: len(ticks.at) >= enough)
    assert ticks.steps == []


def test_a_failing_tick_and_a_failing_timetable_are_told_and_the_next_tick_comes(started):
    failing = threading.Event()

    def next_due(after: datetime) -> datetime | None:
        if failing.is_set():
            raise OSError("timetable lost")
        return None

    _, ticks = started(SystemClock(), next_due, heartbeat_s=0.05)
    ticks.fail_next = ValueError("bad tick")
    ticks.wait_for(lambda: ticks.errors)
    failing.set()
    ticks.wait_for(lambda: any(isinstance(error, OSError) for error in ticks.errors))
    failing.clear()
    seen = len(ticks.at)
    ticks.wait_for(lambda: len(ticks.at) >= seen + 2)
    assert {type(error) for error in ticks.errors} == {ValueError, OSError}


def test_without_on_error_a_failure_is_in_the_log(caplog):
    done = threading.Event()

    def fail() -> None:
        done.set()
        raise ValueError("bad tick")

    ticker = Ticker(SystemClock(), nothing_due, fail)
    ticker.start()
    assert done.wait(PATIENCE_S)
    assert ticker.stop()
    assert "bad tick" in caplog.text


def test_nothing_ticks_after_stop_and_it_can_start_again():
    clock = SystemClock()
    ticks = Ticks(clock)
    ticker = Ticker(clock, nothing_due, ticks.tick, heartbeat_s=0.02)
    assert ticker.stop() and not ticker.running and ticker.silent_s == 0.0
    ticker.reschedule()
    ticker.start()
    ticker.start()
    ticks.wait_for(lambda: len(ticks.at) >= 2)
    assert ticker.running
    assert ticker.stop()
    seen = len(ticks.at)
    assert not threading.Event().wait(0.1)
    assert len(ticks.at) == seen
    ticker.start()
    ticks.wait_for(lambda: len(ticks.at) >= seen + 2)
    assert ticker.stop()
    assert "APScheduler" not in {thread.name for thread in threading.enumerate()}


def test_a_callback_may_reschedule_and_stop():
    clock = SystemClock()
    stopped: list[bool] = []
    done = threading.Event()

    def tick() -> None:
        ticker.reschedule()
        stopped.append(ticker.stop())
        done.set()

    ticker = Ticker(clock, nothing_due, tick)
    ticker.start()
    assert done.wait(PATIENCE_S)
    assert stopped == [True] and not ticker.running


def test_stop_waits_for_the_tick_that_is_running_and_says_when_it_hangs(monkeypatch):
    monkeypatch.setattr("broadcaster.schedule.ticker.STOP_WAIT_S", 0.05)
    entered, release = threading.Event(), threading.Event()

    def hang() -> None:
        entered.set()
        release.wait(PATIENCE_S)

    ticker = Ticker(SystemClock(), nothing_due, hang)
    ticker.start()
    assert entered.wait(PATIENCE_S)
    assert ticker.stop() is False
    release.set()


def test_apscheduler_writes_no_line_for_every_tick(caplog, started):
    caplog.set_level(logging.INFO)
    _, ticks = started(SystemClock(), nothing_due, heartbeat_s=0.02)
    ticks.wait_for(lambda: len(ticks.at) >= 3)
    assert not [record for record in caplog.records if record.name.startswith("apscheduler.executors")]


# The trigger alone


def test_the_trigger_fires_at_the_due_instant_or_the_heartbeat_whichever_is_first():
    now = datetime(2026, 12, 1, tzinfo=UTC)
    clock = FrozenClock(now)

    def fire(due: datetime | None) -> datetime:
        return StationTrigger(lambda after: due, clock, 5).get_next_fire_time(None, now)

    assert fire(None) == now + timedelta(seconds=5)
    assert fire(now + timedelta(seconds=2)) == now + timedelta(seconds=2)
    assert fire(now + timedelta(hours=2)) == now + timedelta(seconds=5)
    assert fire(now - timedelta(hours=2)) > now, "never at or before now: APScheduler would ask for ever"


def test_the_trigger_asks_for_what_is_due_after_the_schedulers_now_not_after_the_moment_of_asking():
    now = datetime(2026, 12, 1, tzinfo=UTC)
    asked: list[datetime] = []
    trigger = StationTrigger(asked.append, FrozenClock(now + timedelta(seconds=1)), 5)
    local = now.astimezone(HANOI)
    assert trigger.get_next_fire_time(now, local).tzinfo is HANOI
    assert asked == [now]


def test_the_trigger_without_on_error_raises():
    def fail(after: datetime) -> datetime | None:
        raise OSError("timetable lost")

    now = datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(OSError, match="timetable lost"):
        StationTrigger(fail, FrozenClock(now), 5).get_next_fire_time(None, now)


class FrozenClock(SystemClock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now
