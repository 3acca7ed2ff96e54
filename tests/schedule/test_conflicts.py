"""Conflicts are told once for a whole row of days, in words, with a start that is really free."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.model import Level
from broadcaster.schedule import ConflictKind, expand, find_conflicts
from broadcaster.settings import Hours, ZoneSettings

from .timetables import HANOI, local, session, timetable

HOURS = Hours(allowed_from=time(5), allowed_to=time(21), daily_max_minutes=240)


def check(*sessions, minutes=None, days=1, hours=HOURS, zones=()):
    plan = timetable(*sessions)
    start = local("2026-12-01")
    found = expand([plan], start, start + timedelta(days=days), HANOI)
    known = {
        one.key: minutes[name] * 60 for one in found for name in [one.key.split("/")[1]] if minutes and name in minutes
    }
    return find_conflicts(found, hours=hours, tz=HANOI, lengths_s=known, timetables=[plan], zones=zones)


def test_a_timetable_without_conflict_says_nothing():
    assert check(session("a", "05:30"), session("b", "06:00"), minutes={"a": 30, "b": 30}, days=30) == []


def test_an_overlap_names_both_and_proposes_the_nearest_free_start():
    (conflict,) = check(session("a", "05:30"), session("b", "05:45", where="lich.toml:9"), minutes={"a": 32, "b": 10})
    assert conflict.kind is ConflictKind.OVERLAP
    assert conflict.where == "lich.toml:9"
    assert conflict.words.vi == (
        "phiên «B» lúc 05:45 chồng lên phiên «A» 05:30-06:02 (ngày 01/12/2026). Có thể chuyển sang 06:05"
    )
    assert conflict.words.en == "session 'B' at 05:45 overlaps 'A' 05:30-06:02 (2026-12-01). It could move to 06:05"
    assert conflict.proposal == time(6, 5)
    assert conflict.keys == ("lich/b/2026-12-01",)


def test_the_same_overlap_on_many_days_is_told_once():
    (conflict,) = check(session("a", "05:30"), session("b", "05:45"), minutes={"a": 32, "b": 10}, days=30)
    assert "ngày 01/12/2026 và 29 ngày khác" in conflict.words.vi and "and 29 other days" in conflict.words.en
    assert len(conflict.keys) == 30


def test_the_less_urgent_session_is_the_one_to_move():
    (conflict,) = check(session("a", "05:30"), session("b", "05:45", level=Level.UU_TIEN), minutes={"a": 32, "b": 10})
    assert conflict.words.vi.startswith("phiên «A» lúc 05:30 chồng lên phiên «B»")


def test_unknown_lengths_collide_only_within_a_minute():
    assert check(session("a", "05:30"), session("b", "05:31")) == []
    (conflict,) = check(session("a", "05:30"), session("b", "05:30"))
    assert conflict.kind is ConflictKind.OVERLAP and conflict.where == "lich/b"


def test_a_long_session_reaches_over_several_others():
    found = check(
        session("a", "05:30"), session("b", "05:40"), session("c", "06:00"), minutes={"a": 60, "b": 5, "c": 5}
    )
    assert [(one.kind, one.keys[0]) for one in found] == [
        (ConflictKind.OVERLAP, "lich/b/2026-12-01"),
        (ConflictKind.OVERLAP, "lich/c/2026-12-01"),
    ]


def test_the_cut_at_max_minutes_counts():
    found = check(session("a", "05:30", max_minutes=15), session("b", "05:45"), minutes={"a": 32, "b": 10})
    assert [one.kind for one in found] == [ConflictKind.TOO_LONG]
    assert "dài 32 phút, quá 15 phút cho phép nên sẽ bị cắt" in found[0].words.vi
    assert "Bớt nội dung hoặc tăng max_minutes" in found[0].words.vi and found[0].proposal is None


def test_outside_the_allowed_hours():
    found = check(session("a", "03:15"), session("b", "21:00"), session("c", "20:50"), minutes={"c": 30})
    assert [one.kind for one in found] == [
        ConflictKind.OUTSIDE_HOURS,
        ConflictKind.PAST_CLOSING,
        ConflictKind.OUTSIDE_HOURS,
    ]
    early, past, late = found
    assert "lúc 03:15 ngoài giờ cho phép 05:00-21:00 nên sẽ không được phát" in early.words.vi
    assert early.proposal == time(5)
    assert "lúc 20:50 kéo dài đến 21:20, quá giờ cho phép" in past.words.vi
    assert past.proposal == time(20, 30)
    assert "lúc 21:00 ngoài giờ" in late.words.vi and late.keys == ("lich/b/2026-12-01",)


def test_only_khan_cap_passes_the_hours():
    assert check(session("a", "03:15", level=Level.KHAN_CAP)) == []


def test_a_day_that_is_too_long_altogether():
    hours = Hours(allowed_from=time(5), allowed_to=time(21), daily_max_minutes=50)
    (conflict,) = check(session("a", "05:30"), session("b", "17:00"), minutes={"a": 30, "b": 30}, days=3, hours=hours)
    assert conflict.kind is ConflictKind.DAY_TOO_LONG
    assert "dài tổng cộng 60 phút, quá 50 phút cho phép (ngày 01/12/2026 và 2 ngày khác)" in conflict.words.vi
    assert len(conflict.keys) == 6


def test_no_free_slot_is_said_so():
    hours = Hours(allowed_from=time(5), allowed_to=time(6))
    (conflict,) = check(session("a", "05:10"), session("b", "05:20"), minutes={"a": 30, "b": 30}, hours=hours)
    assert conflict.proposal is None
    assert "Không còn khoảng trống đủ dài" in conflict.words.vi


# Lanes

DONG = ZoneSettings(name="dong", title="Thôn Đông", channels=(0,))
TAY = ZoneSettings(name="tay", title="Thôn Tây", channels=(1,))
CHO = ZoneSettings(name="cho", title="Chợ", channels=(2,))


def test_two_sessions_at_one_time_in_two_zones_are_no_conflict():
    sessions = (session("a", "05:30", zones=("dong",)), session("b", "05:30", zones=("tay",)))
    assert check(*sessions, minutes={"a": 30, "b": 30}, zones=(DONG, TAY)) == []


def test_sessions_that_share_a_zone_collide_there():
    (conflict,) = check(
        session("a", "05:30", zones=("dong", "tay")),
        session("b", "05:45", zones=("tay", "cho")),
        minutes={"a": 30, "b": 10},
        zones=(DONG, TAY, CHO),
    )
    assert conflict.zones == ("tay",)
    assert conflict.words.vi == (
        "phiên «B» lúc 05:45 chồng lên phiên «A» 05:30-06:00 ở Thôn Tây (ngày 01/12/2026). Có thể chuyển sang 06:00"
    )
    assert "overlaps 'A' 05:30-06:00 in Thôn Tây" in conflict.words.en


def test_a_session_for_every_zone_collides_with_one_for_a_single_zone():
    (conflict,) = check(
        session("a", "05:30"),
        session("b", "05:45", zones=("tay",)),
        minutes={"a": 30, "b": 10},
        zones=(DONG, TAY),
    )
    assert conflict.zones == ("tay",)


def test_zones_heard_in_one_another_never_carry_two_voices():
    sessions = (session("a", "05:30", zones=("dong",)), session("b", "05:45", zones=("tay",)))
    heard = (DONG, replace(TAY, heard_in=("dong",)))
    for zones in (heard, (replace(DONG, heard_in=("tay",)), TAY)):
        (conflict,) = check(*sessions, minutes={"a": 30, "b": 10}, zones=zones)
        assert conflict.kind is ConflictKind.OVERLAP
        assert "cụm loa của hai phiên nghe được lẫn nhau" in conflict.words.vi
        assert conflict.proposal == time(6)
    # What is heard in a neighbour is not heard in the neighbour's neighbour.
    chain = (DONG, replace(TAY, heard_in=("dong",)), replace(CHO, heard_in=("tay",)))
    assert check(sessions[0], session("b", "05:45", zones=("cho",)), minutes={"a": 30, "b": 10}, zones=chain) == []


def test_a_proposal_looks_at_its_own_lanes_only():
    (conflict,) = check(
        session("a", "05:30", zones=("dong",)),
        session("b", "05:45", zones=("dong",)),
        session("c", "06:00", zones=("tay",)),
        minutes={"a": 30, "b": 10, "c": 60},
        zones=(DONG, TAY),
    )
    assert conflict.keys == ("lich/b/2026-12-01",) and conflict.proposal == time(6)


def test_a_zones_own_hours_count_there():
    late_riser = replace(TAY, hours=Hours(allowed_from=time(6), allowed_to=time(20), daily_max_minutes=240))
    (conflict,) = check(session("a", "05:30"), minutes={"a": 10}, zones=(DONG, late_riser))
    assert (conflict.kind, conflict.zones, conflict.proposal) == (ConflictKind.OUTSIDE_HOURS, ("tay",), time(6))
    assert "ngoài giờ cho phép 06:00-20:00 ở Thôn Tây nên sẽ không được phát ở đó" in conflict.words.vi
    assert "in Thôn Tây and will not air there" in conflict.words.en
    (conflict,) = check(session("a", "19:55"), minutes={"a": 10}, zones=(DONG, late_riser))
    assert (conflict.kind, conflict.zones, conflict.proposal) == (ConflictKind.PAST_CLOSING, ("tay",), time(19, 50))


def test_where_a_session_will_not_air_it_is_in_nobodys_way():
    late_riser = replace(TAY, hours=Hours(allowed_from=time(6), allowed_to=time(20), daily_max_minutes=240))
    found = check(
        session("a", "05:30"),
        session("b", "06:00", zones=("tay",)),
        minutes={"a": 60, "b": 10},
        zones=(DONG, late_riser),
    )
    assert [one.kind for one in found] == [ConflictKind.OUTSIDE_HOURS]


def test_daily_minutes_are_counted_in_each_zone():
    hours = Hours(allowed_from=time(5), allowed_to=time(21), daily_max_minutes=50)
    sessions = (session("a", "05:30", zones=("dong",)), session("b", "17:00", zones=("tay",)), session("c", "18:00"))
    lengths = {"a": 30, "b": 30, "c": 10}
    assert check(*sessions, minutes=lengths, hours=hours, zones=(DONG, TAY)) == []
    quiet = replace(TAY, hours=replace(hours, daily_max_minutes=35))
    (conflict,) = check(*sessions, minutes=lengths, hours=hours, zones=(DONG, quiet))
    assert (conflict.kind, conflict.zones) == (ConflictKind.DAY_TOO_LONG, ("tay",))
    assert "các phiên trong ngày ở Thôn Tây dài tổng cộng 40 phút, quá 35 phút" in conflict.words.vi
    assert conflict.keys == ("lich/b/2026-12-01", "lich/c/2026-12-01")


def test_a_day_too_long_in_several_zones_alike_is_told_once():
    hours = Hours(allowed_from=time(5), allowed_to=time(21), daily_max_minutes=50)
    (conflict,) = check(session("a", "05:30"), minutes={"a": 55}, hours=hours, zones=(DONG, TAY, CHO))
    assert conflict.zones == ("dong", "tay", "cho")
    assert "các phiên trong ngày dài tổng cộng 55 phút" in conflict.words.vi


STARTS = st.lists(st.tuples(st.integers(60, 85), st.integers(1, 50)), min_size=2, max_size=6)


@settings(deadline=None)  # a busy machine is no failure
@given(STARTS)
def test_a_proposed_start_is_free_and_within_the_hours(made):
    minutes = {f"s{number}": length for number, (_, length) in enumerate(made)}
    sessions = [
        session(f"s{number}", f"{start * 5 // 60:02d}:{start * 5 % 60:02d}") for number, (start, _) in enumerate(made)
    ]
    for conflict in check(*sessions, minutes=minutes):
        if conflict.proposal is None:
            continue
        name = conflict.keys[0].split("/")[1]
        start = conflict.proposal.hour * 60 + conflict.proposal.minute
        assert start >= 5 * 60 and start + minutes[name] <= 21 * 60
        for other, (begin, length) in enumerate(made):
            if f"s{other}" != name:
                assert start + minutes[name] <= begin * 5 or begin * 5 + length <= start
