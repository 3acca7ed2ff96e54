"""A timetable edited while the station runs."""

from __future__ import annotations

from pathlib import Path

from tests.station.days import Days, at, session


def test_a_session_moved_beyond_what_is_planned_already_is_not_lost(tmp_path: Path):
    days = Days(tmp_path / "dai", session("chieu", "17:00", "skip", "tin"), at(16, 0))
    # At 17:03 all of the next day until 17:03 is planned: tomorrow's 17:00 is, and moves out of that.
    days.on(at(18, 0, day=2), edit=(at(17, 3), session("chieu", "17:20", "skip", "tin")))
    assert days.verdict("chieu") == ("aired", "đã phát đủ")
    assert days.verdict("chieu", day=2) == ("aired", "đã phát đủ")
    assert [round(heard.start) for heard in days.heard] == [3600, 24 * 3600 + 4800]


def test_a_session_moved_within_the_day_airs_at_its_new_minute_only(tmp_path: Path):
    days = Days(tmp_path / "dai", session("chieu", "17:00", "skip", "tin"), at(16, 0))
    days.on(at(18, 0), edit=(at(16, 30), session("chieu", "17:20", "skip", "tin")))
    assert [round(heard.start) for heard in days.heard] == [4800]


def test_a_session_taken_off_the_timetable_is_cancelled_with_a_row(tmp_path: Path):
    timetable = session("sang", "05:30", "skip", "tin")
    days = Days(tmp_path / "dai", timetable + session("chieu", "17:00", "skip", "tin"), at(16, 0))
    days.on(at(18, 0), edit=(at(16, 30), timetable))
    assert days.verdict("chieu") == ("cancelled", "đã bỏ khỏi lịch trước giờ phát")
    assert days.items("chieu") == [("01-tin", "cancelled")]
    assert days.heard == []
