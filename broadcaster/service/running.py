"""From settings to a station that runs: journal, studio, outputs; and the signals that end it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from broadcaster.clock import Clock
from broadcaster.enum_words import OUTCOME_WORDS, title_words
from broadcaster.errors import UsageError, Words
from broadcaster.journal import Journal, set_aside_if_damaged
from broadcaster.model import STATION_RATE_HZ, EventKind, zones_text
from broadcaster.service.amounts import duration
from broadcaster.settings import OUTPUT_HINT, Settings, check_output_spec
from broadcaster.station_status import StationStatus

if TYPE_CHECKING:
    from broadcaster.speakers import ZoneRoute
    from broadcaster.station import Station

ENDING = (signal.SIGTERM, signal.SIGINT)
Tell = Callable[[EventKind, Words], None]
"""`tell(kind, text)`: an event for the operator's console."""


def checked_spec(written: str) -> str:
    """The SPEC of `--output`. Raises UsageError for what is none."""
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


@dataclass(frozen=True, kw_only=True)
class Card:
    """One output and the zones that it serves."""

    specs: tuple[str, ...]
    """The output's SPEC, then those of its spares."""
    zones: Mapping[str, ZoneRoute]
    """In channel order."""


def cards_of(settings: Settings, instead: str | None = None, *, spares: bool = True) -> list[Card]:
    """The outputs of station.toml, each once, in the order of its zones.

    `instead`: one SPEC for all zones, each with a channel of its own; nothing reaches another output then.
    """
    from broadcaster.speakers import ZoneRoute, zone_routes

    if instead is not None:
        second = absolute_spec(settings.output.spare, settings)
        specs = [instead] + ([second] if spares and second not in ("", instead) else [])
        return [Card(specs=tuple(specs), zones=zone_routes(settings.zone_names))]
    routes: dict[str, dict[str, ZoneRoute]] = {}
    beside: dict[str, dict[str, None]] = {}
    for zone in settings.zones:
        output = absolute_spec(settings.output_of(zone.name), settings)
        routes.setdefault(output, {})[zone.name] = ZoneRoute(channels=zone.channels, gain_db=zone.gain_db)
        spare = absolute_spec(settings.spare_of(zone.name), settings)
        beside.setdefault(output, {})
        if spares and spare not in ("", output):
            beside[output][spare] = None
    return [Card(specs=(output, *beside[output]), zones=zones) for output, zones in routes.items()]


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
    settings: Settings,
    clock: Clock,
    *,
    tell: Tell,
    output: str | None = None,
    follow_timetable: bool = True,
    spares: bool = True,
) -> Station:
    """A station, not started, which holds its lock: only who does may create or migrate the journal. `output`: a SPEC
    instead of station.toml's, for all zones. Raises StationStateError when another process runs this station.
    """
    from broadcaster.speakers import open_speaker
    from broadcaster.station import Station
    from broadcaster.station.lock import StationLock
    from broadcaster.studio import Studio

    latency_s = settings.output.latency_s
    cards = [
        [open_speaker(spec, clock, zones=card.zones, latency_s=latency_s) for spec in card.specs]
        for card in cards_of(settings, output, spares=spares)
    ]
    studio = Studio(settings, clock)
    lock = StationLock(settings.lock_path)
    lock.acquire()
    try:
        journal, warning = own_journal(settings, clock)
        station = Station(
            settings,
            clock=clock,
            journal=journal,
            cards=cards,
            studio=studio,
            follow_timetable=follow_timetable,
            on_event=tell,
            lock=lock,
        )
    except BaseException:
        lock.release()
        raise
    if warning is not None:
        station.raise_alarm(EventKind.JOURNAL, warning)
    return station


def own_status(station: Station) -> StationStatus:
    """What a station of this process says of itself."""
    return station.status()


class AirNews:
    """Tells what goes on air and how it ended. `look` is called after every step of the station."""

    def __init__(self, station: Station, tell: Tell) -> None:
        self._station = station
        self._tell = tell
        self._known: dict[int, str] = {}
        """Row and item of everything that was on air at the last look."""

    def look(self) -> bool:
        """Never a reason to end."""
        sounding = {each.airing: each for each in self._station.player.on_air}
        for airing in self._known.keys() - sounding.keys():
            item = self._known.pop(airing)
            row = self._station.journal.airing(airing)
            if row is not None and row.outcome is not None:
                verdict, why = OUTCOME_WORDS[row.outcome], row.reason.words()
                self._tell(
                    EventKind.ENDED,
                    Words(f"{item}: {verdict.vi}, {why.vi}", f"{item}: {verdict.en}, {why.en}"),
                )
        for airing in sounding.keys() - self._known.keys():
            on_air = sounding[airing]
            self._known[airing] = on_air.item
            title = title_words(on_air.cue.item.kind, on_air.clip.title)
            length = duration(on_air.clip.duration_s - on_air.start_frame / STATION_RATE_HZ)
            where = "" if len(self._station.settings.zones) == 1 else f" [{zones_text(sorted(on_air.heard_in))}]"
            self._tell(
                EventKind.ON_AIR,
                Words(f"{on_air.item} «{title.vi}» ({length}){where}", f"{on_air.item} '{title.en}' ({length}){where}"),
            )
        return False


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
