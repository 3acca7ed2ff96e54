"""Rows of the journal as the nouns of the program, and how times are stored."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from broadcaster.model import (
    STATION_RATE_HZ,
    Airing,
    Level,
    OccurrenceKey,
    Outcome,
    Request,
    RequestKind,
    State,
)


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
    zone: str
    state: State
    outcome: Outcome | None
    reason: str
    request_id: int | None
    asked_by: str
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """One request with its fate."""

    request: Request
    acted_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    reason: str


def _optional_time(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def occurrence_of(row: sqlite3.Row) -> OccurrenceRow:
    """One row of `occurrences`."""
    return OccurrenceRow(
        key=OccurrenceKey(row["key"]),
        title=row["title"],
        planned_at=from_text(row["planned_at"]),
        level=Level(row["level"]),
        zone=row["zone"],
        state=State(row["state"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=row["reason"],
        request_id=row["request_id"],
        asked_by=row["asked_by"],
        ended_at=_optional_time(row["ended_at"]),
    )


def airing_of(row: sqlite3.Row) -> Airing:
    """One row of `airings`."""
    return Airing(
        id=row["id"],
        occurrence=OccurrenceKey(row["occurrence"]),
        item=row["item"],
        script=row["script"],
        level=Level(row["level"]),
        zone=row["zone"],
        planned_at=from_text(row["planned_at"]),
        started_at=_optional_time(row["started_at"]),
        ended_at=_optional_time(row["ended_at"]),
        duration_s=row["frames"] / STATION_RATE_HZ,
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=row["reason"],
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
        level_dbfs=row["level_dbfs"],
    )


def request_of(row: sqlite3.Row) -> RequestRow:
    """One row of `requests`."""
    return RequestRow(
        request=Request(
            id=row["id"],
            kind=RequestKind(row["kind"]),
            asked_at=from_text(row["asked_at"]),
            asked_by=row["asked_by"],
            payload=json.loads(row["payload"]),
        ),
        acted_at=_optional_time(row["acted_at"]),
        ended_at=_optional_time(row["ended_at"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=row["reason"],
    )
