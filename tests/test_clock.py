"""The three clocks keep one contract; no wake-up is lost, and a simulated day takes milliseconds."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from broadcaster.clock import (
    CLOCK_VARIABLE,
    Clock,
    ManualClock,
    ScaledClock,
    SystemClock,
    clock_from_environment,
)
from broadcaster.errors import UsageError

START = datetime(2026, 12, 1, 5, 25, tzinfo=timezone(timedelta(hours=7)))
PATIENCE_S = 10.0
"""Seconds. Bound of what should happen at once; only a broken clock reaches it."""

CLOCKS = {
    "system": SystemClock,
    "scaled": lambda: ScaledClock(START, 60),
    "manual": lambda: ManualClock(START),
}


@pytest.fixture(params=CLOCKS.values(), ids=list(CLOCKS))
def clock(request) -> Clock:
    return request.param()


# The contract


def test_now_is_utc_and_never_before_monotonic_says(clock):
    assert clock.now().tzinfo is UTC
    wall, steady = clock.now(), clock.monotonic()
    clock.wait(threading.Event(), 0.02 * clock.speed)
    passed = clock.monotonic() - steady
    assert passed >= 0.02 * clock.speed - 1e-6
    assert (clock.now() - wall).total_seconds() == pytest.approx(passed, abs=0.5 * clock.speed)


def test_wait_returns_at_once_when_woken_and_clears_the_call(clock):
    wake = threading.Event()
    wake.set()
    before = clock.monotonic()
    assert clock.wait(wake, 3600 * clock.speed) is True
    assert clock.monotonic() - before < PATIENCE_S * clock.speed
    assert not wake.is_set()
    assert clock.wait(wake, 0) is False
    assert clock.wait(wake, -5) is False


def test_call_later_runs_once_and_wakes_a_wait(clock):
    wake = threading.Event()
    calls: list[float] = []

    def action() -> None:
        calls.append(clock.monotonic())
        wake.set()

    due = clock.monotonic() + 0.02 * clock.speed
    cancel = clock.call_later(0.02 * clock.speed, action)
    assert clock.wait(wake, PATIENCE_S * clock.speed)
    assert len(calls) == 1 and calls[0] >= due - 1e-6
    cancel()
    cancel()


def test_a_cancelled_action_does_not_run(clock):
    wake, never = threading.Event(), threading.Event()
    clock.call_later(0.01 * clock.speed, never.set)()
    clock.call_later(0.03 * clock.speed, wake.set)
    assert clock.wait(wake, PATIENCE_S * clock.speed)
    assert not never.is_set()


def test_to_system_is_the_machines_time_of_a_station_moment(clock):
    if isinstance(clock, ManualClock):
        assert clock.to_system(START) == START
        return
    due = clock.now() + timedelta(seconds=10 * clock.speed)
    ahead = clock.to_system(due) - datetime.now(UTC)
    assert ahead.total_seconds() == pytest.approx(10, abs=0.2)


class SetAfterTimeout(threading.Event):
    """Set by another thread in the instant after `wait` gave up: the race that lost calls."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return False


@pytest.mark.parametrize("clock", [SystemClock(), ScaledClock(START, 2)], ids=["system", "scaled"])
def test_a_call_that_comes_just_after_the_timeout_is_kept_for_the_next_wait(clock):
    wake = SetAfterTimeout()
    assert clock.wait(wake, 0.01) is False
    assert wake.is_set()


def test_an_endless_wait_is_allowed():
    wake = threading.Event()
    wake.set()
    assert SystemClock().wait(wake, float("inf"))


# ScaledClock


def test_a_scaled_clock_starts_where_told_and_runs_as_fast_as_told():
    clock = ScaledClock(START, 1000)
    before, real = clock.now(), time.monotonic()
    assert before >= START
    clock.wait(threading.Event(), 50)
    took = time.monotonic() - real
    assert (clock.now() - before).total_seconds() == pytest.approx(took * 1000, rel=0.2)
    assert clock.label == "2026-12-01T05:25:00+07:00 x1000"


# ManualClock


def test_a_manual_day_passes_at_once_with_its_actions_in_order_of_time():
    clock = ManualClock(START)
    seen: list[tuple[str, datetime]] = []

    def note(name: str) -> None:
        seen.append((name, clock.now()))

    clock.call_later(7200, lambda: note("two hours"))
    clock.call_later(60, lambda: (note("minute"), clock.call_later(60, lambda: note("next minute"))))
    clock.call_later(60, lambda: note("same minute, asked later"))
    clock.call_later(90_000, lambda: note("tomorrow"))
    clock.advance(86_400)
    assert [name for name, _ in seen] == ["minute", "same minute, asked later", "next minute", "two hours"]
    assert [(at - START).total_seconds() for _, at in seen] == [60, 60, 120, 7200]
    assert clock.now() == START + timedelta(days=1)
    assert clock.monotonic() == 86_400


def test_a_manual_wait_stops_at_the_action_that_wakes_it():
    clock, wake = ManualClock(START), threading.Event()
    clock.call_later(10, wake.set)
    assert clock.wait(wake, 3600)
    assert clock.monotonic() == 10
    assert not clock.wait(wake, 3600)
    assert clock.monotonic() == 3610


def test_a_stepped_wall_leaves_monotonic_time_and_waiting_actions_alone():
    clock = ManualClock(START)
    ran: list[float] = []
    clock.call_later(30, lambda: ran.append(clock.monotonic()))
    clock.step_wall(timedelta(hours=-2))
    assert clock.now() == START - timedelta(hours=2)
    assert clock.monotonic() == 0
    clock.advance(30)
    assert ran == [30]


def test_cancelled_actions_leave_nothing_behind():
    clock = ManualClock(START)
    for _ in range(1000):
        cancel = clock.call_later(1, lambda: None)
        clock.advance(1)
        cancel()
        clock.call_later(1, lambda: None)()
    clock.advance(2)
    assert not clock._actions and not clock._due


# BROADCASTER_CLOCK


def test_without_the_variable_the_machines_clock_is_used(monkeypatch):
    monkeypatch.delenv(CLOCK_VARIABLE, raising=False)
    assert isinstance(clock_from_environment(), SystemClock)
    monkeypatch.setenv(CLOCK_VARIABLE, "  ")
    assert isinstance(clock_from_environment(), SystemClock)


@pytest.mark.parametrize(
    ("spec", "speed"),
    [
        ("2026-12-01T05:25+07:00 x60", 60.0),
        ("2026-12-01T05:25+07:00", 1.0),
        ("2026-11-30T22:25Z  x0.5", 0.5),
    ],
)
def test_the_variable_starts_a_scaled_clock(monkeypatch, spec, speed):
    monkeypatch.setenv(CLOCK_VARIABLE, spec)
    clock = clock_from_environment()
    assert isinstance(clock, ScaledClock)
    assert clock.speed == speed
    assert timedelta(0) <= clock.now() - START < timedelta(seconds=PATIENCE_S * speed)


@pytest.mark.parametrize(
    "spec", ["noon", "2026-12-01T05:25 x60", "2026-12-01T05:25+07:00 x0", "2026-12-01T05:25+07:00 60", "2026-13-01Z x1"]
)
def test_a_variable_that_cannot_be_read_is_wrong_usage(monkeypatch, spec):
    monkeypatch.setenv(CLOCK_VARIABLE, spec)
    with pytest.raises(UsageError) as caught:
        clock_from_environment()
    assert caught.value.exit_code == 2
    assert spec.split()[0] in caught.value.line("vi") and spec.split()[0] in caught.value.line("en")
