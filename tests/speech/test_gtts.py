"""Google's engine against a local server of the same protocol: it returns the whole text or says why not, in time."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from broadcaster.errors import SettingsError, SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech import network, open_engine
from broadcaster.speech.reachability import Reachability

from . import google as faults

SENTENCE = "Ủy ban nhân dân xã Dân Tiến kính mời bà con đến nhận kết quả giải quyết thủ tục hành chính."
LONG = " ".join(
    [SENTENCE, "Bà con nhớ mang theo giấy hẹn, căn cước công dân và giấy tờ kèm theo để được nhận ngay."] * 3
)


@pytest.fixture
def engine(google, tmp_path, short_waits):
    return open_engine("gtts", station=tmp_path, options={"base_url": google.url})


def speak(engine, text=SENTENCE, *, pause_ms=0, deadline_s=10.0):
    return engine.speak([Phrase(text=text, pause_ms=pause_ms)], voice="", rate=1.0, deadline_s=deadline_s)


def test_a_long_text_is_asked_for_in_pieces_of_at_most_100_characters_and_no_word_is_lost(engine, google):
    speech = speak(engine, LONG)
    assert " ".join(google.texts).split() == LONG.split()
    assert max(map(len, google.texts)) <= 100
    assert speech.duration_s > len(LONG) * 0.05


@pytest.mark.parametrize(
    "fault",
    [faults.half_mp3, faults.half_mp3_at_a_frame, faults.half_answer, faults.half_json, faults.not_mp3,
     faults.silent_mp3, faults.status(500), faults.status(503), faults.status(429, Retry_After="0")],
    ids=lambda fault: fault.__name__,
)  # fmt: skip
def test_one_bad_answer_is_asked_for_again(engine, google, fault):
    google.faults = [fault]
    assert speak(engine).duration_s > 4
    assert google.texts == [SENTENCE, SENTENCE]
    assert engine.unavailable() is None


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.half_mp3, "bị cụt"),
        (faults.half_mp3_at_a_frame, "quá ngắn"),
        (faults.half_answer, "mạng đứt giữa chừng"),
        (faults.half_json, "thiếu hoặc sai dạng"),
        (faults.not_mp3, "không phải tệp MP3"),
        (faults.silent_mp3, "không có tiếng"),
        (faults.html, "trang web"),
        (faults.redirect, "trang web"),
        (faults.status(500), "lỗi 500"),
        (faults.status(403), "lỗi 403"),
        (faults.status(429), "429"),
    ],
)
def test_an_answer_that_stays_bad_is_an_error_and_the_server_is_left_alone(engine, google, fault, said):
    google.faults = [fault] * 9
    with pytest.raises(SpeechError) as caught:
        speak(engine, LONG)
    assert said in caught.value.line()
    assert caught.value.line().startswith("Google: ")
    assert "dùng giọng dự phòng" in caught.value.line()
    assert len(google.texts) <= network.TRIES
    assert said in engine.unavailable().vi


def test_a_failure_in_the_last_piece_leaves_nothing(engine, google):
    pieces = len(network.split(LONG, 100))
    google.faults = [lambda handler, text: handler.send(faults.framed(faults.reading_mp3(len(text))))] * (pieces - 1)
    google.faults += [faults.half_mp3] * 9
    with pytest.raises(SpeechError):
        speak(engine, LONG)


def test_a_text_that_google_cannot_speak_does_not_condemn_the_server(engine, google):
    google.faults = [faults.no_voice]
    with pytest.raises(SpeechError, match="không đọc được câu này"):
        speak(engine)
    assert engine.unavailable() is None


@pytest.mark.parametrize("fault", [faults.hang, faults.stall, faults.drip])
def test_a_slow_server_is_given_up_within_the_bound(engine, google, fault):
    google.faults = [fault] * 9
    began = time.monotonic()
    with pytest.raises(SpeechError, match=r"quá chậm|hết giờ"):
        speak(engine)
    assert time.monotonic() - began < 2.0
    assert len(google.texts) == 1


def test_the_deadline_holds_against_a_server_that_asks_to_wait(engine, google):
    google.faults = [faults.status(429, Retry_After="3600")] * 9
    began = time.monotonic()
    with pytest.raises(SpeechError, match="429"):
        speak(engine, deadline_s=1.0)
    assert time.monotonic() - began < 1.5
    assert len(google.texts) == 1


def test_a_refused_connection_fails_at_once_and_names_the_cure(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        engine = open_engine(
            "gtts", station=tmp_path, options={"base_url": f"http://127.0.0.1:{unused.getsockname()[1]}"}
        )
        began = time.monotonic()
        with pytest.raises(SpeechError, match="không nối được") as caught:
            speak(engine)
    assert time.monotonic() - began < 3.0
    assert "Kiểm tra đường mạng; trong 5 phút tới đài dùng giọng dự phòng" in caught.value.line()


def test_a_name_server_that_never_answers_costs_three_seconds_at_most(tmp_path, monkeypatch):
    monkeypatch.setattr(network, "CONNECT_S", 0.3)
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: time.sleep(5))
    engine = open_engine("gtts", station=tmp_path)
    began = time.monotonic()
    with pytest.raises(SpeechError, match=r"không nối được mạng .hết giờ"):
        speak(engine)
    assert time.monotonic() - began < 1.0


def test_every_process_of_the_station_knows_that_the_server_was_silent(tmp_path, google):
    options = {"base_url": google.url}
    first = open_engine("gtts", station=tmp_path, options=options)
    google.faults = [faults.html]
    with pytest.raises(SpeechError):
        speak(first)
    second = open_engine("gtts", station=tmp_path, options=options)
    assert "đài hỏi lại sau 5 phút" in second.unavailable().vi
    assert json.loads((tmp_path / "audio_cache" / "gtts-unreachable.json").read_text())["server"]
    speak(second)  # asked all the same, and it answers: the silence is over for everybody
    assert first.unavailable() is None


def test_the_silence_ends_by_itself_and_never_outlives_a_clock_that_was_set_back(tmp_path):
    memory = Reachability(tmp_path / "x.json", "a:1")
    memory.remember(Words("hỏng", "broken"), timedelta(milliseconds=1))
    time.sleep(0.005)
    assert memory.silence() is None
    memory.remember(Words("hỏng", "broken"), timedelta(days=300))
    assert memory.silence() is None
    memory.remember(Words("hỏng", "broken"), timedelta(minutes=5))
    assert memory.silence() is not None
    assert Reachability(tmp_path / "x.json", "b:1").silence() is None
    (tmp_path / "x.json").write_text("{half")
    assert Reachability(tmp_path / "x.json", "a:1").silence() is None


def test_a_folder_that_cannot_be_written_is_remembered_by_this_process_alone(tmp_path):
    (tmp_path / "file").write_text("")
    memory = Reachability(tmp_path / "file" / "x.json", "a:1")
    memory.remember(Words("hỏng", "broken"), timedelta(minutes=5))
    assert memory.silence() is not None


def test_the_rate_is_kept_although_google_has_only_one(engine):
    normal = speak(engine).duration_s
    slow = engine.speak([Phrase(text=SENTENCE, rate=0.8)], voice="", rate=1.0, deadline_s=10)
    assert slow.duration_s == pytest.approx(normal / 0.8, rel=0.03)


def test_eight_threads_at_once(tmp_path, google):
    engine = open_engine("gtts", station=tmp_path, options={"base_url": google.url})
    with ThreadPoolExecutor(8) as threads:
        lengths = {round(speech.duration_s, 2) for speech in threads.map(lambda _: speak(engine, LONG), range(8))}
    assert len(lengths) == 1


@pytest.mark.parametrize(
    "options, said",
    [
        ({"tld": "com/../evil"}, "tld"),
        ({"base_url": "http://translate.google.com"}, "base_url"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"tdl": "com"}, "tld"),
    ],
)
def test_wrong_options_name_the_key_and_what_is_allowed(tmp_path, options, said):
    (tmp_path / "station.toml").write_text(
        "[engines.gtts]\n" + "\n".join(f'{key} = "{value}"' for key, value in options.items())
    )
    with pytest.raises(SettingsError, match=said) as caught:
        open_engine("gtts", station=tmp_path, options=options)
    assert "station.toml:2" in caught.value.line()


def test_a_server_that_was_given_no_time_is_not_blamed(engine, google):
    with pytest.raises(SpeechError):
        speak(engine, deadline_s=0.0)
    assert engine.unavailable() is None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the false certificate")
def test_a_server_with_a_false_certificate_is_told_nothing(tmp_path, google):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split()
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    google.socket = context.wrap_socket(google.socket, server_side=True)
    url = google.url.replace("http://127.0.0.1", "https://localhost")
    engine = open_engine("gtts", station=tmp_path, options={"base_url": url})
    with pytest.raises(SpeechError, match="chứng chỉ bảo mật của máy chủ không đúng"):
        speak(engine)
    assert google.texts == []
