"""How a door reaches a station: its journal, opened without ever migrating it under a running station, a nudge, and
the result in the command's own row."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from broadcaster.clock import Clock, ScaledClock, SystemClock
from broadcaster.errors import StationStateError, Words
from broadcaster.journal import Access, Journal, OutdatedJournalError, RequestRow
from broadcaster.model import Command
from broadcaster.settings import Settings
from broadcaster.station.address import Holder
from broadcaster.station.doorbell import ask_status, nudge
from broadcaster.station.lock import StationLock, running

if TYPE_CHECKING:
    from broadcaster.station_status import StationStatus

LOOK_S = 0.02
"""How often a waiting door looks into the journal."""
RESULT_BOUND_S = 10.0
"""A command is acted on within milliseconds; a station that takes longer hangs, and its watchdog is on the way."""
FRESH_BOUND_S = 0.3
"""A nudged station renews its prepared status within milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """One operator's way to the station."""

    settings: Settings
    operator: str
    """Who asks; written into the journal."""
    holder: Holder | None
    """Who runs the station; None: nobody."""
    journal: Journal
    clock: Clock
    """The station's clock as seen from here: what is asked is dated by it."""

    def ask(self, command: Command) -> int:
        """Write the command and wake the station. Returns the row's number. Raises JournalError."""
        number = self.journal.ask(command, self.operator)
        self.nudge()
        return number

    def nudge(self) -> None:
        """Wake the station, if one runs."""
        if self.holder is not None:
            nudge(self.holder)

    def row(self, number: int) -> RequestRow:
        """The command as it is now."""
        row = self.journal.request(number)
        assert row is not None, "requests are never deleted"
        return row

    def result(self, number: int) -> RequestRow | None:
        """The command once it has ended; None when the station does not act within its bound."""
        real, never = SystemClock(), threading.Event()
        end = real.monotonic() + RESULT_BOUND_S
        while real.monotonic() < end:
            row = self.row(number)
            if row.ended_at is not None:
                return row
            real.wait(never, LOOK_S)
        return None

    def status(self) -> StationStatus | None:
        """What the running station says of itself; None when none runs or it does not answer."""
        return None if self.holder is None else status_of(self.holder)

    def require_station(self) -> Holder:
        """Who runs the station. Raises StationStateError when nobody does."""
        if self.holder is None:
            raise not_running(self.settings)
        return self.holder


@contextmanager
def open_door(settings: Settings, clock: Clock, operator: str) -> Iterator[Door]:
    """A door to this station, with its journal open. `clock`: this process's own.

    Raises JournalError, or StationStateError when a station under a test clock does not answer.
    """
    holder = running(settings.lock_path)
    station_clock = clock_of(holder, clock)
    journal = open_journal(settings, station_clock)
    try:
        yield Door(settings=settings, operator=operator, holder=holder, journal=journal, clock=station_clock)
    finally:
        journal.close()


def open_journal(settings: Settings, clock: Clock) -> Journal:
    """The station's journal, to append to. Only who holds the station's lock may make or migrate it.

    Raises JournalError; OutdatedJournalError while a running station of an older program has the file.
    """
    path = settings.journal_path
    if path.exists():
        try:
            return Journal(path, clock, access=Access.DOOR)
        except OutdatedJournalError:
            if running(settings.lock_path) is not None:
                raise
    try:
        with StationLock(settings.lock_path):
            Journal(path, clock, access=Access.OWNER).close()
    except StationStateError:
        # Another door does the same just now, or a station starts: either makes the file what it should be.
        if not path.exists():
            raise
    return Journal(path, clock, access=Access.DOOR)


def read_journal(settings: Settings, clock: Clock) -> Journal:
    """The station's journal, to read: never made, never migrated, never written. Raises JournalError."""
    return Journal(settings.journal_path, clock, access=Access.READER)


def status_of(holder: Holder) -> StationStatus | None:
    """Its status, or None when it does not answer in time."""
    from broadcaster.station_status import StationStatus  # `stop` needs none of it, and must be quick

    answer = ask_status(holder)
    try:
        return StationStatus.from_json(json.loads(answer or "{}"))
    except (KeyError, ValueError, TypeError):  # nothing prepared yet, or a station of another version
        return None


def clock_of(holder: Holder | None, own: Clock) -> Clock:
    """The clock by which a command must be dated to be young for the station that will read it.

    A station under BROADCASTER_CLOCK has a time of its own, which only it knows. Raises StationStateError when it does
    not answer.
    """
    if holder is None:
        return own
    if holder.clock == "system":
        return SystemClock()
    now = _fresh_time(holder)
    if now is None:
        raise not_answering(holder)
    speed = float(holder.clock.rpartition(" x")[2] or 1)
    clock = ScaledClock(now, speed)
    clock.label = holder.clock
    return clock


def station_clock(settings: Settings, own: Clock) -> Clock:
    """The clock of the station that runs, else this process's own. Raises StationStateError as `clock_of`."""
    return clock_of(running(settings.lock_path), own)


def _fresh_time(holder: Holder) -> datetime | None:
    """The station's time after a nudge: its prepared status may be a second old, which may be a minute of its clock."""
    real, never = SystemClock(), threading.Event()
    before = status_of(holder)
    if before is None:
        return None
    nudge(holder)
    end = real.monotonic() + FRESH_BOUND_S
    after = before
    while after.now == before.now and real.monotonic() < end:
        real.wait(never, FRESH_BOUND_S / 30)
        after = status_of(holder) or after
    return after.now


def not_running(settings: Settings) -> StationStateError:
    """For what means nothing without a running station."""
    return StationStateError(
        Words("đài chưa chạy", "the station is not running"),
        where=str(settings.folder),
        cure=Words("Chạy «broadcaster run» trước", "Run 'broadcaster run' first"),
    )


def not_answering(holder: Holder) -> StationStateError:
    """A station that holds its lock and says nothing."""
    return StationStateError(
        Words(f"đài đang chạy (tiến trình {holder.pid}) nhưng không trả lời", f"process {holder.pid} does not answer"),
        cure=Words(
            "Chờ vài giây rồi thử lại; vẫn vậy thì khởi động lại đài", "Try again shortly, then restart the station"
        ),
    )
