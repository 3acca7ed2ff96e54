"""The order of the passes, and the room's two functions: `read_aloud` for a text, `spoken_line` for one line.

The order keeps a pass from misreading what belongs to another: addresses and codes go before the glossary (their
letters are not abbreviations), the glossary before Roman numerals, dates before times, times before fractions and
spans, everything with a meaning of its own before plain numbers; the audit sees what is left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace

from broadcaster.errors import Words
from broadcaster.model import Phrase, Reading, Spoken, Unsure
from broadcaster.text import (
    abbreviations,
    audit,
    codes,
    counting,
    dates,
    documents,
    layout,
    money,
    phones,
    ratios,
    roman,
    times,
    unicode,
    units,
    web,
    weekdays,
)
from broadcaster.text.glossary import Glossary, load_glossary
from broadcaster.text.job import BRACE_LEFT_OUT, Doubt, Job
from broadcaster.text.marks import parse
from broadcaster.text.paragraphs import paragraphs
from broadcaster.text.pattern import Pattern
from broadcaster.text.phrases import split
from broadcaster.text.respelling import respelled

_PASSES: tuple[tuple[Callable[[str, Job], str], bool], ...] = (
    (web.read, False),
    (documents.read, False),
    (units.capitals, True),
    (codes.read, True),
    (phones.read, True),
    (abbreviations.read, False),
    (roman.read, False),
    (dates.read, True),
    (weekdays.read, True),
    (times.read, True),
    (ratios.read, True),
    (money.read, True),
    (units.read, True),
    (units.per, False),
    (counting.read, True),
    (audit.read, False),
)
"""Pass and whether it has nothing to do in a text without digits."""
_DIGIT = Pattern(r"\d")
MAX_STRETCH = 1000
"""Characters read at a time. Longer than any sentence of an office, and it keeps the time linear in the length of a
line: a pattern that looks back and forth within a stretch cannot do so over 100 kB."""
_DEFAULT = Reading()


def spoken_line(
    written: str, *, reading: Reading = _DEFAULT, glossary: Glossary | None = None
) -> tuple[str, tuple[Unsure, ...]]:
    """One line as written → its words on one line, and what no rule decides. Never raises.

    `glossary` None means the packaged one. A text with line breaks is read line by line and joined.
    """
    job = Job(reading=reading, glossary=glossary or load_glossary())
    pieces, slips = parse(written)
    said = [". ".join([_words(line, job) for line in piece.text.split("\n") if line.strip()]) for piece in pieces]
    text = layout.tidy(" ".join(said))
    doubts = job.doubts + [_slip(slip.written) for slip in slips]
    return text, _located(written, [(0, doubts)])


def read_aloud(
    written: str,
    *,
    reading: Reading = _DEFAULT,
    glossary: Glossary | None = None,
    sentence_pause_ms: int = 350,
    paragraph_pause_ms: int = 800,
) -> Spoken:
    """A whole text as written → the phrases the voice will speak, and what no rule decides. Never raises.

    Lines that an editor wrapped are joined again; headings, list items and paragraphs are told apart by their shape.
    {nghỉ 2s}, {lặp 2: …} and {chậm: …} are obeyed. Pauses are milliseconds of silence after a phrase.
    """
    job = Job(reading=reading, glossary=glossary or load_glossary())
    pieces, slips = parse(written)
    phrases: list[Phrase] = []
    doubts: list[tuple[int, list[Doubt]]] = [(slip.offset, [_slip(slip.written)]) for slip in slips]
    for at, piece in enumerate(pieces):
        if piece.pause_ms is not None:
            _add_pause(phrases, piece.pause_ms)
            continue
        flows_on = at + 1 < len(pieces) and not piece.text.endswith("\n") and not pieces[at + 1].text.startswith("\n")
        own = list(paragraphs(piece.text))
        for paragraph in own:
            job.doubts = []
            words = _words(paragraph.text, job)
            last_pause_ms = sentence_pause_ms if paragraph.is_item else paragraph_pause_ms
            if flows_on and paragraph is own[-1]:
                # A mark began or ended within a line: the sentence goes on.
                last_pause_ms = sentence_pause_ms if words.endswith((".", "?", "!")) else 0
            phrases += split(words, rate=piece.rate, sentence_pause_ms=sentence_pause_ms, last_pause_ms=last_pause_ms)
            if not words and phrases and paragraph.text.strip().startswith((".", "!", "?")):
                _add_pause(phrases, sentence_pause_ms)
            if piece.first_time:
                doubts.append((piece.offset + paragraph.offset, job.doubts))
    heard = (
        replace(phrase, plain=plain) if (plain := respelled(phrase.text, job.glossary)) else phrase
        for phrase in phrases
    )
    return Spoken(phrases=tuple(heard), unsure=_located(written, doubts))


def _words(line: str, job: Job) -> str:
    text = layout.lead(unicode.clean(line), job)
    if len(text) <= MAX_STRETCH:
        return layout.tidy(_read(text, job))
    return layout.tidy(" ".join([_read(stretch, job) for stretch in _stretches(text)]))


def _read(text: str, job: Job) -> str:
    for read, needs_digit in _PASSES:
        if not needs_digit or _DIGIT.search(text):
            text = read(text, job)
    return text


def _stretches(text: str) -> Iterator[str]:
    """A line of any length in bounded stretches: after a sentence if there is one, else at a space, else anywhere."""
    start = 0
    while len(text) - start > MAX_STRETCH:
        window = text[start : start + MAX_STRETCH]
        end = window.rfind(". ") + 1 or window.rfind("; ") + 1 or window.rfind(" ") + 1 or MAX_STRETCH
        yield window[:end]
        start += end
    yield text[start:]


def _add_pause(phrases: list[Phrase], pause_ms: int) -> None:
    """{nghỉ 2s} replaces the silence that would have followed anyway if it is longer."""
    if phrases:
        last = phrases[-1]
        phrases[-1] = Phrase(text=last.text, pause_ms=max(last.pause_ms, pause_ms), rate=last.rate)
    else:
        phrases.append(Phrase(text="", pause_ms=pause_ms))


def _slip(written: str) -> Doubt:
    return Doubt(
        written=written,
        read_as=BRACE_LEFT_OUT.vi,
        reason=Words(
            f"«{written}» không phải lệnh của loa. Dùng được: {{nghỉ 2s}}, {{lặp 2: …}}, {{chậm: …}}",
            f"'{written}' is no mark of the voice. Known: {{nghỉ 2s}}, {{lặp 2: …}}, {{chậm: …}}",
        ),
    )


def _located(written: str, doubts: list[tuple[int, list[Doubt]]]) -> tuple[Unsure, ...]:
    """Line and column of each doubt: its first occurrence from where its paragraph begins. One report per piece."""
    found: list[Unsure] = []
    seen: set[tuple[str, Words]] = set()
    breaks = _LineBreaks(written)
    for offset, own in doubts:
        cursor = offset
        for doubt in own:
            if (doubt.written, doubt.reason) in seen:
                continue
            seen.add((doubt.written, doubt.reason))
            at = written.find(doubt.written, cursor)
            if at < 0:
                at = written.find(doubt.written, offset)
            if at < 0:
                at = offset
            else:
                cursor = at
            line, column = breaks.place(at)
            found.append(
                Unsure(line=line, column=column, written=doubt.written, read_as=doubt.read_as, reason=doubt.reason)
            )
    return tuple(sorted(found, key=lambda unsure: (unsure.line, unsure.column)))


class _LineBreaks:
    """Offsets to (line, column), both from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
