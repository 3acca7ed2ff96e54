"""Zones on the command line: `stop`, `resume`, `skip`, `say` for some of them, and the status of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Running

CLOCK = "2026-12-01T08:00+07:00 x4"


@pytest.fixture
def running(short: Path, run_station: Callable[..., Running]) -> Running:
    file = short / "station.toml"
    text = file.read_text(encoding="utf-8")
    assert 'zones = ["tat_ca"]' in text
    file.write_text(text.replace('zones = ["tat_ca"]', 'zones = ["thon_1", "thon_2", "thon_3"]'), encoding="utf-8")
    return run_station(CLOCK).ready()


def test_the_status_of_each_zone(running: Running) -> None:
    document = running.call("status", "--json").json
    assert document["on_air"] is None
    assert [list(zone) for zone in document["zones"]] == [["zone", "title", "on_air", "stop_latched", "output"]] * 3
    assert [zone["zone"] for zone in document["zones"]] == ["thon_1", "thon_2", "thon_3"]
    assert all(zone["output"]["ok"] and zone["output"]["text"] for zone in document["zones"])
    assert "thon_2" in running.call("status").out


def test_a_stop_of_two_zones_silences_these_only(running: Running) -> None:
    assert running.call("stop", "--zone", "thon_1", "--zone", "thon_2").code == 0
    latched = {zone["zone"]: zone["stop_latched"] for zone in running.call("status", "--json").json["zones"]}
    assert latched == {"thon_1": True, "thon_2": True, "thon_3": False}
    assert running.call("status", "--json").json["stop_latched"] is False

    refused = running.call("say", "Xin chào.", "--zone", "thon_1", "--wait", "--json")
    assert refused.code == 7 and refused.json["reason_code"] == "stop_latched"
    heard = running.call("say", "Xin chào.", "--zone", "thon_3", "--wait", "--json").json
    assert heard["outcome"] == "aired" and heard["airings"][0]["zone"] == "thon_3"

    assert running.call("resume", "--zone", "thon_1").code == 0
    both = running.call("say", "Xin chào.", "--zone", "thon_3", "--zone", "thon_1", "--wait", "--json").json
    assert both["outcome"] == "aired" and both["airings"][0]["zone"] == "thon_1,thon_3"
    deliveries = both["airings"][0]["deliveries"]
    assert {(one["zone"], one["outcome"]) for one in deliveries} == {("thon_1", "aired"), ("thon_3", "aired")}
    assert running.call("skip", "--zone", "thon_2").code == 4


def test_a_zone_that_does_not_exist_is_wrong_usage(running: Running) -> None:
    for command in (("stop",), ("resume",), ("skip",), ("say", "Xin chào.")):
        said = running.call(*command, "--zone", "thon_9")
        assert said.code == 2 and "thon_1" in said.err
