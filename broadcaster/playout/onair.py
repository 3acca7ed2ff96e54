"""One item on the loudspeakers: what the player knows of it, and the verdict that its end gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from broadcaster.clock import Clock
from broadcaster.model import STATION_RATE_HZ, Clip, Outcome
from broadcaster.playout.entry import Entry
from broadcaster.speakers import Playback, PlaybackState

RESUMES_FROM_S = 120.0
"""A clip at least this long is a recording that goes on where it was cut; shorter notices start again."""
NEAR_END_S = 0.15
"""Real seconds before its end at which an item is journalled as nearly heard: a program killed between the last sample
and the verdict must not air it again."""
SILENCE_DBFS = -70.0
"""An output level below this, for a clip that is not silent itself, means that nobody heard anything."""
AUDIBLE_LUFS = -45.0
"""Clips quieter than this (pauses) are not checked for silence."""


def near_end_s(clock: Clock) -> float:
    """NEAR_END_S in station seconds: what must fit into it, waking up and one commit, takes real time."""
    return NEAR_END_S * clock.speed


@dataclass(kw_only=True)
class OnAir:
    """What is being played."""

    entry: Entry
    clip: Clip
    item: str
    airing: int
    """Row in the journal."""
    playback: Playback
    start_frame: int
    at: float | None = None
    """Monotonic second at which its first sample was told to sound; None: at once."""
    cut_as: tuple[Outcome, str] | None = None
    """Verdict that a cut under way will give; None: nobody is cutting."""
    ends_entry: bool = False
    """Whether that cut ends the whole occurrence."""
    gives_way: bool = False
    """Whether it was cut for something that is to be heard at once."""
    next_progress: float = 0.0
    near_end: bool = False
    """Journalled as nearly heard."""

    @property
    def left_s(self) -> float:
        """Seconds of sound still to come."""
        return (self.clip.frames - self.start_frame - self.playback.frames_played) / STATION_RATE_HZ

    @property
    def used_s(self) -> float:
        """Seconds of sound of the whole occurrence so far."""
        return self.entry.used_s + self.playback.frames_played / STATION_RATE_HZ

    def verdict(self) -> tuple[Outcome, str]:
        """How it ended, and why; the playback must have reached its end."""
        playback, clip = self.playback, self.clip
        frames = playback.frames_played
        if playback.state is PlaybackState.LOST:
            return (Outcome.PARTLY_AIRED if frames else Outcome.FAILED), playback.reason.vi or "mất đường ra loa"
        if self.start_frame + frames < clip.frames:
            outcome, reason = self.cut_as or (Outcome.FAILED, "đường ra loa dừng giữa chừng")
            if outcome is Outcome.CANCELLED and frames:
                outcome = Outcome.PARTLY_AIRED
            elif outcome is Outcome.PARTLY_AIRED and not frames:
                outcome = Outcome.CANCELLED
            return outcome, reason
        level = playback.level_dbfs
        if level is not None and level < SILENCE_DBFS and clip.loudness_lufs > AUDIBLE_LUFS:
            return Outcome.FAILED, f"không có âm thanh ra loa (mức {level:.0f} dBFS)"
        return Outcome.AIRED, "đã phát đủ"

    def suspend(self, now: datetime) -> None:
        """Keep the part for later: a recording goes on where it was, a short notice starts again."""
        entry = self.entry
        entry.suspended_at = now
        rule = entry.parts[entry.cursor].source.resume
        goes_on = rule if rule is not None else self.clip.duration_s >= RESUMES_FROM_S
        entry.resume_frame = self.start_frame + self.playback.frames_played if goes_on else 0
