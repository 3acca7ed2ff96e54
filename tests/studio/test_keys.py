"""What is part of a cache key, and what is not."""

from __future__ import annotations

import dataclasses

import pytest
import soundfile

from broadcaster.settings import Settings, Sound
from broadcaster.speech.tone import ToneEngine
from broadcaster.studio import Studio
from tests.audio.sounds import speechlike
from tests.studio.station import REQUEST, Recorder


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Mời bà con đi họp. Lúc 8 giờ.\n\nXin cảm ơn."},
        {"text": "Mời bà con đi họp lúc 7 giờ.\n\nXin cảm ơn."},
        {"chime": False},
        {"pause_s": 2.0},
        {"repeat": 2},
    ],
)
def test_whatever_changes_the_sound_changes_the_clip(studio: Studio, change: dict) -> None:
    studio.render(REQUEST)
    assert studio.ready(dataclasses.replace(REQUEST, **change)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 0.9},
        {"sound": Sound(loudness_lufs=-20)},
        {"sound": Sound(true_peak_dbtp=-3)},
        {"sound": Sound(sentence_pause_ms=900)},
        {"sound": Sound(paragraph_pause_ms=1900)},
    ],
)
def test_the_stations_settings_are_part_of_the_key(studio: Studio, make, change: dict) -> None:
    studio.render(REQUEST)
    assert make(**change).ready(REQUEST) is None


def test_the_glossary_and_the_chimes_bytes_are_part_of_the_key(make, settings: Settings) -> None:
    soundfile.write(settings.folder / "hieu.wav", speechlike(1), 48_000)
    studio = make(sound=Sound(chime="hieu.wav"))
    studio.render(dataclasses.replace(REQUEST, text="Họp ở VPQX."))
    settings.glossary_path.write_text("VPQX\tvăn phòng quỹ xã\n", encoding="utf-8")
    assert studio.ready(dataclasses.replace(REQUEST, text="Họp ở VPQX.")) is None
    studio.render(REQUEST)
    soundfile.write(settings.folder / "hieu.wav", speechlike(1, seed=7), 48_000)
    assert studio.ready(REQUEST) is None


def test_the_built_in_chimes_version_is_part_of_the_key_of_what_begins_with_it(make, monkeypatch) -> None:
    plain = dataclasses.replace(REQUEST, chime=False)
    studio = make()
    studio.render(REQUEST)
    studio.render(plain)
    monkeypatch.setattr("broadcaster.audio.chime.CHIME_VERSION", "next")
    assert make().ready(REQUEST) is None
    assert make().ready(plain) is not None


def test_another_engine_version_is_another_clip(make) -> None:
    make(ToneEngine()).render(REQUEST)
    assert make(ToneEngine(syllable_ms=200)).ready(REQUEST) is None


def test_titles_urgency_and_spelling_do_not_make_another_clip_but_are_told(make) -> None:
    engine = Recorder("tone")
    studio = make(engine)
    first = studio.render(REQUEST)
    other = dataclasses.replace(
        REQUEST, title="Mời họp", urgent=True, text="Mời bà con đi họp.  Lúc 7 giờ.\n\nXin cảm ơn."
    )
    second = studio.render(other)
    assert len(engine.asked) == 1
    assert second.path == first.path
    assert (first.title, second.title) == ("Họp", "Mời họp")
    assert first.text_sha256 != second.text_sha256
    assert studio.ready(REQUEST) == first
