"""`scripts …`: the library of announcement texts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import Group, argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import read_day
from broadcaster.enum_words import LEVEL_WORDS
from broadcaster.errors import FileError, Words
from broadcaster.service import library as service
from broadcaster.service.amounts import duration

if TYPE_CHECKING:
    from broadcaster.model import Clip, Script
    from broadcaster.service.library import Approval

_JSON = Words("In dạng JSON.", "Print as JSON.")

scripts = Group(
    "scripts",
    about=Words(
        "Kho kịch bản trong scripts_vi/: mỗi tệp .txt là một bản tin, phần đầu giữa hai dòng +++, dưới là lời đọc.",
        "The library in scripts_vi/: one announcement a file, a header between two +++ lines, then the text.",
    ),
    examples="broadcaster scripts list\nbroadcaster scripts check",
)


@command(
    "list",
    group=scripts,
    short=Words("Các kịch bản", "All scripts"),
    about=Words("Liệt kê kịch bản: id, nội dung, mức, thời hạn, tên.", "List scripts: id, topic, level, dates, title."),
    examples="broadcaster scripts list --topic II.1\nbroadcaster scripts list --json",
)
@option("--topic", metavar="CODE", words=Words("Chỉ nội dung này và các nội dung con.", "This topic and those below."))
@option("--json", "as_json", is_flag=True, words=_JSON)
def list_scripts(invocation: Invocation, topic: str | None, as_json: bool) -> None:
    """Print the library."""
    library = service.library(invocation.settings)
    chosen = library.by_topic(topic) if topic else tuple(library.scripts.values())
    if as_json:
        console.print_json([_document(script) for script in chosen])
        return
    rows = [
        (script.id, script.topic, console.told(LEVEL_WORDS[script.level]), _validity(script), script.title)
        for script in chosen
    ]
    heads = ("ID", Words("Nội dung", "Topic"), Words("Mức", "Level"), Words("Thời hạn", "Valid"))
    console.print_table(rows, heads=(*heads, Words("Tên", "Title")))
    if library.problems:
        count = len(library.problems)
        console.notice(
            Words(
                f"{count} lỗi trong kho, xem: broadcaster scripts check",
                f"{count} mistakes in the library, see: broadcaster scripts check",
            )
        )


@command(
    "show",
    group=scripts,
    short=Words("Một kịch bản, đã điền chỗ trống", "One script, placeholders filled"),
    about=Words(
        "In một kịch bản: phần đầu và lời viết, các {chỗ_trống} đã được điền. --spoken: lời mà giọng đọc sẽ nói.",
        "Print one script: header and text with its {placeholders} filled. --spoken: the words that the voice will"
        " say.",
    ),
    examples="broadcaster scripts show cchc_01_y_nghia\nbroadcaster scripts show cchc_01_y_nghia --spoken",
)
@argument("script_id", metavar="ID")
@option("--spoken", "as_spoken", is_flag=True, words=Words("Lời nói thay cho lời viết.", "Spoken words instead."))
@option("--json", "as_json", is_flag=True, words=_JSON)
def show(invocation: Invocation, script_id: str, as_spoken: bool, as_json: bool) -> None:
    """Print one script."""
    found = service.filled(invocation.settings, script_id)
    script = found.script
    if as_json:
        console.print_json(_document(script) | {"text": found.text, "spoken": found.spoken.text})
        return
    console.print_line(f"{script.title}  ({script.id})")
    console.print_line(
        f"{script.path}  {console.told(LEVEL_WORDS[script.level])}  {script.topic}  {_validity(script)}".rstrip()
    )
    console.print_line()
    console.print_line(found.spoken.text if as_spoken else found.text)
    for one in found.unsure:
        console.notice(one)


@command(
    "check",
    group=scripts,
    short=Words("Tìm mọi lỗi, kèm tệp và dòng", "Every mistake, with file and line"),
    about=Words(
        "Kiểm tra toàn bộ kịch bản: phần đầu, ngày tháng, chỗ trống chưa có giá trị, id trùng, và những chữ máy chưa"
        " chắc cách đọc. Có lỗi thì mã thoát là 3; chỗ chưa chắc không phải là lỗi.",
        "Check the whole library: headers, dates, placeholders without a value, duplicate ids, and what the reading"
        " rules are unsure of. Exit code 3 when there is a mistake; an unsure reading is none.",
    ),
    examples="broadcaster scripts check",
)
@option("--json", "as_json", is_flag=True, words=_JSON)
def check(invocation: Invocation, as_json: bool) -> int:
    """Print every mistake."""
    found = service.check(invocation.settings)
    if as_json:
        console.print_json(
            {
                "scripts": found.usable,
                "problems": [{"where": p.where, "text": p.line(console.language())} for p in found.problems],
                "unsure": [console.told(one) for one in found.unsure],
            }
        )
    else:
        for problem in found.problems:
            console.print_line(problem.words())
        for one in found.unsure:
            console.print_line(Words(f"chưa chắc: {one.vi}", f"unsure: {one.en}"))
        console.print_line(
            Words(
                f"{found.usable} kịch bản dùng được, {len(found.problems)} lỗi, {len(found.unsure)} chỗ chưa chắc cách"
                " đọc.",
                f"{found.usable} usable scripts, {len(found.problems)} mistakes, {len(found.unsure)} unsure readings.",
            )
        )
    return FileError.exit_code if found.problems else 0


@command(
    "new",
    group=scripts,
    short=Words("Tạo tệp kịch bản mới", "A new script file"),
    about=Words(
        "Tạo scripts_vi/ID.txt với phần đầu có chú giải và lời mẫu, để mở ra viết tiếp.",
        "Write scripts_vi/ID.txt with a commented header and a sample text, ready to be edited.",
    ),
    examples='broadcaster scripts new hop_dan_thang_12 --title "Họp dân tháng 12" --topic II.1.9',
)
@argument("script_id", metavar="ID")
@option("--title", default="", words=Words("Tên bản tin.", "Title."))
@option("--topic", default="", metavar="CODE", words=Words("Mã nội dung trong kế hoạch.", "Code in the plan."))
def new(invocation: Invocation, script_id: str, title: str, topic: str) -> None:
    """Write a template."""
    from broadcaster.scripts import new_script

    path = new_script(invocation.settings.scripts_dir, script_id, title or script_id, topic, author=invocation.operator)
    _tell_new(path)


@command(
    "import",
    group=scripts,
    short=Words("Lấy lời từ tệp Word", "A script out of a Word file"),
    about=Words(
        "Tạo kịch bản từ tệp Word (.docx): lấy tên bài và toàn bộ lời. Dấu { } trong bài được giữ nguyên là dấu ngoặc.",
        "Make a script out of a Word file (.docx): its title and all of its words. Braces in it stay braces.",
    ),
    examples="broadcaster scripts import thong_bao.docx --id thong_bao_12",
)
@argument("file", metavar="FILE.docx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--id", "script_id", metavar="ID", words=Words("Id của kịch bản (mặc định: theo tên tệp).", "Its id."))
@option("--topic", default="", metavar="CODE", words=Words("Mã nội dung trong kế hoạch.", "Code in the plan."))
def import_word(invocation: Invocation, file: Path, script_id: str | None, topic: str) -> None:
    """Convert and write."""
    from broadcaster.scripts import import_docx, new_script
    from broadcaster.slug import slug

    title, text = import_docx(file)
    name = script_id or slug(file.stem) or "thong_bao"
    path = new_script(
        invocation.settings.scripts_dir, name, title or file.stem, topic, text=text, author=invocation.operator
    )
    _tell_new(path)


@command(
    "approve",
    group=scripts,
    short=Words("Duyệt đúng bản thu sẽ phát", "Approve exactly what would air"),
    about=Words(
        "Ghi vào nhật ký rằng anh chị đã nghe và duyệt đúng bản thu này. Sửa lời"
        " hay đổi giọng thì phải duyệt lại. Người duyệt là BROADCASTER_USER, hoặc tên đăng nhập. Nghe trước:"
        " «broadcaster preview ID».",
        "Put on record that you have heard and approve exactly this sound. An edit or another voice voids it. The"
        " approver is BROADCASTER_USER, else the login name. Hear it first: 'broadcaster preview ID'.",
    ),
    examples="broadcaster preview cchc_01_y_nghia\nbroadcaster scripts approve cchc_01_y_nghia",
)
@argument("script_ids", nargs=-1, required=True, metavar="ID…")
@option("--json", "as_json", is_flag=True, words=_JSON)
def approve(invocation: Invocation, script_ids: tuple[str, ...], as_json: bool) -> None:
    """Render if need be, and record the approval of the sound's hash."""
    with invocation.door() as door, console.Progress() as bar:
        bar.show(0, Words("đang đọc thành tiếng…", "speaking…"))
        approved = service.approve(
            door,
            script_ids,
            lambda done, total, request: bar.show(done, f"{done}/{total} {request.title}", total=total),
        )
    if as_json:
        console.print_json([_approval(one) for one in approved])
        return
    for one in approved:
        _tell_approved(one.title, one.clip)
    if not invocation.settings.approval_required:
        console.notice(
            Words(
                "Đài chưa bắt buộc duyệt: đặt required = true ở [approval] trong station.toml.",
                "This station does not require approval: set required = true in [approval] of station.toml.",
            )
        )


@command(
    "coverage",
    group=scripts,
    short=Words("Nội dung nào của kế hoạch còn thiếu", "Which contents of the plan lack a script"),
    about=Words(
        "Mỗi nội dung của kế hoạch tuyên truyền (scripts_vi/noi_dung.tsv) có những kịch bản nào; nội dung chưa có"
        " kịch bản nào còn hiệu lực thì được đánh dấu.",
        "Which scripts serve each content of the plan (scripts_vi/noi_dung.tsv); contents without a valid one are"
        " marked.",
    ),
    examples="broadcaster scripts coverage\nbroadcaster scripts coverage --from 2026-12-01 --to 2026-12-31",
)
@option("--from", "first", metavar="DAY", words=Words("Chỉ tính kịch bản còn hiệu lực từ ngày này.", "Valid from."))
@option("--to", "last", metavar="DAY", words=Words("… đến ngày này.", "… until."))
@option("--json", "as_json", is_flag=True, words=_JSON)
def coverage(invocation: Invocation, first: str | None, last: str | None, as_json: bool) -> None:
    """Print the plan with its scripts."""
    settings, now = invocation.settings, invocation.clock.now()
    today = now.astimezone(settings.tz).date()
    first_day = read_day(first, now, settings.tz) if first else today
    last_day = read_day(last, now, settings.tz) if last else None
    rows = service.coverage(settings, first_day=first_day, last_day=last_day)
    if as_json:
        console.print_json(
            [
                {"code": row.content.code, "title": row.content.title, "scripts": [script.id for script in row.scripts]}
                for row in rows
            ]
        )
        return
    missing = console.told(Words("CHƯA CÓ", "NONE"))
    console.print_table(
        [
            (row.content.code, row.content.title, ", ".join(script.id for script in row.scripts) or missing)
            for row in rows
        ],
        heads=(Words("Mã", "Code"), Words("Nội dung", "Content"), Words("Kịch bản", "Scripts")),
    )
    served = sum(bool(row.scripts) for row in rows)
    console.print_line(
        Words(
            f"{served} trong {len(rows)} nội dung đã có kịch bản.", f"{served} of {len(rows)} contents have a script."
        )
    )


def _approval(approved: Approval) -> dict[str, str]:
    return {
        "script": approved.script,
        "text_sha256": approved.text_sha256,
        "audio_sha256": approved.audio_sha256,
        "engine": approved.clip.engine,
        "approved_by": approved.approved_by,
    }


def _tell_approved(title: str, clip: Clip) -> None:
    length = duration(clip.duration_s)
    console.print_line(
        Words(
            f"Đã duyệt «{title}», {length}, giọng {clip.engine}.",
            f"Approved '{title}', {length}, spoken by {clip.engine}.",
        )
    )


def _validity(script: Script) -> str:
    if script.valid_from is None and script.valid_to is None:
        return console.told(Words("luôn", "always"))
    return f"{_day(script.valid_from)} – {_day(script.valid_to)}"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "…"


def _document(script: Script) -> dict[str, object]:
    return {
        "id": script.id,
        "title": script.title,
        "topic": script.topic,
        "level": script.level,
        "valid_from": script.valid_from.isoformat() if script.valid_from else None,
        "valid_to": script.valid_to.isoformat() if script.valid_to else None,
        "repeat": script.repeat,
        "language": script.language,
        "voice": script.voice,
        "author": script.author,
        "path": str(script.path),
    }


def _tell_new(path: Path) -> None:
    console.print_line(
        Words(
            f"Đã tạo {path}. Mở tệp, viết lời, rồi chạy «broadcaster scripts check».",
            f"Wrote {path}. Edit it, then run 'broadcaster scripts check'.",
        )
    )
