"""`render`: makes everything that the next days need."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, SpeechError, Words
from broadcaster.model import Clip

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
    from broadcaster.cli.sounds import needed_orders, open_studio, rendered

    now = invocation.clock.now()
    with open_studio(invocation) as studio:
        lines = needed_orders(invocation, studio, now, now + timedelta(days=days))
        orders = list(dict.fromkeys(line.order for _, line in lines if line.order is not None))
        before = sum(studio.ready(order) is not None for order in orders)
        results = dict(zip(orders, rendered(studio, orders), strict=True))
        troubles: dict[tuple[str, str], BroadcasterError] = {}
        for occurrence, line in lines:
            problem = line.problem if line.order is None else results[line.order]
            if isinstance(problem, BroadcasterError):
                troubles.setdefault((occurrence.key.rpartition("/")[0], line.item), problem)
    clips = [result for result in results.values() if isinstance(result, Clip)]
    _tell(clips, before, troubles, as_json)
    if not troubles:
        return 0
    codes = {problem.exit_code for problem in troubles.values()}
    return SpeechError.exit_code if SpeechError.exit_code in codes else min(codes)


def _tell(clips: list[Clip], before: int, troubles: dict[tuple[str, str], BroadcasterError], as_json: bool) -> None:
    seconds = sum(clip.duration_s for clip in clips)
    provisional = [clip for clip in clips if clip.provisional]
    if as_json:
        not_ready: list[dict[str, Any]] = [
            {"session": session, "item": item, "why": problem.line(console.language())}
            for (session, item), problem in troubles.items()
        ]
        console.print_json(
            {
                "ready": len(clips),
                "rendered_now": max(0, len(clips) - before),
                "length_s": round(seconds, 3),
                "provisional": len(provisional),
                "not_ready": not_ready,
            }
        )
        return
    for (session, item), problem in troubles.items():
        console.say(
            console.told(Words("chưa xong ", "not ready ")) + f"{session} {item}: {problem.line(console.language())}"
        )
    console.say(
        Words(
            f"{len(clips)} bản thu sẵn sàng ({console.duration(seconds)}), mới đọc {max(0, len(clips) - before)}.",
            f"{len(clips)} clips ready ({console.duration(seconds)}), {max(0, len(clips) - before)} made now.",
        )
    )
    if provisional:
        spoken_by = ", ".join(sorted({clip.engine for clip in provisional}))
        console.say(
            Words(
                f"{len(provisional)} bản tạm do {spoken_by} đọc; có bộ đọc tốt hơn thì máy sẽ đọc lại.",
                f"{len(provisional)} are provisional, spoken by {spoken_by}; a better engine will replace them.",
            )
        )
