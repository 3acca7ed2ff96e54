"""`schedule …`: the timetable, expanded to what is owed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import Group, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time, day_bounds, iso, read_day
from broadcaster.errors import FileError, NotFoundError, Words
from broadcaster.model import EVERYWHERE, Occurrence, OccurrenceKey, zones_text

if TYPE_CHECKING:
    from broadcaster.schedule import Timetables

MOST_DAYS = 366
CHECKED_DAYS = 31
"""Conflicts are looked for this far ahead: every weekday and every first of a month has come once."""
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
    start, end = _span(invocation, first, days)
    occurrences = _occurrences(invocation, start, end)
    with _Lengths(invocation) as lengths:
        if as_json:
            console.print_json([_document(occurrence, lengths, invocation) for occurrence in occurrences])
            return
        _print(occurrences, lengths, invocation, with_items)


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
    from broadcaster.schedule import next_after

    occurrence = next_after(_loaded(invocation).timetables, invocation.clock.now(), invocation.settings.tz)
    if occurrence is None:
        raise NotFoundError(
            Words("không còn phiên nào trong lịch", "no session is to come"),
            where=str(invocation.settings.schedules_dir),
            cure=Words("Thêm phiên vào một tệp trong schedules/", "Add one to a file of schedules/"),
        )
    with _Lengths(invocation) as lengths:
        if as_json:
            console.print_json(_document(occurrence, lengths, invocation))
        else:
            _print([occurrence], lengths, invocation, True)


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
    problems, warnings = findings(invocation, days)
    if as_json:
        console.print_json({"problems": problems, "warnings": warnings})
    else:
        for line in problems:
            console.say(line)
        for line in warnings:
            console.say(console.told(Words("cảnh báo: ", "warning: ")) + line)
        console.say(
            Words(
                f"{len(problems)} lỗi, {len(warnings)} cảnh báo trong {days} ngày tới.",
                f"{len(problems)} mistakes, {len(warnings)} warnings in the next {days} days.",
            )
        )
    return FileError.exit_code if problems else 0


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
    from broadcaster.schedule.ics import to_ics

    start, end = _span(invocation, first, days)
    occurrences = _occurrences(invocation, start, end)
    with _Lengths(invocation) as lengths:
        known = {o.key: length for o in occurrences if (length := lengths.of(o)) is not None}
    calendar = to_ics(
        occurrences,
        name=invocation.settings.name,
        made_at=invocation.clock.now(),
        lengths_s=known,
        zone_titles={zone.name: zone.title for zone in invocation.settings.zones if zone.title != EVERYWHERE},
    )
    with file.open("w", encoding="utf-8", newline="") as target:
        target.write(calendar)
    console.say(Words(f"Đã ghi {len(occurrences)} phiên vào {file}.", f"Wrote {len(occurrences)} sessions to {file}."))


def findings(invocation: Invocation, days: int) -> tuple[list[str], list[str]]:
    """(mistakes, warnings) of the next days, each in one line."""
    from broadcaster.schedule.conflicts import find_conflicts

    settings, now = invocation.settings, invocation.clock.now()
    loaded = _loaded(invocation)
    problems = [problem.line(console.language()) for problem in loaded.problems]
    occurrences = _occurrences(invocation, now, now + timedelta(days=days))
    warnings: list[str] = []
    with _Lengths(invocation) as lengths:
        for occurrence in occurrences:
            warnings += lengths.problems_of(occurrence)
        known = {o.key: length for o in occurrences if (length := lengths.of(o)) is not None}
    for conflict in find_conflicts(
        occurrences,
        hours=settings.hours,
        tz=settings.tz,
        lengths_s=known,
        timetables=loaded.timetables,
        zones=settings.zones,
    ):
        warnings.append(f"{conflict.where}: {conflict.words.text(console.language())}")
    return problems, list(dict.fromkeys(warnings))


class _Lengths:
    """Lengths of occurrences by what is in the cache; nothing is rendered."""

    def __init__(self, invocation: Invocation) -> None:
        from broadcaster.studio import Studio

        self._studio = Studio(invocation.settings, invocation.clock)

    def __enter__(self) -> _Lengths:
        return self

    def __exit__(self, *_: object) -> None:
        self._studio.close()

    def of(self, occurrence: Occurrence) -> float | None:
        """Seconds, or None while a clip is missing."""
        clips = [self._studio.ready(line.order) for line in self._studio.orders(occurrence) if line.order is not None]
        known = [clip.duration_s for clip in clips if clip is not None]
        return sum(known) if len(known) == len(clips) and known else None

    def problems_of(self, occurrence: Occurrence) -> list[str]:
        """Lines that cannot be made, without the date: one for each session, not for each day."""
        session = occurrence.key.rpartition("/")[0]
        return [
            f"{session}: {line.problem.line(console.language())}"
            for line in self._studio.orders(occurrence)
            if line.problem is not None
        ]

    def items(self, occurrence: Occurrence) -> list[tuple[str, str, str]]:
        """(item, title or problem, length) of every line."""
        found = []
        for line in self._studio.orders(occurrence):
            if line.order is None:
                found.append((line.item, "✗ " + (line.problem.line(console.language()) if line.problem else ""), "–"))
                continue
            clip = self._studio.ready(line.order)
            found.append((line.item, line.order.title, console.duration(clip.duration_s) if clip else "–"))
        return found


def _loaded(invocation: Invocation) -> Timetables:
    from broadcaster.schedule import load_timetables

    settings = invocation.settings
    return load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.zone_names)


def _occurrences(invocation: Invocation, start: datetime, end: datetime) -> list[Occurrence]:
    from broadcaster.schedule import expand

    return expand(_loaded(invocation).timetables, start, end, invocation.settings.tz)


def _span(invocation: Invocation, first: str | None, days: int) -> tuple[datetime, datetime]:
    """From now, or from the beginning of a day, over `days` local days."""
    tz, now = invocation.settings.tz, invocation.clock.now()
    day = read_day(first, now, tz) if first else now.astimezone(tz).date()
    start, end = day_bounds(day, day + timedelta(days=days - 1), tz)
    assert start is not None and end is not None
    return (start - timedelta(seconds=1) if first else now), end - timedelta(seconds=1)


def _print(occurrences: list[Occurrence], lengths: _Lengths, invocation: Invocation, with_items: bool) -> None:
    if not occurrences:
        console.notice(Words("Không có phiên nào trong khoảng này.", "No sessions in this span."))
        return
    tz = invocation.settings.tz
    rows: list[tuple[str, ...]] = []
    for occurrence in occurrences:
        seconds = lengths.of(occurrence)
        length = console.duration(seconds) if seconds is not None else "–"
        rows.append((day_and_time(occurrence.planned_at, tz), length, occurrence.title, str(occurrence.key)))
        if with_items:
            rows += [
                ("", item_length, f"  {title}", f"  {item}") for item, title, item_length in lengths.items(occurrence)
            ]
    heads = (Words("Lúc", "At"), Words("Dài", "Length"), Words("Phiên", "Session"), Words("Mã", "Key"))
    console.print_table(rows, heads=heads, right=(1,))


def _document(occurrence: Occurrence, lengths: _Lengths, invocation: Invocation) -> dict[str, object]:
    seconds = lengths.of(occurrence)
    return {
        "occurrence": OccurrenceKey(occurrence.key),
        "title": occurrence.title,
        "planned_at": iso(occurrence.planned_at, invocation.settings.tz),
        "level": occurrence.level,
        "zone": zones_text(occurrence.zones),
        "max_minutes": occurrence.max_minutes,
        "length_s": None if seconds is None else round(seconds, 3),
        "items": [{"item": item, "title": title} for item, title, _ in lengths.items(occurrence)],
    }
