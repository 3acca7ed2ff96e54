"""Reads all digits that are left: ordinals, versions, section numbers, codes of letters and digits, plain numbers."""

from __future__ import annotations

import re

from broadcaster.text import letters, numbers
from broadcaster.text.job import Job
from broadcaster.text.numbers import AMOUNT, amount
from broadcaster.text.pattern import After, Before, Pattern

_ORDINAL = Pattern(r"\b([Tt]hứ)\s+(\d{1,3})(?![\d.,]*\d)")
_VERSION = Pattern(r"(?<![\w.,])v?\d+(?:\.\d+){2,}(?![.,]?\d)|(?<![\w.,])v\d+(?:\.\d+)+(?!\d)")
_DOTTED = Pattern(r"(?<![\w.,])(?P<a>\d+)\.(?P<b>\d{1,2}|\d{4,})(?![\d.]*\d)(?![^\W_]|\s?%)")
_MEASURED = After(
    "tấn, tạ, kg, triệu, tỷ, tỉ, nghìn, lần, điểm, km, m, ha, giờ, độ, lít, người, USD, đồng, phần trăm, mét, "
    "héc*, ki lô*, mi li*"
)
"""A point before these is a decimal comma written the English way, "2.5 lần"; elsewhere it counts parts, "mục 2.5"."""
_MIXED = Pattern(r"(?<![\w])(?=[\w.]*\d)(?=[\w./+-]*[^\W\d_])[^\W_]+(?:[./+-][^\W_]+)*\+?")
_DECIMAL_CODE = Pattern(r"(?<![\w.,])(?P<n>\d+,\d+)(?P<letter>[A-ZĐ])(?!\w)")
"""A grade with a comma, "0,05S"."""
_MIXED_HINT = Pattern(r"\d[./+-]?[^\W\d_]|[^\W\d_][./+-]?\d")
_GROUPED = Pattern(r"[1-9]\d{0,2}(?:\.\d{3})+")
_PLAIN = Pattern(AMOUNT)
_DIGIT = Pattern(r"\d+")
_CODE_SPAN = Pattern(r"(?P<from>(?P<letters>[^\W\d_]+)\d+)-(?P<to>(?P=letters)\d+)")
"""A1-A10, from one to another."""
_PIECE = Pattern(r"\d+|[^\W\d_]+|[./+-]")
_JOINTS = {".": "chấm", "-": "gạch ngang", "/": "trên", "+": "cộng"}
_NAMED = Before(
    "đề án, số, mẫu, biểu, phụ lục, quầy, cửa, mã, kiểu, lộ, nghị quyết, chỉ thị, dự án, bàn, phòng, ô, tờ khai, án",
    gap=r"\s*",
)
"""A number after these is a name, whose leading zero is said: "Đề án 06", but "nộp 02 bộ"."""
_DIGITS_OF_CODE = 9
"""A run of this many digits without separators is a code rather than a quantity, unless money or a noun follows."""
_QUANTITY_AFTER = After("đồng, người, lượt, hộ, tấn, cây, con, cái, tỷ, triệu, nghìn")


def read(text: str, job: Job) -> str:
    """Pass: all remaining digits; after it the text has none."""
    if "hứ" in text:
        text = _ORDINAL.sub(lambda match: f"{match[1]} {numbers.ordinal(int(match[2]), job.reading)}", text)
    if "." in text:
        text = _VERSION.sub(lambda match: _version(match[0], job), text)
        text = _DOTTED.sub(lambda match: _dotted(match, job), text)
    if "," in text:
        text = _DECIMAL_CODE.sub(
            lambda match: f"{amount(match['n'], job.reading)} {letters.spell(match['letter'])}", text
        )
    if _MIXED_HINT.search(text):
        text = _MIXED.sub(lambda match: _mixed(match[0], job), text)
    text = _PLAIN.sub(lambda match: _plain(match, job), text)
    return _DIGIT.sub(lambda match: f" {numbers.digits(match[0])} ", text)


def _version(written: str, job: Job) -> str:
    if _GROUPED.fullmatch(written):
        return written
    said = " chấm ".join(numbers.label(piece, job.reading) for piece in written.lstrip("v").split("."))
    return f"vê {said}" if written.startswith("v") else said


def _dotted(match: re.Match[str], job: Job) -> str:
    if _MEASURED(match.string, match.end()):
        return match[0]
    return f"{numbers.whole(match['a'], job.reading)} chấm {numbers.label(match['b'], job.reading)}"


def _plain(match: re.Match[str], job: Job) -> str:
    written = match[0]
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    said = _number(match, job)
    return (" " if before.isalpha() else "") + said + (" " if after.isalpha() and written else "")


def _number(match: re.Match[str], job: Job) -> str:
    written = match[0]
    if not written.isdigit():
        return amount(written, job.reading)
    if written[0] == "0" and len(written) > 1:
        if len(written) > 2 or _NAMED(match.string, match.start()):
            return numbers.digits(written)
    elif len(written) >= _DIGITS_OF_CODE and not _QUANTITY_AFTER(match.string, match.end()):
        return numbers.digits(written)
    return numbers.whole(written, job.reading)


def _mixed(written: str, job: Job) -> str:
    """ "A4", "12A", "5G", "H5N1", "COVID-19", "2.5tấn": letters by name or by word, numbers as in codes."""
    if written.isalpha() or written.isdigit() or not any(char.isdigit() for char in written):
        return written
    known = job.glossary.foreign.get(written.lower())
    if known:
        return known[0]
    if written in job.glossary.units:
        return job.glossary.units[written]  # "mỗi m2": a unit without its number
    span = _CODE_SPAN.fullmatch(written)
    if span:
        return f"{_mixed(span['from'], job)} đến {_mixed(span['to'], job)}"
    pieces = _PIECE.findall(written)
    words: list[str] = []
    for at, piece in enumerate(pieces):
        before = pieces[at - 1] if at else ""
        if piece.isdigit():
            words.append(numbers.label(piece, job.reading) if len(piece) <= 2 else numbers.digits(piece))
        elif piece.isalpha():
            words.append(_letters(piece, job))
        elif (piece == "-" and len(before) >= 3 and before.isalpha()) or (piece == "/" and not before.isdigit()):
            continue  # COVID-19, A/H5N1
        else:
            words.append(_JOINTS[piece])
    return " ".join(words)


def _letters(piece: str, job: Job) -> str:
    low = piece.lower()
    if len(piece) <= 2 and piece.isascii() and piece.isupper():
        return letters.spell(piece)
    if len(piece) == 1:
        return letters.spell(piece)
    known = job.glossary.foreign.get(low)
    if known:
        return known[0]
    if piece.isupper():
        return job.glossary.plain_reading(piece) or letters.spell(piece)
    return piece
