"""station.toml, read and checked: the station's names, hours, voices, sound, outputs, zones and rules.

This room must not know what is done with them.
"""

from broadcaster.settings.hours import Hours
from broadcaster.settings.late_rule import DEFAULT_LATE, LATE_HINT, LATEST_START, parse_late_rule
from broadcaster.settings.output_spec import OUTPUT_HINT, OUTPUT_KINDS, check_output_spec
from broadcaster.settings.settings import (
    DEFAULT_ENGINES,
    ENGINE_NAMES,
    SAFETY_NET,
    AlarmSettings,
    Output,
    Settings,
    Sound,
)
from broadcaster.settings.station_file import STATION_FILE, find_station, load_settings
from broadcaster.settings.zone import ZoneSettings, heard_with

__all__ = [
    "DEFAULT_ENGINES",
    "DEFAULT_LATE",
    "ENGINE_NAMES",
    "LATEST_START",
    "LATE_HINT",
    "OUTPUT_HINT",
    "OUTPUT_KINDS",
    "SAFETY_NET",
    "STATION_FILE",
    "AlarmSettings",
    "Hours",
    "Output",
    "Settings",
    "Sound",
    "ZoneSettings",
    "check_output_spec",
    "find_station",
    "heard_with",
    "load_settings",
    "parse_late_rule",
]
