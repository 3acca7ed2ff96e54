"""Telephone numbers, digit by digit: "0208.3855.123", "(0208) 3855 123", "+84 912 345 678", "1900 1234", "gọi 115"."""

from __future__ import annotations

import re

from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern

_SHORT = "11[1-9]|1022|1080|1088|1407|1414|14[0-9]{2}|156|5656|8[0-9]{3}"
_CUE = (
    r"(?:điện thoại|đt|sđt|sdt|đtdđ|tel|fax|hotline|đường dây nóng|tổng đài|số máy|máy bàn|di động|di động số|số đt|số gọi|đầu số|máy lẻ|"
    r"zalo|viber|telegram|liên hệ|lh|gọi|bấm|bấm số|alo|a lô|hỗ trợ|phản ánh)"
)
_WHOLE = Pattern(
    r"(?<![\w.,-])(?<!(?<!\d)\d/)(?<!(?<!\d)\d\d/)(?:"
    r"(?:\(\s?\+?84\s?\)|\+\s?84)[\s.-]?(?:\(0\))?[\s.-]?\d(?:[\s.-]?\d){7,10}"
    r"|\(\s?0\d{1,3}\s?\)[\s.-]?\d(?:[\s.-]?\d){5,8}"
    r"|0\d{2,3}[\s.-]\d{2,4}(?:[\s.-]\d{2,4}){1,3}"
    r"|0[1-9]\d{8,9}"
    r"|1[89]00(?:[\s.-]?\d){2,6}"
    r")(?!\d|[.,-]\d|/\d{1,3}(?!\d|[.\s-]\d))"
)
_CUED = Pattern(
    rf"\b(?P<cue>{_CUE}(?:\s+(?:số|ngay|vào|qua|tới|đến|theo|hotline|miễn phí|quốc gia))*\s*[:.]?\s*)(?P<number>\+?\d(?:[\s.-]?\d){{2,13}})(?![\d/%]|[.,]\d|\s?(?:đồng|đ\b|người|hộ|lần|ngày|giờ|phút))",
    re.IGNORECASE,
)
_SERVICES = Pattern(
    rf"\b(?P<cue>(?:gọi|bấm|số|tổng đài|cấp cứu|cảnh sát|cứu hỏa|cứu hoả|cứu nạn|cứu hộ|phản ứng nhanh|chữa cháy|pccc|đầu số|gửi|gửi tới|gửi đến|nhắn tin|cổng|pccc và cnch|cnch|,|và|hoặc)(?:\s+(?:số|ngay|đến|tới|về|qua))*\s*[:]?\s*)(?P<number>{_SHORT})(?!\d|[.,/:%-]\d|\s?(?:đồng|người|hộ|đ\b|km|ha|kg|m\b|%|tr|nghìn|lượt|học|ngày))",
    re.IGNORECASE,
)
_SERVICE_HINT = Pattern(
    r"gọi|bấm|tổng đài|cấp cứu|cảnh sát|cứu|phản ứng|chữa cháy|đầu số|nhắn tin|soạn|cháy|số khẩn|PCCC|CNCH",
    re.IGNORECASE,
)
_AMOUNT_LIKE = Pattern(r"[1-9]\d{0,2}(?:\.\d{3})+")


def read(text: str, job: Job) -> str:
    """Pass: telephone numbers by their shape, by the word before them, and the short emergency numbers."""
    text = _WHOLE.sub(_say, text)
    text = _CUED.sub(lambda match: match[0] if _is_amount(match) else match["cue"] + _digits(match["number"]), text)
    if _SERVICE_HINT.search(text):
        text = _SERVICES.sub(lambda match: match["cue"] + numbers.digits(match["number"]), text)
    return text


def _is_amount(match: re.Match[str]) -> bool:
    """ "liên hệ 1.250 hộ" or "gọi 500 thanh niên" count; "tổng đài 1022" does not."""
    number = match["number"]
    if _AMOUNT_LIKE.fullmatch(number):
        return True
    size = sum(char.isdigit() for char in number)
    if match["cue"].strip().lower() in {"gọi", "hỗ trợ", "liên hệ", "phản ánh", "gọi số"}:
        return size < 7 and not re.fullmatch(_SHORT, number)
    return False


def _say(match: re.Match[str]) -> str:
    return _digits(match[0])


def _digits(written: str) -> str:
    return ("cộng " if "+" in written else "") + numbers.digits(written)
