"""Parses the marks a writer may put into a text: {nghỉ 2s} (pause), {lặp 2: …} (repeat), {chậm: …} (slower).

`parse` cuts a text into pieces of plain text and pauses, repetitions already unrolled. Marks may stand inside each
other; a mark that is not known or not closed is reported and its braces are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.text.pattern import Pattern

_OPEN = Pattern(
    r"\{\s*(?:(?P<pause>nghỉ|nghi)\s+(?P<amount>\d{1,3}(?:[.,]\d)?)\s*(?P<unit>s|giây|ms|phút)?\s*\}"
    r"|(?P<repeat>lặp|lap)(?:\s+(?P<times>\d{1,2}))?(?:\s+lần)?\s*:"
    r"|(?P<slow>chậm|cham)\s*:)",
    re.IGNORECASE,
)
_BRACE = Pattern(r"[{}]")
SLOW_RATE = 0.85
"""Speed inside {chậm: …}, relative to the station's."""
ROUND_PAUSE_MS = 600
"""Between the rounds of {lặp}: long enough to hear that it begins again."""
MAX_PAUSE_MS = 60_000
"""One minute: longer than any pause that somebody wants."""
MAX_REPEATS = 10
"""A higher number inside one text is taken for a typing mistake; a session can repeat the whole."""
_LONGEST_NAME = 80
"""A brace that is no mark is reported with its closing brace if that is within this many characters."""
MAX_DEPTH = 8
"""Levels of marks inside marks."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of text that is read at one speed, or a pause."""

    text: str
    offset: int
    """Where `text` begins in the whole text, in characters."""
    rate: float = 1.0
    pause_ms: int | None = None
    """Set for a pause; `text` is then empty."""
    first_time: bool = True
    """False for the second and later rounds of a repetition: doubts have been reported."""


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A brace that is no mark."""

    offset: int
    written: str


def parse(text: str) -> tuple[list[Piece], list[Slip]]:
    """The pieces of `text` in the order in which they are heard, and what looked like a mark but is none."""
    if "{" not in text and "}" not in text:
        return [Piece(text=text, offset=0)], []
    slips: list[Slip] = []
    pieces, end = _sequence(text, 0, 1.0, 0, 1, slips)
    while end < len(text):
        # A closing brace that nothing opened.
        slips.append(Slip(offset=end, written="}"))
        more, end = _sequence(text, end + 1, 1.0, 0, 1, slips)
        pieces += more
    return pieces, slips


def _sequence(text: str, start: int, rate: float, depth: int, heard: int, slips: list[Slip]) -> tuple[list[Piece], int]:
    """Pieces from `start` to the brace that closes this level (its position) or to the end of the text.

    `heard`: how often the marks around this level have it spoken.
    """
    pieces: list[Piece] = []
    begin = at = start
    while True:
        brace = _BRACE.search(text, at)
        stop = brace.start() if brace else len(text)
        opened = _OPEN.match(text, stop) if brace and brace[0] == "{" and depth < MAX_DEPTH else None
        if brace and brace[0] == "{" and opened is None:
            # Not one of the marks: it stays in the text, and the audit removes the braces.
            inner_end = text.find("}", stop, stop + _LONGEST_NAME)
            at = inner_end + 1 if inner_end >= 0 and "{" not in text[stop + 1 : inner_end] else stop + 1
            slips.append(Slip(offset=stop, written=text[stop:at]))
            continue
        if stop > begin:
            pieces.append(Piece(text=text[begin:stop], offset=begin, rate=rate))
        if opened is None:
            return pieces, stop
        at = opened.end()
        if opened["pause"]:
            pieces.append(Piece(text="", offset=stop, pause_ms=_pause_ms(opened["amount"], opened["unit"])))
        else:
            # Repetitions inside repetitions multiply: together they stay within the same bound.
            rounds = min(int(opened["times"] or 2), MAX_REPEATS // heard) if opened["repeat"] else 1
            rounds = max(1, rounds)
            slower = rate * SLOW_RATE if opened["slow"] else rate
            inner, at = _sequence(text, at, slower, depth + 1, heard * rounds, slips)
            pieces += inner
            for _ in range(rounds - 1):
                pieces.append(Piece(text="", offset=stop, pause_ms=ROUND_PAUSE_MS))
                pieces += _again(inner)
            if at >= len(text):
                slips.append(Slip(offset=stop, written=text[stop : opened.end()]))
                return pieces, at
            at += 1
        begin = at


def _again(pieces: list[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        yield Piece(text=piece.text, offset=piece.offset, rate=piece.rate, pause_ms=piece.pause_ms, first_time=False)


def _pause_ms(amount: str, unit: str | None) -> int:
    factor = {"ms": 1, "phút": 60_000}.get((unit or "s").lower(), 1000)
    return min(int(float(amount.replace(",", ".")) * factor), MAX_PAUSE_MS)
