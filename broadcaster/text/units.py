"""Measures: a number, its unit and what it is per. One table, data/don_vi.tsv. Also co-ordinates and comparison signs."""

from __future__ import annotations

import re
from functools import lru_cache

from broadcaster.text.job import Job
from broadcaster.text.numbers import AMOUNT, amount

_COUNTED = frozenset(
    "người hộ khẩu cháu em suất thẻ bộ lượt lần tháng năm ngày tuần quý vé xe con cây bản trang đợt vụ buổi phiếu đêm bữa ca hộp chai".split()
)
"""After "/" these are counted ("đồng một tháng"); measures are divided ("ki lô mét trên giờ")."""
_TIGHT = frozenset({"v", "w", "N", "J", "L", "M", "A", "s", "h", "min", "HP", "CV", "mb", "ms", "cl", "hl", "Mb", "px"})
"""Read as a unit only when it touches the number: apart from it they are letters."""

_MINUS = re.compile(r"(?<![\w)%°])-(?=\d)")
_COMPARE = re.compile(r"\s*(>=|=>|<=|≥|≤|≧|≦|>|<|≈|±|~|=|≠)\s*(?=[\d-])")
_COMPARE_WORDS = {
    ">": "lớn hơn", "<": "nhỏ hơn", "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", ">=": "lớn hơn hoặc bằng", "<=": "nhỏ hơn hoặc bằng",
    "=>": "suy ra", "≧": "lớn hơn hoặc bằng", "≦": "nhỏ hơn hoặc bằng", "≈": "xấp xỉ", "±": "cộng trừ", "~": "khoảng", "=": "bằng", "≠": "khác",
}  # fmt: skip
_TIMES = re.compile(r"(?<=\d)(?P<unit>\s?(?:m|cm|mm|km|dm))?\s?[xX*×]\s?(?=\d)")
_PLUS = re.compile(r"(?<=\d)\s?\+\s?(?=\d)|(?<![\w+])\+(?=\d)")
_PLACE = re.compile(
    r"(?P<n>\d+(?:[.,]\d+)?)\s?(?:°|độ)\s?(?:(?P<minutes>\d{1,2})\s?')?\s?(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s?(?:\"|''))?\s?(?P<side>[NSEWBĐT])(?![^\W_])"
    r"|(?<![\w.,])(?P<plain>\d{1,3}[.,]\d{1,2})(?P<way>[NSEW])(?![^\W_])"
)
_SIDES = {
    "N": "vĩ bắc",
    "B": "vĩ bắc",
    "S": "vĩ nam",
    "E": "kinh đông",
    "Đ": "kinh đông",
    "W": "kinh tây",
    "T": "kinh tây",
}
_DEGREES = re.compile(r"(?<=\d)\s?(?:độ|°)\s?(?P<scale>[CF])(?![^\W_])")
_ARC = re.compile(r"(?<=\d)°(?P<minutes>\d{1,2})'")
_PER = re.compile(r"(?<=[^\W_])\s?/\s?(?P<unit>[^\W\d_]+[23]?)(?![^\W_])")


def read(text: str, job: Job) -> str:
    """Pass: signs before numbers, co-ordinates, then every number that has a unit."""
    if not text.isascii() or "-" in text or "<" in text or ">" in text or "=" in text or "~" in text:
        text = _MINUS.sub(" âm ", text)
        text = _COMPARE.sub(lambda match: f" {_COMPARE_WORDS[match[1]]} ", text)
    if "+" in text:
        text = _PLUS.sub(" cộng ", text)
    if "x" in text or "X" in text or "*" in text:
        text = _TIMES.sub(r"\g<unit> nhân ", text)
    if "°" in text or "độ" in text or "N" in text:
        text = _PLACE.sub(lambda match: _place(match, job), text)
        text = _DEGREES.sub(r"°\g<scale>", text)
        text = _ARC.sub(lambda match: f"° {amount(match['minutes'], job.reading)} phút", text)
    text = _measures(job).sub(lambda match: _measure(match, job), text)
    if "/" in text:
        text = _PER.sub(lambda match: _per(match, job), text)
    return text


def _measures(job: Job) -> re.Pattern[str]:
    return _pattern(tuple(job.glossary.units))


@lru_cache(maxsize=4)
def _pattern(symbols: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted(symbols, key=len, reverse=True)
    loose = "|".join(re.escape(symbol) for symbol in ordered if symbol not in _TIGHT)
    tight = "|".join(re.escape(symbol) for symbol in ordered)
    return re.compile(rf"(?<![\w.,])(?P<n>{AMOUNT})(?:(?P<tight>{tight})|\s(?P<loose>{loose}))(?![^\W_])")


def _measure(match: re.Match[str], job: Job) -> str:
    unit = job.glossary.units[match["tight"] or match["loose"]]
    return f"{amount(match['n'], job.reading)} {unit}"


def _per(match: re.Match[str], job: Job) -> str:
    """ "/" before a unit or a counted noun; before anything else ("xã/phường") it is left to the audit."""
    unit = match["unit"]
    head = match.string[max(0, match.start() - 40) : match.start()].lower()
    if unit in job.glossary.units and (
        unit not in {"l", "m", "g", "s", "h", "V", "N", "L", "A"} or _ends_in_unit(head, job)
    ):
        return f" trên {job.glossary.units[unit]}"
    if unit.lower() in _COUNTED and _counts(head, job):
        return f" một {unit}"
    return match[0]


def _ends_in_unit(head: str, job: Job) -> bool:
    return head.endswith(_unit_words(tuple(job.glossary.units.values())))


def _counts(head: str, job: Job) -> bool:
    """Something was counted or paid just before: "đồng/tháng", "hai lần/ngày", "ki lô gam/người/tháng"."""
    tail = head.rstrip()
    if tail.endswith(("đồng", "nghìn", "triệu", "tỷ", "%", "trăm")) or _ends_in_unit(tail, job):
        return True
    return bool(
        re.search(
            r"(?:\d|mười|mươi|trăm|nghìn|triệu|một|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|nửa|phẩy \w+)\s+(?:\w+\s+)?\w+$",
            tail,
        )
    ) or bool(re.search(r" một \w+$", tail))


@lru_cache(maxsize=4)
def _unit_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(set(words))


def _place(match: re.Match[str], job: Job) -> str:
    if match["plain"]:
        return f"{amount(match['plain'], job.reading)} độ {_SIDES[match['way']]}"
    words = f"{amount(match['n'], job.reading)} độ"
    if match["minutes"]:
        words += f" {amount(match['minutes'], job.reading)} phút"
    if match["seconds"]:
        words += f" {amount(match['seconds'], job.reading)} giây"
    return f"{words} {_SIDES[match['side']]}"
