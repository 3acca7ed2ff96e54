"""Which engines may speak a request, in which voice. Constructing engines loads nothing: the station asks this too."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from broadcaster.errors import SpeechError, Words
from broadcaster.model import RenderRequest
from broadcaster.settings import Settings
from broadcaster.speech import ENGINES, Engine, Reach, open_engine
from broadcaster.speech.chain import voice_of


class Voices:
    """Of one station. Safe to use from several threads."""

    def __init__(self, settings: Settings, *, engines: Sequence[Engine] | None = None, threads: int = 1) -> None:
        """`engines`: instead of those that station.toml names; `threads`: cores that one of them may use at once.

        Raises SettingsError when station.toml has a wrong [engines.…] table.
        """
        self._settings = settings
        self._threads = threads
        self._lock = threading.Lock()
        self._on_demand: dict[str, Engine] = {}
        self._only_these = engines is not None
        self.engines = tuple(self._open(name) for name in settings.engines) if engines is None else tuple(engines)
        """The station's engines, best first."""

    def wanted(self, request: RenderRequest) -> str:
        """The voice of the request, as Chain.speak takes it."""
        return request.voice or self._settings.voice

    def candidates(self, request: RenderRequest) -> list[tuple[Engine, str]]:
        """(engine, its voice) for the request, best first; engines without any voice left out."""
        voice = self.wanted(request)
        wanted = voice.partition(":")[0] if ":" in voice else ""
        found = []
        for engine in sorted(self._with(wanted), key=lambda engine: engine.name != wanted):
            try:
                found.append((engine, voice_of(engine, voice)))
            except SpeechError:  # it has no voice (none is installed): not a candidate
                continue
        return found

    def engine(self, name: str) -> Engine:
        """An engine by name, also one that is not among the station's. Raises NotFoundError, SettingsError."""
        for engine in self.engines:
            if engine.name == name:
                return engine
        with self._lock:
            if name not in self._on_demand:
                self._on_demand[name] = self._open(name)
            return self._on_demand[name]

    def none_found(self) -> SpeechError:
        """What is to be said when there are no candidates."""
        listed = ", ".join(engine.name for engine in self.engines)
        return SpeechError(
            Words(f"không bộ đọc nào có giọng ({listed})", f"no engine has a voice ({listed})"),
            cure=Words("Chạy «broadcaster voices» để xem", "Run 'broadcaster voices'"),
        )

    def close(self) -> None:
        """Give back what the engines hold. They may be used again."""
        for engine in (*self.engines, *self._on_demand.values()):
            engine.close()

    def _with(self, wanted: str) -> tuple[Engine, ...]:
        """The station's engines, and the wanted one when it is not among them: somebody named its voice."""
        if self._only_these or wanted not in ENGINES or any(engine.name == wanted for engine in self.engines):
            return self.engines
        return (*self.engines, self.engine(wanted))

    def _open(self, name: str) -> Engine:
        options = self._settings.engine_options.get(name, {})
        return open_engine(name, station=self._settings.folder, options=options, threads=self._threads)


def may_speak_later(engine: Engine) -> bool:
    """Whether trying this engine again is worth it: it is there, or it waits for its line."""
    return engine.reach is Reach.NETWORK or engine.unavailable() is None
