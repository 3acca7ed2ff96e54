"""Number words, northern style: 21 "hai mươi mốt", 105 "một trăm linh năm", 2025 "hai nghìn không trăm hai mươi lăm".

Plain functions, no pass. `Reading` chooses linh/lẻ and nghìn/ngàn. Sources of the rules: the primary
school arithmetic books (mốt, tư, lăm, linh, "không trăm" for an empty hundreds place in the middle of a number).
"""

from __future__ import annotations

from functools import lru_cache

from broadcaster.model import Reading
from broadcaster.text.pattern import Pattern

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
"""Names of the ten digits, said one by one in telephone numbers and codes."""

_DIGIT_NAMES = dict(zip("0123456789", DIGITS, strict=True))
_DEFAULT = Reading()
_BILLION = 10**9
_LONGEST_CARDINAL = 24
"""Digits of the longest number. A longer run (from a million billion billion on) is a code, read digit by digit."""


def cardinal(number: int, reading: Reading = _DEFAULT) -> str:
    """The words of a whole number: -5 "âm năm", 1_000_005 "một triệu không trăm nghìn không trăm linh năm"."""
    return _cardinal(number, reading.thousand, reading.zero_tens)


def digits(text: str) -> str:
    """Every digit by its name, whatever stands between: "0912.345" "không chín một hai ba bốn năm"."""
    return " ".join([_DIGIT_NAMES[char] for char in text if char in _DIGIT_NAMES])


def whole(text: str, reading: Reading = _DEFAULT) -> str:
    """A run of digits as a number; digit by digit when it is too long to be one."""
    if len(text) > _LONGEST_CARDINAL:
        return digits(text)
    return _cardinal(int(text), reading.thousand, reading.zero_tens)


def label(text: str, reading: Reading = _DEFAULT) -> str:
    """A number that names something (Đề án 06, mẫu 01): a leading zero is said, "không sáu"."""
    if text.startswith("0") and len(text) > 1:
        return digits(text)
    return whole(text, reading)


def decimal(integer: str, fraction: str, reading: Reading = _DEFAULT) -> str:
    """Digits before and after the comma: ("89", "33") "tám mươi chín phẩy ba mươi ba"."""
    return f"{whole(integer or '0', reading)} phẩy {fraction_digits(fraction, reading)}"


def fraction_digits(fraction: str, reading: Reading = _DEFAULT) -> str:
    """The words after "phẩy": two digits as a number, otherwise (and with a leading zero) digit by digit."""
    if len(fraction) == 2 and fraction[0] != "0":
        return whole(fraction, reading)
    return digits(fraction)


def ordinal(number: int, reading: Reading = _DEFAULT) -> str:
    """The word after "thứ": nhất, hai, ba, tư, năm … (weekdays need no other rule: Monday is "thứ hai" too)."""
    if number == 1:
        return "nhất"
    if number == 4:
        return "tư"
    return cardinal(number, reading)


@lru_cache(maxsize=20_000)
def _cardinal(number: int, thousand: str, zero_tens: str) -> str:
    if number < 0:
        return "âm " + _cardinal(-number, thousand, zero_tens)
    if number < 10:
        return DIGITS[number]
    if number < _BILLION:
        return " ".join(_below_billion(number, thousand, zero_tens, padded=False))
    billions, rest = divmod(number, _BILLION)
    words = [_cardinal(billions, thousand, zero_tens), "tỷ"]
    if rest:
        words += _below_billion(rest, thousand, zero_tens, padded=True)
    return " ".join(words)


def _below_billion(number: int, thousand: str, zero_tens: str, *, padded: bool) -> list[str]:
    """Groups of three. `padded`: something larger stands before, so an empty place is said ("không trăm")."""
    millions, rest = divmod(number, 1_000_000)
    thousands, ones = divmod(rest, 1000)
    words: list[str] = []
    for group, name, below in ((millions, "triệu", rest), (thousands, thousand, ones), (ones, "", 0)):
        if group:
            words += _group(group, zero_tens, padded=padded)
        elif padded and below:
            words += ["không", "trăm"]
        else:
            continue
        if name:
            words.append(name)
        padded = True
    return words


def _group(number: int, zero_tens: str, *, padded: bool) -> list[str]:
    """A number below 1000; `padded` says the hundreds even when they are zero."""
    hundreds, pair = divmod(number, 100)
    tens, ones = divmod(pair, 10)
    words = [DIGITS[hundreds], "trăm"] if hundreds or padded else []
    if tens == 0:
        if ones and words:
            words += [zero_tens, "tư" if ones == 4 else DIGITS[ones]]
        elif ones:
            words.append(DIGITS[ones])
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if ones == 5:
        words.append("lăm")
    elif ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 4 and tens > 1:
        words.append("tư")
    elif ones:
        words.append(DIGITS[ones])
    return words


AMOUNT = (
    r"(?:\d+(?!\d|[.,]\d| \d{3}(?!\d))|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?(?![\d.]*\d)|\d+,\d+(?![.,]?\d)"
    r"|[1-9]\d{0,2}(?:,\d{3}){2,}(?:\.\d+)?(?!\d)|[1-9]\d{0,2}(?: \d{3}){2,}(?!\d)|[1-9]\d{0,2} 000(?!\d)"
    r"|\d+\.\d+(?![.,]?\d)|\d+(?!\d|[.,]\d))"
)
"""Regular expression of a number as written: 1.250.000 · 1.234,5 · 1,250,000 · 1 000 000 · 3,5 · 2.5 · 15."""

_GROUPED = Pattern(r"\d{1,3}(?:([. ])\d{3})(?:\1\d{3})*(?:,(\d+))?")
_COMMA_GROUPED = Pattern(r"\d{1,3}(?:,\d{3}){2,}(?:\.(\d+))?")


def amount(text: str, reading: Reading = _DEFAULT) -> str:
    """The words of a number as `AMOUNT` matches it. A leading zero of a quantity is not said: "01" "một"."""
    if text.isdigit():
        return whole(text, reading)
    for form, group_signs, mark in ((_GROUPED, ". ", ","), (_COMMA_GROUPED, ",", ".")):
        match = form.fullmatch(text)
        if match:
            integer, _, fraction = text.partition(mark)
            for sign in group_signs:
                integer = integer.replace(sign, "")
            return decimal(integer, fraction, reading) if fraction else whole(integer, reading)
    integer, _, fraction = text.replace(".", ",").partition(",")
    return decimal(integer, fraction, reading)
