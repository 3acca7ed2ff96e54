"""One cue on the loudspeakers: what the player knows of it, and the verdicts that its end gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.model import STATION_RATE_HZ, Clip, Cue, Delivery, Outcome
from broadcaster.playout.call import Strand
from broadcaster.reasons import AIRED_WHOLE, Reason, ReasonCode, reason, reason_in_words
from broadcaster.speakers import Playback, PlaybackState

RESUMES_FROM_S = 120.0
"""A clip at least this long is a recording that goes on where it was cut; shorter notices start again."""
NEAR_END_S = 0.15
"""Real seconds before its end at which a cue is journalled as nearly heard: a program killed between the last sample
and the verdict must not air it again."""
SILENCE_DBFS = -70.0
"""An output level below this, for a clip that is not silent itself, means that nobody heard anything."""
UNNOTICED_S = 0.2
"""A zone that heard so much less of a cue than the whole of it has missed nothing: two cards are cut apart."""
AUDIBLE_LUFS = -45.0
"""Clips quieter than this (pauses) are not checked for silence."""


def near_end_s(clock: Clock) -> float:
    """NEAR_END_S in station seconds: what must fit into it, waking up and one commit, takes real time."""
    return NEAR_END_S * clock.speed


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the director, the gate and the cache agreed on; its *on air* row is written."""

    strand: Strand
    cue: Cue
    clip: Clip
    item: str
    airing: int
    outputs: dict[str, str]
    heard_in: frozenset[str]
    absent: dict[str, Reason]
    refused: frozenset[str]
    start_frame: int
    at: float | None


@dataclass(kw_only=True, eq=False)
class OnAir:
    """What is being played."""

    strand: Strand
    cue: Cue
    clip: Clip
    item: str
    """Its name in rows."""
    airing: int
    """Row in the journal."""
    playback: Playback
    outputs: dict[str, str]
    """SPEC of the output that serves, or served, each zone it was routed to; several after a loss, joined by commas."""
    heard_in: frozenset[str]
    """Zones it is routed to now."""
    absent: dict[str, Reason] = field(default_factory=dict)
    """Zones of the strand that do not hear it, or not all of it, and why; the latest reason counts."""
    refused: frozenset[str] = frozenset()
    """Zones that the gate keeps it out of to its end."""
    start_frame: int
    at: float | None = None
    """Monotonic second at which its first sample was told to sound; None: at once."""
    cut_as: tuple[Outcome, Reason] | None = None
    """Verdict that a cut under way will give; None: nobody is cutting."""
    ends_strand: bool = False
    """Whether that cut ends the whole strand."""
    next_progress: float = 0.0
    output_failed: bool = False
    """Whether it was lost with its outputs; else its clip was the cause."""
    near_end: bool = False
    """Journalled as nearly heard."""

    @property
    def zones(self) -> frozenset[str]:
        """Every zone that should hear it."""
        return self.strand.zones

    @property
    def left_s(self) -> float:
        """Seconds of sound still to come."""
        return (self.clip.frames - self.start_frame - self.playback.frames_played) / STATION_RATE_HZ

    @property
    def used_s(self) -> float:
        """Seconds of sound of the whole strand so far."""
        return self.strand.used_s + self.playback.frames_played / STATION_RATE_HZ

    def verdict(self) -> tuple[Outcome, Reason]:
        """How the playback ended, and why, wherever it was heard; it must have reached its end."""
        playback, clip = self.playback, self.clip
        frames = playback.frames_played
        if playback.state is PlaybackState.LOST:
            lost = reason_in_words(ReasonCode.OUTPUT_LOST, playback.reason)
            return (Outcome.PARTLY_AIRED if frames else Outcome.FAILED), lost
        if self.start_frame + frames < clip.frames:
            outcome, why = self.cut_as or (Outcome.FAILED, reason(ReasonCode.OUTPUT_STOPPED))
            if outcome is Outcome.CANCELLED and frames:
                outcome = Outcome.PARTLY_AIRED
            elif outcome is Outcome.PARTLY_AIRED and not frames:
                outcome = Outcome.CANCELLED
            return outcome, why
        level = playback.level_dbfs
        if level is not None and level < SILENCE_DBFS and clip.loudness_lufs > AUDIBLE_LUFS:
            return Outcome.FAILED, reason(ReasonCode.NO_SOUND, level_dbfs=level)
        return Outcome.AIRED, AIRED_WHOLE

    def deliveries(self, clock: Clock, whole: tuple[Outcome, Reason]) -> list[Delivery]:
        """What each zone of the strand got; `whole` is the playback's verdict."""
        return [self._delivery(zone, clock, whole) for zone in sorted(self.zones | self.absent.keys())]

    def _delivery(self, zone: str, clock: Clock, whole: tuple[Outcome, Reason]) -> Delivery:
        span = self.playback.heard(zone) if zone in self.outputs else None
        frames = span.frames if span else 0
        outcome, why = whole
        missed = self.absent.get(zone)
        if missed is None and (lost := self.playback.lost.get(zone)) is not None:
            missed = reason_in_words(ReasonCode.OUTPUT_LOST, lost)
        if self.start_frame + frames < self.clip.frames and missed is not None:
            outcome, why = (Outcome.PARTLY_AIRED if frames else _unheard(missed)), missed
        return Delivery(
            zone=zone,
            output=self.outputs.get(zone, ""),
            started_at=wall_time(clock, span.first_monotonic) if span and frames else None,
            ended_at=wall_time(clock, span.last_monotonic) if span and frames else clock.now(),
            heard_s=frames / STATION_RATE_HZ,
            outcome=outcome,
            reason=why,
        )

    def cut(self, outcome: Outcome, why: Reason, *, ends_strand: bool) -> bool:
        """Stop it; its verdict will be this. False: it has ended already."""
        if self.playback.state.final:
            return False
        # A later and stronger cause (STOP during a pre-emption's fade) replaces the verdict.
        self.cut_as = (outcome, why)
        self.ends_strand = self.ends_strand or ends_strand
        self.playback.cut()
        return True

    def serve(self, zone: str, spec: str) -> None:
        """`zone` hears it through this output from now on."""
        known = self.outputs.get(zone, "")
        if self.playback.heard(zone).frames and spec not in known.split(","):
            spec = f"{known},{spec}"
        self.outputs[zone] = spec

    def suspend(self, now: datetime, deliveries: list[Delivery]) -> None:
        """Keep the cue for later: a recording goes on where it was, a short notice starts again."""
        strand, played_s = self.strand, self.playback.frames_played / STATION_RATE_HZ
        strand.suspended_at = now
        rule = self.cue.item.resume
        goes_on = rule if rule is not None else self.clip.duration_s >= RESUMES_FROM_S
        strand.resume_frame = self.start_frame + self.playback.frames_played if goes_on else 0
        missed = {each.zone: each.reason for each in deliveries if each.heard_s < played_s - UNNOTICED_S}
        strand.missed = {**strand.missed, **missed} if goes_on else {}


def overall(whole: tuple[Outcome, Reason], deliveries: list[Delivery]) -> tuple[Outcome, Reason]:
    """The verdict on the airing: *aired* means that every zone heard all of it."""
    outcome, why = whole
    short = [delivery for delivery in deliveries if delivery.outcome is not Outcome.AIRED]
    if outcome is not Outcome.AIRED or not short:
        return outcome, why
    return Outcome.PARTLY_AIRED, zones_missed({delivery.zone: delivery.reason for delivery in short})


def zones_missed(missed: Mapping[str, Reason]) -> Reason:
    """The reason of a cue that these zones did not hear, or not all of it."""
    told = reason(ReasonCode.ZONES_MISSED, zones=", ".join(sorted(missed)))
    return replace(told, also=tuple(dict.fromkeys(missed.values())))


def wall_time(clock: Clock, monotonic: float | None) -> datetime | None:
    """The wall time of a station-monotonic second."""
    if monotonic is None:
        return None
    return clock.now() - timedelta(seconds=clock.monotonic() - monotonic)


_UNHEARD = {
    ReasonCode.PREEMPTED: Outcome.PREEMPTED,
    ReasonCode.OUTPUT_LOST: Outcome.FAILED,
    ReasonCode.NO_OUTPUT: Outcome.FAILED,
}


def _unheard(why: Reason) -> Outcome:
    """The outcome of a delivery of which nothing was heard."""
    return _UNHEARD.get(why.code, Outcome.CANCELLED)
