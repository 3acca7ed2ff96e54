"""The demo on a real sound server: what `make demo` plays is heard, from the first item to the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.headless import RATE_HZ, Pulse, pulse, pulse_server

__all__ = ["pulse", "pulse_server"]

pytestmark = [pytest.mark.sound, pytest.mark.slow]


def test_the_demo_is_heard_on_the_default_device(call: Call, pulse: Pulse, tmp_path: Path) -> None:
    assert pulse.recorder is not None
    begin = pulse.recorder.frames
    said = call("demo", "--out", tmp_path)
    assert said.code == 0, said
    assert "Phát ra loa" in said.out and said.out.count("▶") == 4
    assert not (tmp_path / "demo.wav").exists()
    sounding = pulse.recorder.since(begin).sounding()
    seconds = sum(end - start for start, end in sounding) / RATE_HZ
    assert 20 < seconds < 45


def test_devices_lists_the_sink_and_preview_plays_on_it(call: Call, short: Path, pulse: Pulse) -> None:
    listed = call("devices", "--json").json
    assert any(device["default"] for device in listed)
    said = call("preview", "ngan", station=short)
    assert said.code == 0, said
