"""`rundown …`: what an occurrence consists of, cue by cue, and changes before a cue begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from broadcaster.cli import console
from broadcaster.cli.command import Group, argument, command, option
from broadcaster.cli.control import tell_answer
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time, iso, read_day
from broadcaster.enum_words import CUE_STATE_WORDS, ITEM_KIND_WORDS, outcome_words, title_words
from broadcaster.errors import UsageError, Words
from broadcaster.model import CueState, zones_text
from broadcaster.service import rundown as service
from broadcaster.service.amounts import duration
from broadcaster.service.rundown import ShownCue, ShownRundown

F = TypeVar("F", bound=Callable[..., Any])

_JSON = Words("In dạng JSON.", "Print as JSON.")
_CURE = Words("Xem số của mục: broadcaster rundown", "For cue numbers: broadcaster rundown")


class _Rundown(Group):
    """`rundown [KEY]` shows; `rundown drop` and the others are commands of their own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Anything that is no command's name is what to show.
        if not any(word in self.commands for word in args):
            args = ["show", *args] if not {"--help", "-h"} & set(args) else args
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        what = console.told(Words("[MÃ|today|NGÀY]", "[KEY|today|DATE]"))
        pieces = super().collect_usage_pieces(ctx)
        return [*pieces[:-1], f"{what} | {pieces[-1]}"]


rundown = _Rundown(
    "rundown",
    about=Words(
        "Khung chương trình: mỗi phiên, mỗi yêu cầu gồm những mục nào, mục nào đã có bản thu, mục nào còn vướng gì."
        " Không ghi gì thì xem hôm nay; ghi mã phiên hoặc ngày để xem phiên ấy, ngày ấy. Số ở cột đầu là số của mục:"
        " dùng nó để bỏ, chèn, dời, thay một mục trước khi mục ấy bắt đầu phát.\n\n"
        "Sửa ở đây chỉ có hiệu lực cho một lần phát (hôm nay hoặc ngày mai), được ghi lại kèm người sửa và lý do; lịch"
        " trong schedules/ không đổi.",
        "The rundown: what each session and request consists of, what is rendered, and what is wrong with a cue."
        " Without anything: today; with an occurrence's key or a date: that one. The number in the first column is the"
        " cue's: use it to drop, insert, move or replace a cue before it begins.\n\n"
        "A change counts for one occurrence (today's or tomorrow's) and is on record with who and why; the timetables"
        " in schedules/ stay as they are.",
    ),
    examples="broadcaster rundown\n"
    "broadcaster rundown hang_ngay/sang/2026-11-25\n"
    'broadcaster rundown drop 42 --reason "họp hoãn"\n'
    "broadcaster rundown insert hang_ngay/sang/2026-11-25 --script cchc_01_y_nghia --before 43",
)


def _content(function: F) -> F:
    """The options that say what to air."""
    for decorate in reversed(
        (
            option("--script", metavar="ID", words=Words("Kịch bản này.", "This script.")),
            option(
                "--recording",
                metavar="F",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                words=Words("Tệp ghi âm này.", "This recording."),
            ),
            option("--text", metavar="T", words=Words("Lời này.", "This text.")),
        )
    ):
        function = decorate(function)
    return function


def _why(function: F) -> F:
    """The options of every change."""
    for decorate in reversed(
        (
            option("--reason", default="", words=Words("Lý do, ghi vào nhật ký.", "Why; goes into the journal.")),
            option("--json", "as_json", is_flag=True, words=_JSON),
        )
    ):
        function = decorate(function)
    return function


_BEFORE = Words("Đặt trước mục số này (mặc định: cuối phiên).", "Before this cue (default: at the end).")


@command(
    "show",
    group=rundown,
    short=Words("Xem (cũng là khi không ghi lệnh con)", "Show (also without a subcommand)"),
    about=Words(
        "Các mục của một phiên (mã phiên), hoặc của mọi phiên trong một ngày (mặc định: hôm nay).",
        "The cues of one occurrence (its key), or of all of a day (default: today).",
    ),
    examples="broadcaster rundown show today\nbroadcaster rundown show hang_ngay/sang/2026-11-25 --json",
)
@argument("what", required=False, metavar="[KEY|today|DATE]")
@option("--json", "as_json", is_flag=True, words=_JSON)
def show(invocation: Invocation, what: str | None, as_json: bool) -> None:
    """Print rundowns."""
    settings, clock = invocation.settings, invocation.clock
    if what is not None and _is_key(what):
        shown = [service.rundown(settings, clock, what)]
    else:
        now = invocation.station_now()
        day = read_day(what, now, settings.tz) if what else now.astimezone(settings.tz).date()
        shown = service.rundowns_of_day(settings, clock, day)
    if as_json:
        console.print_json([_document(one, invocation) for one in shown])
    elif not shown:
        console.notice(
            Words(
                "Chưa có chương trình nào. Đài đang chạy thì tự lập trước một ngày.",
                "No rundowns. A running station plans a day ahead.",
            )
        )
    else:
        _print(shown, invocation)


@command(
    "drop",
    group=rundown,
    short=Words("Bỏ một mục", "Take a cue out"),
    about=Words(
        "Bỏ một mục khỏi chương trình trước khi mục ấy bắt đầu phát.", "Take a cue out of its rundown before it begins."
    ),
    examples='broadcaster rundown drop 42 --reason "họp hoãn"',
)
@argument("cue", metavar="CUE", type=click.INT)
@_why
def drop(invocation: Invocation, cue: int, reason: str, as_json: bool) -> int:
    """Ask for it."""
    with invocation.door() as door:
        return tell_answer(service.drop(door, cue, why=reason), as_json, cure=_CURE)


@command(
    "insert",
    group=rundown,
    short=Words("Chèn một mục", "Put an item in"),
    about=Words(
        "Chèn một kịch bản, tệp ghi âm hoặc lời vào một phiên: trước mục --before, không ghi thì ở cuối phiên.",
        "Put a script, a recording or a text into an occurrence: before the cue --before, else at its end.",
    ),
    examples="broadcaster rundown insert hang_ngay/sang/2026-11-25 --script cchc_01_y_nghia\n"
    'broadcaster rundown insert hang_ngay/sang/2026-11-25 --text "Chiều nay họp lúc 14 giờ." --before 43',
)
@argument("key", metavar="KEY")
@_content
@option("--before", metavar="CUE", type=click.INT, words=_BEFORE)
@_why
def insert(
    invocation: Invocation,
    key: str,
    script: str | None,
    recording: Path | None,
    text: str | None,
    before: int | None,
    reason: str,
    as_json: bool,
) -> int:
    """Ask for it."""
    item = service.item_of(script=script, recording=recording, text=text, settings=invocation.settings)
    with invocation.door() as door:
        return tell_answer(service.insert(door, key, item, before=before, why=reason), as_json, cure=_CURE)


@command(
    "move",
    group=rundown,
    short=Words("Dời một mục", "Change a cue's place"),
    about=Words(
        "Dời một mục: trước mục --before, hoặc sang phiên --to (cuối phiên ấy, nếu không ghi --before).",
        "Change a cue's place: before the cue --before, or into the occurrence --to (at its end without --before).",
    ),
    examples="broadcaster rundown move 42 --before 40\nbroadcaster rundown move 42 --to hang_ngay/chieu/2026-11-25",
)
@argument("cue", metavar="CUE", type=click.INT)
@option("--before", metavar="CUE", type=click.INT, words=_BEFORE)
@option("--to", metavar="KEY", words=Words("Sang phiên này.", "Into this occurrence."))
@_why
def move(invocation: Invocation, cue: int, before: int | None, to: str | None, reason: str, as_json: bool) -> int:
    """Ask for it."""
    if before is None and to is None:
        raise UsageError(
            Words("ghi --before, --to, hoặc cả hai", "give --before, --to or both"),
            cure=Words("Ví dụ: --before 40", "For example: --before 40"),
        )
    with invocation.door() as door:
        return tell_answer(service.move(door, cue, before=before, to=to, why=reason), as_json, cure=_CURE)


@command(
    "replace",
    group=rundown,
    short=Words("Thay một mục", "Another item in a cue's place"),
    about=Words(
        "Thay nội dung một mục bằng kịch bản, tệp ghi âm hoặc lời khác, trước khi mục ấy bắt đầu phát.",
        "Put another script, recording or text in a cue's place before it begins.",
    ),
    examples="broadcaster rundown replace 42 --recording ghi_am/hop_dan.mp3",
)
@argument("cue", metavar="CUE", type=click.INT)
@_content
@_why
def replace(
    invocation: Invocation,
    cue: int,
    script: str | None,
    recording: Path | None,
    text: str | None,
    reason: str,
    as_json: bool,
) -> int:
    """Ask for it."""
    item = service.item_of(script=script, recording=recording, text=text, settings=invocation.settings)
    with invocation.door() as door:
        return tell_answer(service.replace(door, cue, item, why=reason), as_json, cure=_CURE)


def _is_key(what: str) -> bool:
    """`hang_ngay/sang/2026-11-25` is one, `25/11/2026` is a date."""
    return "/" in what and not all(part.isdigit() for part in what.split("/"))


def _document(shown: ShownRundown, invocation: Invocation) -> dict[str, object]:
    row = shown.occurrence
    return {
        "occurrence": row.key,
        "title": row.title,
        "planned_at": iso(row.planned_at, invocation.settings.tz),
        "level": row.level,
        "zone": zones_text(row.zones),
        "state": row.state,
        "outcome": row.outcome,
        "cues": [_cue_document(one) for one in shown.cues],
    }


def _cue_document(shown: ShownCue) -> dict[str, object]:
    cue, problem = shown.cue, shown.problem
    return {
        "cue": cue.id,
        "position": cue.position,
        "item": cue.label,
        "title": console.told(title_words(cue.item.kind, cue.title)),
        "kind": cue.item.kind,
        "script": cue.script,
        "length_s": None if shown.length_s is None else round(shown.length_s, 3),
        "state": cue.state,
        "ready": shown.ready,
        "problem_code": None if problem is None else problem.code,
        "problem": None if problem is None else console.told(problem.words()),
        "added_by": cue.added_by or None,
        "moved_by": cue.moved_by or None,
    }


def _print(rundowns: list[ShownRundown], invocation: Invocation) -> None:
    for number, shown in enumerate(rundowns):
        if number:
            console.print_line()
        row = shown.occurrence
        at = day_and_time(row.planned_at, invocation.settings.tz)
        ended = "" if row.outcome is None else f"  ({console.told(outcome_words(row.outcome))})"
        console.print_line(f"{at}  {row.title}  {row.key}{ended}")
        if not shown.cues:
            console.print_line(Words("   chưa có mục nào", "   no cues yet"))
            continue
        console.print_table([_cells(one) for one in shown.cues], heads=_HEADS, right=(0, 3))


_HEADS = (
    Words("Số", "Cue"),
    Words("Mục", "Item"),
    Words("Loại", "Kind"),
    Words("Dài", "Length"),
    Words("Tình trạng", "State"),
    Words("Nội dung", "Title"),
)


def _cells(shown: ShownCue) -> tuple[str, ...]:
    cue = shown.cue
    title = title_words(cue.item.kind, cue.title)
    if shown.problem is not None and cue.state is CueState.WAITING:
        state = "✗ " + console.told(shown.problem.words())
    elif cue.state is CueState.WAITING:
        state = console.told(Words("sẵn sàng", "ready"))
    else:
        state = console.told(CUE_STATE_WORDS[cue.state])
    length = "–" if shown.length_s is None else duration(shown.length_s)
    return str(cue.id), cue.label, console.told(ITEM_KIND_WORDS[cue.item.kind]), length, state, console.told(title)
