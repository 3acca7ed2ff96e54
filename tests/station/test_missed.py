"""What the station makes of the minutes during which it did not run."""

from __future__ import annotations

from pathlib import Path

from broadcaster.journal import Journal
from tests.station.days import Days, at, session


def test_a_station_first_started_within_the_minute_of_a_session_airs_it(tmp_path: Path):
    days = Days(tmp_path / "dai", session("sang", "05:30", "skip", "tin"), at(5, 30, 20))
    days.on(at(5, 33))
    assert days.verdict("sang") == ("aired", "đã phát đủ")


def test_a_station_first_started_later_owes_nothing_of_before(tmp_path: Path):
    days = Days(tmp_path / "dai", session("sang", "05:30", "skip", "tin"), at(5, 33))
    days.on(at(5, 40))
    assert days.verdict("sang") is None


def test_after_a_power_cut_a_session_is_caught_up_within_its_bound_and_says_why(tmp_path: Path):
    days = Days(tmp_path / "dai", session("sang", "05:30", "play 10m", "tin"), at(5, 0))
    days.on(at(5, 20), killed=True)
    days.off(at(5, 38))
    days.on(at(5, 50))
    assert days.verdict("sang") == ("aired", "đã phát đủ")
    assert days.heard[0].start == (at(5, 38) - at(5, 0)).total_seconds()


def test_beyond_its_bound_it_is_missed_with_the_span_of_the_power_cut(tmp_path: Path):
    days = Days(tmp_path / "dai", session("sang", "05:30", "play 10m", "tin"), at(5, 0))
    days.on(at(5, 20), killed=True)
    days.off(at(5, 41))
    days.on(at(6, 0))
    outcome, reason = days.verdict("sang")
    assert outcome == "missed" and "mất điện hoặc máy dừng 05:" in reason and "05:41" in reason
    assert days.heard == []


def test_at_most_one_session_is_caught_up(tmp_path: Path):
    timetable = session("sang", "05:30", "play 2h", "tin") + session("hai", "05:50", "play 2h", "hai")
    days = Days(tmp_path / "dai", timetable, at(5, 0))
    days.on(at(5, 20), killed=True)
    days.off(at(6, 10))
    days.on(at(6, 40))
    assert days.verdict("hai")[0] == "aired"
    outcome, reason = days.verdict("sang")
    assert outcome == "missed" and "chỉ phát bù một phiên" in reason


def test_what_is_missed_joins_the_next_session_after_its_own_items(tmp_path: Path):
    timetable = session("trua", "11:15", "next_session", "tin", "hai") + session("chieu", "17:00", "skip", "chieu")
    days = Days(tmp_path / "dai", timetable, at(11, 0))
    days.on(at(11, 5), killed=True)
    days.off(at(12, 0))
    days.on(at(12, 30), killed=True)  # the promise outlives another kill
    days.off(at(13, 0))
    days.on(at(17, 10))
    assert days.verdict("trua")[0] == "missed"
    assert days.items("chieu") == [("01-chieu", "aired"), ("02-tin", "aired"), ("03-hai", "aired")]


def test_what_was_heard_before_the_rest_was_missed_is_not_handed_on(tmp_path: Path):
    timetable = session("trua", "11:15", "next_session", "tin", "hai") + session("chieu", "17:00", "skip", "chieu")
    days = Days(tmp_path / "dai", timetable, at(11, 0))
    days.on(at(11, 15, 5), killed=True)
    assert [(heard.job.item, str(heard.state)) for heard in days.heard] == [("01-tin", "ended"), ("02-hai", "lost")]
    days.off(at(12, 0))
    days.on(at(17, 10))
    assert days.items("chieu") == [("01-chieu", "aired"), ("02-hai", "aired")]
    whole = [heard.job.clip.title for heard in days.heard if heard.frames == heard.job.clip.frames]
    assert sorted(whole) == ["chieu", "hai", "tin"]


def test_an_item_that_stands_twice_is_handed_on_once_when_it_was_heard_once(tmp_path: Path):
    timetable = session("trua", "11:15", "next_session", "tin", "hai", "tin") + session(
        "chieu", "17:00", "skip", "chieu"
    )
    days = Days(tmp_path / "dai", timetable, at(11, 0))
    days.on(at(11, 15, 5), killed=True)
    assert [(heard.job.item, str(heard.state)) for heard in days.heard] == [("01-tin", "ended"), ("02-hai", "lost")]
    days.off(at(12, 0))
    days.on(at(17, 10))
    assert days.items("chieu") == [("01-chieu", "aired"), ("02-hai", "aired"), ("03-tin", "aired")]


def test_what_was_handed_on_to_a_session_that_is_missed_too_has_its_rows(tmp_path: Path):
    timetable = session("trua", "11:15", "next_session", "tin") + session("chieu", "17:00", "skip", "chieu")
    days = Days(tmp_path / "dai", timetable, at(11, 0))
    days.on(at(11, 5), killed=True)
    days.off(at(12, 0))
    days.on(at(12, 10), killed=True)
    days.off(at(18, 0))
    days.on(at(18, 10))
    assert days.items("chieu") == [("01-chieu", "missed"), ("02-tin", "missed")]


def test_a_session_whose_items_all_had_their_turn_ends_with_their_verdict_however_late(tmp_path: Path):
    days = Days(tmp_path / "dai", session("sang", "05:30", "skip", "tin"), at(5, 0))
    days.on(at(5, 20))
    journal = Journal(days.settings.journal_path, days.clock, durable=False)
    key = "ngay/sang/2026-12-01"
    with journal.together():  # as a station killed between the item's verdict and the session's
        journal._write(
            "INSERT INTO airings (trial, occurrence, item, attempt, level, zones, planned_at, outcome, reason_code,"
            " asked_by, output, clock)"
            " SELECT trial, key, '01-tin', 1, level, zones, planned_at, 'aired', 'aired_whole', asked_by,"
            " 'memory', clock FROM occurrences WHERE key = ?",
            (key,),
        )
    journal.close()
    days.off(at(7, 0))
    days.on(at(7, 10))
    assert days.verdict("sang") == ("aired", "đã phát đủ")
    assert days.heard == []
