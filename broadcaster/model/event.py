"""What happens in a station that is no airing: the kinds of the event stream."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from broadcaster.errors import Words


class EventKind(enum.StrEnum):
    """Kinds of events, for whoever follows the stream."""

    START = "start"
    STOP = "stop"
    """The program ended in order."""
    OUTPUT = "output"
    SESSION = "session"
    DISK = "disk"
    CLOCK = "clock"
    JOURNAL = "journal"
    TIMETABLE = "timetable"
    RUNDOWN = "rundown"
    ALARM = "alarm"
    """A message to the person in charge was sent, or could not be."""
    REQUEST = "request"
    """A command was accepted or answered."""
    APPROVAL = "approval"
    ON_AIR = "on_air"
    ENDED = "ended"
    TRIAL = "trial"


EVENT_WORDS = {
    EventKind.START: Words("chạy", "start"),
    EventKind.STOP: Words("dừng", "stop"),
    EventKind.OUTPUT: Words("loa", "output"),
    EventKind.SESSION: Words("phiên", "session"),
    EventKind.DISK: Words("đĩa", "disk"),
    EventKind.CLOCK: Words("đồng hồ", "clock"),
    EventKind.JOURNAL: Words("nhật ký", "journal"),
    EventKind.TIMETABLE: Words("lịch", "timetable"),
    EventKind.RUNDOWN: Words("chương trình", "rundown"),
    EventKind.ALARM: Words("báo động", "alarm"),
    EventKind.REQUEST: Words("yêu cầu", "request"),
    EventKind.APPROVAL: Words("duyệt", "approval"),
    EventKind.ON_AIR: Words("phát", "on air"),
    EventKind.ENDED: Words("xong", "ended"),
    EventKind.TRIAL: Words("thử", "trial"),
}
"""What operators see."""

OLD_KINDS = {
    "chay": EventKind.START,
    "dung": EventKind.STOP,
    "loa": EventKind.OUTPUT,
    "phien": EventKind.SESSION,
    "dia": EventKind.DISK,
    "dong_ho": EventKind.CLOCK,
    "nhat_ky": EventKind.JOURNAL,
    "lich": EventKind.TIMETABLE,
    "bao_dong": EventKind.ALARM,
    "yeu_cau": EventKind.REQUEST,
    "duyet": EventKind.APPROVAL,
    "phat": EventKind.ON_AIR,
    "xong": EventKind.ENDED,
    "thu": EventKind.TRIAL,
}
"""Codes of the first journals; `{kind}` of the alarm's program still has them."""
ALARM_CODES = {kind: code for code, kind in OLD_KINDS.items()}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of the stream."""

    id: int
    """Grows; a follower asks for what came after the last one it saw."""
    at: datetime
    kind: EventKind
    text: Words
