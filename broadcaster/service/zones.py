"""Zones as doors name them."""

from __future__ import annotations

from collections.abc import Iterable

from broadcaster.errors import UsageError, Words
from broadcaster.model import EVERYWHERE
from broadcaster.settings import Settings


def check_zones(named: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """The zones, each once, in the station's order; none named, or `tat_ca` among them: everywhere.

    Raises UsageError for one that the station does not have.
    """
    wanted = set(named)
    known = (EVERYWHERE, *settings.zone_names)
    for zone in sorted(wanted - set(known)):
        listed = ", ".join(dict.fromkeys(known))
        raise UsageError(
            Words(f"không có cụm loa «{zone}»", f"there is no zone '{zone}'"),
            cure=Words(f"Chọn trong: {listed}", f"Choose from: {listed}"),
        )
    if not wanted or EVERYWHERE in wanted:
        return (EVERYWHERE,)
    return tuple(zone for zone in settings.zone_names if zone in wanted)
