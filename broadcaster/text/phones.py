"""Reads telephone numbers digit by digit: "0208.3855.123", "(0208) 3855 123", "+84 912 345 678", "gọi 115"."""

from __future__ import annotations

import re

from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import After, Before, Pattern, one_of

_SHORT = Pattern(r"11[1-9]|1022|1080|1088|14\d\d|156|5656|8\d{3}|9\d{3}")
"""Emergency and service numbers, and those that take a text message."""
_WHOLE = Pattern(
    r"(?<![\w.,-])(?<!(?<!\d)\d/)(?<!(?<!\d)\d\d/)(?:"
    r"(?:\(\s?\+?84\s?\)|\+\s?84)[\s.-]?(?:\(0\))?[\s.-]?\d(?:[\s.-]?\d){7,10}"
    r"|\(\s?0\d{1,3}\s?\)[\s.-]?\d(?:[\s.-]?\d){5,8}"
    r"|84[\s.-][1-9]\d{1,2}(?:[\s.-]?\d){6,8}"
    r"|0\d{2,4}(?:[\s.-]\d)?[\s.-]\d{2,4}(?:[\s.-]\d{2,4}){1,3}|0[1-9]\d{1,2}[\s.-]\d{5,8}"
    r"|0[1-9]\d{8,9}"
    r"|1[89]00(?:[\s.-]?\d){2,6}"
    r")(?!\d|[.,-]\d|/\d{1,3}(?!\d|[.\s-]\d))"
)
_WHOLE_HINT = Pattern(r"0\d|84|1[89]00")
_MASKED = Pattern(r"(?<![\w.,-])0\d{2,3}(?:[\s.-]?(?:\d{2,4}|[xX]{2,4}))*[\s.-]?[xX]{2,4}(?:[\s.-]?\d{2,4})?(?!\w)")
"""A number of which some digits are hidden, "0912.345.xxx"."""
_NUMBER = Pattern(r"(?<![\w.,/+-])\+?\d(?:[\s.-]?\d){2,13}(?:\s?/\s?\d{3,5})*(?![\d/%]|[.,-]\d)")
_COUNTED = After(
    "đồng, đ, người, hộ, lần, ngày, giờ, phút, km, ha, kg, m, tr, triệu, nghìn, tỷ, lượt, học sinh, đại biểu, "
    "tháng, bộ, suất, xã, vụ, ca, trẻ, cháu, em, cuộc, đơn, cán bộ, chiến sĩ, đồng chí, đ/c, "
    "thanh niên, công dân, trường hợp",
    gap=r"\s?",
)
"""Before these a number counts, whatever stands before it."""
_BETWEEN = one_of("số, ngay, vào, qua, tới, đến, theo, về, hotline, miễn phí, quốc gia, bàn, cố định")
_FILLER = rf"(?:\s+{_BETWEEN})*\s*[:.]?\s*"
_NAMED = Before(
    "điện thoại, đt, sđt, sdt, đtdđ, tel, fax, hotline, đường dây nóng, tổng đài, số máy, nội bộ, máy bàn, "
    "di động, đầu số, "
    "máy lẻ, zalo, viber, telegram, alo, a lô",
    reach=48,
    gap=_FILLER,
)
"""After these any number is a telephone number."""
_CALLED = Before(
    "gọi, quay, bấm, liên hệ, lh, hỗ trợ, phản ánh, gửi, nhắn tin, cấp cứu, cảnh sát, cứu hỏa, cứu hoả, cứu nạn, "
    "cứu hộ, chữa cháy, báo cháy, công an, kiểm lâm, trẻ em, "
    "phản ứng nhanh, pccc, cnch, cổng, số khẩn cấp",
    reach=48,
    gap=_FILLER,
)
"""After these only a long number, or a known short one: "gọi 500 thanh niên" counts."""
_LISTED = Pattern(r"(?:[,;]|\b(?:và|hoặc|số))\s*$", re.IGNORECASE)
_SERVICE_HINT = Pattern(
    one_of(
        "gọi, quay, bấm, tổng đài, cấp cứu, cảnh sát, cứu, phản ứng, chữa cháy, báo cháy, đầu số, nhắn tin, "
        "soạn tin, đường dây nóng"
    ),
    re.IGNORECASE,
)
_GROUPED = Pattern(r"[1-9]\d{0,2}(?:\.\d{3})+")
_LONG = 7
"""Digits that make a telephone number by themselves after "gọi"."""


def read(text: str, job: Job) -> str:
    """Pass: telephone numbers by their shape, by the word before them, and the short service numbers."""
    if _WHOLE_HINT.search(text):
        if "x" in text or "X" in text:
            text = _MASKED.sub(lambda match: _masked(match[0]), text)
        text = _WHOLE.sub(lambda match: _digits(match[0]), text)
    is_about_calls = _SERVICE_HINT.search(text) is not None
    return _NUMBER.sub(lambda match: _number(match, is_about_calls), text)


def _number(match: re.Match[str], is_about_calls: bool) -> str:
    written, text = match[0], match.string
    if _GROUPED.fullmatch(written) or _COUNTED(text, match.end()):
        return written
    is_short = all(_SHORT.fullmatch(part.strip()) for part in written.split("/"))
    size = sum(char.isdigit() for char in written)
    if (
        _NAMED(text, match.start())
        or ((is_short or size >= _LONG) and _CALLED(text, match.start()))
        or (is_about_calls and is_short and _LISTED.search(text[max(0, match.start() - 8) : match.start()]))
    ):
        return _digits(written)
    return written


def _masked(written: str) -> str:
    return " ".join([numbers.digits(char) if char.isdigit() else "ích" for char in written if char.isalnum()])


def _digits(written: str) -> str:
    return ("cộng " if "+" in written else "") + numbers.digits(written)
