"""The station's side of the doors: commands become occurrences, or are carried out at once. Each gets its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import (
    Announce,
    Cancel,
    Command,
    CommandResult,
    EventKind,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    Place,
    Request,
    Resume,
    RundownChange,
    Skip,
    Stop,
    request_key,
    request_number,
)
from broadcaster.playout import Player
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.schedule.jobs import JobKind, Jobs
from broadcaster.station.clockwatch import ClockWatch
from broadcaster.station.commands import Bounds, Refusal, occurrence_of, parse
from broadcaster.station.planning import ARM_S, Planning
from broadcaster.station.renders import Renders
from broadcaster.station.rundown_changes import RundownChanges
from broadcaster.station.rundowns import Rundowns

STALE_COMMAND_S = 60.0
"""`skip`, `cancel` and rundown changes meant something when they were asked; a minute later they would hit something
else."""
EMERGENCY = "khan_cap"
"""`cancel` with this target ends every emergency."""


@dataclass(kw_only=True)
class _Accepted:
    """An announcement on its way to playout: its clips are being made, or its time has not come."""

    occurrence: Occurrence
    after: Place | None


class Dispatcher:
    """See the module's docstring. Belongs to the station's loop."""

    def __init__(
        self,
        bounds: Bounds,
        *,
        clock: Clock,
        journal: Journal,
        renders: Renders,
        planning: Planning,
        rundowns: Rundowns,
        changes: RundownChanges,
        player: Player,
        clock_watch: ClockWatch,
        jobs: Jobs,
        tell: Callable[[EventKind, Words], None],
    ) -> None:
        """`tell(kind, text)`: news for the operator's console."""
        self._bounds = bounds
        self._clock = clock
        self._journal = journal
        self._renders = renders
        self._planning = planning
        self._rundowns = rundowns
        self._changes = changes
        self._player = player
        self._clock_watch = clock_watch
        self._jobs = jobs
        self._tell = tell
        self._accepted: dict[int, _Accepted] = {}

    def take_requests(self) -> None:
        """Act on everything new, oldest first."""
        for request in self._journal.new_requests():
            self._act(request)

    def accept_again(self) -> None:
        """At start: what a dead station had accepted but not ended airs if it is still young, else expires."""
        for request in self._journal.open_requests():
            try:
                command = parse(request, self._bounds, request.asked_at)
            except Refusal as refusal:
                self._refuse(request, refusal)
                continue
            if isinstance(command, Announce):
                self._accept(request, command)
            else:
                died = reason(ReasonCode.DIED_ON_AIR)
                self._journal.end_request(request.id, CommandResult.FAILED, died)

    def release_ready(self) -> None:
        """Give playout what is rendered and due."""
        now = self._clock.now()
        for number, accepted in list(self._accepted.items()):
            occurrence = accepted.occurrence
            if occurrence.planned_at - timedelta(seconds=ARM_S) > now:
                continue
            requests = [cue.request for cue in self._rundowns.of(occurrence.key).cues if cue.request is not None]
            missing = [request for request in requests if self._renders.clip(request) is None]
            failures = [failure for request in missing if (failure := self._renders.failure(request)) is not None]
            if failures:
                self._finish(number, Outcome.FAILED, failures[0], CommandResult.FAILED)
            elif missing:
                late = self._planning.lateness(occurrence, now)
                if late is not None:
                    why = late.after(reason(ReasonCode.NOT_RENDERED_IN_TIME))
                    self._finish(number, Outcome.MISSED, why, CommandResult.FAILED)
            else:
                self._forget(number)
                self._planning.enqueue(occurrence, after=accepted.after)

    def waiting(self) -> list[Occurrence]:
        """Accepted, not yet with playout."""
        return [accepted.occurrence for accepted in self._accepted.values()]

    # --- one request -------------------------------------------------------------------------------------------

    def _act(self, request: Request) -> None:
        now = self._clock.now()
        try:
            command = parse(request, self._bounds, now)
        except Refusal as refusal:
            self._refuse(request, refusal)
            return
        age_s = (now - request.asked_at).total_seconds()
        if isinstance(command, Announce):
            # The door has put the request on the disk; what we make of it gets there with *on air*, in one wait.
            with self._journal.unhurried():
                self._journal.act_on(request.id)
                self._accept(request, command)
        elif isinstance(command, Stop | Resume) or age_s <= STALE_COMMAND_S:
            self._carry_out(request, command)
        else:
            self._answer(request, CommandResult.EXPIRED, reason(ReasonCode.COMMAND_EXPIRED, age_s=age_s))

    def _carry_out(self, request: Request, command: Command) -> None:
        by = request.asked_by
        match command:
            case Stop():
                self._stop(command, by)
                self._answer(request, CommandResult.DONE, reason(ReasonCode.DONE_STOP))
            case Resume():
                self._player.resume(command.zones)
                if command.clock:
                    self._clock_watch.confirm()
                self._answer(request, CommandResult.DONE, reason(ReasonCode.DONE_RESUME))
            case Skip():
                done = self._player.skip(by, command.zones)
                self._answer_done(request, done, ReasonCode.DONE_SKIP, ReasonCode.NOTHING_ON_AIR)
            case Cancel():
                done = self._cancel(command.target, reason(ReasonCode.CANCELLED, by=by))
                self._answer_done(request, done, ReasonCode.DONE_CANCEL, ReasonCode.NO_SUCH_ITEM)
            case _:
                self._change_rundown(request, command)

    def _change_rundown(self, request: Request, command: Command) -> None:
        assert isinstance(command, RundownChange), "every other command is carried out above"
        try:
            changed = self._changes.carry_out(command, request.asked_by)
        except Refusal as refusal:
            missing = refusal.why.code is ReasonCode.NO_SUCH_CUE
            self._answer(request, CommandResult.NOTHING_TO_DO if missing else CommandResult.REFUSED, refusal.why)
            return
        self._answer(request, CommandResult.DONE, changed)

    def _stop(self, command: Stop, by: str) -> None:
        self._player.stop(by, command.zones)
        why = reason(ReasonCode.STOPPED, by=by)
        for number, accepted in list(self._accepted.items()):
            if not self._planning.zones_left(accepted.occurrence):
                self._finish(number, Outcome.CANCELLED, why)

    def _accept(self, request: Request, command: Announce) -> None:
        occurrence = occurrence_of(request, command, self._bounds.settings)
        self._journal.plan(occurrence)
        rundown = self._rundowns.adopt(occurrence, self._journal.airings_of(occurrence.key))
        late = self._planning.lateness(occurrence, self._clock.now())
        if late is not None:
            expired = reason(ReasonCode.EXPIRED, late_s=(self._clock.now() - occurrence.planned_at).total_seconds())
            self._planning.close_as(occurrence, Outcome.MISSED, expired, result=CommandResult.EXPIRED)
            return
        broken = next((cue.problem for cue in rundown.cues if cue.problem is not None), None)
        if broken is not None:
            self._planning.close_as(occurrence, Outcome.FAILED, broken, result=CommandResult.FAILED)
            return
        if not self._planning.zones_left(occurrence):
            stopped = reason(ReasonCode.STOP_LATCHED)
            self._planning.close_as(occurrence, Outcome.CANCELLED, stopped, result=CommandResult.REFUSED)
            return
        for cue in rundown.cues:
            if cue.request is not None and self._renders.missing(cue.request):
                self._renders.want(cue.request, soon=True)
        self._accepted[request.id] = _Accepted(occurrence=occurrence, after=command.after)
        self._jobs.at(occurrence.key, occurrence.planned_at - timedelta(seconds=ARM_S), JobKind.REQUEST)
        title, level, by = occurrence.title, occurrence.level, request.asked_by
        self._tell(
            EventKind.REQUEST,
            Words(f"nhận «{title}» ({level}) của {by}", f"accepted '{title}' ({level}) of {by}"),
        )

    def _refuse(self, request: Request, refusal: Refusal) -> None:
        result = CommandResult.REFUSED if refusal.readable else CommandResult.FAILED
        self._answer(request, result, refusal.why)

    def _cancel(self, what: str, why: Reason) -> bool:
        if what == EMERGENCY:
            keys = [call.occurrence.key for call in self._player.calls if call.occurrence.level is Level.KHAN_CAP]
            waiting = [n for n, each in self._accepted.items() if each.occurrence.level is Level.KHAN_CAP]
            for number in waiting:
                self._finish(number, Outcome.CANCELLED, why)
            return any([self._player.cancel(key, why) for key in keys]) or bool(waiting)
        key = OccurrenceKey(what) if "/" in what else OccurrenceKey(f"yeu_cau/{what}")
        asked = request_number(key)
        if asked is not None and asked in self._accepted and request_key(asked) == key:
            self._finish(asked, Outcome.CANCELLED, why)
            return True
        return self._player.cancel(key, why) or self._planning.cancel(key, why)

    def _finish(self, number: int, outcome: Outcome, why: Reason, result: CommandResult = CommandResult.DONE) -> None:
        accepted = self._forget(number)
        self._planning.close_as(accepted.occurrence, outcome, why, result=result)

    def _forget(self, number: int) -> _Accepted:
        self._jobs.cancel(request_key(number))
        return self._accepted.pop(number)

    def _answer_done(self, request: Request, done: bool, yes: ReasonCode, no: ReasonCode) -> None:
        result = CommandResult.DONE if done else CommandResult.NOTHING_TO_DO
        self._answer(request, result, reason(yes if done else no))

    def _answer(self, request: Request, result: CommandResult, why: Reason) -> None:
        self._journal.end_request(request.id, result, why)
        by, told = request.asked_by, why.words()
        self._tell(EventKind.REQUEST, Words(f"{request.kind} {by}: {told.vi}", f"{request.kind} {by}: {told.en}"))
