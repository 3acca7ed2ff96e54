"""Results, outcomes and reasons decide the exit code; nothing is guessed."""

from __future__ import annotations

import pytest

from broadcaster.errors import AudioError, BroadcasterError, NotFoundError, SpeechError, Words
from broadcaster.model import CommandResult, Outcome, RequestKind
from broadcaster.reasons import AIRED_WHOLE, NO_REASON, Reason, ReasonCode, reason, reason_in_words, reason_of
from broadcaster.service.answer import ERROR_CLASSES, Answer, exit_code_of_outcome

BROKEN = reason_in_words(ReasonCode.RENDER_FAILED, Words("hỏng", "broken"))


def test_every_reason_has_its_class() -> None:
    assert set(ERROR_CLASSES) == set(ReasonCode)


@pytest.mark.parametrize(
    ("result", "why", "code"),
    [
        (None, NO_REASON, 0),
        (CommandResult.DONE, reason(ReasonCode.DONE_STOP), 0),
        (CommandResult.NOTHING_TO_DO, reason(ReasonCode.NOTHING_ON_AIR), 4),
        (CommandResult.NOTHING_TO_DO, reason(ReasonCode.NO_SUCH_CUE, cue=7), 4),
        (CommandResult.REFUSED, reason(ReasonCode.CUE_BEGUN, label="01-tin"), 7),
        (CommandResult.REFUSED, reason(ReasonCode.UNKNOWN_ZONE, zone="a", known="b"), 2),
        (CommandResult.REFUSED, reason(ReasonCode.UNKNOWN_FILE, file="a.mp3"), 4),
        (CommandResult.EXPIRED, reason(ReasonCode.COMMAND_EXPIRED, age_s=90.0), 8),
        (CommandResult.FAILED, reason_in_words(ReasonCode.UNREADABLE, Words("x", "x")), 2),
        (CommandResult.REFUSED, NO_REASON, 7),
        (CommandResult.FAILED, NO_REASON, 1),
    ],
)
def test_the_exit_code_of_a_command(result: CommandResult | None, why: Reason, code: int) -> None:
    assert Answer(number=1, result=result, reason=why).exit_code == code


@pytest.mark.parametrize(
    ("outcome", "why", "kind", "code"),
    [
        (Outcome.AIRED, AIRED_WHOLE, RequestKind.SAY, 0),
        (Outcome.CANCELLED, reason(ReasonCode.STOPPED, by="a"), RequestKind.SAY, 7),
        (Outcome.MISSED, reason(ReasonCode.EXPIRED, late_s=9.0), RequestKind.SAY, 7),
        (Outcome.PREEMPTED, reason(ReasonCode.PREEMPTED, by="a"), RequestKind.SAY, 7),
        (Outcome.ABANDONED, reason(ReasonCode.DIED_ON_AIR), RequestKind.SAY, 8),
        (Outcome.FAILED, reason(ReasonCode.NO_SOUND, level_dbfs=-90.0), RequestKind.SAY, 5),
        (Outcome.FAILED, BROKEN, RequestKind.SAY, 6),
        (Outcome.FAILED, BROKEN, RequestKind.PLAY, 3),
        (Outcome.FAILED, Reason(code=ReasonCode.NOT_READY, also=(BROKEN,)), RequestKind.SAY, 6),
        (Outcome.FAILED, reason(ReasonCode.OUR_MISTAKE, vi="x", en="x"), RequestKind.SAY, 1),
    ],
)
def test_the_exit_code_of_an_announcement(outcome: Outcome, why: Reason, kind: RequestKind, code: int) -> None:
    assert exit_code_of_outcome(outcome, why, kind) == code


@pytest.mark.parametrize("kind", [AudioError, SpeechError, NotFoundError])
def test_the_error_behind_a_reason_keeps_its_exit_code(kind: type[BroadcasterError]) -> None:
    why = reason_of(ReasonCode.RENDER_FAILED, kind(Words("hỏng", "broken")))
    stored = Reason.stored(why.code, why.facts_json())
    assert exit_code_of_outcome(Outcome.FAILED, stored, RequestKind.SAY) == kind.exit_code
