"""Reads amounts of money: "1.250.000 đồng", "50.000đ", "20k", "1tr2", "3,5 tỷ", "100 USD", "$5"."""

from __future__ import annotations

import re

from broadcaster.text.job import Job
from broadcaster.text.numbers import AMOUNT, amount, digits
from broadcaster.text.pattern import Pattern

_CURRENCIES = {
    "đ": "đồng", "Đ": "đồng", "đồng": "đồng", "vnđ": "đồng", "vnd": "đồng", "usd": "đô la mỹ", "$": "đô la",
    "eur": "ơ rô", "€": "ơ rô",
    "£": "bảng anh", "gbp": "bảng anh", "jpy": "yên nhật", "¥": "yên nhật", "cny": "nhân dân tệ",
    "ndt": "nhân dân tệ", "krw": "uôn hàn quốc",
}  # fmt: skip
_AFTER = Pattern(
    rf"(?<![\w.,])(?P<n>{AMOUNT})\s?(?P<c>đồng|VNĐ|VND|vnđ|vnd|Vnđ|VNd|đ|Đ|USD|usd|EUR|JPY|CNY|NDT|KRW|GBP|\$|€|£|¥)(?![^\W\d_])"
)
_BEFORE = Pattern(rf"(?P<c>US\$|USD\s?|\$|€|£|¥)(?P<n>{AMOUNT})(?P<scale>\s(?:triệu|tỷ|tỉ|nghìn))?")
_SHORT = Pattern(rf"(?<![\w.,])(?P<n>{AMOUNT})\s?(?P<scale>k|K|tr\.?đ|tr|Tr|TR)(?P<rest>\d{{1,3}})?(?![^\W_])")
_SCALED = Pattern(r"(?P<scale>\b(?:trăm|nghìn|ngàn|triệu|tỷ|tỉ))\s?đ(?![^\W\d_])")
_FIVE_K = Pattern(r"(?:thông điệp|biện pháp|nguyên tắc|quy tắc|thực hiện)\s*\"?$", re.IGNORECASE)
_HINT = Pattern(r"(?:nghìn|ngàn|triệu|tỷ|tỉ)\s?đ|\d\s?(?:đ|Đ|V|v|k|K|tr|T|U|u|E|J|C|N|G|\$|€|£|¥)|[$€£¥]")


def read(text: str, job: Job) -> str:
    """Pass: amounts with their currency."""
    if _HINT.search(text) is None:
        return text
    text = _SHORT.sub(lambda match: _short(match, job), text)
    text = _AFTER.sub(lambda match: f"{amount(match['n'], job.reading)} {_CURRENCIES[match['c'].lower()]}", text)
    text = _SCALED.sub(r"\g<scale> đồng", text)
    if "$" in text or "€" in text or "£" in text or "¥" in text or "USD" in text:
        text = _BEFORE.sub(lambda match: _before(match, job), text)
    return text


def _short(match: re.Match[str], job: Job) -> str:
    number = amount(match["n"], job.reading)
    if match["scale"] in "kK":
        if match["scale"] == "K" and _FIVE_K.search(match.string[max(0, match.start() - 20) : match.start()]):
            return f"{number} ca"
        return match[0] if match["rest"] else f"{number} {job.reading.thousand}"
    rest = match["rest"]
    if not rest:
        return f"{number} triệu đồng" if "đ" in match["scale"] else f"{number} triệu"
    # "1tr2" is one million two hundred thousand; "1tr250" one million two hundred and fifty thousand.
    return f"{number} triệu {digits(rest)}" if len(rest) == 1 else f"{number} triệu {amount(rest, job.reading)}"


def _before(match: re.Match[str], job: Job) -> str:
    sign = match["c"].strip()
    name = "đô la mỹ" if sign in {"US$", "USD"} else _CURRENCIES[sign]
    return f"{amount(match['n'], job.reading)}{match['scale'] or ''} {name}"
