"""What became of a command, and which error class (and so which exit code) each reason belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster import errors
from broadcaster.errors import (
    AudioError,
    BroadcasterError,
    NotFoundError,
    RefusedError,
    SpeakerError,
    SpeechError,
    StationStateError,
    UsageError,
)
from broadcaster.journal import RequestRow
from broadcaster.model import CommandResult, Outcome, RequestKind
from broadcaster.reasons import NO_REASON, Reason, ReasonCode
from broadcaster.service.door import Door, not_answering

ERROR_CLASSES: Mapping[ReasonCode, type[BroadcasterError] | None] = {
    # Nothing went wrong, or the outcome alone says what did.
    ReasonCode.NONE: None,
    ReasonCode.RECORDED: None,
    ReasonCode.AIRED_WHOLE: None,
    ReasonCode.ROUNDS_AIRED: None,
    ReasonCode.NEARLY_HEARD: None,
    ReasonCode.PLAYED_LATE: None,
    ReasonCode.DONE_STOP: None,
    ReasonCode.DONE_RESUME: None,
    ReasonCode.DONE_SKIP: None,
    ReasonCode.DONE_CANCEL: None,
    ReasonCode.DONE_RUNDOWN: None,
    # Wrongly asked.
    ReasonCode.UNREADABLE: UsageError,
    ReasonCode.UNKNOWN_ZONE: UsageError,
    ReasonCode.OUT_OF_BOUNDS: UsageError,
    ReasonCode.LEVEL_NOT_ALLOWED: UsageError,
    ReasonCode.IN_THE_PAST: UsageError,
    ReasonCode.EMPTY_TEXT: UsageError,
    ReasonCode.TEXT_TOO_LONG: UsageError,
    # A file of the station is wrong.
    ReasonCode.SCRIPT_PROBLEM: errors.ScriptError,
    # What was named does not exist.
    ReasonCode.NOTHING_ON_AIR: NotFoundError,
    ReasonCode.NO_SUCH_ITEM: NotFoundError,
    ReasonCode.NO_SUCH_CUE: NotFoundError,
    ReasonCode.UNKNOWN_VOICE: NotFoundError,
    ReasonCode.UNKNOWN_FILE: NotFoundError,
    # No sound came out.
    ReasonCode.ZONES_MISSED: SpeakerError,
    ReasonCode.NO_SOUND: SpeakerError,
    ReasonCode.OUTPUT_LOST: SpeakerError,
    ReasonCode.OUTPUT_STOPPED: SpeakerError,
    ReasonCode.NO_OUTPUT: SpeakerError,
    ReasonCode.SOURCE_STALLED: SpeakerError,
    ReasonCode.SOURCE_ENDED: SpeakerError,
    # It could not be spoken.
    ReasonCode.NO_CLIP: SpeechError,
    ReasonCode.RENDERING: SpeechError,
    ReasonCode.RENDER_FAILED: SpeechError,
    ReasonCode.NOT_READY: SpeechError,
    ReasonCode.NOTHING_TO_AIR: SpeechError,
    ReasonCode.NOT_RENDERED_IN_TIME: SpeechError,
    # Refused, cancelled, missed or cut.
    ReasonCode.MISSED_LATE: RefusedError,
    ReasonCode.HANDED_ON: RefusedError,
    ReasonCode.ALREADY_HANDED_ON: RefusedError,
    ReasonCode.TOO_OLD_TO_HAND_ON: RefusedError,
    ReasonCode.NOT_CHOSEN: RefusedError,
    ReasonCode.EXPIRED: RefusedError,
    ReasonCode.UNTIL_REACHED: RefusedError,
    ReasonCode.SUSPENDED_TOO_LONG: RefusedError,
    ReasonCode.REMOVED_FROM_TIMETABLE: RefusedError,
    ReasonCode.NOT_IN_TIMETABLE: RefusedError,
    ReasonCode.STOPPED: RefusedError,
    ReasonCode.SKIPPED: RefusedError,
    ReasonCode.CANCELLED: RefusedError,
    ReasonCode.INTERRUPTED: RefusedError,
    ReasonCode.DROPPED: RefusedError,
    ReasonCode.MOVED: RefusedError,
    ReasonCode.PREEMPTED: RefusedError,
    ReasonCode.STOP_LATCHED: RefusedError,
    ReasonCode.NOT_APPROVED: RefusedError,
    ReasonCode.NEEDS_REASON: RefusedError,
    ReasonCode.CLOCK_NOT_TRUSTED: RefusedError,
    ReasonCode.OUTSIDE_HOURS: RefusedError,
    ReasonCode.RUNS_PAST_HOURS: RefusedError,
    ReasonCode.SESSION_FULL: RefusedError,
    ReasonCode.DAY_FULL: RefusedError,
    ReasonCode.HOURS_ENDED: RefusedError,
    ReasonCode.CLOCK_SET_BACK: RefusedError,
    ReasonCode.MAXIMUM_REACHED: RefusedError,
    ReasonCode.CUE_BEGUN: RefusedError,
    ReasonCode.NOT_CHANGEABLE: RefusedError,
    # The station was not there.
    ReasonCode.POWER_CUT: StationStateError,
    ReasonCode.STATION_OFF: StationStateError,
    ReasonCode.CLOCK_WRONG: StationStateError,
    ReasonCode.DIED_ON_AIR: StationStateError,
    ReasonCode.SHUT_DOWN: StationStateError,
    ReasonCode.COMMAND_EXPIRED: StationStateError,
    # A mistake of ours.
    ReasonCode.OUR_MISTAKE: BroadcasterError,
}
"""One for each ReasonCode; None: no error of its own. A test says so."""

_BY_OUTCOME: Mapping[Outcome, type[BroadcasterError] | None] = {
    Outcome.AIRED: None,
    Outcome.PARTLY_AIRED: RefusedError,
    Outcome.MISSED: RefusedError,
    Outcome.PREEMPTED: RefusedError,
    Outcome.CANCELLED: RefusedError,
    Outcome.ABANDONED: StationStateError,
    Outcome.FAILED: SpeakerError,
}
"""How an occurrence's end counts; for FAILED only where its reason says nothing."""
_BY_RESULT: Mapping[CommandResult, type[BroadcasterError] | None] = {
    CommandResult.DONE: None,
    CommandResult.NOTHING_TO_DO: NotFoundError,
    CommandResult.REFUSED: RefusedError,
    CommandResult.EXPIRED: StationStateError,
    CommandResult.FAILED: BroadcasterError,
}
"""How a command's result counts, where its reason says nothing."""


def exit_code_of(reason: Reason, otherwise: type[BroadcasterError] | None) -> int:
    """The exit code of a command that ended for this reason."""
    # What several items lack stands in the first of them.
    told = reason.also[0] if reason.code is ReasonCode.NOT_READY and reason.also else reason
    kind = _error_of(told) or ERROR_CLASSES[told.code] or otherwise
    return 0 if kind is None else kind.exit_code


def _error_of(reason: Reason) -> type[BroadcasterError] | None:
    """The class of the error that the reason was made of (`reasons.reason_of`); None: of none."""
    kind = getattr(errors, str(reason.facts.get("error", "")), None)
    return kind if isinstance(kind, type) and issubclass(kind, BroadcasterError) else None


def exit_code_of_outcome(outcome: Outcome, reason: Reason, kind: RequestKind) -> int:
    """The exit code of a `say` or `play` whose occurrence has ended."""
    if outcome is not Outcome.FAILED:
        by_outcome = _BY_OUTCOME[outcome]
        return 0 if by_outcome is None else by_outcome.exit_code
    if kind is RequestKind.PLAY and reason.code is ReasonCode.RENDER_FAILED and _error_of(reason) is None:
        return AudioError.exit_code  # nothing of it is spoken
    return exit_code_of(reason, _BY_OUTCOME[outcome])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a command that is no announcement."""

    number: int
    """Of its row."""
    result: CommandResult | None
    """None: on record, and no station runs that could act on it."""
    reason: Reason

    @property
    def exit_code(self) -> int:
        """By the README's table."""
        if self.result is None or self.result is CommandResult.DONE:
            return 0
        return exit_code_of(self.reason, _BY_RESULT[self.result])


def answer_of(number: int, row: RequestRow) -> Answer:
    """The answer in a command's row."""
    return Answer(number=number, result=row.result, reason=row.reason)


def wait_for_answer(door: Door, number: int) -> Answer:
    """The running station's answer. Raises StationStateError when none runs or it does not act in time."""
    holder = door.require_station()
    row = door.result(number)
    if row is None:
        raise not_answering(holder)
    return answer_of(number, row)


def unanswered(number: int) -> Answer:
    """A command that takes effect when a station starts."""
    return Answer(number=number, result=None, reason=NO_REASON)
