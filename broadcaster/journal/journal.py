"""Writing and reading the record. One `Journal` belongs to one thread; other processes open their own."""

from __future__ import annotations

from pathlib import Path

from broadcaster.clock import Clock, SystemClock
from broadcaster.journal.airings import Airings
from broadcaster.journal.database import Access
from broadcaster.journal.events import Events
from broadcaster.journal.facts import Facts
from broadcaster.journal.occurrences import Occurrences
from broadcaster.journal.requests import Requests
from broadcaster.journal.rundowns import Rundowns
from broadcaster.model import OccurrenceKey, Outcome
from broadcaster.reasons import Reason


class Journal(Occurrences, Rundowns, Airings, Requests, Events, Facts):
    """All tables of the file. Every method commits before it returns, unless inside `together()`."""

    def __init__(
        self,
        path: Path | None,
        clock: Clock | None = None,
        *,
        durable: bool = True,
        access: Access = Access.OWNER,
        falls_back: bool = False,
    ) -> None:
        """Open the journal at `path` (None: in memory, for rehearsals).

        `falls_back`: for the running station, which goes on in memory when the file cannot be written (`in_memory_why`
        tells, `return_to_disk` ends it). Else that raises JournalError.
        """
        self.on_verdict = _nobody
        super().__init__(path, clock or SystemClock(), durable=durable, access=access, falls_back=falls_back)


def _nobody(key: OccurrenceKey, outcome: Outcome, reason: Reason) -> None:
    """Nobody asked to be told of verdicts."""
