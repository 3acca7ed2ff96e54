"""Real kills of a real `broadcaster run`; the same promises must hold in every history (see killed.py)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.faults.evidence import complaints
from tests.faults.killed import KilledStation
from tests.faults.model_station import copy_station, make_station

RUNS = int(os.environ.get("FAULT_RUNS", "16"))


@pytest.fixture(scope="session")
def model_station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered once, copied for each history."""
    folder = tmp_path_factory.mktemp("dai") / "mau"
    make_station(folder)
    return folder


@pytest.mark.parametrize("seed", range(RUNS))
def test_no_kill_breaks_a_promise(model_station: Path, tmp_path: Path, seed: int):
    world = KilledStation(folder=copy_station(model_station, tmp_path / "dai"), seed=seed).run()
    broken = complaints(world)
    assert not broken, f"seed {seed}:\n" + "\n".join(broken) + "\n\n" + "\n".join(world.history)
    shutil.rmtree(world.folder)  # thousands of them would fill the disk
