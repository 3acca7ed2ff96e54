"""MP3 as speech servers send it, taken only when it is whole.

libsndfile reads a truncated MP3 silently short and skips damage, so a bulletin would lose words without anybody
knowing. Here every frame is looked at first, and the length is compared with the text.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from broadcaster.mp3_frames import scan

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
    if not data:
        raise BadSoundError("rỗng", "empty")
    found = scan(data)
    if found is None or found.frame.layer != 3:
        raise BadSoundError("không phải tệp MP3", "not an MP3 file")
    if found.cut:
        raise BadSoundError("bị cụt", "truncated")
    if found.strange:
        raise BadSoundError("hỏng ở giữa", "damaged in the middle")
    return found.duration_s
