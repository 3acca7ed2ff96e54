"""`say`, `play`, `emergency`: an announcement that is in no timetable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from broadcaster.cli import airings, console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import read_moment
from broadcaster.enum_words import OUTCOME_WORDS
from broadcaster.errors import FileError, RefusedError, UsageError, Words
from broadcaster.model import Announce, Level, Outcome, Place, RequestKind
from broadcaster.service.announcement import (
    ASKABLE,
    MOST_REPEATS,
    Announcement,
    announce,
    check_emergency,
    check_recording,
)
from broadcaster.service.reading import unsure_words, words_of
from broadcaster.service.zones import check_zones

F = TypeVar("F", bound=Callable[..., Any])

STDIN = "-"

_EXITS = Words(
    "Mã thoát với --wait: 0 đã phát; 7 bị từ chối, hủy, lỡ giờ hoặc bị cắt; 6 không bộ đọc nào đọc được; 5 không ra"
    " loa; 3 tệp ghi âm hỏng; 8 đài không trả lời.",
    "Exit codes with --wait: 0 aired; 7 refused, cancelled, missed or cut; 6 no engine could speak; 5 no output;"
    " 3 the recording is damaged; 8 the station does not answer.",
)


def _when_and_where(function: F) -> F:
    """The options that say, play and emergency have in common."""
    for decorate in reversed(
        (
            option(
                "--zone",
                "zones",
                multiple=True,
                metavar="Z",
                words=Words(
                    "Cụm loa; lặp lại được (mặc định: tất cả).",
                    "Zone of loudspeakers; may be repeated (default: all).",
                ),
            ),
            option(
                "--reason",
                default="",
                words=Words(
                    "Lý do, ghi vào nhật ký; bắt buộc khi phát khẩn cấp ngoài giờ.",
                    "Why; goes into the journal. Needed for an emergency outside the allowed hours.",
                ),
            ),
            option("--wait", is_flag=True, words=Words("Chờ đến khi phát xong.", "Wait until it has aired.")),
            option(
                "--json", "as_json", is_flag=True, words=Words("In kết quả dạng JSON.", "Print the result as JSON.")
            ),
            option("--yes", "sure", is_flag=True, words=Words("Khẩn cấp: không hỏi lại.", "Emergency: do not ask.")),
        )
    ):
        function = decorate(function)
    return function


def _how(function: F) -> F:
    """The options of say and play."""
    for decorate in reversed(
        (
            option(
                "--level",
                type=click.Choice([level.value for level in ASKABLE]),
                default=Level.THONG_THUONG.value,
                words=Words(
                    "Mức: thong_thuong (mặc định) xếp sau cùng, uu_tien phát kế tiếp, khan_cap cắt ngang.",
                    "Ordinary (thong_thuong, the default) waits its turn, uu_tien is next, khan_cap cuts in.",
                ),
            ),
            option(
                "--repeat",
                type=click.IntRange(1, MOST_REPEATS),
                metavar="N",
                default=1,
                words=Words("Phát mấy lần liền.", "How many times in a row."),
            ),
            option(
                "--at",
                metavar="TIME",
                words=Words('Phát lúc: 17:30, "2026-11-25 17:30" hoặc +10m.', 'When: 17:30, "2026-11-25 17:30", +10m.'),
            ),
            option(
                "--after",
                type=click.Choice(["now", "item", "session"]),
                words=Words(
                    "Chen vào: ngay, sau mục đang phát, hoặc sau cả phiên.",
                    "Break in: now, after the item, or session.",
                ),
            ),
        )
    ):
        function = decorate(function)
    return function


@command(
    "say",
    about=Words(
        "Phát một lời thông báo: đài đang chạy thì đưa vào hàng chờ của đài, chưa chạy thì phát thẳng. Lời viết trong"
        " dấu nháy, trong tệp (-f), hoặc đọc từ lệnh trước (-). Chữ nào máy chưa chắc cách đọc thì báo ngay.\n\n"
        + _EXITS.vi,
        "Air an announcement: through the running station, or directly if none runs. The text is quoted, in a file (-f)"
        " or on standard input (-). What the rules cannot read for sure is said at once.\n\n" + _EXITS.en,
    ),
    examples='broadcaster say "Mời bà con 8 giờ sáng mai ra nhà văn hóa họp xóm."\n'
    "broadcaster say -f thong_bao.txt --at 17:30 --repeat 2\n"
    'broadcaster say --level uu_tien --wait "Tối nay cắt nước từ 20h đến 22h."',
)
@argument("text", nargs=-1, metavar="[TEXT]")
@option(
    "-f", "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    words=Words("Đọc lời từ tệp văn bản.", "Read the text from a file."),
)  # fmt: skip
@_how
@option("--voice", metavar="V", words=Words("Giọng, như gtts hoặc espeak:vi.", "Voice, like gtts or espeak:vi."))
@_when_and_where
def say(
    invocation: Invocation,
    text: tuple[str, ...],
    file: Path | None,
    level: str,
    repeat: int,
    at: str | None,
    after: str | None,
    voice: str | None,
    zones: tuple[str, ...],
    reason: str,
    wait: bool,
    as_json: bool,
    sure: bool,
) -> int:
    """Air a text."""
    written = read_text(text, file)
    where = check_zones(zones, invocation.settings)
    warn_unsure(invocation, written)
    moment = _moment(invocation, at)
    asked = Announce(
        kind=RequestKind.SAY,
        content=written,
        level=Level(level),
        zones=where,
        voice=voice,
        repeat=repeat,
        at=moment,
        reason=reason,
        after=Place(after) if after else None,
    )
    return _announce(invocation, asked, wait=wait, as_json=as_json, sure=sure)


@command(
    "play",
    about=Words(
        "Phát một tệp ghi âm (wav, mp3, flac, ogg, m4a), như say. Tệp hỏng hoặc bị cụt thì báo ngay, không phát.\n\n"
        + _EXITS.vi,
        "Air a recording (wav, mp3, flac, ogg, m4a), like 'say'. A damaged or cut file is refused at once.\n\n"
        + _EXITS.en,
    ),
    examples="broadcaster play ghi_am/hop_dan.mp3\nbroadcaster play bao_lu.mp3 --level khan_cap --repeat 3",
)
@argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_how
@_when_and_where
def play(
    invocation: Invocation,
    file: Path,
    level: str,
    repeat: int,
    at: str | None,
    after: str | None,
    zones: tuple[str, ...],
    reason: str,
    wait: bool,
    as_json: bool,
    sure: bool,
) -> int:
    """Air a recording."""
    check_recording(file)
    asked = Announce(
        kind=RequestKind.PLAY,
        content=str(file.resolve()),
        title=file.stem,
        level=Level(level),
        zones=check_zones(zones, invocation.settings),
        repeat=repeat,
        at=_moment(invocation, at),
        reason=reason,
        after=Place(after) if after else None,
    )
    return _announce(invocation, asked, wait=wait, as_json=as_json, sure=sure)


@command(
    "emergency",
    about=Words(
        "Phát KHẨN CẤP: cắt ngang chương trình đang phát và lặp lại đến khi hủy (--cancel), đủ số lần --repeat, hoặc"
        " đến giờ --until. Ngoài giờ cho phép phải có --reason. Ở cửa sổ lệnh, máy hỏi lại trước khi phát, trừ khi có"
        " --yes.",
        "EMERGENCY: cuts what is on air and is repeated until --cancel, --repeat times, or --until a time. Outside"
        " the allowed hours it needs --reason. At a terminal it asks first, unless --yes.",
    ),
    examples='broadcaster emergency "Lũ đang lên nhanh. Bà con xóm Bãi sơ tán ngay lên trường học!"\n'
    "broadcaster emergency --cancel",
)
@argument("text", nargs=-1, metavar="[TEXT]")
@option(
    "-f", "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    words=Words("Đọc lời từ tệp văn bản.", "Read the text from a file."),
)  # fmt: skip
@option(
    "--repeat", type=click.IntRange(1, MOST_REPEATS), metavar="N",
    words=Words("Chỉ phát bấy nhiêu lần.", "Only so many times."),
)  # fmt: skip
@option(
    "--until", metavar="TIME", words=Words("Chỉ lặp lại đến giờ này: 18:00 hoặc +30m.", "Repeat until: 18:00 or +30m.")
)
@option("--voice", metavar="V", words=Words("Giọng.", "Voice."))
@option("--cancel", "end", is_flag=True, words=Words("Thôi phát khẩn cấp.", "End every emergency."))
@_when_and_where
def emergency(
    invocation: Invocation,
    text: tuple[str, ...],
    file: Path | None,
    repeat: int | None,
    until: str | None,
    voice: str | None,
    end: bool,
    zones: tuple[str, ...],
    reason: str,
    wait: bool,
    as_json: bool,
    sure: bool,
) -> int:
    """Break in, or end it."""
    if end:
        return _end_emergency(invocation, as_json)
    written = read_text(text, file)
    where = check_zones(zones, invocation.settings)
    warn_unsure(invocation, written)
    asked = Announce(
        kind=RequestKind.SAY,
        content=written,
        level=Level.KHAN_CAP,
        zones=where,
        voice=voice,
        repeat=repeat or 0,
        until=_moment(invocation, until),
        reason=reason,
    )
    return _announce(invocation, asked, wait=wait, as_json=as_json, sure=sure)


def read_text(text: tuple[str, ...], file: Path | None) -> str:
    """The words from the arguments, from -f, or from standard input for `-`. Raises UsageError when there are none."""
    if text and file:
        raise UsageError(Words("ghi lời hoặc -f, không cả hai", "give the text or -f, not both"))
    if file is not None:
        from broadcaster.tomlfile import read_text as read_file

        written = read_file(file, FileError)
    elif text == (STDIN,):
        written = click.get_text_stream("stdin", encoding="utf-8").read()
    else:
        written = " ".join(text)
    if not written.strip():
        raise UsageError(
            Words("không có lời nào để phát", "there is nothing to say"),
            cure=Words('Viết lời trong dấu nháy: broadcaster say "…"', 'Quote the text: broadcaster say "…"'),
        )
    return written.strip()


def warn_unsure(invocation: Invocation, text: str) -> None:
    """Say on stderr what in a text cannot be read for sure."""
    for one in words_of(text, invocation.settings).unsure:
        told = unsure_words(one)
        console.notice(Words(f"chưa chắc cách đọc {told.vi}", f"unsure: {told.en}"))


def _moment(invocation: Invocation, written: str | None) -> datetime | None:
    return read_moment(written, invocation.station_now(), invocation.settings.tz) if written else None


def _announce(invocation: Invocation, command: Announce, *, wait: bool, as_json: bool, sure: bool) -> int:
    """Ask, wait if wanted, tell. Returns the exit code."""
    settings = invocation.settings
    if command.level is Level.KHAN_CAP:
        check_emergency(settings, command, invocation.station_now())
        question = Words(
            "Phát KHẨN CẤP ra loa ngay, cắt chương trình đang phát? [c/K] ",
            "EMERGENCY on the loudspeakers now, cutting what is on air? [y/N] ",
        )
        if not sure and not console.agreed(question):
            raise RefusedError(Words("đã thôi, không phát gì", "given up, nothing was aired"))
    with console.Progress() as bar:
        told = announce(
            settings,
            invocation.clock,
            invocation.operator,
            command,
            wait=wait,
            show=lambda progress: bar.show(0, progress.words()),
            tell=console.notice,
        )
    _tell(told, invocation, as_json)
    return told.exit_code


def _tell(told: Announcement, invocation: Invocation, as_json: bool) -> None:
    why = console.told(told.reason.words())
    if as_json:
        tz = invocation.settings.tz
        console.print_json(
            {
                "id": told.number,
                "occurrence": told.occurrence,
                "outcome": told.outcome,
                "reason": why,
                "airings": [airings.as_json(airing, tz) for airing in told.airings],
                "result": told.result,
                "reason_code": told.reason.code,
            }
        )
    elif told.result is None:
        number = told.number
        console.print_line(
            Words(
                f"Đài đã nhận, số {number}. Hủy: broadcaster cancel {number}",
                f"Accepted, number {number}. To cancel: broadcaster cancel {number}",
            )
        )
    elif told.outcome is None:
        console.notice(why)
    elif told.outcome is Outcome.AIRED:
        console.print_line(f"{console.told(OUTCOME_WORDS[told.outcome]).capitalize()}: {why}")
    else:
        console.notice(f"{console.told(OUTCOME_WORDS[told.outcome])}: {why}")


def _end_emergency(invocation: Invocation, as_json: bool) -> int:
    from broadcaster.cli.control import tell_answer
    from broadcaster.service.control import cancel_emergencies

    with invocation.door() as door:
        return tell_answer(cancel_emergencies(door), as_json)
