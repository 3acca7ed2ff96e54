"""The `espeak` engine: the embedded espeak-ng library. Works everywhere, offline, at once: the safety net.

Not a voice that people like: a judge that recognises 72 % of real speech understands 29 % of it. It is best when
slow, northern and without a variant, so those are the defaults.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from broadcaster.errors import SpeechError, Words
from broadcaster.speech.engine import Gender, Reach, Voice
from broadcaster.speech.library import WORKER, LibraryEngine
from broadcaster.speech.workers import WorkerPool
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


class EspeakEngine(LibraryEngine):
    """espeak-ng in worker processes; as many as there are cores, started on the first request."""

    name = "espeak"
    reach = Reach.EMBEDDED
    spelling_only_vietnamese = True

    def __init__(
        self,
        *,
        words_per_minute: int = WORDS_PER_MINUTE,
        pitch: int = PITCH,
        word_gap: int = WORD_GAP,
        workers: int = 0,
        worker_command: Sequence[str] = (),
    ) -> None:
        """`workers`: at most so many processes, 0: one per core. `worker_command`: another program of the protocol."""
        self._words_per_minute = words_per_minute
        self._pitch = pitch
        self._word_gap = word_gap
        self._size = workers or os.cpu_count() or 1
        self._worker_command = tuple(worker_command)
        self._pool: WorkerPool | None = None
        self._lock = threading.Lock()
        self.version = f"2-{words_per_minute}-{pitch}-{word_gap}"

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        return cls(
            words_per_minute=options.whole("words_per_minute", WORDS_PER_MINUTE, SLOWEST_WPM, 300),
            pitch=options.whole("pitch", PITCH, 0, 99),
            word_gap=options.whole("word_gap", WORD_GAP, 0, 50),
            workers=options.whole("workers", 0, 0, 64),
        )

    def voices(self) -> Sequence[Voice]:
        regions = (("vi", "bắc"), ("vi-vn-x-central", "trung"), ("vi-vn-x-south", "nam"))
        return tuple(Voice(engine=self.name, name=name, region=region, gender=Gender.MALE) for name, region in regions)

    def unavailable(self) -> Words | None:
        if not self._worker_command and _library_folder() is None:
            return Words(f"{_MISSING.vi}. {_MISSING_CURE.vi}", f"{_MISSING.en}. {_MISSING_CURE.en}")
        return None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def pids(self) -> list[int]:
        """Process ids of the workers that wait for work."""
        return self._pool.pids() if self._pool is not None else []

    def _pool_for(self, voice: str) -> WorkerPool:
        with self._lock:
            if self._pool is None:
                self._pool = WorkerPool(self._worker_command or _worker_command(), self._size)
            return self._pool

    def _options_for(self, voice: str) -> Mapping[str, object]:
        return {"voice": voice, "pitch": self._pitch, "word_gap": self._word_gap}

    def _speed(self, rate: float) -> float:
        return min(FASTEST_WPM, max(SLOWEST_WPM, round(self._words_per_minute * rate)))

    def _cure(self) -> Words:
        return _MISSING_CURE


def _library_folder() -> Path | None:
    """Folder of the installed espeakng_loader package, found without importing it."""
    spec = importlib.util.find_spec("espeakng_loader")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _worker_command() -> list[str]:
    """A worker that sees no installed package (-S): it needs none, and starts faster."""
    if _library_folder() is None:
        raise SpeechError(_MISSING, where="espeak", cure=_MISSING_CURE)
    import espeakng_loader

    paths = [espeakng_loader.get_library_path(), espeakng_loader.get_data_path()]
    return [sys.executable, "-I", "-S", str(WORKER), "espeak", *paths]
