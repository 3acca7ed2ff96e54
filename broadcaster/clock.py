"""The only module that reads the clock. Everything that decides *when* receives a time from here.

Three clocks, one contract: the machine's (`SystemClock`), the same started elsewhere and running faster
(`ScaledClock`, the documented test mode `BROADCASTER_CLOCK`), and one that moves only when told (`ManualClock`,
for rehearsals and simulations: single-threaded, a day passes in milliseconds).
"""

from __future__ import annotations

import heapq
import itertools
import os
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from broadcaster.errors import UsageError, Words

CLOCK_VARIABLE = "BROADCASTER_CLOCK"


class Clock(ABC):
    """Contract. `now` is aware UTC. `monotonic` counts station seconds, never jumps, and shares its speed with `now`.

    `wait` blocks the calling thread until `wake` is set or `timeout_s` station seconds have passed, and clears `wake`.
    `call_later` runs `action` once after `delay_s` station seconds, in an unspecified thread; the returned function
    cancels it and is harmless afterwards.
    """

    label: str
    """How journal rows name this clock: `system`, or what was asked for."""

    @abstractmethod
    def now(self) -> datetime:
        """Wall time, aware, UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Station seconds from an arbitrary origin."""

    @abstractmethod
    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        """Wait as the class says. True if `wake` was set."""

    @abstractmethod
    def call_later(self, delay_s: float, action: Callable[[], None]) -> Callable[[], None]:
        """Run `action` later; returns its cancel."""

    def to_system(self, moment: datetime) -> datetime:
        """The machine's wall time at which this clock will show `moment` (what APScheduler must be told)."""
        return moment

    @property
    def speed(self) -> float:
        """Station seconds per real second."""
        return 1.0


def _wait_real(wake: threading.Event, timeout_s: float) -> bool:
    """Wait `timeout_s` real seconds at most for `wake`, and clear it if it was set."""
    hit = wake.wait(min(max(0.0, timeout_s), threading.TIMEOUT_MAX))
    if hit:  # set just after the time-out, it must stay set: clearing it here would lose the call
        wake.clear()
    return hit


class SystemClock(Clock):
    """The machine's own clock."""

    label = "system"

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        return _wait_real(wake, timeout_s)

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Callable[[], None]:
        timer = threading.Timer(max(0.0, delay_s), action)
        timer.daemon = True
        timer.start()
        return timer.cancel


class ScaledClock(Clock):
    """A clock that starts at a given moment and runs `speed` times as fast as the machine's clock."""

    def __init__(self, start: datetime, speed: float) -> None:
        """`start` aware; `speed` in station seconds per real second, above 0."""
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._origin = time.monotonic()
        self.label = f"{start.isoformat(timespec='seconds')} x{speed:g}"

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._origin) * self._speed

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        return _wait_real(wake, timeout_s / self._speed)

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Callable[[], None]:
        timer = threading.Timer(max(0.0, delay_s / self._speed), action)
        timer.daemon = True
        timer.start()
        return timer.cancel

    def to_system(self, moment: datetime) -> datetime:
        # From the present, not from the start: the machine's wall time may have been set since.
        return datetime.now(UTC) + (moment - self.now()) / self._speed


class ManualClock(Clock):
    """A clock that moves only inside `wait` and `advance`, which run due `call_later` actions in order of time."""

    label = "manual"

    def __init__(self, start: datetime) -> None:
        """`start` aware."""
        self._wall_at_zero = start.astimezone(UTC)
        self._monotonic = 0.0
        self._due: list[tuple[float, int]] = []
        self._actions: dict[int, Callable[[], None]] = {}
        """By serial number; a cancelled one is missing here and still in the heap."""
        self._serial = itertools.count()

    def now(self) -> datetime:
        # From the whole, not step by step: steps below a microsecond would add up to nothing.
        return self._wall_at_zero + timedelta(seconds=self._monotonic)

    def monotonic(self) -> float:
        return self._monotonic

    def step_wall(self, by: timedelta) -> None:
        """Move the wall time alone, as an operator or NTP would; monotonic time stays."""
        self._wall_at_zero += by

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Callable[[], None]:
        serial = next(self._serial)
        self._actions[serial] = action
        heapq.heappush(self._due, (self._monotonic + max(0.0, delay_s), serial))

        def cancel() -> None:
            self._actions.pop(serial, None)

        return cancel

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        end = self._monotonic + max(0.0, timeout_s)
        while not wake.is_set() and self._run_next(end):
            pass
        hit = wake.is_set()
        if not hit:
            self._move_to(end)
        wake.clear()  # nothing can set it meanwhile: one thread
        return hit

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        end = self._monotonic + seconds
        while self._run_next(end):
            pass
        self._move_to(end)

    def _run_next(self, end: float) -> bool:
        """Run the earliest action due by `end`; False when there is none."""
        while self._due and self._due[0][0] <= end:
            due, serial = heapq.heappop(self._due)
            action = self._actions.pop(serial, None)
            if action is not None:
                self._move_to(due)
                action()
                return True
        return False

    def _move_to(self, moment: float) -> None:
        self._monotonic = max(self._monotonic, moment)


def clock_from_environment() -> Clock:
    """The clock that BROADCASTER_CLOCK asks for ("2026-12-01T05:25+07:00 x60"), else the machine's.

    Raises UsageError when the variable cannot be read.
    """
    spec = os.environ.get(CLOCK_VARIABLE, "").strip()
    if not spec:
        return SystemClock()
    match = re.fullmatch(r"(\S+)(?:\s+x(\d+(?:\.\d+)?))?", spec)
    cure = Words("Viết như: 2026-12-01T05:25+07:00 x60", "Write it like: 2026-12-01T05:25+07:00 x60")
    if match is None:
        raise UsageError(Words(f"không hiểu đồng hồ thử «{spec}»", f"cannot read the test clock '{spec}'"), cure=cure)
    try:
        start = datetime.fromisoformat(match[1])
    except ValueError as error:
        raise UsageError(
            Words(f"không hiểu đồng hồ thử «{spec}»", f"cannot read the test clock '{spec}'"), cure=cure
        ) from error
    speed = float(match[2] or 1)
    if start.tzinfo is None or speed <= 0:
        raise UsageError(
            Words(
                f"đồng hồ thử «{spec}» cần múi giờ và tốc độ lớn hơn 0",
                f"the test clock '{spec}' needs a UTC offset and a speed above 0",
            ),
            cure=cure,
        )
    return ScaledClock(start, speed)
