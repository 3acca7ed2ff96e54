"""The tone engine: the same to the last bit everywhere, and broken on request."""

from __future__ import annotations

import hashlib

import pytest

from broadcaster.errors import SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import open_engine
from broadcaster.speech.tone import RATE_HZ, SYLLABLE_MS, ToneEngine


def speak(engine, *phrases):
    return engine.speak(list(phrases), voice="", rate=1.0, deadline_s=1.0)


def test_its_bytes_are_the_same_on_every_machine():
    text = "Kính thưa bà con, đã đến giờ phát thanh của xã nhà: ngã, hỏi, nặng."
    speech = speak(ToneEngine(), Phrase(text=text, pause_ms=250), Phrase(text="Cảm ơn.", rate=0.8))
    digest = hashlib.sha256(speech.samples.tobytes()).hexdigest()
    assert digest == "a0c7aa15b5508f28181326b794e4b9bf3deafad1a7d343411ba6c6aceac5d8c3"


def test_a_syllable_and_a_pause_have_their_exact_length():
    speech = speak(ToneEngine(), Phrase(text="một hai ba", pause_ms=500))
    assert len(speech.samples) == (3 * SYLLABLE_MS + 500) * RATE_HZ // 1000


def test_words_that_differ_in_the_tone_mark_sound_different():
    sounds = {speak(ToneEngine(), Phrase(text=word)).samples.tobytes() for word in ("ma", "mà", "má", "mả", "mã", "mạ")}
    assert len(sounds) == 6


def test_it_fails_when_told_to(tmp_path):
    engine = open_engine("tone", station=tmp_path, options={"broken": "thử hỏng"})
    assert engine.unavailable().en == "the test engine is set to fail: thử hỏng"
    with pytest.raises(SpeechError, match="thử hỏng"):
        speak(engine, Phrase(text="a"))
    engine.broken = None
    assert speak(engine, Phrase(text="a")).duration_s > 0
