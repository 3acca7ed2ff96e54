"""Reads codes that identify one thing or person: plates, personal numbers, accounts, file codes, roads, power lines."""

from __future__ import annotations

import re

from broadcaster.text import letters, numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Before, Pattern, one_of

_PLATE = Pattern(
    r"(?<![\w-])(?P<province>\d{2})-?(?P<series>[A-ZĐ]{1,2}\d?)\s?[-. ]\s?(?P<number>\d{3}\.\d{2}|\d{4,5})(?![\w.]?\w)"
)
_ROAD_KINDS = one_of("QL, ĐT, TL, ĐH, HL, ĐX, CT(?=[.]), [Qq]uốc lộ, [Tt]ỉnh lộ, [Hh]ương lộ, [Đđ]ường tỉnh")
_ROAD = Pattern(
    rf"(?<!\w)(?P<street>[Đđ]ường\s+)?(?P<kind>{_ROAD_KINDS})(?:\s?\.\s?|\s+|(?=\d))(?:số\s)?"
    r"(?P<number>\d{1,3})(?P<letter>[A-ZĐ]\d?)?(?![\w/.-]?\w)"
)
_ROAD_HINT = Pattern(r"QL|ĐT|TL|ĐH|HL|ĐX|CT|lộ|ường tỉnh")
_ROAD_NAMES = {
    "ql": "quốc lộ", "đt": "đường tỉnh", "tl": "tỉnh lộ", "đh": "đường huyện", "hl": "hương lộ", "đx": "đường xã",
    "ct": "cao tốc",
}  # fmt: skip
_POST = Pattern(
    r"(?<![\w/])(?<!\d\s)(?:(?:Km|KM|[Ll]ý trình)\s?:?\s?(?P<km>\d+)(?:\s?\+\s?(?P<metres>\d+))?"
    r"|km\s?(?P<low_km>\d+)\s?\+\s?(?P<low_metres>\d+)|(?<=tại )km (?P<at_km>\d+))(?![\w,.]?\w)"
)
_POST_SPAN = Pattern(r"(?<=\d)\s*-\s*(?=(?:Km|KM|km)\s?\d)")
_FILE_CODE = Pattern(r"(?<![\w.-])[A-ZĐ]\d{2}(?:\.\d{1,3})+(?:[-.]\d{2,})*(?!\w)")
_CANDIDATE = Pattern(r"(?<![\w.,/-])(?=[A-ZĐ./ -]{0,12}\d)[A-ZĐ0-9](?:[./ -]{0,2}[A-ZĐ0-9])+(?!\w)")
_CANDIDATE_HINT = Pattern(r"\d{3}|[A-Z]-?\d\d|\d[. -]\d{2,}[. -]\d")
_BETWEEN = one_of(
    "số, cá nhân, là, có số, có mã, điện tử, ngân hàng, công dân, mã, gắn chip, hộ gia đình, điện, nước, "
    "dịch vụ công, seri"
)
_IDENTITY = Before(
    "CCCD, CMND, CMT, CC, căn cước, căn cước công dân, định danh, hộ chiếu, mã số thuế, MST, tài khoản, STK, TK, "
    "mã số, "
    "CNQSDĐ, GCN, GCNQSDĐ, quyền sử dụng đất, giấy chứng nhận, phôi, "
    "số sổ, sổ, hồ sơ, thẻ, BHXH, BHYT, bảo hiểm xã hội, bảo hiểm y tế, khách hàng, mã KH, số KH, mã, seri, sê ri, "
    "serial, số hiệu, số máy, số khung, mã bưu chính, giấy phép, biên lai, hóa đơn, hoá đơn, mã đơn vị, mã tra cứu, "
    "mã trường, SBD, số báo danh, danh bộ, công tơ, mã vùng, mã ZIP, chứng chỉ",
    reach=60,
    gap=rf"(?:\s+{_BETWEEN})*\s*[:.]?\s*",
)
_LINE = Pattern(
    rf"(?P<cue>\b{one_of('lộ, xuất tuyến, ĐZ, ĐDK, đường dây, TBA, MC, máy cắt, trạm')}\s+)"
    r"(?P<code>\d{3}(?:\s?[-/]?\s?[A-Z]{1,2}\d{1,2}(?:\.\d{1,2})?)?|[A-Z]\d{1,2}\.\d{1,2})"
    r"(?![\w.,]?\w|\s?(?:kV|KV|V|m|km)\b)",
    re.IGNORECASE,
)
_LINE_HINT = Pattern(r"lộ |tuyến |ĐZ|ĐDK|dây |TBA|MC|cắt |rạm ", re.IGNORECASE)
_PIECE = Pattern(r"\d+|[A-ZĐa-zđ]|[./+-]")
_JOINTS = {".": "chấm", "-": "gạch ngang", "/": "gạch chéo", "+": "cộng"}
_GROUPED = Pattern(r"[1-9]\d{0,2}(?:\.\d{3})+|\d+/\d.*")
_CUE_IN_CAPITALS = Pattern(r"(?:[A-ZĐ]{2,6}[ .:]{1,2})+(?=\S*\d)")
"""The cue may be in capitals too, and then it looks like a part of the code: "MST 4600123456-001"."""
_SERIES = Pattern(r"[A-ZĐ]{1,3} \d{5,}")
"""Letters of a series before its number, "BV 123456"."""
_SPACED_RUN = Pattern(r"(?<![\w.,/+)-])(?<![\d)] )\d{2,6}(?: \d{2,6}){2,}(?! ?\d|[.,/-]?\w)")
_SPACED_GROUPS = Pattern(r"[1-9]\d{0,2}(?: \d{3})+")
_SHORTEST_SPACED = 9
"""Digits of a spaced run that can only be an account or a person's number: dates and lists of figures are shorter."""
_SHORTEST_NUMBER = 5
"""Digits of a number that names somebody; a shorter one counts something ("thẻ 12 tháng")."""
_SHORTEST_MIXED = 3
"""Digits of a code that also has letters."""


def read(text: str, job: Job) -> str:
    """Pass: codes that identify one thing are read letter by letter and digit by digit."""
    if _CANDIDATE_HINT.search(text):
        text = _PLATE.sub(lambda match: _plate(match, job), text)
        text = _FILE_CODE.sub(lambda match: code(match[0], job), text)
        text = _CANDIDATE.sub(lambda match: _identity(match, job), text)
        text = _SPACED_RUN.sub(_spaced_run, text)
    if _ROAD_HINT.search(text):
        text = _ROAD.sub(lambda match: _road(match, job), text)
    if "m" in text or "KM" in text:
        text = _POST_SPAN.sub(" đến ", text)
        text = _POST.sub(lambda match: _post(match, job), text)
    if _LINE_HINT.search(text):
        text = _LINE.sub(lambda match: match["cue"] + _line(match["code"], job), text)
    return text


def code(written: str, job: Job) -> str:
    """A code piece by piece: letters by name, one or two digits as a number, longer runs digit by digit."""
    words: list[str] = []
    for piece in _PIECE.findall(written):
        if piece.isdigit():
            words.append(numbers.label(piece, job.reading) if len(piece) <= 2 else numbers.digits(piece))
        elif piece.isalpha():
            words.append(letters.spell(piece))
        else:
            words.append(_JOINTS[piece])
    return " ".join(words)


def _plate(match: re.Match[str], job: Job) -> str:
    number = match["number"]
    said = numbers.digits(number)
    if "." in number:
        said = f"{numbers.digits(number[:3])} chấm {numbers.digits(number[4:])}"
    return f"{numbers.label(match['province'], job.reading)} {code(match['series'], job)} gạch ngang {said}"


def _road(match: re.Match[str], job: Job) -> str:
    kind = match["kind"].lower()
    kind = _ROAD_NAMES.get(kind, kind)
    street = "" if kind.startswith("đường") else match["street"] or ""
    number = match["number"]
    said = numbers.digits(number) if len(number) > 2 else numbers.whole(number, job.reading)
    ending = " " + code(match["letter"], job) if match["letter"] else ""
    return f"{street}{kind} {said}{ending}"


def _post(match: re.Match[str], job: Job) -> str:
    metres = match["metres"] or match["low_metres"]
    words = f"ki lô mét số {numbers.whole(match['km'] or match['low_km'] or match['at_km'], job.reading)}"
    return f"{words} cộng {numbers.whole(metres, job.reading)}" if metres else words


def _identity(match: re.Match[str], job: Job) -> str:
    """After a word that takes a code: a long run of digits, or letters and digits mixed."""
    written, start = match[0], match.start()
    cue = _CUE_IN_CAPITALS.match(written)
    if cue and _IDENTITY(match.string, start + cue.end()):
        start, written = start + cue.end(), written[cue.end() :]
    lead = match[0][: start - match.start()]
    run = "".join(char for char in written if char.isalnum())
    figures = sum(char.isdigit() for char in run)
    if figures < (_SHORTEST_NUMBER if figures == len(run) else _SHORTEST_MIXED) or _GROUPED.fullmatch(written):
        return match[0]
    if " " in written and figures < len(run) and not _SERIES.fullmatch(written):
        return match[0]
    if not _IDENTITY(match.string, start):
        return match[0]
    series = written.partition(" ")[0]
    if len(series) > 2 and series.isalpha() and job.glossary.plain_reading(series):
        # "mã CQT 1054638": a word the glossary knows, then the number.
        return f"{lead}{series} {numbers.digits(written)}"
    words = [
        numbers.digits(piece) if piece.isdigit() else letters.spell(piece) if piece.isalpha() else _JOINTS[piece]
        for piece in _PIECE.findall(written)
        if piece != "." or figures < len(run)
    ]
    return lead + " ".join(words)


def _line(written: str, job: Job) -> str:
    return code(written, job)


def _spaced_run(match: re.Match[str]) -> str:
    """ "8505 205 012 345" whose groups are not thousands."""
    written = match[0]
    if _SPACED_GROUPS.fullmatch(written) or sum(char.isdigit() for char in written) < _SHORTEST_SPACED:
        return written
    return numbers.digits(written)
