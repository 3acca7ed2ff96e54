"""Names that last: keys of occurrences, ids of scripts and zones, hashes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NewType

OccurrenceKey = NewType("OccurrenceKey", str)
"""`timetable/session/2026-11-25`, or `yeu_cau/17` for what an operator asked for. Unique for ever."""
ScriptId = NewType("ScriptId", str)
Sha256 = NewType("Sha256", str)
"""Lower-case hexadecimal SHA-256."""

EVERYWHERE = "tat_ca"
"""The zone of all loudspeakers; also the only zone of a station that names none."""
REQUESTS = "yeu_cau"
"""First part of the keys of what operators asked for."""
TIMETABLE = "lich"
"""Who asked for what stands in a timetable."""


def request_key(request: int) -> OccurrenceKey:
    """The occurrence that a request becomes."""
    return OccurrenceKey(f"{REQUESTS}/{request}")


def request_number(key: str) -> int | None:
    """The request behind an occurrence's key; None for what stands in a timetable."""
    room, _, number = key.partition("/")
    return int(number) if room == REQUESTS and number.isdecimal() else None


def zones_text(zones: Iterable[str]) -> str:
    """Zone names as the JSON key `zone` has them: `tat_ca`, `thon_1`, `thon_1,thon_2`."""
    return ",".join(zones)


def zones_of(text: str) -> tuple[str, ...]:
    """The inverse of `zones_text`."""
    return tuple(text.split(","))
