"""`doctor`: every check, its verdict and its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import Words

if TYPE_CHECKING:
    from broadcaster.service.checks import Finding

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
    from broadcaster.service.checks import Site, Verdict, examine

    if try_alarm:
        return _try_alarm(invocation)

    found: list[Finding] = []
    site = Site(folder=invocation.folder, clock=invocation.clock, operator=invocation.operator)
    for finding in examine(site):
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
        console.print_line(
            Words(f"{len(faults)} lỗi, {warnings} cảnh báo.", f"{len(faults)} faults, {warnings} warnings.")
        )
    return faults[0].exit_code if faults else 0


def _try_alarm(invocation: Invocation) -> int:
    from broadcaster.service.alarm import send_trial

    console.print_line(send_trial(invocation.settings, invocation.clock))
    return 0


def _print(finding: Finding) -> None:
    topic = console.told(finding.topic)
    mark = console.told(_MARKS[finding.verdict])
    text = console.told(finding.text)
    cure = f" → {console.told(finding.cure)}" if finding.cure else ""
    console.print_line(f"{mark:<9} {topic}: {text}{cure}")
