"""Two numbers side by side: scores, fractions, shares, house numbers and spans.

"2-1" is a score after "tỷ số" and a span before "ngày"; "3/4" is three quarters of an area, and "14/15 xã" is said
"mười bốn trên mười lăm". The words around decide; where they do not, the reading is reported.
"""

from __future__ import annotations

import re

from broadcaster.text import numbers
from broadcaster.text.dates import is_share
from broadcaster.text.job import Job
from broadcaster.text.numbers import AMOUNT
from broadcaster.text.pattern import Pattern

_SCORE = Pattern(
    r"(?<![\d.,/:-])(?P<a>\d{1,3})\s?[-:]\s?(?P<b>\d{1,3})(?![\d/:]|[.,-]\d|\s?(?:%|tuổi|ngày|giờ|h\b|m\b|tháng|bàn|điểm|năm|người|km))"
)
_SCORE_WORD = Pattern(
    r"\b(?:tỷ số|tỉ số|thắng|thua|hòa|hoà|dẫn|gỡ|chung cuộc|kết quả|hạ|đánh bại|vượt qua|cầm hòa|bất phân|luân lưu|pen)\b[^.;!?]{0,45}$",
    re.IGNORECASE,
)
_SLASHED = Pattern(
    r"(?<![\d.,/-])(?P<lead>[-+])?(?P<parts>\d{1,7}(?:\.\d{3})*(?:/\d{1,7}(?:\.\d{3})*)+)(?![\d/]|[.,]\d)"
)
_MIXED = Pattern(r"(?<![\d.,/])(?P<whole>\d{1,2})\s(?P<a>[1-9])/(?P<b>[2-9])(?![\d/])")
_HOUSE = Pattern(
    r"(?:số nhà|nhà số|ngõ|ngách|hẻm|kiệt|số|đường|phố|tổ|thửa|lô|căn|phòng|dãy|ki[- ]?ốt)\s*$", re.IGNORECASE
)
_MARK_BEFORE = Pattern(r"\b(?:điểm|bậc|thang điểm|huyết áp|cấp bậc)\s*$", re.IGNORECASE)
_RANK = Pattern(r"(?:thứ|hạng|vị trí)\s*$", re.IGNORECASE)
_PART_BEFORE = Pattern(
    r"(?:chiếm|hơn|gần|quá|khoảng|ít nhất|tối thiểu|tối đa|trên|dưới|còn|giảm|bằng|được|đã|mất|hết|cắt|lấy|nghỉ|uống|dùng|mỗi lần|chừng|độ|tăng)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_MASS = Pattern(
    r"\s*(?:tổng|số\b|diện tích|dân số|khối lượng|thời gian|chặng|nhiệm kỳ|quân số|quãng|giá\b|lương|mức|ngày\b|giờ\b|năm\b|lít|kg|cốc|thìa|viên|quả|sào|ha\b|chiều|dung tích|"
    r"vốn|kinh phí|sản lượng|thành viên|đại biểu|phiếu|kế hoạch|sân|nhu cầu|thu nhập|lượng|bề|trọng lượng|trong số|của\b|so với)",
    re.IGNORECASE,
)
_SCALE = Pattern(r"(?:tỷ lệ|tỉ lệ|bản đồ|quy hoạch(?: chi tiết| phân khu)?)\s*$", re.IGNORECASE)

_UNIT = r"(?:\s?(?:%|‰|°C|°F|°|đồng|đ|k|triệu đồng|tỷ đồng|triệu|tỷ|nghìn đồng|nghìn|km2|m2|m3|km|cm|mm|ml|mg|kg|ha|kV|m|g|l|tạ|tấn|tuổi|tháng|ngày|năm|giờ|phút|lần|người|hộ|độ)(?![^\W\d_]))"
_SPAN = Pattern(
    rf"(?<![\d/.:-])(?P<a>{AMOUNT})(?P<unit>{_UNIT})?\s*(?:-|÷|~|->)\s*(?P<b>(?:âm )?{AMOUNT})(?![\d/-]|[.,:]\d)"
)
_NAMED_SPAN = Pattern(
    r"\b(?P<name>[^\W\d_]+(?:\s[^\W\d_]+)?)(?P<gap>\s)(?P<a>\d{1,4})\s*-\s*(?P=name)\s(?=\d)", re.IGNORECASE
)
_CHAIN = Pattern(r"(?<![\d/.,:-])\d{1,3}(?:-\d{1,3}){2,}(?![\d/-]|[.,]\d)")


def read(text: str, job: Job) -> str:
    """Pass: fractions and shares, scores, spans. A span keeps its figures; the passes after this one read them."""
    if "/" in text:
        text = _MIXED.sub(
            lambda match: f"{numbers.whole(match['whole'], job.reading)} {_part(match['a'], match['b'], job)}", text
        )
        text = _SLASHED.sub(lambda match: _slashed(match, job), text)
    if "-" in text or ":" in text:
        text = _SCORE.sub(lambda match: _score(match, job), text)
    if "-" in text or "~" in text:
        text = _NAMED_SPAN.sub(lambda match: f"{match['name']} {match['a']} đến {match['name'].lower()} ", text)
        text = _CHAIN.sub(lambda match: match[0].replace("-", " "), text)
        text = _SPAN.sub(lambda match: f"{match['a']}{match['unit'] or ''} đến {match['b']}", text)
    return text


def _score(match: re.Match[str], job: Job) -> str:
    head = match.string[max(0, match.start() - 60) : match.start()]
    if ":" in match[0]:
        if not re.search(r"(?:tỷ lệ|tỉ lệ|tỷ số|tỉ số|pha|theo)\s*$", head, re.IGNORECASE):
            return match[0]
        joint = " " if re.search(r"số\s*$", head) else " trên "
        return f"{numbers.whole(match['a'], job.reading)}{joint}{numbers.whole(match['b'], job.reading)}"
    if not _SCORE_WORD.search(head):
        return match[0]
    return f"{numbers.whole(match['a'], job.reading)} {numbers.whole(match['b'], job.reading)}"


def _slashed(match: re.Match[str], job: Job) -> str:
    parts = [part.replace(".", "") for part in match["parts"].split("/")]
    head = match.string[max(0, match.start() - 40) : match.start()]
    sign = {"-": "âm ", "+": "cộng "}.get(match["lead"] or "", "")
    if len(parts) > 2 or _HOUSE.search(head) or _MARK_BEFORE.search(head):
        return sign + " trên ".join(numbers.label(part, job.reading) for part in parts)
    over, under = int(parts[0]), int(parts[1])
    if _RANK.search(head):
        is_ordinal = re.search(r"thứ\s*$", head, re.IGNORECASE)
        first = numbers.ordinal(over, job.reading) if is_ordinal else numbers.cardinal(over, job.reading)
        return f"{first} trên {numbers.cardinal(under, job.reading)}"
    if _SCALE.search(head):
        return f"{numbers.cardinal(over, job.reading)} trên {numbers.cardinal(under, job.reading)}"
    small = 0 < over < under <= 10 or (over == 1 and under in (12, 20, 100, 1000))
    if small and (
        _MASS.match(match.string, match.end())
        or (_PART_BEFORE.search(head) and not is_share(match.string, match.end(), over, under))
    ):
        return sign + _part(parts[0], parts[1], job)
    said = f"{sign}{numbers.cardinal(over, job.reading)} trên {numbers.cardinal(under, job.reading)}"
    if is_share(match.string, match.end(), over, under) or over == under or under > 12 or over > 31:
        return said
    if small:
        said = sign + _part(parts[0], parts[1], job)
    job.doubt(match["parts"], said, f"«{match['parts']}» có thể là ngày tháng, phân số hay tỷ lệ")
    return said


def _part(over: str, under: str, job: Job) -> str:
    below = "tư" if int(under) == 4 else numbers.whole(under, job.reading)
    return f"{numbers.whole(over, job.reading)} phần {below}"
