"""Compares readings as a listener does: words without pause marks, case, tone placement or i/y spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent

_OLD_TONES = {}
for _bare, _first, _second in (
    ("oa", "òóỏõọ", "àáảãạ"),
    ("oe", "òóỏõọ", "èéẻẽẹ"),
    ("uy", "ùúủũụ", "ỳýỷỹỵ"),
):
    for _one, _two in zip(_first, _second, strict=True):
        _OLD_TONES[_bare[0] + _two] = _one + _bare[1]
_SAME = {"tỉ": "tỷ", "kỉ": "kỷ", "kì": "kỳ", "kí": "ký", "lí": "lý", "mĩ": "mỹ", "quí": "quý", "sĩ": "sỹ"}


def heard(text: str) -> str:
    """The words of `text` as they are compared."""
    text = unicodedata.normalize("NFC", text).lower()
    words = "".join(char if char.isalnum() else " " for char in text).split()
    return " ".join(_folded(word) for word in words)


def _folded(word: str) -> str:
    ending = _OLD_TONES.get(word[-2:])
    if ending and word[-3:-2] != "q":
        word = word[:-2] + ending
    return _SAME.get(word, word)


def lines(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(line number, written, accepted readings) of a file of cases; a line break in a case is written \\n."""
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line and not line.startswith("#"):
            written, readings = line.split("\t")
            yield number, written.replace("\\n", "\n"), tuple(readings.split("|"))
