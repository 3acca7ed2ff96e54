"""Makes the as-run report (sổ nhật ký phát thanh) and its figures on administrative reform (CCHC).

From the journal alone. `figures` counts, `document` lays the numbers out as a Vietnamese office does, and three writers
(`page`, `sheet`, `word`) put the same document into HTML, XLSX and DOCX. Must not know sound, timetables or the command
line; of the library it is told only what each script is called and which content it serves. The writers load their
packages themselves.
"""

from broadcaster.reports.document import Document, office_document
from broadcaster.reports.figures import ContentTotal, DayTotal, LogLine, Report, Subject, Tally, figures
from broadcaster.reports.period import Period, PeriodKind, period_of

__all__ = [
    "ContentTotal",
    "DayTotal",
    "Document",
    "LogLine",
    "Period",
    "PeriodKind",
    "Report",
    "Subject",
    "Tally",
    "figures",
    "office_document",
    "period_of",
]
