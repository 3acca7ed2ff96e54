"""The `piper` engine: a neural voice that somebody installed into the station's voices/ folder. Offline.

A voice is two files, NAME.onnx and NAME.onnx.json (`broadcaster voices install`, or copied by hand).
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from broadcaster.errors import Words
from broadcaster.speech import piper_library
from broadcaster.speech.catalogue import VOICES
from broadcaster.speech.engine import Gender, Reach, Voice
from broadcaster.speech.native import NativeEngine
from broadcaster.speech.piper_library import Model, PiperSpeaker
from broadcaster.tomlfile import Table

FOLDER = "voices"
"""Below the station's folder."""
SLOWEST, FASTEST = 0.4, 2.5
"""Speeds beyond which a model becomes unintelligible."""
CHUNK_LIMIT = 250
"""Characters, about 15 s of speech. The model's time and memory grow with the square of one utterance."""
_NO_PACKAGE = Words("thiếu gói piper-tts", "the package piper-tts is missing")
_NO_PACKAGE_CURE = Words("Cài: pip install 'broadcaster[piper]'", "Install it: pip install 'broadcaster[piper]'")


class PiperEngine(NativeEngine):
    """Piper voices, one at a time in memory, loaded when it first speaks: 1 s here when warm."""

    name = "piper"
    reach = Reach.INSTALLED
    spelling_only_vietnamese = True
    chunk_limit = CHUNK_LIMIT

    def __init__(self, folder: Path, *, voice: str = "", speaker: int = 0, speed: float = 1.0) -> None:
        """`voice`: the default one of `folder`; `speaker`: of a voice with several; `speed`: times the voice's own."""
        self._folder = folder
        self._default = voice
        self._speaker = speaker
        self._own_speed = speed
        self.version = f"1-{speaker}-{speed:g}"

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        return cls(
            station / options.text("folder", FOLDER),
            voice=options.text("voice"),
            speaker=options.whole("speaker", 0, 0, 10_000),
            speed=options.number("speed", 1.0, SLOWEST, FASTEST),
        )

    def voices(self) -> Sequence[Voice]:
        names = sorted(path.name.removesuffix(".onnx") for path in self._folder.glob("*.onnx") if _has_config(path))
        # The station's choice first, then Vietnamese in the catalogue's order, then whatever else is there.
        known = list(VOICES)
        names.sort(
            key=lambda name: (
                name != self._default,
                not name.startswith("vi"),
                known.index(name) if name in known else len(known),
            )
        )
        return tuple(
            Voice(
                engine=self.name,
                name=name,
                region="",
                gender=VOICES[name].gender if name in VOICES else Gender.UNKNOWN,
                language=name.partition("_")[0],
            )
            for name in names
        )

    def unavailable(self) -> Words | None:
        if importlib.util.find_spec("piper") is None:
            return Words(f"{_NO_PACKAGE.vi}. {_NO_PACKAGE_CURE.vi}", f"{_NO_PACKAGE.en}. {_NO_PACKAGE_CURE.en}")
        # Another language's voice would read Vietnamese as gibberish, so it must be chosen by name.
        if not any(voice.language == "vi" or voice.name == self._default for voice in self.voices()):
            first = next(iter(VOICES))
            return Words(
                f"chưa có giọng tiếng Việt nào trong {self._folder}. "
                f"Chạy «broadcaster voices install {first}», không có mạng thì thêm --from USB",
                f"there is no Vietnamese voice in {self._folder}. "
                f"Run 'broadcaster voices install {first}'; without a network add --from USB",
            )
        return None

    def close(self) -> None:
        piper_library.unload()

    @contextmanager
    def _opened(self, voice: str, deadline: float) -> Iterator[PiperSpeaker]:
        path = self._folder / f"{voice}.onnx"
        facts = path.stat()
        model = Model(path=path, stamp=(facts.st_size, facts.st_mtime_ns), threads=self.threads)
        with piper_library.opened(model, wait_s=deadline - time.monotonic()) as piper:
            yield PiperSpeaker(piper=piper, speaker=self._speaker)

    def _speed(self, rate: float) -> float:
        return min(FASTEST, max(SLOWEST, self._own_speed * rate))

    def _cure(self) -> Words:
        if importlib.util.find_spec("piper") is None:
            return _NO_PACKAGE_CURE
        return Words("Cài lại giọng: «broadcaster voices install TÊN»", "Run again: 'broadcaster voices install NAME'")


def _has_config(model: Path) -> bool:
    return model.with_name(model.name + ".json").is_file()
