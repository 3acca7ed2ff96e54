"""What say, play and emergency share: one request through the running station, or through a station of our own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from broadcaster.cli import airings, console
from broadcaster.cli.asking import Door, opened
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time
from broadcaster.clock import SystemClock
from broadcaster.enum_words import OUTCOME_WORDS
from broadcaster.errors import (
    AudioError,
    RefusedError,
    SpeakerError,
    SpeechError,
    StationStateError,
    UsageError,
    Words,
)
from broadcaster.journal import Journal, RequestRow
from broadcaster.model import Level, OccurrenceKey, Outcome, RequestKind

TAKEN_UP_BOUND_S = 2.0
"""A station looks at least once a second; after this it is busy or hangs, and we say so."""
REFUSAL_BOUND_S = 0.3
"""A request that is refused at once (a latched STOP) has its verdict within this of being taken up."""
LOOK_S = 0.1
SILENT_BOUND_S = 30.0
"""A station that answers nothing for this long has hung: its supervisor restarts it, waiting longer is of no use."""
LONGEST_WAIT = timedelta(hours=3)
"""After its minute: the late rule's bound and the longest notice together are shorter."""
ALL_ZONES = "tat_ca"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to be heard."""

    kind: RequestKind
    payload: Mapping[str, Any]
    """As the station reads it (station/desk.py)."""

    @property
    def at(self) -> datetime | None:
        """When it is to be heard; None: at once."""
        return datetime.fromisoformat(self.payload["at"]) if self.payload.get("at") else None

    @property
    def endless(self) -> bool:
        """Repeated until cancelled."""
        return self.payload.get("repeat") == 0 and not self.payload.get("until")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a request, or has become of it so far."""

    number: int
    row: RequestRow
    airings: tuple[Any, ...]

    @property
    def exit_code(self) -> int:
        """0 aired, open; 7 refused, cancelled, missed or cut; 5 no output; 6 no voice; 3 bad recording; 8 abandoned."""
        match self.row.outcome:
            case None | Outcome.AIRED:
                return 0
            case Outcome.ABANDONED:
                return StationStateError.exit_code
            case Outcome.FAILED if any(airing.audio_sha256 for airing in self.airings):
                return SpeakerError.exit_code
            case Outcome.FAILED if self.row.request.kind is RequestKind.PLAY:
                return AudioError.exit_code
            case Outcome.FAILED:
                return SpeechError.exit_code
        return RefusedError.exit_code


def check_zone(zone: str | None, invocation: Invocation) -> str:
    """The zone, or every one. Raises UsageError for one that the station does not have."""
    zones = dict.fromkeys((ALL_ZONES, *invocation.settings.output.zones))
    if zone is None or zone in zones:
        return zone or ALL_ZONES
    listed = ", ".join(zones)
    raise UsageError(
        Words(f"không có cụm loa «{zone}»", f"there is no zone '{zone}'"),
        cure=Words(f"Chọn trong: {listed}", f"Choose from: {listed}"),
    )


def check_emergency(level: Level, reason: str, at: datetime, invocation: Invocation, *, sure: bool) -> None:
    """Whoever breaks in says that he means it, and outside the allowed hours why. Raises RefusedError or UsageError."""
    if level is not Level.KHAN_CAP:
        return
    from broadcaster.playout.gate import Gate

    settings = invocation.settings
    if Gate(hours=settings.hours, tz=settings.tz).outside(at) and not reason.strip():
        raise RefusedError(
            Words(
                "ngoài giờ cho phép, phát khẩn cấp phải ghi lý do",
                "outside the allowed hours an emergency needs a reason",
            ),
            cure=Words('Thêm --reason "lý do"', 'Add --reason "why"'),
        )
    question = Words(
        "Phát KHẨN CẤP ra loa ngay, cắt chương trình đang phát? [c/K] ",
        "EMERGENCY on the loudspeakers now, cutting what is on air? [y/N] ",
    )
    if not sure and not console.agreed(question):
        raise RefusedError(Words("đã thôi, không phát gì", "given up, nothing was aired"))


def announce(invocation: Invocation, wish: Wish, *, wait: bool, as_json: bool) -> int:
    """Ask, wait if wanted, tell. Returns the exit code."""
    with opened(invocation) as door:
        if door.holder is not None:
            fate = _through_running_station(door, wish, wait)
            _tell(fate, invocation, as_json)
            return fate.exit_code
    fate = _through_own_station(invocation, wish)
    _tell(fate, invocation, as_json)
    return fate.exit_code


# --- through the running station -------------------------------------------------------------------------------


def _through_running_station(door: Door, wish: Wish, wait: bool) -> Fate:
    number = door.ask(wish.kind, wish.payload)
    row = _taken_up(door, number)
    if wait and row.ended_at is None:
        _follow(door, number, wish)
    return _fate(door.journal, number)


def _taken_up(door: Door, number: int) -> RequestRow:
    """The row once the station has accepted or refused it."""
    real, nobody = SystemClock(), threading.Event()
    asked = real.monotonic()
    row = door.row(number)
    while row.acted_at is None and real.monotonic() < asked + TAKEN_UP_BOUND_S:
        real.wait(nobody, LOOK_S / 5)
        row = door.row(number)
    if row.acted_at is None:
        console.notice(
            Words("đài đang bận, chưa nhận; yêu cầu đã được ghi lại", "the station is busy; the request is on record")
        )
        return row
    acted = real.monotonic()
    while row.ended_at is None and real.monotonic() < acted + REFUSAL_BOUND_S:
        real.wait(nobody, LOOK_S / 5)
        row = door.row(number)
    return row


def _follow(door: Door, number: int, wish: Wish) -> None:
    """Until the verdict, the station's death, or the bound."""
    real, nobody = SystemClock(), threading.Event()
    heard_of = real.monotonic()
    last_moment = None if wish.endless else (wish.at or door.clock.now()) + LONGEST_WAIT
    with console.Progress() as progress:
        while door.row(number).ended_at is None:
            status = door.status()
            now = real.monotonic()
            if status is not None:
                heard_of = now
                progress.show(0, progress_words(status, f"yeu_cau/{number}"))
            if now - heard_of > SILENT_BOUND_S or (last_moment and door.clock.now() > last_moment):
                raise StationStateError(
                    Words(f"không chờ được nữa: đài không trả lời (yêu cầu {number})", f"gave up on request {number}"),
                    cure=Words("Xem «broadcaster status» và nhật ký", "See 'broadcaster status' and the journal"),
                )
            real.wait(nobody, LOOK_S)


def progress_words(status: Mapping[str, Any], key: str) -> Words:
    """Where a request stands, out of the station's status."""
    on_air = status.get("on_air")
    if on_air and on_air["occurrence"] == key:
        span = f"{console.duration(on_air['position_s'])} / {console.duration(on_air['length_s'])}"
        return Words(f"đang phát  {span}", f"on air  {span}")
    keys = [waiting["occurrence"] for waiting in status.get("queue", ())]
    if key not in keys:
        return Words("đang nhận…", "being taken up…")
    state = status["queue"][keys.index(key)]["state"]
    if state == "rendering":
        return Words("đang đọc thành tiếng…", "being spoken…")
    place = keys.index(key) + 1
    return Words(f"đang chờ, thứ {place} trong hàng", f"waiting, number {place} in the queue")


# --- through a station of our own ------------------------------------------------------------------------------


def _through_own_station(invocation: Invocation, wish: Wish) -> Fate:
    """No station runs: be one, for this request only. It follows no timetable."""
    from broadcaster.cli.wiring import build_station, output_spec, started

    settings, clock = invocation.settings, invocation.clock
    console.notice(Words("Đài chưa chạy: phát thẳng từ lệnh này.", "No station runs: airing from this command."))

    def tell(kind: str, text: str) -> None:
        if kind in ("loa", "dia", "dong_ho", "nhat_ky"):
            console.notice(f"{kind}: {text}")

    station = build_station(settings, clock, spec=output_spec(None, settings), tell=tell, follow_timetable=False)
    with started(station), console.Progress() as progress:
        if station.outputs.current is None:
            raise SpeakerError(
                Words(f"không có đường ra loa ({station.outputs.trouble})", f"no output ({station.outputs.trouble})")
            )
        number = station.journal.ask(wish.kind, invocation.operator, wish.payload)
        if wish.at is not None:
            console.notice(
                Words(
                    f"Chờ đến {day_and_time(wish.at, settings.tz)}; Ctrl-C để bỏ.",
                    f"Waiting until {day_and_time(wish.at, settings.tz)}; Ctrl-C gives up.",
                )
            )
        station.run(
            until=_ended(
                station.journal, number, lambda: progress.show(0, progress_words(station.status(), f"yeu_cau/{number}"))
            )
        )
        if _open(station.journal, number):
            _give_up(station.journal, number)
            raise KeyboardInterrupt
        return _fate(station.journal, number)


def _give_up(journal: Journal, number: int) -> None:
    """Ctrl-C: what nobody waits for any more must not air at the next start."""
    reason = "người phát bấm Ctrl-C"
    journal.end(OccurrenceKey(f"yeu_cau/{number}"), Outcome.CANCELLED, reason)
    if _open(journal, number):  # not taken up yet: no occurrence
        journal.end_request(number, Outcome.CANCELLED, reason)


def _ended(journal: Journal, number: int, show: Callable[[], None]) -> Callable[[], bool]:
    def ended() -> bool:
        show()
        return not _open(journal, number)

    return ended


def _open(journal: Journal, number: int) -> bool:
    row = journal.request(number)
    return row is not None and row.ended_at is None


def _fate(journal: Journal, number: int) -> Fate:
    row = journal.request(number)
    assert row is not None, "requests are never deleted"
    return Fate(number=number, row=row, airings=tuple(journal.airings_of(OccurrenceKey(f"yeu_cau/{number}"))))


def _tell(fate: Fate, invocation: Invocation, as_json: bool) -> None:
    row = fate.row
    if as_json:
        tz = invocation.settings.tz
        console.print_json(
            {
                "id": fate.number,
                "occurrence": f"yeu_cau/{fate.number}",
                "outcome": row.outcome,
                "reason": row.reason,
                "airings": [airings.as_json(airing, tz) for airing in fate.airings],
            }
        )
    elif row.outcome is None:
        number = fate.number
        console.say(
            Words(
                f"Đài đã nhận, số {number}. Hủy: broadcaster cancel {number}",
                f"Accepted, number {number}. To cancel: broadcaster cancel {number}",
            )
        )
    elif row.outcome is Outcome.AIRED:
        console.say(f"{console.told(OUTCOME_WORDS[row.outcome]).capitalize()}: {row.reason}")
    else:
        console.notice(f"{console.told(OUTCOME_WORDS[row.outcome])}: {row.reason}")
