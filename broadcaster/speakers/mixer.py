"""What the sound card's callback does: lays tracks into the output's channels, frame by frame.

Runs inside PortAudio's thread, so it never waits, reads no file and makes little garbage. No PortAudio in here: tests
drive it with a bytearray.
"""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Callable

from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.gain import added, faded, prepare
from broadcaster.speakers.track import Block, Branch, Track


class _Tail:
    """What is still to come of a track in zones that it left: its fade, already computed."""

    def __init__(self, samples: array.array[int], channels: tuple[int, ...]) -> None:
        self.samples = memoryview(samples)
        self.channels = channels


class Mixer:
    """Fills output buffers from the tracks, each in zones of its own; the fade of what left a zone sounds over the
    beginning of what comes next there.
    """

    def __init__(
        self,
        *,
        on_start: Callable[[Track, float], None],
        on_handed: Callable[[Track, float], None],
        on_cut: Callable[[Track], None],
    ) -> None:
        """Told from the callback's thread: first sample (and when it is heard), last frame handed over (and when it has
        been heard), and that a cut track has been faded out.
        """
        self.tracks: list[Track] = []
        self.waiting: deque[Track] = deque()
        """Tracks to be played from the next buffer on; appended by other threads."""
        self.channels = 1
        """Of the output; set before the first `fill`."""
        self._tails: list[_Tail] = []
        self._on_start = on_start
        self._on_handed = on_handed
        self._on_cut = on_cut
        prepare()

    @property
    def idle(self) -> bool:
        """Whether `fill` would write nothing but silence."""
        return not self.tracks and not self.waiting and not self._tails

    def underrun(self) -> None:
        """The output had a gap: whatever sounds has one."""
        for track in self.tracks:
            track.underruns += track.started

    def fill(self, out: memoryview[int], frames: int, heard: float) -> None:
        """Write `frames` frames; the first is heard at machine-monotonic second `heard`. `out` holds zeros."""
        while self.waiting:
            self.tracks.append(self.waiting.popleft())
        # First who leaves a zone, then who sounds there, since tracks are written over what is in the buffer.
        going_on = []
        for track in self.tracks:
            if track.fade is not None:
                self._cut(track, track.fade, heard)
                continue
            if track.routed is not track.route_done:
                self._route(track, heard)
            going_on.append(track)
        self.tracks = [track for track in going_on if self._pour(track, out, frames, heard)]
        if self._tails:
            self._tails = [tail for tail in self._tails if self._add(tail, out, frames)]

    def _pour(self, track: Track, out: memoryview[int], frames: int, heard: float) -> bool:
        """Write the next part of a track; whether some of it is left."""
        position = 0
        if not track.started:
            if track.at is not None:
                position = max(0, round((track.at - heard) * STATION_RATE_HZ))
            if position >= frames or not track.prerolled(heard + position / STATION_RATE_HZ):
                return True
            track.started = True
            self._on_start(track, heard + position / STATION_RATE_HZ)
        while position < frames and not track.complete:
            first = track.handed
            piece = track.take(frames - position)
            if piece is None:
                if track.total is None:
                    track.stalled += frames - position
                else:
                    track.underruns += 1
                break
            block, begin, end = piece
            for branch in track.branches:
                if branch.open:
                    if branch.first_heard is None:
                        branch.first_heard = heard + position / STATION_RATE_HZ
                    self._write(branch, block, begin, end, out, position, first)
            position += end - begin
            track.handed_heard = heard + position / STATION_RATE_HZ
        if not track.complete:
            return True
        for branch in track.branches:
            self._close(track, branch, 0)
        self._on_handed(track, track.handed_heard)
        return False

    def _write(
        self, branch: Branch, block: Block, begin: int, end: int, out: memoryview[int], position: int, first: int
    ) -> None:
        """Lay a piece whose first frame is the track's `first` into a zone's channels, from `position` on."""
        piece = block.versions[branch.version][begin:end]
        rising = branch.fade_in_from + branch.fade_in - first
        if rising > 0:
            ramp = faded(piece[:rising], first - branch.fade_in_from, branch.fade_in, rising=True)
            ramp.extend(piece[rising:])
            piece = memoryview(ramp)
        step = self.channels
        for channel in branch.channels:
            out[position * step + channel : (position + end - begin) * step : step] = piece

    def _route(self, track: Track, heard: float) -> None:
        """Make of a track's branches what `routed` says."""
        routed, fade = track.routed, track.route_fade if track.started else 0
        tails: dict[int, array.array[int]] = {}
        for branch in track.branches:
            if branch.zone in routed and not branch.open:
                branch.open = True
                # What its own fade still gives the zone is not heard twice.
                branch.begin = max(track.handed, branch.closed_at)
                branch.fade_in, branch.fade_in_from = fade, track.handed
            elif branch.open and branch.zone not in routed:
                if fade and branch.version not in tails:
                    tails[branch.version] = self._fading(track, branch.version, fade)
                tail = tails.get(branch.version)
                if tail:
                    self._tails.append(_Tail(tail, branch.channels))
                more = len(tail or ())
                self._close(track, branch, more, heard + more / STATION_RATE_HZ)
        track.route_done = routed

    def _fading(self, track: Track, version: int, fade: int) -> array.array[int]:
        """The next samples of a track under a fade; they stay queued."""
        ahead = track.peek(fade, version)
        return faded(ahead, 0, len(ahead), rising=False) if ahead else ahead

    def _close(self, track: Track, branch: Branch, more: int, last_heard: float | None = None) -> None:
        """A zone hears no more of a track than `more` frames from here."""
        if branch.open:
            branch.open = False
            branch.closed_at = track.handed + more
            branch.frames += max(0, branch.closed_at - branch.begin)
            branch.last_heard = track.handed_heard if last_heard is None else last_heard

    def _cut(self, track: Track, fade: int, heard: float) -> None:
        """Turn the rest of a cut track into tails. One that would end within the fade just ends."""
        if not track.started:
            self._on_cut(track)
            return
        whole = track.total is not None and track.total - track.handed <= fade
        length = 0
        tails: dict[int, array.array[int]] = {}
        for version in range(len(track.gains)):
            ahead = track.peek(fade, version)
            length = len(ahead)
            tails[version] = ahead if whole or not ahead else faded(ahead, 0, length, rising=False)
        ends = heard + length / STATION_RATE_HZ
        for branch in track.branches:
            if branch.open:
                if length:
                    self._tails.append(_Tail(tails[branch.version], branch.channels))
                self._close(track, branch, length, ends)
        track.skip(length)
        track.handed_heard = ends
        if track.complete:
            self._on_handed(track, ends)
        else:
            self._on_cut(track)

    def _add(self, tail: _Tail, out: memoryview[int], frames: int) -> bool:
        """Mix the next part of a tail in; whether some of it is left."""
        piece = tail.samples[:frames]
        step = self.channels
        for channel in tail.channels:
            part = out[channel : len(piece) * step : step]
            part[:] = memoryview(added(part, piece))
        tail.samples = tail.samples[frames:]
        return len(tail.samples) > 0
