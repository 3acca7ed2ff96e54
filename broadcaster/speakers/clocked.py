"""Outputs that keep the station clock's pace by themselves: `memory`, `none`, `log`, `wav`.

Where a playback is follows from the clock alone: frame n is consumed at `started + n / rate`. A step does whatever has
become due and says when the next one is; a thread takes the steps under a clock that runs, `call_later` under
`ManualClock`, which only moves when the one thread of a simulation lets it.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable

from broadcaster.clock import Clock, ManualClock
from broadcaster.errors import AudioError
from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.clipfile import ClipFile
from broadcaster.speakers.speaker import CUT_FADE_MS, Health, Job, Playback, PlaybackState, Speaker

BLOCK_S = 0.05
"""Real seconds between two blocks: short enough that `frames_played` and a witness's file are never far behind."""
READ_FRAMES = STATION_RATE_HZ
"""Most frames read at once, whatever the clock's speed: memory stays bounded."""
ROUNDING_S = 1e-6
"""Times are sums of floats; a frame lasts 20 microseconds."""
LONGEST_WAIT_S = 3600.0
"""Idle threads are woken by events; this only bounds the wait."""
STOP_BOUND_S = 5.0
"""A stepping thread ends within one block; one that has not by then hangs in a file system, and is left behind."""


class ClockedPlayback(Playback):
    """One job whose position is the clock's."""

    def __init__(self, job: Job, on_change: Callable[[], None], speaker: ClockedSpeaker) -> None:
        """Starts at `job.at`, or now."""
        now = speaker.clock.monotonic()
        self.job = job
        self.on_change = on_change
        self.begins = now if job.at is None else max(now, job.at)
        """Station-monotonic second of the first sample."""
        self.total = max(0, job.clip.frames - job.start_frame)
        """Frames to play if nobody cuts."""
        self.stop = self.total
        """Frames after which it ends; less than `total` once cut."""
        self.fade_from: int | None = None
        """Frame at which the fade begins, once cut."""
        self.taken = 0
        """Frames handed to the output so far; exact."""
        self.file: ClipFile | None = None
        self._speaker = speaker
        self._state = PlaybackState.WAITING
        self._reason = ""

    @property
    def state(self) -> PlaybackState:
        return self._state

    @property
    def frames_played(self) -> int:
        return self.taken if self._state.final else self.position(self._speaker.clock.monotonic())

    @property
    def started_monotonic(self) -> float | None:
        return None if self._state is PlaybackState.WAITING else self.begins

    @property
    def reason(self) -> str:
        return self._reason

    @property
    def ends(self) -> float:
        """Station-monotonic second at which the last frame has been consumed."""
        return self.begins + self.stop / STATION_RATE_HZ

    def position(self, now: float) -> int:
        """Frames consumed at `now`."""
        if now + ROUNDING_S >= self.ends:
            return self.stop
        if now < self.begins:
            return 0
        return min(self.stop, int((now - self.begins + ROUNDING_S) * STATION_RATE_HZ))

    def move(self, state: PlaybackState, reason: str = "") -> None:
        """Change state; a final one stays."""
        assert not self._state.final, f"{self._state} is final"
        self._reason = reason
        self._state = state
        if state.final and self.file is not None:
            self.file.close()

    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        self._speaker.cut(self, fade_ms)


def _no_step() -> None:
    """Cancels nothing: no step is planned yet."""


class ClockedSpeaker(Speaker):
    """The pace and the states; subclasses say what becomes of the sound."""

    reads_sound = True
    """False: the clip's file is checked but its samples are never read."""

    def __init__(self, spec: str, clock: Clock) -> None:
        """Nothing is acquired before `open`."""
        self.spec = spec
        self.clock = clock
        self._lock = threading.RLock()
        self._current: ClockedPlayback | None = None
        self._open = False
        self._lost = ""
        self._changed: list[ClockedPlayback] = []
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._cancel_step: Callable[[], None] = _no_step

    # What subclasses say

    @abstractmethod
    def acquire(self) -> None:
        """Open files. Raises SpeakerError. Called again after a loss."""

    def release(self) -> None:
        """Close files."""

    def started(self, playback: ClockedPlayback) -> None:
        """The first frame is due. May raise OSError: the output is lost."""

    def take(self, playback: ClockedPlayback, samples: bytes) -> None:
        """Consume the next samples; `playback.taken` does not count them yet. May raise OSError."""

    def finished(self, playback: ClockedPlayback, state: PlaybackState) -> None:
        """A playback that had started is about to get the final `state`. May raise OSError."""

    def idle_step(self, now: float) -> float | None:
        """Do what is due although nothing plays; station seconds until the next time, None: never.

        May raise OSError.
        """
        return None

    @abstractmethod
    def describe(self) -> str:
        """One Vietnamese line for `health`."""

    # The contract

    def open(self) -> None:
        self.close()
        self.acquire()
        with self._lock:
            self._lost = ""
            self._open = True
        if not isinstance(self.clock, ManualClock):
            self._thread = threading.Thread(target=self._run, name=f"speaker {self.spec}", daemon=True)
            self._thread.start()
        self._reschedule()

    def play(self, job: Job, on_change: Callable[[], None]) -> ClockedPlayback:
        with self._lock:
            if not self._open:
                raise RuntimeError(f"{self.spec} is not open")
            if self._current is not None and self._current.fade_from is None:
                raise RuntimeError(f"{self.spec} is playing {self._current.job.item!r}")
            self._end_fade()
            playback = ClockedPlayback(job, on_change, self)
            reason = self._lost or self._load(playback)
            if reason:
                playback.move(PlaybackState.LOST, reason)
                self._changed.append(playback)
            else:
                self._current = playback
        self._tell()
        self._reschedule()
        return playback

    def load(self, playback: ClockedPlayback) -> None:
        """Prove the clip's file, and keep it open if it will be read. Raises AudioError."""
        clip = playback.job.clip
        file = ClipFile(clip.path, clip.frames, playback.job.start_frame)
        if self.reads_sound:
            playback.file = file
        else:
            file.close()

    def cut(self, playback: ClockedPlayback, fade_ms: int) -> None:
        """Let `playback` end after its fade."""
        with self._lock:
            if playback is not self._current or playback.fade_from is not None:
                return
            position = playback.position(self.clock.monotonic())
            begun = position > 0 or playback.state is PlaybackState.PLAYING
            playback.fade_from = position
            playback.stop = min(playback.stop, position + (fade_ms * STATION_RATE_HZ // 1000 if begun else 0))
        self._reschedule()

    def health(self) -> Health:
        if not self._open:
            return Health(ok=False, text="đầu ra chưa mở")
        return Health(ok=not self._lost, text=self._lost or self.describe())

    def lose(self, reason: str) -> None:
        """The output is gone: what plays ends as LOST, and so does everything until `open` is called again."""
        with self._lock:
            self._lose(reason)
        self._tell()

    def close(self) -> None:
        with self._lock:
            was_open, self._open = self._open, False
            if was_open:
                self._lose("đã đóng đầu ra")
            self._cancel_step()
        self._tell()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_BOUND_S)
        self._thread = None
        if was_open:
            self.release()

    # The steps

    def _run(self) -> None:
        while self._open:
            delay = self._step()
            self.clock.wait(self._wake, LONGEST_WAIT_S if delay is None else min(delay, LONGEST_WAIT_S))

    def _reschedule(self) -> None:
        """Have a step taken as soon as possible."""
        if isinstance(self.clock, ManualClock):
            self._cancel_step()
            self._cancel_step = self.clock.call_later(0.0, self._manual_step)
        else:
            self._wake.set()

    def _manual_step(self) -> None:
        delay = self._step()
        if delay is not None and self._open:
            self._cancel_step()
            self._cancel_step = self.clock.call_later(delay, self._manual_step)

    def _step(self) -> float | None:
        """Do all that is due; station seconds until the next step, None when nothing is to come."""
        with self._lock:
            if not self._open or self._lost:
                return None
            now = self.clock.monotonic()
            try:
                delays = (self._advance(now), self.idle_step(now))
            except OSError as problem:
                self._lose(self._write_failed(problem))
                delays = (None, None)
        self._tell()
        return min((delay for delay in delays if delay is not None), default=None)

    def _advance(self, now: float) -> float | None:
        """Bring the current playback to where it is at `now`; seconds until its next step."""
        playback = self._current
        if playback is None:
            return None
        if playback.state is PlaybackState.WAITING and playback.fade_from is None:
            if now + ROUNDING_S < playback.begins:
                return playback.begins - now
            self.started(playback)
            self._move(playback, PlaybackState.PLAYING)
        try:
            self._take_until(playback, playback.position(now))
        except AudioError as problem:
            self._finish(playback, PlaybackState.LOST, problem.line())
            return None
        if playback.taken < playback.stop:
            left = playback.ends - now
            return min(left, BLOCK_S * self.clock.speed) if self.reads_sound else left
        whole = playback.taken == playback.total and playback.state is PlaybackState.PLAYING
        self._finish(playback, PlaybackState.ENDED if whole else PlaybackState.CUT)
        return None

    def _take_until(self, playback: ClockedPlayback, position: int) -> None:
        if playback.file is None:
            playback.taken = position
            return
        while playback.taken < position:
            frames = min(position - playback.taken, READ_FRAMES)
            self.take(playback, playback.file.read(frames))
            playback.taken += frames

    def _end_fade(self) -> None:
        """What is fading out ends here and now, because the next one begins."""
        playback = self._current
        if playback is None:
            return
        now = self.clock.monotonic()
        playback.stop = max(playback.taken, playback.position(now))
        try:
            self._advance(now)
        except OSError as problem:
            self._lose(self._write_failed(problem))

    def _finish(self, playback: ClockedPlayback, state: PlaybackState, reason: str = "") -> None:
        # Witnesses write first: whoever sees the final state may already read what they wrote.
        if playback.state is PlaybackState.PLAYING:
            self.finished(playback, state)
        self._current = None
        self._move(playback, state, reason)

    def _lose(self, reason: str) -> None:
        self._lost = reason
        playback = self._current
        if playback is None:
            return
        if not self.reads_sound:
            playback.taken = playback.position(self.clock.monotonic())
        try:
            self._finish(playback, PlaybackState.LOST, reason)
        except OSError:
            # The witness's own file is what was lost; `reason` already says so.
            self._current = None
            self._move(playback, PlaybackState.LOST, reason)

    def _write_failed(self, problem: OSError) -> str:
        return f"không ghi được đầu ra {self.spec}: {problem.strerror or problem}"

    def _move(self, playback: ClockedPlayback, state: PlaybackState, reason: str = "") -> None:
        playback.move(state, reason)
        self._changed.append(playback)

    def _tell(self) -> None:
        """Call `on_change` for what changed, outside the lock."""
        with self._lock:
            changed, self._changed = self._changed, []
        for playback in changed:
            playback.on_change()

    def _load(self, playback: ClockedPlayback) -> str:
        """Why the clip cannot be played; empty when it can."""
        try:
            self.load(playback)
        except AudioError as problem:
            return problem.line()
        return ""
