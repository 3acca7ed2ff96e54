"""The event stream: what happened that is no airing, in both languages, for whoever follows it."""

from __future__ import annotations

from broadcaster.errors import Words
from broadcaster.journal.rows import event_of, to_text
from broadcaster.journal.store import Store
from broadcaster.model import Event, EventKind


class Events(Store):
    """The table `events`."""

    def note(self, kind: EventKind, text: Words) -> None:
        """Something worth knowing: start, end, a clock step, a lost card."""
        self._write(
            "INSERT INTO events (at, kind, text_vi, text_en, clock) VALUES (?, ?, ?, ?, ?)",
            (to_text(self.clock.now()), kind, text.vi, text.en, self.clock.label),
        )

    def events(self, limit: int = 100) -> list[Event]:
        """The newest events, oldest first."""
        rows = self._read("SELECT * FROM events ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [event_of(row) for row in reversed(rows)]

    def events_after(self, last: int, limit: int = 500) -> list[Event]:
        """What came after the event with this id, oldest first: a follower asks again with the last id it got."""
        rows = self._read("SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?", (last, limit))
        return [event_of(row) for row in rows.fetchall()]
