"""Microsoft's engine and the real edge-tts library against a local server of the same protocol."""

from __future__ import annotations

import time

import pytest

from broadcaster.errors import SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import open_engine

pytest.importorskip("edge_tts")

from . import microsoft as faults

SENTENCE = "Công an xã mời bà con đến làm thẻ căn cước vào sáng thứ hai hằng tuần."


@pytest.fixture
def engine(microsoft, tmp_path, short_waits):
    return open_engine("edge", station=tmp_path)


def speak(engine, *, voice="", rate=1.0, deadline_s=10.0):
    return engine.speak([Phrase(text=SENTENCE)], voice=voice, rate=rate, deadline_s=deadline_s)


def test_voice_and_rate_reach_the_server(engine, microsoft):
    speak(engine, voice="vi-VN-NamMinhNeural", rate=0.85)
    assert microsoft.texts == [SENTENCE]
    assert microsoft.voices == ["NamMinhNeural"]
    assert microsoft.rates == ["-15%"]


@pytest.mark.parametrize("fault", [faults.breaks_off, faults.half_mp3, faults.no_sound, faults.nonsense])
def test_one_bad_answer_is_asked_for_again(engine, microsoft, fault):
    microsoft.faults = [fault]
    assert speak(engine).duration_s > 3
    assert microsoft.texts == [SENTENCE, SENTENCE]


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.breaks_off, "mạng đứt giữa chừng"),
        (faults.half_mp3, "bị cụt"),
        (faults.no_sound, "sai dạng"),
        (faults.nonsense, "sai dạng"),
    ],
)
def test_an_answer_that_stays_bad_is_an_error_and_the_server_is_left_alone(engine, microsoft, fault, said):
    microsoft.faults = [fault] * 9
    with pytest.raises(SpeechError, match=f"^Microsoft: .*{said}.*dùng giọng dự phòng"):
        speak(engine)
    assert len(microsoft.texts) == 3
    assert said in engine.unavailable().vi


@pytest.mark.parametrize("status, said", [(429, "429"), (503, "503"), (401, "401"), (302, "trang web")])
def test_a_refused_handshake_is_named(engine, microsoft, status, said):
    microsoft.statuses = [status] * 9
    with pytest.raises(SpeechError, match=said):
        speak(engine)
    assert said in engine.unavailable().vi


def test_a_server_that_falls_silent_is_given_up_within_the_bound(engine, microsoft):
    microsoft.faults = [faults.hang] * 3
    began = time.monotonic()
    with pytest.raises(SpeechError, match="quá chậm"):
        speak(engine)
    assert time.monotonic() - began < 2.5
