"""How a text will be read, and what is unsure in it, with line, column and the way to make it sure."""

from __future__ import annotations

from pathlib import Path

from broadcaster.errors import NotFoundError, Words
from broadcaster.model import Reading, Spoken, Unsure
from broadcaster.settings import STATION_FILE, Settings, find_station, load_settings


def words_of(text: str, settings: Settings) -> Spoken:
    """The text as this station's voice will speak it."""
    from broadcaster.text import load_glossary, read_aloud

    return read_aloud(text, reading=settings.reading, glossary=load_glossary(settings.glossary_path))


def unsure_words(unsure: Unsure, where: str = "", *, first_line: int = 1) -> Words:
    """`where:line:column: «written» read as «…»: why`. `first_line`: line of the file on which the text begins."""
    from broadcaster.text import NOT_SAID

    said = NOT_SAID.get(unsure.read_as, Words(unsure.read_as, unsure.read_as))
    place = f"{where + ':' if where else ''}{unsure.line + first_line - 1}:{unsure.column}"
    return Words(
        f"{place}: «{unsure.written}» đọc là «{said.vi}»: {unsure.reason.vi}",
        f"{place}: '{unsure.written}' is read as '{said.en}': {unsure.reason.en}",
    )


def reading_here(folder: Path | None) -> tuple[Reading, Path | None]:
    """(way of reading, glossary) of the station in `folder`; None: of the nearest station upward, if there is one.

    Raises NotFoundError for a folder that is none, SettingsError for a wrong station.toml.
    """
    if folder is None:
        try:
            folder = find_station(Path.cwd())
        except NotFoundError:
            return Reading(), None
    elif not (folder / STATION_FILE).is_file():
        raise NotFoundError(Words("thư mục này không có station.toml", "no station.toml here"), where=str(folder))
    settings = load_settings(folder)
    return settings.reading, settings.glossary_path
