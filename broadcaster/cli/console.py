"""Prints for people: words in their language, tables, progress. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

import click

from broadcaster.errors import Words

LANGUAGES = ("vi", "en")
LANGUAGE_VARIABLE = "BROADCASTER_LANG"
_COLUMN_GAP = "  "
_BAR_CELLS = 24
_language = "vi"


def language_of(arguments: Sequence[str]) -> str:
    """The language that a command line asks for; read before everything else, so that mistakes are told in it too."""
    chosen = os.environ.get(LANGUAGE_VARIABLE, "")
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith("--lang="):
            chosen = argument.removeprefix("--lang=")
        elif argument == "--lang" and position + 1 < len(arguments):
            chosen = arguments[position + 1]
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def use_language(language: str) -> None:
    """Use this language from now on."""
    global _language  # noqa: PLW0603  (one process talks to one person)
    _language = language


def language() -> str:
    """`vi` or `en`."""
    return _language


def told(words: Words | str) -> str:
    """The text in the language of this process."""
    return words if isinstance(words, str) else words.text(_language)


def print_line(words: Words | str = "") -> None:
    """A line of the result, at once even through a pipe."""
    click.echo(told(words))


def notice(words: Words | str) -> None:
    """A line about the work, not of the result."""
    click.echo(told(words), err=True)


def agreed(question: Words) -> bool:
    """Ask a person yes or no. Without a terminal the answer is yes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    click.echo(told(question), err=True, nl=False)
    return sys.stdin.readline().strip().lower() in ("c", "có", "co", "y", "yes")


def print_json(document: Any, *, line: bool = False) -> None:
    """The one JSON document of a `--json` run, or with `line` one of its lines."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=None if line else 2))


def width(text: str) -> int:
    """Cells that `text` takes on a terminal: Vietnamese letters take one, combining marks none, East Asian ones two."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def table(rows: Iterable[Sequence[str]], *, heads: Sequence[Words | str] = (), right: Sequence[int] = ()) -> list[str]:
    """Aligned lines; columns numbered in `right` are set right. The last column is never padded."""
    lines = [[told(head) for head in heads]] if heads else []
    lines += [[" ".join(str(cell).split()) for cell in row] for row in rows]
    if not lines:
        return []
    widths = [max(width(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [_aligned(line, widths, right) for line in lines]


def _aligned(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    padded = []
    for column, cell in enumerate(cells):
        space = " " * (widths[column] - width(cell))
        padded.append(space + cell if column in right else cell + space)
    return _COLUMN_GAP.join(padded).rstrip()


def print_table(rows: Iterable[Sequence[str]], *, heads: Sequence[Words | str] = (), right: Sequence[int] = ()) -> None:
    """`table`, printed."""
    for line in table(rows, heads=heads, right=right):
        click.echo(line)


class Progress:
    """One line on stderr that is written over; nothing at all when stderr is no terminal. Use with `with`."""

    def __init__(self, total: float = 0) -> None:
        """`total` units of work; 0 shows no bar, only words."""
        self.total = total
        self._shown = sys.stderr.isatty()

    def show(self, done: float, words: Words | str = "", *, total: float | None = None) -> None:
        """`done` of `total` (None: as before) are finished; `words` about what is under way."""
        if not self._shown:
            return
        if total is not None:
            self.total = total
        text = told(words)
        if self.total:
            cells = round(_BAR_CELLS * min(1.0, done / self.total))
            text = f"[{'█' * cells}{'·' * (_BAR_CELLS - cells)}] {text}"
        click.echo("\r\x1b[K" + _clipped(text, _columns() - 1), err=True, nl=False)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


def _clipped(text: str, cells: int) -> str:
    while width(text) > cells:
        text = text[:-1]
    return text
