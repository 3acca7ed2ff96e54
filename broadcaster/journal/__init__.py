"""The append-only record: what was asked, planned, on air, and how it ended. One SQLite file.

The running station writes; doors append requests and read. This room knows no timetable, no sound and no rule: it keeps
facts, and its own triggers refuse to change or delete a verdict.
"""

from broadcaster.journal.database import Access, NewerJournalError, OutdatedJournalError, connect, set_aside_if_damaged
from broadcaster.journal.journal import Journal
from broadcaster.journal.rows import OccurrenceRow, RequestRow

__all__ = [
    "Access",
    "Journal",
    "NewerJournalError",
    "OccurrenceRow",
    "OutdatedJournalError",
    "RequestRow",
    "connect",
    "set_aside_if_damaged",
]
