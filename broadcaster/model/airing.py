"""The as-run record: one attempt at one cue, and what each zone got of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from broadcaster.model.keys import OccurrenceKey
from broadcaster.model.ladder import Level, Outcome
from broadcaster.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An airing in one zone."""

    zone: str
    output: str
    """SPEC of the output that served the zone; empty: none did."""
    started_at: datetime | None
    """First sample heard there; None: nothing was."""
    ended_at: datetime | None
    heard_s: float
    """Seconds of sound that the output consumed for this zone."""
    outcome: Outcome
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Airing:
    """One journal row: one item of one occurrence, one attempt. The JSON of CLI.md has these names."""

    id: int
    occurrence: OccurrenceKey
    item: str
    """Position and name within the occurrence, e.g. `02-dich_vu_cong`."""
    script: str | None
    level: Level
    zones: tuple[str, ...]
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float
    """Seconds of sound the output really consumed."""
    outcome: Outcome | None
    """None while on air."""
    reason: Reason
    voice: str | None
    engine: str | None
    text_sha256: str | None
    audio_sha256: str | None
    asked_by: str
    output: str
    """The outputs that really played it, joined by commas."""
    clock: str
    """`system`, or the test clock's specification."""
    attempt: int = 1
    start_frame: int = 0
    """First frame of the clip that this attempt played (> 0 after a resume)."""
    underruns: int = 0
    cue: int | None = None
    """Id of the rundown's cue; None in rows of programs without rundowns."""
    deliveries: tuple[Delivery, ...] = ()
    """One for each zone; empty while on air, and in rows of programs without zones."""
    level_dbfs: float | None = None
    """RMS level the output measured while playing; None if it cannot measure."""
