"""`say`, `play` and emergencies: one announcement through the running station, or through a station of our own."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import NotFoundError, RefusedError, SpeakerError, StationStateError, Words
from broadcaster.journal import Journal, RequestRow
from broadcaster.model import (
    EVERYWHERE,
    Airing,
    Announce,
    CommandResult,
    EventKind,
    Level,
    OccurrenceKey,
    Outcome,
    RequestKind,
    request_key,
)
from broadcaster.reasons import NO_REASON, Reason, ReasonCode, reason
from broadcaster.service.amounts import duration
from broadcaster.service.answer import exit_code_of, exit_code_of_outcome
from broadcaster.service.door import Door, open_door
from broadcaster.settings import Settings
from broadcaster.station_status import StationStatus

ACCEPTED_BOUND_S = 2.0
"""A station looks at least once a second; after this it is busy or hangs, and we say so."""
REFUSAL_BOUND_S = 0.3
"""A request that is refused at once (a latched STOP) has its verdict within this of being accepted."""
LOOK_S = 0.1
SILENT_BOUND_S = 30.0
"""A station that answers nothing for this long has hung: its supervisor restarts it, waiting longer is of no use."""
LONGEST_WAIT = timedelta(hours=3)
"""After its minute: the late rule's bound and the longest notice together are shorter."""
ASKABLE = (Level.THONG_THUONG, Level.UU_TIEN, Level.KHAN_CAP)
"""Levels that an announcement may have."""
MOST_REPEATS = 20
TOLD = frozenset({EventKind.OUTPUT, EventKind.DISK, EventKind.CLOCK, EventKind.JOURNAL})
"""Events of a station of our own that whoever asked must hear of."""


class Step(enum.Enum):
    """Where an announcement is on its way."""

    ACCEPTING = enum.auto()
    SPEAKING = enum.auto()
    """Its clip is being rendered."""
    WAITING = enum.auto()
    ON_AIR = enum.auto()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an announcement has come."""

    step: Step
    place: int = 0
    """In the queue, 1 is next; 0: it is not in the queue."""
    position_s: float = 0.0
    length_s: float | None = None

    def words(self) -> Words:
        """In a few words."""
        match self.step:
            case Step.ON_AIR:
                span = duration(self.position_s) + ("" if self.length_s is None else f" / {duration(self.length_s)}")
                return Words(f"đang phát  {span}", f"on air  {span}")
            case Step.SPEAKING:
                return Words("đang đọc thành tiếng…", "being spoken…")
            case Step.WAITING:
                return Words(f"đang chờ, thứ {self.place} trong hàng", f"waiting, number {self.place} in the queue")
        return Words("đang nhận…", "being accepted…")


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What became of an announcement, or has become of it so far."""

    number: int
    """Of its request."""
    kind: RequestKind
    result: CommandResult | None
    """None: not ended."""
    outcome: Outcome | None
    """Of its occurrence; None: not ended, or it never became one."""
    reason: Reason
    airings: tuple[Airing, ...]
    accepted: bool
    """False: the station has not acted on it yet."""

    @property
    def occurrence(self) -> OccurrenceKey:
        """The occurrence that it becomes."""
        return request_key(self.number)

    @property
    def exit_code(self) -> int:
        """0 aired or still open; 7 refused, cancelled, missed or cut; else by its reason (README)."""
        if self.result is None:
            return 0
        if self.outcome is None:
            return 0 if self.result is CommandResult.DONE else exit_code_of(self.reason, RefusedError)
        return exit_code_of_outcome(self.outcome, self.reason, self.kind)


Show = Callable[[Progress], None]
Tell = Callable[[Words], None]


def needs_reason(settings: Settings, command: Announce, now: datetime) -> bool:
    """Whether this emergency would be refused for want of a reason: outside the allowed hours it must have one."""
    if command.level is not Level.KHAN_CAP or command.reason.strip():
        return False
    local = (command.at or now).astimezone(settings.tz).time()
    named = settings.zone_names if EVERYWHERE in command.zones else command.zones
    bounds = (settings.hours, *(settings.hours_of(zone) for zone in named))
    return not all(hours.allowed_from <= local < hours.allowed_to for hours in bounds)


def check_emergency(settings: Settings, command: Announce, now: datetime) -> None:
    """Raise RefusedError early for what the station would refuse for want of a reason."""
    if needs_reason(settings, command, now):
        raise RefusedError(
            Words(
                "ngoài giờ cho phép, phát khẩn cấp phải ghi lý do",
                "outside the allowed hours an emergency needs a reason",
            ),
            cure=Words('Thêm --reason "lý do"', 'Add --reason "why"'),
        )


def check_recording(file: Path) -> None:
    """Raise NotFoundError or AudioError for a recording that cannot be aired whole."""
    if not file.is_file():
        raise NotFoundError(
            Words("không có tệp ghi âm này", "there is no such recording"),
            where=str(file),
            cure=Words("Kiểm tra tên tệp", "Check the name"),
        )
    from broadcaster.audio.pcm import check

    check(file)


def announce(
    settings: Settings, clock: Clock, operator: str, command: Announce, *, wait: bool, show: Show, tell: Tell
) -> Announcement:
    """Ask the running station, with `wait` until it has aired; without a station air it from this process.

    `show` is called as it comes on, `tell` with what the operator must hear of meanwhile. Raises StationStateError
    when the station stops answering, SpeakerError when there is no output, KeyboardInterrupt on Ctrl-C.
    """
    with open_door(settings, clock, operator) as door:
        if door.holder is not None:
            return through_running_station(door, command, wait=wait, show=show, tell=tell)
    return through_own_station(settings, clock, operator, command, show=show, tell=tell)


# --- through the running station -------------------------------------------------------------------------------


def through_running_station(door: Door, command: Announce, *, wait: bool, show: Show, tell: Tell) -> Announcement:
    """See `announce`."""
    number = door.ask(command)
    row = _accepted(door, number)
    if row.acted_at is None:
        tell(Words("đài đang bận, chưa nhận; yêu cầu đã được ghi lại", "the station is busy; the request is on record"))
    if wait and row.ended_at is None:
        _follow(door, number, command, show)
    return announcement(door.journal, number)


def _accepted(door: Door, number: int) -> RequestRow:
    """The row once the station has accepted or refused it, or after the bounds."""
    real, never = SystemClock(), threading.Event()
    asked = real.monotonic()
    row = door.row(number)
    while row.acted_at is None and real.monotonic() < asked + ACCEPTED_BOUND_S:
        real.wait(never, LOOK_S / 5)
        row = door.row(number)
    acted = real.monotonic()
    while row.acted_at is not None and row.ended_at is None and real.monotonic() < acted + REFUSAL_BOUND_S:
        real.wait(never, LOOK_S / 5)
        row = door.row(number)
    return row


def _follow(door: Door, number: int, command: Announce, show: Show) -> None:
    """Until the verdict, the station's end, or the bound."""
    real, never = SystemClock(), threading.Event()
    answered_at = real.monotonic()
    endless = command.repeat == 0 and command.until is None
    last_moment = None if endless else (command.at or door.clock.now()) + LONGEST_WAIT
    while door.row(number).ended_at is None:
        status = door.status()
        now = real.monotonic()
        if status is not None:
            answered_at = now
            show(progress_of(status, request_key(number)))
        if now - answered_at > SILENT_BOUND_S or (last_moment and door.clock.now() > last_moment):
            raise StationStateError(
                Words(f"không chờ được nữa: đài không trả lời (yêu cầu {number})", f"gave up on request {number}"),
                cure=Words("Xem «broadcaster status» và nhật ký", "See 'broadcaster status' and the journal"),
            )
        real.wait(never, LOOK_S)


def progress_of(status: StationStatus, key: OccurrenceKey) -> Progress:
    """Where a request stands, by the station's status."""
    sounding = [zone.on_air for zone in status.zones if zone.on_air and zone.on_air.occurrence == key]
    if status.on_air is not None and status.on_air.occurrence == key:
        sounding.insert(0, status.on_air)
    if sounding:
        return Progress(step=Step.ON_AIR, position_s=sounding[0].position_s, length_s=sounding[0].length_s)
    for place, waiting in enumerate(status.queue, 1):
        if waiting.occurrence == key:
            step = Step.SPEAKING if waiting.state == "rendering" else Step.WAITING
            return Progress(step=step, place=place)
    return Progress(step=Step.ACCEPTING)


def announcement(journal: Journal, number: int) -> Announcement:
    """What the journal knows of it now."""
    row = journal.request(number)
    assert row is not None, "requests are never deleted"
    key = request_key(number)
    occurrence = journal.occurrence(key)
    ended = occurrence is not None and occurrence.outcome is not None
    return Announcement(
        number=number,
        kind=RequestKind(row.request.kind),
        result=row.result,
        outcome=occurrence.outcome if occurrence is not None else None,
        reason=occurrence.reason if occurrence is not None and ended else row.reason or NO_REASON,
        airings=tuple(journal.airings_of(key)),
        accepted=row.acted_at is not None,
    )


# --- through a station of our own ------------------------------------------------------------------------------


def through_own_station(
    settings: Settings, clock: Clock, operator: str, command: Announce, *, show: Show, tell: Tell
) -> Announcement:
    """No station runs: be one, for this request only. It follows no timetable. See `announce`."""
    from broadcaster.service.running import build_station, own_status, started

    tell(Words("Đài chưa chạy: phát thẳng từ lệnh này.", "No station runs: airing from this command."))

    def tell_event(kind: EventKind, text: Words) -> None:
        if kind in TOLD:
            tell(text)

    station = build_station(settings, clock, tell=tell_event, follow_timetable=False)
    with started(station):
        if not station.outputs.available():
            why = station.outputs.trouble
            raise SpeakerError(Words(f"không có đường ra loa ({why.vi})", f"no output ({why.en})"))
        number = station.journal.ask(command, operator)
        if command.at is not None:
            at = f"{command.at.astimezone(settings.tz):%H:%M %d/%m}"
            tell(Words(f"Chờ đến {at}; Ctrl-C để bỏ.", f"Waiting until {at}; Ctrl-C gives up."))

        def ended() -> bool:
            show(progress_of(own_status(station), request_key(number)))
            return not _open(station.journal, number)

        station.run(until=ended)
        if _open(station.journal, number):
            _give_up(station.journal, number)
            raise KeyboardInterrupt
        return announcement(station.journal, number)


def _give_up(journal: Journal, number: int) -> None:
    """Ctrl-C: what nobody waits for any more must not air at the next start."""
    why = reason(ReasonCode.INTERRUPTED)
    journal.end(request_key(number), Outcome.CANCELLED, why)
    if _open(journal, number):  # not accepted yet: no occurrence
        journal.end_request(number, CommandResult.FAILED, why)


def _open(journal: Journal, number: int) -> bool:
    row = journal.request(number)
    return row is not None and row.ended_at is None
