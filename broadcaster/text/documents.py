"""Reads document numbers: "232/KH-UBND" → "hai trăm ba mươi hai kế hoạch ủy ban nhân dân".

Form of the number and the codes of document types: Nghị định 30/2020/NĐ-CP, appendix III; of the Party's documents:
Hướng dẫn 36-HD/VPTW. `Reading.document_numbers` says how the station wants the code: by name, spelt, or left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from broadcaster.text import numbers
from broadcaster.text.acronyms import chained, spelled
from broadcaster.text.job import Job
from broadcaster.text.letters import spell
from broadcaster.text.pattern import Pattern

_CAPITAL = "A-ZĐÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝĂĨŨƠƯ"
_PART = rf"[{_CAPITAL}](?:[{_CAPITAL}]|[a-zđươ](?![a-zđươ])|&)*\d{{0,2}}"
_NUMBER = Pattern(
    rf"(?<![\w/.,-])(?P<number>\d{{1,6}})(?P<letter>[a-zđ])?(?:/(?P<year>(?:19|20)\d\d))?\s?(?P<joint>[/-])\s?"
    rf"(?P<code>{_PART}(?:\s?[-/.]\s?{_PART})*)(?![\w])"
)
_BLANK = Pattern(
    rf"(?P<lead>\bsố\s*:?\s*)(?:[.…_]*)(?P<joint>[/-])\s?(?P<code>{_PART}(?:[-/.]{_PART})+)(?!\w)", re.IGNORECASE
)
_STANDARD = Pattern(
    r"\b(?P<kind>TCVN|QCVN|TCXDVN|TCCS|QCĐP|ISO|TCQS)\s?(?P<number>\d+(?:-\d+)?)(?:[:/](?P<year>(?:19|20)\d\d))?(?:/(?P<code>[A-ZĐ]{2,12}))?"
)
_STANDARD_NAMES = {
    "TCVN": "tiêu chuẩn việt nam", "QCVN": "quy chuẩn việt nam", "TCXDVN": "tiêu chuẩn xây dựng việt nam",
    "TCCS": "tiêu chuẩn cơ sở", "QCĐP": "quy chuẩn địa phương", "TCQS": "tiêu chuẩn quân sự", "ISO": "i ét o",
}  # fmt: skip
_WORD = Pattern(r"[^\W\d_]+")
_SO_BEFORE = Pattern(
    r"(?:\bsố|nghị định|thông tư|quyết định|nghị quyết|chỉ thị|kế hoạch|công văn|luật|thông báo|công điện)\s*:?\s*$",
    re.IGNORECASE,
)
_FIELDS = {
    "NV": "nội vụ", "TC": "tài chính", "TP": "tư pháp", "XD": "xây dựng", "YT": "y tế", "CT": "công thương",
    "NG": "ngoại giao",
    "CA": "công an", "QP": "quốc phòng", "TNMT": "tài nguyên và môi trường", "NNMT": "nông nghiệp và môi trường",
    "NN&MT": "nông nghiệp và môi trường",
    "NN": "nông nghiệp", "NNPTNT": "nông nghiệp và phát triển nông thôn", "KHĐT": "kế hoạch và đầu tư",
    "KHCN": "khoa học và công nghệ",
    "KH&CN": "khoa học và công nghệ", "TTTT": "thông tin và truyền thông", "TT&TT": "thông tin và truyền thông",
    "VHTTDL": "văn hóa thể thao và du lịch",
    "VHTT&DL": "văn hóa thể thao và du lịch", "VHTT": "văn hóa và thể thao", "VHXH": "văn hóa xã hội",
    "VH": "văn hóa", "DL": "du lịch", "LĐTBXH": "lao động thương binh và xã hội",
    "GDĐT": "giáo dục và đào tạo", "GD&ĐT": "giáo dục và đào tạo", "GTVT": "giao thông vận tải",
    "DTTG": "dân tộc và tôn giáo", "DT": "dân tộc", "NgV": "ngoại vụ",
    "KT": "kinh tế", "KTHT": "kinh tế hạ tầng", "KTHTĐT": "kinh tế hạ tầng và đô thị", "TCKH": "tài chính kế hoạch",
    "QLĐT": "quản lý đô thị", "TTr": "thanh tra",
}  # fmt: skip
_OFFICES = {
    "B": "bộ", "S": "sở", "P": "phòng", "VP": "văn phòng", "TT": "trung tâm", "C": "cục", "CC": "chi cục", "H": "hội",
    "HĐ": "hội đồng", "BCĐ": "ban chỉ đạo", "UBND": "ủy ban nhân dân", "TCT": "tổ công tác",
}  # fmt: skip
_ARTICLE_OF = Pattern(r"(?<!\w)Đ\.?\s?(?=\d{1,3}\s(?:BLHS|BLDS|BLLĐ|BLTTHS|BLTTDS|Luật|Bộ luật|NĐ|Nghị định)(?!\w))")
_ARTICLE_FIRST = Pattern(r"(?<!\w)Đ\.\s?(?P<article>\d{1,3}),?\s+K\.\s?(?P<clause>\d{1,2})(?!\w)")
_CLAUSE_FIRST = Pattern(r"(?<!\w)[Kk]\.?\s?(?P<clause>\d{1,2}),?\s+Đ\.?\s?(?P<article>\d{1,3})(?!\w)")
"""Side by side they are clause and article; alone "Đ.25" may be a street and "K.2" a class."""


def read(text: str, job: Job) -> str:
    """Pass: numbers of documents and of standards."""
    if "Đ" in text:
        text = _ARTICLE_OF.sub("điều ", text)
    if "Đ" in text and ("K" in text or "k" in text):
        text = _ARTICLE_FIRST.sub(r"điều \g<article>, khoản \g<clause>", text)
        text = _CLAUSE_FIRST.sub(r"khoản \g<clause> điều \g<article>", text)
    if "/" in text or "-" in text:
        text = _NUMBER.sub(lambda match: _number(match, job), text)
        if "/" in text:
            text = _BLANK.sub(lambda match: f"{match['lead']}{_code(match['code'], '', job)}", text)
    if "TC" in text or "QC" in text or "ISO" in text:
        text = _STANDARD.sub(lambda match: _standard(match, job), text)
    return text


def _number(match: re.Match[str], job: Job) -> str:
    code = match["code"]
    head = match.string[max(0, match.start() - 60) : match.start()]
    if not _is_document(match, head, job):
        return match[0]
    words = [numbers.label(match["number"], job.reading)]
    if match["letter"]:
        words.append(spell(match["letter"]))
    if match["year"]:
        words += ["năm", numbers.whole(match["year"], job.reading)]
    words.append(_code(code, head, job))
    return " ".join([word for word in words if word])


def _is_document(match: re.Match[str], head: str, job: Job) -> bool:
    """ "5/CN", "12/A" or "Km5-QL3" are not document numbers; "232/KH-UBND", "89/UBND" and "10/2022/QH15" are."""
    parts = re.split(r"[-/.\s]+", match["code"])
    if match["year"] or _SO_BEFORE.search(head):
        return bool(sum(char.isupper() for char in match["code"]) >= 2)
    if len(parts) == 1:
        bare = parts[0].rstrip("0123456789")
        known = (bare, True) in job.glossary.documents or (bare, False) in job.glossary.documents
        return match["joint"] == "/" and known and len(bare) >= 2
    return all(sum(char.isupper() for char in part) >= 2 for part in parts)


def _code(code: str, head: str, job: Job) -> str:
    how = job.reading.document_numbers
    if how == "omit":
        return ""
    parts = [part for part in re.split(r"[-/.\s]+", code) if part]
    words: list[str] = []
    for place, part in enumerate(parts):
        bare = part.rstrip("0123456789")
        ending = part[len(bare) :]
        if how == "spell":
            words.append(spell(bare))
        else:
            words.append(_part(bare, place == 0, head, job))
        if ending:
            words.append(numbers.whole(ending, job.reading))
    return " ".join(words)


def _part(part: str, is_first: bool, head: str, job: Job) -> str:
    documents = job.glossary.documents
    if is_first:
        noun = _noun(part, head, job)
        if noun:
            return noun
    spoken = documents.get((part, is_first)) or documents.get((part, not is_first)) or _office(part)
    known = spoken or job.glossary.plain_reading(part)
    if known:
        return known
    if "&" in part:
        return " và ".join([_part(piece, False, head, job) for piece in part.split("&") if piece])
    return chained(part, job, shortest=2) or spelled(part, job)


def _noun(part: str, head: str, job: Job) -> str:
    """The noun before the number, if its initials are the code: "Quy định số 41-QĐ/TW" is no quyết định."""
    words = _WORD.findall(head.lower())
    while words and words[-1] in {"số", "ngày"}:
        words.pop()
    for at in range(len(words) - 2, max(-1, len(words) - 5), -1):
        noun = f"{words[at]} {words[at + 1]}"
        if part.upper()[:2] == f"{words[at][0]}{words[at + 1][0]}".upper() and len(part) <= 3 and noun in _nouns(job):
            return noun
    return ""


def _nouns(job: Job) -> frozenset[str]:
    return _two_words(tuple(spoken for (_, is_type), spoken in job.glossary.documents.items() if is_type))


@lru_cache(maxsize=4)
def _two_words(types: tuple[str, ...]) -> frozenset[str]:
    return frozenset(types)


def _office(part: str) -> str:
    """SNV is sở + nội vụ, PYT phòng + y tế, BCA bộ + công an."""
    for length in (4, 3, 2, 1):
        office, place = _OFFICES.get(part[:length]), _FIELDS.get(part[length:])
        if office and place:
            return f"{office} {place}"
    return _FIELDS.get(part, "")


def _standard(match: re.Match[str], job: Job) -> str:
    words = [_STANDARD_NAMES[match["kind"]]]
    words += [numbers.label(piece, job.reading) for piece in match["number"].split("-")]
    if match["year"]:
        words.append(numbers.whole(match["year"], job.reading))
    if match["code"]:
        words.append(_code(match["code"], "", job))
    return " ".join(word for word in words if word)
