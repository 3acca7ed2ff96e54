"""Checks of the station: settings, scripts, timetable, engines, alarm, journal, cache, and whether it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from broadcaster.errors import BroadcasterError, SpeakerError, SpeechError, Words
from broadcaster.outside_program import find_program
from broadcaster.service.amounts import size
from broadcaster.service.checks.finding import (
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
    same,
    warning,
)
from broadcaster.service.checks.site import Site
from broadcaster.service.door import not_answering, read_journal, status_of
from broadcaster.station.lock import running

if TYPE_CHECKING:
    from broadcaster.journal import Journal

UNSURE_SHOWN = 10
CONFLICT_DAYS = 14
GAP_DAYS = 7
MOST_LATENCY_S = 0.2
"""More would make an emergency wait noticeably longer."""


def check_settings(site: Site) -> Iterator[Finding]:
    """station.toml reads, its files exist, its samples were replaced."""
    settings = site.settings
    yield ok(SETTINGS, same(f"{settings.folder / 'station.toml'}: {settings.name}"))
    if not settings.glossary_path.is_file():
        yield warning(
            SETTINGS,
            Words(
                "không có tu_dien.tsv (từ điển riêng của đài)", "there is no tu_dien.tsv (the station's own glossary)"
            ),
        )
    yield from _check_chime(site)
    samples = sorted(name for name, value in settings.placeholders.items() if _is_sample(value))
    if samples:
        listed = ", ".join(samples)
        yield warning(
            SETTINGS,
            Words(f"còn giá trị VÍ DỤ: {listed}", f"sample values are left: {listed}"),
            Words("Thay bằng thông tin của xã trước khi phát", "Replace them before airing"),
        )


def _check_chime(site: Site) -> Iterator[Finding]:
    from broadcaster.audio import pcm

    chime = site.settings.sound.chime
    if chime in ("chime", "none"):
        return
    try:
        pcm.check(site.settings.folder / chime)
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


def check_scripts(site: Site) -> Iterator[Finding]:
    """The library, and what its reading is unsure of."""
    from broadcaster.service.library import check

    found = check(site.settings)
    for problem in found.problems:
        yield fault(SCRIPTS, problem)
    for line in found.unsure[:UNSURE_SHOWN]:
        yield warning(SCRIPTS, Words(f"chưa chắc cách đọc {line.vi}", f"unsure reading: {line.en}"))
    if len(found.unsure) > UNSURE_SHOWN:
        rest = len(found.unsure) - UNSURE_SHOWN
        yield warning(
            SCRIPTS,
            Words(f"và {rest} chỗ nữa", f"and {rest} more"),
            Words("Xem: broadcaster scripts check", "See: broadcaster scripts check"),
        )
    if not found.problems:
        yield ok(SCRIPTS, Words(f"{found.usable} kịch bản dùng được", f"{found.usable} usable scripts"))


def check_timetable(site: Site) -> Iterator[Finding]:
    """The timetable: mistakes, and conflicts of the next fortnight."""
    from broadcaster.service.timetable import findings

    found = findings(site.settings, site.clock, CONFLICT_DAYS)
    for line in found.problems:
        yield Finding(topic=TIMETABLE, verdict=Verdict.FAULT, text=line)
    for line in found.warnings:
        yield warning(TIMETABLE, line)
    if not found.problems:
        yield ok(TIMETABLE, Words(f"đọc được, xét {CONFLICT_DAYS} ngày tới", f"reads; {CONFLICT_DAYS} days looked at"))


def check_engines(site: Site) -> Iterator[Finding]:
    """The engines: which can speak, and whether an embedded one is among them."""
    from broadcaster.service.voices import engines
    from broadcaster.settings import SAFETY_NET

    found = engines(site.settings)
    for engine in found:
        if engine.why is None:
            yield ok(ENGINES, Words(f"{engine.name}: sẵn sàng", f"{engine.name}: ready"))
        else:
            yield warning(ENGINES, engine.why)
    if not any(engine.available for engine in found):
        yield Finding(
            topic=ENGINES,
            verdict=Verdict.FAULT,
            text=Words("không bộ đọc nào dùng được", "no engine can speak"),
            cure=Words(f'Thêm "{SAFETY_NET}" vào engines ở [voice]', f'Add "{SAFETY_NET}" to engines in [voice]'),
            exit_code=SpeechError.exit_code,
        )
    elif SAFETY_NET not in {engine.name for engine in found}:
        yield warning(
            ENGINES,
            Words("không có giọng dự phòng khi mất mạng", "there is no voice to fall back on without a network"),
            Words(f'Thêm "{SAFETY_NET}" vào cuối engines', f'Add "{SAFETY_NET}" at the end of engines'),
        )


def check_alarm(site: Site) -> Iterator[Finding]:
    """The alarm: whether a person is told when the station needs one."""
    settings = site.settings
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


def check_journal(site: Site) -> Iterator[Finding]:
    """The journal: whole, writable, and without rows from the future."""
    import sqlite3

    path = site.settings.journal_path
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
    yield from _journal_facts(site, rows)


def _journal_facts(site: Site, rows: int) -> Iterator[Finding]:
    record = read_journal(site.settings, site.clock)
    try:
        yield from _stops(record)
        last = record.mark_time("alive")
        if last is not None and last > site.clock.now() + timedelta(minutes=1):
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
        yield from _gaps(site, record)
    finally:
        record.close()
    yield ok(JOURNAL, Words(f"nguyên vẹn, {rows} dòng", f"whole, {rows} rows"))


def _stops(record: Journal) -> Iterator[Finding]:
    """A STOP that nobody has lifted: of the whole station, or of some zones."""
    from broadcaster.playout.permission import STOP_MARK

    latched = record.marks(STOP_MARK)
    if not latched:
        return
    listed = ", ".join(sorted(name.removeprefix(":") for name in latched))
    yield warning(
        STATION,
        Words("đang có lệnh DỪNG, đài không phát gì", "STOP is latched, nothing airs")
        if "" in latched
        else Words(f"đang có lệnh DỪNG ở {listed}", f"STOP is latched in {listed}"),
        same("broadcaster resume"),
    )


def _gaps(site: Site, record: Journal) -> Iterator[Finding]:
    """Whether listeners heard gaps lately: the sound card asked for samples that nobody had in time."""
    now = site.clock.now()
    rows = [row for row in record.airings(now - timedelta(days=GAP_DAYS), now, all_clocks=False) if row.underruns]
    if not rows:
        return
    gaps, latency_s = sum(row.underruns for row in rows), site.settings.output.latency_s
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


def check_cache(site: Site) -> Iterator[Finding]:
    """The cache: within its bound."""
    from broadcaster.audio import Cache

    settings = site.settings
    info = Cache(settings.cache_dir, settings.cache_max_mb).info()
    used, most = size(info.bytes), size(info.max_bytes)
    text = Words(f"{info.entries}, {used.vi} / {most.vi}", f"{info.entries}, {used.en} / {most.en}")
    if info.bytes > info.max_bytes:
        yield warning(CACHE, text, Words("broadcaster cache prune", "broadcaster cache prune"))
    else:
        yield ok(CACHE, text)


def check_station(site: Site) -> Iterator[Finding]:
    """The station: running, and answering."""
    holder = running(site.settings.lock_path)
    if holder is None:
        yield warning(STATION, Words("chưa chạy", "not running"), same("broadcaster run"))
        return
    status = status_of(holder)
    if status is None:
        yield fault(STATION, not_answering(holder))
        return
    yield ok(STATION, Words(f"đang chạy (tiến trình {holder.pid})", f"running (process {holder.pid})"))
    for output in dict.fromkeys([status.output, *(zone.output for zone in status.zones)]):
        if not output.ok:
            yield Finding(topic=SOUND, verdict=Verdict.FAULT, text=output.text, exit_code=SpeakerError.exit_code)
