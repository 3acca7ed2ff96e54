"""Who takes the steps of an output that keeps the station clock's pace: a thread, or the clock that is moved by hand.

A step does whatever is due and returns the station seconds until the next one; None: nothing is planned.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from broadcaster.clock import Clock, ManualClock

LONGEST_WAIT_S = 3600.0
"""An idle thread is woken by an event; this only bounds the wait."""
STOP_BOUND_S = 5.0
"""A stepping thread ends within one block; one that has not by then hangs in a file system, and is left behind."""

Step = Callable[[], float | None]


class Driver(ABC):
    """Takes steps from `start` to `stop`."""

    @abstractmethod
    def start(self) -> None:
        """Take the first step."""

    @abstractmethod
    def soon(self) -> None:
        """Take a step as soon as possible; from any thread."""

    @abstractmethod
    def stop(self) -> None:
        """Take no more steps, and wait for the one under way."""


class ThreadDriver(Driver):
    """A thread that waits for the clock."""

    def __init__(self, clock: Clock, step: Step, name: str) -> None:
        """`name` is the thread's."""
        self._clock = clock
        self._step = step
        self._wake = threading.Event()
        self._running = True
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def soon(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._running = False
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(STOP_BOUND_S)

    def _run(self) -> None:
        while self._running:
            delay = self._step()
            self._clock.wait(self._wake, LONGEST_WAIT_S if delay is None else min(delay, LONGEST_WAIT_S))


class ManualDriver(Driver):
    """Steps are taken by the one thread that moves the clock."""

    def __init__(self, clock: ManualClock, step: Step) -> None:
        """Nothing is planned before `start`."""
        self._clock = clock
        self._step = step
        self._running = False
        self._cancel: Callable[[], None] | None = None

    def start(self) -> None:
        self._running = True
        self.soon()

    def soon(self) -> None:
        self._plan(0.0)

    def stop(self) -> None:
        self._running = False
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _plan(self, delay: float) -> None:
        if self._cancel is not None:
            self._cancel()
        self._cancel = self._clock.call_later(delay, self._take) if self._running else None

    def _take(self) -> None:
        self._cancel = None
        delay = self._step()
        if delay is not None and self._cancel is None:  # the step itself may have asked for another one
            self._plan(delay)


def driver_for(clock: Clock, step: Step, name: str) -> Driver:
    """The driver that suits the clock."""
    return ManualDriver(clock, step) if isinstance(clock, ManualClock) else ThreadDriver(clock, step, name)
