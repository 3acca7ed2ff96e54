"""Whole MP3s only; tempo without another pitch; silence cut off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.speech.mp3 import BadSoundError, decode_whole, walk
from broadcaster.speech.phrases import join, without_silent_ends
from broadcaster.speech.tempo import stretch

from .sounds import RATE_HZ, reading, reading_mp3

TEXT = "x" * 60
SOUND = reading_mp3(60)


def test_a_whole_mp3_is_as_long_as_its_frames_say():
    samples, rate_hz = decode_whole(SOUND, TEXT)
    assert rate_hz == RATE_HZ
    assert len(samples) / rate_hz == pytest.approx(walk(SOUND), abs=0.3)


@given(st.integers(1, len(SOUND) - 1))
def test_an_mp3_cut_anywhere_is_refused_or_almost_whole(length):
    """A cut exactly between two frames looks whole; then the length must still fit the text."""
    try:
        samples, rate_hz = decode_whole(SOUND[:length], TEXT)
    except BadSoundError:
        return
    assert len(samples) / rate_hz > 60 * 0.030


@given(st.binary(max_size=300))
def test_bytes_that_are_no_mp3_are_refused(data):
    with pytest.raises(BadSoundError):
        decode_whole(data, TEXT)


def test_tags_around_an_mp3_are_skipped():
    tagged = b"ID3\x04\x00\x00\x00\x00\x00\x05hello" + SOUND + b"TAG" + bytes(125)
    assert walk(tagged) == walk(SOUND)


def frequency_hz(samples: np.ndarray, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


@pytest.mark.parametrize("speed", [0.6, 0.8, 0.97, 1.25, 1.8])
def test_tempo_changes_the_length_and_neither_pitch_nor_level(speed):
    samples = reading(100).astype(np.float32)
    result = stretch(samples, RATE_HZ, speed)
    assert len(result) == pytest.approx(len(samples) / speed, abs=2)
    assert frequency_hz(result, RATE_HZ) == pytest.approx(frequency_hz(samples, RATE_HZ), rel=0.02)
    assert np.sqrt(np.mean(result**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.1)
    assert np.abs(result).max() <= np.abs(samples).max() * 1.05
    # No hole: nowhere in the voice is it quiet for 20 ms.
    voice = np.abs(without_silent_ends(result, RATE_HZ))[RATE_HZ // 20 : -RATE_HZ // 20]
    count = len(voice) // (RATE_HZ // 50)
    assert voice[: count * (RATE_HZ // 50)].reshape(count, -1).max(axis=1).min() > 0.02


def test_an_unchanged_tempo_changes_nothing():
    samples = reading(10).astype(np.float32)
    assert stretch(samples, RATE_HZ, 1.0) is samples


def test_silence_around_pieces_is_replaced_by_the_pause_asked_for():
    piece = np.concatenate([np.zeros(10_000), np.full(1_000, 0.5), np.zeros(20_000)]).astype(np.float32)
    joined = join([(piece, 100), (None, 50), (piece, 0)], 10_000)
    loud = np.flatnonzero(joined)
    edge = 300  # KEPT_EDGE_S
    assert len(joined) == 2 * (1_000 + 2 * edge) + 1_500
    assert np.diff(loud).max() - 1 == 1_500 + 2 * edge
