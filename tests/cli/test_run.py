"""A real station process, other processes that ask it, and the `log:` output as a witness beside its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.cli.log_file import LogFile
from tests.cli.conftest import Call, Running

Start = Callable[..., Running]


def test_the_session_airs_at_its_minute_and_nothing_airs_twice(short: Path, call: Call, run_station: Start) -> None:
    clock = "2026-12-01T09:00:20+07:00 x10"
    assert call("render", "--days", "1", station=short, clock=clock).code == 0
    station = run_station(clock)
    station.until("đến giờ «Phiên ngắn»")
    waited = station.call("say", "Hết phiên.", "--wait", "--json")  # ordinary: after the session
    assert waited.code == 0 and waited.json["outcome"] == "aired", waited
    assert station.terminate() == 0
    console = "\n".join(station.console)
    assert "01-nhac_hieu «Nhạc hiệu»" in console and "02-ngan: đã phát, đã phát đủ" in console
    heard = station.heard()
    assert [(one["event"], one["item"]) for one in heard if one["occurrence"].startswith("lich/")] == [
        ("start", "01-nhac_hieu"),
        ("end", "01-nhac_hieu"),
        ("start", "02-ngan"),
        ("end", "02-ngan"),
    ]
    rows = call("journal", "--json", station=short).lines
    assert [row["outcome"] for row in rows] == ["aired"] * 3
    assert rows[0]["planned_at"] == "2026-12-01T09:01:00+07:00"
    assert [row["audio_sha256"] for row in rows] == [one["audio_sha256"] for one in heard if one["event"] == "start"]


def test_the_doors_of_a_running_station(short: Path, call: Call, run_station: Start) -> None:
    running = run_station("2026-12-01T10:00+07:00 x4").ready()

    assert running.call("run").code == 8
    status = running.call("status", "--json").json
    assert status["running"] and status["clock"] == {"label": "2026-12-01T10:00:00+07:00 x4", "trusted": True}
    assert running.call("skip").code == 4
    assert running.call("cancel", "99").code == 4

    said = running.call("say", "Mời bà con ra họp.", "--json")
    assert said.code == 0 and said.json["outcome"] is None
    running.until("nhận «Mời bà con ra họp.»")
    assert running.call("say", "Mời bà con ra họp.", "--wait").code == 0

    later = running.call("say", "Tối nay có họp.", "--at", "17:30", "--json").json["id"]
    queue = running.call("queue", "--json").json["queue"]
    assert [waiting["occurrence"] for waiting in queue] == [f"yeu_cau/{later}"]
    shown = running.call("queue").out
    assert "Tối nay có họp." in shown and "17:30" in shown and "chi_hoa" in shown and "hẹn giờ" in shown
    page = running.call("status", "--lang", "en").out
    assert "running" in page and "Lịch" not in page and f"log:{running.witness}" in page
    assert running.call("cancel", str(later)).code == 0
    assert running.call("queue", "--json").json["queue"] == []

    assert running.call("stop").code == 0
    refused = running.call("say", "Có nghe không?", "--wait")
    assert refused.code == 7 and "DỪNG" in refused.err
    assert running.call("resume").code == 0
    assert running.call("say", "Nghe rõ rồi.", "--wait").code == 0
    assert running.terminate() == 0

    outcomes = [row["outcome"] for row in call("journal", "--json", station=short).lines]
    assert outcomes == ["aired", "aired", "cancelled", "cancelled", "aired"]
    assert "đài dừng" in running.console[-1]


def test_an_emergency_cuts_in_repeats_and_is_ended_by_cancel(short: Path, run_station: Start) -> None:
    running = run_station("2026-12-01T10:00+07:00 x4").ready()
    long_text = "Một thông báo dài. " * 30
    assert running.call("say", long_text).code == 0
    running.until("nhận «Một thông báo dài.")
    assert running.call("emergency", "--cancel").code == 4
    assert running.call("emergency", "Lũ đang lên nhanh.", "--yes").code == 0
    running.until("nhận «Lũ đang lên nhanh.»")
    ended = running.call("emergency", "--cancel")
    assert ended.code == 0, ended
    assert running.terminate() == 0


def test_a_damaged_journal_is_set_aside_with_a_shout(short: Path, run_station: Start) -> None:
    (short / "journal").mkdir()
    (short / "journal" / "journal.sqlite3").write_bytes(b"SQLite format 3\0" + b"hong" * 4000)
    running = run_station("2026-12-01T09:00+07:00 x1")
    running.until("NHẬT KÝ HỎNG")
    running.ready()
    assert running.terminate() == 0
    assert list((short / "journal").glob("journal.sqlite3.hong-*"))


def test_an_unknown_output_is_refused_before_anything_starts(short: Path, call: Call) -> None:
    assert call("run", "--output", "loa", station=short).code == 2
    assert not (short / "journal").exists()


def test_what_it_said_is_kept_in_files_of_bounded_size(short: Path, run_station: Start) -> None:
    running = run_station("2026-12-01T09:00+07:00 x1").ready()
    assert running.terminate() == 0
    kept = (short / "journal" / "station.log").read_text(encoding="utf-8").splitlines()
    assert kept[0].startswith("2026-12-01 09:00:") and "đài bắt đầu chạy" in kept[0]
    assert kept[-1].endswith("đài dừng")

    log = LogFile(short / "journal" / "station.log")
    for number in range(60_000):
        log.write(f"{number} " + "á" * 60)
    files = sorted((short / "journal").glob("station.log*"))
    assert [file.name for file in files] == ["station.log", *(f"station.log.{number}" for number in (1, 2, 3, 4))]
    assert all(file.stat().st_size <= 1_000_000 for file in files)
    assert files[0].read_text(encoding="utf-8").splitlines()[-1].startswith("59999 ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_log_on_a_full_disk_loses_its_lines_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    LogFile(Path("/dev/full")).write("đài bắt đầu chạy")
    assert capfd.readouterr().err == ""
