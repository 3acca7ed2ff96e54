"""Sends a request: a row in the journal, a nudge to the running station, and the answer in the same row."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broadcaster.cli.invocation import Invocation
from broadcaster.clock import Clock, ScaledClock, SystemClock
from broadcaster.errors import StationStateError, Words
from broadcaster.journal import Journal, RequestRow
from broadcaster.model import RequestKind
from broadcaster.station.lock import Holder, ask_status, nudge, running

POLL_S = 0.1
"""How often a waiting door looks into the journal."""
ANSWER_BOUND_S = 10.0
"""Seconds. A station acts on a command within milliseconds; one that takes longer is hung, and its watchdog ends it."""
FRESH_BOUND_S = 0.3
"""A station under a test clock tells the time in its status; a nudged one renews it within this."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """One command's way to the station."""

    invocation: Invocation
    holder: Holder | None
    """Who runs the station; None: nobody."""
    journal: Journal
    clock: Clock
    """The station's clock as seen from here: what is asked is dated by it."""

    def ask(self, kind: RequestKind, payload: Mapping[str, Any] | None = None) -> int:
        """Write the request and wake the station. Returns the row's number."""
        number = self.journal.ask(kind, self.invocation.operator, payload)
        self.nudge()
        return number

    def nudge(self) -> None:
        """Wake the station, if one runs."""
        if self.holder is not None:
            nudge(self.holder)

    def row(self, number: int) -> RequestRow:
        """The request as it is now."""
        row = self.journal.request(number)
        assert row is not None, "requests are never deleted"
        return row

    def answer(self, number: int) -> RequestRow | None:
        """The request once it has ended; None when the station does not act within its bound."""
        real, nobody = SystemClock(), threading.Event()
        end = real.monotonic() + ANSWER_BOUND_S
        while real.monotonic() < end:
            row = self.row(number)
            if row.ended_at is not None:
                return row
            real.wait(nobody, POLL_S / 5)
        return None

    def status(self) -> dict[str, Any] | None:
        """What the running station says of itself; None when none runs or it does not answer."""
        return None if self.holder is None else status_of(self.holder)


@contextmanager
def opened(invocation: Invocation) -> Iterator[Door]:
    """A door to this station, with its journal open."""
    holder = running(invocation.settings.lock_path)
    clock = clock_of(holder, invocation)
    journal = invocation.journal(clock)
    try:
        yield Door(invocation=invocation, holder=holder, journal=journal, clock=clock)
    finally:
        journal.close()


def status_of(holder: Holder) -> dict[str, Any] | None:
    """Its status, or None when it does not answer in time."""
    answer = ask_status(holder)
    try:
        status: dict[str, Any] = json.loads(answer or "{}")
    except ValueError:  # hundreds wait, and the list was cut at a datagram's length
        return None
    return status or None


def clock_of(holder: Holder | None, invocation: Invocation) -> Clock:
    """The clock by which a request must be dated to be young for the station that will read it.

    Only a station under BROADCASTER_CLOCK knows its own time.
    """
    if holder is None:
        return invocation.clock
    if holder.clock == "system":
        return SystemClock()
    now = _fresh_time(holder)
    if now is None:
        raise not_answering(holder)
    speed = float(holder.clock.rpartition(" x")[2] or 1)
    clock = ScaledClock(now, speed)
    clock.label = holder.clock
    return clock


def station_now(invocation: Invocation) -> datetime:
    """The time by the clock of the station that runs, else by this process's."""
    return clock_of(running(invocation.settings.lock_path), invocation).now()


def _fresh_time(holder: Holder) -> datetime | None:
    """The station's time after a nudge: its prepared status may be a second old, which may be a minute of its clock."""
    real, nobody = SystemClock(), threading.Event()
    before = status_of(holder)
    if before is None:
        return None
    nudge(holder)
    end = real.monotonic() + FRESH_BOUND_S
    after = before
    while after["now"] == before["now"] and real.monotonic() < end:
        real.wait(nobody, FRESH_BOUND_S / 30)
        after = status_of(holder) or after
    return datetime.fromisoformat(after["now"])


def not_running(invocation: Invocation) -> StationStateError:
    """The error of commands that need a running station."""
    return StationStateError(
        Words("đài chưa chạy", "the station is not running"),
        where=str(invocation.folder),
        cure=Words("Chạy «broadcaster run» trước", "Run 'broadcaster run' first"),
    )


def not_answering(holder: Holder) -> StationStateError:
    """The error for a station that holds its lock and does not answer."""
    return StationStateError(
        Words(f"đài đang chạy (tiến trình {holder.pid}) nhưng không trả lời", f"process {holder.pid} does not answer"),
        cure=Words(
            "Chờ vài giây rồi thử lại; vẫn vậy thì khởi động lại đài", "Try again shortly, then restart the station"
        ),
    )
