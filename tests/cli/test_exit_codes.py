"""The exit codes of the README's table, each with one line on stderr that says what, where and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.service import status as status_module
from tests.cli.conftest import MORNING, Call, Said


def refused(said: Said, code: int, *words: str) -> None:
    """One line, these words, this code, nothing on stdout."""
    assert said.code == code, said
    last = said.err.rstrip().splitlines()[-1]
    assert "Traceback" not in said.err
    for word in words:
        assert word in last


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("say",), ("không có lời nào để phát", "say")),
        (("say", "   "), ("không có lời nào để phát",)),
        (("say", "Xin chào", "--repeat", "0"), ("--repeat", "từ 1 đến 20")),
        (("say", "Xin chào", "--repeat", "hai"), ("--repeat",)),
        (("say", "Xin chào", "--level", "gap"), ("--level", "thong_thuong, uu_tien, khan_cap")),
        (("say", "Xin chào", "--at", "25:99"), ("không hiểu giờ «25:99»", "17:30")),
        (("say", "Xin chào", "--zone", "thon_9"), ("không có cụm loa «thon_9»", "tat_ca")),
        (("jornal",), ("không có lệnh «jornal»", "journal")),
        (("scripts", "xoa"), ("không có lệnh con «xoa»",)),
        (("journal", "--form", "x"), ("không có tùy chọn --form", "--from")),
        (("journal", "--from", "mai kia"), ("không hiểu ngày", "2026-11-25")),
        (("journal", "--json", "lines", "--csv"), ("không cả hai",)),
        (("cancel",), ("thiếu tham số ID",)),
        (("preview",), ("--text",)),
        (("run", "--output", "loa"), ("không hiểu đầu ra «loa»", "soundcard")),
        (("rehearse", "2026-12-01", "2026-12-02"), ("thừa tham số",)),
    ],
)
def test_2_a_wrong_command_line(call: Call, station: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(call(*arguments, station=station), 2, *words)


def test_2_is_told_in_the_language_asked_for(call: Call, station: Path) -> None:
    refused(call("say", "--lang", "en", station=station), 2, "there is nothing to say", "Quote the text")
    refused(call("say", "x", "--repeat", "0", station=station, lang="en"), 2, "--repeat", "not in the range")


def test_2_an_unreadable_test_clock(call: Call, station: Path) -> None:
    refused(call("journal", station=station, clock="hôm qua"), 2, "không hiểu đồng hồ thử", "x60")


def test_3_a_mistake_in_station_toml_is_named_with_its_line(call: Call, station: Path) -> None:
    edit(station / "station.toml", "allowed_from = ", "alowed_from = ")
    refused(call("status", station=station), 3, "station.toml:", "alowed_from")


def test_3_a_mistake_in_a_script(call: Call, station: Path) -> None:
    edit(station / "scripts_vi" / "ket_thuc.txt", 'title = "', 'titel = "')
    checked = call("scripts", "check", station=station)
    assert checked.code == 3
    assert "ket_thuc.txt:" in checked.out and "titel" in checked.out
    assert "32 kịch bản dùng được" in checked.out


def test_3_a_mistake_in_a_timetable(call: Call, station: Path) -> None:
    edit(station / "schedules" / "hang_ngay.toml", 'time = "05:30"', 'time = "5 rưỡi"')
    checked = call("schedule", "check", station=station)
    assert checked.code == 3
    assert "hang_ngay.toml:" in checked.out and "1 lỗi" in checked.out


def test_3_a_folder_that_may_not_be_written(call: Call, station: Path) -> None:
    said = call("schedule", "export", "--ics", station / "khong_co" / "lich.ics", station=station)
    refused(said, 3, "lich.ics", "hệ điều hành từ chối")


def test_4_what_does_not_exist(call: Call, station: Path, tmp_path: Path) -> None:
    refused(call("preview", "ket_thu", "--text-only", station=station), 4, "ket_thu", "ket_thuc")
    refused(call("play", "khong_co.mp3", station=station), 4, "khong_co.mp3")
    refused(call("restore", tmp_path / "khong_co.tar.gz"), 4, "khong_co.tar.gz")


def test_4_no_station(call: Call, tmp_path: Path) -> None:
    refused(call("status"), 4, "station.toml", "broadcaster init")
    refused(call("status", "--station", tmp_path), 4, str(tmp_path), "--station")


def test_5_no_sound_output(call: Call, station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_sound(monkeypatch, station)
    refused(call("devices"), 5, "không có loa", "wav:")
    refused(call("preview", "ket_thuc", station=station), 5)
    edit(station / "station.toml", 'spec = "none"', 'spec = "soundcard"')
    refused(call("say", "Xin chào bà con.", station=station, clock=MORNING), 5, "không có đường ra loa")


def without_sound(monkeypatch: pytest.MonkeyPatch, station: Path) -> None:
    """An ALSA without any pcm and no sound server: on a machine with a card as well."""
    empty = station / "asoundrc"
    empty.write_text("", encoding="utf-8")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(empty))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{station}/none")


def test_6_no_engine_could_speak(call: Call, short: Path) -> None:
    station = short
    edit(station / "station.toml", 'engines = ["tone"]', 'engines = ["piper"]')
    refused(call("say", "Xin chào bà con.", station=station, clock=MORNING), 6, "hỏng")
    refused(call("preview", "ngan", "--wav", "x.wav", station=station), 6, "piper")
    assert call("render", "--days", "1", station=station, clock=MORNING).code == 6


def test_7_stop_is_latched_until_resume(call: Call, station: Path) -> None:
    assert call("stop", station=station, clock=MORNING).code == 0
    refused(call("say", "Xin chào bà con.", station=station, clock=MORNING), 7, "DỪNG", "resume")
    assert call("resume", "--clock", station=station, clock=MORNING).code == 0
    assert call("say", "Xin chào bà con.", station=station, clock=MORNING).code == 0


def test_7_an_emergency_at_night_without_a_reason(call: Call, station: Path) -> None:
    night = "2026-12-01T23:30+07:00 x40"
    refused(call("emergency", "Lũ đang lên.", "--yes", station=station, clock=night), 7, "--reason")
    reason = ("--reason", "vỡ đập")
    said = call("emergency", "Lũ đang lên.", "--repeat", "1", "--yes", *reason, station=station, clock=night)
    assert said.code == 0, said


def test_7_outside_the_allowed_hours_with_its_reason(call: Call, station: Path) -> None:
    said = call("say", "Xin chào.", "--json", station=station, clock="2026-12-01T23:30+07:00 x40")
    assert said.code == 7
    assert (said.json["result"], said.json["reason_code"]) == ("refused", "outside_hours")
    assert said.json["outcome"] is None and "ngoài giờ" in said.json["reason"] and said.json["airings"] == []


def test_7_a_restore_over_a_station(call: Call, station: Path, tmp_path: Path) -> None:
    assert call("backup", tmp_path / "b.tar.gz", station=station).code == 0
    refused(call("--station", station, "restore", tmp_path / "b.tar.gz"), 7, "--force")


@pytest.mark.parametrize("arguments", [("skip",), ("queue",), ("cancel", "3"), ("emergency", "--cancel")])
def test_8_orders_that_mean_nothing_without_a_running_station(
    call: Call, station: Path, arguments: tuple[str, ...]
) -> None:
    refused(call(*arguments, station=station), 8, "đài chưa chạy", "broadcaster run")


def test_1_a_mistake_of_ours_is_one_line_and_its_traceback_only_with_v(
    call: Call, station: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: object) -> None:
        raise LookupError("một lỗi thử")

    monkeypatch.setattr(status_module, "engines", broken)
    refused(call("status", station=station), 1, "lỗi của chương trình", "một lỗi thử", "-v")
    verbose = call("status", "-v", station=station)
    assert verbose.code == 1 and "Traceback" in verbose.err
