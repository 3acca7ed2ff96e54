"""What must stand beside an abbreviation for one of its readings: plain words, and signs like `<số>`.

`stands_before` and `stands_after` answer for the words that a line of the glossary lists; glossary.py says how they are
written there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from broadcaster.text.numbers import DIGITS
from broadcaster.text.pattern import Pattern, one_of

LOOK_BACK = 40
"""Characters on either side that are looked at: more than any listed word needs."""

_DIGITS_SAID = Pattern(rf"[ .:]*(?:cộng )?{one_of(', '.join(DIGITS))} {one_of(', '.join(DIGITS))} ")
"""A telephone number that an earlier pass has spelt."""
_SHORT_NUMBER = Pattern(r"[ .]*\d{1,2}(?!\d|[./]\d)")
_DAY_AND_MONTH = Pattern(r" *\d{1,2}[/-]\d{1,2}(?!\d)")
_POINT_AND_NUMBER = Pattern(r"\.\s?\d")
NAME_AFTER = Pattern(r"[\s\"']*[A-ZĐÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝĂĨŨƠƯẠ-Ỹ][^\W\d_]*")
"""A word with a capital letter, spaces and quotation marks before it included."""


def stands_before(listed: Sequence[str], text: str, start: int) -> bool:
    """Whether text[:start] ends in one of the listed words (lower case) or signs."""
    head = text[max(0, start - LOOK_BACK) : start].rstrip(" (\"'").lower()
    for word in listed:
        is_there = _SIGNS_BEFORE.get(word)
        if is_there(head) if is_there else _ends_with_word(head, word):
            return True
    return False


def stands_after(listed: Sequence[str], text: str, end: int) -> bool:
    """Whether text[end:] begins with one of the listed words (lower case) or signs."""
    tail = text[end : end + LOOK_BACK].lstrip(" \"'")
    low = tail.lower()
    for word in listed:
        is_there = _SIGNS_AFTER.get(word)
        if is_there(tail, low) if is_there else _begins_with_word(low, word):
            return True
    return False


def _ends_with_word(head: str, word: str) -> bool:
    return head.endswith(word) and not head[-len(word) - 1 : -len(word)].isalnum()


def _begins_with_word(low: str, word: str) -> bool:
    return low.startswith(word) and not (word[-1].isalnum() and low[len(word) : len(word) + 1].isalnum())


_SIGNS_BEFORE: Mapping[str, Callable[[str], bool]] = {
    "<đầu>": lambda head: not head,
    "<số>": lambda head: head[-1:].isdigit(),
}
"""Sign → whether the text before, lower case, is what it stands for."""
_SIGNS_AFTER: Mapping[str, Callable[[str, str], bool]] = {
    "<hết>": lambda tail, low: not tail or tail in (".", "./."),
    "<số>": lambda tail, low: low.lstrip(". ")[:1].isdigit() or _DIGITS_SAID.match(low) is not None,
    "<số ngắn>": lambda tail, low: _SHORT_NUMBER.match(low) is not None,
    "<ngày>": lambda tail, low: _DAY_AND_MONTH.match(low) is not None,
    ".<số>": lambda tail, low: _POINT_AND_NUMBER.match(tail) is not None,
    "<tên>": lambda tail, low: NAME_AFTER.match(tail) is not None and not low.startswith("và "),
    ".<tên>": lambda tail, low: tail[:1] == "." and NAME_AFTER.match(tail, 1) is not None,
}
"""Sign → whether the text after, as it is and in lower case, is what it stands for."""
