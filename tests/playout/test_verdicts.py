"""Verdicts by arithmetic: of one playback in each zone, of the airing, and of the whole call."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from broadcaster.errors import Words
from broadcaster.model import STATION_RATE_HZ, Delivery, Outcome
from broadcaster.playout.call import Call, Strand
from broadcaster.playout.onair import OnAir, overall, zones_missed
from broadcaster.reasons import AIRED_WHOLE, Reason, ReasonCode, reason
from broadcaster.source import Span
from broadcaster.speakers import Job, PlaybackState
from tests.playout.stage import Stage, clip
from tests.playout.test_giving_way import HandPlayback

STOPPED = reason(ReasonCode.STOPPED, by="trực ban")
FLOOD = reason(ReasonCode.PREEMPTED, by="lũ")
OUTSIDE = reason(ReasonCode.OUTSIDE_HOURS, span="07:00–16:30")
NO_CLIP = reason(ReasonCode.NO_CLIP)
GONE = Words("rút dây", "unplugged")
LENGTH_S = 60.0


class ZonedPlayback(HandPlayback):
    """Each zone heard what the test says."""

    def __init__(self, job: Job, seconds: Mapping[str, float], lost: Mapping[str, Words]) -> None:
        super().__init__(job, lambda: None)
        self._seconds = seconds
        self._lost = lost

    @property
    def lost(self) -> Mapping[str, Words]:
        return self._lost

    def heard(self, zone: str) -> Span:
        frames = round(self._seconds.get(zone, 0.0) * STATION_RATE_HZ)
        return Span(frames=frames, first_monotonic=0.0, last_monotonic=frames / STATION_RATE_HZ) if frames else Span()


def on_air(
    played_s: float,
    heard_s: Mapping[str, float],
    *,
    state: PlaybackState = PlaybackState.ENDED,
    absent: Mapping[str, Reason] | None = None,
    lost: Mapping[str, Words] | None = None,
    start_s: float = 0.0,
    cut_as: tuple[Outcome, Reason] | None = None,
) -> tuple[OnAir, Stage]:
    """A cue of a minute for the zones a, b and c that came to its end; those heard were served by an output."""
    stage = Stage(zones=("a", "b", "c"))
    call = stage.session("sang", {"01-tin": LENGTH_S})
    playback = ZonedPlayback(Job(source=clip("tin", LENGTH_S), zones=("a", "b", "c")), heard_s, lost or {})
    playback.come_to(state, played_s)
    one = OnAir(
        strand=call.strands[0],
        cue=call.cues[0],
        clip=clip("tin", LENGTH_S),
        item="01-tin",
        airing=1,
        playback=playback,
        outputs=dict.fromkeys(heard_s, "memory"),
        heard_in=frozenset(heard_s),
        absent=dict(absent or {}),
        start_frame=round(start_s * STATION_RATE_HZ),
        cut_as=cut_as,
    )
    stage.clock.advance(100)
    return one, stage


def verdicts(one: OnAir, stage: Stage) -> tuple[tuple[Outcome, Reason], dict[str, tuple[Outcome, ReasonCode, float]]]:
    """(the airing's verdict, {zone: (outcome, code, seconds)})."""
    whole = one.verdict()
    deliveries = one.deliveries(stage.clock, whole)
    found = {each.zone: (each.outcome, each.reason.code, each.heard_s) for each in deliveries}
    return overall(whole, deliveries), found


EVERYWHERE_60 = {"a": 60.0, "b": 60.0, "c": 60.0}


def test_heard_to_its_end_everywhere_has_aired():
    whole, zones = verdicts(*on_air(60, EVERYWHERE_60))
    assert whole == (Outcome.AIRED, AIRED_WHOLE)
    assert zones == dict.fromkeys("abc", (Outcome.AIRED, ReasonCode.AIRED_WHOLE, 60.0))


def test_a_zone_that_missed_a_part_makes_it_partly_aired():
    whole, zones = verdicts(*on_air(60, {**EVERYWHERE_60, "b": 45.0}, absent={"b": FLOOD}))
    assert whole[0] is Outcome.PARTLY_AIRED and whole[1].facts == {"zones": "b"} and whole[1].also == (FLOOD,)
    assert zones["b"] == (Outcome.PARTLY_AIRED, ReasonCode.PREEMPTED, 45.0)
    assert zones["a"][0] is zones["c"][0] is Outcome.AIRED


@pytest.mark.parametrize(
    ("why", "outcome"),
    [
        (FLOOD, Outcome.PREEMPTED),
        (STOPPED, Outcome.CANCELLED),
        (OUTSIDE, Outcome.CANCELLED),
        (reason(ReasonCode.NO_OUTPUT), Outcome.FAILED),
        (reason(ReasonCode.OUTPUT_LOST), Outcome.FAILED),
    ],
)
def test_a_zone_that_heard_nothing_says_why(why: Reason, outcome: Outcome):
    whole, zones = verdicts(*on_air(60, {"a": 60.0, "b": 60.0}, absent={"c": why}))
    assert zones["c"] == (outcome, why.code, 0.0) and whole[0] is Outcome.PARTLY_AIRED


def test_a_zone_whose_card_was_lost_says_so_although_nobody_has_noted_it_yet():
    _, zones = verdicts(*on_air(60, {**EVERYWHERE_60, "c": 20.0}, lost={"c": GONE}))
    assert zones["c"] == (Outcome.PARTLY_AIRED, ReasonCode.OUTPUT_LOST, 20.0)


def test_a_zone_that_left_and_still_heard_everything_has_aired():
    """It was routed away after the last sample."""
    whole, zones = verdicts(*on_air(60, EVERYWHERE_60, absent={"b": FLOOD}))
    assert whole[0] is Outcome.AIRED and zones["b"][0] is Outcome.AIRED


def test_several_zones_are_named_in_order_each_reason_once():
    whole, _ = verdicts(*on_air(60, {"b": 60.0}, absent={"c": FLOOD, "a": FLOOD}))
    assert whole[1].facts == {"zones": "a, c"} and whole[1].also == (FLOOD,)
    assert whole[1] == zones_missed({"c": FLOOD, "a": FLOOD})


def test_what_is_cut_everywhere_gives_each_zone_the_reason_of_the_cut():
    cut = {"state": PlaybackState.CUT, "cut_as": (Outcome.PREEMPTED, FLOOD)}
    whole, zones = verdicts(*on_air(20, dict.fromkeys("abc", 20.0), **cut))
    assert whole == (Outcome.PREEMPTED, FLOOD)
    assert zones["a"] == (Outcome.PREEMPTED, ReasonCode.PREEMPTED, 20.0)


def test_a_cut_does_not_hide_why_one_zone_heard_less():
    cut = {"state": PlaybackState.CUT, "cut_as": (Outcome.PREEMPTED, FLOOD)}
    _, zones = verdicts(*on_air(20, {"a": 20.0, "b": 5.0}, absent={"b": STOPPED, "c": OUTSIDE}, **cut))
    assert zones["b"] == (Outcome.PARTLY_AIRED, ReasonCode.STOPPED, 5.0)
    assert zones["c"] == (Outcome.CANCELLED, ReasonCode.OUTSIDE_HOURS, 0.0)


def test_a_resumed_cue_is_whole_with_its_second_part():
    whole, zones = verdicts(*on_air(40, dict.fromkeys("abc", 40.0), start_s=20))
    assert whole[0] is Outcome.AIRED and zones["a"] == (Outcome.AIRED, ReasonCode.AIRED_WHOLE, 40.0)


def test_times_of_a_delivery_are_those_of_its_own_zone():
    one, stage = on_air(60, {"a": 60.0, "b": 45.0}, absent={"b": FLOOD, "c": STOPPED})
    first, second, third = one.deliveries(stage.clock, one.verdict())
    assert first.started_at == second.started_at and first.ended_at and second.ended_at
    assert (first.ended_at - second.ended_at).total_seconds() == 15
    assert third.started_at is None and third.output == ""


def test_a_verdict_that_is_not_aired_stays():
    one = Delivery(
        zone="a", output="", started_at=None, ended_at=None, heard_s=0, outcome=Outcome.CANCELLED, reason=STOPPED
    )
    assert overall((Outcome.FAILED, NO_CLIP), [one]) == (Outcome.FAILED, NO_CLIP)
    assert overall((Outcome.AIRED, AIRED_WHOLE), []) == (Outcome.AIRED, AIRED_WHOLE)


# --- the whole call ----------------------------------------------------------------------------------------------

AIRED = (Outcome.AIRED, AIRED_WHOLE)


def verdict(*strands: list[tuple[Outcome, Reason]]) -> tuple[Outcome, Reason]:
    call: Call = Stage(zones=("a", "b")).session("sang", {"01-tin": 10})
    call.finished = [Strand(call=call, zones=frozenset("ab"), results=results) for results in strands]
    return call.verdict()


def test_a_call_has_aired_when_every_cue_of_every_strand_has():
    assert verdict([AIRED, AIRED], [AIRED]) == AIRED


def test_one_strand_that_did_not_air_makes_the_call_partly_aired():
    missed = (Outcome.MISSED, reason(ReasonCode.MISSED_LATE))
    outcome, why = verdict([AIRED], [missed])
    assert outcome is Outcome.PARTLY_AIRED and why.code is ReasonCode.MISSED_LATE


def test_cues_that_all_ended_alike_give_the_call_their_outcome():
    assert verdict([(Outcome.CANCELLED, STOPPED)], [(Outcome.CANCELLED, STOPPED)]) == (Outcome.CANCELLED, STOPPED)


def test_different_ends_without_sound_are_a_failure_with_every_reason():
    outcome, why = verdict([(Outcome.CANCELLED, STOPPED), (Outcome.FAILED, NO_CLIP)], [(Outcome.CANCELLED, STOPPED)])
    assert outcome is Outcome.FAILED and why.code is ReasonCode.STOPPED and why.also == (NO_CLIP,)


def test_a_part_that_was_heard_counts():
    assert verdict([(Outcome.PARTLY_AIRED, FLOOD)])[0] is Outcome.PARTLY_AIRED


def test_a_call_without_cues_has_nothing_to_air():
    assert verdict([]) == (Outcome.FAILED, reason(ReasonCode.NOTHING_TO_AIR))
