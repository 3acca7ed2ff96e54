"""JSON for programs: keys, their order, and nothing else on stdout."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import MORNING, Call

ROW = [
    "id", "occurrence", "item", "script", "level", "zone", "planned_at", "started_at", "ended_at", "duration_s",
    "outcome", "reason", "voice", "engine", "text_sha256", "audio_sha256", "asked_by", "output", "clock",
    "reason_code", "cue", "deliveries",
]  # fmt: skip
"""The contract, written out once more on purpose."""


@pytest.fixture
def aired(call: Call, station: Path) -> Path:
    """A station that has aired one notice."""
    said = call("say", "Xin chào bà con.", station=station, clock=MORNING)
    assert said.code == 0, said
    return station


def test_a_journal_row_has_these_keys_in_this_order(call: Call, aired: Path) -> None:
    (row,) = call("journal", "--json", "lines", station=aired).lines
    assert list(row) == ROW
    assert row["occurrence"] == "yeu_cau/1" and row["outcome"] == "aired" and row["asked_by"] == "chi_hoa"
    assert row["engine"] == "tone" and row["output"] == "none" and row["clock"] == "2026-12-01T09:00:00+07:00 x40"
    assert isinstance(row["duration_s"], float) and row["duration_s"] > 0
    assert row["zone"] == "tat_ca" and row["reason_code"] == "aired_whole" and isinstance(row["cue"], int)
    (delivery,) = row["deliveries"]
    assert list(delivery) == ["zone", "output", "from", "to", "heard_s", "outcome", "reason_code"]
    assert (delivery["zone"], delivery["output"], delivery["outcome"]) == ("tat_ca", "none", "aired")
    assert delivery["from"] == row["started_at"] and delivery["heard_s"] == row["duration_s"]
    started = datetime.fromisoformat(row["started_at"])
    assert started.utcoffset() is not None and row["started_at"].endswith("+07:00")


def test_json_alone_means_lines_and_csv_has_the_same_columns(call: Call, aired: Path) -> None:
    lines = call("journal", "--json", station=aired)
    assert lines.out == call("journal", "--json", "lines", station=aired).out
    sheet = list(csv.DictReader(io.StringIO(call("journal", "--csv", station=aired).out)))
    assert list(sheet[0]) == ROW
    assert sheet[0]["audio_sha256"] == lines.lines[0]["audio_sha256"]


def test_journal_from_and_to_include_their_days(call: Call, aired: Path) -> None:
    def rows(*arguments: str) -> int:
        return len(call("journal", "--json", *arguments, station=aired).lines)

    assert rows("--from", "2026-12-01") == rows("--to", "01/12/2026") == rows("--from", "1/12", "--to", "1/12") == 1
    assert rows("--from", "2026-12-02") == rows("--to", "2026-11-30") == 0


def test_the_same_keys_in_both_languages(call: Call, aired: Path) -> None:
    for command in (("scripts", "list", "--json"), ("cache", "info", "--json")):
        assert call(*command, station=aired).out == call(*command, station=aired, lang="en").out


def test_the_reason_of_a_row_is_in_the_language_asked_for(call: Call, aired: Path) -> None:
    (vietnamese,), (english,) = (call("journal", "--json", station=aired, lang=lang).lines for lang in ("vi", "en"))
    assert (vietnamese["reason"], english["reason"]) == ("đã phát đủ", "aired in full")
    assert vietnamese | {"reason": ""} == english | {"reason": ""}


def test_status_without_a_running_station_is_still_one_document(call: Call, station: Path) -> None:
    said = call("status", "--json", station=station)
    assert said.code == 8
    assert set(said.json) >= {"running", "answers", "engines", "disk_free_bytes", "cache", "next_sessions"}
    assert said.json["running"] is False
    assert said.json["engines"] == [{"name": "tone", "available": True, "why": ""}]
    assert len(said.json["next_sessions"]) == 3


def test_spoken_reads_standard_input_where_the_file_is_a_dash_or_missing() -> None:
    for file in ([], ["-"]):
        command = [sys.executable, "-m", "broadcaster", "spoken", *file]
        said = subprocess.run(command, input=b"5 kg\n", capture_output=True, timeout=60, check=True)
        assert said.stdout.decode() == "năm ki lô gam\n"


def test_spoken_answers_line_by_line(call: Call) -> None:
    said = call("spoken", "--json", typed_file("Họp lúc 7h30.\n\nGặp ông Xyzt ở UBND.\n"))
    first, empty, last = said.lines
    assert list(first) == ["written", "spoken", "unsure"]
    assert first["spoken"].startswith("họp lúc bảy giờ ba mươi") and first["unsure"] == []
    assert empty == {"written": "", "spoken": "", "unsure": []}
    (doubt,) = last["unsure"]
    assert (doubt["line"], doubt["column"], doubt["written"]) == (3, 9, "Xyzt") and doubt["reason"]


def typed_file(text: str) -> Path:
    """In the folder in which the command runs."""
    file = Path("van_ban.txt")
    file.write_text(text, encoding="utf-8")
    return file.absolute()


def test_rehearse_gives_the_rows_of_a_day(call: Call, station: Path) -> None:
    document = call("rehearse", "2026-12-01", "--json", station=station).json
    assert set(document) == {"airings", "problems", "estimated"}
    assert {row["occurrence"] for row in document["airings"]} == {
        "hang_ngay/sang/2026-12-01",
        "hang_ngay/chieu/2026-12-01",
    }
    assert all(list(row) == ROW for row in document["airings"])
    assert not (station / "journal").exists() or not call("journal", "--json", station=station).out


def test_render_says_what_is_not_ready_and_why(call: Call, short: Path) -> None:
    lines = '[session.them]\ntime = "09:30"\nitems = [{ script = "khong_co" }, { pause = "2s" }]\n'
    (short / "schedules" / "them.toml").write_text(lines, encoding="utf-8")
    clock = "2026-12-01T04:00+07:00 x1"
    said = call("render", "--days", "1", "--json", station=short, clock=clock)
    assert said.code == 4
    (missing,) = said.json["not_ready"]
    assert (missing["session"], missing["item"]) == ("them/them", "01-khong_co") and "khong_co" in missing["why"]
    assert said.json["ready"] == said.json["rendered_now"] == 3
    assert call("render", "--days", "1", "--json", station=short, clock=clock).json["rendered_now"] == 0


def test_schedule_show_gives_lengths_where_everything_is_rendered(call: Call, short: Path) -> None:
    clock = "2026-12-01T04:00+07:00 x1"
    show = ("schedule", "show", "--days", "1", "--json")
    (before,) = call(*show, station=short, clock=clock).json
    assert before["occurrence"] == "lich/ngan/2026-12-01" and before["length_s"] is None
    assert before["planned_at"] == "2026-12-01T09:01:00+07:00"
    assert [one["item"] for one in before["items"]] == ["01-nhac_hieu", "02-ngan"]
    assert call("render", "--days", "1", station=short, clock=clock).code == 0
    (after,) = call(*show, station=short, clock=clock).json
    assert after["length_s"] > 3


def test_voices_says_who_can_speak_and_why_not(call: Call, station: Path) -> None:
    document = call("voices", "--json", station=station).json
    engines = {engine["engine"]: engine for engine in document["engines"]}
    assert next(iter(engines)) == "tone" and engines["tone"]["in_use"]
    assert not engines["piper"]["available"] and "voices install" in engines["piper"]["why"]
    assert engines["espeak"]["available"] and {voice["region"] for voice in engines["espeak"]["voices"]} >= {
        "bắc",
        "nam",
    }
    assert "vi_VN-vais1000-medium" in document["installable"]


def test_voices_try_makes_a_file_with_each_voice(call: Call, station: Path, tmp_path: Path) -> None:
    edited = (
        (station / "station.toml").read_text(encoding="utf-8").replace('engines = ["tone"]', 'engines = ["espeak"]')
    )
    (station / "station.toml").write_text(edited, encoding="utf-8")
    folder = tmp_path / "thu"
    trials = call("voices", "--try", "Xin chào.", "--out", folder, "--json", station=station).json
    spoken = [trial for trial in trials if trial["engine"] == "espeak"]
    assert len(spoken) >= 3
    for trial in spoken:
        assert Path(trial["file"]).is_file() and trial["length_s"] > 0.3 and -40 < trial["loudness_lufs"] < 0
    assert all(trial["problem"] for trial in trials if trial["file"] is None)


def test_doctor_gives_a_verdict_and_a_cure_for_each_thing(call: Call, station: Path) -> None:
    said = call("doctor", "--json", station=station)
    findings = said.json
    assert {finding["topic"] for finding in findings} >= {
        "Settings",
        "Scripts",
        "Timetable",
        "Engines",
        "Clock",
        "Disk",
    }
    assert {finding["verdict"] for finding in findings} <= {"ok", "warning", "fault"}
    assert said.code == 0 and not any(finding["verdict"] == "fault" for finding in findings)
    samples = next(finding for finding in findings if "VÍ DỤ" in finding["text"])
    assert "duong_day_nong" in samples["text"] and samples["cure"]


def test_cache_prune_and_clear(call: Call, station: Path) -> None:
    assert call("preview", "ket_thuc", "--wav", "x.wav", station=station).code == 0
    assert call("cache", "info", "--json", station=station).json["entries"] == 1
    assert call("cache", "prune", station=station).code == 0
    assert call("cache", "info", "--json", station=station).json["entries"] == 1
    assert call("cache", "clear", "--yes", station=station).code == 0
    assert call("cache", "info", "--json", station=station).json["entries"] == 0
