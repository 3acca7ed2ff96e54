"""`memory`: hears everything at the clock's pace and remembers it. For tests and rehearsals.

It reads no sound unless told to keep it, so that a year of airing is simulated in seconds, and it can be told to fail
in each of the ways a real output does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import Clip
from broadcaster.speakers.clipfile import ClipFile
from broadcaster.speakers.clocked import ClockedPlayback, ClockedSpeaker
from broadcaster.speakers.playhead import Stretch
from broadcaster.speakers.speaker import Job, PlaybackState
from broadcaster.speakers.zone import ONE_ZONE, Zones

HANG_NOTICED_S = 2.5
"""A hung output is reported LOST after this, as the sound card's watchdog does."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One playback as one zone heard it, without a break. Only what had at least started is remembered."""

    zone: str
    start: float
    """Station-monotonic second of the first sample."""
    end: float
    """Station-monotonic second after the last one."""
    job: Job
    first_frame: int
    """Frame of the playback with which it began: 0, or where the zone was routed in."""
    frames: int
    """Frames consumed, without the silence of stalls."""
    state: PlaybackState
    """ENDED, CUT (also when the zone was routed away) or LOST."""
    samples: bytes = b""
    """The consumed sample bytes, with `keep_audio`; fades are not applied."""

    @property
    def cut(self) -> bool:
        """Whether it was cut short."""
        return self.state is PlaybackState.CUT


class MemorySpeaker(ClockedSpeaker):
    """Contract of `Speaker`, plus the list `heard` and the switches below, which may be set at any time."""

    reads_sound = False

    def __init__(
        self,
        clock: Clock,
        *,
        zones: Zones = ONE_ZONE,
        keep_audio: bool = False,
        check_files: bool = True,
        spec: str = "memory",
    ) -> None:
        """`keep_audio` collects the consumed samples. `check_files=False`: clips need no file at all."""
        super().__init__(spec, clock, zones)
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
        self._to_be_lost: ClockedPlayback | None = None
        self._live: dict[Stretch, bytearray] = {}

    def acquire(self) -> None:
        if self.fail_open:
            raise SpeakerError(
                Words("đầu ra thử được đặt là hỏng", "the test output is told to fail"),
                where=self.spec,
                cure=Words("Đặt fail_open = False", "Set fail_open = False"),
            )
        self.opened += 1

    def release(self) -> None:
        self._forget_loss(self._to_be_lost)

    def load(self, playback: ClockedPlayback) -> None:
        if self._check_files or not isinstance(playback.job.source, Clip):
            super().load(playback)
        if self.hang:
            playback.head.begins = float("inf")
            self._lose_in(HANG_NOTICED_S, playback, Words("thiết bị phát không nhận âm thanh nữa", "the output hangs"))
        elif self.lose_after_s is not None:
            self._lose_in(self.lose_after_s, playback, Words("mất thiết bị phát", "the output is gone"))
            self.lose_after_s = None

    def take(self, playback: ClockedPlayback, samples: bytes, stretches: Sequence[Stretch]) -> None:
        if self._keep_audio:
            for stretch in stretches:
                self._live.setdefault(stretch, bytearray()).extend(samples)

    def end(self, playback: ClockedPlayback, stretches: Sequence[Stretch], state: PlaybackState) -> None:
        head = playback.head
        for stretch in stretches:
            self.heard.append(
                Heard(
                    zone=stretch.zone,
                    start=head.moment(stretch.begin),
                    end=head.moment(max(stretch.begin, min(head.advanced, stretch.end or head.advanced))),
                    job=playback.job,
                    first_frame=stretch.begin,
                    frames=stretch.frames,
                    state=state,
                    samples=self._samples(playback, stretch) if self._keep_audio else b"",
                )
            )
        if head.done or state is not PlaybackState.CUT:
            self._forget_loss(playback)

    def describe(self) -> Words:
        return Words("bộ nhớ (chạy thử): không có tiếng ra loa", "memory (a test): no sound comes out")

    def _samples(self, playback: ClockedPlayback, stretch: Stretch) -> bytes:
        source = playback.job.source
        if not isinstance(source, Clip):
            return bytes(self._live.pop(stretch, b""))
        with ClipFile(source.path, source.frames, playback.job.start_frame + stretch.begin) as file:
            return file.read(stretch.frames)

    def _lose_in(self, delay_s: float, playback: ClockedPlayback, reason: Words) -> None:
        self._forget_loss(self._to_be_lost)
        self._to_be_lost = playback
        self._cancel_loss = self.clock.call_later(delay_s, lambda: self.lose(reason))

    def _forget_loss(self, playback: ClockedPlayback | None) -> None:
        """The job that was to be lost has ended."""
        if playback is self._to_be_lost and self._cancel_loss is not None:
            self._cancel_loss()
            self._cancel_loss = self._to_be_lost = None
