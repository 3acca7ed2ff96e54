"""`say`, `play`, `emergency`: an announcement that is in no timetable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from broadcaster.cli.announcing import Wish, announce, check_emergency, check_zone
from broadcaster.cli.asking import not_running, opened, station_now
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.levels import ASKABLE
from broadcaster.cli.moments import read_moment
from broadcaster.cli.reading import warn_unsure, words_of
from broadcaster.errors import FileError, NotFoundError, UsageError, Words
from broadcaster.model import Level, Outcome, RequestKind

F = TypeVar("F", bound=Callable[..., Any])

MOST_REPEATS = 20
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
                metavar="Z",
                words=Words("Cụm loa (mặc định: tất cả).", "Zone of loudspeakers (default: all)."),
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
    zone: str | None,
    reason: str,
    wait: bool,
    as_json: bool,
    sure: bool,
) -> int:
    """Air a text."""
    written = read_text(text, file)
    zone = check_zone(zone, invocation)
    warn_unsure(words_of(written, invocation.settings).unsure)
    payload: dict[str, Any] = {"text": written, "voice": voice}
    payload |= _payload(invocation, level=level, zone=zone, repeat=repeat, at=at, reason=reason, after=after, sure=sure)
    return announce(invocation, Wish(kind=RequestKind.SAY, payload=payload), wait=wait, as_json=as_json)


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
    zone: str | None,
    reason: str,
    wait: bool,
    as_json: bool,
    sure: bool,
) -> int:
    """Air a recording."""
    if not file.is_file():
        raise NotFoundError(
            Words("không có tệp ghi âm này", "there is no such recording"),
            where=str(file),
            cure=Words("Kiểm tra tên tệp", "Check the name"),
        )
    zone = check_zone(zone, invocation)
    from broadcaster.audio.pcm import check

    check(file)
    payload: dict[str, Any] = {"file": str(file.resolve()), "title": file.stem}
    payload |= _payload(invocation, level=level, zone=zone, repeat=repeat, at=at, reason=reason, after=after, sure=sure)
    return announce(invocation, Wish(kind=RequestKind.PLAY, payload=payload), wait=wait, as_json=as_json)


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
    zone: str | None,
    reason: str,
    wait: bool,
    as_json: bool,
    sure: bool,
) -> int:
    """Break in, or end it."""
    if end:
        return _end_emergency(invocation, as_json)
    written = read_text(text, file)
    zone = check_zone(zone, invocation)
    warn_unsure(words_of(written, invocation.settings).unsure)
    payload: dict[str, Any] = {"text": written, "voice": voice}
    payload |= _payload(
        invocation, level=Level.KHAN_CAP, zone=zone, repeat=repeat or 0, at=None, reason=reason, after=None, sure=sure
    )
    if until:
        payload["until"] = read_moment(until, station_now(invocation), invocation.settings.tz).isoformat()
    return announce(invocation, Wish(kind=RequestKind.SAY, payload=payload), wait=wait, as_json=as_json)


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


def _payload(
    invocation: Invocation,
    *,
    level: str,
    zone: str,
    repeat: int,
    at: str | None,
    reason: str,
    after: str | None,
    sure: bool,
) -> dict[str, Any]:
    """The part of the request that does not depend on what is aired."""
    settings = invocation.settings
    now = station_now(invocation)
    moment: datetime | None = read_moment(at, now, settings.tz) if at else None
    check_emergency(Level(level), reason, moment or now, invocation, sure=sure)
    return {
        "level": level,
        "zone": zone,
        "repeat": repeat,
        "at": moment.isoformat() if moment else None,
        "reason": reason,
        "after": after,
    }


def _end_emergency(invocation: Invocation, as_json: bool) -> int:
    from broadcaster.cli.orders import tell_answer

    with opened(invocation) as door:
        if door.holder is None:
            raise not_running(invocation)
        number = door.ask(RequestKind.CANCEL, {"id": Level.KHAN_CAP})
        row = door.answer(number)
        if row is not None and row.outcome is Outcome.FAILED:
            raise NotFoundError(Words("không có thông báo khẩn cấp nào đang phát", "no emergency is on air or waiting"))
        return tell_answer(door, number, row, as_json)
