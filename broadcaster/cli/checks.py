"""What `doctor` looks at. Each check returns findings: fine, a warning, or a fault with its cure."""

from __future__ import annotations

import enum
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broadcaster.cli import console
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, FileError, SpeakerError, SpeechError, Words

COMMAND_BOUND_S = 5.0
"""timedatectl and systemctl answer at once, or their daemon hangs."""
LOW_DISK_BYTES = 500_000_000
"""Half a gigabyte: days of rendering are left, and time to act."""
NO_DISK_BYTES = 50_000_000
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""No copy of this program is older: an earlier date is a flat battery."""
UNSURE_SHOWN = 10
CONFLICT_DAYS = 14


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
    text: Words | str
    cure: Words | None = None
    exit_code: int = FileError.exit_code
    """Of `doctor`, if this fault is the first."""


Check = Callable[[Invocation], Iterator[Finding]]


def _ok(topic: Words, text: Words | str) -> Finding:
    return Finding(topic=topic, verdict=Verdict.OK, text=text)


def _warning(topic: Words, text: Words | str, cure: Words | None = None) -> Finding:
    return Finding(topic=topic, verdict=Verdict.WARNING, text=text, cure=cure)


def _fault(topic: Words, problem: BroadcasterError) -> Finding:
    """An error says itself what to do."""
    return Finding(
        topic=topic,
        verdict=Verdict.FAULT,
        text=Words(problem.line("vi"), problem.line("en")),
        exit_code=problem.exit_code,
    )


SETTINGS = Words("Cấu hình", "Settings")
SCRIPTS = Words("Kịch bản", "Scripts")
TIMETABLE = Words("Lịch phát", "Timetable")
ENGINES = Words("Bộ đọc", "Engines")
SOUND = Words("Đường ra loa", "Sound output")
CLOCK = Words("Đồng hồ", "Clock")
JOURNAL = Words("Nhật ký", "Journal")
DISK = Words("Ổ đĩa", "Disk")
CACHE = Words("Kho âm thanh", "Audio cache")
STATION = Words("Đài", "Station")
SERVICE = Words("Tự chạy", "Service")


def check_settings(invocation: Invocation) -> Iterator[Finding]:
    """station.toml reads, its files exist, its samples were replaced."""
    settings = invocation.settings
    yield _ok(SETTINGS, f"{settings.folder / 'station.toml'}: {settings.name}")
    if not settings.glossary_path.is_file():
        yield _warning(
            SETTINGS,
            Words(
                "không có tu_dien.tsv (từ điển riêng của đài)", "there is no tu_dien.tsv (the station's own glossary)"
            ),
        )
    chime = settings.sound.chime
    if chime not in ("chime", "none") and not (settings.folder / chime).is_file():
        yield _warning(
            SETTINGS,
            Words(f"không có tệp nhạc hiệu «{chime}», dùng nhạc hiệu có sẵn", f"no chime file '{chime}'"),
            Words("Sửa chime ở [sound], hoặc chép tệp vào", "Correct chime in [sound], or bring the file"),
        )
    samples = sorted(name for name, value in settings.placeholders.items() if _is_sample(value))
    if samples:
        listed = ", ".join(samples)
        yield _warning(
            SETTINGS,
            Words(f"còn giá trị VÍ DỤ: {listed}", f"sample values are left: {listed}"),
            Words("Thay bằng thông tin của xã trước khi phát", "Replace them before airing"),
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
        yield _fault(SCRIPTS, problem)
    unsure = unsure_of(invocation, library)
    for line in unsure[:UNSURE_SHOWN]:
        yield _warning(SCRIPTS, Words(f"chưa chắc cách đọc {line}", f"unsure reading {line}"))
    if len(unsure) > UNSURE_SHOWN:
        rest = len(unsure) - UNSURE_SHOWN
        yield _warning(
            SCRIPTS, Words(f"và {rest} chỗ nữa", f"and {rest} more"), Words("Xem: broadcaster scripts check", "See it")
        )
    if not problems:
        count = len(library.scripts)
        yield _ok(SCRIPTS, Words(f"{count} kịch bản dùng được", f"{count} usable scripts"))


def check_timetable(invocation: Invocation) -> Iterator[Finding]:
    """Mistakes, and conflicts of the next fortnight."""
    from broadcaster.cli.schedule import findings

    problems, warnings = findings(invocation, CONFLICT_DAYS)
    for line in problems:
        yield Finding(topic=TIMETABLE, verdict=Verdict.FAULT, text=line)
    for line in warnings:
        yield _warning(TIMETABLE, line)
    if not problems:
        yield _ok(TIMETABLE, Words(f"đọc được, xét {CONFLICT_DAYS} ngày tới", f"reads; {CONFLICT_DAYS} days looked at"))


def check_engines(invocation: Invocation) -> Iterator[Finding]:
    """Who can speak; an embedded engine must be among them."""
    from broadcaster.cli.status import engines
    from broadcaster.settings import SAFETY_NET

    found = engines(invocation.settings)
    for engine in found:
        if engine["available"]:
            yield _ok(ENGINES, f"{engine['name']}: " + console.told(Words("sẵn sàng", "ready")))
        else:
            yield _warning(ENGINES, engine["why"])
    if not any(engine["available"] for engine in found):
        yield Finding(
            topic=ENGINES,
            verdict=Verdict.FAULT,
            text=Words("không bộ đọc nào dùng được", "no engine can speak"),
            cure=Words(f'Thêm "{SAFETY_NET}" vào engines ở [voice]', f'Add "{SAFETY_NET}" to engines in [voice]'),
            exit_code=SpeechError.exit_code,
        )
    elif SAFETY_NET not in {engine["name"] for engine in found}:
        yield _warning(
            ENGINES,
            Words("không có giọng dự phòng khi mất mạng", "there is no voice to fall back on without a network"),
            Words(f'Thêm "{SAFETY_NET}" vào cuối engines', f'Add "{SAFETY_NET}" at the end of engines'),
        )


def check_sound(invocation: Invocation) -> Iterator[Finding]:
    """PortAudio, devices, and the account's right to use them."""
    from broadcaster.cli.device_list import require_devices

    settings = invocation.settings
    kinds = {spec.partition(":")[0] for spec in (settings.output.spec, settings.output.spare) if spec}
    try:
        devices = require_devices()
    except BroadcasterError as problem:
        if "soundcard" in kinds:
            yield _fault(SOUND, problem)
        else:
            yield _warning(SOUND, Words(problem.line("vi"), problem.line("en")))
        yield from _linux_sound(invocation)
        return
    for spec in (settings.output.spec, settings.output.spare):
        kind, _, name = spec.partition(":")
        if kind == "soundcard" and name and not any(name.casefold() in d.name.casefold() for d in devices):
            listed = ", ".join(device.name for device in devices)
            yield Finding(
                topic=SOUND,
                verdict=Verdict.FAULT,
                text=Words(f"không có thiết bị nào tên chứa «{name}»", f"no device is called '{name}'"),
                cure=Words(f"Sửa [output] spec; máy có: {listed}", f"Correct [output] spec; there are: {listed}"),
                exit_code=SpeakerError.exit_code,
            )
    default = next((device.name for device in devices if device.default), devices[0].name)
    yield _ok(
        SOUND,
        Words(f"{len(devices)} thiết bị, mặc định «{default}»", f"{len(devices)} devices, '{default}' is the default"),
    )
    yield from _linux_sound(invocation)


def _linux_sound(invocation: Invocation) -> Iterator[Finding]:
    """ALSA's devices belong to the group `audio`; a sound server belongs to the user who is logged in."""
    if sys.platform != "linux" or not Path("/dev/snd").exists():
        return
    may_open = os.access("/dev/snd/controlC0", os.R_OK | os.W_OK)
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
    server = next((name for name in ("pipewire-0", "pulse/native") if (runtime / name).exists()), None)
    if server is None and not may_open:
        yield Finding(
            topic=SOUND,
            verdict=Verdict.FAULT,
            text=Words(
                f"tài khoản «{invocation.operator}» không được mở card âm thanh",
                f"'{invocation.operator}' may not use it",
            ),
            cure=Words(
                f"sudo usermod -aG audio {invocation.operator}, rồi đăng nhập lại",
                f"sudo usermod -aG audio {invocation.operator}, then log in again",
            ),
            exit_code=SpeakerError.exit_code,
        )
    elif server is not None and os.geteuid() == 0:
        yield _warning(
            SOUND,
            Words("đang chạy bằng root cạnh PipeWire/PulseAudio của người dùng", "root beside a user's sound server"),
            Words("Chạy đài bằng chính tài khoản đó (packaging/README.md)", "Run the station as that user"),
        )


def check_clock(invocation: Invocation) -> Iterator[Finding]:
    """Sane, synchronised, in the right zone, and not before the journal's last time."""
    settings, now = invocation.settings, invocation.clock.now()
    label = "" if invocation.clock.label == "system" else f" [{invocation.clock.label}]"
    local = f"{now.astimezone(settings.zone):%H:%M:%S %d/%m/%Y}"
    if now < EARLIEST:
        yield Finding(
            topic=CLOCK,
            verdict=Verdict.FAULT,
            text=Words(f"đồng hồ máy sai: {local}", f"the clock is wrong: {local}"),
            cure=Words("Chỉnh giờ; thay pin CMOS của máy", "Set it; replace the machine's clock battery"),
        )
        return
    synchronised = _asked("timedatectl", "show", "-p", "NTPSynchronized", "--value")
    if synchronised == "no":
        yield _warning(
            CLOCK,
            Words("đồng hồ chưa đồng bộ qua mạng (NTP)", "the clock is not synchronised (NTP)"),
            Words("sudo timedatectl set-ntp true, và cắm mạng", "sudo timedatectl set-ntp true, and a network"),
        )
    offset, expected = now.astimezone().utcoffset(), now.astimezone(settings.zone).utcoffset()
    if offset != expected:
        yield _warning(
            CLOCK,
            Words(
                f"múi giờ của máy khác múi giờ của đài ({settings.zone.key}); đài vẫn phát đúng giờ của đài",
                f"the machine's time zone is not the station's ({settings.zone.key}); the station airs by its own",
            ),
            Words(
                f"sudo timedatectl set-timezone {settings.zone.key}",
                f"sudo timedatectl set-timezone {settings.zone.key}",
            ),
        )
    yield _ok(CLOCK, local + label)


def check_journal(invocation: Invocation) -> Iterator[Finding]:
    """Whole, writable, and not from the future."""
    import sqlite3

    path = invocation.settings.journal_path
    if not path.exists():
        yield _ok(JOURNAL, Words("chưa có, sẽ tạo khi đài chạy", "none yet; made when the station runs"))
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
            yield _warning(
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
    finally:
        record.close()
    yield _ok(JOURNAL, Words(f"nguyên vẹn, {rows} dòng", f"whole, {rows} rows"))


def check_disk(invocation: Invocation) -> Iterator[Finding]:
    """Room, and the right to write."""
    folder = invocation.settings.folder
    free = shutil.disk_usage(folder).free
    text = Words(f"còn {console.megabytes(free)}", f"{console.megabytes(free)} free")
    cure = Words("Xóa bớt tệp; broadcaster cache prune", "Delete files; broadcaster cache prune")
    if free < NO_DISK_BYTES:
        yield Finding(topic=DISK, verdict=Verdict.FAULT, text=text, cure=cure)
    elif free < LOW_DISK_BYTES:
        yield _warning(DISK, text, cure)
    else:
        yield _ok(DISK, text)
    if not os.access(folder, os.W_OK):
        yield Finding(
            topic=DISK,
            verdict=Verdict.FAULT,
            text=Words(f"không được ghi vào {folder}", f"{folder} cannot be written to"),
            cure=Words("Cho tài khoản chạy đài quyền ghi", "Give the station's account the right to write"),
        )


def check_cache(invocation: Invocation) -> Iterator[Finding]:
    """Within its bound."""
    from broadcaster.audio import Cache

    settings = invocation.settings
    info = Cache(settings.cache_dir, settings.cache_max_mb).info()
    text = f"{info.entries}, {console.megabytes(info.bytes)} / {console.megabytes(info.max_bytes)}"
    if info.bytes > info.max_bytes:
        yield _warning(CACHE, text, Words("broadcaster cache prune", "broadcaster cache prune"))
    else:
        yield _ok(CACHE, text)


def check_station(invocation: Invocation) -> Iterator[Finding]:
    """Running, and answering."""
    from broadcaster.cli.asking import not_answering, status_of
    from broadcaster.station.lock import running

    holder = running(invocation.settings.lock_path)
    if holder is None:
        yield _warning(STATION, Words("chưa chạy", "not running"), Words("broadcaster run", "broadcaster run"))
        return
    status = status_of(holder)
    if status is None:
        yield _fault(STATION, not_answering(holder))
        return
    yield _ok(STATION, Words(f"đang chạy (tiến trình {holder.pid})", f"running (process {holder.pid})"))
    if not status["output"]["ok"]:
        yield Finding(
            topic=SOUND, verdict=Verdict.FAULT, text=status["output"]["text"], exit_code=SpeakerError.exit_code
        )


def check_service(invocation: Invocation) -> Iterator[Finding]:
    """Whether the station comes back by itself after a power cut."""
    if sys.platform != "linux" or shutil.which("systemctl") is None:
        return
    for scope in ((), ("--user",)):
        if _asked("systemctl", *scope, "is-enabled", "broadcaster") == "enabled":
            yield _ok(SERVICE, "systemctl " + " ".join((*scope, "is-enabled broadcaster")) + ": enabled")
            return
    yield _warning(
        SERVICE,
        Words("đài không tự chạy lại sau khi mất điện", "the station does not start by itself after a power cut"),
        Words("Cài dịch vụ: packaging/README.md", "Install the service: packaging/README.md"),
    )


def _asked(*command: str) -> str | None:
    """What a system program answers; None when it is not there or does not answer."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_BOUND_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


CHECKS: tuple[Check, ...] = (
    check_settings,
    check_scripts,
    check_timetable,
    check_engines,
    check_sound,
    check_clock,
    check_journal,
    check_disk,
    check_cache,
    check_station,
    check_service,
)
"""In the order of the report. The first one must pass for the others to mean anything."""
