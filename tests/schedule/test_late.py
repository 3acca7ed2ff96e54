"""Missed slots: each rule, each bound, each reason; and after an outage no burst."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.model import Item, ItemKind, Level
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.schedule import (
    OwedAction,
    OwedDecision,
    Verdict,
    choose_catch_up,
    decide,
    decide_items,
    settlement,
)
from broadcaster.schedule.late import FRESH, ON_TIME

from .timetables import NEXT_SESSION, SCRIPT, SKIP, local, occurrence, play

PLANNED = local("2026-12-01", "05:30")
CHIME = Item(kind=ItemKind.CHIME)
PAUSE = Item(kind=ItemKind.PAUSE, pause_s=2.0)
POWER_CUT = reason(ReasonCode.POWER_CUT, span="05:12-05:47")


def missed(*items: Item, late=SKIP):
    return occurrence("lich/sang/2026-12-01", PLANNED, *items, late=late)


def verdicts(what, minutes: float) -> list[Verdict]:
    return [one.verdict for one in decide_items(what, PLANNED + timedelta(minutes=minutes), why=POWER_CUT)]


def because_of_the_cut(code: ReasonCode, **facts: int) -> Reason:
    return reason(code, **facts).after(POWER_CUT)


@pytest.mark.parametrize(
    ("late", "after", "verdict", "told"),
    [
        (SKIP, timedelta(seconds=-1), Verdict.WAIT, None),
        (SKIP, timedelta(0), Verdict.AIR, None),
        (SKIP, ON_TIME, Verdict.AIR, None),
        (NEXT_SESSION, ON_TIME, Verdict.AIR, None),
        (SKIP, timedelta(minutes=2), Verdict.MISS, because_of_the_cut(ReasonCode.MISSED_LATE, late_s=120)),
        (play(10), timedelta(minutes=10), Verdict.AIR, because_of_the_cut(ReasonCode.PLAYED_LATE, late_s=600)),
        (
            play(10),
            timedelta(minutes=17),
            Verdict.MISS,
            because_of_the_cut(ReasonCode.MISSED_LATE, late_s=1020, bound_s=600),
        ),
        (play(0.5), ON_TIME, Verdict.AIR, None),
        (NEXT_SESSION, timedelta(minutes=17), Verdict.JOIN_NEXT, because_of_the_cut(ReasonCode.HANDED_ON)),
        (
            NEXT_SESSION,
            FRESH + timedelta(hours=1),
            Verdict.MISS,
            because_of_the_cut(ReasonCode.TOO_OLD_TO_HAND_ON, late_s=90_000),
        ),
    ],
)
def test_each_rule_on_time_late_and_too_late(late, after, verdict, told):
    decision = decide(missed(late=late), PLANNED + after, why=POWER_CUT)
    assert (decision.verdict, decision.reason) == (verdict, told)
    assert decision.late == (told is not None)


def test_without_a_known_cause_the_reason_has_nothing_behind_it():
    decision = decide(missed(), PLANNED + timedelta(minutes=2))
    assert decision.reason == reason(ReasonCode.MISSED_LATE, late_s=120)


def test_every_reason_reads_well_in_both_languages():
    words = decide(missed(late=play(10)), PLANNED + timedelta(minutes=17), why=POWER_CUT).reason.words()
    assert words.vi == "bỏ lỡ: đã muộn 17 phút, chỉ được muộn 10 phút vì mất điện hoặc máy dừng 05:12-05:47"
    assert (
        words.en == "missed: 17 min late, at most 10 min is allowed because of power cut or computer down 05:12-05:47"
    )


def test_an_items_own_rule_wins():
    what = missed(SCRIPT, replace(SCRIPT, late=play(60)), replace(SCRIPT, late=NEXT_SESSION), late=play(5))
    assert verdicts(what, 3) == [Verdict.AIR, Verdict.AIR, Verdict.JOIN_NEXT]
    assert verdicts(what, 30) == [Verdict.MISS, Verdict.AIR, Verdict.JOIN_NEXT]
    assert verdicts(what, 90) == [Verdict.MISS, Verdict.MISS, Verdict.JOIN_NEXT]
    assert decide(what, PLANNED + timedelta(minutes=30)).verdict is Verdict.AIR
    assert decide(what, PLANNED + timedelta(minutes=90)).verdict is Verdict.JOIN_NEXT


def test_a_chime_airs_exactly_when_something_speaks():
    assert verdicts(missed(CHIME, replace(SCRIPT, late=play(60)), PAUSE), 30) == [Verdict.AIR] * 3
    assert verdicts(missed(CHIME, replace(SCRIPT, late=SKIP), PAUSE, late=play(60)), 30) == [Verdict.MISS] * 3
    assert verdicts(missed(CHIME, PAUSE, late=play(60)), 30) == [Verdict.AIR] * 2


# What was handed on


def joined(noon, *, late=None):
    """A session with an item that was handed on to it behind its own."""
    handed_on = replace(SCRIPT, late=late, joined_from=missed().key)
    return replace(noon, items=(*noon.items, handed_on))


def test_what_joined_once_is_never_handed_on_again():
    noon = occurrence("lich/trua/2026-12-01", local("2026-12-01", "11:00"), late=NEXT_SESSION)
    late = decide_items(joined(noon), noon.planned_at + timedelta(minutes=30))
    assert [one.verdict for one in late] == [Verdict.JOIN_NEXT, Verdict.MISS]
    assert late[1].reason == reason(ReasonCode.ALREADY_HANDED_ON, late_s=1800)


def test_what_joined_follows_the_late_rule_of_the_session_it_joined():
    noon = occurrence("lich/trua/2026-12-01", local("2026-12-01", "11:00"), late=play(15))
    late = decide_items(joined(noon), noon.planned_at + timedelta(minutes=10))
    assert [one.verdict for one in late] == [Verdict.AIR, Verdict.AIR]


# After an outage


def test_one_is_caught_up_the_most_urgent_then_the_newest():
    early = occurrence("lich/a/2026-12-01", local("2026-12-01", "05:00"))
    urgent = occurrence("lich/b/2026-12-01", local("2026-12-01", "05:10"), level=Level.UU_TIEN)
    newest = occurrence("lich/c/2026-12-01", local("2026-12-01", "05:20"))
    assert choose_catch_up([newest, early]) == (newest, [early])
    assert choose_catch_up([newest, urgent, early]) == (urgent, [early, newest])
    assert choose_catch_up([]) == (None, [])


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(Level)), max_size=20))
def test_at_most_one_is_chosen_and_none_is_lost(made):
    late = [
        occurrence(f"lich/s{number}/2026-12-01", PLANNED + timedelta(minutes=minutes), level=level)
        for number, (minutes, level) in enumerate(made)
    ]
    one, rest = choose_catch_up(late)
    assert (one is None) == (not late)
    assert sorted(what.key for what in [*rest, *([one] if one else [])]) == sorted(what.key for what in late)
    assert [what.planned_at for what in rest] == sorted(what.planned_at for what in rest)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.sampled_from([None, SKIP, NEXT_SESSION, play(10), play(600)]), min_size=1, max_size=6),
    st.sampled_from([SKIP, NEXT_SESSION, play(10)]),
    st.integers(-100, 200_000),
)
def test_the_whole_airs_when_anything_of_it_does(rules, late, seconds):
    items = [replace(SCRIPT, late=rule) for rule in rules]
    what, now = missed(*items, late=late), PLANNED + timedelta(seconds=seconds)
    decisions = decide_items(what, now)
    whole = decide(what, now)
    assert (whole.verdict is Verdict.AIR) == any(one.verdict is Verdict.AIR for one in decisions)
    assert (whole.verdict is Verdict.MISS) == all(one.verdict is Verdict.MISS for one in decisions)
    assert whole in decisions


def what_became_of(settled: list[OwedDecision]) -> list[tuple[str, OwedAction]]:
    return [(one.occurrence.key.split("/")[1], one.action) for one in settled]


def test_after_an_outage_one_is_played_one_is_handed_on_and_the_rest_is_missed():
    names = {
        "cu": play(1),  # too late by its own rule
        "sang": play(600),
        "trua": play(600),
        "tin_1": NEXT_SESSION,
        "tin_2": NEXT_SESSION,
        "xong": SKIP,
    }
    owed = [
        occurrence(f"lich/{name}/2026-12-01", PLANNED + timedelta(minutes=number), late=late)
        for number, (name, late) in enumerate(names.items())
    ]
    now = PLANNED + timedelta(minutes=30)
    settled = settlement(owed, {owed[-1].key}, now, POWER_CUT)
    assert what_became_of(settled) == [
        ("cu", OwedAction.MISS),
        ("xong", OwedAction.CONCLUDE),
        ("sang", OwedAction.MISS),
        ("trua", OwedAction.PLAY),
        ("tin_1", OwedAction.MISS),
        ("tin_2", OwedAction.HAND_ON),
    ]
    reasons = {one.occurrence.key.split("/")[1]: one.reason for one in settled}
    assert reasons["xong"] is None
    assert reasons["cu"] == because_of_the_cut(ReasonCode.MISSED_LATE, late_s=1800, bound_s=60)
    assert reasons["sang"] == reasons["tin_1"] == because_of_the_cut(ReasonCode.NOT_CHOSEN)
    assert reasons["trua"] == because_of_the_cut(ReasonCode.PLAYED_LATE, late_s=28 * 60)
    assert reasons["tin_2"] == because_of_the_cut(ReasonCode.HANDED_ON)


def test_what_is_on_time_after_an_outage_is_played_without_a_reason_and_what_is_not_due_waits():
    on_time = occurrence("lich/a/2026-12-01", PLANNED)
    ahead = occurrence("lich/b/2026-12-01", PLANNED + timedelta(minutes=1))
    settled = settlement([on_time, ahead], (), PLANNED, POWER_CUT)
    assert settled == [OwedDecision(occurrence=on_time, action=OwedAction.PLAY)]


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3000), st.sampled_from([SKIP, NEXT_SESSION, play(10), play(600)]), st.sampled_from(Level)
        ),
        max_size=12,
    ),
    st.sets(st.integers(0, 11)),
)
def test_an_outage_is_never_followed_by_a_burst_and_nothing_owed_is_forgotten(made, done):
    owed = [
        occurrence(f"lich/s{number}/2026-12-01", PLANNED + timedelta(minutes=minutes), late=late, level=level)
        for number, (minutes, late, level) in enumerate(made)
    ]
    finished = {owed[number].key for number in done if number < len(owed)}
    settled = settlement(owed, finished, PLANNED + timedelta(minutes=3000), None)
    assert sorted(one.occurrence.key for one in settled) == sorted(one.key for one in owed)
    actions = [one.action for one in settled]
    assert actions.count(OwedAction.PLAY) <= 1 and actions.count(OwedAction.HAND_ON) <= 1
    assert {one.occurrence.key for one in settled if one.action is OwedAction.CONCLUDE} == finished
    assert all(one.reason is not None for one in settled if one.action in (OwedAction.MISS, OwedAction.HAND_ON))
