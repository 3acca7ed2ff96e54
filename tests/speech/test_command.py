"""Any program as a voice: what it may do wrong, and that no process is left."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from broadcaster.errors import SettingsError, SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import open_engine

PROGRAM = str(Path(__file__).with_name("program.py"))
SENTENCE = "Trạm y tế xã tiêm vắc xin vào sáng thứ bảy."


def command(*arguments: str, **options: object) -> dict[str, object]:
    return {"command": [sys.executable, PROGRAM, *arguments], **options}


def speak(station, options, *, deadline_s=20.0, rate=1.0):
    engine = open_engine("command", station=station, options=options)
    return engine.speak([Phrase(text=SENTENCE)], voice="", rate=rate, deadline_s=deadline_s)


def test_the_text_comes_by_standard_input_or_by_file(tmp_path):
    by_input = speak(tmp_path, command("good", "{wav_file}"))
    by_file = speak(tmp_path, command("good", "{wav_file}", "{text_file}"))
    assert by_input.duration_s == by_file.duration_s > 2
    assert by_input.rate_hz == 16_000
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "fault, said",
    [
        ("fail", "báo lỗi 1: giấy phép hết hạn"),
        ("nothing", "không để lại tệp WAV đọc được"),
        ("silent", "không có tiếng"),
        ("half", "quá ngắn"),
    ],
)
def test_a_program_that_fails_is_named_with_what_it_said(tmp_path, fault, said):
    with pytest.raises(SpeechError, match=said):
        speak(tmp_path, command(fault, "{wav_file}"))


@pytest.mark.parametrize("bound", ["deadline", "option"])
def test_a_program_that_hangs_is_ended_in_time(tmp_path, bound):
    began = time.monotonic()
    with pytest.raises(SpeechError, match="chưa xong sau 1 giây"):
        if bound == "deadline":
            speak(tmp_path, command("hang", "{wav_file}"), deadline_s=1.0)
        else:
            speak(tmp_path, command("hang", "{wav_file}", limit_s=1))
    assert time.monotonic() - began < 3.0


def test_what_the_program_started_ends_with_it(tmp_path):
    began = time.monotonic()
    assert speak(tmp_path, command("fork", "{wav_file}")).duration_s > 2
    assert time.monotonic() - began < 10
    end = time.monotonic() + 5.0  # the signal was sent; the system may take a moment
    while left := [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"speech.wav.pid" in _read(path)]:
        assert time.monotonic() < end, left
        time.sleep(0.01)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_program_without_rate_has_its_sound_stretched(tmp_path):
    normal = speak(tmp_path, command("good", "{wav_file}")).duration_s
    slow = speak(tmp_path, command("good", "{wav_file}"), rate=0.8).duration_s
    own = speak(tmp_path, command("good", "{wav_file}", "", "{rate}"), rate=0.8).duration_s
    assert slow / normal == pytest.approx(1.25, rel=0.03)
    assert own == normal


def test_no_shell_reads_the_command(tmp_path):
    engine = open_engine("command", station=tmp_path, options={"command": ["; echo", "{wav_file}"]})
    assert "không tìm thấy chương trình «; echo»" in engine.unavailable().vi


def test_a_program_in_the_stations_folder_is_found(tmp_path):
    script = tmp_path / "doc.sh"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PROGRAM}" good "$1"\n')
    script.chmod(0o755)
    assert speak(tmp_path, {"command": ["doc.sh", "{wav_file}"]}).duration_s > 2


def test_without_a_command_it_says_how_to_write_one(tmp_path):
    engine = open_engine("command", station=tmp_path)
    assert "[engines.command]" in engine.unavailable().vi
    with pytest.raises(SpeechError, match="chưa khai"):
        engine.speak([Phrase(text=SENTENCE)], voice="", rate=1.0, deadline_s=1.0)


@pytest.mark.parametrize("value", ["piper", [], ["x"], ["{wav_file}"], ["x", 3]])
def test_a_command_that_cannot_work_is_refused_at_once(tmp_path, value):
    with pytest.raises(SettingsError, match="wav_file"):
        open_engine("command", station=tmp_path, options={"command": value})
