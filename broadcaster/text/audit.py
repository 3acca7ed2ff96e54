"""The last pass: what leaves it is a Vietnamese word or a pause mark, and whatever it had to guess is reported.

Words are Vietnamese by the structure of the syllable, or known from the foreign table; acronyms are spelt; a sign is
read if people read it, left out if it only decorates, and reported otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from broadcaster.errors import Words
from broadcaster.text import letters
from broadcaster.text.acronyms import spelled
from broadcaster.text.job import LEFT_OUT, Job
from broadcaster.text.pattern import Pattern
from broadcaster.text.syllables import is_syllable

_MARKED = "ăâêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
_SAID = {
    "%": "phần trăm", "‰": "phần nghìn", "&": "và", "@": "a còng", "+": "cộng", "=": "bằng", "<": "nhỏ hơn",
    ">": "lớn hơn", "≥": "lớn hơn hoặc bằng",
    "≤": "nhỏ hơn hoặc bằng", "±": "cộng trừ", "≈": "xấp xỉ", "°": "độ", "§": "mục", "$": "đô la", "€": "ơ rô",
    "£": "bảng anh", "¥": "yên", "µ": "mi crô",
    "∞": "vô cùng", "√": "căn", "π": "pi", "Ω": "ôm", "α": "an pha", "β": "bê ta", "γ": "gam ma",
}  # fmt: skip
_SILENT = frozenset("\"'()[]{}|\\/*_~#^-–•●○◦▪▫■□◆◇➢➤►▶✓✔❖⁃※★☆→⇒←↑↓®©™`·,.?!:;")
_MARK = frozenset(",.?!:;()|-")
_TOKEN = Pattern(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|[\d_]")
_SAYABLE_NAME = Pattern(r"(?=.{5})(?:[bcdfghjklmnpqrstvwxyz]{0,2}[aeiouy]{1,3}){2,}[cghkmnprstx]{0,2}")
"""MATMO, BUALOI: a name in capitals rather than an abbreviation, which has no such run of syllables."""
_VOWEL = Pattern(rf"[aeiouy{_MARKED}]")
_ARROW = Pattern(r"\s*(?:=>|->|→|⇒|-->|==>|»)\s*")
_ANGLED = Pattern(r"<([^\W\d_][^<>]{0,80}(?<=\w))>")
"""Something to be filled in or a label between angle brackets, "<mã thẻ>"."""
_SPACED_SLASH = Pattern(r"(?<=[^\W\d_])/(?=[^\W\d_])")


def read(text: str, job: Job) -> str:
    """Pass: every token is read, left out or reported."""
    if ">" in text or "→" in text or "⇒" in text:
        text = _ARROW.sub(", ", text)
    if "<" in text:
        text = _ANGLED.sub(r", \1, ", text)
    if "/" in text:
        text = _SPACED_SLASH.sub(" ", text)
    in_capitals = text.isupper()
    return " ".join([_plain(token) or _token(token, job, in_capitals) for token in text.split()])


@lru_cache(maxsize=50_000)
def _plain(token: str) -> str:
    """A Vietnamese word with or without marks around it, in lower case; "" if it is anything else."""
    core = token.strip(",.;:!?()")
    if core.isalpha() and (len(core) == 1 or not core.isupper()) and is_syllable(core.lower()):
        return token.lower()
    return ""


def _token(token: str, job: Job, in_capitals: bool) -> str:
    whole = job.glossary.foreign.get(token.lower().strip(",.;:!?()\"'"))
    if whole and not token.isalpha():
        core = token.strip(",.;:!?()\"'")
        return token.lower().replace(core.lower(), whole[0], 1)
    pieces: list[str] = []
    for match in _TOKEN.finditer(token):
        piece = match[0]
        if piece[0].isalpha():
            pieces.append(_word(piece, job, in_capitals))
        elif piece in _SAID:
            pieces.append(f" {_SAID[piece]} ")
        elif piece in _SILENT:
            pieces.append(piece if piece in _MARK else " ")
        else:
            pieces.append(_strange(piece, job))
    return "".join(pieces)


@dataclass(frozen=True, kw_only=True)
class _Word:
    """One word that the audit reads."""

    written: str
    low: str
    """In lower case."""
    capitals: int
    """How many of its letters are capitals."""
    in_capitals: bool
    """The whole text is in capitals, so that capitals mean nothing."""

    @property
    def is_capital(self) -> bool:
        return self.capitals == len(self.written)


def _word(written: str, job: Job, in_capitals: bool) -> str:
    """A run of letters as it is spoken: the answer of the first step that has one."""
    capitals = sum(char.isupper() for char in written)
    word = _Word(written=written, low=written.lower(), capitals=capitals, in_capitals=in_capitals)
    for step in _STEPS:
        spoken = step(word, job)
        if spoken is not None:
            return spoken
    return _foreign(word, job)


def _single_letter(word: _Word, job: Job) -> str | None:
    """1. One letter: its name."""
    if len(word.written) > 1:
        return None
    if word.low in letters.NAMES:
        return f" {letters.NAMES[word.low]} "
    return word.low if is_syllable(word.low) else _strange(word.written, job)


def _vietnamese_syllable(word: _Word, job: Job) -> str | None:
    """2. A Vietnamese syllable: itself. "AI", "BOT" in capitals: acronyms, unless the whole text is."""
    if not is_syllable(word.low):
        return None
    foreign = job.glossary.foreign
    if word.written.isupper() and not word.in_capitals and word.low in foreign and word.written.isascii():
        return foreign[word.low][0]
    return word.low


def _known_foreign_word(word: _Word, job: Job) -> str | None:
    """3. A word of the table of foreign words."""
    reading = job.glossary.foreign.get(word.low)
    return reading[0] if reading else None


def _unit(word: _Word, job: Job) -> str | None:
    """4. The symbol of a unit that stands without a number."""
    return job.glossary.units.get(word.written)


def _known_abbreviation(word: _Word, job: Job) -> str | None:
    """5. An abbreviation that the text explained or the glossary has; reported if it has other readings elsewhere."""
    known = job.learned.get(word.written) or job.glossary.plain_reading(word.written.upper())
    if not known or not (len(word.written) >= 3 or word.is_capital):
        return None
    if word.is_capital and word.written in job.glossary.first_words:
        job.doubt(
            word.written,
            known,
            Words(
                f"«{word.written}» đọc khác nhau tùy chỗ, ở đây chưa rõ",
                f"'{word.written}' has other readings elsewhere",
            ),
        )
    return known


def _name_in_capitals(word: _Word, job: Job) -> str | None:
    """6. A foreign name in capitals that can be pronounced."""
    return _foreign(word, job) if word.is_capital and _SAYABLE_NAME.fullmatch(word.low) else None


def _acronym(word: _Word, job: Job) -> str | None:
    """7. Spelt letter by letter: capitals, an abbreviation in lower case, or letters without a vowel."""
    length = len(word.written)
    by_capitals = word.is_capital or (word.capitals and length <= 3) or (word.capitals >= 2 and length <= 5)
    if by_capitals or word.low in job.glossary.first_words or not _VOWEL.search(word.low):
        return spelled(word.written, job)
    return None


def _joined_syllables(word: _Word, job: Job) -> str | None:
    """8. Several Vietnamese syllables written together."""
    return _syllables(word.low) or None


_STEPS: tuple[Callable[[_Word, Job], str | None], ...] = (
    _single_letter,
    _vietnamese_syllable,
    _known_foreign_word,
    _unit,
    _known_abbreviation,
    _name_in_capitals,
    _acronym,
    _joined_syllables,
)
"""In this order: each step may assume that the ones before it had no answer. After the last the word is foreign."""


def _syllables(word: str) -> str:
    """ "kilôgam" written together: syllables, at least the last with diacritics; "" if it does not divide."""
    if word.isascii() or len(word) > 24:
        return ""
    for size in range(min(7, len(word) - 1), 1, -1):
        if is_syllable(word[:size]):
            rest = word[size:]
            if is_syllable(rest) and len(rest) > 1:
                return f"{word[:size]} {rest}"
            tail = _syllables(rest) if not rest.isascii() else ""
            if tail:
                return f"{word[:size]} {tail}"
    return ""


def _foreign(word: _Word, job: Job) -> str:
    """Neither Vietnamese nor known: said as it is written, foreign marks dropped, and reported."""
    written, low = word.written, word.low
    plain = "".join([char if char in letters.NAMES or char in _VIETNAMESE else _base(char) for char in low])
    if not plain:
        job.doubt(written, LEFT_OUT.vi, Words(f"«{written}» không đọc được", f"'{written}' cannot be read"))
        return " "
    said = plain
    if plain != low:
        before = len(job.doubts)
        said = _word(plain, job, in_capitals=False)
        del job.doubts[before:]  # this word is reported once, as it is written
    job.doubt(
        written,
        said.strip(),
        Words(
            f"«{written}» không phải tiếng Việt và chưa có trong từ điển",
            f"'{written}' is neither Vietnamese nor in the glossary",
        ),
    )
    return said


def _base(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base if base in letters.NAMES else ""


_VIETNAMESE = frozenset(_MARKED)


def _strange(piece: str, job: Job) -> str:
    """A sign without a reading. Emoji are left out without a report; anything else is reported."""
    if unicodedata.category(piece) in {"So", "Sk", "Mn", "Me", "Cf", "Cc", "Cs"} or "\u2500" <= piece <= "\u27bf":
        return " "
    name = letters.NAMES.get(piece.lower())
    if name:
        return f" {name} "
    job.doubt(piece, LEFT_OUT.vi, Words(f"ký hiệu «{piece}» chưa có cách đọc", f"the sign '{piece}' has no reading"))
    return " "
