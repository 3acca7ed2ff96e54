"""`memory`: hears everything at the clock's pace and remembers it. For tests and rehearsals.

It reads no sound unless told to keep it, so that a year of airing is simulated in seconds, and it can be told to fail
in each of the ways a real output does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.clipfile import ClipFile
from broadcaster.speakers.clocked import ClockedPlayback, ClockedSpeaker
from broadcaster.speakers.speaker import Job, PlaybackState

HANG_NOTICED_S = 2.5
"""A hung output is reported LOST after this, as the sound card's watchdog does."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One playback as the loudspeakers would have given it. Only what had at least started is remembered."""

    start: float
    """Station-monotonic second of the first sample."""
    end: float
    """Station-monotonic second after the last one."""
    job: Job
    frames: int
    """Frames consumed."""
    state: PlaybackState
    """ENDED, CUT or LOST."""
    samples: bytes = b""
    """The consumed sample bytes, with `keep_audio`; the fade of a cut is not applied."""

    @property
    def cut(self) -> bool:
        """Whether it was cut short."""
        return self.state is PlaybackState.CUT


class MemorySpeaker(ClockedSpeaker):
    """Contract of `Speaker`, plus the list `heard` and the switches below, which may be set at any time."""

    reads_sound = False

    def __init__(
        self, clock: Clock, *, keep_audio: bool = False, check_files: bool = True, spec: str = "memory"
    ) -> None:
        """`keep_audio` collects the consumed samples. `check_files=False`: clips need no file at all."""
        super().__init__(spec, clock)
        self.heard: list[Heard] = []
        self.fail_open = False
        """While True, `open` raises SpeakerError."""
        self.lose_after_s: float | None = None
        """The next job is lost this many station seconds after it was accepted, and the output with it; once."""
        self.hang = False
        """While True, an accepted job never advances, and is reported LOST after HANG_NOTICED_S; set it before play."""
        self.opened = 0
        """How often `open` succeeded."""
        self._keep_audio = keep_audio
        self._check_files = check_files
        self._cancel_loss: Callable[[], None] | None = None

    def acquire(self) -> None:
        if self.fail_open:
            raise SpeakerError(
                Words("đầu ra thử được đặt là hỏng", "the test output is told to fail"),
                where=self.spec,
                cure=Words("Đặt fail_open = False", "Set fail_open = False"),
            )
        self.opened += 1

    def release(self) -> None:
        self._forget_loss()

    def load(self, playback: ClockedPlayback) -> None:
        if self._check_files:
            super().load(playback)
        if self.hang:
            playback.begins = float("inf")
            self._lose_in(HANG_NOTICED_S, "thiết bị phát không nhận âm thanh nữa")
        elif self.lose_after_s is not None:
            self._lose_in(self.lose_after_s, "mất thiết bị phát")
            self.lose_after_s = None

    def finished(self, playback: ClockedPlayback, state: PlaybackState) -> None:
        self._forget_loss()
        self.heard.append(
            Heard(
                start=playback.begins,
                end=playback.begins + playback.taken / STATION_RATE_HZ,
                job=playback.job,
                frames=playback.taken,
                state=state,
                samples=self._samples(playback) if self._keep_audio else b"",
            )
        )

    def describe(self) -> str:
        return "bộ nhớ (chạy thử): không có tiếng ra loa"

    def _samples(self, playback: ClockedPlayback) -> bytes:
        clip, start = playback.job.clip, playback.job.start_frame
        with ClipFile(clip.path, clip.frames, start) as file:
            return file.read(playback.taken)

    def _lose_in(self, delay_s: float, reason: str) -> None:
        self._cancel_loss = self.clock.call_later(delay_s, lambda: self.lose(reason))

    def _forget_loss(self) -> None:
        if self._cancel_loss is not None:
            self._cancel_loss()
            self._cancel_loss = None
