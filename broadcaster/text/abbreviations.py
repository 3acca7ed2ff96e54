"""Pass: abbreviations and other words of the glossary become the words that are spoken.

An abbreviation that the text itself explains in brackets is known from there on, and is said once at that place.
"""

from __future__ import annotations

from collections.abc import Sequence

from broadcaster.errors import Words
from broadcaster.text.contexts import LOOK_BACK, NAME_AFTER
from broadcaster.text.explained import drop_explanations
from broadcaster.text.glossary import Entry
from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern
from broadcaster.text.syllables import is_syllable

_WORD = Pattern(r"[^\W\d_]+")
_WORD_BEFORE = Pattern(r"([^\s()\"']+)[\s(\"']*$")
_LONGEST_CODE = 2
"""Letters before a number that may be a code rather than an abbreviation: CT1 is a building, BĐ3 an alarm level."""


def read(text: str, job: Job) -> str:
    """Pass: what the glossary knows becomes words; an abbreviation explained in brackets is said once."""
    if "(" in text or "[" in text:
        text = drop_explanations(text, job, read)
    first_words, learned = job.glossary.first_words, job.learned
    words = set(_WORD.findall(text))
    # In this order the few words of the text are looked up; `words.isdisjoint(first_words)` would walk the whole table.
    if first_words.keys().isdisjoint(words) and learned.keys().isdisjoint(words):
        return text
    pieces: list[str] = []
    done = 0
    for match in _WORD.finditer(text):
        start = match.start()
        if start < done or (match[0] not in first_words and match[0] not in learned):
            continue
        if start and (text[start - 1].isdigit() or text[start - 1] == "'"):
            continue
        found = _at(text, start, match[0], job)
        if found is None:
            continue
        end, spoken = found
        pieces.append(text[done:start])
        pieces.append(spoken)
        if text[end : end + 1].isalnum():
            pieces.append(" ")
        done = end
    if not done:
        return text
    pieces.append(text[done:])
    return "".join(pieces)


def _at(text: str, start: int, word: str, job: Job) -> tuple[int, str] | None:
    """The reading that begins at `start`, as (end, words). Longest written form first, so a short one never cuts it."""
    end = start + len(word)
    if word in job.learned and not text[end : end + 1].isalnum():
        return end, job.learned[word]
    for written, entries in job.glossary.first_words.get(word, ()):
        end = start + len(written)
        if not _is_whole(text, start, end, written) or _is_capital_syllable(text, start, end, written):
            continue
        entry = _entry_that_fits(entries, text, start, end)
        if entry is None:
            continue
        if entry.unsure:
            others = " / ".join(dict.fromkeys(other.spoken for other in entries))
            job.doubt(
                written,
                entry.spoken,
                Words(f"«{written}» có nhiều cách đọc: {others}", f"'{written}' has several readings: {others}"),
            )
        return end, entry.spoken
    return None


def _entry_that_fits(entries: Sequence[Entry], text: str, start: int, end: int) -> Entry | None:
    """The first entry whose context fits; without one the unsure entry, but never for a code like CT1."""
    is_code = end - start <= _LONGEST_CODE and text[end : end + 1].isdigit()
    for entry in entries:
        if not entry.unsure and entry.fits(text, start, end) and (entry.takes_number or not is_code):
            return entry
    return None if is_code else next((entry for entry in entries if entry.unsure), None)


def _is_whole(text: str, start: int, end: int, written: str) -> bool:
    """Whether `written` stands at `start` and is not the beginning of a longer word."""
    return text.startswith(written, start) and not (written[-1].isalpha() and text[end : end + 1].isalpha())


def _is_capital_syllable(text: str, start: int, end: int, written: str) -> bool:
    """TU in "TU SỬA CẦU": a whole line in capitals holds words that look like abbreviations."""
    if not written.isalpha() or not written.isupper() or not is_syllable(written.lower()):
        return False
    for neighbour in (NAME_AFTER.match(text, end), _WORD_BEFORE.search(text, max(0, start - LOOK_BACK), start)):
        word = neighbour[0].strip(" \"'(),.;:-") if neighbour else ""
        if len(word) > 1 and word.isupper() and is_syllable(word.lower()):
            return True
    return False
