"""The event stream for doors: what has happened, and what happens from now on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import Event
from broadcaster.service.door import read_journal
from broadcaster.settings import Settings

LOOK_S = 0.2
"""Real seconds between two looks; SQLite tells for microseconds whether anybody has written."""


def newest(settings: Settings, clock: Clock, limit: int = 100) -> list[Event]:
    """The newest events, oldest first."""
    journal = read_journal(settings, clock)
    try:
        return journal.events(limit)
    finally:
        journal.close()


def follow(settings: Settings, clock: Clock, after: int, end: threading.Event) -> Iterator[Event]:
    """What comes after the event with the id `after`, as it happens, until `end` is set.

    A journal that is set aside and made anew begins again at its first event.
    """
    journal = read_journal(settings, clock)
    identity, seen = _identity(settings), -1
    try:
        while not end.is_set():
            if _identity(settings) != identity:
                journal.close()
                journal = read_journal(settings, clock)
                identity, seen, after = _identity(settings), -1, 0
            version = journal.data_version()
            if version != seen:
                seen = version
                for event in _all_after(journal, after):
                    after = event.id
                    yield event
            end.wait(LOOK_S)
    finally:
        journal.close()


def _all_after(journal: Journal, after: int) -> Iterator[Event]:
    while events := journal.events_after(after):
        yield from events
        after = events[-1].id


def _identity(settings: Settings) -> tuple[int, int] | None:
    """Of the journal's file; None while there is none."""
    try:
        facts = settings.journal_path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
