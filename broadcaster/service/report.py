"""The broadcasting log book of a week, month or quarter: counted, and written as an office document."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date
from pathlib import Path

from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import ReportError, UsageError, Words
from broadcaster.reports import PeriodKind, Report, Subject, figures, office_document, period_of
from broadcaster.service.door import read_journal
from broadcaster.settings import Settings
from broadcaster.whole_file import write_whole

EARLIEST_YEAR, LATEST_YEAR = 2000, 2999
"""A year outside is a slip of the finger; and the calendar's own ends have no week around them."""


class Form(enum.StrEnum):
    """Of a report's file."""

    DOCX = "docx"
    XLSX = "xlsx"
    HTML = "html"


def counted(settings: Settings, clock: Clock, kind: PeriodKind, day: date) -> Report:
    """The figures of the period that holds `day`. Raises UsageError for a year that makes no sense, JournalError."""
    from broadcaster.scripts import load_library, load_plan

    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise UsageError(
            Words(f"năm {day.year} không hợp lý", f"the year {day.year} makes no sense"),
            cure=Words("Viết ngày như 2026-11-25", "Write the day like 2026-11-25"),
        )
    library = load_library(settings.scripts_dir)
    # The machine's clock, also during a trial: what was only tried has no place in the log book.
    journal = read_journal(settings, SystemClock())
    try:
        return figures(
            journal,
            period_of(kind, day),
            settings.tz,
            made_at=clock.now(),
            subjects={
                script.id: Subject(title=script.title, topic=script.topic) for script in library.scripts.values()
            },
            plan=load_plan(settings.scripts_dir),
        )
    finally:
        journal.close()


def write(settings: Settings, report: Report, form: Form, path: Path) -> None:
    """Whole or not at all: an office program never sees half a file, and an old one stays when the new one fails.

    Raises ReportError.
    """
    content = _writer(form)(office_document(report, station=settings.name, commune=settings.commune))
    try:
        write_whole(path, content, durable=False)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise ReportError(
            Words(f"không ghi được báo cáo ({reason})", f"cannot write the report ({reason})"),
            where=str(path),
            cure=Words(
                "Đóng tệp nếu đang mở, kiểm tra thư mục, quyền ghi và dung lượng đĩa",
                "Close the file if it is open, check the folder, the permission and the disk space",
            ),
        ) from problem


def _writer(form: Form) -> Callable[..., bytes]:
    match form:
        case Form.DOCX:
            from broadcaster.reports.word import to_docx

            return to_docx
        case Form.XLSX:
            from broadcaster.reports.sheet import to_xlsx

            return to_xlsx
        case Form.HTML:
            from broadcaster.reports.page import to_html

            return to_html
