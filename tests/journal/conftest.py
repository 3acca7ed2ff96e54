"""A journal on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from tests.journal.records import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "nhat_ky" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """Opened by the station that owns it."""
    journal = Journal(path, ManualClock(NOW))
    yield journal
    journal.close()
