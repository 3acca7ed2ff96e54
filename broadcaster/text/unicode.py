"""First pass: brings each character to one spelling, so that later rules see only that one.

NFC; zero-width characters and soft hyphens gone; every kind of space a space; look-alikes that keyboards, PDF
converters and old fonts leave behind ("ƣ" for "ư", "Ð" for "Đ", Cyrillic "а") replaced. The placement of tone marks
(hoà, hòa) is the writer's and stays.
"""

from __future__ import annotations

import unicodedata

from broadcaster.text.pattern import Pattern

_ODD = Pattern(r"[^\n !-~À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")

_GONE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\ufe0e\ufe0f\u20e3\u0000"
_SPACES = (
    "\t\r\v\f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_PAIRS = {
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "﹣": "-", "－": "-",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "❝": '"', "❞": '"', "＂": '"',
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'", "″": '"',
    "…": "...", "‥": "..", "·": "•", "∙": "•", "⁄": "/", "∕": "/", "÷": "-", "⋅": "•",
    "²": "2", "³": "3", "¹": "1", "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3",
    "º": "°", "˚": "°", "℃": "°C", "℉": "°F", "μ": "µ", "№": "số ", "㎡": "m2", "㎥": "m3", "㎏": "kg", "㎞": "km",
    "㎜": "mm", "㎝": "cm", "✕": "x", "✖": "x", "×": "x", "﹪": "%", "₫": "đ",
    "Φ": "phi ", "φ": "phi ", "Ø": "phi ", "ø": "phi ", "⌀": "phi ", "∅": "phi ",
    "Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "Ƣ": "Ư", "ƣ": "ư",
    "\u2028": "\n", "\u2029": "\n",
    "ﬁ": "fi", "ﬂ": "fl",
}  # fmt: skip
_LOOKALIKE = dict(zip("АВЕКМНОРСТХаеорсхуі", "ABEKMHOPCTXaeopcxyi", strict=True))
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_TABLE: dict[int, str | int | None] = {
    **_FULL_WIDTH,
    **{ord(char): None for char in _GONE},
    **{ord(char): " " for char in _SPACES},
    **{ord(char): to for char, to in (_PAIRS | _LOOKALIKE).items()},
}


def clean(text: str) -> str:
    """The same text in the one spelling of each character that all later passes expect."""
    if _ODD.search(text) is None:
        return text
    text = unicodedata.normalize("NFC", text.translate(_TABLE))
    if _ODD.search(text) is None:
        return text
    return "".join([_plain_digit(char) for char in text])


def _plain_digit(char: str) -> str:
    """Digits of other scripts and circled or raised digits become 0-9; all else stays for the audit."""
    if char < "\u0080":
        return char
    value = unicodedata.digit(char, -1)
    if value >= 0:
        return str(value)
    if unicodedata.category(char) in {"No", "Nl"}:
        # "Ⅳ" is IV; a numeral that no letters write becomes a sign that the audit reports.
        plain = unicodedata.normalize("NFKC", char)
        return plain if plain.isascii() else "\ufffd"
    return char
