"""Every command: its section, where it lives, its one line. The help page is made of this and imports no command."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.errors import Words

ON_AIR = Words("Phát thanh", "On the air")
TEXTS = Words("Kịch bản", "Scripts")
TIMETABLE = Words("Lịch", "Timetable")
RECORD = Words("Nhật ký", "The record")
MACHINE = Words("Máy móc", "The machine")
SECTIONS = (ON_AIR, TEXTS, TIMETABLE, RECORD, MACHINE)
"""In the order of the help page."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the table."""

    section: Words
    target: str
    """`module:attribute` of its click command."""
    short: Words


def _entry(section: Words, target: str, vi: str, en: str) -> Entry:
    return Entry(section=section, target=f"broadcaster.cli.{target}", short=Words(vi, en))


COMMANDS: dict[str, Entry] = {
    "run": _entry(ON_AIR, "run:run", "Chạy đài: phát theo lịch, nhận lệnh", "Run the station"),
    "say": _entry(ON_AIR, "say:say", "Phát ngay một lời thông báo", "Air an announcement now"),
    "play": _entry(ON_AIR, "say:play", "Phát ngay một tệp ghi âm", "Air a recording now"),
    "emergency": _entry(
        ON_AIR, "say:emergency", "Phát khẩn cấp, lặp lại đến khi hủy", "Emergency, repeated until cancelled"
    ),
    "stop": _entry(ON_AIR, "control:stop", "DỪNG: im lặng ngay, giữ im đến khi resume", "Silence now, until 'resume'"),
    "resume": _entry(ON_AIR, "control:resume", "Cho phát lại sau lệnh DỪNG", "Air again after 'stop'"),
    "skip": _entry(ON_AIR, "control:skip", "Bỏ mục đang phát", "Skip the item on air"),
    "cancel": _entry(ON_AIR, "control:cancel", "Hủy một mục đang chờ", "Cancel a waiting item"),
    "queue": _entry(ON_AIR, "status:queue", "Những gì đang chờ phát", "What is waiting"),
    "rundown": _entry(
        ON_AIR, "rundown:rundown", "Từng mục của mỗi phiên; bỏ, chèn, dời, thay", "Every cue; drop, insert, move"
    ),
    "status": _entry(ON_AIR, "status:status", "Đang phát gì, sắp phát gì, máy có khỏe không", "On air, next, health"),
    "demo": _entry(ON_AIR, "demo:demo", "Nghe thử một phiên trong vòng một phút", "Hear one session within a minute"),
    "scripts": _entry(TEXTS, "scripts:scripts", "Kho kịch bản: xem, kiểm tra, viết mới, duyệt", "The library of texts"),
    "preview": _entry(TEXTS, "preview:preview", "Nghe trước đúng như sẽ phát", "Hear exactly what would air"),
    "spoken": _entry(TEXTS, "spoken:spoken", "Chữ viết → lời đọc, từng dòng", "Written text → spoken words"),
    "render": _entry(TEXTS, "render:render", "Đọc sẵn những gì các ngày tới cần", "Render what the next days need"),
    "schedule": _entry(TIMETABLE, "schedule:schedule", "Lịch phát: xem, kiểm tra, xuất", "The timetable"),
    "rehearse": _entry(TIMETABLE, "rehearse:rehearse", "Diễn tập một ngày, không ra loa", "Rehearse a day, silently"),
    "journal": _entry(RECORD, "journal:journal", "Nhật ký phát thanh", "The as-run record"),
    "report": _entry(RECORD, "report:report", "Sổ nhật ký phát thanh, số liệu CCHC để in", "The log book, on paper"),
    "voices": _entry(MACHINE, "voices:voices", "Các bộ đọc và giọng; cài giọng mới", "Engines and voices"),
    "devices": _entry(MACHINE, "devices:devices", "Các đường ra loa của máy này", "Where sound can go"),
    "doctor": _entry(MACHINE, "doctor:doctor", "Khám máy: chỗ nào hỏng, sửa thế nào", "What is wrong, and the cure"),
    "cache": _entry(MACHINE, "cache:cache", "Kho âm thanh đã đọc sẵn", "The rendered audio"),
    "init": _entry(MACHINE, "init:init", "Tạo một đài mới từ đài mẫu", "Make a new station"),
    "backup": _entry(MACHINE, "backup:backup", "Chép cả đài vào một tệp", "The station in one file"),
    "restore": _entry(MACHINE, "backup:restore", "Dựng lại đài từ tệp đã chép", "The station back from that file"),
}
"""Name → entry."""
