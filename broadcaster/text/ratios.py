"""Reads two numbers side by side: scores, fractions, shares, house numbers and spans.

"2-1" is a score after "tỷ số" and a span before "ngày"; "3/4" is three quarters of an area, and "14/15 xã" is said
"mười bốn trên mười lăm". The words around decide; where they do not, the reading is reported.
"""

from __future__ import annotations

import re

from broadcaster.errors import Words
from broadcaster.text import numbers
from broadcaster.text.job import Job
from broadcaster.text.numbers import AMOUNT
from broadcaster.text.pattern import After, Before, Pattern, one_of
from broadcaster.text.shares import is_mark, is_place, is_share

_SCORE = Pattern(r"(?<![\w.,/:-])(?P<a>\d{1,3})\s?[-:]\s?(?P<b>\d{1,3})(?![\w/:]|[.,-]\d|\s?%)")
_NO_SCORE = After("tuổi, ngày, giờ, h, m, tháng, bàn, điểm, năm, người, km, triệu, nghìn")
_PLAY = one_of(
    "tỷ số, tỉ số, thắng, thua, hòa, hoà, dẫn, gỡ, chung cuộc, kết quả, kết thúc, hạ, đánh bại, vượt qua, luân lưu"
)
_SCORE_WORD = Pattern(rf"\b{_PLAY}\b[^.;!?]{{0,45}}$", re.IGNORECASE)
_MATCH_RESULT = Pattern(r"[^\W\d_] - [^.;]{1,40}:\s*$")
"""Two sides and a colon, "đội A - đội B: 2-1"."""
_NOTHING_AFTER = Pattern(r"\s*(?:$|[,.;!?)\"])")
_RATIO_WORD = Before("tỷ lệ, tỉ lệ, tỷ số, tỉ số, pha, theo", gap=r"\s*")
_SLASHED = Pattern(
    r"(?<![\w.,/-])(?P<lead>[-+])?(?P<parts>\d{1,7}(?:\.\d{3})*(?:/\d{1,7}(?:\.\d{3})*)+)(?![\d/]|[.,]\d)"
)
_PART_OF_UNIT = Pattern(r"(?<=\sphần )(?P<part>[^\W\d_]+)\s(?P<unit>ha|km2|km|m2|m3|m|l|g)(?!\w)")
_POINTS = Pattern(r"(?P<mark>(?<![\w.,/])\d+(?:,\d+)?/(?:10|20|30|40|50|100))đ(?!\w)")
_DECIMAL_SHARE = Pattern(r"(?<![\w.,/])(?P<a>\d+,\d+)/(?P<b>\d+(?:,\d+)?)(?![\d/]|[.,]\d)")
_MIXED = Pattern(r"(?<![\w.,/])(?P<whole>\d{1,2})\s(?P<a>[1-9])/(?P<b>[2-9])(?![\d/])")
_ORDINAL = Before("thứ", gap=r"\s*")
_RANK = Before("thứ, hạng, vị trí", gap=r"\s*")
_PART_BEFORE = Before(
    "chiếm, hơn, gần, quá, khoảng, ít nhất, tối thiểu, tối đa, trên, dưới, còn, giảm, tăng, bằng, được, đã, mất, "
    "hết, cắt, lấy, nghỉ, "
    "uống, dùng, mỗi lần, chừng, độ",
    gap=r"\s+(?:\w+\s+)?",
)
_SCALE = Before("tỷ lệ, tỉ lệ, tỷ lệ bản đồ", gap=r"\s*")
_PEOPLE = After("thành viên, đại biểu, phiếu, đảng viên")
_MASS = After(
    "tổng*, số, diện tích, dân số, khối lượng, thời gian, chặng, nhiệm kỳ, quân số, quãng*, giá, lương, mức, "
    "ngày, giờ, năm, lít, kg, "
    "cốc, thìa, viên, quả, sào, ha, chiều*, dung tích, vốn, kinh phí, sản lượng, "
    "kế hoạch, sân, nhu cầu, "
    "thu nhập, lượng, bề, trọng lượng, trong số, của, so với"
)
"""What can be divided: "3/4 diện tích" is three quarters, "3/4 xóm" three out of four."""

_UNIT = (
    r"(?:\s?(?:%|‰|°C|°F|°|đồng|đ|k|(?:triệu|tỷ|nghìn)(?: đồng)?|[Kk]m2|m2|m3|[Kk]m|cm|mm|ml|mg|kg|ha|kV|m|g|l|tạ|tấn|"
    r"tuổi|tháng|ngày|năm|giờ|phút|lần|người|hộ|độ)(?![^\W\d_]))"
)
_SPAN = Pattern(
    rf"(?<![\w/.:-])(?P<a>{AMOUNT})(?P<unit>{_UNIT})?\s*(?:-|~|->)\s*(?P<b>(?:âm )?{AMOUNT})(?![\d/-]|[.,:]\d)"
)
_NAMED_SPAN = Pattern(
    r"\b(?<!tiểu )(?P<name>[^\W\d_]+(?:\s[^\W\d_]+)?)\s(?P<a>\d{1,4})\s*-\s*(?P=name)\s(?=\d)", re.IGNORECASE
)
_CHAIN = Pattern(r"(?<![\w/.,:-])\d{1,3}(?:-\d{1,3}){2,}(?![\d/-]|[.,]\d)")


def read(text: str, job: Job) -> str:
    """Pass: fractions and shares, scores, spans. A span keeps its figures; the passes after this one read them."""
    if "/" in text:
        text = _POINTS.sub(r"\g<mark> điểm", text)
        text = _MIXED.sub(
            lambda match: f"{numbers.whole(match['whole'], job.reading)} {_part(match['a'], match['b'], job)}", text
        )
        text = _DECIMAL_SHARE.sub(lambda match: f"{match['a']} trên {match['b']}", text)
        # A space keeps a letter or a unit apart: "số nhà 12/5/7A", "1/2kg".
        text = _SLASHED.sub(lambda match: _slashed(match, job) + " " * match.string[match.end() :][:1].isalpha(), text)
        text = _PART_OF_UNIT.sub(lambda match: f"{match['part']} {job.glossary.units[match['unit']]}", text)
    if "-" in text or ":" in text:
        text = _SCORE.sub(lambda match: _score(match, job), text)
    if "-" in text or "~" in text:
        text = _NAMED_SPAN.sub(lambda match: f"{match['name']} {match['a']} đến {match['name'].lower()} ", text)
        text = _CHAIN.sub(lambda match: match[0].replace("-", " "), text)
        text = _SPAN.sub(lambda match: f"{match['a']}{match['unit'] or ''} đến {match['b']}", text)
    return text


def _score(match: re.Match[str], job: Job) -> str:
    text, start = match.string, match.start()
    if ":" in match[0]:
        if not _RATIO_WORD(text, start):
            return match[0]
        joint = " " if text[:start].rstrip().endswith("số") else " trên "
        return f"{numbers.whole(match['a'], job.reading)}{joint}{numbers.whole(match['b'], job.reading)}"
    head = text[max(0, start - 60) : start]
    # No span goes down: "3-1" with nothing after it is a score whatever the words before.
    goes_down = int(match["a"]) >= int(match["b"]) and _NOTHING_AFTER.match(text, match.end())
    is_score = goes_down or _SCORE_WORD.search(head) or _MATCH_RESULT.search(head)
    if _NO_SCORE(text, match.end()) or not is_score:
        return match[0]
    return f"{numbers.whole(match['a'], job.reading)} {numbers.whole(match['b'], job.reading)}"


def _slashed(match: re.Match[str], job: Job) -> str:
    text, start, end = match.string, match.start(), match.end()
    parts = [part.replace(".", "") for part in match["parts"].split("/")]
    sign = {"-": "âm ", "+": "cộng "}.get(match["lead"] or "", "")
    if len(parts) > 2 or is_place(text, start):
        return sign + " trên ".join(numbers.label(part, job.reading) for part in parts)
    if is_mark(text, start):
        return sign + " trên ".join(numbers.whole(part, job.reading) for part in parts)
    over, under = int(parts[0]), int(parts[1])
    if _RANK(text, start):
        first = numbers.ordinal(over, job.reading) if _ORDINAL(text, start) else numbers.cardinal(over, job.reading)
        return f"{first} trên {numbers.cardinal(under, job.reading)}"
    counted = is_share(text, end, over, under)
    is_small = 0 < over < under <= 10 or (over == 1 and under in {12, 20, 100, 1000})
    is_part = _MASS(text, end) or (_PART_BEFORE(text, start) and not counted)
    # "2/3 đại biểu" is the majority that a rule asks for, "5/7 thành viên" a count of those present.
    if is_small and (is_part or (_PEOPLE(text, end) and under <= 4) or (_SCALE(text, start) and under <= 10)):
        return sign + _part(parts[0], parts[1], job)
    said = f"{sign}{numbers.cardinal(over, job.reading)} trên {numbers.cardinal(under, job.reading)}"
    if counted or over == under or under > 12 or over > 31 or _SCALE(text, start):
        return said
    if is_small:
        said = sign + _part(parts[0], parts[1], job)
    job.doubt(
        match["parts"],
        said,
        Words(
            f"«{match['parts']}» có thể là ngày tháng, phân số hay tỷ lệ",
            f"'{match['parts']}' may be a date, a fraction or a ratio",
        ),
    )
    return said


def _part(over: str, under: str, job: Job) -> str:
    below = "tư" if int(under) == 4 else numbers.whole(under, job.reading)
    return f"{numbers.whole(over, job.reading)} phần {below}"
