"""Tells by the words around what two numbers with "/" between them are: a share of something, or a place."""

from __future__ import annotations

from broadcaster.text.pattern import After, Before

_SHARED = After(
    "tổng*, số, diện tích, dân số, khối lượng, thời gian, chặng, nhiệm kỳ, đại biểu, hộ, xóm, thôn, xã, phường, "
    "tiêu chí, chỉ tiêu, "
    "thành viên, đảng viên, phiếu, hồ sơ, người, cán bộ, học sinh, công trình, kế hoạch, quãng*, giá, lương, "
    "mức, ngày, giờ, tháng, "
    "năm, đơn vị, cơ sở, trường, lớp, nhà, quân số, lít, kg, cốc, thìa, viên, quả, sào, ha, chiều, dung tích, "
    "vốn, kinh phí, sản lượng, "
    "ứng cử viên, cử tri, khách, thí sinh, em, cháu, "
    "đội, tổ, chi bộ, ý kiến, điểm, nhiệm vụ, mục tiêu, nội dung, bản, khu, tỉnh, huyện, sở, ban, ngành"
)
_PLACE = Before(
    "số nhà, nhà số, ngõ, ngách, hẻm, kiệt, số, đường, phố, tổ, thửa, lô, căn, phòng, dãy, ki ốt, kiốt, trang, "
    "bước, phần, tập, bài, câu",
    gap=r"\s*",
)
_PLACE_LIST = Before(
    "số nhà, nhà số, ngõ, ngách, hẻm, kiệt, lô, thửa",
    reach=60,
    gap=r"\s*(?:\d+[A-Za-z]?(?:/\d+[A-Za-z]?)*\s*(?:,|;|và)\s*)+",
)
"""Further ones in a row, "các ngõ 12, 14/2, 18A"."""

_OUT_OF = Before(
    "thương binh, bệnh binh, thương binh hạng, "
    "điểm, bậc, bậc lương, thang điểm, huyết áp, thị lực, lớp, bầu, bản đồ, quy hoạch, quy hoạch chi tiết",
    gap=r"\s*",
)
"""A mark out of ten, a step of a scale, a scale of a map: said "trên"."""


def is_share(text: str, end: int, over: int, under: int) -> bool:
    """ "3/4 diện tích", "14/15 xã": what follows text[:end] is divided or counted."""
    return over <= under and _SHARED(text, end)


def is_place(text: str, start: int) -> bool:
    """ "ngõ 45/12", "trang 1/5": before text[start:] stands a place or a part, so it is no day and no fraction."""
    return _PLACE(text, start) or _PLACE_LIST(text, start)


def is_mark(text: str, start: int) -> bool:
    """ "thị lực 10/10", "bậc lương 4/9": before text[start:] stands what is measured on a scale."""
    return _OUT_OF(text, start)
