"""`doctor`: every check, its verdict and its cure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, SettingsError, Words
from broadcaster.settings import STATION_FILE

if TYPE_CHECKING:
    from broadcaster.cli.checks import Finding

_MARKS = {
    "ok": Words("được", "OK"),
    "warning": Words("cảnh báo", "warning"),
    "fault": Words("LỖI", "FAULT"),
}


@command(
    "doctor",
    about=Words(
        "Khám máy và đài: cấu hình, kịch bản, lịch, cách đọc, bộ đọc, báo sự cố, đường ra loa, đồng hồ, nhật ký, đĩa,"
        " dịch vụ. Mỗi dòng là được, cảnh báo hoặc LỖI, kèm cách sửa. Có LỖI thì mã thoát là của lỗi đầu tiên (3, 5, 6"
        " hoặc 8).",
        "Examine machine and station: settings, scripts, timetables, readings, engines, alarm, output, clock, journal,"
        " disk, service. Each line is OK, a warning or a FAULT with its cure. With a fault the exit code is that of the"
        " first one (3, 5, 6 or 8).",
    ),
    examples="broadcaster doctor\nbroadcaster doctor --alarm\nbroadcaster doctor --json",
)
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
@option(
    "--alarm",
    "try_alarm",
    is_flag=True,
    words=Words(
        "Chỉ gửi một tin báo thử bằng chương trình khai ở [alarm].", "Only send a trial message by [alarm]'s program."
    ),
)
def doctor(invocation: Invocation, as_json: bool, try_alarm: bool) -> int:
    """Run all checks."""
    from broadcaster.cli.checks import Verdict

    if try_alarm:
        return _try_alarm(invocation)

    found: list[Finding] = []
    for finding in _examine(invocation):
        found.append(finding)
        if not as_json:
            _print(finding)
    faults = [finding for finding in found if finding.verdict is Verdict.FAULT]
    warnings = sum(finding.verdict is Verdict.WARNING for finding in found)
    if as_json:
        console.print_json(
            [
                {
                    "topic": finding.topic.en,
                    "verdict": finding.verdict,
                    "text": console.told(finding.text),
                    "cure": console.told(finding.cure) if finding.cure else "",
                }
                for finding in found
            ]
        )
    else:
        console.say(Words(f"{len(faults)} lỗi, {warnings} cảnh báo.", f"{len(faults)} faults, {warnings} warnings."))
    return faults[0].exit_code if faults else 0


def _try_alarm(invocation: Invocation) -> int:
    from broadcaster.station.alarm import Event, message, send

    settings = invocation.settings
    if not settings.alarm.command:
        raise SettingsError(
            Words("chưa khai chương trình báo sự cố", "there is no program for alarms"),
            where=str(settings.folder / STATION_FILE),
            cure=Words("Khai command ở [alarm]", "Give a command in [alarm]"),
        )
    event = Event(kind="thu", text="tin báo thử, không có sự cố gì")
    sent = send(settings, event.kind, message(settings, invocation.clock, [event]))
    if not sent.delivered:
        raise SettingsError(
            Words(sent.line, "the program of [alarm] did not deliver the message"),
            where=str(settings.folder / STATION_FILE),
            cure=Words(
                "Chạy thử đúng dòng lệnh ở [alarm] bằng tay, trong thư mục của đài",
                "Try the command of [alarm] by hand, in the station's folder",
            ),
        )
    console.say(Words(sent.line, "The program of [alarm] has sent the trial message."))
    return 0


def _examine(invocation: Invocation) -> Iterator[Finding]:
    from broadcaster.cli.checks import CHECKS, SETTINGS, Finding, Verdict

    for check in CHECKS:
        try:
            yield from check(invocation)
        except BroadcasterError as problem:
            words = Words(problem.line("vi"), problem.line("en"))
            yield Finding(topic=SETTINGS, verdict=Verdict.FAULT, text=words, exit_code=problem.exit_code)
            if check is CHECKS[0]:  # without settings there is nothing to look at
                return


def _print(finding: Finding) -> None:
    topic = console.told(finding.topic)
    mark = console.told(_MARKS[finding.verdict])
    text = console.told(finding.text)
    cure = f" → {console.told(finding.cure)}" if finding.cure else ""
    console.say(f"{mark:<9} {topic}: {text}{cure}")
