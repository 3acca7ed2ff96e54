"""espeak-ng in this process: threads, voices, levels, and what a missing library says."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import espeakng_loader
import pytest

from broadcaster.errors import SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import espeak_library
from broadcaster.speech.espeak import EspeakEngine

GREETING = [Phrase(text="Kính thưa bà con nhân dân xã nhà.")]


@pytest.fixture
def engine():
    return EspeakEngine()


def speak(engine, what=GREETING, *, voice="", deadline_s=20.0):
    return engine.speak(what, voice=voice, rate=1.0, deadline_s=deadline_s)


def test_eight_threads_never_meet_in_the_library(engine):
    texts = [[Phrase(text=f"Thôn {word} họp lúc tám giờ.")] for word in "một hai ba bốn năm sáu bảy tám".split()]
    alone = [speak(engine, text).duration_s for text in texts]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            together = [speech.duration_s for speech in threads.map(lambda text: speak(engine, text), texts)]
            assert together == pytest.approx(alone, abs=0.02)


def test_waiting_for_another_thread_is_bounded_by_the_deadline(engine):
    speak(engine)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with espeak_library.opened(espeakng_loader.get_library_path(), espeakng_loader.get_data_path(), wait_s=5):
            held.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(5)
    began = time.monotonic()
    with pytest.raises(SpeechError, match="chưa đọc xong"):
        speak(engine, deadline_s=0.3)
    assert time.monotonic() - began < 2
    done.set()
    holder.join()
    assert speak(engine).duration_s > 1


def test_the_three_regions_sound_different(engine):
    sounds = {voice.region: speak(engine, voice=voice.name).samples.tobytes() for voice in engine.voices()}
    assert set(sounds) == {"bắc", "trung", "nam"}
    assert len(set(sounds.values())) == 3


def test_the_deadline_is_seen_between_two_phrases(engine):
    began = time.monotonic()
    with pytest.raises(SpeechError, match="chưa đọc xong"):
        speak(engine, GREETING * 20_000, deadline_s=0.3)
    assert time.monotonic() - began < 5


def test_a_missing_library_is_said_with_its_cure():
    engine = EspeakEngine(library=("none.so", "none"))
    with pytest.raises(SpeechError, match="pip install espeakng-loader"):
        speak(engine)


def test_no_voice_is_cut_off_at_full_scale(engine):
    text = "Đề nghị bà con khẩn trương di dời đến nơi an toàn, phát hiện cháy rừng thì báo ngay cho công an xã."
    for voice in engine.voices():
        assert abs(speak(engine, [Phrase(text=text)], voice=voice.name).samples).max() < 0.98
