"""Sound for test servers and programs: as long as a calm reading of the text would be, silence at both ends."""

from __future__ import annotations

import functools
import io

import numpy as np
import soundfile

MS_PER_CHARACTER = 62
RATE_HZ = 24_000


@functools.lru_cache(maxsize=64)
def reading_mp3(characters: int) -> bytes:
    """MP3 at 24 kHz mono, as Google and Microsoft send it."""
    file = io.BytesIO()
    soundfile.write(file, reading(characters), RATE_HZ, format="MP3")
    return file.getvalue()


def reading(characters: int) -> np.ndarray:
    time_s = np.arange(int(characters * MS_PER_CHARACTER / 1000 * RATE_HZ) + RATE_HZ // 10) / RATE_HZ
    voice = 0.3 * np.sin(2 * np.pi * 180 * time_s) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time_s))
    silence = np.zeros(RATE_HZ // 4)
    return np.concatenate([silence, voice, silence])
