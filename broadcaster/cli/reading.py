"""Tells how a text will be read, and what is unsure in it, with line, column and cure."""

from __future__ import annotations

from collections.abc import Iterable

from broadcaster.cli import console
from broadcaster.errors import Words
from broadcaster.model import Spoken, Unsure
from broadcaster.settings import Settings


def words_of(text: str, settings: Settings) -> Spoken:
    """The text as this station's voice will speak it."""
    from broadcaster.text import load_glossary, read_aloud

    return read_aloud(text, reading=settings.reading, glossary=load_glossary(settings.glossary_path))


def unsure_line(unsure: Unsure, where: str = "", *, first_line: int = 1) -> str:
    """`where:line:column: «written» → read as; why`. `first_line`: line of the file on which the text begins."""
    from broadcaster.text import NOT_SAID

    place = f"{unsure.line + first_line - 1}:{unsure.column}"
    read_as = console.told(Words("đọc là", "read as"))
    said = console.told(NOT_SAID.get(unsure.read_as, unsure.read_as))
    reason = console.told(unsure.reason)
    return f"{where + ':' if where else ''}{place}: «{unsure.written}» {read_as} «{said}»: {reason}"


def warn_unsure(unsure: Iterable[Unsure], where: str = "", *, first_line: int = 1) -> None:
    """Each on a line of stderr."""
    for one in unsure:
        console.notice(
            console.told(Words("chưa chắc cách đọc ", "unsure ")) + unsure_line(one, where, first_line=first_line)
        )
