"""The contract every output keeps. The suite in tests/speakers/test_contract.py runs over all of them."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from broadcaster.model import Clip

CUT_FADE_MS = 30
"""Fade when something is cut: short enough to be immediate, long enough not to click."""


class PlaybackState(enum.StrEnum):
    """Where one playback is. ENDED, CUT and LOST are final."""

    WAITING = "waiting"
    """Accepted; the first sample has not been consumed yet."""
    PLAYING = "playing"
    ENDED = "ended"
    """Every frame was consumed by the output."""
    CUT = "cut"
    """Stopped by `cut`, after its fade."""
    LOST = "lost"
    """The output went away or hung; `reason` says how."""

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self in (PlaybackState.ENDED, PlaybackState.CUT, PlaybackState.LOST)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to play, and the words a witness needs to say what it was."""

    clip: Clip
    start_frame: int = 0
    """First frame of the clip to play (> 0 when an interrupted item resumes)."""
    at: float | None = None
    """Station-monotonic second (Clock.monotonic) at which the first sample is to be heard; None or past: at once."""
    zone: str = "tat_ca"
    occurrence: str = ""
    item: str = ""
    level: str = ""


class Playback(ABC):
    """One clip on its way through the output. Safe to read from any thread."""

    job: Job

    @property
    @abstractmethod
    def state(self) -> PlaybackState:
        """Now."""

    @property
    @abstractmethod
    def frames_played(self) -> int:
        """Frames of this job really consumed by the output so far (start_frame not counted); exact once final."""

    @property
    @abstractmethod
    def started_monotonic(self) -> float | None:
        """Station-monotonic second at which the first sample was, or will be, heard. None while waiting."""

    @property
    def reason(self) -> str:
        """For LOST: what happened, in one Vietnamese line."""
        return ""

    @property
    def underruns(self) -> int:
        """Gaps the output reported while this job played."""
        return 0

    @property
    def level_dbfs(self) -> float | None:
        """RMS of what was handed to the hardware for this job; None when nothing was measured yet."""
        return None

    @abstractmethod
    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        """Fade out and stop. Returns at once; silent within 200 ms; again or after the end it does nothing."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """An output's condition in plain words."""

    ok: bool
    text: str
    """One Vietnamese line, e.g. "loa «USB Audio», 48000 Hz, trễ 50 ms"."""


class Speaker(ABC):
    """One output: what hears the station.

    Contract:
    * `open` acquires the output or raises SpeakerError (one line, with the cure). It MAY be called again after a loss;
      it blocks at most `OPEN_BOUND_S`.
    * `play` accepts one job at a time and returns at once; with a job still in progress it raises RuntimeError (a
      mistake of ours). A job that `cut` was called for is in nobody's way: the next may be played at once, and takes
      over from the fade without a gap (an emergency must not wait for it).
    * `on_change` is called, from any thread, whenever `state` changed; it must only set an event.
    * Frames are consumed at the station clock's pace. `frames_played` counts what the output took, not what was queued.
    * A clip whose file is missing, unreadable or shorter than `clip.frames` ends as LOST with its reason; the speaker
      itself stays usable.
    * `health` never blocks.
    * `close` silences and releases; idempotent. No thread or process of the speaker survives it.
    """

    spec: str
    """The output SPEC of CLI.md; journalled."""
    mixes_fade: bool = False
    """Whether the fade of a cut job still sounds in full when the next is played at once."""

    @abstractmethod
    def open(self) -> None:
        """Acquire the output."""

    @abstractmethod
    def play(self, job: Job, on_change: Callable[[], None]) -> Playback:
        """Start (or arm, with `at`) one job."""

    @abstractmethod
    def health(self) -> Health:
        """Condition now."""

    @abstractmethod
    def close(self) -> None:
        """Release."""


OPEN_BOUND_S = 10.0
"""A sound server that does not answer within this is treated as absent (PipeWire without a bus hangs for ever)."""
