"""The contract every output keeps. The suite in tests/speakers/test_contract.py runs over all of them."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import Clip
from broadcaster.source import Reader, Source, Span
from broadcaster.speakers.zone import EVERYWHERE, ONE_ZONE, Zones

CUT_FADE_MS = 30
"""Fade when something is cut: short enough to be immediate, long enough not to click."""
ROUTE_FADE_MS = 30
"""Fade with which a playback leaves or enters a zone, for the same reasons."""
NO_REASON = Words("", "")
"""Nothing went wrong."""
NO_ZONE_LOST: Mapping[str, Words] = MappingProxyType({})


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
    """The output went away or hung, or the source broke; `reason` says how."""

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self in (PlaybackState.ENDED, PlaybackState.CUT, PlaybackState.LOST)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to play and where, and the words a witness needs to say what it was."""

    source: Source
    open: Callable[[], Reader] | None = None
    """How samples of a live source are got; called at most once, by `Speaker.play`. A clip is read from its file."""
    start_frame: int = 0
    """First frame of a clip to play (> 0 when an interrupted item resumes)."""
    at: float | None = None
    """Station-monotonic second (Clock.monotonic) at which the first sample is to be heard; None or past: at once."""
    zones: tuple[str, ...] = (EVERYWHERE,)
    """Every zone in which it may be heard, by the speaker's names."""
    routed: tuple[str, ...] | None = None
    """Those of `zones` in which it is heard from its first sample on; None: in all of them."""
    occurrence: str = ""
    item: str = ""
    level: str = ""

    @property
    def first_zones(self) -> tuple[str, ...]:
        """The zones in which it is heard from its first sample on."""
        return self.zones if self.routed is None else tuple(zone for zone in self.zones if zone in self.routed)

    @property
    def frames(self) -> int | None:
        """Frames to play if nobody cuts; None for a live source."""
        return max(0, self.source.frames - self.start_frame) if isinstance(self.source, Clip) else None

    @property
    def clip(self) -> Clip:
        """The source of a job that plays a clip."""
        assert isinstance(self.source, Clip), f"{self.source.name} is live"
        return self.source


class Playback(ABC):
    """One source on its way through the output. Safe to use from any thread."""

    job: Job

    @property
    @abstractmethod
    def state(self) -> PlaybackState:
        """Now."""

    @property
    @abstractmethod
    def frames_played(self) -> int:
        """Frames of this job really consumed by the output so far, whether or not a zone heard them (start_frame not
        counted); exact once final."""

    @property
    @abstractmethod
    def started_monotonic(self) -> float | None:
        """Station-monotonic second at which the first sample was, or will be, heard. None while waiting."""

    @property
    def reason(self) -> Words:
        """For LOST: what happened, in one line."""
        return NO_REASON

    @property
    def lost(self) -> Mapping[str, Words]:
        """Zones that do not hear it although it is routed there, because their output is gone, and why."""
        return NO_ZONE_LOST

    @property
    def underruns(self) -> int:
        """Gaps the output reported while this job played."""
        return 0

    @property
    def stalled_s(self) -> float:
        """Seconds of silence so far that a live source caused by giving nothing."""
        return 0.0

    @property
    def level_dbfs(self) -> float | None:
        """RMS of what was played of this job, before the gains of its zones; None when nothing was measured yet."""
        return None

    @property
    @abstractmethod
    def routed(self) -> frozenset[str]:
        """The zones in which it is to be heard now."""

    @abstractmethod
    def route(self, zones: Collection[str]) -> None:
        """From the next samples on be heard in exactly `zones`, some of the job's, with fades of ROUTE_FADE_MS.

        Without any it plays on unheard. Returns at once; again, after `cut` or after the end it does nothing. A zone
        that is not the job's, or in which another job that is not cut is heard, is RuntimeError.
        """

    @abstractmethod
    def heard(self, zone: str) -> Span:
        """What `zone` got of it so far; exact once final. A zone that is not the job's got nothing."""

    @abstractmethod
    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        """Fade out and stop. Returns at once; silent within 200 ms; again or after the end it does nothing."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """An output's condition in plain words."""

    ok: bool
    text: Words
    """One line, e.g. "loa «USB Audio», 48000 Hz, trễ 50 ms"."""


class Speaker(ABC):
    """One output: what hears the station.

    Contract:
    * `open` acquires the output or raises SpeakerError (one line, with the cure). It MAY be called again after a loss;
      it blocks at most `OPEN_BOUND_S`.
    * `play` accepts a job and returns at once. Several jobs may be in progress in zones of their own; a job for a zone
      in which another one is heard is RuntimeError (a mistake of ours). A job that `cut` was called for, or that was
      routed away from a zone, is in nobody's way there: the next may be played at once, and begins over the fade
      without a gap (an emergency must not wait for it).
    * A job for several zones sounds in all of them at the same sample.
    * `on_change` is called, from any thread, whenever `state` changed; it must only set an event.
    * Frames are consumed at the station clock's pace. `frames_played` counts what the output took, not what was queued.
    * A clip whose file is missing, unreadable or shorter than `clip.frames`, a broken reader, and a zone that the
      output does not have end as LOST with the reason; the speaker itself stays usable.
    * A live source that has nothing to give is silence in its zones, `stalled_s` says how much, and it goes on when
      there is more. It ends as ENDED when its reader has ended.
    * `health` never blocks.
    * `close` silences and releases; idempotent. No thread or process of the speaker survives it.
    """

    spec: str
    """The output SPEC of CLI.md; journalled."""
    zones: Zones = ONE_ZONE
    """The zones it has."""
    mixes_fade: bool = False
    """Whether the fade of a cut job still sounds in full when the next is played at once."""
    lead_s: float = 0.0
    """Real seconds ahead of which a start must be planned so that it is kept, once open."""

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


def words_of(problem: BroadcasterError) -> Words:
    """An error's whole line in both languages."""
    return Words(problem.line("vi"), problem.line("en"))


def check_route(zones: Collection[str], mine: Collection[str], others: Collection[str]) -> None:
    """Raises RuntimeError when a playback for the zones `mine` must not be routed to `zones`: it never was for them, or
    one of `others` is heard there."""
    if foreign := [zone for zone in zones if zone not in mine]:
        raise RuntimeError(f"not a zone of this job: {', '.join(foreign)}")
    if taken := [zone for zone in zones if zone in others]:
        raise RuntimeError(f"another job is heard in {', '.join(taken)}")
