"""Why something ended as it did: a code with its facts. Stored as both; the sentence is made at the edge.

`Reason.words()` gives the sentence in both languages (`reason_words.py`). Whoever decides by a reason (exit codes,
alarms, report counts) looks at `code`, never at the sentence.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from broadcaster.errors import BroadcasterError, Words


class ReasonCode(enum.StrEnum):
    """Every reason the station gives. `reason_words.SENTENCES` has one sentence for each."""

    NONE = "none"
    """Nothing to explain."""
    RECORDED = "recorded"
    """{text}: a sentence written by a program that knew no codes."""

    # What was heard
    AIRED_WHOLE = "aired_whole"
    ROUNDS_AIRED = "rounds_aired"
    """{rounds}: repeated until it was told to end; `because`: by what."""
    NEARLY_HEARD = "nearly_heard"
    """The program died just before the end; not repeated."""
    ZONES_MISSED = "zones_missed"
    """{zones}: these zones did not hear all of it."""
    NO_SOUND = "no_sound"
    """{level_dbfs}: the output measured silence."""

    # Lateness
    PLAYED_LATE = "played_late"
    """{late_s}."""
    MISSED_LATE = "missed_late"
    """{late_s}, with a rule that allows a delay {bound_s}."""
    HANDED_ON = "handed_on"
    ALREADY_HANDED_ON = "already_handed_on"
    """{late_s}."""
    TOO_OLD_TO_HAND_ON = "too_old_to_hand_on"
    """{late_s}."""
    NOT_CHOSEN = "not_chosen"
    """Only one session is caught up after an outage."""
    EXPIRED = "expired"
    """{late_s}: a request that the station saw too late."""
    NOT_RENDERED_IN_TIME = "not_rendered_in_time"
    UNTIL_REACHED = "until_reached"
    SUSPENDED_TOO_LONG = "suspended_too_long"
    """{bound_s}."""
    REMOVED_FROM_TIMETABLE = "removed_from_timetable"
    NOT_IN_TIMETABLE = "not_in_timetable"

    # What happened to the station
    POWER_CUT = "power_cut"
    """{span}: local times."""
    STATION_OFF = "station_off"
    """{span}."""
    CLOCK_WRONG = "clock_wrong"
    DIED_ON_AIR = "died_on_air"
    SHUT_DOWN = "shut_down"

    # What people did
    STOPPED = "stopped"
    """{by}."""
    SKIPPED = "skipped"
    """{by}."""
    CANCELLED = "cancelled"
    """{by}."""
    INTERRUPTED = "interrupted"
    """Ctrl-C at the command that aired it."""
    DROPPED = "dropped"
    """{by}, {why}: taken out of the rundown by hand."""
    MOVED = "moved"
    """{by}, {to}: to another occurrence."""
    PREEMPTED = "preempted"
    """{by}: title of what was more urgent."""

    # The gate
    STOP_LATCHED = "stop_latched"
    NOT_APPROVED = "not_approved"
    NEEDS_REASON = "needs_reason"
    CLOCK_NOT_TRUSTED = "clock_not_trusted"
    OUTSIDE_HOURS = "outside_hours"
    """{span}."""
    RUNS_PAST_HOURS = "runs_past_hours"
    """{span}."""
    SESSION_FULL = "session_full"
    """{minutes}."""
    DAY_FULL = "day_full"
    """{minutes}."""
    HOURS_ENDED = "hours_ended"
    CLOCK_SET_BACK = "clock_set_back"

    # Sound
    NO_CLIP = "no_clip"
    RENDERING = "rendering"
    RENDER_FAILED = "render_failed"
    """{vi}, {en}."""
    SCRIPT_PROBLEM = "script_problem"
    """{vi}, {en}."""
    NOT_READY = "not_ready"
    """`also`: what is missing, each with {item}; {more}: how many are not named."""
    NOTHING_TO_AIR = "nothing_to_air"
    OUTPUT_LOST = "output_lost"
    """{vi}, {en}."""
    OUTPUT_STOPPED = "output_stopped"
    NO_OUTPUT = "no_output"
    """{vi}, {en}."""
    SOURCE_STALLED = "source_stalled"
    """{seconds}."""
    SOURCE_ENDED = "source_ended"
    MAXIMUM_REACHED = "maximum_reached"
    """{minutes}: of a live source."""
    OUR_MISTAKE = "our_mistake"
    """{vi}, {en}: an exception that is a mistake of the program."""

    # Answers to commands
    DONE_STOP = "done_stop"
    DONE_RESUME = "done_resume"
    DONE_SKIP = "done_skip"
    DONE_CANCEL = "done_cancel"
    DONE_RUNDOWN = "done_rundown"
    """{label}, {title}."""
    NOTHING_ON_AIR = "nothing_on_air"
    NO_SUCH_ITEM = "no_such_item"
    NO_SUCH_CUE = "no_such_cue"
    CUE_BEGUN = "cue_begun"
    """{label}."""
    NOT_CHANGEABLE = "not_changeable"
    """Only rundowns of today and tomorrow are changed by hand."""
    COMMAND_EXPIRED = "command_expired"
    """{age_s}."""
    UNREADABLE = "unreadable"
    """{vi}, {en}: the row is not one that a door of ours writes."""
    UNKNOWN_ZONE = "unknown_zone"
    """{zone}, {known}."""
    UNKNOWN_VOICE = "unknown_voice"
    """{voice}, {known}."""
    OUT_OF_BOUNDS = "out_of_bounds"
    """{what}, {value}, {least}, {most}."""
    LEVEL_NOT_ALLOWED = "level_not_allowed"
    """{level}."""
    IN_THE_PAST = "in_the_past"
    """{at}."""
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"
    """{characters}, {most}."""
    UNKNOWN_FILE = "unknown_file"
    """{file}."""


Fact = str | int | float


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason. Equal when code and facts are."""

    code: ReasonCode
    facts: Mapping[str, Fact] = field(default_factory=dict)
    because: Reason | None = None
    """What lies behind it: a power cut behind a missed session."""
    also: tuple[Reason, ...] = ()
    """Further reasons, when several parts ended differently."""

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.facts.items())), self.because, self.also))

    def words(self) -> Words:
        """The sentence, in both languages."""
        from broadcaster.reason_words import sentence  # the table is only needed where somebody reads

        return sentence(self)

    def text(self, lang: str = "vi") -> str:
        """The sentence in one language."""
        return self.words().text(lang)

    def after(self, cause: Reason | None) -> Reason:
        """The same, with what lies behind it."""
        return replace(self, because=cause)

    def facts_json(self) -> str:
        """Everything but the code, for a column of its own; empty when there is nothing."""
        data = self._data()
        del data["code"]
        return json.dumps(data, ensure_ascii=False, sort_keys=True) if data else ""

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"code": str(self.code)}
        if self.facts:
            data["facts"] = dict(self.facts)
        if self.because is not None:
            data["because"] = self.because._data()
        if self.also:
            data["also"] = [reason._data() for reason in self.also]
        return data

    @classmethod
    def stored(cls, code: str, facts_json: str) -> Reason:
        """The inverse of `code` and `facts_json`."""
        return _from_data({"code": code, **(json.loads(facts_json) if facts_json else {})})


def _from_data(data: Mapping[str, Any]) -> Reason:
    because = data.get("because")
    return Reason(
        code=ReasonCode(data["code"]),
        facts=data.get("facts", {}),
        because=_from_data(because) if because else None,
        also=tuple(_from_data(one) for one in data.get("also", ())),
    )


def reason(code: ReasonCode, **facts: Fact) -> Reason:
    """A reason without anything behind it."""
    return Reason(code=code, facts=facts)


def reason_in_words(code: ReasonCode, words: Words, **facts: Fact) -> Reason:
    """A reason whose sentence comes from elsewhere: an engine, an output, a file."""
    return Reason(code=code, facts={"vi": words.vi, "en": words.en, **facts})


def reason_of(code: ReasonCode, problem: BroadcasterError) -> Reason:
    """The reason that an error gives, in both languages."""
    return Reason(code=code, facts={"vi": problem.line("vi"), "en": problem.line("en")})


NO_REASON = Reason(code=ReasonCode.NONE)
AIRED_WHOLE = Reason(code=ReasonCode.AIRED_WHOLE)
