"""The station: wiring, start and reverse-order stop, the one loop. Rank 3: it knows every room, no door knows more.

`Station` is loaded when it is first named: `broadcaster stop` needs the lock and the journal only, and must be quick.
"""

import importlib
from typing import TYPE_CHECKING, Any

from broadcaster.station.address import Holder
from broadcaster.station.doorbell import ask_status, nudge
from broadcaster.station.lock import StationLock, running

if TYPE_CHECKING:
    from broadcaster.station.station import Station

__all__ = ["Holder", "Station", "StationLock", "ask_status", "nudge", "running"]

LATER = {"Station": "broadcaster.station.station"}


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(name)
    return getattr(importlib.import_module(LATER[name]), name)
