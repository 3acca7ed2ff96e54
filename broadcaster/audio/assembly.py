"""Sounds put together: silence trimmed from their edges, each brought to one level, chime and pauses between them.

Everything that airs is put together here, in blocks, so that a recording of any length needs no more memory than a
sentence. Mastering brings the `Assembly` to the station's loudness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from broadcaster.audio.loudness import Meter
from broadcaster.audio.pcm import BLOCK_FRAMES, Mono
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.silence import sounding

Source = Callable[[], Iterator[Mono]]
"""Mono blocks at the station's rate; each call starts again from the beginning."""

QUIET_LUFS = -60.0
"""Below this there is only noise: a recording with the microphone off. It is refused, not amplified."""
ASSEMBLY_LUFS = -30.0
"""Level at which parts are put together: far below full scale, so that no peak is cut before the limiter sees it."""
CHIME_BELOW_LU = 2.0
"""The chime is quieter than the words, which matter more."""
KEPT_BEFORE_S = 0.05
KEPT_AFTER_S = 0.2
"""Soft consonants and a room's own decay at the edges."""
FADE_IN_MS = 5
FADE_OUT_MS = 30
CHIME_PAUSE_MS = 500
"""Between chime and words."""
REPEAT_PAUSE_MS = 1_500
"""Between two readings of the same text."""
STEP_FRAMES = STATION_RATE_HZ // 100
"""10 ms: what silence is looked for in."""

Steps = npt.NDArray[np.float64]
"""One value per 10 ms."""


class Part(NamedTuple):
    """One sound to be put together with others."""

    source: Source
    where: str
    """File or engine, for the error message."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """One sound without the silence at its edges, and what its level is."""

    source: Source
    start: int
    """First frame kept; a multiple of STEP_FRAMES."""
    end: int
    """First frame no longer kept."""
    loudness_lufs: float
    outline: Outline
    """Of what is kept."""


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A sound in steps of 10 ms: enough to foresee what a limiter will do to it."""

    energy: Steps
    """Mean square of each step."""
    peak: Steps
    """Largest magnitude of each step."""

    def louder(self, gain: float) -> Outline:
        """The outline of the same sound multiplied by `gain`."""
        return Outline(energy=self.energy * gain**2, peak=self.peak * gain)


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """Everything of one clip, at ASSEMBLY_LUFS or silent."""

    source: Source
    outline: Outline


def in_memory(samples: Mono) -> Source:
    """A source of samples at the station's rate that are at hand."""
    return lambda: (samples[at : at + BLOCK_FRAMES] for at in range(0, len(samples), BLOCK_FRAMES))


def trim(source: Source) -> Take | None:
    """Find the edges and the loudness of a sound in one pass. None when there is no sound in it."""
    meter = Meter()
    outlines: list[Outline] = []
    rest = np.zeros(0, np.float32)
    frames = 0
    for block in source():
        frames += len(block)
        meter.add(block)
        joined = np.concatenate([rest, block]) if len(rest) else block
        whole = len(joined) // STEP_FRAMES * STEP_FRAMES
        outlines.append(_outline(joined[:whole]))
        rest = joined[whole:]
    if len(rest):
        outlines.append(_outline(np.pad(rest, (0, STEP_FRAMES - len(rest)))))
    loudness = meter.integrated_lufs
    if loudness < QUIET_LUFS:
        return None
    outline = _joined(outlines)
    kept = sounding(
        np.sqrt(outline.energy),
        before=round(KEPT_BEFORE_S * STATION_RATE_HZ / STEP_FRAMES),
        after=round(KEPT_AFTER_S * STATION_RATE_HZ / STEP_FRAMES),
    )
    assert kept is not None, "louder than QUIET_LUFS"
    first, last = kept
    return Take(
        source=source,
        start=first * STEP_FRAMES,
        end=min(frames, last * STEP_FRAMES),
        loudness_lufs=loudness,
        outline=Outline(energy=outline.energy[first:last], peak=outline.peak[first:last]),
    )


def programme(parts: Sequence[Part], *, chime: Mono | None = None, repeat: int = 1, pause_s: float = 0.0) -> Assembly:
    """Chime, then the parts, `repeat` times, then `pause_s` seconds of silence. Each part is read once to measure it.

    Raises AudioError when a part holds no sound.
    """
    head = [] if chime is None else [_take(Part(in_memory(chime), "chime"))]
    takes = [_take(part) for part in parts] * repeat
    outlines = [take.outline.louder(_gain(take, ASSEMBLY_LUFS - CHIME_BELOW_LU)) for take in head]
    outlines += [take.outline.louder(_gain(take, ASSEMBLY_LUFS)) for take in takes]

    def stream() -> Iterator[Mono]:
        for take in head:
            yield from _faded(take, ASSEMBLY_LUFS - CHIME_BELOW_LU)
            yield from _zeros(CHIME_PAUSE_MS / 1000)
        for number, take in enumerate(takes):
            if number:
                yield from _zeros(REPEAT_PAUSE_MS / 1000)
            yield from _faded(take, ASSEMBLY_LUFS)
        yield from _zeros(pause_s)

    return Assembly(source=stream, outline=_joined(outlines))


def silence(seconds: float) -> Assembly:
    """A pause."""
    return Assembly(source=lambda: _zeros(seconds), outline=_joined([]))


def _take(part: Part) -> Take:
    take = trim(part.source)
    if take is None:
        raise AudioError(
            Words(
                "không có tiếng (chỉ có im lặng hoặc tạp âm rất nhỏ)", "there is no sound in it, or only faint noise"
            ),
            where=part.where,
            cure=Words("Nghe lại tệp gốc và thu lại", "Listen to the original and record it again"),
        )
    return take


def _gain(take: Take, lufs: float) -> float:
    return float(10 ** ((lufs - take.loudness_lufs) / 20))


def _kept(take: Take, lufs: float) -> Iterator[Mono]:
    """What is kept of a take, at a loudness."""
    gain = np.float32(_gain(take, lufs))
    at = 0
    for block in take.source():
        first, last = max(take.start, at), min(take.end, at + len(block))
        if first < last:
            yield block[first - at : last - at] * gain
        at += len(block)


def _faded(take: Take, lufs: float) -> Iterator[Mono]:
    """The same with both edges faded."""
    fade_in, fade_out = FADE_IN_MS * STATION_RATE_HZ // 1000, FADE_OUT_MS * STATION_RATE_HZ // 1000
    at, length = 0, take.end - take.start
    for block in _kept(take, lufs):
        if at < fade_in or at + len(block) > length - fade_out:
            place = np.arange(at, at + len(block))
            edge = np.minimum(place / fade_in, (length - place) / fade_out)
            block = block * np.clip(edge, 0.0, 1.0).astype(np.float32)
        yield block
        at += len(block)


def _zeros(seconds: float) -> Iterator[Mono]:
    left = round(seconds * STATION_RATE_HZ)
    while left > 0:
        yield np.zeros(min(left, BLOCK_FRAMES), np.float32)
        left -= BLOCK_FRAMES


def _outline(samples: Mono) -> Outline:
    """Of whole steps."""
    steps = samples.reshape(-1, STEP_FRAMES)
    peak = np.maximum(steps.max(axis=1), -steps.min(axis=1)).astype(np.float64)
    return Outline(energy=np.einsum("ij,ij->i", steps, steps, dtype=np.float64) / STEP_FRAMES, peak=peak)


def _joined(outlines: Sequence[Outline]) -> Outline:
    nothing = np.zeros(0)
    return Outline(
        energy=np.concatenate([nothing, *(outline.energy for outline in outlines)]),
        peak=np.concatenate([nothing, *(outline.peak for outline in outlines)]),
    )
