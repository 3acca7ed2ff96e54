"""A station built from its settings, and the signals that end it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.service.running import build_station, started
from broadcaster.settings import load_settings
from tests.station.folder import make_station


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_waking_up_still_ends_the_station(tmp_path: Path, number: signal.Signals):
    settings = load_settings(make_station(tmp_path / "dai"))
    station = build_station(settings, SystemClock(), output="none", tell=lambda kind, text: None)
    with started(station):
        lock: threading.Condition = station.wake._cond  # type: ignore[attr-defined]
        with lock:  # as the loop does now and then, for a microsecond
            os.kill(os.getpid(), number)
        station.run()
