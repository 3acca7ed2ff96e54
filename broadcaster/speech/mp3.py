"""MP3 as speech servers send it, taken only when it is whole.

libsndfile reads a truncated MP3 silently short and skips damage, so a bulletin would lose words without anybody
knowing. Here every frame is walked first, and the length is compared with the text.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SHORTEST_MS_PER_CHARACTER = 30
"""Eight Vietnamese syllables a second; no voice at normal speed is that fast. Less means that words are missing."""
LONGEST_MS_PER_CHARACTER = 400
LENGTH_SLACK_MS = 4_000
"""Silence around a short text, and abbreviations read letter by letter."""
_JUDGED_FROM_CHARACTERS = 12
"""Below that, one short syllable against several letters says nothing."""
_BITRATES_KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Layer III, MPEG-1 and MPEG-2/2.5; index 0 (free format) is used by no server."""
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""By the header's version bits: MPEG-1, MPEG-2, MPEG-2.5."""


class BadSoundError(Exception):
    """The bytes are not the whole sound of the text. The message is one Vietnamese clause, `english` the same."""

    def __init__(self, vietnamese: str, english: str) -> None:
        self.english = english
        super().__init__(vietnamese)


def decode_whole(data: bytes, text: str, *, rate: float = 1.0) -> tuple[npt.NDArray[np.float32], int]:
    """Mono samples and their rate in Hz. `rate` is the speed that was asked for. Raises BadSoundError."""
    import numpy as np
    import soundfile

    expected_s = walk(data)
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as problem:
        raise BadSoundError(f"không giải mã được ({problem})", f"cannot be decoded ({problem})") from problem
    mono: npt.NDArray[np.float32] = np.ascontiguousarray(samples.mean(axis=1, dtype=np.float32))
    seconds = len(mono) / rate_hz
    if seconds < expected_s - 0.3:  # the encoder's padding, which decoders leave out, is at most 0.2 s
        raise BadSoundError(
            f"hỏng ở giữa, chỉ đọc được {seconds:.1f} trong {expected_s:.1f} giây",
            f"damaged, {seconds:.1f} of {expected_s:.1f} s can be read",
        )
    check_length(seconds, text, rate=rate)
    if not np.abs(mono).max(initial=0.0) > 10 ** (-60 / 20):
        raise BadSoundError("không có tiếng", "silent")
    return mono, int(rate_hz)


def check_length(seconds: float, text: str, *, rate: float = 1.0) -> None:
    """Raise BadSoundError when a reading of `text` cannot take `seconds`."""
    letters = sum(character.isalnum() or character.isspace() for character in text)
    shortest_s = letters * SHORTEST_MS_PER_CHARACTER / 1000 / rate if letters >= _JUDGED_FROM_CHARACTERS else 0.05
    longest_s = (letters * LONGEST_MS_PER_CHARACTER + LENGTH_SLACK_MS) / 1000 / rate
    if seconds < shortest_s:
        raise BadSoundError(
            f"quá ngắn: {seconds:.1f} giây cho {letters} chữ", f"too short: {seconds:.1f} s for {letters} characters"
        )
    if seconds > longest_s:
        raise BadSoundError(
            f"quá dài: {seconds:.1f} giây cho {letters} chữ", f"too long: {seconds:.1f} s for {letters} characters"
        )


def walk(data: bytes) -> float:
    """Length in seconds of an MP3 that is whole frames from its first byte to its last. Raises BadSoundError."""
    place = _after_id3(data)
    end = len(data) - 128 if data[-128:-125] == b"TAG" else len(data)
    seconds = 0.0
    while place < end:
        frame = _frame(data[place : place + 4])
        if frame is None:
            raise BadSoundError(
                "không phải tệp MP3" if seconds == 0 else "hỏng ở giữa",
                "not an MP3 file" if seconds == 0 else "damaged in the middle",
            )
        size, frame_s = frame
        if place + size > end:
            raise BadSoundError("bị cụt", "truncated")
        place += size
        seconds += frame_s
    if seconds == 0.0:
        raise BadSoundError("rỗng", "empty")
    return seconds


def _after_id3(data: bytes) -> int:
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return size + 10


def _frame(header: bytes) -> tuple[int, float] | None:
    """Size in bytes and length in seconds of the Layer III frame with this header; None when it is not one."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rates = _RATES_HZ.get(version)
    bitrate_index, rate_index = header[2] >> 4, header[2] >> 2 & 3
    if rates is None or layer != 1 or bitrate_index in (0, 15) or rate_index == 3:
        return None
    first = version == 3
    bits_per_s = _BITRATES_KBPS[1 if first else 2][bitrate_index] * 1000
    samples = 1152 if first else 576
    return samples // 8 * bits_per_s // rates[rate_index] + (header[2] >> 1 & 1), samples / rates[rate_index]
