"""Reads dates, months and spans of them: "06/12/2024", "1-15/8", "tháng 6/2026", "mùng 5".

Northern style: days 1 to 10 are "mùng", month 4 is "tháng tư". "ngày" is added where the text leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import After, Before, Pattern
from broadcaster.text.shares import is_mark, is_place, is_share

_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1[89]\d\d|20\d\d)"
_END = r"(?![\d/]|[.,-]\d)"
_START = r"(?<![\w/.,:-])"

_FULL = Pattern(
    rf"{_START}(?P<d>{_DAY})\s?(?P<s>[/.-])\s?(?P<m>{_MONTH})\s?(?P=s)\s?(?P<y>{_YEAR}|\d\d(?!\d))(?![\d/]|[.,]\d)"
)
_ISO = Pattern(rf"{_START}(?P<y>{_YEAR})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])(?!\d)")
_SPAN = Pattern(
    rf"{_START}(?P<d1>{_DAY})(?:/(?P<m1>{_MONTH})(?:/(?P<y1>{_YEAR}))?)?\s*(?:-|đến|tới)\s*"
    rf"(?P<again>ngày\s+)?(?P<d2>{_DAY})/(?P<m2>{_MONTH})(?:/(?P<y2>{_YEAR}))?{_END}"
)
_DAYS = Pattern(
    rf"\b(?P<lead>ngày\s+)(?P<days>{_DAY}(?:\s*(?:,|;|và|&)\s*{_DAY})+)/(?P<m>{_MONTH})(?:/(?P<y>{_YEAR}))?{_END}",
    re.IGNORECASE,
)
_DAY_LIST = Pattern(
    rf"\b(?P<lead>ngày\s+)(?P<days>{_DAY}(?:\s*(?:,|;|và)\s*{_DAY}(?!\d))+)"
    r"(?=\s*(?:[,.;:)]|$|tháng|hằng|hàng|và|của))(?!\s*[,;]?\s*\d)",
    re.IGNORECASE,
)
_MONTH_SPAN = Pattern(
    rf"\b(?P<kind>tháng|quý)\s+(?P<a>{_MONTH})(?:/(?P<y1>{_YEAR}))?\s*(?:-|đến)\s*(?:(?:tháng|quý)\s+)?"
    rf"(?P<b>{_MONTH})(?:/(?P<y>{_YEAR}))?(?![\d/]|[.,]\d|\s?(?:%|tuổi|ngày|giờ|tháng))",
    re.IGNORECASE,
)
_MONTH_YEAR = Pattern(rf"{_START}(?P<n>\d{{1,4}})\s?[/-]\s?(?P<y>{_YEAR})(?![\d/]|[.,-]\d)")
_SHORT_MONTH = Pattern(rf"(?<!\w)T\.?(?P<m>{_MONTH})\s?[/-]\s?(?P<y>{_YEAR}|\d\d)(?![\d/])")
_MONTHS_OF_YEAR = Pattern(rf"(?<![\w.,/])(?P<n>{_MONTH})T/(?=20\d\d(?!\d))")
"""The first so many months, "9T/2026"."""
_QUARTERS = Pattern(r"\b(?P<lead>quý\s+[1-4IV]{1,3}\s*(?:\+|,|và|-)\s*)(?P<last>[1-4])/(?=20\d\d(?!\d))", re.IGNORECASE)
"""The last of several quarters is no month, "quý 1+2/2026"."""
_MADE_OR_BEST = Pattern(
    r"\b(?P<lead>(?:NSX|HSD|sản xuất|hạn dùng|hạn sử dụng)\s*:?\s*)(?P<m>0?[1-9]|1[0-2])\.(?=20\d\d(?!\d))"
)
"""A month on a package, "HSD 05.2026"."""
_HOUR_AND_DAY = Pattern(rf"(?P<hour>(?<![\w.,/:-])\d{{1,2}}(?:h|g|giờ)(?:[0-5]\d)?)/(?=\d{{1,2}}/{_MONTH}(?!\d))")
"""As water levels are reported, "13h/24/11"."""
_LATE_MONTH = Pattern(r"(?<!\w)T(?P<m>8|9|1[0-2])(?![\w/.-])")
_MONTH_CUE = Before("lương, lương hưu, trợ cấp, kỳ, trong, đầu, cuối, giữa, hết, tiền điện, tiền nước", gap=r"\s*")
"""T2 to T7 may be weekdays, "lương hưu T12" is a month."""
_DAY_MONTH = Pattern(rf"{_START}(?P<d>\d{{1,3}})\s?(?P<s>[/-])\s?(?P<m>\d{{1,3}})(?![\d/]|[.,:-]\d|\s?[%°])")
_DAY_ALONE = Pattern(rf"\b(?P<lead>(?:ngày|mùng|mồng)\s+)(?P<d>{_DAY})(?![\d/]|[.,:-]\d)", re.IGNORECASE)
_DAY_RANGE = Pattern(rf"\b(?P<lead>ngày\s+)(?P<a>{_DAY})\s*-\s*(?P<b>{_DAY})(?![\d/-]|[.,:]\d)", re.IGNORECASE)
_PER_DAY = Pattern(r"(?:mỗi|một|hằng|hàng|cả)\s+$", re.IGNORECASE)
_TIMES_A_DAY = After(
    "lần, bữa, viên, buổi, ca, suất, lượt, giờ, liều, tiếng, h, người, hộ, kg, lít, đồng, nghìn, triệu, cái, "
    "chuyến, vụ, công, đêm",
    gap=r"(?:\s*(?:-|,|đến|hoặc|và)\s*\d+)?\s*",
)
"""After "ngày 2" these count: "uống ngày 2 lần"."""
_DAY_BEFORE_MONTH = Pattern(
    rf"(?<=[\s,])(?P<d>0?[1-9]|10)(?P<tail>\s+tháng\s+(?:{_MONTH}\b|giêng|chạp))", re.IGNORECASE
)
_LUNAR_SPAN = Pattern(
    rf"(?P<from>\btháng\s+(?:giêng|chạp|{_MONTH}))\s*-\s*(?=(?:ngày|mùng|mồng|rằm|\d{{1,2}}\s+tháng)\b)", re.IGNORECASE
)
"""From one day of the lunar calendar to another, "29 tháng Chạp - mùng 6 tháng Giêng"."""
_FOURTH_MONTH = Pattern(r"\b(tháng)\s+0?4(?![\d/]|[.,-]\d|\s?(?:%|tuổi))", re.IGNORECASE)
_DATE_WORD = Before(
    "ngày, mùng, mồng, hôm, rằm, sáng, trưa, chiều, tối, đêm, khuya, dịp, lễ, tết, từ, đến, tới, trước, sau, "
    "hết, qua, vào, lúc, giờ, "
    r"phút, \d{1\x2c2}h(?:\d\d)?, chủ nhật, thứ \w+, kỷ niệm, giỗ, hạn, chậm nhất, muộn nhất, kể từ, nhật, "
    r"bầu cử, khai giảng, "
    "ra quân, phát động, phụ nữ, lao động, thương binh, quốc khánh, nhà giáo, cách mạng",
    gap=r"[\s,(:]*",
)
_LIMIT_WORD = Before("từ, đến, hết, qua, trước, sau, vào", gap=r"\s*")
"""These stand before a day as well as before a share: "đến 2/3 số hộ"."""
_DAY_SAID = Pattern(r"(?:ngày|mùng|mồng|rằm)[\s:]*$", re.IGNORECASE)
_DAY_EARLIER = Pattern(r"(?:\bngày|mùng|mồng)\s[^.;]{0,40}$", re.IGNORECASE)
_DATE_AFTER = After("âm lịch, dương lịch, al, âl, dl, hằng năm, hàng năm, tới, này, năm, vừa qua, sắp tới, lúc")
_FREE_AFTER = Pattern(r"\s*(?:$|[,.;:)](?!\d)|(?:tại|ở|lúc|đến|và|âm lịch|hằng|hàng|năm|sẽ|là|của|phải)\b)")
"""Nothing that could be measured or counted comes next."""
_NAMED_DAYS = frozenset({
    (1, 1), (3, 2), (8, 3), (10, 3), (26, 3), (30, 4), (1, 5), (15, 5), (19, 5), (1, 6), (28, 6), (1, 7), (27, 7),
    (19, 8), (2, 9), (10, 10), (20, 10), (18, 11), (20, 11), (22, 12),
})  # fmt: skip
"""Public holidays and anniversaries, (day, month): these are dates even without a word that says so."""
_NAMED_AFTER_DAY = Before(
    "đường, phố, đại lộ, cầu, chợ, quảng trường, công viên, trường, hợp tác xã, khu phố, nhà máy, bệnh viện, "
    "xí nghiệp, nhà hát, cung, khu tập thể",
    gap=r"\s+",
)
"""Streets and places are named after days: "đường 30/4"."""
_NUMBERED_BY_YEAR = Before(
    "quý, kỳ, đợt, vụ, số, lần, khóa, khoá, nghị định, luật, thông tư, nghị quyết, quyết định, chỉ thị, "
    "pháp lệnh, công văn, "
    "tuần, tập, phiên, hội nghị, và, hè, thu, xuân, đông, mùa",
    gap=r"[\s:]*",
)
_NAMED_DAY_CUE = Before(r"ngày, dịp, lễ, kỷ niệm, tết, quốc khánh, và, \x2c", gap=r"\s*\(?")
_NOT_DAYS = Before("tháng, quý, số, khoản, điều, cấp", gap=r"\s*")
_MONTH_SAID = Before("tháng", gap=r"\s*")


def _century(year: str) -> str:
    if len(year) == 4:
        return year
    return ("20" if int(year) < 60 else "19") + year


def _day(day: str, lead: str, job: Job) -> str:
    number = int(day)
    words = numbers.cardinal(number, job.reading)
    if number > 10 or lead.strip().lower() in {"mùng", "mồng"}:
        return words
    return f"mùng {words}"


def _month(month: str) -> str:
    return "tư" if int(month) == 4 else numbers.cardinal(int(month))


def _head(match: re.Match[str], length: int = 24) -> str:
    return match.string[max(0, match.start() - length) : match.start()]


def _with_day_word(match: re.Match[str], day: str, job: Job) -> str:
    """ "ngày mùng năm", without a second "ngày" when the text has said it."""
    said = _DAY_SAID.search(_head(match))
    if said:
        return _day(day, said[0].strip(" :"), job)
    return f"ngày {_day(day, '', job)}"


def _iso_date(match: re.Match[str], job: Job) -> str:
    return _date(match, match["d"], match["m"], match["y"], job)


def _full_date(match: re.Match[str], job: Job) -> str:
    return _date(match, match["d"], match["m"], _century(match["y"]), job)


def _date(match: re.Match[str], day: str, month: str, year: str, job: Job) -> str:
    words = f"{_with_day_word(match, day, job)} tháng {_month(month)}"
    return f"{words} năm {numbers.whole(year, job.reading)}" if year else words


def _span(match: re.Match[str], job: Job) -> str:
    if match["m1"] is None:
        is_span = int(match["d1"]) < int(match["d2"]) or match["again"]
        if not is_span or _NOT_DAYS(match.string, match.start()):
            return match[0]
    words = _with_day_word(match, match["d1"], job)
    if match["m1"]:
        words += f" tháng {_month(match['m1'])}"
    if match["y1"]:
        words += f" năm {numbers.whole(match['y1'], job.reading)}"
    words += f" đến ngày {_day(match['d2'], '', job)} tháng {_month(match['m2'])}"
    return f"{words} năm {numbers.whole(match['y2'], job.reading)}" if match["y2"] else words


def _days(match: re.Match[str], job: Job) -> str:
    words = f"{match['lead']}{_each_day(match['days'], job)} tháng {_month(match['m'])}"
    return f"{words} năm {numbers.whole(match['y'], job.reading)}" if match["y"] else words


def _day_list(match: re.Match[str], job: Job) -> str:
    return match["lead"] + _each_day(match["days"], job)


def _each_day(days: str, job: Job) -> str:
    return re.sub(r"\d+", lambda day: _day(day[0], "", job), days.replace("&", "và"))


def _month_span(match: re.Match[str], job: Job) -> str:
    kind = match["kind"]

    def name(number: str) -> str:
        return _month(number) if kind.lower() == "tháng" else numbers.whole(number, job.reading)

    if "-" not in match[0] and match["y"] is None and match["y1"] is None:
        return match[0]
    words = f"{kind} {name(match['a'])}"
    if match["y1"]:
        words += f" năm {numbers.whole(match['y1'], job.reading)}"
    words += f" đến {kind.lower()} {name(match['b'])}"
    return f"{words} năm {numbers.whole(match['y'], job.reading)}" if match["y"] else words


def _month_year(match: re.Match[str], job: Job) -> str:
    text, start, number = match.string, match.start(), match["n"]
    year = numbers.whole(match["y"], job.reading)
    is_month = _MONTH_SAID(text, start)
    if "/" not in match[0] and not is_month:
        return match[0]
    if is_month and 1 <= int(number) <= 12:
        return f"{_month(number)} năm {year}"
    if len(number) == 4 and 1900 <= int(number) <= 2100:
        return f"{numbers.whole(number, job.reading)} {year}"
    if not 1 <= int(number) <= 12 or _NUMBERED_BY_YEAR(text, start):
        return f"{numbers.label(number, job.reading)} năm {year}"
    return f"tháng {_month(number)} năm {year}"


def _late_month(match: re.Match[str], job: Job) -> str:
    return f"tháng {_month(match['m'])}" if _MONTH_CUE(match.string, match.start()) else match[0]


def _short_month(match: re.Match[str], job: Job) -> str:
    return f"tháng {_month(match['m'])} năm {numbers.whole(_century(match['y']), job.reading)}"


def _day_month(match: re.Match[str], job: Job) -> str:
    """Day and month, if the words around or the figures say so; a fraction, a score or a span is for later passes."""
    text, start = match.string, match.start()
    day, month = int(match["d"]), int(match["m"])
    if (day, month) in _NAMED_DAYS and _NAMED_AFTER_DAY(text, start):
        return f"{numbers.cardinal(day, job.reading)} tháng {_month(match['m'])}"
    if not (1 <= day <= 31 and 1 <= month <= 12) or is_place(text, start):
        return match[0]
    if day <= month and is_mark(text, start):
        return match[0]
    is_day = _is_day_with_hyphen if match["s"] == "-" else _is_day_with_slash
    return _date(match, match["d"], match["m"], "", job) if is_day(match, day, month) else match[0]


def _is_day_with_hyphen(match: re.Match[str], day: int, month: int) -> bool:
    """With a hyphen it is a span or a score, unless the text speaks of a day that cannot be one: "ngày 19-8"."""
    text, start = match.string, match.start()
    return bool(
        (day > month and _DAY_SAID.search(_head(match)))
        or ((day, month) in _NAMED_DAYS and _NAMED_DAY_CUE(text, start))
        or (day > 12 and _DATE_WORD(text, start) and _FREE_AFTER.match(text, match.end()))
    )


def _is_day_with_slash(match: re.Match[str], day: int, month: int) -> bool:
    text, start, end = match.string, match.start(), match.end()
    if (day, month) == (24, 7):  # otherwise "24/7" means at all times
        return _DAY_SAID.search(_head(match)) is not None
    if is_share(text, end, day, month) and (not _DATE_WORD(text, start) or _LIMIT_WORD(text, start)):
        return False
    return (
        _DATE_WORD(text, start)
        or _DATE_AFTER(text, end)
        or day > max(month, 12)
        or (day, month) in _NAMED_DAYS
        or "0" in (match["d"][0], match["m"][0])  # nobody writes a fraction "02/12"
    )


def _day_range(match: re.Match[str], job: Job) -> str:
    if _TIMES_A_DAY(match.string, match.end()) or _PER_DAY.search(_head(match, 8)):
        return match[0]
    return f"{match['lead']}{_day(match['a'], '', job)} đến {_day(match['b'], '', job)}"


def _day_alone(match: re.Match[str], job: Job) -> str:
    if _TIMES_A_DAY(match.string, match.end()) or _PER_DAY.search(_head(match, 8)):
        return match[0]
    return match["lead"] + _day(match["d"], match["lead"], job)


def _listed_day(match: re.Match[str], job: Job) -> str:
    """ "ngày 8 và 9 tháng 3": the second day too; but "sau 6 tháng 5 ngày" counts months."""
    if not _DAY_EARLIER.search(_head(match, 50)):
        return match[0]
    return _day(match["d"], "", job) + match["tail"]


_Hint = Callable[[str, str], bool]
"""(text as it stands, text at the beginning in lower case) -> whether the pattern may match. It saves searches."""
_Reader = str | Callable[[re.Match[str], Job], str]
"""What replaces a match: a template of `re.sub`, or a function of the match."""


def _slash(text: str, _low: str) -> bool:
    return "/" in text


def _slash_or_hyphen(text: str, _low: str) -> bool:
    return "/" in text or "-" in text


def _day_word(_text: str, low: str) -> bool:
    return "ngày" in low or "mùng" in low or "mồng" in low


_READERS: tuple[tuple[_Hint, Pattern, _Reader], ...] = (
    (lambda text, _: "." in text, _MADE_OR_BEST, r"\g<lead>\g<m>/"),
    (lambda text, _: "-" in text, _ISO, _iso_date),
    (_slash, _HOUR_AND_DAY, r"\g<hour> ngày "),
    (lambda text, _: "T/" in text, _MONTHS_OF_YEAR, r"\g<n> tháng năm "),
    (lambda text, low: "/" in text and "quý" in low, _QUARTERS, r"\g<lead>\g<last> năm "),
    (lambda text, low: "-" in text and "tháng" in low, _LUNAR_SPAN, r"\g<from> đến "),
    (lambda text, low: "/" in text and ("-" in text or "đến" in low or "tới" in low), _SPAN, _span),
    (lambda text, low: "/" in text and "ngày" in low, _DAYS, _days),
    (lambda text, _: "/" in text or "-" in text or "." in text, _FULL, _full_date),
    (lambda text, low: _slash_or_hyphen(text, low) and ("tháng" in low or "quý" in low), _MONTH_SPAN, _month_span),
    (_slash_or_hyphen, _MONTH_YEAR, _month_year),
    (_slash_or_hyphen, _DAY_MONTH, _day_month),
    (lambda text, _: "T" in text, _LATE_MONTH, _late_month),
    (lambda text, _: "T" in text, _SHORT_MONTH, _short_month),
    (_day_word, _DAY_LIST, _day_list),
    (_day_word, _DAY_RANGE, _day_range),
    (_day_word, _DAY_ALONE, _day_alone),
    (lambda text, low: _day_word(text, low) and "tháng" in low, _DAY_BEFORE_MONTH, _listed_day),
    (lambda _, low: "tháng" in low, _FOURTH_MONTH, r"\1 tư"),
)
"""In this order: what is written more fully first, so that no later pattern reads a part of it."""


def read(text: str, job: Job) -> str:
    """Pass: every date that digits spell."""
    low = text.lower()
    for may_match, pattern, reader in _READERS:
        if may_match(text, low):
            text = _replaced(text, pattern, reader, job)
    return text


def _replaced(text: str, pattern: Pattern, reader: _Reader, job: Job) -> str:
    if isinstance(reader, str):
        return pattern.sub(reader, text)
    return pattern.sub(lambda match: reader(match, job), text)
