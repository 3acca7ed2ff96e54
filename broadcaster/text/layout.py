"""Turns the layout of a page into words and pauses: bullets are left out, numbering is read, signs become pauses.

`lead` handles the beginning and the end of one line; `tidy` is the very last pass: after it the text holds only words,
single spaces and the pause marks , . ? ! : ;
"""

from __future__ import annotations

import re

from broadcaster.text import letters, numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern
from broadcaster.text.roman import value

_SIGNS = Pattern(
    r"\s*(?:(?:[-+*]\)|[-+*•●○◦▪▫■□◆◇➢➤►▶✓✔❖⁃※★☆→⇒✅☑📌📢🔔👉🔹🔸❗]|#{1,6}(?=\s))+(?=[\s*_\"(]|[^\W\d]|$)\s*|[*•●▪■➢➤►✓✔❖]+\s*)+"
)
_TIGHT_BULLET = Pattern(r"\s*[-+](?=\d+\s+(?!độ\b|°)[^\W\d_])")
"""A hyphen that touches a number is a minus unless something is counted: "-2 bản sao"."""
_DECORATION = Pattern(r"\*\*+|__+|~~+|[=*_~#-]{3,}")
_RULE = Pattern(r"\W*(?:[oO]0[oO]|oOo|[*xX]{3})\W*")
"""A line that only divides, "-----o0o-----"."""
_END = Pattern(r"\s*[./]*(?:\./|/\.)[./]*\s*$|(?<=[\s;,.])/\s*$")
_NUMBERED = Pattern(
    r"\s*(?:\(?(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})(?:[.)/](?:\s+|(?=[^\W\d_]))|\s*[-:]\s+(?=[^\W\d_])|(?<=\.\d)\s+(?=[A-ZĐÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝĂĨŨƠƯ]))"
    r"|\(?(?P<roman>[IVXL]{1,6})(?:\.(?P<part>\d{1,2}(?:\.\d{1,2})*))?(?:[.)]\s*|\s*[/-]\s*|\.\s*)(?=[^\W\d_]{2})"
    r"|\(?(?P<letter>[a-zđ])(?:\.?(?P<place>\d{1,2}))?(?:\)\s*|\.\s+|/\s+)(?=\S)"
    r"|\(?(?P<capital>[A-ZĐ])(?:[.)/]\s*|\s+-\s+)(?=\S))"
)
_MAY_BE_NUMBERED = Pattern(r"\s*(?:[\[(]|\d|[A-Za-zĐđ]\d{0,2}[.)/ ]|[IVXL]{1,6}[.)/ -])")
_ADDRESS_LETTERS = frozenset("PQHTXSKĐÔBV")
"""H. Đại Từ, Đ. Trần Phú, Ô. Nam: abbreviations unless capitals follow; P. and Q. always (phó, phường, quyền, quận)."""


def lead(line: str, job: Job) -> str:
    """Pass: the bullet or the number that begins a line, and the "./." that ends a document."""
    if line.endswith("/") or line.endswith("/.") or line.rstrip().endswith(("/", "/.")):
        line = _END.sub(".", line)
    first = line.lstrip()[:1]
    if not first:
        return line
    if len(line) < 40 and _RULE.fullmatch(line):
        return ""
    if not first.isalnum():
        if "**" in line or "__" in line or "--" in line or "==" in line or "~~" in line:
            line = _DECORATION.sub(" ", line)
        match = _SIGNS.match(line) or _TIGHT_BULLET.match(line)
        if match:
            line = line[match.end() :]
    elif "**" in line:
        line = line.replace("**", "")
    match = _NUMBERED.match(line) if _MAY_BE_NUMBERED.match(line) else None
    if match is None:
        return line
    rest = line[match.end() :]
    said = _numbering(match, rest, job)
    return f"{said}, {rest}" if said else line


def _numbering(match: re.Match[str], rest: str, job: Job) -> str:
    if match["number"]:
        return " chấm ".join(numbers.whole(piece, job.reading) for piece in match["number"].split("."))
    word = rest[: len(rest) - len(rest.lstrip("\"'("))] or rest
    shouts = len(word) > 1 and word[:2].isupper()
    if match["roman"]:
        number = value(match["roman"])
        if not number or not (shouts or match["part"] or match["roman"] not in {"X", "L"}):
            return ""
        if match["roman"] == "V" and match[0].endswith("V-") and not shouts:
            return ""  # "V-League"
        return numbers.cardinal(number, job.reading) + _parts(match["part"], job)
    if match["letter"]:
        if match[0].strip() == letters.spell(match["letter"]) + "." and rest[:1].islower():
            return ""  # "u. ngày": words already, and read as they stand
        return letters.spell(match["letter"]) + _parts(match["place"], job)
    if not rest[1:2].isalpha() and rest[:1].isupper():
        return ""  # "T.P Thái Nguyên"
    if match["capital"] in "PQ" or (match["capital"] in _ADDRESS_LETTERS and not shouts):
        return ""
    return letters.spell(match["capital"])


def _parts(written: str | None, job: Job) -> str:
    return "".join([f" chấm {numbers.whole(piece, job.reading)}" for piece in written.split(".")]) if written else ""


# --- the last pass ---

_TIDY = Pattern(r"[^\W\d_]+(?:[,.?!:;]? [^\W\d_]+)*[,.?!:;]?")
_DASH_BEFORE_TITLE = Pattern(r"\s-\s(?=(?:phó )?(?:chủ tịch|bí thư|giám đốc|trưởng|hiệu trưởng|chánh|tổng)\b)")
_DASHES = Pattern(r"\s*-+\s*")
_BLANK = Pattern(r"\s*\.{2,}\s*(?=[^\W\d_])(?![A-ZĐÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝĂĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ])")
"""Dots that a sentence goes on after: "ngày ... tháng ...", an elision or a blank to be filled in."""
_ELLIPSIS = Pattern(r"\s*\.{2,}\s*")
_PAUSES = Pattern(r"\s*([,.?!:;](?:\s*[,.?!:;])*)\s*")
_RANK = ".?!:;,"
_OTHER = Pattern(r"[^\w\s,.?!:;]|[\d_]")
_EDGES = Pattern(r"^[\s,.?!:;]+")


def tidy(text: str) -> str:
    """Last pass: lower case, words and pause marks only, one mark at a time."""
    if ".." in text:
        text = _BLANK.sub(", ", text)
    text = text.lower()
    if _TIDY.fullmatch(text):
        return text
    text = " ".join(text.split())
    if "-" in text:
        text = _DASH_BEFORE_TITLE.sub(", ", text)
        text = _DASHES.sub(" ", text)
    if "(" in text or ")" in text or "|" in text:
        text = text.replace("(", ", ").replace(")", ", ").replace("|", ", ")
    if ".." in text:
        text = _ELLIPSIS.sub(". ", text)
    text = _OTHER.sub(" ", text)
    text = _PAUSES.sub(_one_mark, text)
    text = _EDGES.sub("", text)
    return " ".join(text.split()).rstrip(" ,")


def _one_mark(match: re.Match[str]) -> str:
    marks = match[1]
    if len(marks) > 1:
        marks = min(marks.replace(" ", "") or ",", key=_RANK.index)
    return marks + " "
