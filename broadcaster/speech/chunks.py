"""Cuts a phrase into pieces that a server or a model takes at once, at natural places."""

from __future__ import annotations

import re
from dataclasses import dataclass

SENTENCE_GAP_MS, CLAUSE_GAP_MS, COMMA_GAP_MS, WORD_GAP_MS = 350, 250, 180, 40
"""Silence where a piece ends, by the mark it ends with; between words only what keeps two syllables apart."""
_SHORTEST_PART = 0.35
"""A piece shorter than this part of the limit is made only where nothing else can be cut: it sounds chopped."""
_PLACES = (
    re.compile(r"(?<=[.!?…])\s+"),
    re.compile(r"(?<=[;:])\s+"),
    re.compile(r"(?<=,)\s+"),
    re.compile(r"\s+(?=(?:và|hoặc|nhưng|thì|mà|để|do|vì|bởi|khi|nếu|tại|trên|theo|của|với)\s)"),
    re.compile(r"\s+"),
)
"""Natural places to cut, best first: sentence, clause, comma, before a linking word, between words."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One piece of a phrase."""

    text: str
    gap_ms: int
    """Silence to its successor; 0 for the last piece of the phrase."""


def split(text: str, limit: int) -> list[Chunk]:
    """`text` in pieces of at most `limit` characters; no letter is lost. Blank text gives no piece."""
    pieces: list[str] = []
    rest = " ".join(text.split())
    while len(rest) > limit:
        place = _best_place(rest, limit)
        pieces.append(rest[:place].rstrip())
        rest = rest[place:].lstrip()
    if rest:
        pieces.append(rest)
    last = len(pieces) - 1
    return [Chunk(text=piece, gap_ms=_gap(piece) if i < last else 0) for i, piece in enumerate(pieces)]


def _best_place(text: str, limit: int) -> int:
    for shortest in (int(limit * _SHORTEST_PART), 1):
        for pattern in _PLACES:
            places = [match.start() for match in pattern.finditer(text, 0, limit + 2) if match.start() <= limit]
            if places and places[-1] >= shortest:
                return places[-1]
    return limit  # one word longer than the limit


def _gap(piece: str) -> int:
    gaps = {".": SENTENCE_GAP_MS, "!": SENTENCE_GAP_MS, "?": SENTENCE_GAP_MS, "…": SENTENCE_GAP_MS}
    gaps |= {";": CLAUSE_GAP_MS, ":": CLAUSE_GAP_MS, ",": COMMA_GAP_MS}
    return gaps.get(piece[-1], WORD_GAP_MS)
