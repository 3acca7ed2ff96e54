"""Reads measures: a number, its unit and what it is per (data/don_vi.tsv); co-ordinates and comparison signs."""

from __future__ import annotations

import re
from functools import lru_cache

from broadcaster.text.job import Job
from broadcaster.text.numbers import AMOUNT, DIGITS, amount, label
from broadcaster.text.pattern import Before, Pattern

_COUNTED = frozenset(
    "người hộ khẩu cháu em suất thẻ bộ lượt lần tháng năm ngày tuần quý vé xe con cây bản trang đợt vụ buổi phiếu đêm "
    "bữa ca hộp chai".split(" ")
)
"""After "/" these are counted ("đồng một tháng"); measures are divided ("ki lô mét trên giờ")."""
_TIGHT = frozenset({"v", "w", "N", "J", "L", "M", "A", "s", "h", "min", "HP", "CV", "mb", "ms", "cl", "hl", "Mb", "px"})
"""Read as a unit only when it touches the number: apart from it they are letters."""

_PER_MEASURE = Pattern(r"\s?/\s?(?:[mc]?m[23²³]?|kg|ha|mol|s)(?![^\W_])")
"""After such a "/" a letter apart from its number is a unit all the same: "30 N/m2"."""
_AMPERES = Pattern(rf"(?<![\w.,])(?P<n>{AMOUNT})\s?A(?!\w|[/.-]\w)")
_ELECTRIC = Before(
    "cường độ, dòng điện, áp tô mát, áptomat, aptomat, attomat, cầu chì, cầu dao, CB, MCB, RCCB, ổ cắm, phích cắm, "
    "công tơ",
    gap=r"[^.;\d]{0,24}",
    reach=40,
)
"""Words before a current. Elsewhere a number and A are a class, a house or a circle: "lớp 10A"."""
_TONS = Pattern(rf"(?<![\w.,])(?P<n>{AMOUNT})\s?T(?!\w|[/.-]\w)")
_LOAD = Before("tải trọng, trọng tải, tải trọng trục, khối lượng, sản lượng", gap=r"[^.;\d]{0,24}", reach=40)
_LORRY = Before("xe, xe tải, xe ben, ô tô tải, tải", gap=r"\s(?:(?:từ|trên|dưới|loại)\s)?", reach=24)
_YEARS_OLD = Pattern(r"(?<![\w.,])(?P<n>\d{1,3})\s?t(?!\w|[/.-]\w)")
_PERSONS = frozenset("ông bà cụ anh chị em cháu bé nam nữ".split(" "))
_LONGEST_NAME = 5
"""Words between "cháu" and the age."""

_MINUS = Pattern(r"(?<![\w)%°])-(?=\d)")
_COMPARE = Pattern(r"\s*(>=|=>|<=|≥|≤|≧|≦|>|<|≈|±|~|=|≠)\s*(?=[\d-])")
_COMPARE_WORDS = {
    ">": "lớn hơn", "<": "nhỏ hơn", "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", ">=": "lớn hơn hoặc bằng",
    "<=": "nhỏ hơn hoặc bằng",
    "=>": "suy ra", "≧": "lớn hơn hoặc bằng", "≦": "nhỏ hơn hoặc bằng", "≈": "xấp xỉ", "±": "cộng trừ",
    "~": "khoảng", "=": "bằng", "≠": "khác",
}  # fmt: skip
_METRES_AND = Pattern(r"(?<![\w.,/])(?P<m>\d{1,2})m(?P<rest>\d\d|[14-9])(?![\w/]|[.,]\d)")
"""A height or a depth as people say it, "1m65"; m2 and m3 are units."""
_METRES_SPAN = Pattern(r"(?<![\w.,/])(?P<from>\d{1,2}m\d{1,2})\s*-\s*(?=\d{1,2}m)")
_TIMES = Pattern(
    r"(?<=\d)(?P<unit>\s?(?:m|cm|mm|km|dm|%|đồng|đ))?\s?[xX*×]\s?"
    r"(?=\d|(?<=\s)(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười)\s)"
)
"""Sums of money are in words already."""
_FOR_DAYS = Pattern(r"(?<=[a-zà-ỹ])\sx\s(?=\d{1,3}\s?(?P<days>ngày|tuần|tháng)?)")
"""A dose: "2 viên/ngày x 5 ngày" for so long, "1 viên x 2 lần" so often."""
_PLUS = Pattern(r"(?<=\d)\s?\+\s?(?=\d)|(?<![\w+])\+(?=\d)")
_PLACE = Pattern(
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
_PERCENT_OF = Pattern(r"(?<=[%‰])(?=[^\W\d_])")
"""A share and the sign of what it is a share of, "46%N"."""
_NORTH_AND_EAST = Pattern(r"\d[NS]\s?[-;,]?\s?\d[\d.,]*[EW](?!\w)")
"""Two co-ordinates side by side are recognised without such a word."""
_AT_SEA = Before(r"(?:tâm|bão|tọa độ|toạ độ|vị trí|áp thấp|vĩ|kinh|bắc|khoảng|ở)\b[^.;]*?", reach=60)
"""Words around a position on the sea; elsewhere "0.05S" is a grade of fuel."""
_DEGREES = Pattern(r"(?<=\d)(?:\s?(?:độ|°)\s?|[o0])(?P<scale>[CF])(?![^\W_])")
_ARC = Pattern(r"(?<=\d)°(?P<minutes>\d{1,2})'")
_MONEY = ("đồng", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "đô la", "đô la mỹ")
_DIVIDED = frozenset("sào mẫu lít giờ phút giây mét khối công thước tấn tạ".split())
_PER_FIELD = Pattern(r"(?<=\w)\s?/\s?(?=(?:sào|mẫu)(?!\w))")
_PER_PLANT = Pattern(r"(?<=\w)\s?/\s?(?=(?:hốc|khóm|luống|gốc)(?!\w))")
"""Per field and per plant whatever was counted or weighed before: "5kg kali/sào", "2-3 hạt/hốc"."""
_NUMBER_WORDS = frozenset((*DIGITS, "mười")) - {"năm"}
"""A number after "/", already in words. "năm" is a year there."""
_NUMBER_AND_NOUN = Pattern(
    r"(?:\d|\b(?:mười|mươi|trăm|nghìn|triệu|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|nửa))\s+(?:[^\W\d_]+\s+)?[^\W\d_]+$"
)
_PER_BEFORE = Pattern(r"\s?/\s?[^\W\d_]+(?:\s[^\W\d_]+)?$")
"""A second "/": "đồng/người/tháng"."""
_MEASURE = Pattern(rf"(?<![\w.,])(?P<n>{AMOUNT})(?P<gap>\s?)(?P<unit>°[CFK]?|%|‰|[^\W\d_]+[23]?(?!\w))")
_PER = Pattern(r"(?<=[^\W\d_])\s?/\s?(?:(?P<unit>[^\W\d_]+[23]?)(?![^\W_])|(?=\d))")


def read(text: str, job: Job) -> str:
    """Pass: signs before numbers, co-ordinates, then every number that has a unit."""
    if not text.isascii() or "-" in text or "<" in text or ">" in text or "=" in text or "~" in text:
        text = _MINUS.sub(" âm ", text)
        text = _COMPARE.sub(lambda match: f" {_COMPARE_WORDS[match[1]]} ", text)
    if "+" in text:
        text = _PLUS.sub(" cộng ", text)
    if "x" in text or "X" in text or "*" in text:
        text = _TIMES.sub(r"\g<unit> nhân ", text)
        text = _FOR_DAYS.sub(lambda match: " trong " if match["days"] and not _money_ends(match) else " nhân ", text)
    if "°" in text or "độ" in text or "N" in text or "oC" in text:
        text = _PLACE.sub(lambda match: _place(match, job), text)
        text = _DEGREES.sub(r"°\g<scale>", text)
        text = _ARC.sub(lambda match: f"° {amount(match['minutes'], job.reading)} phút", text)
    if "m" in text:
        text = _METRES_SPAN.sub(r"\g<from> đến ", text)
        text = _METRES_AND.sub(lambda match: f"{amount(match['m'])} mét {label(match['rest'], job.reading)}", text)
    if "%" in text:
        text = _PERCENT_OF.sub(" ", text)
    text = _MEASURE.sub(lambda match: _measure(match, job), text)
    return text


def _money_ends(match: re.Match[str]) -> bool:
    return match.string[: match.start()].endswith(_MONEY)


def capitals(text: str, _job: Job) -> str:
    """Pass, before codes are read letter by letter: electric currents, loads in tons, ages."""
    if "A" in text:
        text = _AMPERES.sub(lambda found: _unit_after((_ELECTRIC,), found, "am pe"), text)
    if "T" in text:
        text = _TONS.sub(lambda found: _unit_after((_LOAD, _LORRY), found, "tấn"), text)
    if "t" in text:
        text = _YEARS_OLD.sub(lambda found: f"{found['n']} tuổi" if _is_person(found) else found[0], text)
    return text


def _unit_after(cues: tuple[Before, ...], found: re.Match[str], unit: str) -> str:
    cued = any(cue(found.string, found.start()) for cue in cues)
    return f"{found['n']} {unit}" if cued else found[0]


def _is_person(age: re.Match[str]) -> bool:
    """Whether somebody is so many years old. "anh Nam chở 75t": there is a verb, and it is tons."""
    for word in reversed(age.string[: age.start()].rstrip(" ,(").split(" ")[-_LONGEST_NAME - 1 :]):
        if word.lower() in _PERSONS:
            return True
        if not word[:1].isupper():
            return False
    return False


def per(text: str, job: Job) -> str:
    """Pass: what a measure or a price is per, "đồng/tháng", "mg/l"."""
    if "/" not in text:
        return text
    text = _PER_PLANT.sub(" một ", _PER_FIELD.sub(" trên ", text))
    return _PER.sub(lambda match: _per(match, job), text)


def _measure(match: re.Match[str], job: Job) -> str:
    """A number and the word after it, if that is a unit."""
    unit, units = match["unit"], job.glossary.units
    spoken = units.get(unit)
    if spoken is None or (match["gap"] and unit in _TIGHT and not _PER_MEASURE.match(match.string, match.end())):
        return match[0]
    return f"{amount(match['n'], job.reading)} {spoken}"


def _per(match: re.Match[str], job: Job) -> str:
    """ "/" after a measure or a price, and between counted nouns; elsewhere ("xã/phường") it is left to the audit."""
    unit = match["unit"]
    head = match.string[max(0, match.start() - 40) : match.start()].lower().rstrip()
    measured = _is_measured(head, job)
    if unit is None:
        return " trên " if measured or _NUMBER_AND_NOUN.search(head) else match[0]
    if unit in job.glossary.units and (measured or len(unit) > 1):
        return f" trên {job.glossary.units[unit]}"
    low = unit.lower()
    if measured:
        return f" trên {unit}" if low in _DIVIDED or low in _NUMBER_WORDS else f" một {unit}"
    if low in _COUNTED and _NUMBER_AND_NOUN.search(head):
        return f" một {unit}"
    return match[0]


def _is_measured(head: str, job: Job) -> bool:
    """Whether a price or a measure ends here, perhaps with a first "/" behind it: "đồng/người/tháng"."""
    words = _unit_words(tuple(job.glossary.units.values())) + _MONEY
    if head.endswith(words):
        return True
    first = _PER_BEFORE.search(head)
    return first is not None and head[: first.start()].endswith(words)


@lru_cache(maxsize=4)
def _unit_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(set(words))


def _place(match: re.Match[str], job: Job) -> str:
    if match["plain"]:
        near = match.string[max(0, match.start() - 10) : match.end() + 10]
        if not _AT_SEA(match.string, match.start()) and not _NORTH_AND_EAST.search(near):
            return match[0]
        return f"{amount(match['plain'], job.reading)} độ {_SIDES[match['way']]}"
    words = f"{amount(match['n'], job.reading)} độ"
    if match["minutes"]:
        words += f" {amount(match['minutes'], job.reading)} phút"
    if match["seconds"]:
        words += f" {amount(match['seconds'], job.reading)} giây"
    return f"{words} {_SIDES[match['side']]}"
