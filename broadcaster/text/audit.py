"""The gate before the voice: nothing passes that is not a Vietnamese word, a pause mark, or reported.

Words are Vietnamese by the structure of the syllable, or known from the foreign table; acronyms are spelt; a sign is
said if people say it, silent if it only decorates, and reported otherwise.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from broadcaster.text import letters
from broadcaster.text.acronyms import spelled
from broadcaster.text.job import Job
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
    """Pass: every token said, silenced or reported."""
    if ">" in text or "→" in text or "⇒" in text:
        text = _ARROW.sub(", ", text)
    if "<" in text:
        text = _ANGLED.sub(r", \1, ", text)
    if "/" in text:
        text = _SPACED_SLASH.sub(" ", text)
    shouting = text.isupper()
    return " ".join([_plain(token) or _token(token, job, shouting) for token in text.split()])


@lru_cache(maxsize=50_000)
def _plain(token: str) -> str:
    """A Vietnamese word with or without marks around it, lower case; "" if it needs a closer look."""
    core = token.strip(",.;:!?()")
    if core.isalpha() and (len(core) == 1 or not core.isupper()) and is_syllable(core.lower()):
        return token.lower()
    return ""


def _token(token: str, job: Job, shouting: bool) -> str:
    whole = job.glossary.foreign.get(token.lower().strip(",.;:!?()\"'"))
    if whole and not token.isalpha():
        core = token.strip(",.;:!?()\"'")
        return token.lower().replace(core.lower(), whole[0], 1)
    pieces: list[str] = []
    for match in _TOKEN.finditer(token):
        piece = match[0]
        if piece[0].isalpha():
            pieces.append(_word(piece, job, shouting))
        elif piece in _SAID:
            pieces.append(f" {_SAID[piece]} ")
        elif piece in _SILENT:
            pieces.append(piece if piece in _MARK else " ")
        else:
            pieces.append(_strange(piece, job))
    return "".join(pieces)


def _word(word: str, job: Job, shouting: bool) -> str:
    low = word.lower()
    if len(word) == 1:
        if low in letters.NAMES:
            return f" {letters.NAMES[low]} "
        return low if is_syllable(low) else _strange(word, job)
    glossary = job.glossary
    if is_syllable(low):
        # "AI", "BOT" in capitals are acronyms, but not in a line that is all capitals.
        if word.isupper() and not shouting and low in glossary.foreign and word.isascii():
            return glossary.foreign[low][0]
        return low
    if low in glossary.foreign:
        return glossary.foreign[low][0]
    if word in glossary.units:
        return glossary.units[word]
    capitals = sum(char.isupper() for char in word)
    known = job.learned.get(word) or glossary.plain_reading(word.upper())
    if known and (len(word) >= 3 or capitals == len(word)):
        if capitals == len(word) and word in glossary.first_words:
            job.doubt(word, known, f"«{word}» đọc khác nhau tùy chỗ, ở đây chưa rõ")
        return known
    if capitals == len(word) and _SAYABLE_NAME.fullmatch(low):
        return _foreign(word, low, job)
    if capitals == len(word) or (capitals and len(word) <= 3) or (capitals >= 2 and len(word) <= 5):
        return spelled(word, job)
    if low in glossary.first_words or not _VOWEL.search(low):
        return spelled(word, job)
    cut = _syllables(low)
    if cut:
        return cut
    return _foreign(word, low, job)


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


def _foreign(word: str, low: str, job: Job) -> str:
    """Neither Vietnamese nor known: said as it is written, foreign marks dropped, and reported."""
    plain = "".join([char if char in letters.NAMES or char in _VIETNAMESE else _base(char) for char in low])
    if not plain:
        job.doubt(word, "(bỏ qua)", f"«{word}» không đọc được")
        return " "
    said = plain
    if plain != low:
        before = len(job.doubts)
        said = _word(plain, job, shouting=False)
        del job.doubts[before:]  # this word is reported once, as it is written
    job.doubt(word, said.strip(), f"«{word}» không phải tiếng Việt và chưa có trong từ điển")
    return said


def _base(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base if base in letters.NAMES else ""


_VIETNAMESE = frozenset(_MARKED)


def _strange(piece: str, job: Job) -> str:
    """A sign without a reading. Pictures (emoji) decorate and are dropped without a word; anything else is reported."""
    if unicodedata.category(piece) in {"So", "Sk", "Mn", "Me", "Cf", "Cc", "Cs"} or "\u2500" <= piece <= "\u27bf":
        return " "
    name = letters.NAMES.get(piece.lower())
    if name:
        return f" {name} "
    job.doubt(piece, "(bỏ qua)", f"ký hiệu «{piece}» chưa có cách đọc")
    return " "
