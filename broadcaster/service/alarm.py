"""A trial message by the program of `[alarm]`."""

from __future__ import annotations

from broadcaster.clock import Clock
from broadcaster.errors import SettingsError, Words
from broadcaster.model import EventKind
from broadcaster.settings import STATION_FILE, Settings


def send_trial(settings: Settings, clock: Clock) -> Words:
    """Send it and wait for the program's end. Returns what became of it; raises SettingsError when it was not sent."""
    from broadcaster.station.alarm import AlarmEvent, message, send

    where = str(settings.folder / STATION_FILE)
    if not settings.alarm.command:
        raise SettingsError(
            Words("chưa khai chương trình báo sự cố", "there is no program for alarms"),
            where=where,
            cure=Words("Khai command ở [alarm]", "Give a command in [alarm]"),
        )
    event = AlarmEvent(
        kind=EventKind.TRIAL, text=Words("tin báo thử, không có sự cố gì", "trial message, nothing is wrong")
    )
    sent = send(settings, event.kind, message(settings, clock, [event]))
    if not sent.delivered:
        raise SettingsError(
            sent.line,
            where=where,
            cure=Words(
                "Chạy thử đúng dòng lệnh ở [alarm] bằng tay, trong thư mục của đài",
                "Try the command of [alarm] by hand, in the station's folder",
            ),
        )
    return sent.line
