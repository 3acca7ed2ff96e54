"""Reads weekdays: "T7, CN", "từ T2 đến T6", "thứ 2 - thứ 6", "thứ 3, 5, 7". A single "thứ 4" is an ordinal."""

from __future__ import annotations

import re

from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Before, Pattern

_WEEKDAYS = Pattern(
    r"(?<!\w)T(?P<a>[2-7])(?:(?P<joint>\s*(?:-|đến|,|và|&)\s*)(?=T[2-7]|CN|chủ nhật|Chủ nhật)|(?![\w/]))"
)
_WEEKDAY_CUE = Before(
    r"thứ, sáng, trưa, chiều, tối, đêm, hôm, từ, đến, ngày, các, vào, trừ, và, [-\x2c&(:]", gap=r"\s*"
)
_WEEKDAY_BEFORE = Pattern(r"(?<!\w)(?:T[2-7]|CN)\s*(?:-|đến|,|và|&)\s*$")
"""The last of a list, "T2, T4, T6"."""
_DATE_NEXT = Pattern(r"\s*\(?(?:ngày\s|\d{1,2}/\d{1,2}(?!\d))")
_WEEKDAY_SPAN = Pattern(
    r"\b(?P<lead>[Tt]hứ)\s+(?P<days>[2-7](?:\s*(?:,|;|và|&|-|đến|hoặc)\s*(?:[Tt]hứ\s+)?[2-7])+)(?![\d/.,]?\d)"
)
_WORD = Pattern(r"[Tt]hứ\s+")
_HYPHEN = Pattern(r"\s*-\s*")
_FIGURE = Pattern(r"[2-7]")


def read(text: str, job: Job) -> str:
    """Pass: weekdays, abbreviated, in lists and in spans."""
    if "T" in text:
        text = _WEEKDAYS.sub(_weekday, text)
    if "hứ" in text:
        text = _WEEKDAY_SPAN.sub(_weekday_span, text)
    return text


def _weekday(match: re.Match[str]) -> str:
    text, start = match.string, match.start()
    listed = match["joint"] or _WEEKDAY_BEFORE.search(text[max(0, start - 12) : start])
    if not listed and not _WEEKDAY_CUE(text, start) and not _DATE_NEXT.match(text, match.end()):
        return match[0]
    joint = match["joint"] or ""
    if joint.strip() == "-":
        joint = " đến "
    return f"thứ {numbers.ordinal(int(match['a']))}{joint.replace('&', 'và')}"


def _weekday_span(match: re.Match[str]) -> str:
    days = _WORD.sub("", match["days"]).replace("&", "và")
    days = _HYPHEN.sub(" đến ", days)
    said = _FIGURE.sub(lambda day: f"thứ {numbers.ordinal(int(day[0]))}", days)
    return match["lead"] + said.removeprefix("thứ")
