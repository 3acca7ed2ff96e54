"""What the engines have in common whose library speaks inside this process: espeak and piper.

Such a library may hang or end the process, and nothing in the process can stop it. So these engines are asked to speak
only where the process may be killed: in the studio's rendering processes.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech.chunks import Chunk, split
from broadcaster.speech.engine import Engine, Speech
from broadcaster.speech.phrases import join, sayable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Library(Protocol):
    """A speech library, loaded. Not for two threads at once."""

    @property
    def rate_hz(self) -> int:
        """Of its samples."""

    def speak(self, text: str, speed: float) -> bytes:
        """16-bit mono samples, little-endian. `speed` in the library's own measure. Raises whatever it raises."""


class NativeEngine(Engine):
    """Base: cuts phrases to pieces, has the library speak one after the other, sees to the deadline in between."""

    native = True
    chunk_limit = 100_000
    """Characters the library takes at once without harm."""

    @abstractmethod
    def _opened(self, voice: str, deadline: float) -> AbstractContextManager[Library]:
        """The library of `voice`, loaded and ours alone while the context lasts.

        Raises TimeoutError when that is not possible by `deadline` (monotonic), and whatever loading raises.
        """

    @abstractmethod
    def _speed(self, rate: float) -> float:
        """`rate` in the library's own measure, within its limits."""

    @abstractmethod
    def _cure(self) -> Words:
        """What helps when the library cannot be loaded or refuses."""

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        deadline = time.monotonic() + deadline_s
        voice = self.voice_named(voice).name
        phrases = sayable(phrases, self.name)
        pieces: list[tuple[npt.NDArray[np.float32] | None, int]] = []
        try:
            with self._opened(voice, deadline) as library:
                for chunk, speed in self._chunks(phrases, rate):
                    if time.monotonic() >= deadline:
                        raise TimeoutError
                    pieces.append((self._samples(library, chunk.text, speed), chunk.gap_ms))
                rate_hz = library.rate_hz
        except SpeechError:
            raise
        except TimeoutError as problem:
            raise not_finished(self.name, deadline_s) from problem
        except Exception as problem:
            raise SpeechError(
                Words(f"thư viện đọc báo lỗi ({_said(problem)})", f"the library says: {_said(problem)}"),
                where=self.name,
                cure=self._cure(),
            ) from problem
        return Speech(samples=join(pieces, rate_hz), rate_hz=rate_hz)

    def _chunks(self, phrases: Sequence[Phrase], rate: float) -> Iterator[tuple[Chunk, float]]:
        """(what the library takes at once with the pause after it, speed)."""
        for phrase in phrases:
            speed = self._speed(rate * phrase.rate)
            chunks = split(phrase.text, self.chunk_limit) or [Chunk(text="", gap_ms=0)]
            yield from ((chunk, speed) for chunk in chunks[:-1])
            yield Chunk(text=chunks[-1].text, gap_ms=phrase.pause_ms), speed

    def _samples(self, library: Library, text: str, speed: float) -> npt.NDArray[np.float32] | None:
        import numpy as np

        if not text:
            return None
        samples = np.frombuffer(library.speak(text, speed), dtype="<i2").astype(np.float32) / np.float32(32_768)
        if not samples.any():
            raise SpeechError(
                Words(f"đọc «{text[:60]}» mà không ra tiếng", f"made no sound of '{text[:60]}'"), where=self.name
            )
        return samples


def not_finished(engine: str, deadline_s: float) -> SpeechError:
    """What is said of an engine that was stopped."""
    return SpeechError(
        Words(
            f"chưa đọc xong sau {deadline_s:.0f} giây nên đã dừng", f"not finished after {deadline_s:.0f} s, stopped"
        ),
        where=engine,
        cure=Words("Chia nhỏ bài, hoặc thử lại khi máy bớt việc", "Shorten the text, or try when less busy"),
    )


def died(engine: str, ending: str) -> SpeechError:
    """What is said of an engine whose process ended while it spoke; `ending` as the system tells it."""
    return SpeechError(
        Words(f"bộ đọc tắt giữa chừng ({ending})", f"the engine died at work ({ending})"),
        where=engine,
        cure=Words("Lần sau đài tự mở bộ đọc mới", "The next request starts a new one"),
    )


def _said(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"
