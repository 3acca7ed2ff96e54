"""When what is due: schedules/*.toml → timetables → occurrences, and what to do with a slot that was missed.

Everything that decides is a pure function that receives the moments it compares; only `Jobs` runs, and all it does is
to put an event before the station's loop at the right second. This room must not know what a script says, what is
ready, or what was aired.
"""

from broadcaster.schedule.conflicts import Conflict, ConflictKind, find_conflicts
from broadcaster.schedule.expand import expand, next_after, occurrence_key, session_of
from broadcaster.schedule.ics import to_ics
from broadcaster.schedule.jobs import Due, JobEvent, JobKind, Jobs
from broadcaster.schedule.late import (
    Decision,
    OwedAction,
    OwedDecision,
    Verdict,
    choose_catch_up,
    decide,
    decide_items,
    settlement,
)
from broadcaster.schedule.timetable import Timetables, load_timetables, read_timetable

__all__ = [
    "Conflict",
    "ConflictKind",
    "Decision",
    "Due",
    "JobEvent",
    "JobKind",
    "Jobs",
    "OwedAction",
    "OwedDecision",
    "Timetables",
    "Verdict",
    "choose_catch_up",
    "decide",
    "decide_items",
    "expand",
    "find_conflicts",
    "load_timetables",
    "next_after",
    "occurrence_key",
    "read_timetable",
    "session_of",
    "settlement",
    "to_ics",
]
