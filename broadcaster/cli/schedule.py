"""`schedule …`: the timetable, expanded to what is owed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import Group, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time, iso, read_day
from broadcaster.errors import FileError, Words
from broadcaster.model import zones_text
from broadcaster.service.amounts import duration
from broadcaster.service.planned import CHECKED_DAYS, span_of

if TYPE_CHECKING:
    from broadcaster.service.timetable import ShownItem, ShownOccurrence

MOST_DAYS = 366
_JSON = Words("In dạng JSON.", "Print as JSON.")
_DAYS = Words("Số ngày (mặc định: 2).", "How many days (default: 2).")
_MONTH = Words("Số ngày (mặc định: 31).", "How many days (default: 31).")

schedule = Group(
    "schedule",
    about=Words(
        "Lịch phát trong schedules/: mỗi tệp .toml là một lịch, mỗi [session.TÊN] là một phiên.",
        "The timetables in schedules/: one a file, one [session.NAME] for each session.",
    ),
    examples="broadcaster schedule show --days 7\nbroadcaster schedule check",
)


@command(
    "show",
    group=schedule,
    short=Words("Các phiên của những ngày tới", "The sessions of the next days"),
    about=Words(
        "Các phiên sắp phát, độ dài (khi đã đọc sẵn đủ các mục), và từng mục với --items.",
        "The sessions to come, their length (where everything is rendered), and every item with --items.",
    ),
    examples="broadcaster schedule show --days 7\nbroadcaster schedule show --from 2026-12-01 --items",
)
@option("--days", type=click.IntRange(1, MOST_DAYS), metavar="N", default=2, words=_DAYS)
@option(
    "--from",
    "first",
    metavar="DAY",
    words=Words("Từ ngày này (mặc định: từ bây giờ).", "From this day (default: now)."),
)
@option("--items", "with_items", is_flag=True, words=Words("Kể từng mục.", "List the items too."))
@option("--json", "as_json", is_flag=True, words=_JSON)
def show(invocation: Invocation, days: int, first: str | None, with_items: bool, as_json: bool) -> None:
    """Print occurrences."""
    from broadcaster.service.planned import occurrences_between
    from broadcaster.service.sound import Sounds
    from broadcaster.service.timetable import shown

    occurrences = occurrences_between(invocation.settings, *_span(invocation, first, days))
    with Sounds(invocation.settings, invocation.clock) as sounds:
        found = [shown(sounds, occurrence) for occurrence in occurrences]
    if as_json:
        console.print_json([_document(one, invocation) for one in found])
    else:
        _print(found, invocation, with_items)


@command(
    "next",
    group=schedule,
    short=Words("Phiên kế tiếp", "The next session"),
    about=Words("Phiên kế tiếp và các mục của nó.", "The next session and its items."),
    examples="broadcaster schedule next",
)
@option("--json", "as_json", is_flag=True, words=_JSON)
def following(invocation: Invocation, as_json: bool) -> None:
    """Print the next occurrence."""
    from broadcaster.service.planned import next_occurrence
    from broadcaster.service.sound import Sounds
    from broadcaster.service.timetable import shown

    occurrence = next_occurrence(invocation.settings, invocation.clock.now())
    with Sounds(invocation.settings, invocation.clock) as sounds:
        found = shown(sounds, occurrence)
    if as_json:
        console.print_json(_document(found, invocation))
    else:
        _print([found], invocation, True)


@command(
    "check",
    group=schedule,
    short=Words("Lỗi trong tệp lịch, phiên chồng giờ", "Mistakes and conflicts"),
    about=Words(
        "Kiểm tra lịch: lỗi viết (tệp, dòng, cách sửa), mục không có kịch bản, phiên chồng giờ, ngoài giờ cho phép,"
        " quá dài, kèm giờ trống gần nhất. Có lỗi viết thì mã thoát là 3; chồng giờ chỉ là cảnh báo.",
        "Check the timetables: mistakes (file, line, cure), items without a script, sessions that overlap, lie"
        " outside the allowed hours or are too long, with the nearest free time. Exit code 3 for mistakes; conflicts"
        " are warnings.",
    ),
    examples="broadcaster schedule check --days 31",
)
@option("--days", type=click.IntRange(1, MOST_DAYS), metavar="N", default=CHECKED_DAYS, words=_MONTH)
@option("--json", "as_json", is_flag=True, words=_JSON)
def check(invocation: Invocation, days: int, as_json: bool) -> int:
    """Print mistakes and conflicts."""
    from broadcaster.service.timetable import findings

    found = findings(invocation.settings, invocation.clock, days)
    if as_json:
        told = {"problems": found.problems, "warnings": found.warnings}
        console.print_json({name: [console.told(line) for line in lines] for name, lines in told.items()})
    else:
        for line in found.problems:
            console.print_line(line)
        for line in found.warnings:
            console.print_line(console.told(Words("cảnh báo: ", "warning: ")) + console.told(line))
        console.print_line(
            Words(
                f"{len(found.problems)} lỗi, {len(found.warnings)} cảnh báo trong {days} ngày tới.",
                f"{len(found.problems)} mistakes, {len(found.warnings)} warnings in the next {days} days.",
            )
        )
    return FileError.exit_code if found.problems else 0


@command(
    "export",
    group=schedule,
    short=Words("Lịch cho điện thoại, máy tính (iCalendar)", "As an iCalendar file"),
    about=Words(
        "Xuất lịch ra tệp .ics để mở trên điện thoại, Outlook, Google Calendar. Xuất lại thì các mục cũ được thay thế.",
        "Write an .ics file for phones and calendar programs. A later export replaces the earlier entries.",
    ),
    examples="broadcaster schedule export --ics lich_phat.ics --days 31",
)
@option(
    "--ics", "file", required=True, metavar="F", type=click.Path(dir_okay=False, path_type=Path),
    words=Words("Tệp sẽ ghi.", "The file to write."),
)  # fmt: skip
@option("--days", type=click.IntRange(1, MOST_DAYS), metavar="N", default=CHECKED_DAYS, words=_MONTH)
@option("--from", "first", metavar="DAY", words=Words("Từ ngày này.", "From this day on."))
def export(invocation: Invocation, file: Path, days: int, first: str | None) -> None:
    """Write the calendar."""
    from broadcaster.service.planned import occurrences_between
    from broadcaster.service.timetable import as_calendar

    occurrences = occurrences_between(invocation.settings, *_span(invocation, first, days))
    calendar = as_calendar(invocation.settings, invocation.clock, occurrences)
    with file.open("w", encoding="utf-8", newline="") as target:
        target.write(calendar)
    console.print_line(
        Words(f"Đã ghi {len(occurrences)} phiên vào {file}.", f"Wrote {len(occurrences)} sessions to {file}.")
    )


def _span(invocation: Invocation, first: str | None, days: int) -> tuple[datetime, datetime]:
    """From now, or from the beginning of a day, over `days` local days."""
    tz, now = invocation.settings.tz, invocation.clock.now()
    return span_of(read_day(first, now, tz) if first else None, days, now, tz)


def _print(found: list[ShownOccurrence], invocation: Invocation, with_items: bool) -> None:
    if not found:
        console.notice(Words("Không có phiên nào trong khoảng này.", "No sessions in this span."))
        return
    tz = invocation.settings.tz
    rows: list[tuple[str, ...]] = []
    for shown in found:
        occurrence = shown.occurrence
        rows.append(
            (
                day_and_time(occurrence.planned_at, tz),
                _length(shown.length_s),
                occurrence.title,
                str(occurrence.key),
            )
        )
        if with_items:
            rows += [("", _length(item.length_s), f"  {_title(item)}", f"  {item.item}") for item in shown.items]
    heads = (Words("Lúc", "At"), Words("Dài", "Length"), Words("Phiên", "Session"), Words("Mã", "Key"))
    console.print_table(rows, heads=heads, right=(1,))


def _length(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)


def _title(item: ShownItem) -> str:
    """What is heard, or why it will not be."""
    return console.told(item.title) if item.problem is None else "✗ " + console.told(item.problem.words())


def _document(shown: ShownOccurrence, invocation: Invocation) -> dict[str, object]:
    occurrence, seconds = shown.occurrence, shown.length_s
    return {
        "occurrence": occurrence.key,
        "title": occurrence.title,
        "planned_at": iso(occurrence.planned_at, invocation.settings.tz),
        "level": occurrence.level,
        "zone": zones_text(occurrence.zones),
        "max_minutes": occurrence.max_minutes,
        "length_s": None if seconds is None else round(seconds, 3),
        "items": [{"item": item.item, "title": _title(item)} for item in shown.items],
    }
