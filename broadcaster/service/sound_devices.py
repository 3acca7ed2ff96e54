"""The sound outputs of this machine, asked for in a process of its own: a sound server may never answer."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from broadcaster.errors import SpeakerError, Words

ANSWER_BOUND_S = 10.0
"""Seconds. PipeWire without a session bus hangs for ever; one that works answers within a second."""
NO_LIBRARY = 9
"""Exit code of the asking process when PortAudio is not installed."""


@dataclass(frozen=True, kw_only=True)
class OutputDevice:
    """One thing that can be named in `soundcard:NAME`."""

    name: str
    host_api: str
    """ALSA, Core Audio, Windows WASAPI…"""
    channels: int
    rate_hz: int
    default: bool


def output_devices() -> list[OutputDevice]:
    """All outputs, as PortAudio sees them. Raises SpeakerError without PortAudio or without an answer."""
    try:
        # The card's own process is started by the same interpreter; its messages (ALSA's) are dropped.
        answer = subprocess.run(
            [sys.executable, "-m", "broadcaster.service.sound_devices"],
            capture_output=True,
            timeout=ANSWER_BOUND_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise SpeakerError(
            Words("hệ thống âm thanh của máy không trả lời", "the machine's sound system does not answer"),
            cure=Words(
                "Khởi động lại máy; trên Linux xem PipeWire hay PulseAudio có đang chạy không",
                "Restart the machine; on Linux see whether PipeWire or PulseAudio runs",
            ),
        ) from late
    if answer.returncode == NO_LIBRARY:
        raise SpeakerError(
            Words("máy chưa có thư viện âm thanh PortAudio", "the PortAudio library is not installed"),
            cure=Words(
                "Trên Debian, Ubuntu: sudo apt install libportaudio2",
                "On Debian, Ubuntu: sudo apt install libportaudio2",
            ),
        )
    if answer.returncode != 0:  # ALSA or the sound server is there and broken: it counts as no device
        return []
    return [OutputDevice(**device) for device in json.loads(answer.stdout)]


def require_devices() -> list[OutputDevice]:
    """At least one output. Raises SpeakerError."""
    devices = output_devices()
    if not devices:
        raise SpeakerError(
            Words("máy không có loa (thiết bị phát âm thanh)", "this machine has no sound output"),
            cure=Words(
                "Cắm thiết bị âm thanh; trên Linux, tài khoản phải thuộc nhóm «audio» hoặc có PipeWire đang chạy."
                " Không có loa thì ghi ra tệp: --output wav:TỆP",
                "Plug one in; on Linux the account must be in the group 'audio' or PipeWire must run. Without one,"
                " write a file: --output wav:PATH",
            ),
        )
    return devices


def _listed() -> list[dict[str, object]]:
    try:
        import sounddevice
    except OSError:  # what sounddevice raises when ctypes finds no library
        sys.exit(NO_LIBRARY)

    apis = sounddevice.query_hostapis()
    default = sounddevice.default.device[1]
    return [
        {
            "name": device["name"],
            "host_api": apis[device["hostapi"]]["name"],
            "channels": device["max_output_channels"],
            "rate_hz": round(device["default_samplerate"]),
            "default": device["index"] == default,
        }
        for device in sounddevice.query_devices()
        if device["max_output_channels"] > 0
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_listed()))
