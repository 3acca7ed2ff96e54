"""A door makes or migrates the journal only while it holds the station's lock, and never under a running station."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.errors import JournalError, StationStateError
from broadcaster.journal import Journal, OutdatedJournalError
from broadcaster.journal.database import connect, migrate, newest_schema
from broadcaster.model import Stop
from broadcaster.service.door import open_door, open_journal, read_journal
from broadcaster.settings import Settings, load_settings
from broadcaster.station.lock import StationLock
from tests.station.folder import make_station


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(make_station(tmp_path / "dai"))


def schema(settings: Settings) -> int:
    with sqlite3.connect(settings.journal_path) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def make_old(settings: Settings) -> None:
    """A journal as the first program left it."""
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(settings.journal_path, isolation_level=None)
    migrate(db, up_to=1)
    db.close()


def test_a_missing_journal_is_made(settings: Settings) -> None:
    with open_door(settings, SystemClock(), "chi_hoa") as door:
        number = door.ask(Stop())
        assert door.row(number).request.asked_by == "chi_hoa" and door.holder is None
    assert schema(settings) == newest_schema()


def test_an_old_journal_is_migrated_while_nobody_runs(settings: Settings) -> None:
    make_old(settings)
    open_journal(settings, SystemClock()).close()
    assert schema(settings) == newest_schema()


def test_an_old_journal_is_left_alone_under_a_running_station(settings: Settings) -> None:
    make_old(settings)
    with StationLock(settings.lock_path), pytest.raises(JournalError):
        open_journal(settings, SystemClock())
    assert schema(settings) == 1


def test_a_missing_journal_is_not_made_under_a_running_station(settings: Settings) -> None:
    with StationLock(settings.lock_path), pytest.raises(StationStateError):
        open_journal(settings, SystemClock())
    assert not settings.journal_path.exists()


def test_reading_neither_makes_nor_migrates(settings: Settings) -> None:
    journal = read_journal(settings, SystemClock())
    assert list(journal.airings()) == [] and not settings.journal_path.exists()
    journal.close()
    make_old(settings)
    read_journal(settings, SystemClock()).close()
    assert schema(settings) == 1


def test_the_lock_is_given_back(settings: Settings) -> None:
    open_journal(settings, SystemClock()).close()
    with StationLock(settings.lock_path):
        open_journal(settings, SystemClock()).close()  # it is up to date: no lock is needed


def test_the_helper_of_these_tests_makes_an_outdated_journal(settings: Settings) -> None:
    make_old(settings)
    from broadcaster.journal import Access

    with pytest.raises(OutdatedJournalError):
        Journal(settings.journal_path, access=Access.DOOR)
    connect(settings.journal_path).close()
