"""The station's engines in its order of preference: the first that can speak a text, speaks it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech.engine import Engine, Reach, Speech

NET_RESERVE_S = 10.0
"""Time kept back for an embedded engine further down the chain; espeak makes minutes of sound in a second of it."""
NET_RESERVE_PART = 0.25
"""At most this part of the whole deadline is kept back."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why one engine of the chain did not speak."""

    engine: str
    reason: Words
    """One line: what happened, and the cure."""
    asked: bool
    """False when it was skipped as unavailable, True when it tried and failed."""


class Answer(NamedTuple):
    """What the chain made, and who made it."""

    speech: Speech
    engine: Engine
    voice: str
    """Name within `engine`."""
    failures: tuple[Failure, ...]
    """Engines that come earlier in the order, and why they did not speak; empty: the first choice spoke."""


class Chain:
    """Engines in the station's order. Safe to use from several threads when its engines are."""

    def __init__(
        self,
        engines: Sequence[Engine],
        *,
        lost: Mapping[str, Words] | None = None,
        on_try: Callable[[Engine, float], None] | None = None,
    ) -> None:
        """`engines`, best first; the last one ought to be embedded.

        `lost`: engines that are not asked although they are available, and what went wrong with each; `on_try` is told
        which engine speaks next, and within how many seconds.
        """
        self.engines = tuple(engines)
        self._lost = dict(lost or {})
        self._on_try = on_try

    def speak(self, phrases: Sequence[Phrase], *, voice: str = "", rate: float = 1.0, deadline_s: float) -> Answer:
        """Ask one engine after the other until one has spoken the whole text.

        `voice` is "" (each engine's default), "engine:voice" (that engine is asked first) or a voice's name (engines
        that do not have it use their default). `deadline_s` bounds the whole, an embedded engine's turn included.
        Raises SpeechError, naming every engine's reason, when none could.
        """
        end = time.monotonic() + deadline_s
        failures: list[Failure] = []
        order = self._order(voice)
        for position, engine in enumerate(order):
            if engine.name in self._lost:
                failures.append(Failure(engine=engine.name, reason=self._lost[engine.name], asked=True))
                continue
            reason = engine.unavailable()
            if reason is not None:
                failures.append(Failure(engine=engine.name, reason=reason, asked=False))
                continue
            left_s = end - time.monotonic()
            if any(later.reach is Reach.EMBEDDED for later in order[position + 1 :]):
                left_s -= min(NET_RESERVE_S, NET_RESERVE_PART * deadline_s)
            try:
                name = voice_of(engine, voice)
                said = _in_its_spelling(phrases) if engine.spelling_only_vietnamese else phrases
                if self._on_try is not None:
                    self._on_try(engine, max(0.0, left_s))
                speech = engine.speak(said, voice=name, rate=rate, deadline_s=max(0.0, left_s))
            except SpeechError as error:
                reason_words = Words(error.line("vi"), error.line("en"))
                failures.append(Failure(engine=engine.name, reason=reason_words, asked=True))
            else:
                return Answer(speech, engine, name, tuple(failures))
        raise _none_spoke(failures)

    def _order(self, voice: str) -> tuple[Engine, ...]:
        wanted = voice.partition(":")[0] if ":" in voice else ""
        return tuple(sorted(self.engines, key=lambda engine: engine.name != wanted))


def _in_its_spelling(phrases: Sequence[Phrase]) -> list[Phrase]:
    return [replace(phrase, text=phrase.plain) if phrase.plain else phrase for phrase in phrases]


def voice_of(engine: Engine, voice: str) -> str:
    """The name within `engine` that serves the request `voice` (see `Chain.speak`).

    Raises SpeechError when the engine has no voice at all.
    """
    wanted_engine, colon, name = voice.partition(":")
    if not colon:
        name = wanted_engine
    elif wanted_engine != engine.name:
        name = ""
    if any(name == known.name for known in engine.voices()):
        return name
    return engine.voice_named("").name


def _none_spoke(failures: Sequence[Failure]) -> SpeechError:
    def listed(lang: str) -> str:
        return "; ".join(
            f"{failure.engine}: {failure.reason.text(lang).removeprefix(failure.engine + ': ')}" for failure in failures
        )

    return SpeechError(
        Words(f"không bộ đọc nào đọc được ({listed('vi')})", f"no engine could speak ({listed('en')})"),
        cure=Words(
            "Chạy «broadcaster voices» để xem từng bộ đọc; thêm espeak vào [voice] engines để luôn có giọng dự phòng",
            "Run 'broadcaster voices' to see every engine; add espeak to [voice] engines so that there is always one",
        ),
    )
