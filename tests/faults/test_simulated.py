"""Hundreds of seeded histories of a model station; the same promises must hold in each (see world.py, promises.py)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.faults.promises import complaints
from tests.faults.world import World

SEEDS = int(os.environ.get("FAULT_SEEDS", "300"))
BATCH = 20
FOUND = (20450,)
"""Seeds of `make torture` that once broke a promise."""


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_no_history_breaks_a_promise(tmp_path: Path, first: int):
    for seed in range(first, min(first + BATCH, SEEDS)):
        world = World(tmp_path / str(seed), seed).run()
        broken = complaints(world)
        assert not broken, f"seed {seed}:\n" + "\n".join(broken) + "\n\n" + "\n".join(world.history)
        shutil.rmtree(world.folder)  # thousands of them would fill the disk


@pytest.mark.parametrize("seed", FOUND)
def test_what_torture_found_stays_mended(tmp_path: Path, seed: int):
    assert not complaints(World(tmp_path, seed).run())


@pytest.mark.timeout(400)  # half a minute on an idle machine
def test_a_year_of_faults_breaks_no_promise(tmp_path: Path):
    world = World(tmp_path / "nam", seed=2026, days=365, faults_a_day=1.5).run()
    broken = complaints(world)
    assert not broken, "\n".join(broken) + "\n\n" + "\n".join(world.history)
