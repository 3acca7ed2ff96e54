"""Missed slots: each rule, each bound, each reason; and after an outage no burst."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.model import Item, ItemKind, Level
from broadcaster.schedule import Verdict, choose_catch_up, decide, decide_items, in_words, join, still_owed
from broadcaster.schedule.late import FRESH, ON_TIME

from .timetables import NEXT_SESSION, SCRIPT, SKIP, local, occurrence, play

PLANNED = local("2026-12-01", "05:30")
CHIME = Item(kind=ItemKind.CHIME)
PAUSE = Item(kind=ItemKind.PAUSE, pause_s=2.0)
POWER_CUT = "mất điện 05:12-05:47"


def missed(*items: Item, late=SKIP):
    return occurrence("lich/sang/2026-12-01", PLANNED, *items, late=late)


def verdicts(what, minutes: float) -> list[Verdict]:
    return [one.verdict for one in decide_items(what, PLANNED + timedelta(minutes=minutes), late_reason=POWER_CUT)]


@pytest.mark.parametrize(
    ("late", "after", "verdict", "reason"),
    [
        (SKIP, timedelta(seconds=-1), Verdict.WAIT, ""),
        (SKIP, timedelta(0), Verdict.AIR, ""),
        (SKIP, ON_TIME, Verdict.AIR, ""),
        (NEXT_SESSION, ON_TIME, Verdict.AIR, ""),
        (SKIP, timedelta(minutes=2), Verdict.MISS, "bỏ lỡ vì mất điện 05:12-05:47 (đã muộn 2 phút)"),
        (play(10), timedelta(minutes=10), Verdict.AIR, "phát muộn 10 phút vì mất điện 05:12-05:47"),
        (
            play(10),
            timedelta(minutes=17),
            Verdict.MISS,
            "bỏ lỡ vì mất điện 05:12-05:47 (đã muộn 17 phút, chỉ được muộn 10 phút)",
        ),
        (play(0.5), ON_TIME, Verdict.AIR, ""),
        (
            NEXT_SESSION,
            timedelta(minutes=17),
            Verdict.JOIN_NEXT,
            "bỏ lỡ vì mất điện 05:12-05:47; chuyển sang phiên kế tiếp",
        ),
        (
            NEXT_SESSION,
            FRESH + timedelta(hours=1),
            Verdict.MISS,
            "bỏ lỡ vì mất điện 05:12-05:47 (đã muộn 1 ngày 1 giờ, quá cũ để chuyển sang phiên kế tiếp)",
        ),
    ],
)
def test_each_rule_on_time_late_and_too_late(late, after, verdict, reason):
    decision = decide(missed(late=late), PLANNED + after, late_reason=POWER_CUT)
    assert (decision.verdict, decision.reason) == (verdict, reason)
    assert decision.late == bool(reason)


def test_without_a_known_cause_the_reason_still_reads_well():
    decision = decide(missed(), PLANNED + timedelta(minutes=2), late_reason="")
    assert decision.reason == "bỏ lỡ (đã muộn 2 phút)"


def test_an_items_own_rule_wins():
    what = missed(SCRIPT, replace(SCRIPT, late=play(60)), replace(SCRIPT, late=NEXT_SESSION), late=play(5))
    assert verdicts(what, 3) == [Verdict.AIR, Verdict.AIR, Verdict.JOIN_NEXT]
    assert verdicts(what, 30) == [Verdict.MISS, Verdict.AIR, Verdict.JOIN_NEXT]
    assert verdicts(what, 90) == [Verdict.MISS, Verdict.MISS, Verdict.JOIN_NEXT]
    assert decide(what, PLANNED + timedelta(minutes=30), late_reason="").verdict is Verdict.AIR
    assert decide(what, PLANNED + timedelta(minutes=90), late_reason="").verdict is Verdict.JOIN_NEXT


def test_only_what_may_air_is_still_owed():
    what = missed(SCRIPT, replace(SCRIPT, late=play(60)), CHIME)
    decisions = decide_items(what, PLANNED + timedelta(minutes=30), late_reason="")
    assert still_owed(what, decisions) == [(1, what.items[1]), (2, CHIME)]


def test_a_chime_airs_exactly_when_something_speaks():
    assert verdicts(missed(CHIME, replace(SCRIPT, late=play(60)), PAUSE), 30) == [Verdict.AIR] * 3
    assert verdicts(missed(CHIME, replace(SCRIPT, late=SKIP), PAUSE, late=play(60)), 30) == [Verdict.MISS] * 3
    assert verdicts(missed(CHIME, PAUSE, late=play(60)), 30) == [Verdict.AIR] * 2


# Joining the next session


def test_items_of_a_missed_session_follow_the_next_ones_own_and_remember_whence_they_came():
    next_one = occurrence("lich/trua/2026-12-01", local("2026-12-01", "11:00"), CHIME, SCRIPT)
    news = replace(SCRIPT, name="tin")
    joined = join(next_one, missed(CHIME, news, PAUSE, replace(news, late=NEXT_SESSION), PAUSE, late=NEXT_SESSION))
    assert joined.key == next_one.key and joined.planned_at == next_one.planned_at
    assert joined.items[:2] == next_one.items
    from_morning = "lich/sang/2026-12-01"
    assert [(item.kind, item.joined_from, item.late) for item in joined.items[2:]] == [
        (ItemKind.SCRIPT, from_morning, None),
        (ItemKind.PAUSE, from_morning, None),
        (ItemKind.SCRIPT, from_morning, None),
    ]


def test_only_items_whose_rule_says_so_are_handed_on():
    next_one = occurrence("lich/trua/2026-12-01", local("2026-12-01", "11:00"))
    handed = join(next_one, missed(SCRIPT, replace(SCRIPT, name="tin", late=NEXT_SESSION), late=SKIP))
    assert [item.name for item in handed.items] == ["chao", "tin"]
    assert join(next_one, missed(late=SKIP)) == next_one


def test_what_joined_once_is_never_handed_on_again():
    noon = occurrence("lich/trua/2026-12-01", local("2026-12-01", "11:00"), late=NEXT_SESSION)
    joined = join(noon, missed(late=NEXT_SESSION))
    late = decide_items(joined, noon.planned_at + timedelta(minutes=30), late_reason="")
    assert [one.verdict for one in late] == [Verdict.JOIN_NEXT, Verdict.MISS]
    assert "đã chuyển một lần" in late[1].reason
    evening = occurrence("lich/chieu/2026-12-01", local("2026-12-01", "17:00"))
    assert [item.joined_from for item in join(evening, joined).items] == [None, noon.key]


def test_what_joined_follows_the_late_rule_of_the_session_it_joined():
    noon = occurrence("lich/trua/2026-12-01", local("2026-12-01", "11:00"), late=play(15))
    joined = join(noon, missed(replace(SCRIPT, late=NEXT_SESSION)))
    late = decide_items(joined, noon.planned_at + timedelta(minutes=10), late_reason="")
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
    decisions = decide_items(what, now, late_reason="")
    whole = decide(what, now, late_reason="")
    assert (whole.verdict is Verdict.AIR) == any(one.verdict is Verdict.AIR for one in decisions)
    assert (whole.verdict is Verdict.MISS) == all(one.verdict is Verdict.MISS for one in decisions)
    assert whole in decisions


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=45), "45 giây"),
        (timedelta(seconds=90), "1 phút 30 giây"),
        (timedelta(minutes=17, seconds=20), "17 phút"),
        (timedelta(hours=2), "2 giờ"),
        (timedelta(hours=2, minutes=5), "2 giờ 5 phút"),
        (timedelta(days=3, hours=4, minutes=9), "3 ngày 4 giờ"),
        (timedelta(seconds=-5), "0 giây"),
    ],
)
def test_lengths_of_time_in_words(span, words):
    assert in_words(span) == words
