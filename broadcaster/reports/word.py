"""Writes the document as a DOCX file, to be printed, signed and bound; it can be edited like any office document."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, time
from io import BytesIO
from typing import Any

from broadcaster.errors import ReportError, Words
from broadcaster.reports.document import (
    COUNTRY,
    FONT,
    MARGINS_MM,
    MOTTO,
    PAGE_MM,
    TEXT_WIDTH_MM,
    Column,
    Document,
    Form,
    Table,
    shown,
)

_BODY_PT = 13
_TABLE_PT = 10
_LEFT, _CENTRE, _RIGHT = 0, 1, 2
"""Word's numbers of the alignments."""
_ALIGNED = {Form.TEXT: _LEFT, Form.COUNT: _RIGHT, Form.MINUTES: _RIGHT, Form.LENGTH: _RIGHT}
"""Everything else is centred."""


def to_docx(document: Document) -> bytes:
    """The whole file. Raises ReportError when python-docx is not installed."""
    try:
        import docx
    except ModuleNotFoundError as problem:
        raise ReportError(
            Words("chưa ghi được tệp Word", "Word files cannot be written yet"),
            cure=Words(
                "Chạy: pip install 'broadcaster[report]', hoặc dùng --html",
                "Run: pip install 'broadcaster[report]', or use --html",
            ),
        ) from problem
    file = docx.Document()
    _set_up(file, document)
    _head(file, document)
    _paragraph(file, document.title, bold=True, align=_CENTRE, size_pt=16)
    _paragraph(file, document.period, bold=True, align=_CENTRE)
    for table in document.tables:
        _paragraph(file, table.title, bold=True, keep_with_next=True, before_pt=12)
        if table.rows or not table.empty:
            _table(file, table)
        else:
            _paragraph(file, table.empty)
    _paragraph(file, "")
    for note in document.notes:
        _paragraph(file, note, italic=True, size_pt=11)
    _signatures(file, document)
    target = BytesIO()
    file.save(target)
    return target.getvalue()


def _set_up(file: Any, document: Document) -> None:
    """Paper, margins, typeface, page numbers (top centre, not on the first page: Nghị định 30), properties."""
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = file.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(side) for side in PAGE_MM)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = (
        Mm(side) for side in MARGINS_MM
    )
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = _CENTRE
    _field(number, "PAGE")

    normal = file.styles["Normal"]
    normal.font.name = FONT
    normal.font.size = Pt(_BODY_PT)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.space_before = Pt(0)

    made = datetime.combine(document.made_on, time())
    properties = file.core_properties
    properties.title = f"{document.title} – {document.period}"
    properties.author = properties.last_modified_by = document.office[:255]  # the format's own limit
    properties.language = "vi-VN"
    properties.comments = ""
    properties.created = properties.modified = made


def _field(paragraph: Any, instruction: str) -> None:
    """A field that Word fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    paragraph._p.append(field)


def _paragraph(place: Any, text: str, **look: Any) -> Any:
    return _dress(place.add_paragraph(), text, **look)


def _dress(
    paragraph: Any,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    align: int = _LEFT,
    size_pt: float | None = None,
    keep_with_next: bool = False,
    before_pt: float = 0,
) -> Any:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.bold, run.italic = bold, italic
    if size_pt is not None:
        run.font.size = Pt(size_pt)
    paragraph.alignment = align
    paragraph.paragraph_format.keep_with_next = keep_with_next
    paragraph.paragraph_format.space_before = Pt(before_pt)
    return paragraph


def _side_by_side(file: Any) -> Sequence[Any]:
    """Two cells without borders, half the width each."""
    from docx.shared import Mm

    table = file.add_table(rows=1, cols=2)
    table.autofit = False
    cells: Sequence[Any] = table.rows[0].cells
    for cell in cells:
        cell.width = Mm(TEXT_WIDTH_MM / 2)
    return cells


def _head(file: Any, document: Document) -> None:
    left, right = _side_by_side(file)
    _dress(left.paragraphs[0], document.authority, align=_CENTRE)
    _underlined(_paragraph(left, document.office, bold=True, align=_CENTRE))
    _dress(right.paragraphs[0], COUNTRY, bold=True, align=_CENTRE)
    _underlined(_paragraph(right, MOTTO, bold=True, align=_CENTRE))
    _paragraph(right, document.place_and_day, italic=True, align=_CENTRE, before_pt=6)
    _paragraph(file, "")


def _underlined(paragraph: Any) -> None:
    paragraph.runs[0].underline = True


def _signatures(file: Any, document: Document) -> None:
    _paragraph(file, "")
    for cell, (who, how) in zip(_side_by_side(file), document.signatures, strict=True):
        _dress(cell.paragraphs[0], who, bold=True, align=_CENTRE, keep_with_next=True)
        _paragraph(cell, how, italic=True, align=_CENTRE)
        for _ in range(4):
            _paragraph(cell, "")


def _table(file: Any, table: Table) -> None:
    """Rows are copies of one row made beforehand: python-docx's own way of adding them takes minutes for a quarter."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    made = file.add_table(rows=2, cols=len(table.columns), style="Table Grid")
    made.autofit = False
    for column, described in zip(made.columns, table.columns, strict=True):
        column.width = Mm(described.width_mm)
    head, pattern = made.rows
    _row_property(head, "w:tblHeader")  # printed again on every page
    for row in (head, pattern):
        _row_property(row, "w:cantSplit")
    for cell, described in zip(head.cells, table.columns, strict=True):
        cell.width = Mm(described.width_mm)
        _dress(cell.paragraphs[0], described.head, bold=True, align=_CENTRE, size_pt=_TABLE_PT)
    for cell, described in zip(pattern.cells, table.columns, strict=True):
        cell.width = Mm(described.width_mm)
        _dress(cell.paragraphs[0], "", align=_ALIGNED.get(described.form, _CENTRE), size_pt=_TABLE_PT)
    blank = pattern._tr
    made._tbl.remove(blank)
    for cells in table.rows:
        made._tbl.append(_filled(blank, cells, table.columns, qn("w:r"), bold=False))
    if table.total is not None:
        made._tbl.append(_filled(blank, table.total, table.columns, qn("w:r"), bold=True))


def _row_property(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _filled(blank: Any, cells: Sequence[Any], columns: Sequence[Column], run_tag: str, *, bold: bool) -> Any:
    """A copy of the pattern with these cells."""
    from docx.text.run import Run

    row = deepcopy(blank)
    for element, cell, column in zip(row.iter(run_tag), cells, columns, strict=True):
        run: Any = Run(element, None)  # type: ignore[arg-type]  # a run needs its part for pictures only
        run.text = shown(cell, column.form)
        run.bold = bold
    return row
