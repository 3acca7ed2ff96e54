"""Where a playback is, by the clock alone: frame n of it is due at `begins + n / rate`. Pure: no clock, thread or file.

Frames are counted from the playback's first one, the silence of a live source's stalls included, so that a frame has
one moment. What zones got of it is kept as *stretches*, from where a zone was routed in to where it was routed out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from broadcaster.model import STATION_RATE_HZ
from broadcaster.source import Span

ROUNDING_S = 1e-6
"""Times are sums of floats; a frame lasts 20 microseconds."""


@dataclass(kw_only=True, eq=False)
class Stretch:
    """One zone hearing a playback without a break."""

    zone: str
    begin: int
    """First frame."""
    fade_in: int = 0
    """Frames over which it begins."""
    fade_from: int | None = None
    """Frame at which its end begins to fade; None while it is routed."""
    end: int | None = None
    """Frame after the last one; None while it is routed."""
    told: bool = False
    """Whether its beginning was told to the output."""
    frames: int = 0
    """Frames of the source heard in it so far."""
    first: int | None = None
    last: int = 0
    """First frame that sounded, and the frame after the last one that did."""

    def covers(self, frame: int) -> bool:
        """Whether `frame` is heard in it."""
        return self.begin <= frame and (self.end is None or frame < self.end)


class Playhead:
    """The arithmetic of one playback."""

    def __init__(self, *, begins: float, total: int | None, zones: Iterable[str]) -> None:
        """`begins`: station-monotonic second of frame 0. `total` frames if nobody cuts; None: a live source."""
        self.begins = begins
        self.total = total
        self.stop = total
        """Frame at which it ends; None while a live source goes on."""
        self.cut_from: int | None = None
        """Frame at which the fade begins, once cut."""
        self.advanced = 0
        """Frames that the output has taken so far."""
        self.sounded = 0
        """Those of them that the source gave."""
        self.stretches = [Stretch(zone=zone, begin=0) for zone in zones]
        """Those that are not over."""
        self._over: list[Stretch] = []

    @property
    def ends(self) -> float | None:
        """Station-monotonic second at which the last frame has been taken; None: unknown."""
        return None if self.stop is None else self.begins + self.stop / STATION_RATE_HZ

    @property
    def done(self) -> bool:
        """Whether the output has taken everything."""
        return self.stop is not None and self.advanced >= self.stop

    @property
    def whole(self) -> bool:
        """Whether it was not cut before its end."""
        return self.cut_from is None or self.stop == self.total

    def position(self, now: float) -> int:
        """Frames due at `now`."""
        ends = self.ends
        if ends is not None and now + ROUNDING_S >= ends:
            assert self.stop is not None
            return self.stop
        if now < self.begins:
            return 0
        due = int((now - self.begins + ROUNDING_S) * STATION_RATE_HZ)
        return due if self.stop is None else min(self.stop, due)

    def moment(self, frame: int) -> float:
        """Station-monotonic second of a frame."""
        return self.begins + frame / STATION_RATE_HZ

    # Changes of course

    def cut(self, now: float, fade: int) -> None:
        """End after `fade` more frames, or with the source."""
        position = self.position(now)
        self.cut_from = position
        stop = position + fade
        self.stop = stop if self.stop is None else min(self.stop, stop)

    def cancel(self) -> None:
        """End before the first frame."""
        self.cut_from = self.stop = 0

    def end_now(self, now: float) -> None:
        """End a fade under way at once."""
        self.stop = max(self.advanced, self.position(now))

    def route(self, now: float, zones: Collection[str], fade: int) -> None:
        """From `now` on be heard in exactly `zones`, with fades of `fade` frames unless it has not begun."""
        position = max(self.advanced, self.position(now))
        for stretch in [each for each in self.stretches if each.end is None and each.zone not in zones]:
            if not stretch.told:
                self.stretches.remove(stretch)
            else:
                stretch.fade_from, stretch.end = position, position + fade
        for zone in zones:
            if zone not in self.routed:
                self.leave(zone, now)
                self.stretches.append(Stretch(zone=zone, begin=position, fade_in=fade if position else 0))

    def leave(self, zone: str, now: float) -> bool:
        """End at once what still fades out in `zone`; whether anything did."""
        position = max(self.advanced, self.position(now))
        fading = [each for each in self.stretches if each.zone == zone and each.end is not None and each.end > position]
        for stretch in fading:
            stretch.end = position
        return bool(fading)

    # The way on

    def pieces(self, position: int, most: int) -> Iterator[int]:
        """Lengths in frames of the pieces from here to `position`: none longer than `most`, and none in which a zone
        begins or ends. The caller calls `advance` for each before it asks for the next."""
        while self.advanced < position:
            upto = min(position, self.advanced + most)
            for stretch in self.stretches:
                for bound in (stretch.begin, stretch.end):
                    if bound is not None and self.advanced < bound < upto:
                        upto = bound
            yield upto - self.advanced

    def sounding(self) -> list[Stretch]:
        """Who hears the next piece."""
        return [stretch for stretch in self.stretches if stretch.covers(self.advanced)]

    def advance(self, frames: int, sounded: int) -> None:
        """The output has taken a piece, of which the first `sounded` frames were the source's, the rest a stall."""
        if sounded:
            for stretch in self.sounding():
                stretch.frames += sounded
                stretch.first = self.advanced if stretch.first is None else stretch.first
                stretch.last = self.advanced + sounded
        self.advanced += frames
        self.sounded += sounded

    def beginning(self) -> list[Stretch]:
        """Stretches whose first frame is next and whose beginning was not told yet."""
        return [each for each in self.stretches if not each.told and each.begin <= self.advanced]

    def take_ended(self, *, every: bool = False) -> list[Stretch]:
        """Stretches that are over now, or `every` one at the playback's end; each is returned once."""
        ended = [each for each in self.stretches if every or (each.end is not None and each.end <= self.advanced)]
        self.stretches = [each for each in self.stretches if each not in ended]
        self._over += ended
        return [each for each in ended if each.told]

    def next_change(self) -> int | None:
        """The next frame at which a zone ends; None: none is about to."""
        return min(
            (each.end for each in self.stretches if each.end is not None and each.end > self.advanced), default=None
        )

    @property
    def routed(self) -> frozenset[str]:
        """The zones it is routed to."""
        return frozenset(stretch.zone for stretch in self.stretches if stretch.end is None)

    def heard(self, zone: str, upto: int) -> Span:
        """What `zone` got, if the output takes everything up to frame `upto`."""
        frames, firsts, lasts = 0, [], []
        for stretch in (each for each in (*self._over, *self.stretches) if each.zone == zone):
            more_from = max(self.advanced, stretch.begin)
            more_to = upto if stretch.end is None else min(upto, stretch.end)
            more = max(0, more_to - more_from)
            if not stretch.frames and not more:
                continue
            frames += stretch.frames + more
            firsts.append(more_from if stretch.first is None else stretch.first)
            lasts.append(more_to if more else stretch.last)
        if not frames:
            return Span()
        return Span(frames=frames, first_monotonic=self.moment(min(firsts)), last_monotonic=self.moment(max(lasts)))
