"""Every script of the sample library, spoken by the embedded voice, within the station's bounds by another meter."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.model import Clip
from broadcaster.sample import make_station
from broadcaster.settings import load_settings
from broadcaster.studio import Studio
from tests.audio.meter import ebur128


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_clip_of_the_library_is_within_the_bounds(tmp_path: Path) -> None:
    make_station(tmp_path / "dai")
    settings = dataclasses.replace(load_settings(tmp_path / "dai"), engines=("espeak",))
    studio = Studio(settings, SystemClock())
    try:
        library = studio.library()
        assert not library.problems
        clips = studio.render_all([studio.script_request(name) for name in library.scripts])
    finally:
        studio.close()
    assert [clip for clip in clips if not isinstance(clip, Clip)] == []
    made = [clip for clip in clips if isinstance(clip, Clip)]
    with ThreadPoolExecutor(2) as threads:
        readings = list(threads.map(ebur128, [clip.path for clip in made]))
    sound = settings.sound
    wrong = {
        clip.title: reading
        for clip, reading in zip(made, readings, strict=True)
        if abs(reading.lufs - sound.loudness_lufs) > 0.5 or reading.peak_dbtp > sound.true_peak_dbtp
    }
    assert wrong == {}
    told = {
        clip.title: (clip.loudness_lufs, reading.lufs)
        for clip, reading in zip(made, readings, strict=True)
        if abs(clip.loudness_lufs - reading.lufs) > 0.15
    }
    assert told == {}, "what the clip says of itself is what the other meter reads"
