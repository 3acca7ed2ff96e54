"""Our meter against the standard's own figures, against pyloudnorm and against FFmpeg."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
import soundfile

from broadcaster.audio.loudness import SILENCE_LUFS, Meter, TruePeak, measure
from broadcaster.model import STATION_RATE_HZ
from tests.audio.meter import ebur128
from tests.audio.sounds import noise, silence, speechlike, tone

PYLOUDNORM_LU = 0.05
"""pyloudnorm works its filters out again and reads 0.04 LU lower than the tables of the standard on noise."""


def in_blocks(samples, size):
    return [samples[at : at + size] for at in range(0, len(samples), size)]


def test_full_scale_997_hz_in_one_channel_is_minus_3_lufs() -> None:
    # BS.1770-4: a 0 dBFS sine at 997 Hz in one front channel reads -3.01 LKFS.
    assert measure(tone(5, 997, 1.0)).integrated_lufs == pytest.approx(-3.01, abs=0.03)


@pytest.mark.parametrize("seconds", [0.4, 0.5, 3.0, 40.0])
def test_it_agrees_with_pyloudnorm(seconds: float) -> None:
    sound = speechlike(seconds)
    expected = pyloudnorm.Meter(STATION_RATE_HZ).integrated_loudness(sound.astype(float))
    assert measure(sound).integrated_lufs == pytest.approx(expected, abs=PYLOUDNORM_LU)


def test_silent_passages_are_gated() -> None:
    sound = speechlike(10)
    padded = np.concatenate([silence(10), sound, noise(10, 1e-4)])
    assert measure(padded).integrated_lufs == pytest.approx(measure(sound).integrated_lufs, abs=0.3)


@pytest.mark.parametrize("size", [480, 4_801, 65_536])
def test_blocks_of_any_size_read_the_same_as_the_whole(size: int) -> None:
    sound = speechlike(8.3)
    meter, peak = Meter(), TruePeak()
    for block in in_blocks(sound, size):
        meter.add(block)
        peak.add(block)
    whole = measure(sound)
    assert meter.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)
    assert peak.finish() == pytest.approx(whole.true_peak_dbtp, abs=1e-4)


def test_sound_too_short_for_a_gating_block_has_a_loudness() -> None:
    assert measure(tone(0.1)).integrated_lufs == pytest.approx(measure(tone(2)).integrated_lufs, abs=1.0)


@pytest.mark.parametrize("sound", [silence(3), silence(0.1), silence(0)], ids=["long", "short", "empty"])
def test_silence_reads_the_absolute_gate(sound) -> None:
    reading = measure(sound)
    assert (reading.integrated_lufs, reading.true_peak_dbtp) == (SILENCE_LUFS, SILENCE_LUFS)


def test_the_true_peak_between_samples_is_seen() -> None:
    # A quarter of the rate at 45 degrees: every sample is 3.01 dB below the wave's own peak.
    at = np.arange(STATION_RATE_HZ)
    fade = np.minimum(1, np.minimum(at, at[::-1]) / 4800)
    sound = (0.5 * fade * np.sin(np.pi / 2 * at + np.pi / 4)).astype(np.float32)
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(-9.03, abs=0.01)
    assert measure(sound).true_peak_dbtp == pytest.approx(-6.02, abs=0.05)


def test_momentary_and_short_term_windows() -> None:
    meter = Meter()
    meter.add(np.concatenate([silence(5), tone(5, 997, 0.1)]))
    momentary, short_term = meter.momentary_lufs(), meter.short_term_lufs()
    assert len(momentary) == 97
    assert len(short_term) == 71
    assert momentary[0] == SILENCE_LUFS
    assert momentary[-1] == pytest.approx(-23.0, abs=0.05)
    assert short_term[-1] == pytest.approx(-23.0, abs=0.05)


def test_it_agrees_with_ffmpeg(tmp_path) -> None:
    for name, sound in {"speech": speechlike(12), "noise": noise(6, 0.05), "tone": tone(4)}.items():
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, sound, STATION_RATE_HZ, subtype="FLOAT")
        theirs, ours = ebur128(path), measure(sound)
        assert ours.integrated_lufs == pytest.approx(theirs.lufs, abs=0.1), name
        # Noise up to half the rate is where interpolation filters differ most.
        assert ours.true_peak_dbtp == pytest.approx(theirs.peak_dbtp, abs=0.5 if name == "noise" else 0.15), name
