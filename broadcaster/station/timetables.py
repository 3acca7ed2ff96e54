"""schedules/ as the station follows it: a file with a mistake keeps its last version without one.

That version is in the journal, so that a slip of the pen followed by a power cut does not cost tomorrow's 05:30.
"""

from __future__ import annotations

from pathlib import Path

from broadcaster.errors import TimetableError, Words
from broadcaster.journal import Journal
from broadcaster.model import Timetable
from broadcaster.schedule import Timetables, load_timetables, read_timetable
from broadcaster.settings import Settings

STILL_FOLLOWED = Words("; vẫn dùng bản lịch trước", "; the version before it is still followed")


class CurrentTimetables:
    """See the module's docstring."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self.now = Timetables(timetables=(), problems=())
        """What is followed, and what is wrong with the files."""

    def read(self) -> list[Words]:
        """Read the files again. Returns a line for people on every mistake."""
        loaded = load_timetables(
            self._settings.schedules_dir, default_late=self._settings.late, zones=self._settings.zone_names
        )
        wrong = {path for problem in loaded.problems for path in _files(problem)}
        before = {old.path: old for old in self.now.timetables}
        kept = {path: old for path in sorted(wrong) if (old := before.get(path) or self._last_good(path)) is not None}
        fresh = [new for new in loaded.timetables if new.path not in kept]
        self._remember([new for new in fresh if new.path not in wrong])
        self.now = Timetables(timetables=(*fresh, *kept.values()), problems=loaded.problems)
        return [_told(problem, followed=bool(kept.keys() & _files(problem))) for problem in loaded.problems]

    def _last_good(self, path: Path) -> Timetable | None:
        """As an earlier process read it."""
        text = self._journal.good_timetable(path.name) if path.is_file() else None
        if text is None:
            return None
        read = read_timetable(path, text, default_late=self._settings.late, zones=self._settings.zone_names)
        # The settings may have changed since (a zone is gone): what is still right of it is followed.
        return next(iter(read.timetables), None)

    def _remember(self, good: list[Timetable]) -> None:
        with self._journal.together():
            for timetable in good:
                self._journal.keep_timetable(timetable.path.name, timetable.text)


def _told(problem: TimetableError, *, followed: bool) -> Words:
    vi, en = (STILL_FOLLOWED.vi, STILL_FOLLOWED.en) if followed else ("", "")
    return Words(problem.line("vi") + vi, problem.line("en") + en)


def _files(problem: TimetableError) -> set[Path]:
    """The file of a mistake, told as "file:line" or, when all of it is wrong, as the file alone."""
    return {Path(problem.where), Path(problem.where.rpartition(":")[0])}
