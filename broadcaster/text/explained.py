"""Finds abbreviations that the text itself explains: "cải cách hành chính (CCHC)", "sau đây gọi tắt là…"."""

from __future__ import annotations

import re
from collections.abc import Callable

from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern

_WORD = Pattern(r"[^\W\d_]+")
_BRACKETS = Pattern(r"[(\[]([^()\[\]]{2,120})[)\]]")
_CALLED = Pattern(
    r"(?:sau đây |dưới đây )?(?:gọi|viết) (?:chung |tắt )?(?:tắt )?là:?\s*\"?([^\s\"]+)\"?$", re.IGNORECASE
)
_SHORT_FORM = Pattern(r"[A-ZĐÂÊÔƠƯĂ]{2}")
_ACRONYM = Pattern(r"[A-ZĐÂÊÔƠƯĂ][A-ZĐÂÊÔƠƯĂa-z&-]*")
_LONGEST_SHORT_FORM = 24
"""Characters in brackets that may still be an abbreviation rather than a remark."""
_LAST_WORD = Pattern(r"([^\s(]+)\s*$")
_SMALL_WORDS = frozenset("và của về cho các cấp theo tại trong với là".split())
_MARKS = str.maketrans(
    "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
    "a" * 17 + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5,
)
"""To base letters, so that "Ủy" begins with U. Đ is a letter of its own."""


def drop_explanations(text: str, job: Job, read: Callable[[str, Job], str]) -> str:
    """Remove brackets that repeat the words before them, and note in `job` what the text explains.

    "Cải cách hành chính (CCHC)" and "UBND (Ủy ban nhân dân)": one of the two is enough. `read` is the glossary's pass,
    used on the words in brackets.
    """
    pieces: list[str] = []
    done = 0
    for match in _BRACKETS.finditer(text):
        inner = match[1].strip().strip('"')
        head = text[max(done, match.start() - 200) : match.start()]
        called = _CALLED.search(inner)
        if called:
            _learn(called[1], head, job)
            continue
        if _SHORT_FORM.search(inner) and len(inner) <= _LONGEST_SHORT_FORM:
            known = read(inner, job)
            if (known != inner and _sounds(known) in _sounds(head)) or _learn_short_form(inner, head, job):
                pieces.append(text[done : match.start()].rstrip())
                done = match.end()
            continue
        last = _LAST_WORD.search(head)
        if last and sum(char.isupper() for char in last[1]) >= 2:
            meaning = job.glossary.plain_reading(last[1])
            if meaning and _sounds(meaning) == _sounds(inner):
                pieces.append(text[done : match.start()].rstrip())
                done = match.end()
            elif _explains(last[1], _words(inner)) == 0:
                job.learned[last[1]] = inner.lower()
                pieces.append(text[done : match.start()].rstrip())
                done = match.end()
    pieces.append(text[done:])
    return "".join(pieces)


def _learn_short_form(inner: str, head: str, job: Job) -> bool:
    """ "Quỹ bảo trợ trẻ em (Quỹ BTTE)": the short form may repeat the words it begins with."""
    *first, acronym = inner.split() or [""]
    if _ACRONYM.fullmatch(acronym) is None:
        return False
    words = _words(head)
    begin = _explains(acronym, words)
    if begin is None or [word.lower() for word in words[:begin]][-len(first) or begin :] != [w.lower() for w in first]:
        return False
    return _learn(acronym, head, job)


def _learn(acronym: str, head: str, job: Job) -> bool:
    """Take the words before the bracket as the meaning of `acronym` if their initials say so."""
    words = _words(head)
    begin = _explains(acronym, words)
    if begin is None:
        return False
    job.learned[acronym] = " ".join(words[begin:]).lower()
    return True


def _explains(acronym: str, words: list[str]) -> int | None:
    """Index of the first of the trailing `words` whose initials spell `acronym`; None if they do not."""
    letters = [char for char in acronym if char.isupper()]
    if len(letters) < 2:
        return None
    at = len(words)
    while letters and at:
        at -= 1
        initial = words[at][0].lower().translate(_MARKS)
        if initial == letters[-1].lower().translate(_MARKS):
            letters.pop()
        elif words[at].lower() not in _SMALL_WORDS:
            return None
    return None if letters else at


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _sounds(text: str) -> str:
    """Words only, without the small ones that abbreviations skip."""
    return " ".join([word for word in _words(text.lower()) if word not in _SMALL_WORDS])
