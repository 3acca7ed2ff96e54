"""Splits spoken text into phrases: one sentence each, long ones cut at natural places, each with its pause."""

from __future__ import annotations

from broadcaster.model import Phrase
from broadcaster.text.pattern import Pattern

MAX_CHARACTERS = 160
"""Characters, about ten seconds of speech: longer phrases sound worse, and online voices limit a request."""
_SHORTEST_CUT = 40
"""Characters. A shorter first piece would sound like an interruption."""
_CLAUSE_PAUSE_MS = 180
"""Where a long sentence is cut at ; or : the voice has paused by itself a little."""
_COMMA_PAUSE_MS = 60
_SENTENCE = Pattern(r"(?<=[.?!])\s+")
_NUMBER_WORDS = (
    "một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|mười|mươi|trăm|nghìn|ngàn|triệu|tỷ|linh|lẻ|phẩy|không|phần"
)
"""Never cut before these words: a number stays together."""
_CUTS = (
    (Pattern(r"[;:](?=\s)"), _CLAUSE_PAUSE_MS),
    (Pattern(r",(?=\s)"), _COMMA_PAUSE_MS),
    (Pattern(r"(?=\s(?:và|hoặc|nhưng|để|khi|nếu|thì|vì|do|nhằm|theo|tại|trong|từ|với|của|đến|cho|về|ngày)\s)"), 0),
    (Pattern(rf"(?=\s(?!(?:{_NUMBER_WORDS})\b))"), 0),
    (Pattern(r"(?=\s)"), 0),
)


def split(text: str, *, rate: float, sentence_pause_ms: int, last_pause_ms: int) -> list[Phrase]:
    """Phrases of one paragraph. `last_pause_ms` follows its last sentence."""
    phrases: list[Phrase] = []
    for sentence in _SENTENCE.split(text):
        if any(char.isalpha() for char in sentence):
            parts = _parts(sentence.strip())
            phrases += [Phrase(text=part, pause_ms=pause_ms, rate=rate) for part, pause_ms in parts[:-1]]
            phrases.append(Phrase(text=parts[-1][0], pause_ms=sentence_pause_ms, rate=rate))
    if phrases:
        phrases[-1] = Phrase(text=phrases[-1].text, pause_ms=last_pause_ms, rate=rate)
    return phrases


def _parts(sentence: str) -> list[tuple[str, int]]:
    parts: list[tuple[str, int]] = []
    while len(sentence) > MAX_CHARACTERS:
        at, pause_ms = _cut(sentence)
        parts.append((sentence[:at].strip(), pause_ms))
        sentence = sentence[at:].strip()
    parts.append((sentence, 0))
    return [part for part in parts if part[0]] or [("", 0)]


def _cut(sentence: str) -> tuple[int, int]:
    """The last natural place within the limit that does not leave a very short rest."""
    limit = min(MAX_CHARACTERS, max(_SHORTEST_CUT + 1, len(sentence) - _SHORTEST_CUT))
    for pattern, pause_ms in _CUTS:
        places = [match.end() for match in pattern.finditer(sentence, _SHORTEST_CUT, limit)]
        if places:
            return places[-1], pause_ms
    return MAX_CHARACTERS, 0
