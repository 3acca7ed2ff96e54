"""Writes the document as one HTML file: no script, no picture, no network; printed on A4 it is the paper form."""

from __future__ import annotations

from html import escape

from broadcaster.reports.document import (
    COUNTRY,
    FONT,
    MARGINS_MM,
    MOTTO,
    Cell,
    Column,
    Document,
    Form,
    Table,
    shown,
)

_CLASSES = {Form.TEXT: "text", Form.COUNT: "number", Form.MINUTES: "number", Form.LENGTH: "number"}
"""Everything else is centred."""

_STYLE = f"""\
@page {{ size: A4 landscape; margin: {" ".join(f"{side:g}mm" for side in MARGINS_MM)}; }}
body {{ font: 13pt "{FONT}", "Liberation Serif", serif; max-width: 252mm; margin: 10mm auto; }}
header {{ display: flex; justify-content: space-between; text-align: center; }}
header p, h1, .period {{ margin: 0; }}
header b {{ display: inline-block; padding-bottom: 1mm; border-bottom: 0.3mm solid; }}
.place {{ text-align: right; font-style: italic; margin: 4mm 0 6mm; }}
h1 {{ font-size: 16pt; text-align: center; }}
.period {{ text-align: center; font-weight: bold; }}
h2 {{ font-size: 13pt; margin: 7mm 0 2mm; break-after: avoid; }}
table {{ border-collapse: collapse; table-layout: fixed; font-size: 10.5pt; }}
th, td {{ border: 0.25mm solid; padding: 0.8mm 1.2mm; text-align: center; vertical-align: top; }}
td {{ overflow-wrap: anywhere; }}
thead {{ display: table-header-group; }}
th {{ vertical-align: middle; }}
tr {{ break-inside: avoid; }}
td.text {{ text-align: left; }}
td.number {{ text-align: right; }}
tr.total {{ font-weight: bold; }}
.notes {{ font-size: 11pt; margin-top: 5mm; }}
.notes p {{ margin: 1mm 0; }}
footer {{ display: flex; justify-content: space-around; text-align: center; margin-top: 8mm; break-inside: avoid; }}
footer div {{ min-height: 40mm; }}
footer p {{ margin: 0; font-style: italic; }}
@media print {{ body {{ margin: 0; max-width: none; }} }}
"""


def to_html(document: Document) -> bytes:
    """The whole file, UTF-8."""
    signatures = "".join(f"<div><b>{escape(who)}</b><p>{escape(how)}</p></div>" for who, how in document.signatures)
    parts = [
        '<!DOCTYPE html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">',
        f"<title>{escape(document.title)} – {escape(document.period)}</title>",
        f"<style>\n{_STYLE}</style>\n</head>\n<body>",
        f"<header><div><p>{escape(document.authority)}</p><b>{escape(document.office)}</b></div>",
        f"<div><p><strong>{COUNTRY}</strong></p><b>{MOTTO}</b></div></header>",
        f'<p class="place">{escape(document.place_and_day)}</p>',
        f'<h1>{escape(document.title)}</h1>\n<p class="period">{escape(document.period)}</p>',
        *(_table(table) for table in document.tables),
        '<div class="notes">' + "".join(f"<p>{escape(note)}</p>" for note in document.notes) + "</div>",
        f"<footer>{signatures}</footer>\n</body>\n</html>\n",
    ]
    return "\n".join(parts).encode("utf-8")


def _table(table: Table) -> str:
    title = f"<h2>{escape(table.title)}</h2>"
    if not table.rows and table.empty:
        return f"{title}\n<p>{escape(table.empty)}</p>"
    width = sum(column.width_mm for column in table.columns)
    columns = "".join(f'<col style="width:{column.width_mm:g}mm">' for column in table.columns)
    heads = "".join(f"<th>{escape(column.head)}</th>" for column in table.columns)
    rows = [f"<tr>{_cells(table.columns, row)}</tr>" for row in table.rows]
    if table.total is not None:
        rows.append(f'<tr class="total">{_cells(table.columns, table.total)}</tr>')
    body = "\n".join(rows)
    return (
        f'{title}\n<table style="width:{width:g}mm"><colgroup>{columns}</colgroup>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _cells(columns: tuple[Column, ...], row: tuple[Cell, ...]) -> str:
    return "".join(
        f'<td class="{_CLASSES.get(column.form, "code")}">{escape(shown(cell, column.form))}</td>'
        for column, cell in zip(columns, row, strict=True)
    )
