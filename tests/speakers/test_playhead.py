"""The arithmetic of one playback, without clock, thread or file."""

from __future__ import annotations

import pytest

from broadcaster.model import STATION_RATE_HZ
from broadcaster.source import Span
from broadcaster.speakers.playhead import Playhead

RATE = STATION_RATE_HZ


def moved(head: Playhead, now: float, *, most: int = RATE, stalled: bool = False) -> list[int]:
    """Take everything that is due at `now`; the lengths of the pieces."""
    lengths = []
    for frames in head.pieces(head.position(now), most):
        for stretch in head.beginning():
            stretch.told = True
        head.advance(frames, 0 if stalled else frames)
        lengths.append(frames)
    head.take_ended()
    return lengths


def test_a_frame_has_one_moment() -> None:
    head = Playhead(begins=100.0, total=3 * RATE, zones=("a",))
    assert [head.position(now) for now in (0.0, 100.0, 100.5, 103.0, 200.0)] == [0, 0, RATE // 2, 3 * RATE, 3 * RATE]
    assert (head.moment(RATE), head.ends) == (101.0, 103.0)
    live = Playhead(begins=100.0, total=None, zones=("a",))
    assert (live.position(200.0), live.ends) == (100 * RATE, None)


def test_no_piece_is_longer_than_allowed_or_contains_a_change() -> None:
    head = Playhead(begins=0.0, total=10 * RATE, zones=("a", "b"))
    assert moved(head, 0.5) == [RATE // 2]
    head.route(1.0, ("a",), 1_440)
    assert moved(head, 2.5) == [RATE // 2 + 1_440, RATE, RATE // 2 - 1_440]
    assert head.heard("b", head.advanced).frames == RATE + 1_440


def test_a_cut_ends_it_after_its_fade_or_with_its_source() -> None:
    head = Playhead(begins=0.0, total=RATE, zones=("a",))
    moved(head, 0.5)
    head.cut(0.5, 480)
    assert (head.stop, head.whole) == (RATE // 2 + 480, False)
    near_the_end = Playhead(begins=0.0, total=RATE, zones=("a",))
    near_the_end.cut(0.999, 480)
    assert (near_the_end.stop, near_the_end.whole) == (RATE, True)
    waiting = Playhead(begins=5.0, total=RATE, zones=("a",))
    waiting.cancel()
    assert waiting.done


def test_the_silence_of_a_stall_is_not_heard() -> None:
    head = Playhead(begins=0.0, total=None, zones=("a",))
    moved(head, 1.0)
    moved(head, 3.0, stalled=True)
    moved(head, 4.0)
    assert (head.advanced, head.sounded) == (4 * RATE, 2 * RATE)
    assert head.heard("a", head.advanced) == Span(frames=2 * RATE, first_monotonic=0.0, last_monotonic=4.0)


def test_a_zone_that_returns_during_its_fade_begins_anew() -> None:
    head = Playhead(begins=0.0, total=10 * RATE, zones=("a",))
    moved(head, 1.0)
    head.route(1.0, (), 1_440)
    head.route(1.01, ("a",), 1_440)
    assert head.routed == {"a"}
    moved(head, 10.0)
    assert head.heard("a", head.advanced).frames == 10 * RATE


@pytest.mark.parametrize("now", [0.0, 2.5, 10.0])
def test_what_is_heard_between_two_steps_follows_from_the_clock(now: float) -> None:
    head = Playhead(begins=0.0, total=10 * RATE, zones=("a",))
    moved(head, min(now, 1.0))
    assert head.heard("a", head.position(now)).frames == round(now * RATE)
