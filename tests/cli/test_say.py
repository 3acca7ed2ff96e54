"""say and play without a running station: where the words come from, what is asked, what is answered."""

from __future__ import annotations

import array
import json
import wave
from pathlib import Path

import pytest

from broadcaster.journal import Journal
from tests.cli.conftest import MORNING, Call


def asked(station: Path, number: int = 1) -> dict:
    """The request as the station reads it."""
    journal = Journal(station / "journal" / "journal.sqlite3")
    try:
        row = journal.request(number)
        assert row is not None
        return {"kind": row.request.kind, "by": row.request.asked_by, **json.loads(row.request.payload)}
    finally:
        journal.close()


def recording(path: Path, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(array.array("h", [8000, -8000] * round(24_000 * seconds)).tobytes())
    return path


def test_words_need_no_quotes_may_be_in_a_file_or_come_from_a_pipe(call: Call, station: Path) -> None:
    assert call("say", "Mời", "bà", "con.", station=station, clock=MORNING).code == 0
    file = Path("loi.txt")
    file.write_text("\ufeffTừ một tệp.\r\n", encoding="utf-8")
    assert call("say", "-f", file, station=station, clock="2026-12-02T09:00+07:00 x40").code == 0
    piped = call("say", "-", station=station, clock="2026-12-03T09:00+07:00 x40", typed="Từ một lệnh khác.\n")
    assert piped.code == 0
    texts = [asked(station, number)["text"] for number in (1, 2, 3)]
    assert texts == ["Mời bà con.", "Từ một tệp.", "Từ một lệnh khác."]


def test_a_text_and_a_file_at_once_are_refused(call: Call, station: Path) -> None:
    Path("loi.txt").write_text("x", encoding="utf-8")
    assert call("say", "Xin chào", "-f", "loi.txt", station=station).code == 2


def test_every_option_reaches_the_station(call: Call, station: Path) -> None:
    said = call(
        "say", "Xin chào.", "--level", "uu_tien", "--repeat", "2", "--at", "+30s", "--after", "item",
        "--voice", "tone:tone", "--reason", "thử", "--zone", "tat_ca", station=station, clock=MORNING,
    )  # fmt: skip
    assert said.code == 0, said
    request = asked(station)
    assert request["by"] == "chi_hoa" and request["kind"] == "say"
    assert (request["level"], request["repeat"], request["after"], request["voice"]) == (
        "uu_tien",
        2,
        "item",
        "tone:tone",
    )
    assert request["reason"] == "thử" and request["at"].startswith("2026-12-01T02:00:3")
    rows = call("journal", "--json", station=station).lines
    assert [row["item"] for row in rows] == ["01-xin_chao", "01-xin_chao#2"]


def test_what_is_unsure_is_said_before_it_airs(call: Call, station: Path) -> None:
    said = call("say", "Gặp ông Xyzt.", station=station, clock=MORNING)
    assert said.code == 0 and "1:9: «Xyzt»" in said.err


def test_the_answer_is_one_document_with_the_rows(call: Call, station: Path) -> None:
    said = call("play", recording(Path("hop.wav")), "--json", station=station, clock=MORNING)
    assert said.code == 0
    assert list(said.json) == ["id", "occurrence", "outcome", "reason", "airings", "result", "reason_code"]
    assert (said.json["result"], said.json["reason_code"]) == ("done", "aired_whole")
    assert said.json["outcome"] == "aired" and said.json["airings"][0]["engine"] == "recording"
    assert asked(station)["title"] == "hop" and Path(asked(station)["file"]).is_absolute()


@pytest.mark.parametrize("broken", ["cut", "text"])
def test_a_damaged_recording_is_refused_before_anybody_is_asked(call: Call, station: Path, broken: str) -> None:
    file = recording(Path("hong.wav"))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2] if broken == "cut" else b"khong phai am thanh")
    said = call("play", file, station=station, clock=MORNING)
    assert said.code == 3 and "hong.wav" in said.err
    assert not (station / "journal").exists()


def test_an_emergency_has_its_level_and_goes_on_until_a_time(call: Call, station: Path) -> None:
    assert call("preview", "--text", "Lũ đang lên.", "--wav", "x.wav", station=station).code == 0  # rendered already
    said = call("emergency", "Lũ đang lên.", "--until", "+100s", "--yes", "--json", station=station, clock=MORNING)
    assert said.code == 0, said
    assert len(said.json["airings"]) >= 2 and {row["level"] for row in said.json["airings"]} == {"khan_cap"}


def test_orders_without_a_station_are_told_apart_from_those_it_obeys_later(call: Call, station: Path) -> None:
    stopped = call("stop", "--json", station=station, clock=MORNING)
    assert stopped.code == 0
    assert stopped.json == {"id": 1, "result": None, "reason_code": "none", "reason": "", "outcome": None}
    assert "có hiệu lực ngay khi đài chạy" in call("stop", station=station, clock=MORNING).out


def test_installing_a_voice_from_a_stick(call: Call, station: Path) -> None:
    stick = Path("usb")
    stick.mkdir()
    assert call("voices", "install", "vi_VN-thu-low", "--from", stick, station=station).code == 4
    (stick / "vi_VN-thu-low.onnx").write_bytes(b"onnx" * 100)
    config = {"audio": {"sample_rate": 16000}, "phoneme_id_map": {"a": [1]}}
    (stick / "vi_VN-thu-low.onnx.json").write_text(json.dumps(config), encoding="utf-8")
    said = call("voices", "install", "vi_VN-thu-low", "--from", stick, station=station)
    assert said.code == 0 and '"piper"' in said.out  # tone is this station's only engine
    assert (station / "voices" / "vi_VN-thu-low.onnx").is_file()
    assert call("voices", "install", "khong_co", station=station).code == 4
