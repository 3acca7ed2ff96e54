"""Small facts that change (the STOP, the last heartbeat), approvals, and the last good timetables."""

from __future__ import annotations

from datetime import datetime

from broadcaster.journal.rows import from_text, to_text
from broadcaster.journal.store import Store


class Facts(Store):
    """The tables `marks`, `approvals` and `timetables`."""

    def mark(self, name: str) -> str | None:
        """A small fact, or None."""
        row = self._read("SELECT value FROM marks WHERE name = ?", (self._mark(name),)).fetchone()
        return row["value"] if row else None

    def marks(self, prefix: str) -> dict[str, str]:
        """Every fact whose name begins so, by the rest of its name."""
        start = self._mark(prefix)
        sql = "SELECT name, value FROM marks WHERE substr(name, 1, ?) = ?"
        rows = self._read(sql, (len(start), start))
        return {row["name"][len(start) :]: row["value"] for row in rows}

    def set_mark(self, name: str, value: str | None) -> None:
        """Store or (None) forget a small fact."""
        if value is None:
            self._write("DELETE FROM marks WHERE name = ?", (self._mark(name),))
        else:
            self._write("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", (self._mark(name), value))

    def mark_time(self, name: str) -> datetime | None:
        """A mark that holds a time."""
        value = self.mark(name)
        return from_text(value) if value else None

    def set_mark_time(self, name: str, moment: datetime) -> None:
        """Store a time as a mark."""
        self.set_mark(name, to_text(moment))

    def _mark(self, name: str) -> str:
        return f"trial:{name}" if self.trial else name

    def approve(self, script: str, text_sha256: str, audio_sha256: str, approved_by: str) -> None:
        """A named person agreed to exactly this text and this sound."""
        self._write(
            "INSERT INTO approvals (script, text_sha256, audio_sha256, approved_by, approved_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (script, text_sha256, audio_sha256, approved_by, to_text(self.clock.now())),
        )

    def approval(self, script: str, audio_sha256: str) -> tuple[str, datetime] | None:
        """(who, when) approved this very sound of the script, or None: an edit changes the hash and so voids it."""
        row = self._read(
            "SELECT approved_by, approved_at FROM approvals"
            " WHERE script = ? AND audio_sha256 = ? ORDER BY id DESC LIMIT 1",
            (script, audio_sha256),
        ).fetchone()
        return (row["approved_by"], from_text(row["approved_at"])) if row else None

    def approvals(self) -> list[tuple[str, str, str, str]]:
        """Every approval given, oldest first: (script, text_sha256, audio_sha256, approved_by)."""
        rows = self._read("SELECT script, text_sha256, audio_sha256, approved_by FROM approvals ORDER BY id")
        return [tuple(row) for row in rows]

    def good_timetable(self, file: str) -> str | None:
        """The text of this file's last version without a mistake, or None."""
        sql = "SELECT text FROM timetables WHERE file = ? AND trial = ?"
        row = self._read(sql, (file, self.trial)).fetchone()
        return row["text"] if row else None

    def keep_timetable(self, file: str, text: str) -> None:
        """Remember a version without a mistake."""
        if self.good_timetable(file) != text:
            sql = "INSERT OR REPLACE INTO timetables (file, trial, text) VALUES (?, ?, ?)"
            self._write(sql, (file, self.trial, text))
