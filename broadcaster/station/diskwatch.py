"""The station's disk: is there room, and does the journal reach it? It fills over weeks, and at 05:30 nobody can delete
anything."""

from __future__ import annotations

import shutil
from enum import IntEnum
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.journal import Journal

LOW_BYTES = 500_000_000
"""Half a gigabyte: days of rendering are left, and time to act."""
NONE_BYTES = 50_000_000
"""A few long sessions."""
ENOUGH_BYTES = 600_000_000
"""Space that comes and goes around the bound is told once, not each time."""
LOOK_EVERY_S = 30.0
"""Real seconds."""
RETURN_EVERY_S = 5.0
"""Real seconds between two tries to write a journal kept in memory back to its disk. A power cut before it loses it; a
try that fails costs milliseconds."""
RETURN_ON_AIR_EVERY_S = 30.0
"""While something is on air: a slow disk must not keep STOP waiting often, nor an endless emergency the record."""
IN_MEMORY = Words(
    "KHÔNG GHI ĐƯỢC NHẬT KÝ VÀO ĐĨA: đài vẫn phát, nhật ký tạm giữ trong bộ nhớ",
    "THE JOURNAL CANNOT BE WRITTEN TO THE DISK: the station goes on, the record is kept in memory",
)
BACK_ON_DISK = Words(
    "nhật ký đã ghi lại được vào đĩa, không thiếu dòng nào", "the journal is on its disk again, no row is missing"
)


class DiskSpace(IntEnum):
    """How much is left; less is worse."""

    NONE = 0
    LOW = 1
    ENOUGH = 2


def space_in(free_bytes: int) -> DiskSpace:
    """What so many free bytes are called."""
    if free_bytes < NONE_BYTES:
        return DiskSpace.NONE
    return DiskSpace.LOW if free_bytes < LOW_BYTES else DiskSpace.ENOUGH


class DiskWatch:
    """Tells of the station's disk once when it gets worse, and once when it is well again."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._next_look = clock.monotonic()
        self._space = DiskSpace.ENOUGH

    def look(self) -> Words | None:
        """A line for people; None when there is nothing new or it is not yet time."""
        if self._clock.monotonic() < self._next_look:
            return None
        self._next_look = self._clock.monotonic() + LOOK_EVERY_S * self._clock.speed
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return None  # a disk that is gone is noticed, and told, by the journal
        space = space_in(free)
        if space == self._space or (space > self._space and free < ENOUGH_BYTES):
            return None
        self._space = space
        megabytes = f"{free / 1e6:.0f} MB"
        if space is DiskSpace.ENOUGH:
            return Words(f"đĩa đã có chỗ trở lại: còn {megabytes}", f"the disk has space again: {megabytes} free")
        vi, en = ("đĩa gần đầy", "the disk is nearly full") if space is DiskSpace.LOW else _NO_SPACE
        return Words(
            f"{vi}: còn {megabytes}; xóa bớt tệp, hoặc chạy «broadcaster cache prune»",
            f"{en}: {megabytes} free; delete files, or run 'broadcaster cache prune'",
        )


_NO_SPACE = ("đĩa sắp hết chỗ", "the disk has almost no space left")


class RecordWatch:
    """Tells that the record is kept in memory, and writes it back as soon as the disk takes it again."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._told = False
        self._tried = 0.0

    def look(self, *, on_air: bool) -> Words | None:
        """A line for people when the record has just left the disk or returned; else None."""
        if not self._journal.in_memory_why:
            return None
        now = self._clock.monotonic()
        if not self._told:
            self._told, self._tried = True, now
            why = self._journal.in_memory_why
            return Words(
                f"{IN_MEMORY.vi} ({why}); giải phóng dung lượng hoặc thay ổ đĩa, đừng tắt máy trước đó",
                f"{IN_MEMORY.en} ({why}); free space or replace the disk, and do not switch off before that",
            )
        if now < self._tried + (RETURN_ON_AIR_EVERY_S if on_air else RETURN_EVERY_S) * self._clock.speed:
            return None
        self._tried = now
        if not self._journal.return_to_disk():
            return None
        self._told = False
        return BACK_ON_DISK
