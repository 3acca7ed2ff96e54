"""Checks of the machine: sound, clock, disk, and whether the station starts again by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.errors import BroadcasterError, SpeakerError, Words
from broadcaster.service.amounts import size
from broadcaster.service.checks.finding import CLOCK, DISK, SERVICE, SOUND, Finding, Verdict, fault, ok, same, warning
from broadcaster.service.checks.site import Site
from broadcaster.station.diskwatch import DiskSpace, space_in

COMMAND_BOUND_S = 5.0
"""Seconds. timedatectl and systemctl answer at once, unless their daemon hangs."""
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""This program is not older, so an earlier date means a flat battery."""


def check_sound(site: Site) -> Iterator[Finding]:
    """PortAudio, devices, and the account's right to use them."""
    from broadcaster.service.sound_devices import require_devices

    settings = site.settings
    kinds = {spec.partition(":")[0] for spec in (settings.output.spec, settings.output.spare) if spec}
    try:
        devices = require_devices()
    except BroadcasterError as problem:
        if "soundcard" in kinds:
            yield fault(SOUND, problem)
        else:
            yield warning(SOUND, problem.words())
        yield from _linux_sound(site)
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
    yield ok(
        SOUND,
        Words(f"{len(devices)} thiết bị, mặc định «{default}»", f"{len(devices)} devices, '{default}' is the default"),
    )
    yield from _linux_sound(site)


def _linux_sound(site: Site) -> Iterator[Finding]:
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
                f"tài khoản «{site.operator}» không được mở card âm thanh",
                f"'{site.operator}' may not use it",
            ),
            cure=Words(
                f"sudo usermod -aG audio {site.operator}, rồi đăng nhập lại",
                f"sudo usermod -aG audio {site.operator}, then log in again",
            ),
            exit_code=SpeakerError.exit_code,
        )
    elif server is not None and os.geteuid() == 0:
        yield warning(
            SOUND,
            Words("đang chạy bằng root cạnh PipeWire/PulseAudio của người dùng", "root beside a user's sound server"),
            Words("Chạy đài bằng chính tài khoản đó (packaging/README.md)", "Run the station as that user"),
        )


def check_clock(site: Site) -> Iterator[Finding]:
    """The clock: plausible, synchronised, in the right time zone, and not before the journal's last time."""
    settings, now = site.settings, site.clock.now()
    label = "" if site.clock.label == "system" else f" [{site.clock.label}]"
    local = f"{now.astimezone(settings.tz):%H:%M:%S %d/%m/%Y}"
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
        yield warning(
            CLOCK,
            Words("đồng hồ chưa đồng bộ qua mạng (NTP)", "the clock is not synchronised (NTP)"),
            Words("sudo timedatectl set-ntp true, và cắm mạng", "sudo timedatectl set-ntp true, and a network"),
        )
    offset, expected = now.astimezone().utcoffset(), now.astimezone(settings.tz).utcoffset()
    if offset != expected:
        yield warning(
            CLOCK,
            Words(
                f"múi giờ của máy khác múi giờ của đài ({settings.tz.key}); đài vẫn phát đúng giờ của đài",
                f"the machine's time zone is not the station's ({settings.tz.key}); the station airs by its own",
            ),
            Words(
                f"sudo timedatectl set-timezone {settings.tz.key}",
                f"sudo timedatectl set-timezone {settings.tz.key}",
            ),
        )
    yield ok(CLOCK, same(local + label))


def check_disk(site: Site) -> Iterator[Finding]:
    """The disk: free space, and the right to write."""
    folder = site.settings.folder
    free = shutil.disk_usage(folder).free
    left = size(free)
    text = Words(f"còn {left.vi}", f"{left.en} free")
    cure = Words("Xóa bớt tệp; broadcaster cache prune", "Delete files; broadcaster cache prune")
    space = space_in(free)
    if space is DiskSpace.ENOUGH:
        yield ok(DISK, text)
    else:
        yield Finding(
            topic=DISK, verdict=Verdict.FAULT if space is DiskSpace.NONE else Verdict.WARNING, text=text, cure=cure
        )
    if not os.access(folder, os.W_OK):
        yield Finding(
            topic=DISK,
            verdict=Verdict.FAULT,
            text=Words(f"không được ghi vào {folder}", f"{folder} cannot be written to"),
            cure=Words("Cho tài khoản chạy đài quyền ghi", "Give the station's account the right to write"),
        )


def check_service(site: Site) -> Iterator[Finding]:
    """Whether the station comes back by itself after a power cut."""
    if sys.platform != "linux" or shutil.which("systemctl") is None:
        return
    for scope in ((), ("--user",)):
        if _asked("systemctl", *scope, "is-enabled", "broadcaster") == "enabled":
            yield ok(SERVICE, same("systemctl " + " ".join((*scope, "is-enabled broadcaster")) + ": enabled"))
            return
    yield warning(
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
