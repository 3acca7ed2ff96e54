"""The station's disk: is there room, and does the journal reach it? It fills over weeks, and at 05:30 nobody can delete
anything."""

from __future__ import annotations

import shutil
from enum import IntEnum
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.station.status import NO_DISK

LOW_BYTES = 500_000_000
"""Half a gigabyte: days of rendering are left, and time to act."""
NONE_BYTES = 50_000_000
"""A few long sessions."""
BACK_BYTES = 600_000_000
"""Room that comes and goes around the bound is told once, not each time."""
LOOK_EVERY_S = 30.0
"""Real seconds."""
RETURN_EVERY_S = 5.0
"""Real seconds between two tries to write a journal kept in memory back to its disk. A power cut before it loses it; a
try that fails costs milliseconds."""
RETURN_ON_AIR_EVERY_S = 30.0
"""While something is on air: a slow disk must not keep STOP waiting often, nor an endless emergency the record."""
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


class RefugeWatch:
    """Says aloud that the record is kept in memory, and writes it back as soon as the disk takes it again."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._told = False
        self._tried = 0.0

    def look(self, *, on_air: bool) -> str:
        """A line for people, in Vietnamese, when the record has just left the disk or come back; else empty."""
        if not self._journal.refuge:
            return ""
        now = self._clock.monotonic()
        if not self._told:
            self._told, self._tried = True, now
            return f"{NO_DISK} ({self._journal.refuge}); giải phóng dung lượng hoặc thay ổ đĩa, đừng tắt máy trước đó"
        if now < self._tried + (RETURN_ON_AIR_EVERY_S if on_air else RETURN_EVERY_S) * self._clock.speed:
            return ""
        self._tried = now
        if not self._journal.come_back():
            return ""
        self._told = False
        return "nhật ký đã ghi lại được vào đĩa, không thiếu dòng nào"
