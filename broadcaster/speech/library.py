"""What the engines have in common whose library lives in worker processes: espeak and piper."""

from __future__ import annotations

import json
import struct
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech.chunks import Chunk, split
from broadcaster.speech.engine import Engine, Speech
from broadcaster.speech.phrases import join, sayable
from broadcaster.speech.workers import DeadWorker, LateWorker, WorkerError, WorkerPool

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WORKER = Path(__file__).with_name("worker.py")
"""Run as a script, by path: with `-m` it would import our packages, and see the folder it is started in."""
LIMIT_SLACK_S = 1.0
"""A worker ends itself this long after the deadline, if the station has not killed it by then."""


class LibraryEngine(Engine):
    """Base: turns phrases into a request of worker.py, and its answers and failures into Speech and SpeechError."""

    chunk_limit = 100_000
    """Characters the library takes at once without harm."""

    @abstractmethod
    def _pool_for(self, voice: str) -> WorkerPool:
        """The workers that speak with `voice`; made on the first request. Raises SpeechError when there can be none."""

    @abstractmethod
    def _options_for(self, voice: str) -> Mapping[str, object]:
        """The library's options for `voice`, as worker.py names them."""

    @abstractmethod
    def _speed(self, rate: float) -> float:
        """`rate` in the library's own measure, within its limits."""

    @abstractmethod
    def _cure(self) -> Words:
        """What helps when the library cannot be loaded or refuses."""

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        import numpy as np

        deadline = time.monotonic() + deadline_s
        voice = self.voice_named(voice).name
        phrases = sayable(phrases, self.name)
        texts, pauses = self._pieces(phrases, rate)
        limit_s = max(0.0, deadline_s) + LIMIT_SLACK_S
        request = {"limit_s": limit_s, "options": self._options_for(voice), "texts": texts}
        hello, sounds = self._ask(voice, json.dumps(request).encode(), len(texts), deadline, deadline_s)
        (rate_hz,) = struct.unpack("<I", hello)
        pieces: list[npt.NDArray[np.float32]] = [
            np.frombuffer(sound, dtype="<i2").astype(np.float32) / np.float32(32_768) for sound in sounds
        ]
        silent = next((text for (text, _), piece in zip(texts, pieces, strict=True) if text and not piece.any()), None)
        if silent is not None:
            raise SpeechError(
                Words(f"đọc «{silent[:60]}» mà không ra tiếng", f"made no sound of '{silent[:60]}'"), where=self.name
            )
        return Speech(samples=join(zip(pieces, pauses, strict=True), rate_hz), rate_hz=rate_hz)

    def _pieces(self, phrases: Sequence[Phrase], rate: float) -> tuple[list[tuple[str, float]], list[int]]:
        """(text, speed) and the pause after it, for each piece that the library takes at once."""
        texts: list[tuple[str, float]] = []
        pauses: list[int] = []
        for phrase in phrases:
            chunks = split(phrase.text, self.chunk_limit) or [Chunk(text="", gap_ms=0)]
            texts += [(chunk.text, self._speed(rate * phrase.rate)) for chunk in chunks]
            pauses += [chunk.gap_ms for chunk in chunks[:-1]] + [phrase.pause_ms]
        return texts, pauses

    def _ask(
        self, voice: str, request: bytes, parts: int, deadline: float, deadline_s: float
    ) -> tuple[bytes, list[bytes]]:
        try:
            return self._pool_for(voice).ask(request, parts, deadline)
        except LateWorker as problem:
            raise SpeechError(
                Words(
                    f"chưa đọc xong sau {deadline_s:.0f} giây nên đã dừng",
                    f"not finished after {deadline_s:.0f} s, stopped",
                ),
                where=self.name,
                cure=Words("Chia nhỏ bài, hoặc thử lại khi máy bớt việc", "Shorten the text, or try when less busy"),
            ) from problem
        except DeadWorker as problem:
            raise SpeechError(
                Words(f"bộ đọc tắt giữa chừng ({problem})", f"the engine died at work ({problem})"),
                where=self.name,
                cure=Words("Lần sau đài tự mở bộ đọc mới", "The next request starts a new one"),
            ) from problem
        except (WorkerError, OSError) as problem:
            raise SpeechError(
                Words(f"thư viện đọc báo lỗi ({problem})", f"the library says: {problem}"),
                where=self.name,
                cure=self._cure(),
            ) from problem
