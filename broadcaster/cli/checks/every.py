"""All checks, in the order of the report."""

from __future__ import annotations

from broadcaster.cli.checks.finding import Check
from broadcaster.cli.checks.machine import check_clock, check_disk, check_service, check_sound
from broadcaster.cli.checks.station import (
    check_alarm,
    check_cache,
    check_engines,
    check_journal,
    check_scripts,
    check_settings,
    check_station,
    check_timetable,
)

CHECKS: tuple[Check, ...] = (
    check_settings,
    check_scripts,
    check_timetable,
    check_engines,
    check_alarm,
    check_sound,
    check_clock,
    check_journal,
    check_disk,
    check_cache,
    check_station,
    check_service,
)
"""The first one must pass for the others to mean anything."""
