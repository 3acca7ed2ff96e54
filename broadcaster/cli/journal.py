"""`journal`: the as-run record, for people, for programs (JSON lines) and for spreadsheets (CSV)."""

from __future__ import annotations

import csv
import sys
from datetime import timedelta

import click

from broadcaster.cli import airings, console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import read_day
from broadcaster.errors import UsageError, Words
from broadcaster.service.door import read_journal
from broadcaster.service.planned import day_bounds

SHOWN_DAYS = 7
"""Without --from a person sees the last week."""


@command(
    "journal",
    about=Words(
        "Nhật ký phát thanh: mỗi mục đã phát, bỏ lỡ, bị ngắt… là một dòng, kèm lý do. Không ghi --from thì hiện"
        " 7 ngày gần đây. Dòng ghi dưới đồng hồ thử có ghi chú đồng hồ.\n\n"
        "--json in mỗi dòng nhật ký thành một dòng JSON; --csv in bảng mở được bằng Excel.",
        "The as-run record: one row for every item that aired, was missed, was cut…, with its reason. Without --from"
        " the last 7 days are shown. Rows of a test clock are marked.\n\n"
        "--json prints one JSON document a line; --csv a table for a spreadsheet.",
    ),
    examples="broadcaster journal --from 2026-11-01 --to 2026-11-30\nbroadcaster journal --from today --json lines",
)
@option("--from", "first", metavar="DAY", words=Words("Từ ngày này (tính cả ngày).", "From this day on, included."))
@option("--to", "last", metavar="DAY", words=Words("Đến ngày này (tính cả ngày).", "To this day, included."))
@option(
    "--json",
    "form",
    is_flag=False,
    flag_value="lines",
    type=click.Choice(["lines"]),
    words=Words("Mỗi dòng một tài liệu JSON.", "One JSON document a line."),
)
@option("--csv", "as_csv", is_flag=True, words=Words("Bảng CSV (UTF-8).", "A CSV table (UTF-8)."))
def journal(invocation: Invocation, first: str | None, last: str | None, form: str | None, as_csv: bool) -> None:
    """Print rows whose planned time lies in the span."""
    if form and as_csv:
        raise UsageError(Words("chọn --json hoặc --csv, không cả hai", "choose --json or --csv, not both"))
    tz, now = invocation.settings.tz, invocation.clock.now()
    first_day = read_day(first, now, tz) if first else None
    last_day = read_day(last, now, tz) if last else None
    if first_day is None and not (form or as_csv):
        first_day = (last_day or now.astimezone(tz).date()) - timedelta(days=SHOWN_DAYS - 1)
    start, end = day_bounds(first_day, last_day, tz)
    record = read_journal(invocation.settings, invocation.clock)
    try:
        rows = record.airings(start, end)
        if form:
            for airing in rows:
                console.print_json(airings.as_json(airing, tz), line=True)
        elif as_csv:
            sheet = csv.DictWriter(sys.stdout, airings.COLUMNS, lineterminator="\n")
            sheet.writeheader()
            sheet.writerows(airings.as_cells(airing, tz) for airing in rows)
        else:
            airings.print_airings(rows, tz)
    finally:
        record.close()
