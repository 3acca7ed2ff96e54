"""Real kills of a real `broadcaster run`; the same promises must hold in every history (see killed.py)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.evidence import complaints
from tests.faults.killed import KilledStation
from tests.faults.model_station import copy_station, make_station
from tests.faults.nursery import Nursery

RUNS = int(os.environ.get("FAULT_RUNS", "36"))
"""Histories; each sees two or three SIGKILLs. `make torture` has hundreds."""
AT_ONCE = 2
"""They mostly wait; but many that start together starve each other, and what an emergency may take is bounded. So one
worker has them all. The first of each batch starts the program from the disk every time, as systemd does.
"""


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


@pytest.mark.xdist_group("kills")
@pytest.mark.parametrize("first", range(0, RUNS, AT_ONCE))
def test_no_kill_breaks_a_promise(model_station: Path, nursery: Nursery, tmp_path: Path, first: int):
    def live(seed: int) -> int:
        folder = copy_station(model_station, tmp_path / str(seed))
        world = KilledStation(folder=folder, seed=seed, nursery=None if seed == first else nursery).run()
        broken = complaints(world)
        assert not broken, f"seed {seed}:\n" + "\n".join(broken) + "\n\n" + "\n".join(world.history)
        shutil.rmtree(folder)  # thousands of them would fill the disk
        return world.kills

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(live, range(first, min(first + AT_ONCE, RUNS)))) > 0
