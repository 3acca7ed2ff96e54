"""One Piper model in this process, which then takes 150 MB, 370 while it computes 15 s of speech: a second model takes
the place of the first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Model:
    """Which model, and on how many cores."""

    path: Path
    """NAME.onnx; its configuration lies beside it as NAME.onnx.json."""
    stamp: tuple[int, int]
    """Size and time of change: a voice that was installed again is loaded again."""
    threads: int


class Piper:
    """A loaded model. Not for two threads at once: see `opened`."""

    def __init__(self, model: Model) -> None:
        """Raises whatever onnxruntime and piper raise."""
        import onnxruntime
        from piper import PiperConfig, PiperVoice

        settings = onnxruntime.SessionOptions()
        # Its threads spin while they wait; on a machine with other work that doubles the time (0.16 → 0.35 of real).
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.intra_op_num_threads = model.threads
        settings.inter_op_num_threads = 1
        with model.path.with_name(model.path.name + ".json").open(encoding="utf-8") as config:
            self._voice: Any = PiperVoice(
                config=PiperConfig.from_dict(json.load(config)),
                session=_Session(
                    onnxruntime.InferenceSession(
                        str(model.path), sess_options=settings, providers=["CPUExecutionProvider"]
                    )
                ),
            )
        self.rate_hz: int = self._voice.config.sample_rate

    def speak(self, text: str, *, speed: float, speaker: int) -> bytes:
        """16-bit mono samples. `speed` 1.0 is the voice's own; `speaker`: of a voice with several."""
        from piper import SynthesisConfig

        settings = SynthesisConfig(
            speaker_id=speaker if self._voice.config.num_speakers > 1 else None,
            length_scale=self._voice.config.length_scale / speed,
            normalize_audio=False,  # it would make a short, soft sentence as loud as a long one; mastering comes later
        )
        plain = text.replace("[[", "[ [")  # Piper reads [[...]] as phonemes
        return b"".join(chunk.audio_int16_bytes for chunk in self._voice.synthesize(plain, settings))


class _Session:
    """An onnxruntime session that gives its memory back after each sentence.

    It would keep what the longest one needed, 350 MB instead of 150; giving it back costs a twentieth of the time.
    Without its own store of memory (enable_cpu_mem_arena) it needs 550 MB at times.
    """

    def __init__(self, session: Any) -> None:
        import onnxruntime

        self._session = session
        self._options = onnxruntime.RunOptions()
        self._options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def run(self, outputs: Any, inputs: Any) -> Any:
        """As InferenceSession.run; all that Piper asks of it."""
        return self._session.run(outputs, inputs, self._options)


@dataclass(frozen=True, kw_only=True)
class PiperSpeaker:
    """A model set to one of its speakers; what NativeEngine speaks with."""

    piper: Piper
    speaker: int

    @property
    def rate_hz(self) -> int:
        """Of its samples."""
        return self.piper.rate_hz

    def speak(self, text: str, speed: float) -> bytes:
        """`speed` 1.0 is the voice's own."""
        return self.piper.speak(text, speed=speed, speaker=self.speaker)


_lock = Lock()
_loaded: dict[Model, Piper] = {}
"""At most one."""


@contextmanager
def opened(model: Model, *, wait_s: float) -> Iterator[Piper]:
    """The model, loaded if need be, for one thread at a time.

    Raises what loading raises; TimeoutError when other threads have not finished after `wait_s`.
    """
    if wait_s <= 0 or not _lock.acquire(timeout=wait_s):
        raise TimeoutError("piper")
    try:
        if model not in _loaded:
            _loaded.clear()
            _loaded[model] = Piper(model)
        yield _loaded[model]
    finally:
        _lock.release()


def unload() -> None:
    """Give the memory of the model back. Waits for whoever speaks."""
    with _lock:
        _loaded.clear()
