"""schedules/*.toml → timetables. One file is one timetable; one wrong session never takes the others with it.

A timetable as people write it:

    [except]
    days = [2027-02-06, 2027-02-07]           # no session of this file on these dates

    [session.sang]
    title = "Bản tin sáng"
    time = "05:30"                            # or times = ["05:30", "17:00"]
    days = "hằng ngày"                        # or ["T2", "T4", "CN"], "T2-T6", ["mon", "fri"]; every day when absent
    from = 2026-11-01                         # both optional; date = 2026-12-01 instead: that one day
    to = 2027-10-31
    except = [2026-12-25]
    max_minutes = 45
    late = "play 10m"                         # or "skip", "next_session"; the station's rule when absent
    zone = "tat_ca"                           # every zone; or "thon_1", or ["thon_1", "thon_2"]
    level = "phien"
    items = [
        { chime = true },
        { script = "chao_buoi_sang" },
        { topic = "II.1.10", count = 2 },
        { recording = "ghi_am/thong_bao.mp3", repeat = 2, resume = true },
        { pause = "3s" },
    ]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import TypeVar

from broadcaster.errors import TimetableError, Words
from broadcaster.model import EVERYWHERE, LateRule, Level, Session, Timetable
from broadcaster.schedule.days import DAYS_HINT, EVERY_DAY, read_weekdays
from broadcaster.schedule.items import fail_here, read_items
from broadcaster.settings import LATE_HINT, parse_late_rule
from broadcaster.tomlfile import MINUTES, Table, TomlFile, as_day, as_time, read_text

LONGEST_SESSION_MIN = 720
"""Half a day: longer is a mistake, whatever the allowed hours are."""
PLANNABLE_LEVELS = (Level.PHIEN, Level.UU_TIEN, Level.THONG_THUONG)
"""khan_cap passes the allowed hours and truc_tiep needs a person at the microphone: neither can be planned."""

T = TypeVar("T")

_SESSION_KEYS = (
    *("title", "time", "times", "days", "from", "to", "date", "except"),
    *("max_minutes", "late", "zone", "level", "items"),
)
_TIMETABLE_NAME = re.compile(r"[a-z0-9_-]+")
_SESSION_NAME = re.compile(r"[a-z0-9_]+")  # no "-": it separates the time in occurrence keys
_TIMES_HINT = Words('Viết như times = ["05:30", "17:00"]', 'Write it like times = ["05:30", "17:00"]')
_DATES_HINT = Words("Viết như [2026-12-25, 2027-01-01]", "Write it like [2026-12-25, 2027-01-01]")


@dataclass(frozen=True, kw_only=True)
class Timetables:
    """Everything schedules/ says: what can be aired, and what is wrong."""

    timetables: tuple[Timetable, ...]
    """In order of file name; sessions in order of the file. Only sessions without a mistake."""
    problems: tuple[TimetableError, ...]
    """One for each wrong file, session or unknown entry, each with file:line and cure."""


def load_timetables(folder: Path, *, default_late: LateRule, zones: tuple[str, ...]) -> Timetables:
    """Read every *.toml of `folder`. `default_late` is for sessions without `late`; `zones` are the station's.

    Raises nothing for what people wrote: mistakes are in `problems`.
    """
    if not folder.is_dir():
        return Timetables(timetables=(), problems=(_no_folder(folder),))
    paths = sorted(folder.glob("*.toml"))
    loaded = [read_timetable(path, default_late=default_late, zones=zones) for path in paths]
    return Timetables(
        timetables=tuple(timetable for each in loaded for timetable in each.timetables),
        problems=tuple(problem for each in loaded for problem in each.problems),
    )


def read_timetable(
    path: Path, text: str | None = None, *, default_late: LateRule, zones: tuple[str, ...]
) -> Timetables:
    """One file, as `load_timetables` reads it; with `text`, that is read and `path` only names it."""
    problems: list[TimetableError] = []
    timetables: list[Timetable] = []
    try:
        timetables.append(_Reader(path, text, default_late, zones, problems).timetable())
    except TimetableError as problem:
        problems.append(problem)
    return Timetables(timetables=tuple(timetables), problems=tuple(problems))


class _Reader:
    """Reads one file; mistakes inside it are appended to `problems`, a mistake of the whole file is raised."""

    def __init__(
        self,
        path: Path,
        text: str | None,
        default_late: LateRule,
        zones: tuple[str, ...],
        problems: list[TimetableError],
    ) -> None:
        """`text`: None, to read the file."""
        if not _TIMETABLE_NAME.fullmatch(path.stem):
            raise TimetableError(
                Words(
                    f"tên tệp «{path.name}» chỉ được dùng chữ thường không dấu, số, _ và -",
                    f"the file name '{path.name}' may only use a-z, 0-9, _ and -",
                ),
                where=str(path),
                cure=Words("Đổi tên tệp, ví dụ hang_ngay.toml", "Rename it, for example hang_ngay.toml"),
            )
        self._path = path
        self._default_late = default_late
        self._zones = zones
        self._problems = problems
        self._text = read_text(path, TimetableError) if text is None else text
        self._root = TomlFile(self._text, path, TimetableError).root()

    def timetable(self) -> Timetable:
        """The whole file."""
        cancelled = self._kept(self._cancelled_days) or frozenset()
        sessions: list[Session] = []
        group = self._kept(partial(self._root.table, "session"))
        if group is not None:
            for name in group.data:
                session = self._kept(partial(self._session, group, name))
                if session is not None:
                    sessions.append(replace(session, except_days=session.except_days | cancelled))
        self._kept(self._root.done)
        return Timetable(name=self._path.stem, sessions=tuple(sessions), path=self._path, text=self._text)

    def _kept(self, read: Callable[[], T]) -> T | None:
        """What `read` returns; a mistake in it becomes a problem, and None is returned."""
        try:
            return read()
        except TimetableError as problem:
            self._problems.append(problem)
            return None

    def _cancelled_days(self) -> frozenset[date]:
        table = self._root.table("except")
        days = _dates(table, "days")
        table.done()
        return days

    def _session(self, group: Table, name: str) -> Session:
        table = group.table(name)
        if not _SESSION_NAME.fullmatch(name):
            raise fail_here(
                table,
                Words(
                    f"tên phiên «{name}» chỉ được dùng chữ thường không dấu, số và _",
                    f"the session name '{name}' may only use a-z, 0-9 and _",
                ),
                Words("Ví dụ [session.sang], [session.chieu_muon]", "For example [session.sang]"),
            )
        for key in _SESSION_KEYS:
            table.has(key)
        table.done()  # before anything is called missing: `tiem = "05:30"` is a mistyped time, not a missing one
        first_day, last_day, weekdays = _dates_of(table)
        return Session(
            name=name,
            title=table.text("title", name),
            times=_times(table),
            weekdays=weekdays,
            items=read_items(table),
            first_day=first_day,
            last_day=last_day,
            except_days=_dates(table, "except"),
            max_minutes=table.number("max_minutes", 60.0, 0.5, LONGEST_SESSION_MIN, MINUTES),
            late=table.read("late", parse_late_rule, self._default_late, LATE_HINT),
            zones=_zones(table, self._zones),
            level=_level(table),
            where=table.where,
        )


def _dates_of(table: Table) -> tuple[date | None, date | None, frozenset[int]]:
    """First day, last day, weekdays: from `date`, or from `from`, `to` and `days`."""
    only = table.day("date")
    if only is not None:
        for key in ("from", "to", "days"):
            if table.has(key):
                raise table.fail(
                    key,
                    Words(f"đã có «date» thì không dùng «{key}»", f"'{key}' cannot go with 'date'"),
                    Words("Bỏ một trong hai", "Remove one of them"),
                )
        return only, only, EVERY_DAY
    first, last = table.day("from"), table.day("to")
    if first is not None and last is not None and last < first:
        raise table.fail(
            "to",
            Words(
                f"ngày kết thúc {last:%d/%m/%Y} trước ngày bắt đầu {first:%d/%m/%Y}",
                f"the last day {last} is before the first day {first}",
            ),
            Words("Xem lại «from» và «to»", "Check 'from' and 'to'"),
        )
    weekdays = table.read("days", read_weekdays, EVERY_DAY, DAYS_HINT)
    if first is not None and last is not None and not _any_weekday(first, last, weekdays):
        raise fail_here(
            table,
            Words(
                f"phiên «{table.keys[-1]}» không bao giờ phát: từ {first:%d/%m/%Y} đến {last:%d/%m/%Y} không có thứ nào"
                " đã chọn",
                f"session '{table.keys[-1]}' never airs: none of its weekdays lies between {first} and {last}",
            ),
            Words("Xem lại «days», «from», «to»", "Check 'days', 'from', 'to'"),
        )
    return first, last, weekdays


def _any_weekday(first: date, last: date, weekdays: frozenset[int]) -> bool:
    span = min((last - first).days, 6)
    return any((first.weekday() + ahead) % 7 in weekdays for ahead in range(span + 1))


def _times(table: Table) -> tuple[time, ...]:
    single = table.clock_time("time")
    none: tuple[time, ...] = ()
    several = table.read("times", _read_times, none, _TIMES_HINT)
    if single is not None and several:
        raise table.fail(
            "times",
            Words("đã có «time» thì không dùng «times»", "'times' cannot go with 'time'"),
            Words("Bỏ một trong hai", "Remove one of them"),
        )
    times = several or ((single,) if single is not None else ())
    if not times:
        raise fail_here(
            table,
            Words(f"phiên «{table.keys[-1]}» thiếu giờ phát", f"session '{table.keys[-1]}' has no time"),
            Words('Thêm time = "05:30"', 'Add time = "05:30"'),
        )
    return times


def _read_times(value: object) -> tuple[time, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(value)
    times = [as_time(entry) for entry in value]
    if len(set(times)) != len(times):
        raise ValueError(value)
    return tuple(sorted(times))


def _dates(table: Table, key: str) -> frozenset[date]:
    return table.read(key, _read_dates, frozenset(), _DATES_HINT)


def _read_dates(value: object) -> frozenset[date]:
    entries: Sequence[object] = value if isinstance(value, list) else [value]
    return frozenset(as_day(entry) for entry in entries)


def _zones(table: Table, known: tuple[str, ...]) -> tuple[str, ...]:
    """In the station's order, so that one set of zones is always written alike."""
    written = table.texts("zone", (EVERYWHERE,))
    allowed = tuple(dict.fromkeys((EVERYWHERE, *known)))
    listed = ", ".join(allowed)
    for zone in written:
        if zone not in allowed:
            raise table.fail(
                "zone",
                Words(
                    f"«zone = {zone}» không có; chọn: {listed}",
                    f"'zone = {zone}' is unknown; one of: {listed}",
                ),
            )
    if not written or len(set(written)) != len(written):
        raise table.fail(
            "zone",
            Words("«zone» cần tên cụm loa, mỗi tên một lần", "'zone' needs names of zones, each once"),
            Words(f"Chọn trong: {listed}", f"Choose from: {listed}"),
        )
    if EVERYWHERE in written and len(written) > 1:
        raise table.fail(
            "zone",
            Words(
                f"«{EVERYWHERE}» đã gồm mọi cụm loa, không ghi thêm cụm loa khác",
                f"'{EVERYWHERE}' is every zone already; name no other beside it",
            ),
            Words("Bỏ một trong hai", "Remove one of them"),
        )
    return tuple(zone for zone in allowed if zone in written)


def _level(table: Table) -> Level:
    name = table.text("level", Level.PHIEN)
    if name in (Level.KHAN_CAP, Level.TRUC_TIEP):
        raise table.fail(
            "level",
            Words(f"mức «{name}» không đặt lịch được", f"level '{name}' cannot be planned"),
            Words(
                "Khẩn cấp thì dùng lệnh «broadcaster emergency»; trong lịch dùng: " + ", ".join(PLANNABLE_LEVELS),
                "For an emergency use 'broadcaster emergency'; in a timetable use: " + ", ".join(PLANNABLE_LEVELS),
            ),
        )
    return Level(table.choice("level", PLANNABLE_LEVELS, Level.PHIEN))


def _no_folder(folder: Path) -> TimetableError:
    return TimetableError(
        Words("không có thư mục lịch phát", "there is no folder of timetables"),
        where=str(folder),
        cure=Words(
            "Tạo thư mục này và đặt vào đó một tệp lịch như hang_ngay.toml",
            "Make the folder and put a timetable like hang_ngay.toml into it",
        ),
    )
