"""The process that holds one speech library. Run as a script, it imports nothing of ours:

    python worker.py espeak LIBRARY DATA_FOLDER      the standard library alone, below 20 MB
    python worker.py piper MODEL.onnx                with piper-tts, 140-240 MB

espeak-ng keeps global state and aborts the whole process when two threads use it; onnxruntime cannot be interrupted
and never gives its memory back. Neither may live in a station that runs for months.

Protocol, on standard input and output, all numbers little-endian:
    request   u32 length, then JSON {"limit_s": seconds, "options": {...}, "texts": [[text, speed], ...]}
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
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol

AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
RATE, VOLUME, PITCH, WORD_GAP = 1, 2, 3, 7
CLEAN_VOLUME = 60
"""Of 200; at the library's default of 100 Vietnamese vowels are cut off at full scale, by up to a fifth."""
# speak_lib.h: int (short *wav, int samples, espeak_EVENT *events); a result of 0 means: go on.
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Library(Protocol):
    """What a worker serves."""

    rate_hz: int

    def speak(self, text: str, speed: float, options: Mapping[str, Any]) -> bytes:
        """16-bit mono samples. Raises OSError or ValueError in the library's words."""


class Espeak:
    """espeak-ng 1.52. `speed` is in its words per minute; options: voice, pitch (0-99), word_gap (10 ms each)."""

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

    def speak(self, text: str, speed: float, options: Mapping[str, Any]) -> bytes:
        """See Library."""
        self._parts = []
        error = self._library.espeak_SetVoiceByName(str(options["voice"]).encode())
        if error:
            raise OSError(f"espeak_SetVoiceByName({options['voice']}): {error}")
        # After the voice: choosing one resets these.
        self._library.espeak_SetParameter(RATE, round(speed), 0)
        self._library.espeak_SetParameter(VOLUME, CLEAN_VOLUME, 0)
        self._library.espeak_SetParameter(PITCH, options["pitch"], 0)
        self._library.espeak_SetParameter(WORD_GAP, options["word_gap"], 0)
        raw = text.encode("utf-8", "replace").replace(b"\0", b" ") + b"\0"
        error = self._library.espeak_Synth(
            raw, ctypes.c_size_t(len(raw)), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
        )
        if error:
            raise OSError(f"espeak_Synth: {error}")
        self._library.espeak_Synchronize()
        return b"".join(self._parts)


class Piper:
    """One Piper voice. `speed` 1.0 is the voice's own; options: speaker (of a voice with several)."""

    def __init__(self, model: str) -> None:
        import onnxruntime
        from piper import PiperConfig, PiperVoice

        settings = onnxruntime.SessionOptions()
        # Its threads spin while they wait; on a machine with other work that doubles the time (0.16 → 0.35 of real).
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        with Path(model + ".json").open(encoding="utf-8") as config:
            self._voice = PiperVoice(
                config=PiperConfig.from_dict(json.load(config)),
                session=onnxruntime.InferenceSession(model, sess_options=settings, providers=["CPUExecutionProvider"]),
            )
        self.rate_hz: int = self._voice.config.sample_rate

    def speak(self, text: str, speed: float, options: Mapping[str, Any]) -> bytes:
        """See Library."""
        from piper import SynthesisConfig

        settings = SynthesisConfig(
            speaker_id=options["speaker"] if self._voice.config.num_speakers > 1 else None,
            length_scale=self._voice.config.length_scale / speed,
            normalize_audio=False,  # it would make a short, soft sentence as loud as a long one; mastering comes later
        )
        plain = text.replace("[[", "[ [")  # Piper reads [[...]] as phonemes
        return b"".join(chunk.audio_int16_bytes for chunk in self._voice.synthesize(plain, settings))


LIBRARIES: dict[str, type[Espeak] | type[Piper]] = {"espeak": Espeak, "piper": Piper}


def main(kind: str, *arguments: str) -> None:
    """Serve requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the station, which closes our input
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever the library prints must not enter the protocol
    try:
        library: Library = LIBRARIES[kind](*arguments)
    except Exception as problem:  # noqa: BLE001  (any reason not to load is the answer; the station says it)
        _answer(sink, b"E", [_words(problem)])
        return
    _answer(sink, b"K", [struct.pack("<I", library.rate_hz)])
    while header := source.read(4):
        request: dict[str, Any] = json.loads(source.read(struct.unpack("<I", header)[0]))
        _end_after(request["limit_s"])
        try:
            sounds = [
                library.speak(text, speed, request["options"]) if text else b"" for text, speed in request["texts"]
            ]
        except Exception as problem:  # noqa: BLE001  (the same; the worker stays usable)
            _answer(sink, b"E", [_words(problem)])
        else:
            _answer(sink, b"K", sounds)
        _end_after(0)


def _words(problem: Exception) -> bytes:
    return f"{type(problem).__name__}: {problem}".encode("utf-8", "replace")


def _answer(sink: BinaryIO, kind: bytes, parts: list[bytes]) -> None:
    sink.write(kind)
    for part in parts:
        sink.write(struct.pack("<I", len(part)))
        sink.write(part)
    sink.flush()


def _end_after(seconds: float) -> None:
    """Let the system end a hung worker even when the station, which watches it, was itself killed. 0: no limit."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
