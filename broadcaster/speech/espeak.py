"""The `espeak` engine: the embedded espeak-ng library. Works everywhere, offline, at once: the safety net.

Not a voice that people like: a judge that recognises 72 % of real speech understands 29 % of it. It is best when
slow, northern and without a variant, so those are the defaults.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from broadcaster.errors import SpeechError, Words
from broadcaster.speech import espeak_library
from broadcaster.speech.engine import Gender, Reach, Voice
from broadcaster.speech.espeak_library import EspeakVoice
from broadcaster.speech.native import NativeEngine
from broadcaster.tomlfile import Table

WORDS_PER_MINUTE = 115
"""espeak's own count, 175 Vietnamese syllables a minute. Syllable error of an ASR judge over 20 announcements:
100 → 76 %, 115 → 73 %, 130 → 75 %, 145 → 77 %, 160 → 81 %, 200 → 87 %, 260 → 95 % (real speech: 28 %)."""
SLOWEST_WPM, FASTEST_WPM = 80, 450
"""The library's own limits."""
PITCH = 50
"""espeak's middle, 0-99. Of the same judge at 115: 35 → 79 %, 50 → 73 %, 65 → 79 %."""
WORD_GAP = 2
"""Extra silence between words, in units of 10 ms: 0 → 73 %, 2 → 71 %, 5 → 75 % (sure to about five points)."""
_MISSING = Words(
    "thiếu thư viện espeak-ng trong gói espeakng-loader", "the espeak-ng library of espeakng-loader is missing"
)
_MISSING_CURE = Words("Cài lại: pip install espeakng-loader", "Install it again: pip install espeakng-loader")


class EspeakEngine(NativeEngine):
    """espeak-ng, loaded when it first speaks."""

    name = "espeak"
    reach = Reach.EMBEDDED
    spelling_only_vietnamese = True

    def __init__(
        self,
        *,
        words_per_minute: int = WORDS_PER_MINUTE,
        pitch: int = PITCH,
        word_gap: int = WORD_GAP,
        library: tuple[str, str] | None = None,
    ) -> None:
        """`pitch` 0-99; `word_gap` in units of 10 ms; `library`: (file, data folder) of another espeak-ng."""
        self._words_per_minute = words_per_minute
        self._pitch = pitch
        self._word_gap = word_gap
        self._library = library
        self.version = f"2-{words_per_minute}-{pitch}-{word_gap}"

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        options.whole("workers", 0, 0, 64)  # of older station.toml files: processes are the studio's now
        return cls(
            words_per_minute=options.whole("words_per_minute", WORDS_PER_MINUTE, SLOWEST_WPM, 300),
            pitch=options.whole("pitch", PITCH, 0, 99),
            word_gap=options.whole("word_gap", WORD_GAP, 0, 50),
        )

    def voices(self) -> Sequence[Voice]:
        regions = (("vi", "bắc"), ("vi-vn-x-central", "trung"), ("vi-vn-x-south", "nam"))
        return tuple(Voice(engine=self.name, name=name, region=region, gender=Gender.MALE) for name, region in regions)

    def unavailable(self) -> Words | None:
        if self._library is None and _library_folder() is None:
            return Words(f"{_MISSING.vi}. {_MISSING_CURE.vi}", f"{_MISSING.en}. {_MISSING_CURE.en}")
        return None

    @contextmanager
    def _opened(self, voice: str, deadline: float) -> Iterator[EspeakVoice]:
        path, data = self._library or _installed_library()
        with espeak_library.opened(path, data, wait_s=deadline - time.monotonic()) as library:
            yield EspeakVoice(library=library, voice=voice, pitch=self._pitch, word_gap=self._word_gap)

    def _speed(self, rate: float) -> float:
        return min(FASTEST_WPM, max(SLOWEST_WPM, round(self._words_per_minute * rate)))

    def _cure(self) -> Words:
        return _MISSING_CURE


def _library_folder() -> Path | None:
    """Folder of the installed espeakng_loader package, found without importing it."""
    spec = importlib.util.find_spec("espeakng_loader")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _installed_library() -> tuple[str, str]:
    """(file, data folder) that espeakng_loader brings. Raises SpeechError."""
    if _library_folder() is None:
        raise SpeechError(_MISSING, where="espeak", cure=_MISSING_CURE)
    import espeakng_loader

    return espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
