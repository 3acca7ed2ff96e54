"""Why a sound card could not be opened, in the user's words, with the cure."""

from __future__ import annotations

from typing import Any

from broadcaster.errors import SpeakerError, Words
from broadcaster.speakers.card_protocol import CardFailure

NO_DEVICE_CURE = Words(
    "Cắm thiết bị âm thanh, hoặc ghi ra tệp: --output wav:TỆP",
    "Plug in a sound device, or write a file: --output wav:PATH",
)


def open_error(message: dict[str, Any], *, spec: str, device: str, channels: int) -> SpeakerError:
    """What the user reads of the process's `failed`. `device` was asked for, with so many `channels`."""
    text, found = str(message["text"]), str(message["device"])
    match CardFailure(message["kind"]):
        case CardFailure.NO_LIBRARY:
            return SpeakerError(
                Words("máy chưa có thư viện âm thanh PortAudio", "the PortAudio library is not installed"),
                where=spec,
                cure=Words(
                    "Trên Debian, Ubuntu: sudo apt install libportaudio2",
                    "On Debian, Ubuntu: sudo apt install libportaudio2",
                ),
            )
        case CardFailure.NO_DEVICE if device:
            return SpeakerError(
                Words(
                    f"không thấy loa có tên chứa «{device}»; máy có: {text or 'không loa nào'}",
                    f"no output device is called '{device}'; there are: {text or 'none'}",
                ),
                where=spec,
                cure=Words(
                    "Cắm lại thiết bị, hoặc xem tên bằng «broadcaster devices»",
                    "Plug it in again, or see the names with 'broadcaster devices'",
                ),
            )
        case CardFailure.NO_DEVICE:
            return SpeakerError(
                Words("máy không có loa (thiết bị phát âm thanh)", "this machine has no sound output"),
                where=spec,
                cure=NO_DEVICE_CURE,
            )
        case CardFailure.TOO_FEW_CHANNELS:
            return SpeakerError(
                Words(
                    f"loa «{found}» có {text} kênh, các cụm loa cần {channels}",
                    f"'{found}' has {text} channels, the zones need {channels}",
                ),
                where=spec,
                cure=Words(
                    "Bớt cụm loa của loa này, hoặc dùng thiết bị nhiều kênh hơn",
                    "Give this output fewer zones, or use a device with more channels",
                ),
            )
        case CardFailure.NO_REAL_DEVICE:
            return SpeakerError(
                Words(
                    f"«{found}» không phải loa thật: nhận âm thanh nhanh hơn thời gian thực",
                    f"'{found}' is no real device: it takes sound faster than time passes",
                ),
                where=spec,
                cure=NO_DEVICE_CURE,
            )
        case CardFailure.DIED:
            return SpeakerError(
                Words(
                    f"tiến trình âm thanh không chạy được ({message['vi']})",
                    f"the sound process does not run ({message['en']})",
                ),
                where=spec,
                cure=Words("Chạy «broadcaster doctor»", "Run 'broadcaster doctor'"),
            )
        case CardFailure.REFUSED:
            return SpeakerError(
                Words(f"không mở được loa «{found}» ({text})", f"cannot open '{found}' ({text})"),
                where=spec,
                cure=Words(
                    "Đóng chương trình khác đang giữ loa, hoặc chạy «broadcaster doctor»",
                    "Close other programs that hold it, or run 'broadcaster doctor'",
                ),
            )
