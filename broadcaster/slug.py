"""A short name made of any words, for ids, file names and journal rows."""

from __future__ import annotations

import re
import unicodedata


def slug(words: str, *, longest: int | None = None) -> str:
    """`Lịch tiêm chủng 12/2026` -> `lich_tiem_chung_12_2026`: only a-z, 0-9 and single `_` between them.

    At most `longest` characters (None: any number). Empty when `words` has no letter and no digit.
    """
    plain = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:longest].strip("_")
