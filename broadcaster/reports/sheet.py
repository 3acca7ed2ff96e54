"""Writes the document as an XLSX workbook: a worksheet for each table, dates and numbers that Excel can calculate with.

Every worksheet prints by itself: the office's head, the table, the places for signatures, A4 lying.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from broadcaster.errors import ReportError, Words
from broadcaster.reports.document import COUNTRY, FONT, MARGINS_MM, MOTTO, Cell, Document, Form, Table

_MM_PER_INCH = 25.4
_PIXELS_PER_INCH = 96
_A4 = 9
"""Excel's number of the paper."""
_SECONDS_PER_DAY = 86_400
_NUMBER_FORMATS = {
    Form.MINUTES: "#,##0.0",
    Form.DAY: "dd/mm/yyyy",
    Form.MINUTE: "hh:mm",
    Form.SECOND: "hh:mm:ss",
    Form.LENGTH: "[m]:ss",
}
_ALIGNED = {Form.TEXT: "left", Form.COUNT: "right", Form.MINUTES: "right", Form.LENGTH: "right"}
"""Everything else is centred."""
_LAST_HEAD_ROW = 6


def to_xlsx(document: Document) -> bytes:
    """The whole file. Raises ReportError when XlsxWriter is not installed."""
    try:
        import xlsxwriter
    except ModuleNotFoundError as problem:
        raise ReportError(
            Words("chưa ghi được tệp Excel", "Excel files cannot be written yet"),
            cure=Words(
                "Chạy: pip install 'broadcaster[report]', hoặc dùng --html",
                "Run: pip install 'broadcaster[report]', or use --html",
            ),
        ) from problem
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    made = datetime.combine(document.made_on, time())
    book.set_properties({"title": f"{document.title} – {document.period}", "author": document.office, "created": made})
    styles = _Styles(book)
    for table in document.tables:
        _write_sheet(book.add_worksheet(table.name), table, document, styles)
    book.close()
    return target.getvalue()


class _Styles:
    """Cell formats, one object for each kind: a workbook keeps every one it is asked for."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def of(self, **properties: object) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": FONT, "font_size": 11, **properties})
        return self._made[key]

    def cell(self, form: Form, *, bold: bool = False) -> Any:
        return self.of(
            border=1,
            text_wrap=True,
            valign="top",
            align=_ALIGNED.get(form, "center"),
            num_format=_NUMBER_FORMATS.get(form, "General"),
            bold=bold,
        )


def _write_sheet(sheet: Any, table: Table, document: Document, styles: _Styles) -> None:
    last = len(table.columns) - 1
    middle = last // 2
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    top, right, bottom, left = (side / _MM_PER_INCH for side in MARGINS_MM)
    sheet.set_margins(left=left, right=right, top=top, bottom=bottom)
    sheet.set_footer("&C&P/&N")
    for number, column in enumerate(table.columns):
        sheet.set_column_pixels(number, number, round(column.width_mm / _MM_PER_INCH * _PIXELS_PER_INCH))

    centred, bold = styles.of(align="center"), styles.of(align="center", bold=True)
    _across(sheet, 0, 0, middle, document.authority, centred)
    _across(sheet, 1, 0, middle, document.office, bold)
    _across(sheet, 0, middle + 1, last, COUNTRY, bold)
    _across(sheet, 1, middle + 1, last, MOTTO, bold)
    _across(sheet, 2, middle + 1, last, document.place_and_day, styles.of(align="center", italic=True))
    _across(sheet, 3, 0, last, document.title, styles.of(align="center", bold=True, font_size=14))
    _across(sheet, 4, 0, last, document.period, bold)
    _across(sheet, 5, 0, last, table.title, styles.of(align="left", bold=True))

    row = _write_table(sheet, table, styles)
    if not table.rows and table.empty:
        _across(sheet, row, 0, last, table.empty, styles.of(align="left"))
        row += 1
    for note in document.notes:
        row += 1
        _across(sheet, row, 0, last, note, styles.of(align="left", italic=True, text_wrap=True))
    row += 2
    for (who, how), (first, end) in zip(document.signatures, ((0, middle), (middle + 1, last)), strict=True):
        _across(sheet, row, first, end, who, bold)
        _across(sheet, row + 1, first, end, how, styles.of(align="center", italic=True))


def _write_table(sheet: Any, table: Table, styles: _Styles) -> int:
    """Heads, rows and total; returns the first free row."""
    head = styles.of(border=1, text_wrap=True, bold=True, align="center", valign="vcenter")
    row = _LAST_HEAD_ROW
    for number, column in enumerate(table.columns):
        sheet.write_string(row, number, column.head, head)
    sheet.repeat_rows(row)
    sheet.freeze_panes(row + 1, 0)
    if table.rows:
        sheet.autofilter(row, 0, row + len(table.rows), len(table.columns) - 1)
    for cells in (*table.rows, *([table.total] if table.total is not None else [])):
        row += 1
        for number, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
            _write(sheet, row, number, cell, styles.cell(column.form, bold=cells is table.total))
    return row + 1


def _write(sheet: Any, row: int, column: int, cell: Cell, style: Any) -> None:
    match cell:
        case None:
            sheet.write_blank(row, column, None, style)
        case timedelta():
            sheet.write_number(row, column, cell.total_seconds() / _SECONDS_PER_DAY, style)
        case date() | time():
            sheet.write_datetime(row, column, cell.replace(microsecond=0) if isinstance(cell, time) else cell, style)
        case int() | float():
            sheet.write_number(row, column, cell, style)
        case str():
            # Never `write`: a notice that begins with "=" must stay words and not become a formula.
            sheet.write_string(row, column, cell, style)


def _across(sheet: Any, row: int, first: int, last: int, text: str, style: Any) -> None:
    """Words over several columns."""
    if first < last:
        sheet.merge_range(row, first, row, last, "", style)
    sheet.write_string(row, first, text, style)
