"""The `tone` engine: a soft tone for every syllable, its pitch following the tone mark. No words, no library, no delay.

For rehearsals and tests: it keeps the whole contract, is the same to the last bit on every machine (integers only,
from a table of sines), lasts about as long as a real reading, and can be told to fail.
"""

from __future__ import annotations

import enum
import functools
import math
import os
import threading
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech.engine import Engine, Reach, Speech, Voice
from broadcaster.speech.phrases import has_words, sayable
from broadcaster.tomlfile import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

RATE_HZ = 16_000
SYLLABLE_MS = 260
"""A calm outdoor reading: 230 syllables a minute."""
SOUNDING_PART = 0.8
"""Of a syllable's time; the rest is the gap to the next."""
LEVEL = 0.25
"""Peak, of full scale."""
_TABLE_BITS = 12
_PHASE_BITS = 32
_PITCHES_HZ = {
    "": (220, 220),  # ngang
    "\u0300": (200, 165),  # huyền
    "\u0301": (220, 294),  # sắc
    "\u0309": (196, 175),  # hỏi
    "\u0303": (247, 277),  # ngã
    "\u0323": (175, 147),  # nặng
}
"""Tone mark (combining) → pitch at the start and at the end of the syllable."""


class Fault(enum.StrEnum):
    """How it fails when told to."""

    NONE = "none"
    HANGS = "hangs"
    """Never returns, and heeds no deadline."""
    CRASHES = "crashes"
    """Ends the process."""


class ToneEngine(Engine):
    """See the module. Set `broken` to a reason, and it is unavailable and cannot speak until that is None again."""

    name = "tone"
    reach = Reach.EMBEDDED

    def __init__(self, *, syllable_ms: int = SYLLABLE_MS, broken: str | None = None, fault: Fault = Fault.NONE) -> None:
        """`syllable_ms`: length of one syllable at rate 1.0; `fault`: as a native library may have it."""
        self.broken = broken
        self.native = fault is not Fault.NONE
        self._fault = fault
        self._syllable_ms = syllable_ms
        self.version = f"1-{syllable_ms}"

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        return cls(
            syllable_ms=options.whole("syllable_ms", SYLLABLE_MS, 20, 1000),
            broken=options.text("broken") or None,
            fault=Fault(options.choice("fault", list(Fault), Fault.NONE)),
        )

    def voices(self) -> Sequence[Voice]:
        return (Voice(engine=self.name, name="tone", region=""),)

    def unavailable(self) -> Words | None:
        if self.broken is None:
            return None
        return Words(f"bộ đọc thử được đặt là hỏng: {self.broken}", f"the test engine is set to fail: {self.broken}")

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        import numpy as np

        self.voice_named(voice)
        problem = self.unavailable()
        if problem is not None:
            raise SpeechError(problem, where=self.name)
        phrases = sayable(phrases, self.name)
        if self._fault is Fault.HANGS:
            threading.Event().wait()
        if self._fault is Fault.CRASHES:
            os.abort()
        parts: list[npt.NDArray[np.int64]] = []
        for phrase in phrases:
            frames = round(self._syllable_ms * RATE_HZ / 1000 / (rate * phrase.rate))
            parts.extend(_syllable(_tone_mark(word), frames) for word in phrase.text.split() if has_words(word))
            parts.append(np.zeros(round(phrase.pause_ms * RATE_HZ / 1000), dtype=np.int64))
        # Sixteen-bit integers divided by a power of two: exact, so the bytes are the same everywhere.
        return Speech(samples=np.concatenate(parts).astype(np.float32) / np.float32(32_768), rate_hz=RATE_HZ)


def _tone_mark(word: str) -> str:
    marks = [mark for mark in unicodedata.normalize("NFD", word) if mark in _PITCHES_HZ]
    return marks[-1] if marks else ""


@functools.lru_cache(maxsize=256)
def _syllable(mark: str, frames: int) -> npt.NDArray[np.int64]:
    """One syllable of `frames` samples, silence at its end included, as 16-bit values."""
    import numpy as np

    first_hz, last_hz = _PITCHES_HZ[mark]
    sounding = max(1, int(frames * SOUNDING_PART))
    place = np.arange(sounding, dtype=np.int64)
    step = (first_hz * (sounding - place) + last_hz * place) * (1 << _PHASE_BITS) // (RATE_HZ * sounding)
    phase = (np.cumsum(step) >> (_PHASE_BITS - _TABLE_BITS)) & ((1 << _TABLE_BITS) - 1)
    # A triangle of 15 % of the length at both ends keeps it from clicking.
    ramp = max(1, sounding * 15 // 100)
    envelope = np.minimum(np.minimum(place, sounding - 1 - place), ramp)
    samples = np.zeros(max(frames, sounding), dtype=np.int64)
    samples[:sounding] = _sines()[phase] * envelope // ramp
    return samples


@functools.cache
def _sines() -> npt.NDArray[np.int64]:
    import numpy as np

    size = 1 << _TABLE_BITS
    return np.array([round(math.sin(2 * math.pi * i / size) * LEVEL * 32_767) for i in range(size)], dtype=np.int64)
