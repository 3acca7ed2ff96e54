"""The `command` engine: any program that reads text and writes a WAV file.

So that a commune can use a voice that we do not know (VieNeu, F5-TTS, a vendor's interface) without a line of Python:

    [engines.command]
    command = ["piper-vendor", "--voice", "mai", "--in", "{text_file}", "--out", "{wav_file}"]

The program is started once for each phrase, without a shell, in the station's folder; the text, UTF-8, is on its
standard input as well. {voice} is one of `voices = [...]`, {rate} the speed (1.000 normal, 0.800 slower); a program
without {rate} has its sound stretched here.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.outside_program import filled, find_program, run_to_end
from broadcaster.speech.engine import Engine, Reach, Speech, Voice
from broadcaster.speech.mp3 import BadSoundError, check_length
from broadcaster.speech.phrases import join, sayable, without_silent_ends
from broadcaster.speech.tempo import stretch
from broadcaster.tomlfile import SECONDS, Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TEXT_FILE, WAV_FILE, VOICE, RATE = "{text_file}", "{wav_file}", "{voice}", "{rate}"
LIMIT_S = 120.0
"""For one phrase, unless `limit_s` says otherwise: a neural model on an old CPU needs a minute to load."""
_FORM = Words(
    'Viết như command = ["chương-trình", "--out", "{wav_file}"]; dùng được: {text_file}, {wav_file}, {voice}, {rate}',
    'Write it like command = ["program", "--out", "{wav_file}"]; known: {text_file}, {wav_file}, {voice}, {rate}',
)


class CommandEngine(Engine):
    """A program of the operator's choice."""

    name = "command"
    reach = Reach.INSTALLED

    def __init__(
        self, station: Path, command: Sequence[str], *, voices: Sequence[str] = (), limit_s: float = LIMIT_S
    ) -> None:
        """`command`: program and arguments with {wav_file}; `voices`: what {voice} may be, the default one first."""
        self._station = station
        self._command = tuple(command)
        self._voice_names = tuple(voices) or ("command",)
        self._limit_s = limit_s
        self.version = hashlib.sha256(json.dumps(self._command).encode()).hexdigest()[:16]

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        return cls(
            station,
            options.read("command", _command, (), _FORM),
            voices=options.texts("voices"),
            limit_s=options.number("limit_s", LIMIT_S, 1, 3600, SECONDS),
        )

    def voices(self) -> Sequence[Voice]:
        return tuple(Voice(engine=self.name, name=name, region="") for name in self._voice_names)

    def unavailable(self) -> Words | None:
        if not self._command:
            return Words(
                f"chưa khai chương trình đọc trong station.toml, mục [engines.command]. {_FORM.vi}",
                f"station.toml names no program in [engines.command]. {_FORM.en}",
            )
        program = self._command[0]
        if find_program(program, self._station) is None:
            return Words(
                f"không tìm thấy chương trình «{program}». Cài nó, hoặc ghi đường dẫn đầy đủ",
                f"the program '{program}' is not found. Install it, or write its whole path",
            )
        return None

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        deadline = time.monotonic() + deadline_s
        reason = self.unavailable()
        if reason is not None:
            raise SpeechError(reason, where=self.name)
        voice = self.voice_named(voice).name
        phrases = sayable(phrases, self.name)
        pieces: list[tuple[npt.NDArray[np.float32] | None, int]] = []
        rate_hz = 0
        for phrase in phrases:
            samples = None
            if phrase.text:
                samples, piece_hz = self._speak_one(phrase.text, voice, rate * phrase.rate, deadline)
                if rate_hz not in (0, piece_hz):
                    raise self._failed(f"đổi tần số từ {rate_hz} sang {piece_hz} Hz", f"changed to {piece_hz} Hz")
                rate_hz = piece_hz
            pieces.append((samples, phrase.pause_ms))
        return Speech(samples=join(pieces, rate_hz), rate_hz=rate_hz)

    def _speak_one(self, text: str, voice: str, rate: float, deadline: float) -> tuple[npt.NDArray[np.float32], int]:
        with tempfile.TemporaryDirectory(prefix="broadcaster-speech-") as folder:
            text_file, wav_file = Path(folder, "text.txt"), Path(folder, "speech.wav")
            text_file.write_bytes(text.encode("utf-8", "replace"))
            values = {TEXT_FILE: str(text_file), WAV_FILE: str(wav_file), VOICE: voice, RATE: f"{rate:.3f}"}
            self._run(filled(self._command, values), text, deadline)
            samples, rate_hz = self._read(wav_file, text, rate)
        if not any(RATE in part for part in self._command):
            samples = stretch(without_silent_ends(samples, rate_hz), rate_hz, rate)
        return samples, rate_hz

    def _run(self, arguments: list[str], text: str, deadline: float) -> None:
        """Run the program to its end, within its limit."""
        limit_s = max(0.0, min(self._limit_s, deadline - time.monotonic()))
        try:
            ended = run_to_end(arguments, folder=self._station, text=text, limit_s=limit_s)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise self._failed(f"không chạy được ({reason})", f"cannot be run ({reason})") from problem
        if ended.code is None:
            raise self._failed(
                f"chưa xong sau {limit_s:.0f} giây nên đã dừng", f"not finished after {limit_s:.0f} s, stopped"
            )
        if ended.code != 0:
            told = ended.told or "–"
            raise self._failed(f"báo lỗi {ended.code}: {told}", f"ended with code {ended.code}: {told}")

    def _read(self, wav_file: Path, text: str, rate: float) -> tuple[npt.NDArray[np.float32], int]:
        import numpy as np
        import soundfile

        try:
            samples, rate_hz = soundfile.read(wav_file, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, OSError) as problem:
            raise self._failed("không để lại tệp WAV đọc được", "left no readable WAV file") from problem
        mono: npt.NDArray[np.float32] = np.ascontiguousarray(samples.mean(axis=1, dtype=np.float32))
        if not np.isfinite(mono).all() or not np.abs(mono).max(initial=0.0) > 10 ** (-60 / 20):
            raise self._failed("để lại tệp WAV không có tiếng", "left a WAV file without sound")
        try:
            check_length(len(mono) / rate_hz, text, rate=max(rate, 1.0))
        except BadSoundError as problem:
            raise self._failed(f"để lại tệp WAV {problem}", f"left a WAV file that is {problem.english}") from problem
        return mono, int(rate_hz)

    def _failed(self, vietnamese: str, english: str) -> SpeechError:
        program = Path(self._command[0]).name
        return SpeechError(
            Words(f"chương trình «{program}» {vietnamese}", f"the program '{program}' {english}"),
            where=self.name,
            cure=Words(
                "Chạy thử đúng dòng lệnh trong [engines.command] bằng tay",
                "Try the command of [engines.command] by hand",
            ),
        )


def _command(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
        raise ValueError(value)
    if not value[0] or not any(WAV_FILE in part for part in value[1:]):
        raise ValueError(value)
    return tuple(value)
