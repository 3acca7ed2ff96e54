"""Reads Roman numerals, only where they are numerals: "Quý IV", "thế kỷ XXI", but not "VI PHẠM" or "nhóm C"."""

from __future__ import annotations

import re

from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern, one_of

_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_TENS = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
_VALUES = {_TENS[number // 10] + _ONES[number % 10]: number for number in range(1, 100)}

_KEYWORDS = one_of(
    "quý, quí, khóa, khoá, kỳ, thứ, lần, phụ lục, chương, phần, mục, hạng, loại, cấp, độ, vùng, khu vực, kv, bài, lớp, "
    "giai đoạn, tập, quyển, đợt, bậc, nhóm, thế kỷ, thế kỉ, đại hội, bảng, biểu, hk, báo động, bđ, bước, trạm, tuyến, "
    "khối, thời kỳ, tk, đh, tổ, đội, khu, thôn, xóm, mức, mức độ, trạng thái, hội nghị, kỳ họp, niên khóa, số, ck, "
    "chuyên khoa, vị trí"
)
_AFTER_KEYWORD = Pattern(
    rf"\b(?P<keyword>{_KEYWORDS})(?P<gap>\s+|\s*:\s*)(?P<numeral>[IVX]{{1,7}})(?:(?P<year>/)(?=(?:19|20)\d\d\b)|(?![\w.]?\w))",
    re.IGNORECASE,
)
_CHAIN = Pattern(
    r"(?P<joint>\s*(?:,|-|và|đến|hoặc|/|&)\s*)(?P<numeral>[IVX]{1,7})(?:(?P<year>/)(?=(?:19|20)\d\d\b)|(?!\w))"
)
_ALONE = Pattern(r"(?<![\w.'])(?P<numeral>[IVX]{2,7})(?:(?P<year>/)(?=(?:19|20)\d\d\b)|(?![\w']))")
_HINT = Pattern(r"[IVX](?![a-zà-ỹ])")
_WORDS_IN_CAPITALS = Pattern(r"\s+(?:PHẠM|SINH|RÚT|KHUẨN|MÔ|PHÂN|TÍNH|MẠCH|MĂNG|XÚT|BẰNG|CÁ)\b")
_ONLY_LARGE = frozenset({"tổ", "đội", "khu", "thôn", "xóm", "số", "lớp", "nhóm", "bảng", "loại", "khối", "tuyến"})
"""After these a single X is a letter that stands for a name, "xóm X"."""


def value(numeral: str) -> int | None:
    """1 to 99 for a well-formed numeral, else None ("IIX", "VV")."""
    return _VALUES.get(numeral)


def read(text: str, job: Job) -> str:
    """Pass: numerals after a word that takes one, chains of them, and those of two letters and more anywhere."""
    if _HINT.search(text) is None:
        return text
    pieces: list[str] = []
    done = 0
    for match in _AFTER_KEYWORD.finditer(text):
        if match.start() < done:
            continue
        keyword, number = match["keyword"].lower(), value(match["numeral"])
        if number is None or (keyword in _ONLY_LARGE and match["numeral"] == "X"):
            continue
        if _WORDS_IN_CAPITALS.match(text, match.end()) and match["keyword"].isupper() is False:
            continue
        pieces += [text[done : match.start("numeral")], _say(number, keyword == "thứ", bool(match["year"]), job)]
        linked, done = _linked(text, match.end(), keyword, job)
        pieces += linked
    text = "".join(pieces) + text[done:]
    return _ALONE.sub(lambda match: _alone(match, job), text)


def _linked(text: str, start: int, keyword: str, job: Job) -> tuple[list[str], int]:
    """Further numerals of a chain, "I, II và III" or "IV-V", that begin at `start`: their words, and the end."""
    pieces: list[str] = []
    while (link := _CHAIN.match(text, start)) and (number := value(link["numeral"])) is not None:
        joint = link["joint"]
        if joint.strip() == "-":
            joint = " đến "
        elif joint.strip() == "/":
            joint = " trên " if keyword == "bậc" else " "
        pieces += [joint, _say(number, False, bool(link["year"]), job)]
        start = link.end()
    return pieces, start


def _alone(match: re.Match[str], job: Job) -> str:
    number = value(match["numeral"])
    if number is None or _WORDS_IN_CAPITALS.match(match.string, match.end()):
        return match[0]
    return _say(number, False, bool(match["year"]), job)


def _say(number: int, is_ordinal: bool, before_year: bool, job: Job) -> str:
    words = numbers.ordinal(number, job.reading) if is_ordinal else numbers.cardinal(number, job.reading)
    return f"{words} năm " if before_year else words
