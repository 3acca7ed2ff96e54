"""What the tests of this room write into a journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broadcaster.model import (
    STATION_RATE_HZ,
    Clip,
    CueDraft,
    Delivery,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    RenderRequest,
    ScriptId,
    Sha256,
)
from broadcaster.reasons import AIRED_WHOLE, Reason

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
MORNING = Occurrence(
    key=OccurrenceKey("hang_ngay/sang/2026-11-25"),
    title="Buổi sáng",
    planned_at=NOW,
    items=(),
    level=Level.PHIEN,
    zones=("tat_ca",),
    max_minutes=60.0,
    late=LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=10)),
)
"""The session that most tests are about."""


def occurrence(key: str, **how: object) -> Occurrence:
    """Like MORNING under another key."""
    return replace(MORNING, key=OccurrenceKey(key), **how)  # type: ignore[arg-type]


def draft(name: str, **how: object) -> CueDraft:
    """One line of a rundown that a timetable names."""
    plain = CueDraft(
        item=Item(kind=ItemKind.SCRIPT, name=name),
        name=name,
        title=name.capitalize(),
        request=RenderRequest(kind=ItemKind.SCRIPT, title=name, text="Mời bà con.", script=ScriptId(name)),
        script=ScriptId(name),
    )
    return replace(plain, **how)  # type: ignore[arg-type]


def clip(seconds: float = 10.0) -> Clip:
    """A rendered sound."""
    return Clip(
        key="k",
        path=Path("k.wav"),
        audio_sha256=Sha256("0" * 64),
        text_sha256=Sha256("1" * 64),
        frames=round(seconds * STATION_RATE_HZ),
        engine="tone",
        voice="nu",
        loudness_lufs=-16.0,
        true_peak_dbtp=-2.0,
    )


def delivery(
    zone: str,
    output: str,
    heard_s: float,
    outcome: Outcome = Outcome.AIRED,
    why: Reason = AIRED_WHOLE,
) -> Delivery:
    """What a zone got of an airing that began NOW."""
    return Delivery(
        zone=zone,
        output=output,
        started_at=NOW if heard_s else None,
        ended_at=NOW + timedelta(seconds=heard_s) if heard_s else None,
        heard_s=heard_s,
        outcome=outcome,
        reason=why,
    )
