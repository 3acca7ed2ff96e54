"""`stop`, `resume`, `skip`, `cancel`: short commands to the running station, each on record."""

from __future__ import annotations

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import CommandResult
from broadcaster.service import control
from broadcaster.service.answer import Answer

_JSON = Words("In kết quả dạng JSON.", "Print the result as JSON.")
_ZONES = Words(
    "Chỉ cụm loa này; lặp lại được (mặc định: tất cả).", "Only this zone; may be repeated (default: everywhere)."
)


@command(
    "stop",
    about=Words(
        "DỪNG: loa im trong vòng một giây, những gì đang chờ bị hủy, và loa giữ im (kể cả khi khởi động lại máy) cho"
        " đến «broadcaster resume». --zone: chỉ những cụm loa ấy. Đài chưa chạy thì lệnh có hiệu lực ngay khi đài"
        " chạy.",
        "Silence within a second; what waits is cancelled; silence holds, across restarts too, until 'broadcaster"
        " resume'. --zone: only there. If no station runs, it takes effect when one starts.",
    ),
    examples="broadcaster stop\nbroadcaster stop --zone thon_1 --zone thon_2",
)
@option("--zone", "zones", multiple=True, metavar="Z", words=_ZONES)
@option("--json", "as_json", is_flag=True, words=_JSON)
def stop(invocation: Invocation, zones: tuple[str, ...], as_json: bool) -> int:
    """Latch silence."""
    with invocation.door() as door:
        return _tell_latched(control.stop(door, zones), as_json)


@command(
    "resume",
    about=Words(
        "Cho phát lại sau lệnh DỪNG; --zone: chỉ những cụm loa ấy. --clock: xác nhận đồng hồ máy đang đúng, dù sớm hơn"
        " giờ đã ghi trong nhật ký.",
        "Lift the STOP; --zone: only there. --clock: confirm that the machine's clock is right although the journal has"
        " seen later times.",
    ),
    examples="broadcaster resume\nbroadcaster resume --zone thon_1\nbroadcaster resume --clock",
)
@option("--zone", "zones", multiple=True, metavar="Z", words=_ZONES)
@option("--clock", "clock_is_right", is_flag=True, words=Words("Đồng hồ máy đang đúng.", "The clock is right."))
@option("--json", "as_json", is_flag=True, words=_JSON)
def resume(invocation: Invocation, zones: tuple[str, ...], clock_is_right: bool, as_json: bool) -> int:
    """Lift the latch."""
    with invocation.door() as door:
        return _tell_latched(control.resume(door, zones, clock=clock_is_right), as_json)


@command(
    "skip",
    about=Words(
        "Bỏ mục đang phát, phiên đi tiếp sang mục sau. --zone: chỉ ở những cụm loa ấy.",
        "Skip the item on air; its session goes on with the next. --zone: only there.",
    ),
    examples="broadcaster skip\nbroadcaster skip --zone thon_1",
)
@option("--zone", "zones", multiple=True, metavar="Z", words=_ZONES)
@option("--json", "as_json", is_flag=True, words=_JSON)
def skip(invocation: Invocation, zones: tuple[str, ...], as_json: bool) -> int:
    """Cut the current item."""
    with invocation.door() as door:
        return tell_answer(control.skip(door, zones), as_json)


@command(
    "cancel",
    about=Words(
        "Hủy một mục đang chờ hoặc đang phát. ID là số của yêu cầu (như 17), hoặc mã phiên (như"
        " hang_ngay/sang/2026-11-25): xem «broadcaster queue».",
        "Cancel what waits or is on air. ID is the number of a request (like 17) or an occurrence (like"
        " hang_ngay/sang/2026-11-25): see 'broadcaster queue'.",
    ),
    examples="broadcaster cancel 17\nbroadcaster cancel hang_ngay/sang/2026-11-25",
)
@argument("what", metavar="ID")
@option("--json", "as_json", is_flag=True, words=_JSON)
def cancel(invocation: Invocation, what: str, as_json: bool) -> int:
    """Take one thing out."""
    with invocation.door() as door:
        return tell_answer(control.cancel(door, what), as_json, cure=Words("Xem «broadcaster queue»", "See 'queue'"))


def tell_answer(answer: Answer, as_json: bool, *, cure: Words | None = None) -> int:
    """Print what the station did. Returns the exit code; what was not done is a line on stderr."""
    done = answer.result is None or answer.result is CommandResult.DONE
    if as_json:
        console.print_json(document(answer))
    elif done:
        console.print_line(answer.reason.words())
    if not done:
        console.notice(BroadcasterError(answer.reason.words(), cure=cure).words())
    return answer.exit_code


def document(answer: Answer) -> dict[str, object]:
    """The answer for programs. `outcome` is told of occurrences only; the key stays for older programs."""
    return {
        "id": answer.number,
        "result": answer.result,
        "reason_code": answer.reason.code,
        "reason": console.told(answer.reason.words()),
        "outcome": None,
    }


def _tell_latched(answer: Answer, as_json: bool) -> int:
    if answer.result is not None or as_json:
        return tell_answer(answer, as_json)
    console.print_line(
        Words(
            "Đài chưa chạy. Lệnh đã được ghi lại, có hiệu lực ngay khi đài chạy.",
            "No station runs. The order is on record and takes effect when one starts.",
        )
    )
    return answer.exit_code
