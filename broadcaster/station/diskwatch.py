"""Is there room on the station's disk? It fills over weeks, and at 05:30 nobody can delete anything."""

from __future__ import annotations

import shutil
from enum import IntEnum
from pathlib import Path

from broadcaster.clock import Clock

LOW_BYTES = 500_000_000
"""Half a gigabyte: days of rendering are left, and time to act."""
NONE_BYTES = 50_000_000
"""A few long sessions."""
BACK_BYTES = 600_000_000
"""Room that comes and goes around the bound is told once, not each time."""
LOOK_EVERY_S = 30.0
"""Real seconds."""
CURE = "xóa bớt tệp, hoặc chạy «broadcaster cache prune»"


class Room(IntEnum):
    """How much is left; less is worse."""

    NONE = 0
    LOW = 1
    ENOUGH = 2


def room_in(free_bytes: int) -> Room:
    """What so many free bytes are called."""
    if free_bytes < NONE_BYTES:
        return Room.NONE
    return Room.LOW if free_bytes < LOW_BYTES else Room.ENOUGH


class DiskWatch:
    """Tells of the station's disk once when it gets worse, and once when it is well again."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._next_look = clock.monotonic()
        self._room = Room.ENOUGH

    def look(self) -> str:
        """A line for people, in Vietnamese; empty when there is nothing new or it is not yet time."""
        if self._clock.monotonic() < self._next_look:
            return ""
        self._next_look = self._clock.monotonic() + LOOK_EVERY_S * self._clock.speed
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return ""  # a disk that is gone is noticed, and told, by the journal
        room = room_in(free)
        if room == self._room or (room > self._room and free < BACK_BYTES):
            return ""
        self._room = room
        left = f"còn {free / 1e6:.0f} MB"
        if room is Room.ENOUGH:
            return f"đĩa đã có chỗ trở lại: {left}"
        return f"{'đĩa gần đầy' if room is Room.LOW else 'đĩa sắp hết chỗ'}: {left}; {CURE}"
