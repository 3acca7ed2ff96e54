"""Scripts as written, and texts as they are spoken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from broadcaster.errors import Words
from broadcaster.model.keys import ScriptId
from broadcaster.model.ladder import Level


@dataclass(frozen=True, kw_only=True)
class Script:
    """One announcement text of scripts_vi/ (*kịch bản*), as written, placeholders not yet filled."""

    id: ScriptId
    title: str
    topic: str
    """Code of the plan's content it serves, e.g. `II.1.9`."""
    text: str
    path: Path
    text_line: int
    """Line in the file on which `text` begins, 1-based."""
    level: Level = Level.THONG_THUONG
    valid_from: date | None = None
    valid_to: date | None = None
    repeat: int = 1
    language: str = "vi"
    voice: str | None = None
    author: str = ""
    audio: tuple[Path, ...] = ()
    """Recordings that air instead of (no text) or after the text, in order."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the text room reads what several readings are right for."""

    document_numbers: str = "name"
    """`name`: "ủy ban nhân dân"; `spell`: letter by letter; `omit`: the type and number only."""
    thousand: str = "nghìn"
    """`nghìn` (northern) or `ngàn`."""
    zero_tens: str = "linh"
    """`linh` (northern) or `lẻ`."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What the engine is given at a time: a sentence or part of one, already in spoken words."""

    text: str
    """Vietnamese words, spaces and the pause marks `, . ? ! : ;` only."""
    pause_ms: int = 0
    """Silence after it, before the next phrase."""
    rate: float = 1.0
    """Speed relative to the station's (0.8 slower)."""
    plain: str = ""
    """`text` with foreign words in Vietnamese spelling, for voices that know no other; empty: nothing differs."""


@dataclass(frozen=True, kw_only=True)
class Unsure:
    """Something in a text that the reading rules could not settle. Reported, never guessed silently."""

    line: int
    """1-based line of the written text."""
    column: int
    """1-based column, in characters."""
    written: str
    """The piece in question."""
    read_as: str
    """What the voice will say if nobody changes it."""
    reason: Words
    """Why it is unsure, and what to do about it."""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A text as the voice will speak it."""

    phrases: tuple[Phrase, ...]
    unsure: tuple[Unsure, ...] = ()

    @property
    def text(self) -> str:
        """All words on one line."""
        return " ".join(p.text for p in self.phrases if p.text)
