"""Journal rows as JSON (the contract for programs), as CSV, and as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from broadcaster.cli import console
from broadcaster.cli.moments import day_and_time, iso
from broadcaster.enum_words import outcome_words
from broadcaster.errors import Words
from broadcaster.model import Airing, Delivery, zones_text
from broadcaster.service.amounts import duration

COLUMNS = (
    "id", "occurrence", "item", "script", "level", "zone", "planned_at", "started_at", "ended_at", "duration_s",
    "outcome", "reason", "voice", "engine", "text_sha256", "audio_sha256", "asked_by", "output", "clock",
    "reason_code", "cue", "deliveries",
)  # fmt: skip
"""Keys of one row, in their order: other programs rely on both."""
DELIVERY_KEYS = ("zone", "output", "from", "to", "heard_s", "outcome", "reason_code")
"""Keys of one delivery, in their order."""


def as_json(airing: Airing, tz: ZoneInfo) -> dict[str, object]:
    """One row; its reason in the language of this process."""
    row: dict[str, object] = {name: getattr(airing, name, None) for name in COLUMNS}
    for name in ("planned_at", "started_at", "ended_at"):
        row[name] = iso(getattr(airing, name), tz)
    row["zone"] = zones_text(airing.zones)
    row["duration_s"] = round(airing.duration_s, 3)
    row["reason"] = console.told(airing.reason.words())
    row["reason_code"] = airing.reason.code
    row["deliveries"] = [_delivery(one, tz) for one in airing.deliveries]
    return row


def as_cells(airing: Airing, tz: ZoneInfo) -> dict[str, object]:
    """One row for a spreadsheet: deliveries as JSON in one cell."""
    row = as_json(airing, tz)
    return row | {"deliveries": json.dumps(row["deliveries"], ensure_ascii=False)}


def _delivery(delivery: Delivery, tz: ZoneInfo) -> dict[str, object]:
    values = (
        delivery.zone,
        delivery.output,
        iso(delivery.started_at, tz),
        iso(delivery.ended_at, tz),
        round(delivery.heard_s, 3),
        delivery.outcome,
        delivery.reason.code,
    )
    return dict(zip(DELIVERY_KEYS, values, strict=True))


def print_airings(airings: Iterable[Airing], tz: ZoneInfo) -> None:
    """A table for people; the clock is shown only where it was not the machine's."""
    rows = [
        (
            day_and_time(airing.started_at or airing.planned_at, tz),
            duration(airing.duration_s),
            console.told(outcome_words(airing.outcome)),
            str(airing.occurrence),
            airing.item,
            airing.engine or "–",
            console.told(airing.reason.words()) + ("" if airing.clock == "system" else f" [{airing.clock}]"),
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
