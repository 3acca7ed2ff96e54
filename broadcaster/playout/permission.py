"""May it air now? Collects the facts about one entry for the late rule and for the gate, which decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Clip, Level
from broadcaster.playout.entry import Entry
from broadcaster.playout.gate import Gate, GateFacts
from broadcaster.playout.onair import OnAir
from broadcaster.playout.turns import Turns

SUSPENSION_LIMIT = timedelta(minutes=30)
"""What was cut longer ago than this is not taken up again: nobody remembers how it began."""
MOST_EARLY = timedelta(seconds=10)
"""Longer than an item is armed before its minute."""


class Permission:
    """Belongs to the player, and like it to the station's one thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        journal: Journal,
        gate: Gate,
        turns: Turns,
        late_rule: Callable[[Entry, datetime], str | None],
        approved: Callable[[str, Clip], bool],
    ) -> None:
        """`late_rule` and `approved` as the player's `lateness` and `approved`."""
        self._clock = clock
        self._journal = journal
        self._gate = gate
        self._turns = turns
        self._late_rule = late_rule
        self._approved = approved
        self.clock_trusted = True

    @property
    def stop_latched(self) -> bool:
        """Whether a STOP holds, also across restarts."""
        return self._journal.mark("stop") is not None

    def too_late(self, entry: Entry) -> str | None:
        """Why its time is over, whatever it is; None: it is not."""
        now = self._clock.now()
        if entry.suspended_at is not None and now - entry.suspended_at > SUSPENSION_LIMIT:
            return f"bị ngắt quá {SUSPENSION_LIMIT.total_seconds() / 60:.0f} phút, không phát tiếp"
        between_rounds = entry.loop > 0 and entry.cursor == 0
        if (not entry.begun or between_rounds) and self._turns.expired(entry):
            return "đã đến hạn dừng (--until)"
        return None if entry.begun else self._late_rule(entry, now)

    def wait_s(self, entry: Entry, now: datetime) -> float:
        """Station seconds to its minute; not positive when that is over. Also after an item skipped while armed."""
        early = entry.occurrence.planned_at - now
        if entry.begun and early > MOST_EARLY:
            return 0.0  # it airs already, and the clock was set back
        return early.total_seconds()

    def refusal(self, entry: Entry, clip: Clip) -> str | None:
        """Why the gate does not let its next part pass, which is this clip; None: it may air."""
        now = self._clock.now()
        level = entry.occurrence.level
        if now < entry.occurrence.planned_at:
            now = entry.occurrence.planned_at  # armed a moment early: it is judged by its own minute
        return self._gate.refusal(
            GateFacts(
                now=now,
                level=level,
                length_s=clip.duration_s - entry.resume_frame / STATION_RATE_HZ,
                aired_today_s=0.0 if level is Level.KHAN_CAP else self._journal.aired_s(*self._gate.day_of(now)),
                used_s=entry.used_s,
                max_minutes=entry.occurrence.max_minutes,
                stop_latched=self.stop_latched,
                clock_trusted=self.clock_trusted,
                approved=entry.part.script is None or self._approved(entry.part.script, clip),
                reason=entry.occurrence.reason,
            )
        )

    def moved_away(self, on_air: OnAir) -> str | None:
        """Why what is armed for its minute may not begin after all: the clock was set back in between. None: it may.

        The output starts it by a clock that nobody sets; were the old time the wrong one, it would sound at night.
        """
        occurrence = on_air.entry.occurrence
        if occurrence.level is Level.KHAN_CAP:
            return None
        now = self._clock.now()
        far = occurrence.planned_at - now > MOST_EARLY
        if not self.clock_trusted or (far and self._gate.outside(now)):
            return "đồng hồ máy bị chỉnh lùi ngay trước giờ phát"
        return None

    def must_end(self, on_air: OnAir) -> str | None:
        """Why what plays may not go on; None: it may. An emergency always may."""
        occurrence = on_air.entry.occurrence
        if occurrence.level is Level.KHAN_CAP:
            return None
        if on_air.used_s >= occurrence.max_minutes * 60:
            return f"hết {occurrence.max_minutes:g} phút tối đa của phiên"
        return "hết giờ cho phép phát" if self._gate.outside(self._clock.now()) else None

    def bounds_s(self, on_air: OnAir) -> list[float]:
        """Station seconds until `must_end` can change its answer."""
        if on_air.entry.occurrence.level is Level.KHAN_CAP:
            return []
        now = self._clock.now()
        return [
            on_air.entry.occurrence.max_minutes * 60 - on_air.used_s,
            (self._gate.closing(now) - now).total_seconds(),
        ]
