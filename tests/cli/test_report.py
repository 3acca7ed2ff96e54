"""`report`: on the terminal, as JSON, into files; what was tried does not count; what cannot be written is said."""

from __future__ import annotations

import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.model import (
    STATION_RATE_HZ,
    Clip,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    Sha256,
)
from broadcaster.reasons import AIRED_WHOLE, ReasonCode, reason
from tests.cli.conftest import Call

CLOCK = "2026-12-03T09:00+07:00 x1"
SCRIPT = "cchc_10_duong_day_nong"
MORNING = datetime.fromisoformat("2026-12-01T05:30+07:00")


@pytest.fixture
def aired(station: Path) -> Path:
    """A station whose journal knows one session: an item aired for a minute and a half, one missed."""
    clock = ManualClock(MORNING)
    clock.label = "system"
    journal = Journal(station / "journal" / "journal.sqlite3", clock, durable=False)
    session = Occurrence(
        key=OccurrenceKey("hang_ngay/sang/2026-12-01"), title="Bản tin sáng", planned_at=MORNING, items=(),
        level=Level.PHIEN, zones=("tat_ca",), max_minutes=60.0, late=LateRule(kind=LateKind.SKIP),
    )  # fmt: skip
    journal.plan(session)
    frames = 90 * STATION_RATE_HZ
    clip = Clip(
        key="k", path=station / "k.wav", audio_sha256=Sha256("0" * 64), text_sha256=Sha256("1" * 64), frames=frames,
        engine="gtts", voice="vi", loudness_lufs=-16.0, true_peak_dbtp=-2.0,
    )  # fmt: skip
    heard_at = MORNING + timedelta(seconds=6)
    outputs = {"tat_ca": "soundcard"}
    row = journal.begin_airing(session, f"01-{SCRIPT}", script=SCRIPT, clip=clip, started_at=heard_at, outputs=outputs)
    journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=frames, started_at=heard_at)
    full = reason(ReasonCode.SESSION_FULL, minutes=60.0)
    journal.never_aired(session, "02-cchc_09_mot_cua", Outcome.MISSED, full, script="cchc_09_mot_cua")
    journal.end(session.key, Outcome.PARTLY_AIRED, full)
    journal.close()
    return station


def test_a_person_reads_the_log_the_totals_and_the_contents(call: Call, aired: Path) -> None:
    said = call("report", "week", station=aired, clock=CLOCK)
    assert (said.code, said.err) == (0, "")
    assert "Tuần từ ngày 30/11/2026 đến ngày 06/12/2026" in said.out
    assert "T3 01/12 05:30" in said.out and "Đường dây nóng và cách gửi phản ánh" in said.out
    assert "đã đủ 60 phút tối đa của phiên" in said.out and "1,5" in said.out and "II.1.10" in said.out
    english = call("report", "week", station=aired, clock=CLOCK, lang="en").out
    assert "2026-11-30 to 2026-12-06" in english and "1.5" in english and "missed" in english


def test_json_has_the_figures_in_seconds_and_local_times(call: Call, aired: Path) -> None:
    report = call("report", "quarter", "2026-12-01", "--json", station=aired, clock=CLOCK).json
    english = call("report", "quarter", "1/12/2026", "--json", station=aired, clock=CLOCK, lang="en").json
    assert list(english) == list(report) and english["total"] == report["total"]
    assert english["log"][1]["reason"] == "the session's 60 minutes are used"
    assert (report["period"], report["first_day"], report["last_day"]) == ("quarter", "2026-10-01", "2026-12-31")
    assert report["total"] == {
        "items": 2, "aired": 1, "partly_aired": 0, "not_aired": 1, "on_air": 0, "aired_s": 90.0,
    }  # fmt: skip
    contents = {content["code"]: content for content in report["contents"]}
    assert contents["II.1.10"]["scripts"] == [SCRIPT] and contents["II.1.10"]["aired_s"] == 90.0
    assert contents["II.1.9"]["reasons"] == [
        {"reason": "đã đủ … phút tối đa của phiên", "items": 1, "reason_code": "session_full"}
    ]
    assert contents["II.1.1"]["items"] == 0
    assert report["log"][0]["started_at"] == "2026-12-01T05:30:06+07:00" and report["log"][0]["asked_by"] == "lich"
    assert len(report["days"]) == 92 and report["outcomes"] == {"aired": 1, "missed": 1}


def test_files_of_every_form_at_once_and_the_old_one_is_replaced(call: Call, aired: Path, tmp_path: Path) -> None:
    word, sheet, page = (tmp_path / f"sổ nhật ký.{ending}" for ending in ("docx", "xlsx", "html"))
    word.write_text("cũ", encoding="utf-8")
    said = call("report", "month", "--docx", word, "--xlsx", sheet, "--html", page, station=aired, clock=CLOCK)
    assert (said.code, said.out) == (0, "") and said.err.count("Đã ghi") == 3
    assert zipfile.is_zipfile(word) and zipfile.is_zipfile(sheet)
    assert "Tháng 12 năm 2026" in page.read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".*"))


def test_an_empty_period_is_a_report(call: Call, station: Path, tmp_path: Path) -> None:
    said = call("report", "week", "2020-01-01", "--docx", tmp_path / "a.docx", station=station, clock=CLOCK)
    assert said.code == 0 and zipfile.is_zipfile(tmp_path / "a.docx")
    assert "không có mục nào" in call("report", "week", station=station, clock=CLOCK).out


def test_what_was_tried_does_not_count_and_is_said(call: Call, short: Path) -> None:
    assert call("say", "--wait", "Phát thử.", station=short, clock="2026-12-01T09:00+07:00 x40").code == 0
    said = call("report", "week", "--json", station=short, clock=CLOCK)
    assert said.json["log"] == [] and said.json["trials_left_out"] == 1
    assert "1 dòng ghi dưới đồng hồ thử" in said.err


def test_a_file_that_cannot_be_written_is_one_line_and_leaves_nothing(call: Call, aired: Path, tmp_path: Path) -> None:
    said = call("report", "week", "--html", tmp_path / "không có" / "a.html", station=aired, clock=CLOCK)
    assert said.code == 3 and said.err.count("\n") == 1 and "a.html: không ghi được báo cáo" in said.err


@pytest.mark.parametrize(("form", "package"), [("docx", "docx"), ("xlsx", "xlsxwriter")])
def test_a_missing_package_is_said_with_its_cure(
    call: Call, aired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    target = tmp_path / f"a.{form}"
    said = call("report", "week", f"--{form}", target, station=aired, clock=CLOCK)
    assert said.code == 3 and said.err.count("\n") == 1 and "pip install 'broadcaster[report]'" in said.err
    assert not target.exists()
    assert call("report", "week", "--html", tmp_path / "a.html", station=aired, clock=CLOCK).code == 0


@pytest.mark.parametrize(
    "arguments", [("week", "hôm nào"), ("year",), (), ("week", "1234-01-01"), ("week", "9999-12-31")]
)
def test_wrong_usage_is_two(call: Call, station: Path, arguments: tuple[str, ...]) -> None:
    said = call("report", *arguments, station=station, clock=CLOCK)
    assert said.code == 2 and said.err.count("\n") == 1
