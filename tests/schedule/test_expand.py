"""Timetable → occurrences: each once, in order, at the right instant, whatever the zone's clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.model import Level, OccurrenceKey
from broadcaster.schedule import expand, next_after, session_of

from .timetables import HANOI, at, local, session, timetable

BERLIN = ZoneInfo("Europe/Berlin")  # 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00
APIA = ZoneInfo("Pacific/Apia")  # 2011-12-30 did not exist
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # clocks change by half an hour
CASABLANCA = ZoneInfo("Africa/Casablanca")


def keys(found) -> list[str]:
    return [occurrence.key for occurrence in found]


def test_a_week_in_hanoi():
    plan = timetable(
        session("sang", "05:30", weekdays=frozenset({0, 2, 6})),
        session("chieu", "17:00", first_day=date(2026, 12, 2), last_day=date(2026, 12, 3)),
        session("tet", "09:00", first_day=date(2026, 12, 4), last_day=date(2026, 12, 4)),
        session("nghi", "10:00", except_days=frozenset(date(2026, 12, day) for day in range(1, 30))),
    )
    found = expand([plan], local("2026-12-01"), local("2026-12-07", "05:30"), HANOI)
    assert keys(found) == [
        "lich/sang/2026-12-02",
        "lich/chieu/2026-12-02",
        "lich/chieu/2026-12-03",
        "lich/tet/2026-12-04",
        "lich/sang/2026-12-06",
        "lich/sang/2026-12-07",
    ]
    assert [occurrence.planned_at for occurrence in found[:2]] == [
        datetime(2026, 12, 1, 22, 30, tzinfo=UTC),
        datetime(2026, 12, 2, 10, 0, tzinfo=UTC),
    ]
    assert all(occurrence.planned_at.tzinfo is UTC for occurrence in found)


def test_an_occurrence_has_all_that_its_session_says():
    made = session("sang", "05:30", title="Bản tin", level=Level.UU_TIEN, zones=("thon_1",), max_minutes=15.0)
    (found,) = expand([timetable(made)], local("2026-12-01"), local("2026-12-02"), HANOI)
    assert (found.title, found.level, found.zones, found.max_minutes) == ("Bản tin", Level.UU_TIEN, ("thon_1",), 15.0)
    assert (found.items, found.late, found.asked_by) == (made.items, made.late, "lich")


def test_the_window_is_open_at_its_start_and_closed_at_its_end():
    plan = timetable(session("sang", "05:30"))
    sharp = local("2026-12-01", "05:30")
    instant = timedelta(microseconds=1)
    assert keys(expand([plan], sharp - instant, sharp, HANOI)) == ["lich/sang/2026-12-01"]
    assert expand([plan], sharp, sharp + instant, HANOI) == []
    assert expand([plan], sharp, sharp, HANOI) == expand([plan], sharp, sharp - timedelta(days=9), HANOI) == []


def test_at_one_minute_the_more_urgent_comes_first_then_the_key_decides():
    plan = timetable(
        session("b", "05:30"), session("a", "05:30"), session("z", "05:30", level=Level.UU_TIEN), name="lich"
    )
    found = expand(
        [plan, timetable(session("c", "05:30"), name="khac")], local("2026-12-01"), local("2026-12-02"), HANOI
    )
    assert keys(found) == ["lich/z/2026-12-01", "khac/c/2026-12-01", "lich/a/2026-12-01", "lich/b/2026-12-01"]


def test_several_times_a_day_have_keys_of_their_own():
    plan = timetable(session("s", "05:30", "05:30:30", "17:00"))
    found = expand([plan], local("2026-12-01"), local("2026-12-02"), HANOI)
    assert keys(found) == ["lich/s-0530/2026-12-01", "lich/s-053030/2026-12-01", "lich/s-1700/2026-12-01"]
    for occurrence in found:
        assert session_of([plan], occurrence.key) == (plan, plan.sessions[0])
    assert session_of([plan], OccurrenceKey("yeu_cau/17")) is None
    assert session_of([plan], OccurrenceKey("lich/gone/2026-12-01")) is None


def test_windows_may_be_given_in_any_zone():
    plan = timetable(session("sang", "05:30"))
    start, end = local("2026-12-01"), local("2026-12-05")
    expected = expand([plan], start, end, HANOI)
    assert expand([plan], start.astimezone(BERLIN), end.astimezone(UTC), HANOI) == expected


# Clock changes


def test_a_skipped_time_airs_as_much_later_as_the_clock_jumped():
    plan = timetable(session("s", "01:59", "02:00", "02:30", "03:30"))
    found = expand([plan], local("2026-03-29", tz=BERLIN), local("2026-03-30", tz=BERLIN), BERLIN)
    assert {
        occurrence.key.split("/")[1]: occurrence.planned_at.astimezone(BERLIN).strftime("%H:%M %z")
        for occurrence in found
    } == {"s-0159": "01:59 +0100", "s-0200": "03:00 +0200", "s-0230": "03:30 +0200", "s-0330": "03:30 +0200"}


def test_a_doubled_time_airs_the_first_time_only():
    plan = timetable(session("s", "02:30"))
    found = expand([plan], local("2026-10-25", tz=BERLIN), local("2026-10-26", tz=BERLIN), BERLIN)
    assert [occurrence.planned_at for occurrence in found] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_a_clock_change_by_half_an_hour():
    plan = timetable(session("s", "02:15"))
    day = local("2026-10-04", tz=LORD_HOWE)  # 02:00 → 02:30
    (found,) = expand([plan], day, day + timedelta(days=1), LORD_HOWE)
    assert found.planned_at.astimezone(LORD_HOWE).strftime("%H:%M") == "02:45"


def test_a_date_that_never_was_has_no_session():
    plan = timetable(session("s", "05:30"))
    found = expand([plan], local("2011-12-29", tz=APIA), local("2012-01-01", tz=APIA), APIA)
    assert keys(found) == ["lich/s/2011-12-29", "lich/s/2011-12-31"]
    after = next_after([plan], local("2011-12-29", "06:00", APIA), APIA)
    assert after is not None and after.key == "lich/s/2011-12-31"


def test_ordinary_days_before_and_after_a_change_keep_their_time_on_the_wall():
    plan = timetable(session("s", "05:30"))
    found = expand([plan], local("2026-03-01", tz=BERLIN), local("2026-11-30", tz=BERLIN), BERLIN)
    assert {occurrence.planned_at.astimezone(BERLIN).strftime("%H:%M") for occurrence in found} == {"05:30"}
    assert len(found) == len(set(keys(found))) == 274


# next_after


def test_next_after_finds_a_one_off_years_ahead_and_nothing_after_the_last_day():
    once = date(2031, 2, 3)
    plan = timetable(session("s", "05:30", first_day=once, last_day=once))
    found = next_after([plan], local("2026-12-01"), HANOI)
    assert found is not None and found.key == "lich/s/2031-02-03"
    assert next_after([plan], found.planned_at, HANOI) is None
    assert next_after([], local("2026-12-01"), HANOI) is None
    assert next_after([timetable(session("s", "05:30", weekdays=frozenset()))], local("2026-12-01"), HANOI) is None


# Properties

TIMES = st.builds(
    lambda hour, minute: at(f"{hour:02d}:{minute:02d}"), st.integers(0, 23), st.sampled_from([0, 15, 30, 59])
)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
SESSIONS = st.builds(
    lambda times, weekdays, first, length, excepted, level: {
        "times": tuple(sorted(times)),
        "weekdays": frozenset(weekdays),
        "first_day": first,
        "last_day": first + timedelta(days=length) if first and length is not None else None,
        "except_days": frozenset(excepted),
        "level": level,
    },
    st.sets(TIMES, min_size=1, max_size=4),
    st.sets(st.integers(0, 6), min_size=1),
    st.none() | DAYS,
    st.none() | st.integers(0, 60),
    st.sets(DAYS, max_size=3),
    st.sampled_from([Level.PHIEN, Level.UU_TIEN]),
)
PLANS = st.lists(SESSIONS, min_size=1, max_size=4).map(
    lambda made: [
        timetable(*(session(f"s{number}", **values) for number, values in enumerate(made)), name="mot"),
        timetable(session("s0", **made[0]), name="hai"),
    ]
)
ZONES = st.sampled_from([HANOI, BERLIN, LORD_HOWE, CASABLANCA, ZoneInfo("UTC"), ZoneInfo("America/Santiago")])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 15)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
SPANS = st.timedeltas(timedelta(0), timedelta(days=70))


@settings(deadline=None)  # a busy machine is no failure
@given(PLANS, MOMENTS, SPANS, ZONES)
def test_keys_are_unique_and_all_lies_in_the_window_in_order(plans, after, span, zone):
    found = expand(plans, after, after + span, zone)
    assert len(set(keys(found))) == len(found)
    assert all(after < occurrence.planned_at <= after + span for occurrence in found)
    order = [(occurrence.planned_at, occurrence.level.rank, occurrence.key) for occurrence in found]
    assert order == sorted(order)


@settings(deadline=None)  # a busy machine is no failure
@given(PLANS, MOMENTS, SPANS, SPANS, ZONES)
def test_a_window_cut_in_two_gives_the_same_occurrences(plans, after, first, second, zone):
    middle, until = after + first, after + first + second
    assert expand(plans, after, until, zone) == expand(plans, after, middle, zone) + expand(plans, middle, until, zone)


@settings(deadline=None)  # a busy machine is no failure
@given(PLANS, MOMENTS, SPANS, ZONES)
def test_following_next_after_walks_over_the_same_occurrences(plans, after, span, zone):
    until = after + span
    expected = sorted({occurrence.planned_at for occurrence in expand(plans, after, until, zone)})
    walked: list[datetime] = []
    step = next_after(plans, after, zone)
    while step is not None and step.planned_at <= until:
        walked.append(step.planned_at)
        step = next_after(plans, step.planned_at, zone)
    assert walked == expected
    assert all(earlier < later for earlier, later in pairwise(walked))


@settings(deadline=None)  # a busy machine is no failure
@given(PLANS, MOMENTS, ZONES)
def test_every_occurrence_is_at_its_local_time_on_its_local_date_but_for_skipped_times(plans, after, zone):
    for occurrence in expand(plans, after, after + timedelta(days=40), zone):
        wall = occurrence.planned_at.astimezone(zone)
        assert wall.date().isoformat() == occurrence.key.rpartition("/")[2]
        found = session_of(plans, occurrence.key)
        assert found is not None
        written = [datetime.combine(wall.date(), time, zone) for time in found[1].times]
        exact = wall.time() in {moment.time() for moment in written}
        skipped = any(moment.astimezone(UTC).astimezone(zone).time() != moment.time() for moment in written)
        assert exact or skipped


@pytest.mark.parametrize("zone", [HANOI, BERLIN])
def test_a_year_has_every_day_once(zone):
    plan = timetable(session("s", "05:30"))
    found = expand([plan], local("2026-01-01", tz=zone), local("2027-01-01", tz=zone), zone)
    assert len(found) == len(set(keys(found))) == 365
