"""Engines and voices: who can speak now, why one cannot, trying them all, installing another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.errors import BroadcasterError, Words
from broadcaster.settings import Settings

if TYPE_CHECKING:
    from broadcaster.clock import Clock
    from broadcaster.model import Phrase
    from broadcaster.speech import Engine, Reach, Voice
    from broadcaster.studio import Studio

VOICES_FOLDER = "voices"
"""Where the piper engine looks, below the station's folder."""
TRY_DEADLINE_S = 60.0
"""One sentence through a slow line; whoever needs longer is of no use."""
TESTS_ONLY = "tone"
"""An engine of tones, for tests and rehearsals; listed only where station.toml names it."""


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """One engine of the station's order."""

    name: str
    why: Words | None
    """Why it cannot speak now; None: it can."""

    @property
    def available(self) -> bool:
        """Whether it can speak now."""
        return self.why is None


@dataclass(frozen=True, kw_only=True)
class KnownEngine(EngineState):
    """One engine of the program."""

    in_use: bool
    """Whether station.toml names it."""
    reach: Reach
    voices: tuple[Voice, ...]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One voice and the sentence."""

    engine: str
    voice: str
    file: Path | None = None
    """None: it could not speak."""
    length_s: float = 0.0
    took_s: float = 0.0
    loudness_lufs: float | None = None
    problem: Words | None = None

    @property
    def rtf(self) -> float | None:
        """Seconds of work for one second of sound."""
        return self.took_s / self.length_s if self.length_s else None


def engines(settings: Settings) -> tuple[EngineState, ...]:
    """The station's engines in its order."""
    from broadcaster.speech import open_engine

    found = []
    for name in settings.engines:
        engine = open_engine(name, station=settings.folder, options=settings.engine_options.get(name))
        found.append(EngineState(name=name, why=engine.unavailable()))
    return tuple(found)


def known_engines(settings: Settings) -> list[KnownEngine]:
    """Every engine, the station's own first and in its order."""
    return [
        KnownEngine(
            name=engine.name,
            why=engine.unavailable(),
            in_use=in_use,
            reach=engine.reach,
            voices=tuple(engine.voices()),
        )
        for engine, in_use in _opened(settings)
    ]


def _opened(settings: Settings) -> Iterator[tuple[Engine, bool]]:
    """(engine, whether station.toml names it)."""
    from broadcaster.speech import ENGINES, open_engine

    for name in (*settings.engines, *(name for name in ENGINES if name not in (*settings.engines, TESTS_ONLY))):
        options = settings.engine_options.get(name)
        if name == "command" and options is None and name not in settings.engines:
            continue  # there is no program to speak of
        yield open_engine(name, station=settings.folder, options=options), name in settings.engines


def install(
    settings: Settings,
    name: str,
    *,
    source: Path | None,
    base_url: str,
    progress: Callable[[str, int, int], None],
) -> Path:
    """Bring one voice into the station. `progress(file, bytes, of bytes)`. Raises SpeechError or NotFoundError."""
    from broadcaster.speech.installation import install_voice

    return install_voice(name, settings.folder / VOICES_FOLDER, source=source, base_url=base_url, progress=progress)


def try_all(settings: Settings, clock: Clock, phrases: Sequence[Phrase], folder: Path) -> Iterator[Trial]:
    """Speak the phrases with every usable voice, one wav file each in `folder`. Engines are loaded in rendering
    processes: one that hangs costs its own voices only."""
    from broadcaster.studio import Studio

    folder.mkdir(parents=True, exist_ok=True)
    studio = Studio(settings, clock)
    try:
        for engine, _ in _opened(settings):
            yield from _trials(studio, engine, phrases, folder)
    finally:
        studio.close()


def _trials(studio: Studio, engine: Engine, phrases: Sequence[Phrase], folder: Path) -> Iterator[Trial]:
    why = engine.unavailable()
    if why is not None:
        yield Trial(engine=engine.name, voice="–", problem=why)
        return
    for voice in engine.voices():
        yield _trial(studio, voice, phrases, folder)


def _trial(studio: Studio, voice: Voice, phrases: Sequence[Phrase], folder: Path) -> Trial:
    file = folder / f"{voice.engine}-{voice.name}.wav"
    try:
        sample = studio.sample(voice.engine, voice.name, phrases, file, deadline_s=TRY_DEADLINE_S)
    except BroadcasterError as problem:
        return Trial(engine=voice.engine, voice=voice.name, problem=problem.words())
    return Trial(
        engine=voice.engine,
        voice=voice.name,
        file=file,
        length_s=sample.length_s,
        took_s=sample.took_s,
        loudness_lufs=sample.loudness_lufs,
    )
