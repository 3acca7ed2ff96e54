"""Engine names → classes, imported only when one is opened: numpy, requests or onnxruntime would cost every command."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from broadcaster.errors import NotFoundError, SettingsError, Words
from broadcaster.settings import STATION_FILE
from broadcaster.speech.engine import Engine
from broadcaster.tomlfile import Table, TomlFile

ENGINES: dict[str, str] = {
    "piper": "broadcaster.speech.piper:PiperEngine",
    "edge": "broadcaster.speech.edge:EdgeEngine",
    "gtts": "broadcaster.speech.gtts:GttsEngine",
    "command": "broadcaster.speech.command:CommandEngine",
    "espeak": "broadcaster.speech.espeak:EspeakEngine",
    "tone": "broadcaster.speech.tone:ToneEngine",
}
"""Name in station.toml → "module:Class". A class is made with `from_options(station, table)`."""


def open_engine(name: str, *, station: Path, options: Mapping[str, object] | None = None, threads: int = 1) -> Engine:
    """The engine called `name`, for the station in folder `station`, with its [engines.NAME] table as `options`.

    `threads`: cores it may use at once. No library is loaded and no network is touched. Raises NotFoundError for an
    unknown name and SettingsError (with the line of station.toml, and what is allowed) for a wrong option.
    """
    if name not in ENGINES:
        listed = ", ".join(ENGINES)
        raise NotFoundError(
            Words(f"không có bộ đọc «{name}»", f"there is no engine '{name}'"),
            cure=Words(f"Chọn trong: {listed}", f"Choose from: {listed}"),
        )
    module, _, class_name = ENGINES[name].partition(":")
    engine_class: type[Engine] = getattr(importlib.import_module(module), class_name)
    table = _options_table(name, station, options or {})
    engine = engine_class.from_options(station, table)
    table.done()
    engine.threads = threads
    return engine


def _options_table(name: str, station: Path, options: Mapping[str, object]) -> Table:
    """`options` as a table that knows the lines of station.toml, for the messages."""
    path = station / STATION_FILE
    has_lines = bool(options) and path.is_file()
    file = TomlFile.load(path, SettingsError) if has_lines else TomlFile("", path, SettingsError)
    return Table(file, dict(options), ("engines", name))
