"""Which outputs a station opens, and which zones each serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.errors import UsageError
from broadcaster.service.running import cards_of
from broadcaster.service.zones import check_zones
from broadcaster.settings import Settings, load_settings
from tests.station.folder import make_station

ZONES = """
[zone.thon_1]
title = "Thôn 1"

[zone.thon_2]
title = "Thôn 2"
output = "soundcard:USB#1"
spare = "none"

[zone.thon_3]
title = "Thôn 3"
output = "soundcard:USB#2"
spare = "none"
gain_db = -3
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = make_station(tmp_path / "dai")
    file = folder / "station.toml"
    file.write_text(file.read_text(encoding="utf-8") + ZONES, encoding="utf-8")
    return load_settings(folder)


def test_each_output_is_opened_once_for_all_its_zones(settings: Settings) -> None:
    first, second = cards_of(settings)
    assert list(first.zones) == ["thon_1"]
    assert list(second.zones) == ["thon_2", "thon_3"] and second.zones["thon_3"].gain_db == -3
    assert [route.channels for route in second.zones.values()] == [(0,), (1,)]
    assert second.specs == ("soundcard:USB", "none")


def test_an_output_of_the_command_line_takes_every_zone(settings: Settings) -> None:
    (card,) = cards_of(settings, "log:x")
    assert card.specs[0] == "log:x" and list(card.zones) == ["thon_1", "thon_2", "thon_3"]
    assert [route.channels for route in card.zones.values()] == [(0,), (1,), (2,)]


def test_zones_are_checked_and_put_in_order(settings: Settings) -> None:
    assert check_zones([], settings) == check_zones(["thon_1", "tat_ca"], settings) == ("tat_ca",)
    assert check_zones(["thon_2", "thon_1", "thon_2"], settings) == ("thon_1", "thon_2")
    with pytest.raises(UsageError, match="thon_9"):
        check_zones(["thon_9"], settings)
