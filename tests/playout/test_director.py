"""Rules of the director, one test each: who may sound where, from claims alone."""

from __future__ import annotations

import itertools

from broadcaster.playout.director import Claim, Decision, Director

A, B, C = "a", "b", "c"
AB, ABC = frozenset({A, B}), frozenset({A, B, C})
EMERGENCY, PRIORITY, SESSION, NOTICE = 0, 2, 3, 4
"""Ranks of the ladder."""


def z(zones: str) -> frozenset[str]:
    return frozenset(zones)


def emergency(id: int, zones: str, **how) -> Claim:
    return claim(id, EMERGENCY, zones, **{"breaks_in": True, **how})


def priority(id: int, zones: str, **how) -> Claim:
    return claim(id, PRIORITY, zones, **how)


def session(id: int, zones: str, **how) -> Claim:
    return claim(id, SESSION, zones, **{"needs_all": True, **how})


def notice(id: int, zones: str, **how) -> Claim:
    return claim(id, NOTICE, zones, **{"needs_all": True, **how})


def claim(id: int, rank: int, zones: str, heard: str = "", **how) -> Claim:
    """`heard`: zones in which it sounds now. It asked in the order of its number."""
    begun = bool(heard) or how.pop("begun", False)
    if begun:
        how["needs_all"] = False
    return Claim(
        id=id,
        order=(rank, not begun, id),
        rank=rank,
        zones=z(zones),
        heard_in=z(heard),
        sounding=bool(heard),
        **how,
    )


def decide(*claims: Claim, available: str = "abc", together: dict[str, str] | None = None) -> Decision:
    near = {zone: z(others) for zone, others in (together or {}).items()}
    return Director(heard_together=near).decide(claims, z(available))


def test_what_is_alone_begins_in_all_its_zones():
    assert decide(session(1, "abc")).begin == {1: ABC}


def test_different_zones_hear_different_calls_at_once():
    assert decide(session(1, "a"), session(2, "b"), notice(3, "c")).begin == {1: z("a"), 2: z("b"), 3: z("c")}


def test_what_begins_only_together_waits_until_its_last_zone_is_free():
    decision = decide(notice(1, "b", heard="b"), session(2, "abc"))
    assert decision == Decision()


def test_what_waits_for_all_its_zones_is_not_starved_by_what_is_less_urgent():
    assert decide(notice(1, "b", heard="b"), session(2, "abc"), notice(3, "a"), notice(4, "c")).begin == {}


def test_nor_by_what_is_as_urgent_and_asked_later():
    assert decide(session(1, "b", heard="b"), session(2, "ab"), session(3, "a")).begin == {}


def test_the_zones_that_it_does_not_want_stay_open_to_others():
    assert decide(notice(1, "b", heard="b"), session(2, "ab"), notice(3, "c")).begin == {3: z("c")}


def test_what_may_begin_in_part_begins_where_it_is_free_and_keeps_the_rest():
    decision = decide(session(1, "b", heard="b"), priority(2, "ab"), notice(3, "a"), notice(4, "b"))
    assert decision.begin == {2: z("a")} and decision.route == decision.cut == {}


def test_a_stacked_call_gets_each_zone_as_it_frees():
    assert decide(session(1, "b", heard="b"), priority(2, "b"), priority(3, "a", heard="a")).begin == {}
    assert decide(session(1, "b", begun=True), priority(2, "b"), priority(3, "a", heard="a")).begin == {2: z("b")}


def test_an_emergency_takes_its_own_lanes_only():
    decision = decide(session(1, "abc", heard="abc"), emergency(2, "a"))
    assert decision.begin == {2: z("a")}
    assert decision.route == {1: z("bc")} and decision.taken == {1: {"a": 2}} and decision.cut == {}


def test_what_loses_its_last_lane_is_cut():
    decision = decide(session(1, "ab", heard="a"), emergency(2, "ab"))
    assert decision.begin == {2: AB} and decision.cut == {1: 2} and decision.route == {}


def test_only_what_breaks_in_takes_lanes_in_the_middle_of_a_cue():
    assert decide(notice(1, "ab", heard="ab"), priority(2, "a"), session(3, "b")) == Decision()


def test_equal_emergencies_queue():
    assert decide(emergency(1, "a", heard="a"), emergency(2, "ab"), session(3, "c")).begin == {2: z("b"), 3: z("c")}
    assert decide(emergency(1, "ab"), emergency(2, "b")).begin == {1: AB}


def test_an_emergency_that_needs_all_its_zones_takes_none_before_it_gets_them():
    whole = emergency(3, "ab", needs_all=True)
    assert decide(emergency(1, "b", heard="b"), session(2, "a", heard="a"), whole) == Decision()
    decision = decide(session(2, "a", heard="a"), whole)
    assert decision.begin == {3: AB} and decision.cut == {2: 3}


def test_a_zone_that_is_free_again_rejoins_what_sounds_in_the_others():
    assert decide(session(1, "abc", heard="bc")).route == {1: ABC}
    assert decide(session(1, "abc", heard="bc"), notice(2, "a")).begin == {}


def test_a_zone_does_not_rejoin_before_what_took_it_has_ended():
    assert decide(session(1, "abc", heard="bc"), emergency(2, "a", heard="a")) == Decision()


def test_what_sounds_rejoins_lanes_that_are_free_and_takes_none():
    """An emergency that sounds elsewhere waits for the end of a cue next door to a card that is back."""
    near = {"a": "b", "b": "a"}
    assert decide(emergency(1, "ac", heard="c"), session(2, "b", heard="b"), together=near) == Decision()


def test_what_sounds_does_not_rejoin_where_something_more_urgent_begins():
    decision = decide(session(1, "abc", heard="bc"), emergency(2, "a"))
    assert decision.begin == {2: z("a")} and decision.route == {}


def test_what_has_begun_goes_on_in_the_zones_it_can_have():
    assert decide(session(1, "ab", begun=True), emergency(2, "a", heard="a"), notice(3, "a")).begin == {1: z("b")}


def test_between_two_rounds_zones_are_kept_from_what_is_less_urgent():
    assert decide(emergency(1, "a", begun=True, resting=True), session(2, "a"), session(3, "b")).begin == {3: z("b")}


def test_between_two_rounds_zones_are_open_to_what_is_as_urgent():
    assert decide(emergency(1, "a", begun=True, resting=True), emergency(2, "a")).begin == {2: z("a")}


def test_what_rests_begins_nothing_and_is_not_cut():
    decision = decide(priority(1, "a", begun=True, resting=True), emergency(2, "ab"))
    assert decision.begin == {2: AB} and decision.cut == {}


def test_the_most_urgent_of_those_that_rest_keeps_a_zone():
    rests = {"begun": True, "resting": True}
    assert decide(emergency(1, "a", **rests), priority(2, "a", **rests), priority(3, "a")).begin == {}


def test_zones_that_hear_one_another_never_carry_two_voices():
    near = {"a": "b", "b": "a"}
    assert decide(session(1, "a"), session(2, "b"), together=near).begin == {1: z("a")}
    assert decide(session(1, "a", heard="a"), priority(2, "bc"), together=near).begin == {2: z("c")}
    assert decide(session(1, "ab"), together=near).begin == {1: AB}


def test_an_emergency_silences_what_is_heard_next_door():
    decision = decide(session(1, "bc", heard="bc"), emergency(2, "a"), together={"a": "b", "b": "a"})
    assert decision.begin == {2: z("a")} and decision.route == {1: z("c")} and decision.taken == {1: {"b": 2}}


def test_what_was_silenced_for_its_neighbour_stays_out_until_that_has_ended():
    near = {"a": "b", "b": "a"}
    assert decide(session(1, "bc", heard="c"), emergency(2, "a", heard="a"), together=near) == Decision()
    assert decide(session(1, "bc", heard="c"), together=near).route == {1: z("bc")}


def test_a_zone_that_something_waits_for_keeps_its_neighbours_from_beginning():
    near = {"a": "b", "b": "a"}
    assert decide(notice(1, "c", heard="c"), session(2, "ac"), notice(3, "b"), together=near).begin == {}


def test_being_heard_in_one_another_does_not_reach_further_than_one_zone():
    chain = {"a": "b", "b": "ac", "c": "b"}
    assert decide(session(1, "a"), session(2, "c"), together=chain).begin == {1: z("a"), 2: z("c")}


def test_what_begins_together_does_not_wait_for_a_zone_without_an_output():
    assert decide(session(1, "abc"), available="ac").begin == {1: z("ac")}


def test_nothing_begins_without_an_output():
    assert decide(session(1, "ab"), emergency(2, "b"), available="c") == Decision()


def test_a_zone_whose_output_is_back_rejoins():
    assert decide(session(1, "ab", heard="a"), available="ac") == Decision()
    assert decide(session(1, "ab", heard="a"), available="abc").route == {1: AB}


def test_a_zone_without_an_output_is_still_kept_for_what_wants_it():
    """Else a neighbour begins there, and the zone cannot rejoin when its output is back."""
    near = {"a": "b", "b": "a"}
    assert decide(session(1, "ac", heard="c"), notice(2, "b"), available="bc", together=near).begin == {}
    waits = (notice(1, "c", heard="c"), session(2, "ac"), notice(3, "b"))
    assert decide(*waits, available="bc", together=near).begin == {}


def test_what_plays_where_it_is_withdrawn_is_routed_away():
    assert decide(session(1, "a", heard="ab")).route == {1: z("a")}


def test_the_order_of_the_claims_does_not_matter():
    claims = [
        session(1, "ab", heard="ab"),
        priority(2, "bc"),
        emergency(3, "a"),
        notice(4, "c"),
        session(5, "abc"),
    ]
    expected = decide(*claims)
    assert expected.begin == {3: z("a"), 2: z("c")} and expected.route == {1: z("b")}
    for permuted in itertools.permutations(claims):
        assert decide(*permuted) == expected
