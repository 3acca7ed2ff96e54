"""The disk that fills while nobody looks; a real one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.station import diskwatch
from broadcaster.station.diskwatch import LOOK_EVERY_S, DiskSpace, DiskWatch, space_in
from tests.disks import small_disk


@pytest.mark.parametrize(
    ("free", "space"),
    [
        (0, DiskSpace.NONE),
        (49_999_999, DiskSpace.NONE),
        (50_000_000, DiskSpace.LOW),
        (499_999_999, DiskSpace.LOW),
        (500_000_000, DiskSpace.ENOUGH),
    ],
)
def test_how_much_is_little(free: int, space: DiskSpace):
    assert space_in(free) is space


def test_it_is_told_once_when_it_gets_worse_and_once_when_it_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(diskwatch, "NONE_BYTES", 2_000_000)
    monkeypatch.setattr(diskwatch, "LOW_BYTES", 5_000_000)
    monkeypatch.setattr(diskwatch, "ENOUGH_BYTES", 6_000_000)
    clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
    with small_disk(tmp_path / "dia", 8) as disk:
        watch = DiskWatch(disk, clock)

        def look() -> str:
            clock.advance(LOOK_EVERY_S)
            told = watch.look()
            return "" if told is None else told.vi

        assert look() == ""
        (disk / "a").write_bytes(bytes(4_000_000))
        assert look() == "đĩa gần đầy: còn 4 MB; xóa bớt tệp, hoặc chạy «broadcaster cache prune»"
        assert look() == ""
        (disk / "b").write_bytes(bytes(3_000_000))
        assert watch.look() is None, "it is not yet time"
        assert look().startswith("đĩa sắp hết chỗ: còn 1 MB; ")
        (disk / "b").unlink()
        assert look() == "", "better is not yet well"
        (disk / "a").unlink()
        assert look() == "đĩa đã có chỗ trở lại: còn 8 MB"
        assert look() == ""
