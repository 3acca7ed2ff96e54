"""Following the event stream: every event once, in order, across a journal that was set aside."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import Event, EventKind
from broadcaster.service.events import follow, newest
from broadcaster.settings import Settings, load_settings
from tests.station.folder import make_station


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(make_station(tmp_path / "dai"))


def note(journal: Journal, *texts: str) -> None:
    for text in texts:
        journal.note(EventKind.DISK, Words(text, text))


def taken(events: Iterator[Event], count: int) -> list[str]:
    """So many events; the test's own time limit bounds the wait."""
    return [next(events).text.vi for _ in range(count)]


def test_what_has_happened_comes_first_then_what_happens(settings: Settings) -> None:
    journal, end = Journal(settings.journal_path), threading.Event()
    note(journal, "một", "hai", "ba")
    first = newest(settings, SystemClock())[0].id
    events = follow(settings, SystemClock(), first, end)
    assert taken(events, 2) == ["hai", "ba"]
    note(journal, "bốn")
    assert taken(events, 1) == ["bốn"]
    end.set()
    assert list(events) == []
    journal.close()


def test_more_events_than_one_read_holds_all_come(settings: Settings) -> None:
    journal = Journal(settings.journal_path, durable=False)
    with journal.together():
        note(journal, *[str(number) for number in range(1200)])
    events = follow(settings, SystemClock(), 0, threading.Event())
    assert taken(events, 1200) == [str(number) for number in range(1200)]
    journal.close()


def test_a_journal_made_anew_is_followed_from_its_beginning(settings: Settings) -> None:
    journal = Journal(settings.journal_path)
    note(journal, "cũ", "cũ nữa")
    events = follow(settings, SystemClock(), 0, threading.Event())
    assert taken(events, 2) == ["cũ", "cũ nữa"]
    journal.close()
    settings.journal_path.rename(settings.journal_path.with_name("aside.sqlite3"))
    fresh = Journal(settings.journal_path)
    note(fresh, "mới")
    assert taken(events, 1) == ["mới"]
    fresh.close()
