"""STOP, RESUME, skip and cancel: short commands to the running station, each on record."""

from __future__ import annotations

from broadcaster.model import Cancel, Level, Resume, Skip, Stop
from broadcaster.service.answer import Answer, unanswered, wait_for_answer
from broadcaster.service.door import Door
from broadcaster.service.zones import check_zones


def stop(door: Door, zones: tuple[str, ...] = ()) -> Answer:
    """Silence, latched. Without a station it takes effect when one starts. `zones` empty: everywhere."""
    return _latch(door, Stop(zones=check_zones(zones, door.settings)))


def resume(door: Door, zones: tuple[str, ...] = (), *, clock: bool = False) -> Answer:
    """Lift the STOP of these zones (empty: of the station). `clock`: also, the machine's clock is right."""
    return _latch(door, Resume(zones=check_zones(zones, door.settings), clock=clock))


def skip(door: Door, zones: tuple[str, ...] = ()) -> Answer:
    """End what is on air there. Raises StationStateError without a running station."""
    door.require_station()
    return wait_for_answer(door, door.ask(Skip(zones=check_zones(zones, door.settings))))


def cancel(door: Door, target: str) -> Answer:
    """Take one occurrence out. Raises StationStateError without a running station."""
    door.require_station()
    return wait_for_answer(door, door.ask(Cancel(target=target)))


def cancel_emergencies(door: Door) -> Answer:
    """End every emergency."""
    return cancel(door, Level.KHAN_CAP)


def _latch(door: Door, command: Stop | Resume) -> Answer:
    """These count even when nobody runs: the next start reads them first."""
    number = door.ask(command)
    return unanswered(number) if door.holder is None else wait_for_answer(door, number)
