"""From settings to a station that runs: journal, studio, outputs; and the signals that end it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from broadcaster.clock import Clock
from broadcaster.errors import UsageError, Words
from broadcaster.journal import Journal, set_aside_if_damaged
from broadcaster.model import EventKind
from broadcaster.settings import OUTPUT_HINT, Settings, check_output_spec

if TYPE_CHECKING:
    from broadcaster.station import Station

ENDING = (signal.SIGTERM, signal.SIGINT)
Tell = Callable[[EventKind, Words], None]
"""`tell(kind, text)`: an event for the operator's console."""


def output_spec(written: str | None, settings: Settings) -> str:
    """`--output`, else the station's own. Raises UsageError for what is no SPEC."""
    if written is None:
        return absolute_spec(settings.output.spec, settings)
    try:
        return check_output_spec(written)
    except ValueError as problem:
        raise UsageError(
            Words(f"không hiểu đầu ra «{written}»", f"cannot read the output '{written}'"), cure=OUTPUT_HINT
        ) from problem


def absolute_spec(spec: str, settings: Settings) -> str:
    """A SPEC of station.toml: its file lies in the station's folder, wherever the program was started."""
    kind, _, path = spec.partition(":")
    return f"{kind}:{settings.folder / path}" if kind in ("wav", "log") else spec


def own_journal(settings: Settings, clock: Clock) -> tuple[Journal, Words | None]:
    """The journal for the process that runs the station, and a warning. A damaged one is set aside and replaced: the
    loudspeakers matter more."""
    aside = set_aside_if_damaged(settings.journal_path, clock.now())
    journal = Journal(settings.journal_path, clock, falls_back=True)
    if aside is None:
        return journal, None
    return journal, Words(
        f"NHẬT KÝ HỎNG: đã cất nguyên vẹn vào {aside.name}, mở nhật ký mới; hãy báo kỹ thuật viên",
        f"JOURNAL DAMAGED: kept as it is in {aside.name}, a new one was opened; call a technician",
    )


def build_station(
    settings: Settings, clock: Clock, *, spec: str, tell: Tell, follow_timetable: bool = True, spare: bool = True
) -> Station:
    """A station, not started. `spec` is its output; the spare of station.toml comes second, unless `spare` is False.

    The journal is opened before the lock is taken: only `start` may refuse, so stop the station whatever happens.
    """
    from broadcaster.speakers import open_speaker
    from broadcaster.station import Station
    from broadcaster.studio import Studio

    second = absolute_spec(settings.output.spare, settings)
    specs = [spec] + ([second] if spare and second not in ("", spec) else [])
    speakers = [open_speaker(one, settings.output, clock) for one in specs]
    studio = Studio(settings, clock)
    journal, warning = own_journal(settings, clock)
    station = Station(
        settings,
        clock=clock,
        journal=journal,
        speakers=speakers,
        studio=studio,
        follow_timetable=follow_timetable,
        on_event=tell,
    )
    if warning is not None:
        station.raise_alarm(EventKind.JOURNAL, warning)
    return station


@contextmanager
def started(station: Station) -> Iterator[Station]:
    """The station between `start` and `stop`; SIGTERM and Ctrl-C end its loop. A refused start leaves nothing open."""
    # Before start and until stop has ended: who is told to end while it starts, or twice, must still end cleanly.
    with _ended_by_signals(station):
        try:
            station.start()
        except BaseException:
            station.journal.close()
            station.renders.close()
            raise
        try:
            yield station
        finally:
            station.stop()


@contextmanager
def _ended_by_signals(station: Station) -> Iterator[None]:
    """A handler runs in the middle of what the main thread does, and `end` takes locks that it may hold just then: it
    would wait for itself. So a thread of its own is told, through a socket."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def end_when_told() -> None:
        while number := reader.recv(1):
            if number[0] in ENDING:
                station.end()

    thread = threading.Thread(target=end_when_told, name="signals", daemon=True)
    thread.start()
    told_before = signal.set_wakeup_fd(writer.fileno())
    before = {number: signal.signal(number, _nothing_yet) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(told_before)
        writer.close()
        thread.join()
        reader.close()


def _nothing_yet(number: int, frame: FrameType | None) -> None:
    """A handler of Python's own is needed for the socket to be told."""
