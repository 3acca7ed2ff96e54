"""The espeak-ng library in this process, through ctypes. One for the whole process: its state is global."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
RATE, VOLUME, PITCH, WORD_GAP = 1, 2, 3, 7
CLEAN_VOLUME = 60
"""Of 200; at the library's default of 100 Vietnamese vowels are cut off at full scale, by up to a fifth."""
# speak_lib.h: int (short *wav, int samples, espeak_EVENT *events); a result of 0 means: go on.
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """espeak-ng 1.52. It ends the whole process when two threads use it at once: see `opened`."""

    def __init__(self, path: str, data: str) -> None:
        """`path`: the library; `data`: folder of its voices. Raises OSError."""
        self._library = ctypes.CDLL(path)
        self._library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        self.rate_hz: int = self._library.espeak_Initialize(
            AUDIO_OUTPUT_SYNCHRONOUS, 0, os.fsencode(data), INITIALIZE_DONT_EXIT
        )
        if self.rate_hz <= 0:
            raise OSError(f"espeak_Initialize: {self.rate_hz}")
        self._parts: list[bytes] = []
        self._callback = _CALLBACK(self._take)  # kept: the library stores only the address
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, wav: int | None, samples: int, _events: int | None) -> int:
        if wav and samples > 0:
            self._parts.append(ctypes.string_at(wav, 2 * samples))
        return 0

    def speak(self, text: str, *, voice: str, words_per_minute: float, pitch: int, word_gap: int) -> bytes:
        """16-bit mono samples. `pitch` 0-99, `word_gap` in units of 10 ms. Raises OSError."""
        self._parts = []
        error = self._library.espeak_SetVoiceByName(voice.encode())
        if error:
            raise OSError(f"espeak_SetVoiceByName({voice}): {error}")
        # After the voice: choosing one resets these.
        self._library.espeak_SetParameter(RATE, round(words_per_minute), 0)
        self._library.espeak_SetParameter(VOLUME, CLEAN_VOLUME, 0)
        self._library.espeak_SetParameter(PITCH, pitch, 0)
        self._library.espeak_SetParameter(WORD_GAP, word_gap, 0)
        raw = text.encode("utf-8", "replace").replace(b"\0", b" ") + b"\0"
        error = self._library.espeak_Synth(
            raw, ctypes.c_size_t(len(raw)), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
        )
        if error:
            raise OSError(f"espeak_Synth: {error}")
        self._library.espeak_Synchronize()
        return b"".join(self._parts)


@dataclass(frozen=True, kw_only=True)
class EspeakVoice:
    """The library set to one voice; what NativeEngine speaks with."""

    library: Espeak
    voice: str
    pitch: int
    word_gap: int

    @property
    def rate_hz(self) -> int:
        """Of its samples."""
        return self.library.rate_hz

    def speak(self, text: str, speed: float) -> bytes:
        """`speed` in words per minute."""
        return self.library.speak(
            text, voice=self.voice, words_per_minute=speed, pitch=self.pitch, word_gap=self.word_gap
        )


_lock = Lock()
_loaded: dict[tuple[str, str], Espeak] = {}


@contextmanager
def opened(path: str, data: str, *, wait_s: float) -> Iterator[Espeak]:
    """The library, loaded on the first use, for one thread at a time. Raises OSError; TimeoutError after `wait_s`."""
    if wait_s <= 0 or not _lock.acquire(timeout=wait_s):
        raise TimeoutError("espeak")
    try:
        if (path, data) not in _loaded:
            _loaded[path, data] = Espeak(path, data)
        yield _loaded[path, data]
    finally:
        _lock.release()
