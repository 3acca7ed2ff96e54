"""Jobs over every kind of clock: one suite for APScheduler's own scheduler and for the one of simulations.

Real clocks are asked for fractions of a second, so that the suite is short; a moment is met within LATE_S of real time.
"""

from __future__ import annotations

import ast
import inspect
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import broadcaster.schedule
from broadcaster.clock import Clock, ManualClock, ScaledClock, SystemClock
from broadcaster.schedule import Due, JobEvent, JobKind, Jobs
from broadcaster.schedule.repeating import RepeatingTrigger

from .timetables import HANOI

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
START = datetime(2026, 12, 1, 5, 29, 50, tzinfo=HANOI)
PATIENCE_S = 10.0
"""Real seconds after which a test gives up; nothing here should take two."""
LATE_S = 0.5
"""Real seconds after its moment at which an event is still on time: the machine may be busy with other tests."""
SPEED = 4.0
"""Of the scaled clock: slow enough that LATE_S is a short time to it as well."""


class SteppedClock(SystemClock):
    """The machine's clock with a wall that the test sets, as NTP or an operator would."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


class Stage:
    """Jobs on one clock, what they put, and a way to let time pass that is the same for every clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.late_s = 0.001 if isinstance(clock, ManualClock) else LATE_S * clock.speed
        self.put: list[tuple[JobEvent, datetime]] = []
        self.on_put: Callable[[JobEvent], None] | None = None
        self._changed = threading.Condition()
        self.jobs = Jobs(clock, self._take)
        self.begun = clock.now()

    def _take(self, event: JobEvent) -> None:
        with self._changed:
            self.put.append((event, self.clock.now()))
            self._changed.notify_all()
        if self.on_put is not None:
            self.on_put(event)

    @property
    def keys(self) -> list[str]:
        return [event.key or event.kind for event, _ in self.put]

    def after(self, seconds: float) -> datetime:
        """The moment so many station seconds after now."""
        return self.clock.now() + timedelta(seconds=seconds)

    def pass_by(self, seconds: float) -> None:
        """Let so many station seconds pass, whatever is put."""
        self.clock.wait(threading.Event(), seconds)

    def until(self, true: Callable[[], object]) -> None:
        """Let time pass until it is true."""
        if isinstance(self.clock, ManualClock):
            for _ in range(round(PATIENCE_S / 0.01)):
                if true():
                    return
                self.clock.advance(0.01)
        with self._changed:
            assert self._changed.wait_for(true, PATIENCE_S), f"put: {self.put}"

    def step(self, seconds: float) -> None:
        """Set the wall time, as an operator or NTP would."""
        if isinstance(self.clock, ManualClock):
            self.clock.step_wall(timedelta(seconds=seconds))
        elif isinstance(self.clock, SteppedClock):
            self.clock.offset += timedelta(seconds=seconds)

    def on_time(self, moment: datetime, number: int = -1) -> bool:
        late_s = (self.put[number][1] - moment).total_seconds()
        return 0 <= late_s <= self.late_s


def _clock(name: str, monkeypatch: pytest.MonkeyPatch) -> Clock:
    if name == "manual":
        return ManualClock(START)
    if name == "scaled":
        return ScaledClock(START, SPEED)
    clock = SteppedClock()

    class SteppedDatetime(datetime):
        """The machine's wall as APScheduler reads it: this test sets no real clock."""

        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + clock.offset

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", SteppedDatetime)
    return clock


@pytest.fixture(params=["manual", "system", "scaled"])
def stage(request, monkeypatch) -> Iterator[Stage]:
    made = Stage(_clock(request.param, monkeypatch))
    made.jobs.start()
    yield made
    made.jobs.stop()


@pytest.fixture(params=["manual", "system"])
def stepped(request, monkeypatch) -> Iterator[Stage]:
    """A stage whose wall time can be set."""
    made = Stage(_clock(request.param, monkeypatch))
    made.jobs.start()
    yield made
    made.jobs.stop()


# One-shot jobs


def test_a_job_fires_once_at_its_moment_and_never_before(stage):
    moment = stage.after(0.3)
    stage.jobs.at("lich/sang/2026-12-01", moment)
    assert stage.jobs.pending() == (Due(key="lich/sang/2026-12-01", moment=moment),)
    stage.until(lambda: stage.put)
    assert stage.put[0][0] == JobEvent(kind=JobKind.OCCURRENCE, key="lich/sang/2026-12-01")
    assert stage.on_time(moment)
    assert stage.jobs.pending() == ()
    stage.pass_by(0.3)
    assert len(stage.put) == 1


def test_what_is_overdue_fires_at_once_however_late(stage):
    asked = stage.clock.now()
    stage.jobs.at("a", asked - timedelta(days=400))
    stage.until(lambda: stage.put)
    assert stage.on_time(asked)


def test_jobs_fire_in_the_order_of_their_moments(stage):
    moment = stage.after(0.1)
    for key, seconds in (("c", 0.2), ("a", 0.0), ("b", 0.1)):
        stage.jobs.at(key, moment + timedelta(seconds=seconds))
    stage.until(lambda: len(stage.put) == 3)
    assert stage.keys == ["a", "b", "c"]


def test_what_is_due_at_one_moment_fires_all_of_it(stage):
    moment = stage.after(0.2)
    for number in range(20):
        stage.jobs.at(f"s{number:02d}", moment)
    stage.until(lambda: len(stage.put) == 20)
    assert len(set(stage.keys)) == 20
    assert stage.on_time(moment)


def test_a_job_of_the_same_kind_and_key_is_replaced(stage):
    later = stage.after(0.4)
    stage.jobs.at("a", stage.after(0.2))
    stage.jobs.at("a", later)
    stage.until(lambda: stage.put)
    stage.pass_by(0.3)
    assert len(stage.put) == 1
    assert stage.on_time(later)


def test_jobs_of_one_key_and_different_kinds_stand_beside_each_other_and_are_cancelled_together(stage):
    for key in ("a", "b"):
        stage.jobs.at(key, stage.after(0.2), JobKind.CHECK)
        stage.jobs.at(key, stage.after(0.3), JobKind.OCCURRENCE)
    stage.jobs.cancel("a")
    stage.jobs.cancel("never asked for")
    stage.until(lambda: len(stage.put) == 2)
    stage.pass_by(0.2)
    assert [(event.kind, event.key) for event, _ in stage.put] == [(JobKind.CHECK, "b"), (JobKind.OCCURRENCE, "b")]


def test_a_job_asked_for_again_and_again_while_it_is_due_is_not_lost(stage):
    for _ in range(50):
        stage.jobs.at("a", stage.clock.now())
    marker = stage.after(0.1)
    stage.jobs.at("b", marker)
    stage.until(lambda: "b" in stage.keys)
    assert "a" in stage.keys


# Chores


def test_a_chore_fires_every_interval_and_first_when_one_has_passed(stage):
    asked = stage.clock.now()
    stage.jobs.every(JobKind.SWEEP, 0.3)
    stage.until(lambda: len(stage.put) == 3)
    assert stage.put[0][0] == JobEvent(kind=JobKind.SWEEP, key="")
    for number in range(3):
        assert stage.on_time(asked + timedelta(seconds=0.3 * (number + 1)), number)


def test_a_chore_asked_for_anew_has_its_new_interval(stage):
    stage.jobs.every(JobKind.SWEEP, 1000)
    stage.jobs.every(JobKind.SWEEP, 0.1)
    stage.until(lambda: len(stage.put) >= 2)


# Start and stop


def test_what_is_asked_for_before_start_fires_after_it(monkeypatch):
    for name in ("manual", "system"):
        stage = Stage(_clock(name, monkeypatch))
        stage.jobs.at("a", stage.after(0.05))
        stage.jobs.at("gone", stage.after(0.05))
        stage.jobs.cancel("gone")
        stage.jobs.every(JobKind.SWEEP, 0.1)
        stage.pass_by(0.2)
        assert stage.put == []
        stage.jobs.start()
        stage.jobs.start()
        stage.until(lambda stage=stage: "sweep" in stage.keys)
        assert stage.keys.count("a") == 1 and "gone" not in stage.keys
        stage.jobs.stop()


def test_nothing_is_put_after_stop_and_what_is_pending_fires_after_another_start(stage):
    stage.jobs.every(JobKind.SWEEP, 0.05)
    stage.until(lambda: stage.put)
    stage.jobs.at("a", stage.after(0.1))
    stage.jobs.stop()
    stage.jobs.stop()
    seen = len(stage.put)
    stage.pass_by(0.3)
    assert len(stage.put) == seen
    stage.jobs.start()
    stage.until(lambda: "a" in stage.keys)


def test_what_is_put_may_add_cancel_and_stop(stage):
    def react(event: JobEvent) -> None:
        if event.key == "first":
            stage.jobs.cancel("second")
            stage.jobs.at("first again", stage.clock.now())
        elif event.key == "first again":
            stage.jobs.stop()

    stage.on_put = react
    for number, key in enumerate(("first", "second", "third")):
        stage.jobs.at(key, stage.after(0.1 + number / 10))
    stage.until(lambda: "first again" in stage.keys)
    stage.pass_by(0.4)
    assert stage.keys == ["first", "first again"]


def test_no_thread_stays_after_stop(monkeypatch):
    before = set(threading.enumerate())
    stage = Stage(_clock("system", monkeypatch))
    stage.jobs.start()
    stage.jobs.at("a", stage.clock.now())
    stage.until(lambda: stage.put)
    stage.jobs.stop()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_stopping_while_jobs_are_due_ends_no_thread_with_an_exception(monkeypatch):
    ended: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: ended.append(args.exc_value))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # with Python's own, the instant in question is met once in many thousand stops
    try:
        for _ in range(200):
            stage = Stage(_clock("system", monkeypatch))
            for number in range(5):
                stage.jobs.at(f"s{number}", stage.clock.now())
            stage.jobs.start()
            for _ in range(3):
                stage.jobs.at("a", stage.clock.now())
            stage.jobs.stop()
    finally:
        sys.setswitchinterval(before)
    assert ended == []


def test_apscheduler_writes_no_line_for_every_job(caplog, stage):
    caplog.set_level(logging.INFO)
    stage.jobs.every(JobKind.SWEEP, 0.05)
    stage.until(lambda: len(stage.put) >= 3)
    assert not [record for record in caplog.records if record.name.startswith("apscheduler.executors")]


# Steps of the wall time


def test_a_job_whose_moment_is_jumped_over_fires_at_once_and_once(stepped):
    stepped.jobs.at("a", stepped.after(1800))
    stepped.jobs.at("b", stepped.after(7200))
    stepped.step(3600)
    rebuilt = stepped.clock.now()
    stepped.jobs.rebuild()
    stepped.until(lambda: stepped.put)
    stepped.pass_by(0.2)
    assert stepped.keys == ["a"] and stepped.on_time(rebuilt)
    assert [due.key for due in stepped.jobs.pending()] == ["b"]


def test_a_wall_set_back_puts_a_job_off_until_its_moment_comes_again(stepped):
    moment = stepped.after(0.5)
    stepped.jobs.at("a", moment)
    stepped.step(-1.0)
    stepped.jobs.rebuild()
    stepped.pass_by(0.7)
    assert stepped.put == []
    stepped.until(lambda: stepped.put)
    assert stepped.on_time(moment)


def test_a_wall_set_back_does_not_stop_the_chores(stepped):
    stepped.jobs.every(JobKind.SWEEP, 0.2)
    stepped.step(-3600)
    stepped.jobs.rebuild()
    stepped.until(lambda: len(stepped.put) >= 3)


def test_a_jump_of_half_a_century_fires_each_chore_once(stepped):
    stepped.jobs.every(JobKind.SWEEP, 0.2)
    stepped.until(lambda: stepped.put)
    stepped.step(56 * 365 * 86_400)
    # Whether APScheduler wakes up by itself or is asked to: both must find one firing, not nine thousand million.
    stepped.pass_by(0.3)
    stepped.jobs.rebuild()
    stepped.pass_by(0.1)
    assert len(stepped.put) <= 4


def test_a_small_correction_delays_a_job_no_longer_than_the_shortest_chore(stepped):
    stepped.jobs.every(JobKind.HEARTBEAT, 0.2)
    moment = stepped.after(3.0)
    stepped.jobs.at("a", moment)
    stepped.step(2.9)
    stepped.until(lambda: "a" in stepped.keys)
    late_s = (stepped.put[stepped.keys.index("a")][1] - moment).total_seconds()
    assert 0 <= late_s <= 0.2 + stepped.late_s


def test_rebuilding_from_what_is_owed_replaces_every_one_shot_job_and_keeps_the_chores(stepped):
    stepped.jobs.every(JobKind.SWEEP, 0.4)
    stepped.jobs.at("gone", stepped.after(0.2))
    stepped.jobs.at("kept", stepped.after(0.2))
    moment = stepped.after(0.3)
    stepped.jobs.rebuild([Due(key="kept", moment=moment), Due(key="new", moment=moment, kind=JobKind.CHECK)])
    stepped.until(lambda: stepped.keys.count("sweep") >= 2)
    assert sorted(set(stepped.keys)) == ["kept", "new", "sweep"]
    assert stepped.keys.count("kept") == stepped.keys.count("new") == 1


def test_a_trigger_that_was_jumped_over_fires_next_on_its_grid():
    first = datetime(2026, 12, 1, tzinfo=UTC)
    trigger = RepeatingTrigger(seconds=20, start_date=first, timezone=UTC)
    assert trigger.get_next_fire_time(first, first) == first + timedelta(seconds=20)
    much_later = first + timedelta(days=3650, seconds=7)
    assert trigger.get_next_fire_time(first, much_later) == first + timedelta(days=3650, seconds=20)


# Simulations


def test_a_simulated_year_fires_every_job_at_its_moment():
    stage = Stage(ManualClock(START))
    first = stage.after(10)
    year = [first + timedelta(days=day, hours=hour) for day in range(365) for hour in (0, 6, 12)]
    for number, moment in enumerate(year):
        if number < 6:  # the next day's, as planning does
            stage.jobs.at(str(number), moment)

    def plan(event: JobEvent) -> None:
        if event.kind is JobKind.OCCURRENCE and (number := int(event.key) + 6) < len(year):
            stage.jobs.at(str(number), year[number])

    stage.on_put = plan
    stage.jobs.every(JobKind.PLANNING, 3600)
    stage.jobs.start()
    stage.clock.advance(365 * 86_400)
    fired = [(int(event.key), at) for event, at in stage.put if event.kind is JobKind.OCCURRENCE]
    assert [number for number, _ in fired] == list(range(len(year)))
    assert all(timedelta(0) <= at - year[number] < timedelta(milliseconds=1) for number, at in fired)
    assert len(stage.put) - len(fired) == 365 * 24


# APScheduler's public API only


def _private(names) -> set[str]:
    return {name for name in names if name.startswith("_") and not name.startswith(("__", "_abc_"))}


def test_no_private_name_of_apscheduler_is_used_or_overridden():
    from apscheduler.schedulers.background import BackgroundScheduler

    from broadcaster.schedule.manual_scheduler import ManualScheduler

    theirs = _private(dir(BackgroundScheduler)) | _private(vars(BackgroundScheduler(timezone=UTC)))
    ours = _private(vars(ManualScheduler)) | _private(dir(RepeatingTrigger)) - _private(dir(RepeatingTrigger.__base__))
    tree = ast.parse(inspect.getsource(ManualScheduler))
    used = _private(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    assert not (ours | used) & theirs
    for path in sorted(Path(broadcaster.schedule.__file__).parent.glob("*.py")):
        foreign = [
            f"{path.name}:{node.lineno} {ast.unparse(node)}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute) and _private({node.attr}) and ast.unparse(node.value) != "self"
        ]
        assert not foreign, "\n".join(foreign)
