"""The disk that fills while nobody looks; a real one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.station import diskwatch
from broadcaster.station.diskwatch import LOOK_EVERY_S, DiskWatch, Room, room_in
from tests.disks import small_disk


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (0, Room.NONE),
        (49_999_999, Room.NONE),
        (50_000_000, Room.LOW),
        (499_999_999, Room.LOW),
        (500_000_000, Room.ENOUGH),
    ],
)
def test_how_much_is_little(free: int, room: Room):
    assert room_in(free) is room


def test_it_is_told_once_when_it_gets_worse_and_once_when_it_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(diskwatch, "NONE_BYTES", 2_000_000)
    monkeypatch.setattr(diskwatch, "LOW_BYTES", 5_000_000)
    monkeypatch.setattr(diskwatch, "BACK_BYTES", 6_000_000)
    clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
    with small_disk(tmp_path / "dia", 8) as disk:
        watch = DiskWatch(disk, clock)

        def look() -> str:
            clock.advance(LOOK_EVERY_S)
            return watch.look()

        assert look() == ""
        (disk / "a").write_bytes(bytes(4_000_000))
        assert look() == "đĩa gần đầy: còn 4 MB; xóa bớt tệp, hoặc chạy «broadcaster cache prune»"
        assert look() == ""
        (disk / "b").write_bytes(bytes(3_000_000))
        assert watch.look() == "", "it is not yet time"
        assert look().startswith("đĩa sắp hết chỗ: còn 1 MB; ")
        (disk / "b").unlink()
        assert look() == "", "better is not yet well"
        (disk / "a").unlink()
        assert look() == "đĩa đã có chỗ trở lại: còn 8 MB"
        assert look() == ""
