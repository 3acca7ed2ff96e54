"""Reads times of day and lengths of time: "7h30", "13h30'", "8g00", "19:05", "7h-11h30", "15'", "24/24h"."""

from __future__ import annotations

import re

from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern

_MINUTES = r"(?:\s?(?:phút|ph|p|')(?![^\W\d_]))?"
_CLOCK = (
    rf"(?<![\w.,/:])(?P<h{{n}}>\d{{{{1,3}}}})(?:\s?(?P<s{{n}}>h|H|giờ|g(?=[0-5]\d)|:(?=[0-5]\d))\s?(?:(?P<m{{n}}>[0-5]\d){_MINUTES}"
    rf"(?::?\s?(?P<x{{n}}>[0-5]\d)(?:\s?(?:giây|''|\"|s))?)?|(?P<n{{n}}>\d)\s?(?:phút|ph|'))?)(?![^\W_]|[.,:/]\d)"
)
_ONE = Pattern(_CLOCK.format(n=1))
_SPAN = Pattern(_CLOCK.format(n=1) + r"\s*(?:-|÷|->|~)\s*" + _CLOCK.format(n=2))
_BARE_SPAN = Pattern(
    r"(?<![\w.,/:-])(?<!giờ )(?<!\d[hHg] )(?P<from>\d{1,2})\s*-\s*(?=\d{1,2}\s?(?:h|H|giờ|g(?=[0-5]\d))(?![a-zà-ỹ]))"
)
_PARTS_OF_DAY = Pattern(
    r"(?P<from>(?<![\w.,/:-])\d{1,2}\s?(?:h|H|giờ)(?:[0-5]\d)?\s+(?:sáng|trưa|chiều|tối|đêm))\s*-\s*(?=\d{1,2}\s?(?:h|H|giờ))"
)
"""From one part of the day to another, "8h sáng - 4h chiều"."""
_MINUTE_SPAN = Pattern(r"(?<![\w.,/:-])(?P<from>\d{1,3})\s*-\s*(?=\d{1,3}\s?'(?!['\w]))")
_G_SPAN = Pattern(r"(?P<clock>(?<![\w.,])\d{1,2}\s?g[0-5]\d\s*(?:-|đến)\s*\d{1,2}\s?)g(?![^\W_])")
"""The second clock of "9g30 - 11g", whose bare g would be grams elsewhere."""
_HOUR_G = Pattern(
    r"(?P<lead>\b(?:lúc|hồi|vào|từ|đến|trước|sau|khoảng)\s+)(?P<h>[01]?\d|2[0-4])\s?g(?![^\W_])(?!\s*(?:gạo|đường|muối|thịt|vàng))",
    re.IGNORECASE,
)
_HOUR_G_OF_DAY = Pattern(r"(?<![\w.,/])(?P<h>[01]?\d|2[0-4])\s?g(?=\s+(?:sáng|trưa|chiều|tối|đêm|ngày)\b)")
_ROUND = Pattern(r"(?<![\w/])24/24\s?(?:h\b|giờ)?|(?<![\w/])24/7(?![\d/])|(?<![\w/])24h?/24h?(?![\d/])")
_MINUTE_SECOND = Pattern(r"(?<![\w.,])(?P<m>\d{1,3})\s?'(?:\s?(?P<s>\d{1,2})\s?(?:\"|''))?(?!['\w])")
_SECONDS = Pattern(r"(?<![\w.,])(?P<s>\d{1,3})\s?''(?!['\w])")
_HINT = Pattern(r"\d\s?(?:h|H|g|giờ|:|'|/24|/7)")
_OPENS = Pattern(r"(?:^|[,.;:(])\s*$")
_RATIO = Pattern(r"(?:tỷ lệ|tỉ lệ|tỷ số|tỉ số|pha|pha loãng|trộn)\s*$", re.IGNORECASE)


def read(text: str, job: Job) -> str:
    """Pass: every time that digits spell."""
    if _HINT.search(text) is None:
        return text
    if "/" in text:
        text = _ROUND.sub(lambda match: _round_the_clock(match, job), text)
    if "g" in text:
        text = _G_SPAN.sub(r"\g<clock>h", text)
    if "-" in text:
        text = _PARTS_OF_DAY.sub(r"\g<from> đến ", text)
    text = _BARE_SPAN.sub(lambda match: f"{numbers.whole(match['from'], job.reading)} đến ", text)
    text = _SPAN.sub(lambda match: _span(match, job), text)
    text = _ONE.sub(lambda match: _clock(match, "1", job), text)
    text = _HOUR_G.sub(lambda match: f"{match['lead']}{numbers.whole(match['h'], job.reading)} giờ", text)
    text = _HOUR_G_OF_DAY.sub(lambda match: f"{numbers.whole(match['h'], job.reading)} giờ", text)
    if "'" in text:
        text = _MINUTE_SPAN.sub(lambda match: f"{numbers.whole(match['from'], job.reading)} đến ", text)
        text = _SECONDS.sub(lambda match: f"{numbers.whole(match['s'], job.reading)} giây", text)
        text = _MINUTE_SECOND.sub(lambda match: _minutes(match, job), text)
    return text


def _clock(match: re.Match[str], n: str, job: Job) -> str:
    hours, sign = match["h" + n], match["s" + n]
    minutes = match["m" + n] or match["n" + n]
    if sign == ":" and (int(hours) > 24 or _RATIO.search(match.string[max(0, match.start() - 12) : match.start()])):
        return match[0]
    if sign == "g" and int(hours) > 24:
        return match[0]
    words = f"{numbers.whole(hours, job.reading)} giờ"
    if minutes and int(minutes):
        words += f" {numbers.label(minutes, job.reading)} phút"
    seconds = match["x" + n]
    if seconds and int(seconds):
        words += f" {numbers.label(seconds, job.reading)} giây"
    return words


def _span(match: re.Match[str], job: Job) -> str:
    words = f"{_clock(match, '1', job)} đến {_clock(match, '2', job)}"
    return f"từ {words}" if _OPENS.search(match.string[: match.start()][-6:]) else words


def _round_the_clock(match: re.Match[str], job: Job) -> str:
    day = numbers.cardinal(24, job.reading)
    if "/7" in match[0]:
        return f"{day} trên bảy"
    unit = " giờ" if match[0].rstrip().endswith(("h", "giờ")) else ""
    return f"{day} trên {day}{unit}"


def _minutes(match: re.Match[str], job: Job) -> str:
    words = f"{numbers.whole(match['m'], job.reading)} phút"
    return f"{words} {numbers.whole(match['s'], job.reading)} giây" if match["s"] else words
