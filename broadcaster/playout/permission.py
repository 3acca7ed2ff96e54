"""May it air now? Collects the facts about one strand for the late rule and for the gate, which decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import EVERYWHERE, STATION_RATE_HZ, Clip, Level
from broadcaster.playout.call import Call, Clips, Strand
from broadcaster.playout.gate import Gate, GateFacts
from broadcaster.playout.onair import OnAir
from broadcaster.reasons import Reason, ReasonCode, reason

SUSPENSION_LIMIT = timedelta(minutes=30)
"""What was cut longer ago than this is not continued: nobody remembers how it began."""
MOST_EARLY = timedelta(seconds=10)
"""Longer than a cue is armed before its minute."""
STOP_MARK = "stop"
"""Journal mark of a latched STOP: `stop` for the whole station, `stop:ZONE` for one zone; its value is who asked."""


def stop_mark(zone: str = EVERYWHERE) -> str:
    """The journal mark of a STOP."""
    return STOP_MARK if zone == EVERYWHERE else f"{STOP_MARK}:{zone}"


class Permission:
    """Belongs to the player, and like it to the station's one thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        journal: Journal,
        gate: Gate,
        late_rule: Callable[[Call, datetime], Reason | None],
        clips: Clips,
    ) -> None:
        """`late_rule(call, now)`: why a call that has not begun may no longer do so."""
        self._clock = clock
        self._journal = journal
        self._gate = gate
        self._late_rule = late_rule
        self._clips = clips
        self.clock_trusted = True

    @property
    def stop_latched(self) -> bool:
        """Whether a STOP holds for the whole station, also across restarts."""
        return self._journal.mark(STOP_MARK) is not None

    def stopped(self, zone: str) -> bool:
        """Whether a STOP holds in this zone."""
        return self.stop_latched or self._journal.mark(stop_mark(zone)) is not None

    def too_late(self, strand: Strand) -> Reason | None:
        """Why its time is over, whatever it is; None: it is not."""
        now = self._clock.now()
        if strand.suspended_at is not None and now - strand.suspended_at > SUSPENSION_LIMIT:
            return reason(ReasonCode.SUSPENDED_TOO_LONG, bound_s=SUSPENSION_LIMIT.total_seconds())
        between_rounds = strand.loop > 0 and strand.cursor == 0
        if (not strand.begun or between_rounds) and self.until_reached(strand):
            return reason(ReasonCode.UNTIL_REACHED)
        return None if strand.begun else self._late_rule(strand.call, now)

    def until_reached(self, strand: Strand) -> bool:
        """Whether its `--until` is over."""
        until = strand.occurrence.until
        return until is not None and self._clock.now() >= until

    def wait_s(self, strand: Strand, now: datetime) -> float:
        """Station seconds to its minute; not positive when that is over. Also after a cue skipped while armed."""
        early = strand.occurrence.planned_at - now
        if strand.begun and early > MOST_EARLY:
            return 0.0  # it airs already, and the clock was set back
        return early.total_seconds()

    def refusals(self, strand: Strand, clip: Clip, zones: Iterable[str], *, played_s: float = 0.0) -> dict[str, Reason]:
        """Zones in which the gate does not let its next cue pass, which is this clip, and why.

        `played_s`: seconds of it that have passed on air, when it would be heard in further zones.
        """
        now = self._clock.now()
        occurrence = strand.occurrence
        if now < occurrence.planned_at:
            now = occurrence.planned_at  # armed a moment early: it is judged by its own minute
        counted = occurrence.level is not Level.KHAN_CAP
        approved = self._clips.approved(strand.cue, clip)
        found: dict[str, Reason] = {}
        for zone in sorted(zones):
            facts = GateFacts(
                zone=zone,
                now=now,
                level=occurrence.level,
                length_s=clip.duration_s - strand.resume_frame / STATION_RATE_HZ - played_s,
                aired_today_s=self._journal.aired_s(*self._gate.day_of(now), zone) if counted else 0.0,
                used_s=strand.used_s + played_s,
                max_minutes=occurrence.max_minutes,
                stop_latched=self.stopped(zone),
                clock_trusted=self.clock_trusted,
                approved=approved,
                reason=occurrence.reason,
            )
            refusal = self._gate.refusal(facts)
            if refusal is not None:
                found[zone] = refusal
        return found

    def moved_away(self, on_air: OnAir) -> Reason | None:
        """Why what is armed for its minute may not begin after all: the clock was set back in between. None: it may.

        The output starts it by a clock that nobody sets; were the old time the wrong one, it would sound at night.
        """
        occurrence = on_air.strand.occurrence
        if occurrence.level is Level.KHAN_CAP:
            return None
        now = self._clock.now()
        far = occurrence.planned_at - now > MOST_EARLY
        if not self.clock_trusted or (far and self._gate.outside(now)):
            return reason(ReasonCode.CLOCK_SET_BACK)
        return None

    def must_end(self, on_air: OnAir) -> Reason | None:
        """Why what plays may go on nowhere; None: it may. An emergency always may."""
        occurrence = on_air.strand.occurrence
        if occurrence.level is Level.KHAN_CAP:
            return None
        if on_air.used_s >= occurrence.max_minutes * 60:
            return reason(ReasonCode.SESSION_FULL, minutes=occurrence.max_minutes)
        return reason(ReasonCode.HOURS_ENDED) if self._gate.outside(self._clock.now()) else None

    def closed(self, on_air: OnAir) -> dict[str, Reason]:
        """Zones whose own hours have ended while it plays there."""
        if on_air.strand.occurrence.level is Level.KHAN_CAP:
            return {}
        now = self._clock.now()
        return {zone: reason(ReasonCode.HOURS_ENDED) for zone in on_air.heard_in if self._gate.outside(now, zone)}

    def bounds_s(self, on_air: OnAir) -> list[float]:
        """Station seconds until `must_end` or `closed` can change their answer."""
        if on_air.strand.occurrence.level is Level.KHAN_CAP:
            return []
        now = self._clock.now()
        closings = [(self._gate.closing(now, zone) - now).total_seconds() for zone in on_air.zones]
        return [on_air.strand.occurrence.max_minutes * 60 - on_air.used_s, *(left for left in closings if left > 0)]
