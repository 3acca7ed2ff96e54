"""`report`: the sổ nhật ký phát thanh of a week, month or quarter, with the figures on administrative reform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time, iso, read_day, weekday
from broadcaster.enum_words import LEVEL_WORDS, outcome_words
from broadcaster.errors import Words
from broadcaster.reason_words import cause
from broadcaster.service.amounts import duration

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from broadcaster.reports import ContentTotal, LogLine, Report, Tally

KINDS = ("week", "month", "quarter")
_PATH = click.Path(dir_okay=False, path_type=Path)


@command(
    "report",
    about=Words(
        "Sổ nhật ký phát thanh của tuần, tháng hoặc quý có ngày DATE (mặc định: hôm nay): từng mục đã phát hay không"
        " phát và lý do, tổng hợp theo ngày, theo mức, và số bài, lượt phát, số phút tuyên truyền cải cách hành chính"
        " theo từng nội dung của kế hoạch. Số liệu lấy từ nhật ký; dòng ghi dưới đồng hồ thử không tính.\n\n"
        "Không ghi tệp nào thì in ra màn hình. Tệp có quốc hiệu, tên cơ quan, chỗ ký, khổ A4 ngang. Tệp Word và Excel"
        " cần: pip install 'broadcaster[report]'.",
        "The broadcasting log book of the week, month or quarter that holds DATE (default: today): every item, aired"
        " or not and why, totals by day and level, and scripts, airings and minutes for each content of the plan on"
        " administrative reform. Read from the journal; rows of a test clock do not count.\n\n"
        "Without a file it is printed here. Files have the form of a Vietnamese office document on A4, in Vietnamese."
        " Word and Excel files need: pip install 'broadcaster[report]'.",
    ),
    examples="broadcaster report week --docx so_nhat_ky.docx\n"
    "broadcaster report quarter 2026-11-25 --xlsx quy_4.xlsx --html quy_4.html\nbroadcaster report month --json",
)
@argument("kind", metavar="week|month|quarter", type=click.Choice(KINDS))
@argument("day", required=False, metavar="[DATE]")
@option("--docx", metavar="F", type=_PATH, words=Words("Ghi tệp Word.", "Write a Word file."))
@option("--xlsx", metavar="F", type=_PATH, words=Words("Ghi tệp Excel.", "Write an Excel file."))
@option(
    "--html", metavar="F", type=_PATH,
    words=Words("Ghi trang HTML để xem và in.", "Write an HTML page, to be read and printed."),
)  # fmt: skip
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
def report(
    invocation: Invocation,
    kind: str,
    day: str | None,
    docx: Path | None,
    xlsx: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Count, then write or print."""
    from broadcaster.reports import PeriodKind
    from broadcaster.service import report as service

    settings, now, tz = invocation.settings, invocation.clock.now(), invocation.settings.tz
    in_period = read_day(day, now, tz) if day else now.astimezone(tz).date()
    counted = service.counted(settings, invocation.clock, PeriodKind(kind), in_period)
    _tell_left_out(counted)
    files = {service.Form.DOCX: docx, service.Form.XLSX: xlsx, service.Form.HTML: html}
    for form, path in files.items():
        if path is not None:
            service.write(settings, counted, form, path)
            console.notice(Words(f"Đã ghi {path}.", f"Wrote {path}."))
    if as_json:
        console.print_json(as_document(counted))
    elif not any(files.values()):
        _print(counted)


def _tell_left_out(counted: Report) -> None:
    if counted.trials_left_out:
        console.notice(
            Words(
                f"{counted.trials_left_out} dòng ghi dưới đồng hồ thử không tính vào sổ.",
                f"{counted.trials_left_out} rows of a test clock are left out.",
            )
        )


# --- JSON ------------------------------------------------------------------------------------------------------


def as_document(counted: Report) -> dict[str, object]:
    """The report for programs."""
    return {
        "period": counted.period.kind,
        "first_day": counted.period.first.isoformat(),
        "last_day": counted.period.last.isoformat(),
        "made_at": counted.made_at.isoformat(timespec="seconds"),
        "total": _tally(counted.total),
        "days": [{"day": total.day.isoformat(), **_tally(total.tally)} for total in counted.days],
        "levels": {level: _tally(tally) for level, tally in counted.levels.items()},
        "outcomes": dict(counted.outcomes),
        "contents": [
            {
                "code": content.code,
                "title": _title(content),
                "scripts": content.scripts,
                **_tally(content.tally),
                "reasons": [
                    {"reason": console.told(cause(code)), "items": items, "reason_code": code}
                    for code, items in content.reasons
                ],
            }
            for content in counted.contents
        ],
        "contents_total": _tally(counted.contents_total),
        "unknown_scripts": counted.unknown_scripts,
        "without_verdict": counted.without_verdict,
        "beside_loudspeakers": counted.beside_loudspeakers,
        "trials_left_out": counted.trials_left_out,
        "log": [_log_row(line, counted.tz) for line in counted.log],
    }


def _title(content: ContentTotal) -> str:
    from broadcaster.reports.figures import OUTSIDE_PLAN

    outside = Words(OUTSIDE_PLAN, "Outside the plan")
    return console.told(outside) if content.title == OUTSIDE_PLAN else content.title


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "items": tally.items,
        "aired": tally.aired,
        "partly_aired": tally.partly_aired,
        "not_aired": tally.not_aired,
        "on_air": tally.on_air,
        "aired_s": round(tally.aired_s, 3),
    }


def _log_row(line: LogLine, tz: ZoneInfo) -> dict[str, object]:
    row: dict[str, object] = {
        name: getattr(line, name)
        for name in (
            "occurrence", "item", "script", "level", "planned_at", "started_at", "session", "content", "topic",
            "aired_s", "outcome", "reason", "asked_by", "voice", "output",
        )
    }  # fmt: skip
    row["reason"] = console.told(line.reason.words())
    row["reason_code"] = line.reason.code
    row["planned_at"] = iso(line.planned_at, tz)
    row["started_at"] = iso(line.started_at, tz)
    row["aired_s"] = round(line.aired_s, 3)
    return row


# --- the terminal ----------------------------------------------------------------------------------------------

_COUNTS = (
    Words("Số mục", "Items"),
    Words("Đã phát", "Aired"),
    Words("Phát dở", "Partly"),
    Words("Không phát", "Not aired"),
    Words("Phút", "Minutes"),
)


def _print(counted: Report) -> None:
    first, last = counted.period.first, counted.period.last
    console.print_line(
        Words(
            f"SỔ NHẬT KÝ PHÁT THANH – {counted.period.title}",
            f"Broadcasting log, {first.isoformat()} to {last.isoformat()}",
        )
    )
    if not counted.log:
        console.print_line(Words("Trong kỳ không có mục nào.", "Nothing was aired or due."))
    else:
        _print_log(counted)
        _print_days(counted)
    _print_contents(counted)


def _print_log(counted: Report) -> None:
    console.print_line()
    console.print_table(
        [
            (
                day_and_time(line.started_at or line.planned_at, counted.tz),
                duration(line.aired_s),
                console.told(outcome_words(line.outcome)),
                line.session or console.told(LEVEL_WORDS[line.level]),
                line.content,
                console.told(line.reason.words()),
            )
            for line in counted.log
        ],
        heads=(
            Words("Lúc", "At"),
            Words("Dài", "Length"),
            Words("Kết quả", "Outcome"),
            Words("Phiên", "Session"),
            Words("Nội dung", "Content"),
            Words("Lý do", "Reason"),
        ),
        right=(1,),
    )


def _print_days(counted: Report) -> None:
    console.print_line()
    rows = [
        (f"{weekday(total.day)} {total.day:%d/%m}", *_cells(total.tally)) for total in counted.days if total.tally.items
    ]
    rows += [(console.told(LEVEL_WORDS[level]), *_cells(tally)) for level, tally in counted.levels.items()]
    rows.append((console.told(Words("Cộng", "Total")), *_cells(counted.total)))
    console.print_table(rows, heads=(Words("Ngày, mức", "Day, level"), *_COUNTS), right=(1, 2, 3, 4, 5))


def _print_contents(counted: Report) -> None:
    if not counted.contents:
        return
    console.print_line()
    rows = [(content.code, *_cells(content.tally), _title(content)) for content in counted.contents]
    rows.append((console.told(Words("Cộng", "Total")), *_cells(counted.contents_total), ""))
    console.print_table(
        rows,
        heads=(Words("Mã", "Code"), *_COUNTS, Words("Nội dung tuyên truyền CCHC", "Content of the plan")),
        right=(1, 2, 3, 4, 5),
    )


def _cells(tally: Tally) -> tuple[str, ...]:
    minutes = f"{tally.minutes:.1f}"
    minutes = minutes if console.language() == "en" else minutes.replace(".", ",")
    return str(tally.items), str(tally.aired), str(tally.partly_aired), str(tally.not_aired), minutes
