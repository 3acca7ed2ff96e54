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
_TAPS = 8_192
"""The 38 Hz high-pass dies away 34 dB every 16 ms: after 170 ms its impulse response is below -300 dB."""
_FFT = 65_536

OVERSAMPLING = 4
"""For the true peak, as BS.1770-4 annex 2 asks at 48 kHz."""


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
        self._rest = np.zeros(0)
        self._frames = 0

    def add(self, block: Mono) -> None:
        """The next block."""
        self._frames += len(block)
        weighted = self._weighting.apply(block)
        samples = np.concatenate([self._rest, weighted]) if len(self._rest) else weighted
        whole = len(samples) // _HOP * _HOP
        self._hops.extend(np.square(samples[:whole]).reshape(-1, _HOP).sum(axis=1).tolist())
        self._rest = samples[whole:].copy()

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness of everything added. Sound too short for one gating block (0.4 s) is measured ungated."""
        energies = self._windows(_BLOCK_HOPS)
        if not len(energies):
            total = math.fsum(self._hops) + float(np.square(self._rest).sum())
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
        self._oversampler = Oversampler()
        self._highest = 0.0

    def add(self, block: Mono) -> None:
        """The next block."""
        self._take(self._oversampler.peaks(block))

    def finish(self) -> float:
        """The last samples out of the filter; the true peak in dBTP, SILENCE_LUFS at least."""
        self._take(self._oversampler.finish())
        return decibels(self._highest)

    def _take(self, peaks: Mono) -> None:
        if len(peaks):
            self._highest = max(self._highest, float(peaks.max()))


class Oversampler:
    """For each sample, the largest magnitude of itself and of the 4 times oversampled signal next to it (soxr HQ).

    The sample itself counts because the filter lets go above 20 kHz, where clicks still have energy. The filter looks
    ahead: the peaks of a block come out a little later, the last ones with `finish`. As many peaks come out as samples
    went in.
    """

    def __init__(self) -> None:
        import soxr

        self._stream = soxr.ResampleStream(
            STATION_RATE_HZ, OVERSAMPLING * STATION_RATE_HZ, 1, dtype="float32", quality="HQ"
        )
        self._fine = np.zeros(0, np.float32)
        """Oversampled values that do not make up a whole sample yet."""
        self._samples = np.zeros(0, np.float32)
        """Magnitudes of samples whose oversampled values are still in the filter."""

    def peaks(self, block: Mono) -> Mono:
        """The peaks that are known after `block`."""
        self._samples = np.concatenate([self._samples, np.abs(block)])
        return self._group(self._stream.resample_chunk(np.ascontiguousarray(block, dtype=np.float32)))

    def finish(self) -> Mono:
        """The remaining peaks."""
        out = self._group(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        # The stream's end is rounded; what it does not give is its own peak.
        return np.concatenate([out, self._samples])

    def _group(self, fine: Mono) -> Mono:
        if len(self._fine):
            fine = np.concatenate([self._fine, fine])
        count = min(len(fine) // OVERSAMPLING, len(self._samples))
        self._fine = fine[count * OVERSAMPLING :].copy()
        fine = np.abs(fine[: count * OVERSAMPLING])
        samples, self._samples = self._samples[:count], self._samples[count:]
        # Strided passes are five times as fast as one maximum along a short axis.
        return functools.reduce(np.maximum, [fine[phase::OVERSAMPLING] for phase in range(OVERSAMPLING)], samples)


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


class _Weighting:
    """The K-weighting filter as convolution with its impulse response, by overlapping FFT blocks (numpy has no IIR)."""

    def __init__(self) -> None:
        self._past = np.zeros(_TAPS - 1)

    def apply(self, block: Mono) -> npt.NDArray[np.float64]:
        """The filtered block, as long as the given one."""
        samples = np.concatenate([self._past, block.astype(np.float64)])
        self._past = samples[-(_TAPS - 1) :].copy()
        step = _FFT - _TAPS + 1
        parts = []
        for start in range(0, len(block), step):
            piece = samples[start : start + _FFT]
            wanted = len(piece) - _TAPS + 1
            size = _FFT if wanted > step // 2 else 1 << (len(piece) - 1).bit_length()
            spectrum = np.fft.rfft(piece, size) * _response(size)
            parts.append(np.fft.irfft(spectrum, size)[_TAPS - 1 : _TAPS - 1 + wanted])
        return np.concatenate(parts) if parts else np.zeros(0)


@functools.cache
def _response(size: int) -> npt.NDArray[np.complex128]:
    """Spectrum of the K-weighting's impulse response."""
    impulse = np.zeros(_TAPS)
    impulse[0] = 1.0
    for numerator, denominator in ((_SHELF_B, _SHELF_A), (_HIGH_PASS_B, _HIGH_PASS_A)):
        impulse = _biquad(impulse, numerator, denominator)
    return np.fft.rfft(impulse, size)


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
