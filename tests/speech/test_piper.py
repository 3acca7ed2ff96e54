"""Piper: which voices there are, and what a station without one is told."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from broadcaster.errors import SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import open_engine, piper_library

from .test_contract import joe_options, joe_voice

HELLO = [Phrase(text="xin chào")]


def add(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.onnx").write_bytes(b"no model")
        (folder / f"{name}.onnx.json").write_text("{}")


def test_vietnamese_comes_before_other_languages_and_the_stations_choice_before_all(tmp_path):
    add(tmp_path / "voices", "en_US-joe-medium", "vi_VN-vivos-x_low", "vi_VN-vais1000-medium", "vi_VN-xa-medium")
    (tmp_path / "voices" / "vi_VN-half-low.onnx").write_bytes(b"its configuration is missing")
    names = [voice.name for voice in open_engine("piper", station=tmp_path).voices()]
    assert names == ["vi_VN-vais1000-medium", "vi_VN-vivos-x_low", "vi_VN-xa-medium", "en_US-joe-medium"]
    chosen = open_engine("piper", station=tmp_path, options={"voice": "vi_VN-xa-medium"})
    assert chosen.voices()[0].name == "vi_VN-xa-medium"
    assert chosen.voices()[-1].language == "en"


def test_without_a_voice_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    engine = open_engine("piper", station=tmp_path)
    assert "broadcaster voices install vi_VN-vais1000-medium" in engine.unavailable().vi
    with pytest.raises(SpeechError, match="không có giọng"):
        engine.speak(HELLO, voice="", rate=1.0, deadline_s=5)


def test_without_the_package_it_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    add(tmp_path / "voices", "vi_VN-xa-medium")
    assert "pip install 'broadcaster[piper]'" in open_engine("piper", station=tmp_path).unavailable().vi


def test_a_damaged_model_is_an_error_with_its_cure(tmp_path):
    pytest.importorskip("piper")
    add(tmp_path / "voices", "vi_VN-xa-medium")
    engine = open_engine("piper", station=tmp_path)
    with pytest.raises(SpeechError, match="voices install"):
        engine.speak(HELLO, voice="", rate=1.0, deadline_s=30)


def test_a_voice_of_another_language_does_not_read_vietnamese_unless_it_was_chosen(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    add(tmp_path / "voices", "en_US-joe-medium")
    assert "chưa có giọng tiếng Việt" in open_engine("piper", station=tmp_path).unavailable().vi
    assert open_engine("piper", station=tmp_path, options={"voice": "en_US-joe-medium"}).unavailable() is None


def speak(engine, text="The meeting is at seven."):
    return engine.speak([Phrase(text=text)], voice="", rate=1.0, deadline_s=60).samples


def test_one_model_at_a_time_is_in_memory_and_one_installed_anew_is_loaded_anew(tmp_path):
    folder = joe_voice()
    for name in ("en_US-mot-medium", "en_US-hai-medium"):
        for ending in (".onnx", ".onnx.json"):
            (tmp_path / f"{name}{ending}").symlink_to(folder / f"en_US-joe-medium{ending}")
    first, second = (
        open_engine("piper", station=tmp_path, options={"folder": ".", "voice": name})
        for name in ("en_US-mot-medium", "en_US-hai-medium")
    )
    speak(first)
    (loaded,) = piper_library._loaded
    speak(first)
    assert list(piper_library._loaded) == [loaded], "loaded once"
    speak(second)
    (other,) = piper_library._loaded
    assert (loaded.path.stem, other.path.stem) == ("en_US-mot-medium", "en_US-hai-medium")
    first.close()
    assert not piper_library._loaded


def test_piper_and_espeak_do_not_disturb_each_other_in_one_process():
    """Piper brings an espeak-ng of its own: two copies of one library with global state."""
    piper = open_engine("piper", station=Path("unused"), options=joe_options())
    espeak = open_engine("espeak", station=Path("unused"))
    alone = len(speak(piper))
    spoken = [(len(speak(espeak, "Xin chào bà con.")), len(speak(piper))) for _ in range(3)]
    # espeak's own lengths differ by a few samples from one utterance to the next.
    assert [length for length, _ in spoken] == pytest.approx([spoken[0][0]] * 3, rel=0.001)
    # Piper's model draws lengths at random, within a few per cent.
    assert all(abs(length / alone - 1) < 0.2 for _, length in spoken)
    piper.close()
