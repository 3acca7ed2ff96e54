"""A part of a clip, cut out to be listened to."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from broadcaster.audio.excerpt import excerpt
from broadcaster.errors import UsageError
from broadcaster.model import STATION_RATE_HZ, Clip, Sha256


def ramp(path: Path, seconds: int) -> Clip:
    """A clip whose samples tell which second they are of."""
    samples = np.repeat(np.arange(seconds, dtype="<i2") * 1000, STATION_RATE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(STATION_RATE_HZ)
        file.writeframes(samples.tobytes())
    return Clip(
        key="k",
        path=path,
        audio_sha256=Sha256("a"),
        text_sha256=Sha256("t"),
        frames=len(samples),
        engine="tone",
        voice="",
        loudness_lufs=-16,
        true_peak_dbtp=-2,
    )


def test_the_asked_seconds_are_heard_and_no_others(tmp_path: Path):
    part = excerpt(ramp(tmp_path / "a.wav", 10), tmp_path / "b.wav", start_s=3, length_s=2)
    with wave.open(str(part.path)) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert len(heard) == part.frames == 2 * STATION_RATE_HZ
    assert set(heard[STATION_RATE_HZ // 2 : -STATION_RATE_HZ // 2].tolist()) == {3000, 4000}
    assert heard[0] == 0 and abs(heard[-1]) < 100, "no click at the ends"


def test_without_a_length_it_goes_to_the_end(tmp_path: Path):
    part = excerpt(ramp(tmp_path / "a.wav", 10), tmp_path / "b.wav", start_s=7.5, length_s=None)
    assert part.duration_s == 2.5


def test_a_start_beyond_the_end_is_refused_with_the_length(tmp_path: Path):
    with pytest.raises(UsageError, match="10"):
        excerpt(ramp(tmp_path / "a.wav", 10), tmp_path / "b.wav", start_s=10, length_s=1)
