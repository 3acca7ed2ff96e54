"""Journal rows as JSON (the contract for programs), as CSV, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from broadcaster.cli import console
from broadcaster.cli.moments import day_and_time, iso
from broadcaster.enum_words import outcome_words
from broadcaster.errors import Words
from broadcaster.model import Airing

COLUMNS = (
    "id", "occurrence", "item", "script", "level", "zone", "planned_at", "started_at", "ended_at", "duration_s",
    "outcome", "reason", "voice", "engine", "text_sha256", "audio_sha256", "asked_by", "output", "clock",
)  # fmt: skip
"""Keys of one row, in their order: other programs rely on both."""


def as_json(airing: Airing, tz: ZoneInfo) -> dict[str, object]:
    """One row."""
    row: dict[str, object] = {name: getattr(airing, name) for name in COLUMNS}
    for name in ("planned_at", "started_at", "ended_at"):
        row[name] = iso(getattr(airing, name), tz)
    row["duration_s"] = round(airing.duration_s, 3)
    return row


def print_airings(airings: Iterable[Airing], tz: ZoneInfo) -> None:
    """A table for people; the clock is shown only where it was not the machine's."""
    rows = [
        (
            day_and_time(airing.started_at or airing.planned_at, tz),
            console.duration(airing.duration_s),
            console.told(outcome_words(airing.outcome)),
            str(airing.occurrence),
            airing.item,
            airing.engine or "–",
            airing.reason + ("" if airing.clock == "system" else f" [{airing.clock}]"),
        )
        for airing in airings
    ]
    if not rows:
        console.notice(Words("Nhật ký không có dòng nào trong khoảng này.", "No rows in this span."))
        return
    heads = (
        Words("Lúc", "At"),
        Words("Dài", "Length"),
        Words("Kết quả", "Outcome"),
        Words("Phiên", "Occurrence"),
        Words("Mục", "Item"),
        Words("Bộ đọc", "Engine"),
        Words("Lý do", "Reason"),
    )
    console.print_table(rows, heads=heads, right=(1,))
