"""Rows of the journal as the nouns of the program, and how times are stored."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from broadcaster.errors import Words
from broadcaster.model import (
    STATION_RATE_HZ,
    Airing,
    CommandResult,
    Cue,
    CueState,
    Delivery,
    Event,
    EventKind,
    Level,
    OccurrenceKey,
    Outcome,
    RenderRequest,
    Request,
    ScriptId,
    State,
    item_from_json,
    zones_of,
)
from broadcaster.reasons import NO_REASON, Reason, ReasonCode

_LONG_AGO, _FAR_AHEAD = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""Near the ends of the calendar sums of times fail."""


def to_text(moment: datetime) -> str:
    """UTC, milliseconds, fixed width: text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def from_text(text: str) -> datetime:
    """The inverse of `to_text`."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True, kw_only=True)
class OccurrenceRow:
    """One occurrence as the journal knows it."""

    key: OccurrenceKey
    title: str
    planned_at: datetime
    level: Level
    zones: tuple[str, ...]
    state: State
    outcome: Outcome | None
    reason: Reason
    request_id: int | None
    asked_by: str
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """One request and its result."""

    request: Request
    acted_at: datetime | None
    ended_at: datetime | None
    result: CommandResult | None
    reason: Reason


def optional_text(moment: datetime | None) -> str | None:
    """`to_text` of a time that may be missing."""
    return None if moment is None else to_text(moment)


def _optional_time(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _reason(row: sqlite3.Row, prefix: str = "reason") -> Reason:
    return Reason.stored(row[f"{prefix}_code"], row[f"{prefix}_facts"])


def _outcome(row: sqlite3.Row) -> Outcome | None:
    return Outcome(row["outcome"]) if row["outcome"] else None


def occurrence_of(row: sqlite3.Row) -> OccurrenceRow:
    """One row of `occurrences`."""
    return OccurrenceRow(
        key=OccurrenceKey(row["key"]),
        title=row["title"],
        planned_at=from_text(row["planned_at"]),
        level=Level(row["level"]),
        zones=zones_of(row["zones"]),
        state=State(row["state"]),
        outcome=_outcome(row),
        reason=_reason(row),
        request_id=row["request_id"],
        asked_by=row["asked_by"],
        ended_at=_optional_time(row["ended_at"]),
    )


def cue_of(row: sqlite3.Row) -> Cue:
    """One row of `cues`."""
    problem = _reason(row, "problem")
    return Cue(
        id=row["id"],
        occurrence=OccurrenceKey(row["occurrence"]),
        position=row["position"],
        label=row["label"],
        name=row["name"],
        title=row["title"],
        item=item_from_json(json.loads(row["item"])),
        request=RenderRequest.from_json(json.loads(row["request"])) if row["request"] else None,
        problem=None if problem.code is ReasonCode.NONE else problem,
        script=ScriptId(row["script"]) if row["script"] else None,
        state=CueState(row["state"]),
        added_by=row["added_by"],
        moved_by=row["moved_by"],
    )


def delivery_of(row: sqlite3.Row) -> Delivery:
    """One row of `deliveries` that has ended."""
    return Delivery(
        zone=row["zone"],
        output=row["output"],
        started_at=_optional_time(row["started_at"]),
        ended_at=_optional_time(row["ended_at"]),
        heard_s=row["frames"] / STATION_RATE_HZ,
        outcome=Outcome(row["outcome"]),
        reason=_reason(row),
    )


def airing_of(row: sqlite3.Row, deliveries: tuple[Delivery, ...]) -> Airing:
    """One row of `airings`, with its rows of `deliveries`."""
    return Airing(
        id=row["id"],
        occurrence=OccurrenceKey(row["occurrence"]),
        item=row["item"],
        script=row["script"],
        level=Level(row["level"]),
        zones=zones_of(row["zones"]),
        planned_at=from_text(row["planned_at"]),
        started_at=_optional_time(row["started_at"]),
        ended_at=_optional_time(row["ended_at"]),
        duration_s=row["frames"] / STATION_RATE_HZ,
        outcome=_outcome(row),
        reason=_reason(row),
        voice=row["voice"],
        engine=row["engine"],
        text_sha256=row["text_sha256"],
        audio_sha256=row["audio_sha256"],
        asked_by=row["asked_by"],
        output=row["output"],
        clock=row["clock"],
        attempt=row["attempt"],
        start_frame=row["start_frame"],
        underruns=row["underruns"],
        cue=row["cue"],
        deliveries=deliveries,
        level_dbfs=row["level_dbfs"],
    )


def request_of(row: sqlite3.Row) -> Request:
    """What was asked, by whatever program or hand wrote the row."""
    return Request(
        id=row["id"],
        kind=row["kind"],
        asked_at=_asked_at(row["asked_at"]),
        asked_by=row["asked_by"],
        payload=row["payload"],
    )


def _asked_at(text: str) -> datetime:
    """A time that cannot be read, has no time zone or lies in no year of ours is long ago: the request expires."""
    try:
        moment = from_text(text)
    except ValueError:
        return _LONG_AGO
    return moment if moment.tzinfo is not None and _LONG_AGO <= moment < _FAR_AHEAD else _LONG_AGO


def request_row_of(row: sqlite3.Row) -> RequestRow:
    """One row of `requests` with its result."""
    return RequestRow(
        request=request_of(row),
        acted_at=_optional_time(row["acted_at"]),
        ended_at=_optional_time(row["ended_at"]),
        result=CommandResult(row["result"]) if row["result"] else None,
        reason=_reason(row),
    )


_EVENT_KINDS = frozenset(EventKind)


def event_of(row: sqlite3.Row) -> Event:
    """One row of `events`. What no program of this version wrote counts as news of the journal itself."""
    known = row["kind"] in _EVENT_KINDS
    return Event(
        id=row["id"],
        at=from_text(row["at"]),
        kind=EventKind(row["kind"]) if known else EventKind.JOURNAL,
        text=Words(row["text_vi"], row["text_en"] or row["text_vi"]),
    )


def reason_columns(reason: Reason | None) -> tuple[str, str]:
    """Code and facts as they are stored."""
    told = reason or NO_REASON
    return str(told.code), told.facts_json()
