"""Lengths of time and amounts of bytes in words."""

from __future__ import annotations

import pytest

from broadcaster.errors import Words
from broadcaster.service.amounts import duration, size


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (7, "0:07"), (750, "12:30"), (3723, "1:02:03")])
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "vietnamese", "english"),
    [
        (0, "0,0 MB", "0.0 MB"),
        (62_800_000, "62,8 MB", "62.8 MB"),
        (3e8, "300 MB", "300 MB"),
        (81_792e6, "81,8 GB", "81.8 GB"),
    ],
)
def test_a_size_is_written_as_its_reader_writes_numbers(count: float, vietnamese: str, english: str) -> None:
    assert size(count) == Words(vietnamese, english)
