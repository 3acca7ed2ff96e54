"""The process that holds the espeak-ng library. Run as a script: `python espeak_worker.py LIBRARY DATA_FOLDER`.

The library keeps global state and aborts the whole process when two threads use it, so it never lives in the station's
own process. Only the standard library is imported here: a worker stays below 20 MB and starts in a few milliseconds.

Protocol, on standard input and output, all numbers little-endian:
    request   u32 length, then JSON {"voice", "pitch", "word_gap", "limit_s", "texts": [[text, words_per_minute], ...]}
    answer    one byte: `K`, then per text  u32 length, 16-bit mono samples
                        `E`, then           u32 length, what was wrong, UTF-8
First of all, once, an answer `K` whose only part is the sample rate as u32. End of input ends the process.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
from typing import Any, BinaryIO

AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
RATE, PITCH, WORD_GAP = 1, 3, 7
WORD_GAP_UNIT_MS = 10
"""espeak counts the gap between words in units of 10 ms at its normal speed."""
# speak_lib.h: int (short *wav, int samples, espeak_EVENT *events); a result of 0 means: go on.
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Library:
    """The loaded espeak-ng library; one for each process."""

    def __init__(self, path: str, data: str) -> None:
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

    def speak(self, text: str, *, voice: str, words_per_minute: int, pitch: int, word_gap: int) -> bytes:
        """16-bit samples. Raises OSError with the library's error number."""
        self._parts = []
        error = self._library.espeak_SetVoiceByName(voice.encode())
        if error:
            raise OSError(f"espeak_SetVoiceByName({voice}): {error}")
        # After the voice: choosing one resets these.
        self._library.espeak_SetParameter(RATE, words_per_minute, 0)
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


def main(library_path: str, data_path: str) -> None:
    """Serve requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the station, which closes our input
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever the library prints must not enter the protocol
    try:
        library = Library(library_path, data_path)
    except OSError as problem:
        _answer(sink, b"E", [str(problem).encode()])
        return
    _answer(sink, b"K", [struct.pack("<I", library.rate_hz)])
    while header := source.read(4):
        request: dict[str, Any] = json.loads(source.read(struct.unpack("<I", header)[0]))
        _end_at(request["limit_s"])
        try:
            parts = [
                library.speak(
                    text,
                    voice=request["voice"],
                    words_per_minute=words_per_minute,
                    pitch=request["pitch"],
                    word_gap=request["word_gap"],
                )
                for text, words_per_minute in request["texts"]
            ]
        except OSError as problem:
            _answer(sink, b"E", [str(problem).encode()])
        else:
            _answer(sink, b"K", parts)
        _end_at(0)


def _answer(sink: BinaryIO, kind: bytes, parts: list[bytes]) -> None:
    sink.write(kind)
    for part in parts:
        sink.write(struct.pack("<I", len(part)))
        sink.write(part)
    sink.flush()


def _end_at(seconds: float) -> None:
    """Let the system end a hung worker even when the station, which watches it, was itself killed. 0: no limit."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
