"""Splits a text into paragraphs at blank lines, list items and headings; joins lines that an editor only wrapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.text.pattern import Pattern

_ITEM = Pattern(
    r"\s*(?:[-+*•●○▪■–—]\s|[-–•](?=\D)|\(?\d{1,2}(?:\.\d{1,2})*[.)/]\s|\(?[a-zđ][.)]\s|\(?[IVX]+[.)]\s|#{1,6}\s)"
)
_BULLET = Pattern(r"\s*[-+*•●○▪■–—]")
_ENDED = Pattern(r"[.?!:;…/]['\")”’]*\s*$")
_WRAP_FROM = 60
"""Characters. A shorter line that does not end a sentence is a heading or a line of its own, not a wrapped one."""


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph, list item or heading."""

    text: str
    offset: int
    """Where it begins in the text, in characters. Line breaks inside are spaces, so offsets within it hold."""
    is_item: bool = False
    """One of a list: its neighbours follow after a short pause. A numbered line without an end mark is a heading."""


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Paragraphs in order; empty lines are skipped."""
    start = end = offset = 0
    open_line = ""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        joins = bool(open_line) and bool(line.strip()) and _continues(open_line, line)
        if not joins and lines:
            yield _paragraph(lines, start)
            lines = []
        if line.strip():
            if not lines:
                start = offset
            lines.append(line)
        open_line = line
        end = offset + len(line)
        offset = end + 1


def _continues(line: str, following: str) -> bool:
    if _ENDED.search(line) or _ITEM.match(following):
        return False
    first = following.lstrip()[0]
    return first.islower() or len(line.strip()) >= _WRAP_FROM


def _paragraph(lines: list[str], offset: int) -> Paragraph:
    text = " ".join(lines)
    is_item = bool(_BULLET.match(text)) or (bool(_ITEM.match(text)) and text.rstrip().endswith((";", ",", ".")))
    return Paragraph(text=text, offset=offset, is_item=is_item)
