"""Fixtures for the tests of every room: numbered clips, and one xdist worker for the tests that measure real sound."""

from __future__ import annotations

import array
import hashlib
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.model import STATION_RATE_HZ, Clip, Sha256

pytest_plugins = ["headless"]


def write_clip(path: Path, samples: array.array[int]) -> Clip:
    """A clip whose file holds `samples` (16 bit, mono, station rate)."""
    data = samples.tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(STATION_RATE_HZ)
        file.writeframes(data)
    sha = Sha256(hashlib.sha256(data).hexdigest())
    return Clip(
        key=path.stem,
        path=path,
        audio_sha256=sha,
        text_sha256=sha,
        frames=len(samples),
        engine="tone",
        voice="",
        loudness_lufs=-16.0,
        true_peak_dbtp=-3.0,
        title=path.stem,
    )


def numbered(frames: int, start: int = 1) -> array.array[int]:
    """Samples whose values give their position: a rising saw without a zero, so that a gap or a shift is found."""
    cycle = array.array("h", range(1, 16_001))
    begin = (start - 1) % len(cycle)
    return (cycle * ((begin + frames) // len(cycle) + 1))[begin : begin + frames]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the `sound` tests of a file into one xdist group: its worker has a sound server of its own."""
    for item in items:
        if item.get_closest_marker("sound"):
            item.add_marker(pytest.mark.xdist_group(f"sound {item.path}"))


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Clip]:
    """make_clip(frames, name="clip") -> a numbered clip on disk."""

    def make(frames: int, name: str = "clip", start: int = 1) -> Clip:
        return write_clip(tmp_path / f"{name}.wav", numbered(frames, start))

    return make
