"""Reads abbreviations that are in no table, by their known parts or letter by letter, and reports them."""

from __future__ import annotations

from broadcaster.errors import Words
from broadcaster.text.job import LEFT_OUT, Job
from broadcaster.text.letters import spell

_HEADS = {
    "BCĐ": "ban chỉ đạo", "BQL": "ban quản lý", "BTC": "ban tổ chức", "BVĐ": "ban vận động", "QL": "quản lý",
    "PC": "phòng chống",
    "BV": "bảo vệ", "VP": "văn phòng", "TT": "trung tâm", "HĐ": "hội đồng", "XD": "xây dựng", "DV": "dịch vụ",
    "CB": "cán bộ",
    "CLB": "câu lạc bộ", "PT": "phát triển",
}  # fmt: skip
"""What long abbreviations begin with: BCĐCCHC is a ban chỉ đạo for CCHC."""
_SHORTEST_REST = 3
"""Letters of the shortest known part: parts of two letters would be found in almost every abbreviation."""


_SHORTEST_WHOLE = 5
"""Letters from which an abbreviation is tried as a chain of known ones."""


def spelled(word: str, job: Job) -> str:
    """An abbreviation that is in no table, by its known parts or letter by letter, and a report of it."""
    composed = _composed(word, job)
    if composed:
        job.doubt(
            word,
            composed,
            Words(
                f"«{word}» chưa có trong từ điển, đang đọc theo các phần đã biết",
                f"'{word}' is not in the glossary; its known parts are read",
            ),
        )
        return composed
    words = spell(word) or LEFT_OUT.vi
    job.doubt(
        word,
        words,
        Words(
            f"«{word}» chưa có trong từ điển, đang đọc từng chữ cái", f"'{word}' is not in the glossary; it is spelt"
        ),
    )
    return "" if words.startswith("(") else words


def chained(word: str, job: Job, *, shortest: int) -> str:
    """A long code made of known ones of at least `shortest` letters, fewest first; "" if it cannot be cut so.

    UBTWMTTQVN is ủy ban trung ương + mặt trận tổ quốc việt nam.
    """
    documents, plain = job.glossary.documents, job.glossary.plain_reading
    best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(word)
    for end in range(2, len(word) + 1):
        for start in range(max(0, end - 9), end - 1):
            before = best[start]
            if before is None:
                continue
            piece = word[start:end]
            if len(piece) < shortest and piece not in _LAST_PARTS:
                continue
            spoken = documents.get((piece, False)) or (plain(piece) if len(piece) > 2 or piece in _LAST_PARTS else None)
            here = best[end]
            if spoken and (here is None or before[0] + 1 < here[0]):
                best[end] = (before[0] + 1, f"{before[1]} {spoken}".strip())
    last = best[len(word)]
    return last[1] if last else ""


_LAST_PARTS = frozenset({"VN", "TW"})
"""Codes of two letters that have one reading only."""


def _composed(word: str, job: Job) -> str:
    for size in (3, 2):
        head, rest = _HEADS.get(word[:size]), word[size:]
        known = job.glossary.plain_reading(rest) if head and len(rest) >= _SHORTEST_REST else None
        if known:
            return f"{head} {known}"
    if len(word) >= _SHORTEST_REST and (word, False) in job.glossary.documents:
        return job.glossary.documents[word, False]
    return chained(word, job, shortest=_SHORTEST_REST) if len(word) >= _SHORTEST_WHOLE else ""
