"""The report in the form of a Vietnamese office document (Nghị định 30/2020/NĐ-CP), before any file format.

Always Vietnamese, whatever language the operator's terminal speaks: it is signed and kept.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from broadcaster.enum_words import LEVEL_WORDS, OUTCOME_WORDS, outcome_words
from broadcaster.model import TIMETABLE
from broadcaster.reason_words import cause
from broadcaster.reasons import ReasonCode
from broadcaster.reports.figures import LogLine, Report, Tally

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TITLE = "SỔ NHẬT KÝ PHÁT THANH"
FONT = "Times New Roman"
"""The typeface that Nghị định 30/2020/NĐ-CP asks for."""
PAGE_MM = (297.0, 210.0)
"""A4 landscape: the log has eleven columns."""
MARGINS_MM = (20.0, 15.0, 20.0, 30.0)
"""Top, right, bottom, left; the left one is the wide one, where the book is bound (Nghị định 30, annex I)."""
TEXT_WIDTH_MM = PAGE_MM[0] - MARGINS_MM[1] - MARGINS_MM[3]

Cell = str | int | float | date | time | timedelta | None
"""None is an empty cell."""


class Form(enum.Enum):
    """What the cells of a column are, and so how they are written and set."""

    TEXT = "text"
    CODE = "code"
    """Short text, centred."""
    COUNT = "count"
    MINUTES = "minutes"
    """A number with one decimal, after a comma."""
    DAY = "day"
    """25/11/2026."""
    MINUTE = "minute"
    """05:30."""
    SECOND = "second"
    """05:30:07."""
    LENGTH = "length"
    """7:05, minutes and seconds."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column."""

    head: str
    width_mm: float
    """The widths of a table together are TEXT_WIDTH_MM at most."""
    form: Form = Form.TEXT


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table with its heading."""

    name: str
    """Short, for the tab of a worksheet."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    """The last row, set apart."""
    empty: str = ""
    """What to say instead of rows when there are none."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """Everything on paper, in reading order."""

    authority: str
    """Above the office: the People's Committee."""
    office: str
    place_and_day: str
    period: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    signatures: tuple[tuple[str, str], ...]
    """(Who, how), left to right."""
    made_on: date
    title: str = TITLE


def office_document(report: Report, *, station: str, commune: str) -> Document:
    """Lay a report out. `station` and `commune` as in station.toml: "Đài truyền thanh xã Dân Tiến", "xã Dân Tiến"."""
    made = report.made_at
    # Nghị định 30: a zero before days under 10 and before January and February, so that nobody adds a digit.
    day, month = f"{made.day:02}", f"{made.month:02}" if made.month < 3 else str(made.month)
    return Document(
        authority=f"ỦY BAN NHÂN DÂN {commune.upper()}",
        office=station.upper(),
        place_and_day=f"{_place(commune)}, ngày {day} tháng {month} năm {made.year}",
        period=report.period.title,
        tables=(_log(report), _days(report), _kinds(report), _contents(report)),
        notes=tuple(_notes(report)),
        signatures=(("NGƯỜI LẬP", "(Ký, ghi rõ họ tên)"), ("THỦ TRƯỞNG ĐƠN VỊ", "(Ký, đóng dấu, ghi rõ họ tên)")),
        made_on=made.date(),
    )


def shown(cell: Cell, form: Form) -> str:
    """A cell as people read it."""
    match cell:
        case None:
            return ""
        case timedelta():
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes}:{seconds:02}"
        case date():
            return f"{cell:%d/%m/%Y}"
        case time():
            return f"{cell:%H:%M:%S}" if form is Form.SECOND else f"{cell:%H:%M}"
        case float():
            return f"{cell:.1f}".replace(".", ",")
    return str(cell)


def _place(commune: str) -> str:
    """`xã Dân Tiến` → `Dân Tiến`."""
    kind, _, name = commune.strip().partition(" ")
    return name if name and kind.lower() in ("xã", "phường", "thị", "đặc") else commune


def _plain(text: str) -> str:
    """Without control characters, which no office file may hold, and on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _log(report: Report) -> Table:
    return Table(
        name="Nhật ký",
        title="I. NHẬT KÝ PHÁT THANH",
        columns=(
            Column(head="STT", width_mm=10, form=Form.COUNT),
            Column(head="Ngày", width_mm=21, form=Form.DAY),
            Column(head="Giờ kế hoạch", width_mm=15, form=Form.MINUTE),
            Column(head="Giờ phát", width_mm=17, form=Form.SECOND),
            Column(head="Phiên", width_mm=27),
            Column(head="Nội dung", width_mm=53),
            Column(head="Thời lượng", width_mm=16, form=Form.LENGTH),
            Column(head="Kết quả", width_mm=18, form=Form.CODE),
            Column(head="Lý do", width_mm=36),
            Column(head="Người yêu cầu", width_mm=21),
            Column(head="Giọng", width_mm=18),
        ),
        rows=tuple(_log_row(number, line) for number, line in enumerate(report.log, 1)),
        empty="Trong kỳ không có mục nào được phát hoặc phải phát.",
    )


def _log_row(number: int, line: LogLine) -> tuple[Cell, ...]:
    return (
        number,
        line.planned_at.date(),
        line.planned_at.time(),
        line.started_at.time() if line.started_at else None,
        _plain(line.session or f"Thông báo {LEVEL_WORDS[line.level].vi}"),
        _plain(line.content),
        timedelta(seconds=round(line.aired_s)),
        outcome_words(line.outcome).vi,
        _plain(line.reason.text()),
        "Lịch phát" if line.asked_by == TIMETABLE else _plain(line.asked_by),
        _plain(line.voice),
    )


_COUNTS = (
    Column(head="Số mục", width_mm=22, form=Form.COUNT),
    Column(head="Đã phát", width_mm=22, form=Form.COUNT),
    Column(head="Phát dở", width_mm=22, form=Form.COUNT),
    Column(head="Không phát", width_mm=22, form=Form.COUNT),
    Column(head="Số phút phát", width_mm=26, form=Form.MINUTES),
)


def _counts(tally: Tally) -> tuple[Cell, ...]:
    return tally.items, tally.aired, tally.partly_aired, tally.not_aired, tally.minutes


def _days(report: Report) -> Table:
    return Table(
        name="Theo ngày",
        title="II. TỔNG HỢP THEO NGÀY",
        columns=(Column(head="Ngày", width_mm=30, form=Form.DAY), *_COUNTS),
        rows=tuple((total.day, *_counts(total.tally)) for total in report.days),
        total=("Cộng", *_counts(report.total)),
    )


def _kinds(report: Report) -> Table:
    return Table(
        name="Theo mức",
        title="III. TỔNG HỢP THEO MỨC ƯU TIÊN",
        columns=(Column(head="Mức", width_mm=50), *_COUNTS),
        rows=tuple((LEVEL_WORDS[level].vi.capitalize(), *_counts(tally)) for level, tally in report.levels.items()),
        total=("Cộng", *_counts(report.total)),
    )


def _contents(report: Report) -> Table:
    total = report.contents_total
    return Table(
        name="CCHC",
        title="IV. TUYÊN TRUYỀN CẢI CÁCH HÀNH CHÍNH THEO NỘI DUNG KẾ HOẠCH",
        columns=(
            Column(head="Mã", width_mm=17, form=Form.CODE),
            Column(head="Nội dung", width_mm=85),
            Column(head="Số bài", width_mm=15, form=Form.COUNT),
            Column(head="Lượt phát", width_mm=17, form=Form.COUNT),
            Column(head="Số phút", width_mm=17, form=Form.MINUTES),
            Column(head="Phát dở", width_mm=16, form=Form.COUNT),
            Column(head="Không phát", width_mm=17, form=Form.COUNT),
            Column(head="Lý do", width_mm=68),
        ),
        rows=tuple(
            (
                content.code,
                _plain(content.title),
                len(content.scripts),
                content.tally.aired,
                content.tally.minutes,
                content.tally.partly_aired,
                content.tally.not_aired,
                _reasons(content.reasons),
            )
            for content in report.contents
        ),
        total=(
            "Cộng",
            None,
            sum(len(content.scripts) for content in report.contents),
            total.aired,
            total.minutes,
            total.partly_aired,
            total.not_aired,
            None,
        ),
        empty="Đài chưa có kế hoạch (scripts_vi/noi_dung.tsv) và chưa phát bài nào có mã nội dung.",
    )


def _reasons(reasons: Sequence[tuple[ReasonCode, int]]) -> str:
    return "; ".join(f"{_plain(cause(code).vi)} ({count})" for code, count in reasons)


def _notes(report: Report) -> list[str]:
    notes = [
        "Mục bị ngắt rồi phát tiếp có nhiều dòng trong nhật ký nhưng tính một lượt; số phút là thời gian âm thanh thật"
        " sự đã phát. Nhạc hiệu và quãng nghỉ không tính."
    ]
    if report.outcomes:
        listed = ", ".join(f"{OUTCOME_WORDS[outcome].vi} {count}" for outcome, count in report.outcomes.items())
        notes.append(f"Kết quả các mục: {listed}.")
    if report.total.on_air:
        notes.append(f"{report.total.on_air} mục đang phát khi lập sổ.")
    if report.without_verdict:
        notes.append(
            f"{report.without_verdict} phiên đã qua giờ mà chưa có kết quả: đang phát, hoặc đài chưa chạy lại từ đó."
        )
    if report.beside_loudspeakers:
        notes.append(f"{report.beside_loudspeakers} dòng phát ra tệp hoặc đường ra thử, không qua card âm thanh.")
    if report.unknown_scripts:
        notes.append(
            "Kịch bản không còn trong kho nên không xếp được vào nội dung nào: "
            + ", ".join(report.unknown_scripts)
            + "."
        )
    return notes
