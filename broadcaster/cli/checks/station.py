"""Checks of the station: settings, scripts, timetable, engines, alarm, journal, cache, and whether it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from broadcaster.cli import console
from broadcaster.cli.checks.finding import (
    ALARM,
    CACHE,
    CLOCK,
    ENGINES,
    JOURNAL,
    SCRIPTS,
    SETTINGS,
    SOUND,
    STATION,
    TIMETABLE,
    Finding,
    Verdict,
    fault,
    ok,
    warning,
)
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, SpeakerError, SpeechError, Words
from broadcaster.outside_program import find_program

if TYPE_CHECKING:
    from broadcaster.journal import Journal

UNSURE_SHOWN = 10
CONFLICT_DAYS = 14
GAP_DAYS = 7
MOST_LATENCY_S = 0.2
"""More would make an emergency wait noticeably longer."""


def check_settings(invocation: Invocation) -> Iterator[Finding]:
    """station.toml reads, its files exist, its samples were replaced."""
    settings = invocation.settings
    yield ok(SETTINGS, f"{settings.folder / 'station.toml'}: {settings.name}")
    if not settings.glossary_path.is_file():
        yield warning(
            SETTINGS,
            Words(
                "không có tu_dien.tsv (từ điển riêng của đài)", "there is no tu_dien.tsv (the station's own glossary)"
            ),
        )
    yield from _check_chime(invocation)
    samples = sorted(name for name, value in settings.placeholders.items() if _is_sample(value))
    if samples:
        listed = ", ".join(samples)
        yield warning(
            SETTINGS,
            Words(f"còn giá trị VÍ DỤ: {listed}", f"sample values are left: {listed}"),
            Words("Thay bằng thông tin của xã trước khi phát", "Replace them before airing"),
        )


def _check_chime(invocation: Invocation) -> Iterator[Finding]:
    from broadcaster.audio import pcm

    chime = invocation.settings.sound.chime
    if chime in ("chime", "none"):
        return
    try:
        pcm.check(invocation.settings.folder / chime)
    except BroadcasterError as problem:
        yield warning(
            SETTINGS,
            Words(
                f"không dùng được tệp nhạc hiệu, đài dùng nhạc hiệu có sẵn: {problem.line('vi')}",
                f"the chime file is no use, the built-in one is played: {problem.line('en')}",
            ),
            Words("Sửa chime ở [sound], hoặc chép tệp khác vào", "Correct chime in [sound], or bring another file"),
        )


def _is_sample(value: str) -> bool:
    plain = value.casefold()
    return "ví dụ" in plain or "vidu" in plain or "000 000" in plain


def check_scripts(invocation: Invocation) -> Iterator[Finding]:
    """The library, and what its reading is unsure of."""
    from broadcaster.cli.scripts import problems_of, unsure_of
    from broadcaster.scripts import load_library

    library = load_library(invocation.settings.scripts_dir)
    problems = problems_of(invocation, library)
    for problem in problems:
        yield fault(SCRIPTS, problem)
    unsure = unsure_of(invocation, library)
    for line in unsure[:UNSURE_SHOWN]:
        yield warning(SCRIPTS, Words(f"chưa chắc cách đọc {line}", f"unsure reading {line}"))
    if len(unsure) > UNSURE_SHOWN:
        rest = len(unsure) - UNSURE_SHOWN
        yield warning(
            SCRIPTS, Words(f"và {rest} chỗ nữa", f"and {rest} more"), Words("Xem: broadcaster scripts check", "See it")
        )
    if not problems:
        count = len(library.scripts)
        yield ok(SCRIPTS, Words(f"{count} kịch bản dùng được", f"{count} usable scripts"))


def check_timetable(invocation: Invocation) -> Iterator[Finding]:
    """The timetable: mistakes, and conflicts of the next fortnight."""
    from broadcaster.cli.schedule import findings

    problems, warnings = findings(invocation, CONFLICT_DAYS)
    for line in problems:
        yield Finding(topic=TIMETABLE, verdict=Verdict.FAULT, text=line)
    for line in warnings:
        yield warning(TIMETABLE, line)
    if not problems:
        yield ok(TIMETABLE, Words(f"đọc được, xét {CONFLICT_DAYS} ngày tới", f"reads; {CONFLICT_DAYS} days looked at"))


def check_engines(invocation: Invocation) -> Iterator[Finding]:
    """The engines: which can speak, and whether an embedded one is among them."""
    from broadcaster.cli.status import engines
    from broadcaster.settings import SAFETY_NET

    found = engines(invocation.settings)
    for engine in found:
        if engine["available"]:
            yield ok(ENGINES, f"{engine['name']}: " + console.told(Words("sẵn sàng", "ready")))
        else:
            yield warning(ENGINES, engine["why"])
    if not any(engine["available"] for engine in found):
        yield Finding(
            topic=ENGINES,
            verdict=Verdict.FAULT,
            text=Words("không bộ đọc nào dùng được", "no engine can speak"),
            cure=Words(f'Thêm "{SAFETY_NET}" vào engines ở [voice]', f'Add "{SAFETY_NET}" to engines in [voice]'),
            exit_code=SpeechError.exit_code,
        )
    elif SAFETY_NET not in {engine["name"] for engine in found}:
        yield warning(
            ENGINES,
            Words("không có giọng dự phòng khi mất mạng", "there is no voice to fall back on without a network"),
            Words(f'Thêm "{SAFETY_NET}" vào cuối engines', f'Add "{SAFETY_NET}" at the end of engines'),
        )


def check_alarm(invocation: Invocation) -> Iterator[Finding]:
    """The alarm: whether a person is told when the station needs one."""
    settings = invocation.settings
    command = settings.alarm.command
    if not command:
        yield warning(
            ALARM,
            Words(
                "sự cố chỉ được ghi vào nhật ký, không báo cho ai", "trouble is only journalled, nobody is told of it"
            ),
            Words("Khai command ở [alarm] trong station.toml", "Give a command in [alarm] of station.toml"),
        )
    elif find_program(command[0], settings.folder) is None:
        yield Finding(
            topic=ALARM,
            verdict=Verdict.FAULT,
            text=Words(f"không tìm thấy chương trình «{command[0]}»", f"there is no program '{command[0]}'"),
            cure=Words(
                "Cài nó, hoặc ghi đường dẫn đầy đủ ở command, mục [alarm]",
                "Install it, or write its full path into command of [alarm]",
            ),
        )
    else:
        yield ok(
            ALARM, Words(f"bằng «{command[0]}»; thử: broadcaster doctor --alarm", f"by '{command[0]}'; try --alarm")
        )


def check_journal(invocation: Invocation) -> Iterator[Finding]:
    """The journal: whole, writable, and without rows from the future."""
    import sqlite3

    path = invocation.settings.journal_path
    if not path.exists():
        yield ok(JOURNAL, Words("chưa có, sẽ tạo khi đài chạy", "none yet; made when the station runs"))
        return
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            rows = db.execute("SELECT COUNT(*) FROM airings").fetchone()[0] if answer == "ok" else 0
        finally:
            db.close()
    except sqlite3.Error as problem:
        answer, rows = str(problem), 0
    if answer != "ok":
        yield Finding(
            topic=JOURNAL,
            verdict=Verdict.FAULT,
            text=Words(f"{path}: nhật ký hỏng ({answer})", f"{path}: damaged ({answer})"),
            cure=Words(
                "Chép tệp này ra chỗ khác; lần chạy tới đài tự cất nó và mở nhật ký mới",
                "Copy the file away; the next start sets it aside and opens a new one",
            ),
        )
        return
    yield from _journal_facts(invocation, rows)


def _journal_facts(invocation: Invocation, rows: int) -> Iterator[Finding]:
    record = invocation.journal()
    try:
        if record.mark("stop") is not None:
            yield warning(
                STATION,
                Words("đang có lệnh DỪNG, đài không phát gì", "STOP is latched, nothing airs"),
                Words("broadcaster resume", "broadcaster resume"),
            )
        last = record.mark_time("alive")
        if last is not None and last > invocation.clock.now() + timedelta(minutes=1):
            yield Finding(
                topic=CLOCK,
                verdict=Verdict.FAULT,
                text=Words(
                    "đồng hồ sớm hơn giờ đã ghi trong nhật ký; chỉ phát khẩn cấp",
                    "the clock is before the journal's last time; only emergencies air",
                ),
                cure=Words(
                    "Chỉnh giờ, hoặc xác nhận đồng hồ đúng: broadcaster resume --clock",
                    "Set the clock, or confirm it: broadcaster resume --clock",
                ),
            )
        yield from _gaps(invocation, record)
    finally:
        record.close()
    yield ok(JOURNAL, Words(f"nguyên vẹn, {rows} dòng", f"whole, {rows} rows"))


def _gaps(invocation: Invocation, record: Journal) -> Iterator[Finding]:
    """Whether listeners heard gaps lately: the sound card asked for samples that nobody had in time."""
    now = invocation.clock.now()
    rows = [row for row in record.airings(now - timedelta(days=GAP_DAYS), now, all_clocks=False) if row.underruns]
    if not rows:
        return
    gaps, latency_s = sum(row.underruns for row in rows), invocation.settings.output.latency_s
    better = min(2 * latency_s, MOST_LATENCY_S)
    yield warning(
        SOUND,
        Words(
            f"{GAP_DAYS} ngày qua tiếng bị đứt {gaps} lần ở {len(rows)} mục",
            f"{gaps} gaps in {len(rows)} items within {GAP_DAYS} days",
        ),
        Words(
            f"Đặt latency_s = {better:g} ở [output] (nay là {latency_s:g}), và bớt chương trình nặng trên máy",
            f"Set latency_s = {better:g} in [output] (it is {latency_s:g}); run fewer heavy programs on this machine",
        ),
    )


def check_cache(invocation: Invocation) -> Iterator[Finding]:
    """The cache: within its bound."""
    from broadcaster.audio import Cache

    settings = invocation.settings
    info = Cache(settings.cache_dir, settings.cache_max_mb).info()
    text = f"{info.entries}, {console.size(info.bytes)} / {console.size(info.max_bytes)}"
    if info.bytes > info.max_bytes:
        yield warning(CACHE, text, Words("broadcaster cache prune", "broadcaster cache prune"))
    else:
        yield ok(CACHE, text)


def check_station(invocation: Invocation) -> Iterator[Finding]:
    """The station: running, and answering."""
    from broadcaster.cli.asking import not_answering, status_of
    from broadcaster.station.lock import running

    holder = running(invocation.settings.lock_path)
    if holder is None:
        yield warning(STATION, Words("chưa chạy", "not running"), Words("broadcaster run", "broadcaster run"))
        return
    status = status_of(holder)
    if status is None:
        yield fault(STATION, not_answering(holder))
        return
    yield ok(STATION, Words(f"đang chạy (tiến trình {holder.pid})", f"running (process {holder.pid})"))
    if not status["output"]["ok"]:
        yield Finding(
            topic=SOUND, verdict=Verdict.FAULT, text=status["output"]["text"], exit_code=SpeakerError.exit_code
        )
