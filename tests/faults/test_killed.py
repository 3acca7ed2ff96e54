"""Real kills of a real `broadcaster run`; the same promises must hold in every history (see killed.py)."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.disks import mount, small_disk, unmount
from tests.faults.evidence import Judgement, judge
from tests.faults.killed import KilledStation
from tests.faults.model_station import copy_station, make_station
from tests.faults.nursery import Nursery

RUNS = int(os.environ.get("FAULT_RUNS", "300"))
"""Histories; each sees two or three SIGKILLs. `make torture` has thousands."""
BATCH = 75
"""Histories of one test. The first of them starts the program from the disk every time, as systemd does."""
AT_ONCE = 8
"""They mostly wait. `make test` runs two workers of this many, and nothing else beside them."""
MOST_UNTOLD = 0.05
"""Share of the kills: a third of them strike just after an end, on processors that are busy with sixteen stations."""
DISK_MB = 64
"""Of a history with a disk of its own: the model station has half of it."""


@pytest.fixture(scope="session")
def model_station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered once, copied for each history."""
    folder = tmp_path_factory.mktemp("dai") / "mau"
    make_station(folder)
    return folder


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


@pytest.fixture(scope="session")
def may_mount(tmp_path_factory: pytest.TempPathFactory) -> bool:
    """Where not, no disk is filled."""
    scratch = tmp_path_factory.mktemp("dia")
    if not mount(scratch, 1):
        return False
    unmount(scratch)
    return True


@pytest.mark.kills
@pytest.mark.timeout(600)  # a minute and a half on an idle machine
@pytest.mark.parametrize("first", range(0, RUNS, BATCH))
def test_no_kill_breaks_a_promise(model_station: Path, nursery: Nursery, may_mount: bool, tmp_path: Path, first: int):
    def live(seed: int) -> tuple[int, Judgement]:
        place = tmp_path / str(seed)
        place.mkdir()
        folder = place / "dai"
        # In memory it is quick, however busy the machine's own disk.
        with small_disk(folder, DISK_MB) if may_mount else contextlib.nullcontext():
            copy_station(model_station, folder)
            fills = may_mount and seed % 3 == 0
            world = KilledStation(
                folder=folder, seed=seed, fills_disk=fills, nursery=None if seed == first else nursery
            ).run()
            judgement = judge(world)
            if judgement.broken:
                shutil.copytree(folder / "journal", place / "journal")
        told = "\n".join([f"seed {seed}:", *judgement.broken, "", *world.history])
        assert not judgement.broken, told
        shutil.rmtree(place)  # thousands of them would fill the disk
        return world.kills, judgement

    with ThreadPoolExecutor(AT_ONCE) as pool:
        lives = list(pool.map(live, range(first, min(first + BATCH, RUNS))))
    kills = sum(kills for kills, _ in lives)
    untold = [line for _, judgement in lives for line in judgement.untold]
    assert kills > 0
    assert len(untold) <= kills * MOST_UNTOLD, untold
