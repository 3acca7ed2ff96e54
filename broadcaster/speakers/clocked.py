"""Outputs that keep the station clock's pace by themselves: `memory`, `none`, `log`, `wav`.

Where a playback is follows from the clock alone (`Playhead`). A step does whatever has become due and says when the
next one is; a `Driver` takes the steps.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence

from broadcaster.clock import Clock
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.source import Reader, Span
from broadcaster.speakers.clipfile import SAMPLE_BYTES, ClipFile
from broadcaster.speakers.driver import Driver, driver_for
from broadcaster.speakers.playhead import ROUNDING_S, Playhead, Stretch
from broadcaster.speakers.speaker import (
    CUT_FADE_MS,
    NO_REASON,
    ROUTE_FADE_MS,
    Health,
    Job,
    Playback,
    PlaybackState,
    Speaker,
    check_route,
    words_of,
)
from broadcaster.speakers.zone import ONE_ZONE, Zones, unknown_zone

BLOCK_S = 0.05
"""Real seconds between two blocks: short enough that `frames_played` and a witness's file are never far behind."""
READ_FRAMES = STATION_RATE_HZ
"""Most frames read at once, whatever the clock's speed: memory stays bounded."""
ROUTE_FADE_FRAMES = ROUTE_FADE_MS * STATION_RATE_HZ // 1000


class ClockedPlayback(Playback):
    """One job whose position is the clock's."""

    def __init__(self, job: Job, on_change: Callable[[], None], speaker: ClockedSpeaker) -> None:
        """Starts at `job.at`, or now."""
        now = speaker.clock.monotonic()
        self.job = job
        self.on_change = on_change
        self.head = Playhead(
            begins=now if job.at is None else max(now, job.at), total=job.frames, zones=job.first_zones
        )
        self.reader: Reader | None = None
        """None: the samples are not read, the clock says how many there were."""
        self._speaker = speaker
        self._state = PlaybackState.WAITING
        self._reason = NO_REASON

    @property
    def state(self) -> PlaybackState:
        return self._state

    @property
    def frames_played(self) -> int:
        return self.head.sounded if self._state.final or self.head.total is None else self._due()

    @property
    def started_monotonic(self) -> float | None:
        return None if self._state is PlaybackState.WAITING else self.head.begins

    @property
    def reason(self) -> Words:
        return self._reason

    @property
    def stalled_s(self) -> float:
        return (self.head.advanced - self.head.sounded) / STATION_RATE_HZ

    @property
    def routed(self) -> frozenset[str]:
        return self.head.routed

    def route(self, zones: Collection[str]) -> None:
        self._speaker.route(self, zones)

    def heard(self, zone: str) -> Span:
        exact = self._state.final or self.head.total is None
        return self.head.heard(zone, self.head.advanced if exact else self._due())

    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        self._speaker.cut(self, fade_ms)

    def move(self, state: PlaybackState, reason: Words = NO_REASON) -> None:
        """Change state; a final one stays."""
        assert not self._state.final, f"{self._state} is final"
        self._reason = reason
        self._state = state
        if state.final and self.reader is not None:
            self.reader.close()

    def _due(self) -> int:
        return 0 if self._state is PlaybackState.WAITING else self.head.position(self._speaker.clock.monotonic())


class ClockedSpeaker(Speaker):
    """The pace and the states; subclasses say what becomes of the sound."""

    reads_sound = True
    """False: a clip's file is checked but its samples are never read."""

    def __init__(self, spec: str, clock: Clock, zones: Zones = ONE_ZONE) -> None:
        """Nothing is acquired before `open`."""
        self.spec = spec
        self.clock = clock
        self.zones = zones
        self._lock = threading.RLock()
        self._playing: list[ClockedPlayback] = []
        self._open = False
        self._lost: Words | None = None
        self._changed: list[ClockedPlayback] = []
        self._driver: Driver | None = None

    # What subclasses say

    @abstractmethod
    def acquire(self) -> None:
        """Open files. Raises SpeakerError. Called again after a loss."""

    def release(self) -> None:
        """Close files."""

    def begin(self, playback: ClockedPlayback, stretches: Sequence[Stretch]) -> None:
        """The next frame is the first one for these zones. May raise OSError: the output is lost."""

    def take(self, playback: ClockedPlayback, samples: bytes, stretches: Sequence[Stretch]) -> None:
        """Consume the samples from frame `playback.head.advanced` on, for these zones. May raise OSError."""

    def end(self, playback: ClockedPlayback, stretches: Sequence[Stretch], state: PlaybackState) -> None:
        """These zones, whose beginning was told, hear no more: the playback is about to get the final `state`, or (CUT)
        was routed away from them. May raise OSError."""

    def idle_step(self, now: float) -> float | None:
        """Do what is due although nothing plays; station seconds until the next time, None: never.

        May raise OSError.
        """
        return None

    @abstractmethod
    def describe(self) -> Words:
        """One line for `health`."""

    def load(self, playback: ClockedPlayback) -> None:
        """Prove the clip's file and keep it open if it will be read, or open the live source. Raises AudioError."""
        job = playback.job
        if not isinstance(job.source, Clip):
            assert job.open is not None, f"{job.source.name}: a live job says how to open its source"
            playback.reader = job.open()
            return
        file = ClipFile(job.source.path, job.source.frames, job.start_frame)
        if self.reads_sound:
            playback.reader = file
        else:
            file.close()

    # The contract

    def open(self) -> None:
        self.close()
        self.acquire()
        driver = driver_for(self.clock, self._step, f"speaker {self.spec}")
        with self._lock:
            self._lost = None
            self._open = True
            self._driver = driver
        driver.start()

    def play(self, job: Job, on_change: Callable[[], None]) -> ClockedPlayback:
        with self._lock:
            if not self._open:
                raise RuntimeError(f"{self.spec} is not open")
            check_route(job.first_zones, job.zones, self._occupied())
            self._end_fades(job.first_zones)
            playback = ClockedPlayback(job, on_change, self)
            reason = self._lost or unknown_zone(job.zones, self.zones) or self._load(playback)
            if reason is not None:
                playback.move(PlaybackState.LOST, reason)
                self._changed.append(playback)
            else:
                self._playing.append(playback)
        self._tell()
        self._soon()
        return playback

    def cut(self, playback: ClockedPlayback, fade_ms: int) -> None:
        """Let `playback` end after its fade."""
        with self._lock:
            head = playback.head
            if playback not in self._playing or head.cut_from is not None:
                return
            if playback.state is PlaybackState.WAITING:
                head.cancel()
            else:
                head.cut(self.clock.monotonic(), fade_ms * STATION_RATE_HZ // 1000)
        self._soon()

    def route(self, playback: ClockedPlayback, zones: Collection[str]) -> None:
        """Let `playback` be heard in exactly `zones`."""
        with self._lock:
            head = playback.head
            if playback not in self._playing or head.cut_from is not None or head.routed == frozenset(zones):
                return
            entered = [zone for zone in zones if zone not in head.routed]
            check_route(entered, playback.job.zones, self._occupied())
            self._end_fades(entered)
            if playback in self._playing:  # ending a fade may have lost the output
                head.route(self.clock.monotonic(), zones, ROUTE_FADE_FRAMES)
        self._tell()
        self._soon()

    def health(self) -> Health:
        if not self._open:
            return Health(ok=False, text=Words("đầu ra chưa mở", "the output is not open"))
        return Health(ok=self._lost is None, text=self._lost or self.describe())

    def lose(self, reason: Words) -> None:
        """The output is gone: what plays ends as LOST, and so does everything until `open` is called again."""
        with self._lock:
            self._lose(reason)
        self._tell()

    def close(self) -> None:
        with self._lock:
            was_open, self._open = self._open, False
            driver, self._driver = self._driver, None
            if was_open:
                self._lose(Words("đã đóng đầu ra", "the output was closed"))
        self._tell()
        if driver is not None:
            driver.stop()
        if was_open:
            self.release()

    # The steps

    def _soon(self) -> None:
        driver = self._driver
        if driver is not None:
            driver.soon()

    def _step(self) -> float | None:
        """Do all that is due; station seconds until the next step, None when nothing is to come."""
        with self._lock:
            if not self._open or self._lost is not None:
                return None
            now = self.clock.monotonic()
            try:
                delays = [self._advance(playback, now) for playback in list(self._playing)]
                delays.append(self.idle_step(now))
            except OSError as problem:
                self._lose(self._write_failed(problem))
                delays = []
        self._tell()
        return min((delay for delay in delays if delay is not None), default=None)

    def _advance(self, playback: ClockedPlayback, now: float) -> float | None:
        """Bring a playback to where it is at `now`; seconds until its next step."""
        head = playback.head
        if playback.state is PlaybackState.WAITING and head.cut_from is None:
            if now + ROUNDING_S < head.begins:
                return head.begins - now
            self._change_zones(playback)
            self._move(playback, PlaybackState.PLAYING)
        try:
            self._take_until(playback, head.position(now))
        except AudioError as problem:
            self._finish(playback, PlaybackState.LOST, words_of(problem))
            return None
        if head.done:
            whole = head.whole and playback.state is PlaybackState.PLAYING
            self._finish(playback, PlaybackState.ENDED if whole else PlaybackState.CUT)
            return None
        moments = [head.moment(frame) for frame in (head.stop, head.next_change()) if frame is not None]
        if playback.reader is not None:
            moments.append(now + BLOCK_S * self.clock.speed)
        return max(0.0, min(moments) - now)

    def _take_until(self, playback: ClockedPlayback, position: int) -> None:
        head, reader = playback.head, playback.reader
        for frames in head.pieces(position, READ_FRAMES):
            self._change_zones(playback)
            sounded = frames
            if reader is not None:
                samples = reader.read(frames)
                sounded = len(samples) // SAMPLE_BYTES
                if samples:
                    self.take(playback, samples, head.sounding())
                if head.total is None and reader.ended:
                    head.stop = head.total = head.advanced + sounded
                    frames = sounded
            head.advance(frames, sounded)
            if head.done:
                break
        self._change_zones(playback)

    def _change_zones(self, playback: ClockedPlayback) -> None:
        """Tell of the zones that end or begin here."""
        head = playback.head
        if ended := head.take_ended():
            self.end(playback, ended, PlaybackState.CUT)
        if beginning := head.beginning():
            self.begin(playback, beginning)
            for stretch in beginning:
                stretch.told = True

    def _occupied(self) -> set[str]:
        """Zones in which something is heard that is not cut."""
        return {zone for each in self._playing if each.head.cut_from is None for zone in each.head.routed}

    def _end_fades(self, zones: Collection[str]) -> None:
        """What is fading out in `zones` ends here and now, because something else begins there."""
        now = self.clock.monotonic()
        try:
            for playback in list(self._playing):
                head = playback.head
                fading = any(stretch.zone in zones for stretch in head.stretches)
                if head.cut_from is not None and fading:
                    head.end_now(now)
                elif not any([head.leave(zone, now) for zone in zones]):
                    continue
                self._advance(playback, now)
        except OSError as problem:
            self._lose(self._write_failed(problem))

    def _finish(self, playback: ClockedPlayback, state: PlaybackState, reason: Words = NO_REASON) -> None:
        # Witnesses write first: whoever sees the final state may already read what they wrote.
        ended = playback.head.take_ended(every=True)
        if playback.state is PlaybackState.PLAYING:
            left, stayed = [[each for each in ended if (each.end is None) is routed] for routed in (False, True)]
            for stretches, how in ((left, PlaybackState.CUT), (stayed, state)):
                if stretches:
                    self.end(playback, stretches, how)
        self._playing.remove(playback)
        self._move(playback, state, reason)

    def _lose(self, reason: Words) -> None:
        self._lost = reason
        for playback in list(self._playing):
            try:
                if playback.reader is None:
                    self._take_until(playback, playback.head.position(self.clock.monotonic()))
                self._finish(playback, PlaybackState.LOST, reason)
            except OSError:
                # The witness's own file is what was lost; `reason` already says so.
                self._playing.remove(playback)
                self._move(playback, PlaybackState.LOST, reason)

    def _write_failed(self, problem: OSError) -> Words:
        why = problem.strerror or problem
        return Words(f"không ghi được đầu ra {self.spec}: {why}", f"cannot write the output {self.spec}: {why}")

    def _move(self, playback: ClockedPlayback, state: PlaybackState, reason: Words = NO_REASON) -> None:
        playback.move(state, reason)
        self._changed.append(playback)

    def _tell(self) -> None:
        """Call `on_change` for what changed, outside the lock."""
        with self._lock:
            changed, self._changed = self._changed, []
        for playback in changed:
            playback.on_change()

    def _load(self, playback: ClockedPlayback) -> Words | None:
        """Why the source cannot be played; None when it can."""
        try:
            self.load(playback)
        except AudioError as problem:
            return words_of(problem)
        return None
