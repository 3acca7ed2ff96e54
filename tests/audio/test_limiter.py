"""The limiter keeps the peak, leaves alone what needs no limiting, and clips nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.audio.limiter import LOOK_AHEAD, Limiter
from broadcaster.audio.loudness import measure
from tests.audio.sounds import noise, speechlike, tone

CEILING = 10 ** (-1.5 / 20)


def limited(sound, gain: float, size: int = 65_536, ceiling: float = CEILING):
    limiter = Limiter(gain=gain, ceiling=ceiling)
    parts = [limiter.push(sound[at : at + size]) for at in range(0, len(sound), size)]
    return np.concatenate([*parts, limiter.finish()])


@pytest.mark.parametrize("gain", [0.5, 2.0, 8.0, 40.0])
@pytest.mark.parametrize("sound", [speechlike(3), noise(3, 0.3), tone(3, 100, 0.9)], ids=["speech", "noise", "tone"])
def test_the_true_peak_stays_below_the_ceiling(sound, gain: float) -> None:
    out = limited(sound, gain)
    assert len(out) == len(sound)
    assert measure(out).true_peak_dbtp <= -1.5 + 0.05


def test_what_stays_below_the_ceiling_passes_untouched() -> None:
    sound = speechlike(2)
    gain = 0.9 * CEILING / 10 ** (measure(sound).true_peak_dbtp / 20)
    assert np.array_equal(limited(sound, gain), sound * np.float32(gain))


def test_the_gain_is_smooth_and_down_before_the_peak() -> None:
    sound = tone(1, 1000, 0.05)
    peak_at = len(sound) // 2
    sound[peak_at : peak_at + 48] *= 30
    out = limited(sound, 1.0)
    moving = np.abs(sound) > 0.01
    gain = np.ones_like(sound)
    gain[moving] = out[moving] / sound[moving]
    assert gain[peak_at - LOOK_AHEAD - 50] == pytest.approx(1.0, abs=1e-3)
    # Hard clipping would jump to its gain from one sample to the next.
    assert np.abs(np.diff(20 * np.log10(gain[moving]))).max() < 0.5
    assert gain[moving][-1] == pytest.approx(1.0, abs=1e-3), "released"


@given(size=st.integers(1, 3000), seed=st.integers(0, 10))
@settings(max_examples=15, deadline=None)
def test_blocks_of_any_size_give_the_same_samples(size: int, seed: int) -> None:
    sound = speechlike(0.25, level=0.3, seed=seed)
    assert np.allclose(limited(sound, 2.0, size), limited(sound, 2.0), atol=1e-6)


def test_nothing_in_nothing_out() -> None:
    assert len(limited(np.zeros(0, np.float32), 2.0)) == 0
    assert len(limited(np.ones(3, np.float32), 2.0)) == 3
