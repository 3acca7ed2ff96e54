"""Fixtures: local servers in place of Google's and Microsoft's, and network bounds at a tenth."""

from __future__ import annotations

import importlib.util

import pytest

from broadcaster.speech import edge, gtts, network

from .google import GoogleServer


@pytest.fixture
def google():
    server = GoogleServer()
    yield server
    server.close()


@pytest.fixture
def microsoft(monkeypatch):
    """edge-tts has no option for the address, so its constant is turned to a local server."""
    if importlib.util.find_spec("edge_tts") is None:
        pytest.skip("edge-tts is not installed")
    import edge_tts.communicate
    import edge_tts.constants

    from .microsoft import MicrosoftServer

    server = MicrosoftServer()
    for module in (edge_tts.communicate, edge_tts.constants):
        monkeypatch.setattr(module, "WSS_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def short_waits(monkeypatch):
    """So that a test of slowness is not slow."""
    monkeypatch.setattr(network, "BACK_OFF_S", (0.02, 0.04))
    for module in (network, gtts, edge):
        monkeypatch.setattr(module, "ANSWER_S", 1.0)
    monkeypatch.setattr(gtts, "READ_S", 0.5)
    monkeypatch.setattr(gtts, "BUSY_WAIT_S", 0.02)
