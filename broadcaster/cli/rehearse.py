"""`rehearse`: a day, or some, under a simulated clock. Nothing reaches the loudspeakers or the real journal."""

from __future__ import annotations

from pathlib import Path

import click

from broadcaster.cli import airings, console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import read_day
from broadcaster.errors import Words

MOST_DAYS = 366


@command(
    "rehearse",
    about=Words(
        "Diễn tập một ngày (mặc định: hôm nay) bằng đồng hồ giả: in nhật ký mà ngày ấy sẽ để lại. Không có gì ra loa,"
        " nhật ký thật không đổi. Mục chưa đọc sẵn thì độ dài chỉ là ước lượng; --wav ghi lại những mục đã đọc sẵn.",
        "Rehearse a day (default: today) under a simulated clock and print the journal it would leave. Nothing is"
        " heard and the real journal stays as it is. Items not rendered yet have an estimated length; --wav saves the"
        " rendered ones.",
    ),
    examples="broadcaster rehearse\nbroadcaster rehearse 2026-12-01 --days 7 --json",
)
@argument("day", required=False, metavar="[DATE]")
@option(
    "--days", type=click.IntRange(1, MOST_DAYS), metavar="N", default=1,
    words=Words("Số ngày (mặc định: 1).", "How many days (default: 1)."),
)  # fmt: skip
@option(
    "--wav", metavar="F", type=click.Path(dir_okay=False, path_type=Path),
    words=Words("Ghi âm thanh vào tệp này.", "Write the sound here."),
)  # fmt: skip
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
def rehearse(invocation: Invocation, day: str | None, days: int, wav: Path | None, as_json: bool) -> None:
    """Simulate and print."""
    from broadcaster.station.rehearsal import rehearse as simulate_days

    settings, now = invocation.settings, invocation.clock.now()
    first = read_day(day, now, settings.tz) if day else now.astimezone(settings.tz).date()
    result = simulate_days(settings, first, days, wav=wav)
    if as_json:
        console.print_json(
            {
                "airings": [airings.as_json(airing, settings.tz) for airing in result.airings],
                "problems": [console.told(problem) for problem in result.problems],
                "estimated": result.estimated,
            }
        )
        return
    airings.print_airings(result.airings, settings.tz)
    for problem in result.problems:
        console.print_line(console.told(Words("chú ý: ", "note: ")) + console.told(problem))
    if result.estimated:
        console.print_line(
            Words(
                f"{result.estimated} mục chưa đọc sẵn, độ dài là ước lượng («broadcaster render» để đọc sẵn).",
                f"{result.estimated} items are not rendered; their length is estimated ('broadcaster render').",
            )
        )
