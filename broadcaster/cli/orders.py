"""`stop`, `resume`, `skip`, `cancel`: commands to the running station, each with a row in the journal."""

from __future__ import annotations

from broadcaster.cli import console
from broadcaster.cli.asking import Door, not_answering, not_running, opened
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import NotFoundError, Words
from broadcaster.journal import RequestRow
from broadcaster.model import Outcome, RequestKind

_JSON = Words("In kết quả dạng JSON.", "Print the result as JSON.")


@command(
    "stop",
    about=Words(
        "DỪNG: loa im trong vòng một giây, những gì đang chờ bị hủy, và loa giữ im (kể cả khi khởi động lại máy) cho"
        " đến «broadcaster resume». Đài chưa chạy thì lệnh có hiệu lực ngay khi đài chạy.",
        "Silence within a second; what waits is cancelled; silence holds, across restarts too, until 'broadcaster"
        " resume'. If no station runs, it takes effect when one starts.",
    ),
    examples="broadcaster stop",
)
@option("--json", "as_json", is_flag=True, words=_JSON)
def stop(invocation: Invocation, as_json: bool) -> int:
    """Latch silence."""
    return _latch(invocation, RequestKind.STOP, {}, as_json)


@command(
    "resume",
    about=Words(
        "Cho phát lại sau lệnh DỪNG. --clock: xác nhận đồng hồ máy đang đúng, dù sớm hơn giờ đã ghi trong nhật ký.",
        "Lift the STOP. --clock: confirm that the machine's clock is right although the journal has seen later times.",
    ),
    examples="broadcaster resume\nbroadcaster resume --clock",
)
@option("--clock", "clock_is_right", is_flag=True, words=Words("Đồng hồ máy đang đúng.", "The clock is right."))
@option("--json", "as_json", is_flag=True, words=_JSON)
def resume(invocation: Invocation, clock_is_right: bool, as_json: bool) -> int:
    """Lift the latch."""
    return _latch(invocation, RequestKind.RESUME, {"clock": clock_is_right}, as_json)


@command(
    "skip",
    about=Words(
        "Bỏ mục đang phát, phiên đi tiếp sang mục sau.", "Skip the item on air; its session goes on with the next."
    ),
    examples="broadcaster skip",
)
@option("--json", "as_json", is_flag=True, words=_JSON)
def skip(invocation: Invocation, as_json: bool) -> int:
    """Cut the current item."""
    return _order(
        invocation, RequestKind.SKIP, {}, as_json, NotFoundError(Words("không có gì đang phát", "nothing is on air"))
    )


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
    missing = NotFoundError(
        Words(f"không có mục «{what}» đang chờ hay đang phát", f"'{what}' neither waits nor is on air"),
        cure=Words("Xem «broadcaster queue»", "See 'broadcaster queue'"),
    )
    return _order(invocation, RequestKind.CANCEL, {"id": what}, as_json, missing)


def _latch(invocation: Invocation, kind: RequestKind, payload: dict[str, object], as_json: bool) -> int:
    """STOP and its end are valid without a running station: the next start reads them first."""
    with opened(invocation) as door:
        number = door.ask(kind, payload)
        if door.holder is not None:
            return tell_answer(door, number, door.answer(number), as_json)
        if as_json:
            console.print_json(_document(number, None))
        else:
            console.say(
                Words(
                    "Đài chưa chạy. Lệnh đã được ghi lại, có hiệu lực ngay khi đài chạy.",
                    "No station runs. The order is on record and takes effect when one starts.",
                )
            )
        return 0


def _order(
    invocation: Invocation, kind: RequestKind, payload: dict[str, object], as_json: bool, missing: NotFoundError
) -> int:
    with opened(invocation) as door:
        if door.holder is None:
            raise not_running(invocation)
        number = door.ask(kind, payload)
        row = door.answer(number)
        if row is not None and row.outcome is Outcome.FAILED:
            raise missing
        return tell_answer(door, number, row, as_json)


def tell_answer(door: Door, number: int, row: RequestRow | None, as_json: bool) -> int:
    """Print what the station did. Raises StationStateError when it did not answer in time."""
    if row is None:
        assert door.holder is not None
        raise not_answering(door.holder)
    if as_json:
        console.print_json(_document(number, row))
    else:
        console.say(row.reason)
    return 0


def _document(number: int, row: RequestRow | None) -> dict[str, object]:
    return {"id": number, "outcome": row.outcome if row else None, "reason": row.reason if row else ""}
