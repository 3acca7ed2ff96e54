"""One finding of an examination: what was looked at, the verdict, the cure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from broadcaster.errors import BroadcasterError, FileError, Words
from broadcaster.service.checks.site import Site

SETTINGS = Words("Cấu hình", "Settings")
SCRIPTS = Words("Kịch bản", "Scripts")
TIMETABLE = Words("Lịch phát", "Timetable")
ENGINES = Words("Bộ đọc", "Engines")
ALARM = Words("Báo sự cố", "Alarm")
SOUND = Words("Đường ra loa", "Sound output")
CLOCK = Words("Đồng hồ", "Clock")
JOURNAL = Words("Nhật ký", "Journal")
DISK = Words("Ổ đĩa", "Disk")
CACHE = Words("Kho âm thanh", "Audio cache")
STATION = Words("Đài", "Station")
SERVICE = Words("Tự chạy", "Service")


class Verdict(enum.StrEnum):
    """Of one finding."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the examination."""

    topic: Words
    verdict: Verdict
    text: Words
    cure: Words | None = None
    exit_code: int = FileError.exit_code
    """Of the examination, if it is the first fault."""


Check = Callable[[Site], Iterator[Finding]]


def same(text: str) -> Words:
    """Names, numbers and paths, which are the same in both languages."""
    return Words(text, text)


def ok(topic: Words, text: Words) -> Finding:
    """Nothing to do."""
    return Finding(topic=topic, verdict=Verdict.OK, text=text)


def warning(topic: Words, text: Words, cure: Words | None = None) -> Finding:
    """It airs, but something should be done."""
    return Finding(topic=topic, verdict=Verdict.WARNING, text=text, cure=cure)


def fault(topic: Words, problem: BroadcasterError) -> Finding:
    """An error says itself what to do."""
    return Finding(
        topic=topic,
        verdict=Verdict.FAULT,
        text=problem.words(),
        exit_code=problem.exit_code,
    )
