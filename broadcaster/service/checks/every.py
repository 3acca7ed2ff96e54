"""All checks, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator

from broadcaster.errors import BroadcasterError
from broadcaster.service.checks.finding import SETTINGS, Check, Finding, fault
from broadcaster.service.checks.machine import check_clock, check_disk, check_service, check_sound
from broadcaster.service.checks.site import Site
from broadcaster.service.checks.station import (
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


def examine(site: Site) -> Iterator[Finding]:
    """Run every check. What one raises is a finding, too."""
    for check in CHECKS:
        try:
            yield from check(site)
        except BroadcasterError as problem:
            yield fault(SETTINGS, problem)
            if check is CHECKS[0]:  # without settings there is nothing to look at
                return
