from __future__ import annotations

import pytest

from broadcaster.speech import gtts, network

from .google import GoogleServer


@pytest.fixture
def google():
    server = GoogleServer()
    yield server
    server.close()


@pytest.fixture
def short_waits(monkeypatch):
    """The network's bounds at a tenth, so that a test of slowness is not slow."""
    monkeypatch.setattr(network, "BACK_OFF_S", (0.02, 0.04))
    monkeypatch.setattr(network, "ANSWER_S", 1.0)
    monkeypatch.setattr(gtts, "READ_S", 0.5)
    monkeypatch.setattr(gtts, "BUSY_WAIT_S", 0.02)
