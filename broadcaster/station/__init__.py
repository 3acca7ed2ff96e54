"""The station: wiring, start and reverse-order stop, the one loop. Rank 3: it knows every room, no door knows more."""

from broadcaster.station.lock import Holder, StationLock, ask_status, nudge, running
from broadcaster.station.station import Station

__all__ = ["Holder", "Station", "StationLock", "ask_status", "nudge", "running"]
