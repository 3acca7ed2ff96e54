"""Calls in several zones on the real player: what each zone heard, and what its deliveries say."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from broadcaster.errors import Words
from broadcaster.model import STATION_RATE_HZ, Airing, Delivery, Level, Outcome
from broadcaster.playout import Call
from broadcaster.reasons import ReasonCode, reason
from broadcaster.settings import Hours
from tests.playout.stage import ZONE, Stage

ABC = ("a", "b", "c")
NEXT_DOOR = {"a": frozenset({"b"}), "b": frozenset({"a"})}
GONE = Words("rút dây", "unplugged")
FADE_S = 0.03
"""What a zone still hears after it was taken away."""


def rows(stage: Stage, call: Call) -> list[Airing]:
    return stage.journal.airings_of(call.occurrence.key)


def delivery(row: Airing, zone: str) -> Delivery:
    return next(each for each in row.deliveries if each.zone == zone)


def emergency(stage: Stage, seconds: float, *zones: str, **how) -> Call:
    return stage.request({"01-lu": seconds}, level=Level.KHAN_CAP, zones=zones, **how)


# --- different zones, different voices ---------------------------------------------------------------------------


def test_two_sessions_of_the_same_minute_air_in_two_zones_at_once():
    stage = Stage(zones=("a", "b"))
    one = stage.session("mot", {"01-mot": 30}, zones=("a",))
    two = stage.session("hai", {"01-hai": 20}, zones=("b",))
    stage.run(60)
    assert stage.heard_in("a") == [("01-mot", 0.0, 30.0)] and stage.heard_in("b") == [("01-hai", 0.0, 20.0)]
    assert stage.verdict(one) == stage.verdict(two) == "aired"


def test_a_session_begins_everywhere_at_the_same_sample():
    stage = Stage(cards=(("a",), ("b", "c")))
    stage.request({"tin": 20}, zones=("c",))
    stage.run(5)
    stage.session("sang", {"01-tin": 30}, zones=ABC)
    stage.run(60)
    starts = {h.start for speaker in stage.speakers for h in speaker.heard if h.job.item == "01-tin"}
    assert starts == {20.0}


def test_nothing_less_urgent_begins_where_a_session_waits_for_its_last_zone():
    stage = Stage(zones=ABC)
    stage.request({"dai": 60}, zones=("c",))
    stage.run(5)
    stage.session("sang", {"01-tin": 10}, zones=ABC)
    stage.request({"chen": 10}, zones=("a",))
    stage.run(100)
    assert stage.heard_in("a") == [("01-tin", 60.0, 10.0), ("chen", 70.0, 10.0)]


def test_zones_that_hear_one_another_air_one_after_the_other():
    stage = Stage(zones=ABC, heard_together=NEXT_DOOR)
    stage.session("mot", {"01-mot": 10}, zones=("a",))
    stage.session("hai", {"01-hai": 10}, zones=("b",))
    stage.session("ba", {"01-ba": 10}, zones=("c",))
    stage.run(30)
    assert stage.heard_in("a") == [("01-mot", 0.0, 10.0)] and stage.heard_in("b") == [("01-hai", 10.0, 10.0)]
    assert stage.heard_in("c") == [("01-ba", 0.0, 10.0)]


# --- emergencies -------------------------------------------------------------------------------------------------


def test_an_emergency_in_one_zone_leaves_the_playback_in_the_others_alone():
    stage = Stage(zones=ABC)
    session = stage.session("sang", {"01-tin": 60}, zones=ABC)
    stage.run(20)
    playback = stage.player.on_air[0].playback
    emergency(stage, 10, "b")
    stage.run(100)
    for zone in ("a", "c"):
        assert stage.heard_in(zone) == [("01-tin", 0.0, 60.0)]
    mine = [h.job for h in stage.speaker.heard if h.job.item == "01-tin"]
    assert all(job is mine[0] for job in mine), "one job, to its end"
    assert playback.state.final and len(rows(stage, session)) == 1


def test_a_zone_that_was_taken_rejoins_in_the_middle_and_its_delivery_says_what_it_missed():
    stage = Stage(zones=ABC)
    session = stage.session("sang", {"01-tin": 60}, zones=ABC)
    stage.run(20)
    emergency(stage, 10, "b")
    stage.run(100)
    spans = [h for h in stage.speaker.heard if h.zone == "b" and h.job.item == "01-tin"]
    left, back = sorted(spans, key=lambda h: h.start)
    assert (left.first_frame, left.frames) == (0, round(20 * STATION_RATE_HZ)), "the emergency is heard at once"
    assert (back.first_frame, back.frames) == (30 * STATION_RATE_HZ, 30 * STATION_RATE_HZ)
    (row,) = rows(stage, session)
    assert row.outcome is Outcome.PARTLY_AIRED and row.reason.code is ReasonCode.ZONES_MISSED
    assert row.reason.facts == {"zones": "b"} and row.duration_s == 60.0
    missed = delivery(row, "b")
    assert missed.outcome is Outcome.PARTLY_AIRED and missed.reason.code is ReasonCode.PREEMPTED
    assert round(missed.heard_s * STATION_RATE_HZ) == left.frames + back.frames == 50 * STATION_RATE_HZ
    assert missed.ended_at == row.ended_at
    assert delivery(row, "a").outcome is Outcome.AIRED and delivery(row, "a").heard_s == 60.0
    assert stage.verdict(session) == "partly_aired"


def test_a_zone_taken_to_the_end_of_the_cue_hears_the_next_one():
    stage = Stage(zones=ABC)
    session = stage.session("sang", {"01-tin": 30, "02-tin": 30}, zones=ABC)
    stage.run(20)
    emergency(stage, 15, "b")
    stage.run(100)
    assert [(name, length) for name, _, length in stage.heard_in("b")] == [
        ("01-tin", 20.0),
        ("01-lu", 15.0),
        ("02-tin", 25.0),
    ]
    first, second = rows(stage, session)
    assert delivery(first, "b").heard_s == 20.0 and delivery(second, "b").heard_s == 25.0
    assert delivery(second, "b").reason.facts["by"], "it is told who was there when the cue began"


def test_when_every_zone_is_taken_a_notice_starts_again_and_a_recording_goes_on():
    for seconds, frames in ((60, 0), (600, 20 * STATION_RATE_HZ)):
        stage = Stage(zones=ABC)
        session = stage.session("sang", {"01-tin": seconds}, zones=("a", "b"))
        stage.run(20)
        emergency(stage, 10, *ABC)
        stage.run(700)
        cut, whole = rows(stage, session)
        assert cut.outcome is Outcome.PREEMPTED and whole.outcome is Outcome.AIRED
        assert whole.start_frame == pytest.approx(frames, abs=FADE_S * STATION_RATE_HZ + 1)
        assert stage.verdict(session) == "aired"


def test_zones_taken_one_after_the_other_suspend_the_call_when_the_last_is_gone():
    stage = Stage(zones=("a", "b"))
    session = stage.session("sang", {"01-tin": 60}, zones=("a", "b"))
    stage.run(10)
    emergency(stage, 30, "a")
    stage.run(10)
    assert stage.player.on_air[0].heard_in == {"b"}
    emergency(stage, 10, "b")
    stage.run(5)
    assert [row.outcome for row in rows(stage, session)] == [Outcome.PREEMPTED]
    stage.run(100)
    assert stage.heard_in("b")[-1] == ("01-tin", 30.0, 60.0), "it goes on where it can, and a rejoins"
    assert stage.heard_in("a")[-1] == ("01-tin", 40.0, 50.0)
    assert stage.verdict(session) == "partly_aired"


def test_what_a_zone_missed_of_a_recording_before_it_was_suspended_is_not_forgotten():
    """The second attempt is heard to its end in both zones; the first half was not."""
    stage = Stage(zones=("a", "b"))
    session = stage.session("sang", {"01-thu_am": 300}, zones=("a", "b"))
    stage.run(50)
    emergency(stage, 30, "a")
    stage.run(20)
    emergency(stage, 10, "b")  # from here on nobody hears the recording
    stage.run(400)
    assert [row.outcome for row in rows(stage, session)][-1] is not Outcome.PREEMPTED
    assert stage.verdict(session) == "partly_aired" and stage.why(session) is ReasonCode.ZONES_MISSED


def test_what_breaks_in_takes_no_lane_in_which_the_gate_refuses_it():
    """Else a session is cut in a zone for something that is not heard there."""
    stage = Stage(zones=("a", "b"), zone_hours={"b": Hours(daily_max_minutes=1)})
    session = stage.session("sang", {"01-tin": 50}, zones=("a", "b"))
    stage.run(10)
    stage.request({"01-gap": 70}, level=Level.UU_TIEN, after="now", zones=("a", "b"))
    stage.run(5)
    alone = stage.request({"01-gap": 70}, level=Level.UU_TIEN, after="now", zones=("b",))
    stage.run(100)
    assert stage.heard_in("b") == [("01-tin", 0.0, 50.0)] and stage.heard_in("a")[1] == ("01-gap", 10.0, 70.0)
    assert len(rows(stage, session)) == 1 and stage.verdict(alone) == "cancelled"


def test_an_emergency_whose_first_cue_is_broken_cuts_in_with_its_second():
    stage = Stage(zones=("a", "b"))
    stage.session("sang", {"01-tin": 600}, zones=("a", "b"))
    stage.run(10)
    flood = stage.request({"01-chuong": 0, "02-lu": 10}, level=Level.KHAN_CAP, zones=("a",))
    stage.run(20)
    assert stage.heard_in("a")[1:2] == [("02-lu", 10.0, 10.0)]
    assert [row.outcome for row in rows(stage, flood)] == [Outcome.FAILED, Outcome.AIRED]


def test_lanes_are_taken_for_what_does_begin_only():
    """The first emergency is too late when it is asked, and the second wants all its zones: no voice is left behind."""
    stage = Stage(zones=("a", "b"))
    stage.session("sang", {"01-tin": 60}, zones=("a", "b"))
    stage.run(10)
    until = stage.clock.now() - timedelta(seconds=1)
    late = emergency(stage, 10, "a", until=until)
    stage.request({"chen": 10}, after="now", zones=("a", "b"))
    stage.run(100)
    assert stage.verdict(late) == "missed"
    for zone in ("a", "b"):
        assert [name for name, _, _ in stage.heard_in(zone)] == ["01-tin", "chen", "01-tin"]


def test_nothing_less_urgent_begins_while_a_cut_call_fades():
    """An emergency next door is called off while it is armed: what it cut is next, not what waited behind that."""
    stage = Stage(zones=("a", "b"), heard_together=NEXT_DOOR)
    stage.session("sang", {"01-tin": 60}, zones=("a",))
    stage.request({"thuong": 10}, zones=("a",))
    stage.run(10)
    flood = emergency(stage, 10, "b", planned_at=stage.clock.now() + timedelta(seconds=1))
    stage.player.step()
    stage.player.cancel(flood.occurrence.key, reason(ReasonCode.CANCELLED, by="nhầm"))
    stage.run(100)
    assert [name for name, _, _ in stage.heard_in("a")] == ["01-tin", "01-tin", "thuong"]


def test_an_emergency_next_door_silences_the_zone_that_hears_it():
    stage = Stage(zones=ABC, heard_together=NEXT_DOOR)
    session = stage.session("sang", {"01-tin": 60}, zones=("b", "c"))
    stage.run(20)
    emergency(stage, 10, "a")
    stage.run(60)
    assert [(name, round(start)) for name, start, _ in stage.heard_in("b")] == [("01-tin", 0), ("01-tin", 30)]
    assert stage.heard_in("c") == [("01-tin", 0.0, 60.0)]
    assert delivery(rows(stage, session)[0], "b").reason.code is ReasonCode.PREEMPTED


# --- stacked -----------------------------------------------------------------------------------------------------


def test_a_priority_notice_is_heard_once_in_each_zone_as_it_frees():
    stage = Stage(zones=ABC)
    stage.request({"ngan": 10}, zones=("a",))
    stage.request({"dai": 30}, zones=("b",))
    stage.run(5)
    notice = stage.request({"01-gap": 20, "02-gap": 5}, level=Level.UU_TIEN, zones=ABC)
    stage.run(100)
    heard = {zone: [each for each in stage.heard_in(zone) if "gap" in each[0]] for zone in ABC}
    assert heard["c"] == [("01-gap", 5.0, 20.0), ("02-gap", 25.0, 5.0)]
    assert heard["a"] == [("01-gap", 10.0, 20.0), ("02-gap", 30.0, 5.0)]
    assert heard["b"] == [("01-gap", 30.0, 20.0), ("02-gap", 50.0, 5.0)]
    assert stage.verdict(notice) == "aired"
    assert [row.zones for row in rows(stage, notice) if row.item == "01-gap"] == [("c",), ("a",), ("b",)]


def test_a_zone_that_does_not_free_in_time_misses_a_priority_notice():
    stage = Stage(zones=("a", "b"))
    stage.request({"dai": 600}, zones=("b",))
    stage.run(1)
    notice = stage.request({"01-gap": 20}, level=Level.UU_TIEN, zones=("a", "b"), late_minutes=2)
    stage.run(700)
    first, second = rows(stage, notice)
    assert (first.outcome, first.zones) == (Outcome.AIRED, ("a",))
    assert (second.outcome, second.zones) == (Outcome.MISSED, ("b",))
    assert stage.verdict(notice) == "partly_aired"


def test_a_cue_of_a_notice_that_was_split_ends_with_its_last_zone():
    stage = Stage(zones=("a", "b"))
    stage.request({"dai": 30}, zones=("b",))
    stage.run(1)
    notice = stage.request({"01-gap": 5, "02-gap": 5}, level=Level.UU_TIEN, zones=("a", "b"))

    def states() -> list[str]:
        return [str(cue.state) for cue in stage.journal.rundown(notice.occurrence.key).cues]

    assert states() == ["waiting", "waiting"]
    stage.run(3)
    assert states() == ["begun", "waiting"]
    stage.run(20)
    assert states() == ["begun", "begun"], "a has heard both, b none"
    stage.run(13)
    assert states() == ["ended", "begun"]
    stage.run(20)
    assert states() == ["ended", "ended"]


# --- STOP, hours, minutes ----------------------------------------------------------------------------------------


def test_stop_of_one_zone_ends_the_call_there_and_leaves_the_others_alone():
    stage = Stage(zones=ABC)
    session = stage.session("sang", {"01-tin": 30, "02-tin": 30}, zones=ABC)
    alone = stage.request({"mot_minh": 10}, zones=("b",))
    stage.run(10)
    assert stage.player.stop("trực ban", ("b",)) == [alone]
    stage.run(5)
    stage.player.resume(("b",))
    stage.run(100)
    assert stage.heard_in("b") == [("01-tin", 0.0, 10.0 + FADE_S)]
    assert stage.heard_in("a") == [("01-tin", 0.0, 30.0), ("02-tin", 30.0, 30.0)]
    first, second = rows(stage, session)
    assert delivery(first, "b").outcome is Outcome.PARTLY_AIRED and delivery(first, "b").heard_s == 10.0 + FADE_S
    assert delivery(second, "b").outcome is Outcome.CANCELLED and delivery(second, "b").heard_s == 0
    assert {delivery(row, "b").reason.code for row in (first, second)} == {ReasonCode.STOPPED}
    assert stage.verdict(session) == "partly_aired" and stage.verdict(alone) == "cancelled"


def test_a_zone_under_stop_refuses_what_comes_and_the_others_do_not():
    stage = Stage(zones=("a", "b"))
    stage.player.stop("trực ban", ("b",))
    both, alone = stage.session("sang", {"01-tin": 10}), stage.request({"mot_minh": 10}, zones=("b",))
    flood = emergency(stage, 10, "b")
    stage.run(60)
    assert stage.heard_in("a") == [("01-tin", 0.0, 10.0)] and stage.heard_in("b") == []
    assert [stage.verdict(call) for call in (both, alone, flood)] == ["partly_aired", "cancelled", "cancelled"]
    stage.player.resume(("b",))
    stage.request({"tiep": 10}, zones=("b",))
    stage.run(20)
    assert [name for name, _, _ in stage.heard_in("b")] == ["tiep"]


def test_resume_of_the_whole_station_lifts_the_stop_of_each_zone():
    stage = Stage(zones=("a", "b"))
    stage.player.stop("trực ban", ("b",))
    stage.player.resume()
    assert not stage.player.permission.stopped("b")


def test_resume_of_one_zone_does_not_lift_the_stop_of_the_station():
    stage = Stage(zones=("a", "b"))
    stage.player.stop("trực ban")
    stage.player.resume(("b",))
    assert stage.player.permission.stopped("b")


def test_stop_in_the_last_zone_that_hears_a_call_keeps_what_the_taken_ones_are_owed():
    stage = Stage(zones=("a", "b"))
    session = stage.session("sang", {"01-tin": 60}, zones=("a", "b"))
    stage.run(10)
    emergency(stage, 20, "a")
    stage.run(5)
    stage.player.stop("trực ban", ("b",))
    stage.run(100)
    assert stage.heard_in("a")[-1] == ("01-tin", 30.0, 60.0)
    assert [row.outcome for row in rows(stage, session)] == [Outcome.PREEMPTED, Outcome.PARTLY_AIRED]


def test_a_zone_outside_its_own_hours_never_joins_what_sounds_elsewhere():
    """The gate refused it when the cue began; a step later it would have been routed in as free."""
    closed = Hours(allowed_from=time(7, 0), allowed_to=time(20, 0))
    stage = Stage(zones=("a", "b"), zone_hours={"b": closed})
    session = stage.session("sang", {"01-thu_am": 300})
    stage.run(400)
    assert stage.heard_in("b") == []
    (row,) = rows(stage, session)
    assert delivery(row, "b").reason.code is ReasonCode.OUTSIDE_HOURS
    assert row.outcome is Outcome.PARTLY_AIRED


def test_a_zone_that_the_gate_refuses_meanwhile_does_not_rejoin_when_its_emergency_ends():
    stage = Stage(zones=("a", "b"))
    stage.session("sang", {"01-thu_am": 300}, zones=("a", "b"))
    stage.run(10)
    emergency(stage, 20, "b")
    stage.run(5)
    stage.player.permission.clock_trusted = False  # refused from here on
    stage.run(400)
    assert [name for name, _, _ in stage.heard_in("b")] == ["01-thu_am", "01-lu"]


def test_at_the_end_of_a_zones_hours_the_call_ends_there_alone():
    stage = Stage(
        datetime(2026, 11, 25, 19, 58, tzinfo=ZONE), zones=("a", "b"), zone_hours={"b": Hours(allowed_to=time(20, 0))}
    )
    session = stage.session("toi", {"01-ngan": 100, "02-ngan": 60})
    stage.run(300)
    assert stage.heard_in("a") == [("01-ngan", 0.0, 100.0), ("02-ngan", 100.0, 60.0)]
    assert stage.heard_in("b") == [("01-ngan", 0.0, 100.0)], "the second would run past its hours"
    assert delivery(rows(stage, session)[1], "b").reason.code is ReasonCode.RUNS_PAST_HOURS


def test_when_the_clock_jumps_past_a_zones_hours_it_falls_silent_while_the_others_go_on():
    stage = Stage(
        datetime(2026, 11, 25, 19, 0, tzinfo=ZONE), zones=("a", "b"), zone_hours={"b": Hours(allowed_to=time(20, 0))}
    )
    session = stage.session("toi", {"01-dai": 100})
    stage.run(10)
    stage.clock.step_wall(timedelta(minutes=70))
    stage.run(120)
    assert stage.heard_in("a") == [("01-dai", 0.0, 100.0)] and stage.heard_in("b")[0][2] < 11
    assert delivery(rows(stage, session)[0], "b").reason.code is ReasonCode.HOURS_ENDED


def test_the_station_wakes_for_the_closing_of_each_zone():
    """A zone that is closed already must not hide when the next one closes."""
    hours = {"b": Hours(allowed_to=time(5, 30)), "c": Hours(allowed_to=time(5, 40))}
    stage = Stage(datetime(2026, 11, 25, 5, 35, tzinfo=ZONE), zones=ABC, zone_hours=hours)
    stage.session("sang", {"01-tin": 60})
    stage.player.step()
    assert 300.0 in stage.player.permission.bounds_s(stage.player.on_air[0])


def test_the_minutes_of_a_zone_are_its_own():
    stage = Stage(zones=("a", "b"), zone_hours={"b": Hours(daily_max_minutes=1)})
    stage.request({"mot": 50})
    two = stage.request({"hai": 50})
    stage.run(200)
    assert [name for name, _, _ in stage.heard_in("a")] == ["mot", "hai"]
    assert [name for name, _, _ in stage.heard_in("b")] == ["mot"]
    assert delivery(rows(stage, two)[0], "b").reason.code is ReasonCode.DAY_FULL


def test_a_cue_that_only_a_closed_zone_could_hear_now_waits_for_the_open_one():
    """`b` may not hear it today, `a` is taken for ten seconds: the cue is not lost for `a`."""
    stage = Stage(zones=("a", "b"), zone_hours={"b": Hours(daily_max_minutes=1)})
    session = stage.session("sang", {"01-tin": 50, "02-tin": 50}, zones=("a", "b"))
    stage.run(45)
    emergency(stage, 15, "a")
    stage.run(100)
    assert [name for name, _, _ in stage.heard_in("a")] == ["01-tin", "01-lu", "02-tin"]
    assert [row.outcome for row in rows(stage, session)] == [Outcome.PARTLY_AIRED, Outcome.PARTLY_AIRED]


def test_a_stop_in_one_zone_does_not_end_a_call_whose_next_cue_the_other_may_hear():
    stage = Stage(zones=("a", "b"), zone_hours={"b": Hours(daily_max_minutes=1)})
    stage.player.stop("trực ban", ("a",))
    session = stage.session("sang", {"01-dai": 70, "02-ngan": 20}, zones=("a", "b"))
    stage.run(100)
    assert [name for name, _, _ in stage.heard_in("b")] == ["02-ngan"] and stage.heard_in("a") == []
    assert [row.outcome for row in rows(stage, session)] == [Outcome.CANCELLED, Outcome.PARTLY_AIRED]


def test_skip_names_a_zone_and_what_sounds_elsewhere_goes_on():
    stage = Stage(zones=("a", "b"))
    stage.request({"mot": 30}, zones=("a",))
    stage.request({"hai": 30}, zones=("b",))
    stage.run(10)
    assert stage.player.skip("Chị Lan", ("a",))
    assert not stage.player.skip("Chị Lan", ("c",))
    stage.run(60)
    assert stage.heard_in("b") == [("hai", 0.0, 30.0)] and stage.heard_in("a")[0][2] < 10.1


def test_a_stop_with_the_last_sample_of_a_cue_is_the_reason_for_the_rest():
    stage = Stage(zones=("a",))
    session = stage.session("sang", {"01-tin": 10, "02-tin": 10})
    stage.run(9.99)
    stage.player.stop("trực ban")
    stage.run(5)
    first, second = rows(stage, session)
    assert first.outcome is Outcome.AIRED, "30 ms of fade are longer than what was left"
    assert second.outcome is Outcome.CANCELLED and second.reason.code is ReasonCode.STOPPED


# --- outputs -----------------------------------------------------------------------------------------------------


def test_a_card_lost_in_the_middle_comes_back_where_the_others_are():
    stage = Stage(cards=(("a",), ("b",)))
    session = stage.session("sang", {"01-tin": 60})
    stage.run(10)
    stage.speakers[1].fail_open = True
    stage.speakers[1].lose(GONE)
    stage.run(10)
    assert stage.player.on_air[0].heard_in == {"a"}
    stage.speakers[1].fail_open = False
    stage.run(100)
    assert stage.heard_in("a") == [("01-tin", 0.0, 60.0)]
    (_, start, length), (_, again, rest) = stage.heard_in("b")
    assert (start, length) == (0.0, 10.0) and again + rest == pytest.approx(60.0, abs=0.05)
    (row,) = rows(stage, session)
    assert row.outcome is Outcome.PARTLY_AIRED and row.duration_s == 60.0 and row.output == "card1,card2"
    assert delivery(row, "b").heard_s == pytest.approx(length + rest, abs=0.01)
    assert delivery(row, "b").reason.code is ReasonCode.OUTPUT_LOST and delivery(row, "b").output == "card2"


def test_the_spare_output_that_speaks_is_named():
    stage = Stage(cards=(("a",), ("b",)), spare=True)
    session = stage.session("sang", {"01-tin": 60})
    stage.run(10)
    stage.speakers[1].fail_open = True
    stage.speakers[1].lose(GONE)
    stage.run(100)
    (row,) = rows(stage, session)
    assert delivery(row, "b").output == "card2,spare2" and delivery(row, "a").output == "card1"
    assert row.output == "card1,card2,spare2"


def test_a_row_names_the_spare_output_and_not_the_first_when_that_cannot_be_opened():
    """The row said `memory` while `memory-spare` spoke."""
    stage = Stage(spare=True)
    stage.speaker.fail_open = True
    stage.session("sang", {"01-a": 3})
    stage.run(30)
    (row,) = stage.journal.airings()
    assert row.output == "memory-spare" == row.deliveries[0].output


def test_a_card_that_heard_nothing_is_not_named():
    stage = Stage(cards=(("a",), ("b",)))
    stage.speakers[1].fail_open = True
    session = stage.session("sang", {"01-tin": 10})
    stage.run(30)
    (row,) = rows(stage, session)
    assert row.output == "card1" and row.outcome is Outcome.PARTLY_AIRED
    assert delivery(row, "b").outcome is Outcome.FAILED and delivery(row, "b").reason.code is ReasonCode.NO_OUTPUT


def test_a_card_lost_while_the_other_zone_is_taken_suspends_the_call():
    """Its job goes on unheard on the other card: nobody would have heard the rest."""
    stage = Stage(cards=(("a",), ("b",)))
    session = stage.session("sang", {"01-tin": 60})
    stage.run(10)
    emergency(stage, 30, "a")
    stage.run(5)
    stage.speakers[1].lose(GONE)
    stage.run(100)
    assert stage.heard_in("b")[-1][2] == pytest.approx(60.0, abs=0.1), "it starts again: nobody heard it"
    assert rows(stage, session)[0].outcome is Outcome.PREEMPTED


def test_a_call_whose_only_open_zone_is_withdrawn_ends_by_its_late_rule():
    stage = Stage(cards=(("a",), ("b",)))
    stage.speakers[1].fail_open = True
    stage.player.step()
    blocker = stage.request({"dai": 30}, zones=("a",))
    stage.run(1)
    session = stage.session("sang", {"01-tin": 10}, late_minutes=5)
    stage.player.stop("trực ban", ("a",))
    stage.run(600)
    assert stage.verdict(blocker) == "partly_aired"
    assert stage.verdict(session) == "missed"


# --- rundowns changed while a call is on its way -----------------------------------------------------------------


def changed(stage: Stage, call: Call, *order: int) -> None:
    """The stored cues in another order, by their first places; left out: dropped."""
    cues = {cue.position: cue for cue in stage.journal.rundown(call.occurrence.key).cues}
    known = {cue.id: cue for cue in call.cues}
    stage.player.change_cues(call.occurrence.key, tuple(known[cues[place].id] for place in order))


def test_a_cue_dropped_behind_the_one_on_air_is_not_heard():
    stage = Stage(zones=("a", "b"))
    session = stage.session("sang", {"01-a": 10, "02-b": 10, "03-c": 10})
    stage.run(5)
    changed(stage, session, 1, 3)
    stage.run(60)
    assert [name for name, _, _ in stage.heard_in("a")] == ["01-a", "03-c"] and stage.verdict(session) == "aired"


def test_a_cue_moved_to_the_place_behind_the_one_on_air_is_next():
    stage = Stage(zones=("a", "b"))
    session = stage.session("sang", {"01-a": 10, "02-b": 10, "03-c": 10})
    stage.run(5)
    changed(stage, session, 1, 3, 2)
    stage.run(60)
    assert [name for name, _, _ in stage.heard_in("b")] == ["01-a", "03-c", "02-b"]


def test_the_last_cue_dropped_while_the_one_before_it_sounds_ends_the_call():
    stage = Stage(zones=("a",))
    session = stage.session("sang", {"01-a": 10, "02-b": 10})
    stage.run(5)
    changed(stage, session, 1)
    stage.run(60)
    assert [row.item for row in rows(stage, session)] == ["01-a"] and stage.verdict(session) == "aired"


def test_a_cue_put_before_a_suspended_one_is_heard_after_it():
    stage = Stage(zones=("a",))
    session = stage.session("sang", {"01-a": 10, "02-b": 300, "03-c": 10})
    stage.run(60)
    emergency(stage, 10, "a")
    stage.run(5)
    changed(stage, session, 1, 2, 3)
    changed(stage, session, 1, 3, 2)
    stage.run(400)
    assert [name for name, _, _ in stage.heard_in("a")] == ["01-a", "02-b", "01-lu", "02-b"]
    assert stage.why(session) is ReasonCode.AIRED_WHOLE


def test_a_cue_whose_place_is_taken_between_two_attempts_leaves_no_position_behind():
    """After a restart the call goes on inside a recording: what is put before it begins at its own beginning."""
    stage = Stage(zones=("a",))
    session = stage.session("sang", {"01-a": 300, "02-b": 300})
    session.strands[0].resume_frame = 100 * STATION_RATE_HZ  # as the journal says after a kill
    changed(stage, session, 2, 1)
    stage.run(1000)
    starts = {h.job.item: h.job.start_frame for h in stage.speaker.heard}
    assert starts["01-a"] == 100 * STATION_RATE_HZ and starts.get("02-b", 0) == 0


def test_a_cue_that_is_waited_for_and_dropped_leaves_no_patience_behind():
    stage = Stage(zones=("a",))
    session = stage.session("sang", {"01-a": 0, "02-b": 0})
    first, second = session.cues
    stage.clips.rendered_at = {first.id: (1000.0, 5.0), second.id: (100.0, 5.0)}
    stage.run(50)
    changed(stage, session, 2)
    stage.run(100)
    assert stage.heard_in("a") == [("02-b", pytest.approx(100.0, abs=0.3), 5.0)]


def test_cues_dropped_between_two_cues_and_all_that_wait():
    stage = Stage(zones=("a",))
    waits = stage.session("trua", {"01-x": 10}, planned_at=stage.clock.now() + timedelta(minutes=1))
    session = stage.session("sang", {"01-a": 10, "02-b": 10})
    stage.run(5)
    stage.clock.advance(5.0)  # the first has ended, nobody has looked
    changed(stage, session, 1)
    changed(stage, waits)
    stage.run(60)
    assert [row.item for row in rows(stage, session)] == ["01-a"]
    assert not stage.player.calls


def test_a_split_notice_is_changed_in_each_zone_behind_what_it_has_heard():
    stage = Stage(zones=("a", "b"))
    stage.request({"dai": 25}, zones=("b",))
    stage.run(1)
    notice = stage.request({"01-x": 10, "02-y": 10, "03-z": 10}, level=Level.UU_TIEN, zones=("a", "b"))
    stage.run(15)  # a is in the second cue, b has heard none
    changed(stage, notice, 1, 2)
    stage.run(100)
    assert [name for name, _, _ in stage.heard_in("a")] == ["01-x", "02-y"]
    assert [name for name, _, _ in stage.heard_in("b")] == ["dai", "01-x", "02-y"]
    assert stage.verdict(notice) == "aired"


# --- rounds ------------------------------------------------------------------------------------------------------


def test_an_emergency_that_is_refused_in_one_zone_is_still_repeated_in_the_other():
    """*Partly aired* because of the other zone is no reason to fall silent after the first round."""
    stage = Stage(zones=("a", "b"))
    stage.player.stop("trực ban", ("b",))
    flood = emergency(stage, 10, "a", "b", repeat=3)
    stage.run(100)
    assert [name for name, _, _ in stage.heard_in("a")] == ["01-lu", "01-lu#2", "01-lu#3"]
    assert stage.verdict(flood) == "partly_aired"


def test_rounds_go_on_by_themselves_in_each_zone_of_an_emergency():
    stage = Stage(zones=("a", "b"))
    emergency(stage, 25, "b")
    stage.run(5)
    flood = stage.request({"01-vo_de": 10}, level=Level.KHAN_CAP, zones=("a", "b"), repeat=2)
    stage.run(100)
    assert [each for each in stage.heard_in("a")] == [("01-vo_de", 5.0, 10.0), ("01-vo_de#2", 17.0, 10.0)]
    assert stage.heard_in("b")[1:] == [("01-vo_de", 25.0, 10.0), ("01-vo_de#2", 37.0, 10.0)]
    assert stage.verdict(flood) == "aired"


def test_until_ends_the_rounds_of_every_strand_and_cancel_all_at_once():
    stage = Stage(zones=("a", "b"))
    emergency(stage, 12, "b")
    stage.run(5)
    until = stage.clock.now() + timedelta(seconds=20)
    flood = stage.request({"01-vo_de": 10}, level=Level.KHAN_CAP, zones=("a", "b"), repeat=0, until=until)
    stage.run(100)
    assert len(stage.heard_in("a")) == 2 and len(stage.heard_in("b")) == 3
    assert stage.verdict(flood) == "aired"
    storm = stage.request({"01-bao": 10}, level=Level.KHAN_CAP, zones=("a", "b"), repeat=0)
    stage.run(15)
    assert stage.player.cancel(storm.occurrence.key, reason(ReasonCode.CANCELLED, by="hết bão"))
    stage.run(30)
    assert not stage.player.calls and stage.verdict(storm) == "aired"
