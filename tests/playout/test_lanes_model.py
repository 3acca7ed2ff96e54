"""The three manners of a call, in all small cases on a model and in random histories on the real player."""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.playout.lane_history import Lanes
from tests.playout.lanes_model import NEIGHBOURS, Model, cases

RUNS = int(os.environ.get("LANE_RUNS", "500"))
"""Random histories on the real player; `make torture` asks for more."""
PARTS = 101
"""The small cases in so many parts. It shares no factor with the 2048 timings and kinds of one set of zones, so that
all of them occur in each part."""
EVERYTHING = 10_000
"""Only the first part is looked at when fewer histories than this are asked for."""
BATCH = 250
HISTORIES_EACH = 25
"""Histories of one station: making a station takes longer than one of its days."""


@pytest.mark.parametrize("first", range(0, PARTS if RUNS >= EVERYTHING else 1))
@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_three_calls_in_three_zones_keep_every_rule(kind: str, first: int) -> None:
    """The real director, with a model of the player around it."""
    for case in cases(kind, first, PARTS):
        try:
            Model(asked=case, near=NEIGHBOURS[kind]).run()
        except AssertionError as broken:
            pytest.fail(f"{kind}, {case}: {broken}")


@pytest.mark.parametrize("first", range(0, RUNS, BATCH))
def test_random_histories_keep_every_promise(first: int) -> None:
    """On the real player with `memory` outputs. A seed that fails is told, and fails again by itself."""
    for seed in range(first // HISTORIES_EACH, min(first + BATCH, RUNS) // HISTORIES_EACH):
        lanes = Lanes(Random(seed))
        for number in range(HISTORIES_EACH):
            trouble = lanes.history()
            assert not trouble, f"seed {seed}, history {number}: " + "; ".join(trouble[:5])
