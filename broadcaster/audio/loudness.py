"""Loudness (ITU-R BS.1770-4, EBU Tech 3341) and true peak of mono sound at the station's rate, block by block.

pyloudnorm measures whole arrays and imports scipy.signal, which costs a rendering process 0.9 s and 80 MB before its
first sound. This meter takes blocks, keeps one number per 100 ms, needs numpy alone, and is tested against pyloudnorm
and against FFmpeg's ebur128.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from broadcaster.audio.pcm import Mono
from broadcaster.model import STATION_RATE_HZ

SILENCE_LUFS = -70.0
"""The absolute gate: what a meter says of silence (and a number that JSON can hold)."""

_SHELF_B = (1.53512485958697, -2.69169618940638, 1.19839281085285)
_SHELF_A = (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS_B = (1.0, -2.0, 1.0)
_HIGH_PASS_A = (1.0, -1.99004745483398, 0.99007225036621)
"""The K-weighting of BS.1770-4, tables 1 and 2, given for 48 kHz: the station's rate."""

_OFFSET_LU = -0.691
_RELATIVE_GATE_LU = -10.0
_HOP = STATION_RATE_HZ // 10
"""100 ms: gating blocks of 400 ms overlap by 75 %."""
_BLOCK_HOPS = 4
_SHORT_TERM_HOPS = 30
"""3 s (EBU Tech 3341)."""
_TAPS = 4_096
"""The 38 Hz high-pass dies away 21 dB every 10 ms: after 85 ms its impulse response is below -170 dB."""
_FFT = 81_920
"""2^14 * 5: one transform for a block of pcm, resampled or not, and the taps before it."""

_OVERSAMPLING = 4
"""For the true peak, as BS.1770-4 annex 2 asks at 48 kHz."""
_BEFORE, _AFTER = 15, 16
"""Samples around a gap that its interpolation looks at; annex 2 uses 12 in all, FFmpeg 32."""
_KAISER_BETA = 6.0
_CAN_REACH = 0.4


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """What a meter read."""

    integrated_lufs: float
    """Gated, over the whole; SILENCE_LUFS for silence."""
    true_peak_dbtp: float
    """SILENCE_LUFS at least."""


class Meter:
    """Takes mono blocks at the station's rate, in order; asked at the end, or in between."""

    def __init__(self) -> None:
        self._weighting = _Weighting()
        self._hops: list[float] = []
        self._rest = np.zeros(0, np.float32)
        self._frames = 0

    def add(self, block: Mono) -> None:
        """The next block."""
        self._frames += len(block)
        weighted = self._weighting.apply(block)
        samples = np.concatenate([self._rest, weighted]) if len(self._rest) else weighted
        whole = len(samples) // _HOP * _HOP
        self._hops.extend(np.square(samples[:whole], dtype=np.float64).reshape(-1, _HOP).sum(axis=1).tolist())
        self._rest = samples[whole:].copy()

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness of everything added. Sound too short for one gating block (0.4 s) is measured ungated."""
        energies = self._windows(_BLOCK_HOPS)
        if not len(energies):
            total = math.fsum(self._hops) + float(np.square(self._rest, dtype=np.float64).sum())
            return _lufs(total / max(1, self._frames))
        loud = energies[energies > _energy(SILENCE_LUFS)]
        if not len(loud):
            return SILENCE_LUFS
        gate = _energy(_lufs(float(loud.mean())) + _RELATIVE_GATE_LU)
        return _lufs(float(loud[loud > gate].mean()))

    def momentary_lufs(self) -> list[float]:
        """Loudness of each 400 ms window, one every 100 ms; the first ends 0.4 s after the start."""
        return [_lufs(energy) for energy in self._windows(_BLOCK_HOPS).tolist()]

    def short_term_lufs(self) -> list[float]:
        """Loudness of each 3 s window, one every 100 ms; the first ends 3 s after the start."""
        return [_lufs(energy) for energy in self._windows(_SHORT_TERM_HOPS).tolist()]

    def _windows(self, hops: int) -> npt.NDArray[np.float64]:
        """Mean square of every complete window of that many hops (an incomplete last one is not a window)."""
        if len(self._hops) < hops:
            return np.zeros(0)
        sums = np.lib.stride_tricks.sliding_window_view(np.array(self._hops), hops).sum(axis=1)
        energies: npt.NDArray[np.float64] = sums / (hops * _HOP)
        return energies


class TruePeak:
    """Highest level between the samples too, of mono blocks at the station's rate."""

    def __init__(self) -> None:
        self._between = BetweenSamples()
        self._highest = 0.0

    def add(self, block: Mono) -> None:
        """The next block."""
        loudest = max(self._highest, float(np.abs(block).max(initial=0.0)))
        self._highest = max(loudest, float(self._between.peaks(block, loudest).max(initial=0.0)))

    def finish(self) -> float:
        """The true peak in dBTP, SILENCE_LUFS at least."""
        self._highest = max(self._highest, float(self._between.finish(self._highest).max(initial=0.0)))
        return decibels(self._highest)


class BetweenSamples:
    """For each sample the largest magnitude from there to the next one, by 4 times oversampling.

    Only where it can matter: where neither sample reaches 0.4 of the `level` asked about, the peak between them does
    not reach that level (a wave that rises 2.5 times between its samples lies beyond hearing), and the sample's own
    magnitude is returned. As many peaks come out as samples went in, the last 16 with `finish`.
    """

    def __init__(self) -> None:
        self._held = np.zeros(_BEFORE, np.float32)
        """The samples before the next one to be reported, and those still waiting."""

    def peaks(self, block: Mono, level: float) -> Mono:
        """The peaks that are known after `block`; exact where they reach `level`."""
        self._held = np.concatenate([self._held, block.astype(np.float32, copy=False)])
        return self._report(len(self._held) - _BEFORE - _AFTER, level)

    def finish(self, level: float) -> Mono:
        """The remaining peaks."""
        count = len(self._held) - _BEFORE
        self._held = np.concatenate([self._held, np.zeros(_AFTER, np.float32)])
        return self._report(count, level)

    def _report(self, count: int, level: float) -> Mono:
        if count <= 0:
            return np.zeros(0, np.float32)
        held = self._held
        self._held = held[count:].copy()
        magnitude = np.abs(held[_BEFORE : _BEFORE + count + 1])
        peaks = magnitude[:-1].copy()
        loud = np.flatnonzero(np.maximum(magnitude[:-1], magnitude[1:]) > _CAN_REACH * level)
        if len(loud):
            around = np.lib.stride_tricks.sliding_window_view(held, _BEFORE + 1 + _AFTER)[loud]
            # Not a matrix product: OpenBLAS would use threads, which spin: 250 times slower on a busy machine.
            between = np.abs(np.einsum("ij,kj->ki", around, _interpolation())).max(axis=0)
            peaks[loud] = np.maximum(peaks[loud], between)
        found: Mono = peaks
        return found


def measure(samples: Mono) -> Loudness:
    """Loudness and true peak of one array at the station's rate."""
    meter, peak = Meter(), TruePeak()
    meter.add(samples)
    peak.add(samples)
    return Loudness(integrated_lufs=meter.integrated_lufs, true_peak_dbtp=peak.finish())


def decibels(amplitude: float) -> float:
    """Amplitude (1.0 is full scale) in dB, SILENCE_LUFS at least."""
    return max(SILENCE_LUFS, 20 * math.log10(amplitude)) if amplitude > 0 else SILENCE_LUFS


def _lufs(mean_square: float) -> float:
    return max(SILENCE_LUFS, _OFFSET_LU + 10 * math.log10(mean_square)) if mean_square > 0 else SILENCE_LUFS


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LU) / 10))


@functools.cache
def _interpolation() -> npt.NDArray[np.float32]:
    """Weights of the samples around a gap for each point in it: a windowed sinc, one row per point."""
    points = np.arange(1, _OVERSAMPLING)[:, np.newaxis] / _OVERSAMPLING
    distance = np.arange(-_BEFORE, _AFTER + 1) - points
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (distance / _AFTER) ** 2, 0, None))) / np.i0(_KAISER_BETA)
    weights: npt.NDArray[np.float64] = np.sinc(distance) * window
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


class _Weighting:
    """The K-weighting filter as convolution with its impulse response, by overlapping FFT blocks (numpy has no IIR)."""

    def __init__(self) -> None:
        self._past = np.zeros(_TAPS - 1, np.float32)

    def apply(self, block: Mono) -> Mono:
        """The filtered block, as long as the given one."""
        samples = np.concatenate([self._past, block.astype(np.float32, copy=False)])
        self._past = samples[-(_TAPS - 1) :].copy()
        step = _FFT - _TAPS + 1
        parts = []
        for start in range(0, len(block), step):
            piece = samples[start : start + _FFT]
            size = _FFT if len(piece) > _FFT // 2 else 1 << (len(piece) - 1).bit_length()
            spectrum = np.fft.rfft(piece, size) * _response(size)
            parts.append(np.fft.irfft(spectrum, size)[_TAPS - 1 : len(piece)])
        filtered: Mono = np.concatenate(parts).astype(np.float32, copy=False) if parts else block
        return filtered


@functools.cache
def _response(size: int) -> npt.NDArray[np.complex64]:
    """Spectrum of the K-weighting's impulse response. Single precision: numpy 2 is then twice as fast, at -140 dB."""
    impulse = np.zeros(_TAPS)
    impulse[0] = 1.0
    for numerator, denominator in ((_SHELF_B, _SHELF_A), (_HIGH_PASS_B, _HIGH_PASS_A)):
        impulse = _biquad(impulse, numerator, denominator)
    return np.fft.rfft(impulse, size).astype(np.complex64)


def _biquad(
    samples: npt.NDArray[np.float64], b: tuple[float, float, float], a: tuple[float, float, float]
) -> npt.NDArray[np.float64]:
    out = np.zeros(len(samples))
    x1 = x2 = y1 = y2 = 0.0
    for index, x in enumerate(samples.tolist()):
        y = b[0] * x + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
        out[index] = y
        x1, x2, y1, y2 = x, x1, y, y1
    return out
