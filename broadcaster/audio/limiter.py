"""A look-ahead true-peak limiter: its smooth gain is reduced before the peak arrives. Nothing is clipped.

The gain is worked out in decibels: for each sample what its true peak needs; the lowest need of the next 5 ms; released
by a fixed number of decibels per second; then averaged over those 5 ms. Each step keeps the gain at or below the need,
so the peak holds by construction (but for what interpolation adds, a few hundredths of a decibel).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from broadcaster.audio.loudness import BetweenSamples
from broadcaster.audio.pcm import Mono
from broadcaster.model import STATION_RATE_HZ

LOOK_AHEAD = STATION_RATE_HZ * 5 // 1000
"""Samples: 5 ms, as usual for speech; slower is heard as pumping, faster as distortion."""
RELEASE_DB_PER_S = 60.0
"""How fast the gain returns: 6 dB in 100 ms."""
_RELEASE = RELEASE_DB_PER_S / STATION_RATE_HZ

Decibels = npt.NDArray[np.float64]


class Limiter:
    """Limits sound block by block, delayed by the look-ahead. In the end as many samples come out as went in."""

    def __init__(self, *, gain: float, ceiling: float) -> None:
        """Multiply by `gain`, then keep the true peak at `ceiling` (both amplitudes, 1.0 is full scale)."""
        self._gain = gain
        self._ceiling = ceiling
        self._between = BetweenSamples()
        self._waiting: list[Mono] = []
        self._need: Decibels = np.zeros(0)
        """Needed gain of the samples that are still waiting."""
        self._level = 0.0
        """The last gain before smoothing."""
        self._tail: Decibels | None = None
        """Unsmoothed gains of the last samples given out; None before the first."""

    def push(self, block: Mono) -> Mono:
        """The next block in; whatever is ready out."""
        louder = block * np.float32(self._gain)
        self._waiting.append(louder)
        self._know(self._between.peaks(louder, self._ceiling))
        return self._give(len(self._need) - LOOK_AHEAD)

    def finish(self) -> Mono:
        """The rest."""
        self._know(self._between.finish(self._ceiling))
        count = len(self._need)
        self._need = np.concatenate([self._need, np.zeros(LOOK_AHEAD)])
        return self._give(count)

    def _know(self, peaks: Mono) -> None:
        need = np.zeros(len(peaks))
        over = peaks > self._ceiling
        need[over] = 20 * np.log10(self._ceiling / peaks[over].astype(np.float64))
        self._need = np.concatenate([self._need, need])

    def _give(self, count: int) -> Mono:
        """Give out `count` samples, whose look-ahead is known."""
        if count <= 0:
            return np.zeros(0, np.float32)
        held = np.concatenate(self._waiting)
        out, rest = held[:count], held[count:]
        self._waiting = [rest]
        need, self._need = self._need[: count + LOOK_AHEAD], self._need[count:]
        at_rest = self._level == 0.0 and (self._tail is None or not self._tail.any())
        if at_rest and not need.any():
            self._tail = np.zeros(LOOK_AHEAD - 1)
            return out
        lowest = _lowest_ahead(need)[:count]
        ramp = np.arange(1, count + 1) * _RELEASE
        # gain[n] = min(lowest[n], gain[n-1] + release), all n at once.
        gain = np.minimum.accumulate(np.minimum(lowest - ramp, self._level)) + ramp
        gain = np.minimum(gain, 0.0)
        self._level = float(gain[-1])
        if self._tail is None:
            # At the very beginning there was no time to reduce the gain: start with it reduced.
            self._tail = np.full(LOOK_AHEAD - 1, gain[0])
        history = np.concatenate([self._tail, gain])
        self._tail = history[-(LOOK_AHEAD - 1) :]
        smooth = np.minimum(_averaged(history), 0.0)
        return (out * np.power(10.0, smooth / 20.0)).astype(np.float32)


def _lowest_ahead(need: Decibels) -> Decibels:
    """For each n the minimum of need[n : n + LOOK_AHEAD], by windows that double in length."""
    lowest, span = need, 1
    while span < LOOK_AHEAD:
        step = min(span, LOOK_AHEAD - span)
        shifted = np.concatenate([lowest[step:], np.zeros(step)])
        lowest = np.minimum(lowest, shifted)
        span += step
    return lowest


def _averaged(gain: Decibels) -> Decibels:
    """Two running means in a row, together LOOK_AHEAD long: a triangle, without a corner that could be heard."""
    for length in (LOOK_AHEAD // 2, LOOK_AHEAD - LOOK_AHEAD // 2 + 1):
        sums = np.concatenate([[0.0], np.cumsum(gain)])
        gain = (sums[length:] - sums[:-length]) / length
    return gain
