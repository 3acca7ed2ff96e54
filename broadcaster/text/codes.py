"""What identifies a thing or a person: plates, personal numbers, accounts, file codes, roads, kilometre posts, power lines."""

from __future__ import annotations

import re

from broadcaster.text import letters, numbers
from broadcaster.text.job import Job
from broadcaster.text.pattern import Pattern

_PLATE = Pattern(
    r"(?<![\w-])(?P<province>\d{2})(?:-)?(?P<series>[A-ZĐ]{1,2}\d?)\s?[-. ]\s?(?P<number>\d{3}\.\d{2}|\d{4,5})(?![\w.]?\w)"
)
_ROAD = Pattern(
    r"(?<!\w)(?P<street>đường\s+)?(?P<kind>QL|Quốc lộ|quốc lộ|ĐT|TL|Tỉnh lộ|tỉnh lộ|Đường tỉnh|đường tỉnh|ĐH|HL|Hương lộ|hương lộ|ĐX|CT(?=\.))(?:\s?\.\s?|\s+|(?=\d))(?:số\s)?(?P<number>\d{1,3})(?P<letter>[A-ZĐ]\d?)?(?![\w/.-]?\w)"
)
_ROAD_NAMES = {
    "ql": "quốc lộ", "quốc lộ": "quốc lộ", "đt": "đường tỉnh", "đường tỉnh": "đường tỉnh", "tl": "tỉnh lộ", "tỉnh lộ": "tỉnh lộ",
    "đh": "đường huyện", "hl": "hương lộ", "hương lộ": "hương lộ", "đx": "đường xã", "ct": "cao tốc",
}  # fmt: skip
_POST = Pattern(
    r"(?<![\w/])(?<!\d\s)(?:(?:Km|KM|[Ll]ý trình)\s?:?\s?(?P<km>\d+)(?:\s?\+\s?(?P<metres>\d+))?"
    r"|km\s?(?P<low_km>\d+)\s?\+\s?(?P<low_metres>\d+))(?![\w,.]?\w)"
)
_IDENTITY = Pattern(
    r"(?P<cue>\b(?:CCCD|CMND|CMT|CC|căn cước|căn cước công dân|định danh|định danh cá nhân|hộ chiếu|mã số thuế|MST|tài khoản|STK|TK|mã số|số sổ|sổ|mã hồ sơ|hồ sơ|mã định danh|"
    r"số thẻ|thẻ|mã thẻ|BHXH|BHYT|bảo hiểm xã hội|bảo hiểm y tế|mã khách hàng|mã KH|khách hàng|mã|seri|sê ri|serial|số hiệu|số seri|số máy|số khung|mã bưu chính|giấy phép|biên lai|hóa đơn|hoá đơn|mã đơn vị|mã tra cứu|mã trường|SBD|số báo danh|danh bộ|công tơ)"
    r"(?:\s+(?:số|cá nhân|là|có số|có mã|điện tử|ngân hàng|công dân|mã|gắn chip|hộ gia đình|điện|nước|dịch vụ công))*\s*[:.]?\s*)(?P<code>[A-ZĐ0-9][A-ZĐ0-9./ -]*[A-ZĐ0-9])(?![\w])",
    re.IGNORECASE,
)
_LINE = Pattern(
    r"(?P<cue>\b(?:lộ|xuất tuyến|ĐZ|ĐDK|đường dây|TBA|MC|máy cắt|trạm)\s+)(?P<code>\d{3}(?:\s?[-/]?\s?[A-Z]{1,2}\d{1,2}(?:\.\d{1,2})?)?|[A-Z]\d{1,2}\.\d{1,2})(?![\w.,]?\w|\s?(?:kV|KV|V|m|km)\b)",
    re.IGNORECASE,
)
_FILE_CODE = Pattern(r"(?<![\w.-])[A-ZĐ]\d{2}(?:\.\d{1,3})+(?:[-.]\d{2,})*(?!\w)")
_CODE_PIECE = Pattern(r"\d+|[A-ZĐa-zđ]|[./+-]")
_JOINTS = {".": "chấm", "-": "gạch ngang", "/": "gạch chéo", "+": "cộng"}


def read(text: str, job: Job) -> str:
    """Pass: everything that is spelt because it names one thing."""
    text = _PLATE.sub(lambda match: _plate(match, job), text)
    text = _ROAD.sub(lambda match: _road(match, job), text)
    text = _POST.sub(lambda match: _post(match, job), text)
    text = _FILE_CODE.sub(lambda match: code(match[0], job), text)
    text = _IDENTITY.sub(lambda match: _identity(match, job), text)
    return _LINE.sub(lambda match: match["cue"] + _line(match["code"], job), text)


def code(written: str, job: Job) -> str:
    """A code piece by piece: letters by name, one or two digits as a number, longer runs digit by digit."""
    words: list[str] = []
    for piece in _CODE_PIECE.findall(written):
        if piece.isdigit():
            words.append(numbers.label(piece, job.reading) if len(piece) <= 2 else numbers.digits(piece))
        elif piece.isalpha():
            words.append(letters.spell(piece))
        else:
            words.append(_JOINTS[piece])
    return " ".join(words)


def _plate(match: re.Match[str], job: Job) -> str:
    series = code(match["series"], job)
    number = numbers.digits(match["number"][:3]) + " chấm " + numbers.digits(match["number"][4:])
    if "." not in match["number"]:
        number = numbers.digits(match["number"])
    return f"{numbers.label(match['province'], job.reading)} {series} gạch ngang {number}"


def _road(match: re.Match[str], job: Job) -> str:
    kind = _ROAD_NAMES[match["kind"].lower()]
    street = match["street"] or ""
    if kind.startswith("đường") and street:
        street = ""
    number = (
        numbers.digits(match["number"]) if len(match["number"]) > 2 else numbers.whole(match["number"], job.reading)
    )
    ending = " " + code(match["letter"], job) if match["letter"] else ""
    return f"{street}{kind} {number}{ending}"


def _post(match: re.Match[str], job: Job) -> str:
    metres = match["metres"] or match["low_metres"]
    words = f"ki lô mét số {numbers.whole(match['km'] or match['low_km'], job.reading)}"
    return f"{words} cộng {numbers.whole(metres, job.reading)}" if metres else words


def _identity(match: re.Match[str], job: Job) -> str:
    """Only what looks like a code: five digits and more in one run, or letters and digits mixed."""
    written = match["code"].strip()
    run = "".join(char for char in written if char.isalnum())
    figures = sum(char.isdigit() for char in run)
    if figures < (5 if run.isdigit() else 3) or (" " in written and not written.replace(" ", "").isdigit()) or re.search(r"\d/\d", written):
        return match[0]
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", written):
        return match[0]
    if run.isdigit():
        words = [_JOINTS["-"] if piece == "-" else numbers.digits(piece) for piece in re.findall(r"\d+|-", written)]
        return match["cue"] + " ".join(words)
    words = [
        numbers.digits(piece) if piece.isdigit() else _JOINTS.get(piece) or letters.spell(piece)
        for piece in re.findall(r"\d+|[^\W\d_]|[./-]", written)
    ]
    if _FILE_CODE.fullmatch(written):
        return match["cue"] + code(written, job)
    return match["cue"] + " ".join(words)


def _line(written: str, job: Job) -> str:
    return code(written.replace(" ", "-") if re.search(r"\d\s[A-Z]", written) else written, job)
