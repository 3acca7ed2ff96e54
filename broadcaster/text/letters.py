"""Vietnamese letter names, for acronyms, plates and codes that are spelt out."""

from __future__ import annotations

import unicodedata

NAMES = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "e": "e", "ê": "ê", "f": "ép",
    "g": "gờ", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "lờ", "m": "mờ", "n": "nờ", "o": "o", "ô": "ô",
    "ơ": "ơ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê",
    "w": "vê kép", "x": "ích", "y": "y", "z": "dét",
}  # fmt: skip
"""Lower-case letter to its name."""


def spell(word: str) -> str:
    """Letter by letter: "HPV" "hát pê vê". A mark on a letter is not said; other characters are left out."""
    word = word.lower().translate(_TONELESS)
    if not word.isascii():
        word = "".join([char if char in NAMES else unicodedata.normalize("NFD", char)[0] for char in word])
    return " ".join([NAMES[char] for char in word if char in NAMES])


_TONELESS = str.maketrans(
    "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
    "aaaaaăăăăăâââââeeeeeêêêêêiiiiioooooôôôôôơơơơơuuuuuưưưưưyyyyy",
)


def without_marks(text: str) -> str:
    """As an address writes it: "dân tộc" → "dan toc", "đất" → "dat"."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join([char for char in bare if not unicodedata.combining(char)])
