"""`render`: makes everything that the next days need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import SpeechError, Words
from broadcaster.service.amounts import duration

if TYPE_CHECKING:
    from broadcaster.service.sound import RenderedAhead

MOST_DAYS = 31


@command(
    "render",
    about=Words(
        "Đọc sẵn mọi bản tin mà các ngày tới cần, để đến giờ chỉ việc phát; rồi nói rõ mục nào chưa xong và vì sao."
        " Đài đang chạy cũng tự làm việc này trước một ngày. Mã thoát 6 khi còn mục chưa đọc được, 3 khi lỗi ở tệp.",
        "Render everything that the next days need, and say what is not ready and why. A running station does the"
        " same a day ahead. Exit code 6 when something could not be spoken, 3 when a file is wrong.",
    ),
    examples="broadcaster render --days 7",
)
@option(
    "--days", type=click.IntRange(1, MOST_DAYS), metavar="N", default=2,
    words=Words("Số ngày tới (mặc định: 2).", "How many days ahead (default: 2)."),
)  # fmt: skip
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
def render(invocation: Invocation, days: int, as_json: bool) -> int:
    """Render and report."""
    from broadcaster.service.sound import render_ahead

    with console.Progress() as bar:
        bar.show(0, Words("đang đọc thành tiếng…", "speaking…"))
        made = render_ahead(
            invocation.settings,
            invocation.clock,
            days,
            progress=lambda done, total, request: bar.show(done, f"{done}/{total} {request.title}", total=total),
        )
    _tell(made, as_json)
    codes = {missing.exit_code for missing in made.not_ready}
    if SpeechError.exit_code in codes:
        return SpeechError.exit_code
    return min(codes, default=0)


def _tell(made: RenderedAhead, as_json: bool) -> None:
    if as_json:
        not_ready = [
            {
                "session": missing.session,
                "item": missing.item,
                "reason_code": missing.reason.code,
                "why": console.told(missing.reason.words()),
            }
            for missing in made.not_ready
        ]
        console.print_json(
            {
                "ready": len(made.clips),
                "rendered_now": made.made_now,
                "length_s": round(made.length_s, 3),
                "provisional": len(made.provisional),
                "not_ready": not_ready,
            }
        )
        return
    for missing in made.not_ready:
        why = console.told(missing.reason.words())
        console.print_line(console.told(Words("chưa xong ", "not ready ")) + f"{missing.session} {missing.item}: {why}")
    count, span = len(made.clips), duration(made.length_s)
    console.print_line(
        Words(
            f"{count} bản thu sẵn sàng ({span}), mới đọc {made.made_now}.",
            f"{count} clips ready ({span}), {made.made_now} made now.",
        )
    )
    if made.provisional:
        spoken_by = ", ".join(sorted({clip.engine for clip in made.provisional}))
        console.print_line(
            Words(
                f"{len(made.provisional)} bản tạm do {spoken_by} đọc; có bộ đọc tốt hơn thì máy sẽ đọc lại.",
                f"{len(made.provisional)} are provisional, spoken by {spoken_by}; a better engine will replace them.",
            )
        )
