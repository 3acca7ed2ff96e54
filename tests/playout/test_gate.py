"""The gate, for the station and for each zone: facts in, a refusal or nothing out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from broadcaster.model import Level
from broadcaster.playout import Gate, GateFacts
from broadcaster.reasons import ReasonCode
from broadcaster.settings import Hours
from tests.playout.stage import ZONE

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZONE)
GATE = Gate(
    hours=Hours(),
    tz=ZONE,
    zone_hours={
        "school": Hours(allowed_from=time(7, 0), allowed_to=time(16, 30), daily_max_minutes=30),
        "market": Hours(allowed_from=time(3, 0), allowed_to=time(23, 0), daily_max_minutes=600),
    },
)
FACTS = GateFacts(
    zone="thon_1",
    now=NOON,
    level=Level.PHIEN,
    length_s=60,
    aired_today_s=0,
    used_s=0,
    max_minutes=60,
    stop_latched=False,
    clock_trusted=True,
    approved=True,
    reason="",
)


def refusal(**facts: object) -> ReasonCode | None:
    found = GATE.refusal(replace(FACTS, **facts))  # type: ignore[arg-type]
    return found.code if found else None


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, second, tzinfo=ZONE)


def test_what_keeps_every_bound_may_air():
    assert refusal() is None
    assert refusal(zone="school") is None


@pytest.mark.parametrize(
    ("zone", "now", "allowed"),
    [
        ("thon_1", at(4, 59, 59), False),
        ("thon_1", at(5), True),
        ("thon_1", at(20, 58, 59), True),
        ("thon_1", at(21), False),
        ("school", at(6, 59, 59), False),
        ("school", at(7), True),
        ("school", at(16, 29), True),
        ("school", at(16, 30), False),
    ],
)
def test_hours_begin_with_their_first_minute_and_end_before_their_last(zone: str, now: datetime, allowed: bool):
    assert (refusal(zone=zone, now=now) is None) is allowed


def test_the_hours_of_a_zone_narrow_those_of_the_station_and_never_widen_them():
    assert refusal(zone="market", now=at(4)) is ReasonCode.OUTSIDE_HOURS
    assert refusal(zone="market", now=at(22)) is ReasonCode.OUTSIDE_HOURS
    assert GATE.closing(NOON, "market") == at(21) and GATE.closing(NOON, "school") == at(16, 30)


def test_the_refusal_names_the_hours_that_refuse():
    school, station = (GATE.refusal(replace(FACTS, zone="school", now=now)) for now in (at(6), at(4)))
    assert school and school.facts["span"] == "07:00–16:30"
    assert station and station.facts["span"] == "05:00–21:00"


def test_hours_are_those_of_the_stations_time_zone():
    assert refusal(now=datetime(2026, 11, 24, 21, 59, tzinfo=UTC)) is ReasonCode.OUTSIDE_HOURS, "04:59 there"
    assert refusal(now=datetime(2026, 11, 24, 22, 0, tzinfo=UTC)) is None


def test_what_would_run_past_the_hours_of_its_zone_does_not_begin_there():
    late = at(16, 29, 30)
    assert refusal(zone="school", now=late, length_s=31) is ReasonCode.RUNS_PAST_HOURS
    assert refusal(zone="school", now=late, length_s=30) is None
    assert refusal(zone="thon_1", now=late, length_s=31) is None


def test_the_minutes_of_a_day_are_counted_for_each_zone():
    assert refusal(zone="school", aired_today_s=1740, length_s=60) is None
    assert refusal(zone="school", aired_today_s=1741, length_s=60) is ReasonCode.DAY_FULL
    assert refusal(zone="thon_1", aired_today_s=1741, length_s=60) is None
    assert refusal(zone="market", aired_today_s=240 * 60) is ReasonCode.DAY_FULL, "the station's bound holds too"


def test_an_occurrence_has_a_maximum():
    assert refusal(used_s=3599) is None
    assert refusal(used_s=3600) is ReasonCode.SESSION_FULL


def test_an_emergency_passes_the_hours_with_a_reason_only():
    night = {"now": at(3, 15), "level": Level.KHAN_CAP}
    assert refusal(**night) is ReasonCode.NEEDS_REASON
    assert refusal(**night, reason="   ") is ReasonCode.NEEDS_REASON
    assert refusal(**night, reason="lũ về") is None
    assert refusal(zone="school", now=at(18), level=Level.KHAN_CAP) is ReasonCode.NEEDS_REASON


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.KHAN_CAP])
def test_nothing_else_passes_the_hours_not_even_with_a_reason(level: Level):
    assert refusal(now=at(3, 15), level=level, reason="lũ về") is ReasonCode.OUTSIDE_HOURS


def test_an_emergency_passes_minutes_and_an_untrusted_clock():
    assert refusal(level=Level.KHAN_CAP, clock_trusted=False, aired_today_s=1e6, used_s=1e6, length_s=1e6) is None
    assert refusal(clock_trusted=False) is ReasonCode.CLOCK_NOT_TRUSTED


@pytest.mark.parametrize("level", Level)
def test_nothing_passes_a_stop_or_goes_unapproved(level: Level):
    assert refusal(level=level, stop_latched=True, reason="lũ về") is ReasonCode.STOP_LATCHED
    assert refusal(level=level, approved=False, reason="lũ về") is ReasonCode.NOT_APPROVED


def test_a_day_begins_and_ends_at_midnight_of_the_station():
    assert GATE.day_of(datetime(2026, 11, 24, 20, 0, tzinfo=UTC)) == (at(0), datetime(2026, 11, 26, tzinfo=ZONE))
