"""Reads web and mail addresses as people say them: "dichvucong.gov.vn" → "dịch vụ công chấm gốp chấm vê nờ".

"https://" and "www." are not said: every browser adds them, and a listener writes down what follows.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from broadcaster.text import numbers
from broadcaster.text.glossary import load_glossary
from broadcaster.text.job import Job
from broadcaster.text.letters import spell, without_marks
from broadcaster.text.pattern import Pattern
from broadcaster.text.syllables import is_syllable

_ENDINGS = "vn|com|net|org|gov|edu|info|io|me|app|asia|biz|tv|co|int|ai|dev|online|site|xyz|top|ly|gle|be|us|uk"
_ADDRESS = Pattern(
    rf"(?P<scheme>\bhttps?://)?(?<![\w@.])(?P<user>[A-Za-z0-9](?:[\w.+-]*[A-Za-z0-9_])?@)?(?P<host>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:{_ENDINGS}))(?![\w@-])"
    r"(?P<port>:\d{2,5})?(?P<path>/[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?"
)
_ENDING = Pattern(r"(?<![\w.])\.(?P<ending>(?:gov|edu|com|org|net)(?:\.vn)?|vn)(?![\w.-]?\w)")
"""The ending of an address, written alone: "trang thật có đuôi .gov.vn"."""
_FILE_ENDING = Pattern(r"(?<![\w.])\.(?=(?:apk|pdf|docx?|xlsx?|exe|zip|rar|jpg|png|mp[34])(?!\w))")
_BARE = Pattern(r"\bhttps?://(?P<rest>[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+)")
_SIGNS = {
    ".": "chấm", "-": "gạch ngang", "_": "gạch dưới", "/": "gạch chéo", "@": "a còng", ":": "hai chấm",
    "?": "hỏi chấm", "=": "bằng",
    "&": "và", "#": "thăng", "%": "phần trăm", "+": "cộng", "~": "ngã",
}  # fmt: skip
_PIECE = Pattern(r"[A-Za-z]+(?:-[A-Za-z]+)+|[A-Za-z]+|\d+|.")
_LONGEST_PIECE = 24
"""Letters of a name to be cut into words. Longer runs are codes, and are spelt."""


def read(text: str, job: Job) -> str:
    """Pass: addresses become words; the full stop that ends a sentence stays."""
    if "." not in text:
        return text
    text = _ADDRESS.sub(lambda match: _address(match, job), text)
    if " ." in text or '".' in text or "(." in text:
        text = _ENDING.sub(lambda match: _say("." + match["ending"], job), text)
        text = _FILE_ENDING.sub("chấm ", text)
    if "://" in text:
        text = _BARE.sub(lambda match: _say(match["rest"].rstrip(".,;:!?)'/"), job), text)
    return text


def _address(match: re.Match[str], job: Job) -> str:
    user, host, path = match["user"] or "", match["host"], (match["port"] or "") + (match["path"] or "")
    if not user and not match["scheme"] and not path and not _is_host(host):
        return match[0]
    stop = ""
    while path and path[-1] in ".,;:!?)'/":
        stop = path[-1] + stop if path[-1] != "/" else stop
        path = path[:-1]
    if not user and host.lower().startswith("www."):
        host = host[4:]
    return _say(user + host.lower() + path, job) + stop


def _is_host(host: str) -> bool:
    """ "tp.Hanoi"? "v.v"? A host without scheme or user must end in .vn, .com, .net or .org, or be in several parts."""
    last = host.rsplit(".", 1)[-1].lower()
    if host.count(".") >= 2 and len(host) > 12 and host.islower():
        return True
    return last in {"vn", "com", "net", "org", "gov", "edu", "info", "io", "app"} and len(host) > 5


def _say(address: str, job: Job) -> str:
    words: list[str] = []
    for match in _PIECE.finditer(address):
        piece = match[0]
        if piece.isdigit():
            words.append(numbers.digits(piece))
        elif len(piece) > 1 and "-" in piece:
            words.append(_hyphenated(piece, job))
        elif piece.isalpha() and piece.isascii():
            words.append(_name(piece, job))
        elif piece in _SIGNS:
            words.append(_SIGNS[piece])
    return " ".join(words)


def _hyphenated(name: str, job: Job) -> str:
    """ "huong-dan": the marks of both syllables are found together, if they are syllables of one word."""
    pieces = name.lower().split("-")
    together = _cut("".join(pieces), job, initials=0) if len(name) <= _LONGEST_PIECE else None
    words = (together or "").split()
    if [without_marks(word) for word in words] != pieces:
        words = [_name(piece, job) for piece in pieces]
    return " gạch ngang ".join(words)


def _name(piece: str, job: Job) -> str:
    low = piece.lower()
    known = _known(low, job)
    if known:
        return known
    if len(low) > _LONGEST_PIECE:
        return spell(low)
    cut = _cut(low, job, initials=0 if len(low) <= 4 else _MOST_INITIALS)
    if cut is None:
        return spell(low) if len(low) <= 4 else low
    return cut


def _known(low: str, job: Job) -> str:
    glossary = job.glossary
    found = glossary.domains.get(low)
    if found:
        return found
    if len(low) > 2 and not is_syllable(low):
        if low in glossary.foreign:
            return glossary.foreign[low][0]
        return glossary.plain_reading(low.upper()) or ""
    return ""


def _cut(name: str, job: Job, *, initials: int) -> str | None:
    """Fewest known words, then fewest syllables, that make up the whole name."""
    best: list[tuple[int, int, str] | None] = [(0, 0, "")] + [None] * len(name)
    for end in range(1, len(name) + 1):
        for start in range(max(0, end - 24), end):
            before = best[start]
            if before is None:
                continue
            word, cost = _piece(name[start:end], job)
            singles = before[1] + (end - start == 1)
            if not word or singles > initials:
                continue
            if end - start == 1 and (start < 2 or (name[start - 1] in _VOWELS and name[start] in _CLOSING)):
                continue
            total = before[0] + cost
            here = best[end]
            if here is None or total < here[0]:
                best[end] = (total, singles, f"{before[2]} {word}".strip())
    last = best[len(name)]
    return last[2] if last else None


_MOST_INITIALS = 2
"""Single letters in a name, "trangnt", "nguyenvana"; a name that needs more of them is foreign."""


def _piece(piece: str, job: Job) -> tuple[str, int]:
    """The word a piece stands for, and what it costs to cut the name there."""
    if len(piece) == 1:
        return spell(piece), 6
    if len(piece) > 3 or (piece in job.glossary.domains and (len(piece) > 2 or piece in {"xa", "vp"})):
        word = _known(piece, job)
        if word:
            return word, 2
    pair = _pairs().get(piece)
    if pair:
        return pair, 7
    return _sayable(piece), 5


@lru_cache(maxsize=1)
def _pairs() -> dict[str, str]:
    """Two syllables that stand together in the glossary's readings, without marks → with them: "dantoc" → "dân tộc".

    What addresses lack are the marks, and the words of offices are the words of their addresses.
    """
    glossary = load_glossary()
    readings = {entry.spoken for forms in glossary.first_words.values() for _, entries in forms for entry in entries}
    readings.update(glossary.documents.values(), glossary.domains.values())
    counts: dict[str, Counter[str]] = {}
    for reading in readings:
        words = reading.split()
        for first, second in pairwise(words):
            counts.setdefault(without_marks(first + second), Counter())[f"{first} {second}"] += 1
    return {key: found.most_common(1)[0][0] for key, found in counts.items()}


_VOWELS = frozenset("aeiouy")
_CLOSING = frozenset("aceimnoptuy")
"""Letters that belong to the syllable when they follow a vowel."""
_LOST_MARKS = (
    ("uye", "uyê"), ("ie", "iê"), ("ye", "yê"), ("uo", "ươ"),
    ("uye", "uyế"), ("ie", "iế"), ("ye", "yế"), ("uo", "ướ"), ("oa", "oạ"), ("ua", "uậ"), ("a", "á"), ("e", "é"),
    ("e", "ế"), ("i", "í"), ("o", "ó"), ("o", "ố"), ("u", "ú"), ("u", "ứ"),
)  # fmt: skip
"""Vowels that lost their marks, and marks that make a syllable closed by a stop sayable again."""


@lru_cache(maxsize=4096)
def _sayable(piece: str) -> str:
    """The piece as a syllable; one that ends in a stop gets the tone it cannot be said without: "tuc" → "túc"."""
    if len(piece) < 2 or is_syllable(piece):
        return piece if len(piece) > 1 else ""
    for plain, marked in _LOST_MARKS:
        if plain in piece and is_syllable(piece.replace(plain, marked, 1)):
            return piece.replace(plain, marked, 1)
    return ""
