"""The doors' side of the station: requests become occurrences, or are acted on at once. Every one ends with a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import (
    EVERYWHERE,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    Request,
    RequestKind,
)
from broadcaster.playout import Player
from broadcaster.settings import Settings
from broadcaster.station.clockwatch import ClockWatch
from broadcaster.station.programme import ARM_S, Programme
from broadcaster.station.renders import Renders
from broadcaster.studio import RenderRequest, Studio

STALE_COMMAND_S = 60.0
"""`skip` and `cancel` meant something when they were asked; a minute later they would hit something else."""
REQUEST_MAX_MINUTES = 60.0
"""An ad-hoc notice never holds the loudspeakers longer than this (emergencies excepted)."""
EMERGENCY = "khan_cap"
"""`cancel` with this id ends every emergency."""


def request_key(request: int) -> OccurrenceKey:
    """The occurrence that a request becomes."""
    return OccurrenceKey(f"yeu_cau/{request}")


def occurrence_of(request: Request, settings: Settings) -> Occurrence:
    """What a `say` or `play` asks for. Raises ValueError when the row was not written by one of our doors."""
    payload = request.payload
    text = request.kind is RequestKind.SAY
    name = str(payload["text"] if text else payload["file"])
    level = Level(payload.get("level", Level.THONG_THUONG))
    at = payload.get("at")
    planned_at = datetime.fromisoformat(at) if at else request.asked_at
    if planned_at.tzinfo is None:
        raise ValueError(f"a time without zone: {at}")
    until = payload.get("until")
    until_at = datetime.fromisoformat(until) if until else None
    if until_at is not None and until_at.tzinfo is None:
        raise ValueError(f"a time without zone: {until}")
    late = settings.late if at else LateRule(kind=LateKind.PLAY, bound=timedelta(seconds=settings.request_expires_s))
    return Occurrence(
        key=request_key(request.id),
        title=str(payload.get("title") or _short(name)),
        planned_at=planned_at,
        items=(
            Item(
                kind=ItemKind.TEXT if text else ItemKind.RECORDING,
                name=name,
                voice=payload.get("voice"),
            ),
        ),
        level=level,
        zones=(str(payload.get("zone") or EVERYWHERE),),
        max_minutes=REQUEST_MAX_MINUTES,
        late=late,
        asked_by=request.asked_by,
        reason=str(payload.get("reason") or ""),
        request_id=request.id,
        # "Until 18:00" alone means: again and again until then.
        repeat=int(payload.get("repeat", 0 if until_at else 1)),
        until=until_at,
    )


@dataclass(kw_only=True)
class _Waiting:
    """A request on its way to the queue: its clips are being made, or its time has not come."""

    occurrence: Occurrence
    after: str | None
    orders: tuple[RenderRequest, ...]


class Desk:
    """See the module's docstring. Belongs to the station's loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        journal: Journal,
        studio: Studio,
        renders: Renders,
        programme: Programme,
        player: Player,
        clock_watch: ClockWatch,
        on_event: Callable[[str, str], None],
    ) -> None:
        """`on_event(kind, text)` tells the operator's console."""
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._studio = studio
        self._renders = renders
        self._programme = programme
        self._player = player
        self._clock_watch = clock_watch
        self._on_event = on_event
        self._waiting: dict[int, _Waiting] = {}

    def take_requests(self) -> None:
        """Act on everything new, oldest first."""
        for request in self._journal.new_requests():
            self._act(request)

    def take_up_again(self) -> None:
        """At start: what a dead station had taken up but not ended airs if it is still young, else expires."""
        for request in self._journal.open_requests():
            if request.kind in (RequestKind.SAY, RequestKind.PLAY):
                self._accept(request)
            else:
                self._journal.end_request(request.id, Outcome.ABANDONED, "chương trình dừng giữa chừng")

    def hand_over(self) -> None:
        """Give the player what is rendered and due."""
        now = self._clock.now()
        for number, waiting in list(self._waiting.items()):
            occurrence = waiting.occurrence
            if occurrence.planned_at - timedelta(seconds=ARM_S) > now:
                continue
            pending = [order for order in waiting.orders if self._renders.clip(order) is None]
            failures = [failure for order in pending if (failure := self._renders.failure(order)) is not None]
            if pending and not failures:
                late = self._programme.lateness(occurrence, now)
                if late is None:
                    continue
                self._finish(number, Outcome.MISSED, f"{late}; chưa dựng xong bản thu")
            elif failures:
                self._finish(number, Outcome.FAILED, failures[0])
            else:
                del self._waiting[number]
                self._programme.take_up(occurrence, after=waiting.after)

    def waiting(self) -> list[Occurrence]:
        """Accepted, not yet in the queue."""
        return [waiting.occurrence for waiting in self._waiting.values()]

    def next_due(self, after: datetime) -> datetime | None:
        """The arming moment of the next `--at` request."""
        arm = timedelta(seconds=ARM_S)
        moments = [waiting.occurrence.planned_at - arm for waiting in self._waiting.values()]
        return min((moment for moment in moments if moment > after), default=None)

    # --- one request -------------------------------------------------------------------------------------------

    def _act(self, request: Request) -> None:
        by = request.asked_by
        age_s = (self._clock.now() - request.asked_at).total_seconds()
        match request.kind:
            case RequestKind.SAY | RequestKind.PLAY:
                # The door has put the request on the disk; what we make of it gets there with *on air*, in one wait.
                with self._journal.unhurried():
                    self._journal.act_on(request.id)
                    self._accept(request)
            case RequestKind.STOP:
                self._player.stop(by)
                for number in list(self._waiting):
                    self._finish(number, Outcome.CANCELLED, f"lệnh DỪNG của {by}")
                self._answer(request, Outcome.AIRED, "đã dừng")
            case RequestKind.RESUME:
                self._player.resume()
                if request.payload.get("clock"):
                    self._clock_watch.confirm()
                self._answer(request, Outcome.AIRED, "đã cho phát lại")
            case RequestKind.SKIP if age_s <= STALE_COMMAND_S:
                done = self._player.skip(by)
                self._answer(
                    request, Outcome.AIRED if done else Outcome.FAILED, "đã bỏ qua" if done else "không có gì đang phát"
                )
            case RequestKind.CANCEL if age_s <= STALE_COMMAND_S:
                done = self._cancel(str(request.payload.get("id", "")), f"{by} hủy")
                self._answer(
                    request, Outcome.AIRED if done else Outcome.FAILED, "đã hủy" if done else "không có mục này"
                )
            case _:
                self._answer(request, Outcome.MISSED, f"quá hạn: yêu cầu từ {age_s:.0f} giây trước")

    def _accept(self, request: Request) -> None:
        try:
            occurrence = occurrence_of(request, self._settings)
        except (KeyError, ValueError, TypeError) as problem:
            self._journal.end_request(request.id, Outcome.FAILED, f"yêu cầu không đọc được: {problem}")
            return
        self._journal.plan(occurrence)
        expired = self._programme.lateness(occurrence, self._clock.now())
        if expired is not None:
            self._programme.give_up(occurrence, Outcome.MISSED, f"quá hạn: {expired}")
            return
        orders = []
        for line in self._studio.orders(occurrence):
            if line.order is None:
                problem_text = line.problem.line() if line.problem else "không dựng được"
                self._programme.give_up(occurrence, Outcome.FAILED, problem_text)
                return
            orders.append(line.order)
        if self._player.permission.stop_latched:
            self._programme.give_up(occurrence, Outcome.CANCELLED, "đang có lệnh DỪNG; chạy «broadcaster resume» trước")
            return
        for order in orders:
            if self._studio.ready(order) is None:
                self._renders.want(order, soon=True)
        after: Any = request.payload.get("after")
        self._waiting[request.id] = _Waiting(
            occurrence=occurrence, after=str(after) if after else None, orders=tuple(orders)
        )
        self._on_event("yeu_cau", f"nhận «{occurrence.title}» ({occurrence.level}) của {request.asked_by}")

    def _cancel(self, what: str, reason: str) -> bool:
        if what == EMERGENCY:
            keys = [e.occurrence.key for e in self._player.queue if e.occurrence.level is Level.KHAN_CAP]
            waiting = [n for n, w in self._waiting.items() if w.occurrence.level is Level.KHAN_CAP]
            for number in waiting:
                self._finish(number, Outcome.CANCELLED, reason)
            return any([self._player.cancel(key, reason) for key in keys]) or bool(waiting)
        key = OccurrenceKey(what if "/" in what else f"yeu_cau/{what}")
        number = int(what.rpartition("/")[2]) if what.rpartition("/")[2].isdigit() else -1
        if number in self._waiting and request_key(number) == key:
            self._finish(number, Outcome.CANCELLED, reason)
            return True
        return self._player.cancel(key, reason) or self._programme.cancel(key, reason)

    def _finish(self, number: int, outcome: Outcome, reason: str) -> None:
        waiting = self._waiting.pop(number)
        self._programme.give_up(waiting.occurrence, outcome, reason)

    def _answer(self, request: Request, outcome: Outcome, reason: str) -> None:
        self._journal.end_request(request.id, outcome, reason)
        self._on_event(request.kind, f"{request.asked_by}: {reason}")


def _short(text: str, most: int = 60) -> str:
    """A title out of a text."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
