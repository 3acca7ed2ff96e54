"""A station with five scripts, and studios for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.settings import Settings
from broadcaster.speech import Engine
from broadcaster.speech.tone import ToneEngine
from broadcaster.studio import Studio
from tests.studio.station import write_script


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for letter in "abcde":
        write_script(tmp_path / "scripts_vi", f"bai_{letter}", text=f"Kính thưa bà con {{ten_xa}}, bài {letter}.")
    return Settings(
        folder=tmp_path,
        name="Đài thử",
        commune="xã Thử",
        placeholders={"ten_xa": "xã Thử"},
        engines=("tone",),
        cache_max_mb=50,
    )


@pytest.fixture
def make(settings: Settings) -> Iterator[Callable[..., Studio]]:
    """make(engines, **settings) -> a studio that renders in this process."""
    made: list[Studio] = []

    def studio(*engines: Engine, **changed) -> Studio:
        use = dataclasses.replace(settings, **changed)
        made.append(Studio(use, SystemClock(), engines=engines or [ToneEngine()]))
        return made[-1]

    yield studio
    for one in made:
        one.close()


@pytest.fixture
def studio(make: Callable[..., Studio]) -> Studio:
    return make()
