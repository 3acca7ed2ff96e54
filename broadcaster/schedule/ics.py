"""The timetable as an iCalendar file (RFC 5545), to be opened on a phone or printed by any calendar program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from broadcaster.model import EVERYWHERE, Item, ItemKind, Occurrence, OccurrenceKey

LINE_OCTETS = 75
"""RFC 5545 §3.1: longer lines are folded."""
EVERY_ZONE = "mọi cụm loa"
"""Where an occurrence for all zones is heard."""


def to_ics(
    occurrences: Iterable[Occurrence],
    *,
    name: str,
    made_at: datetime,
    lengths_s: Mapping[OccurrenceKey, float] | None = None,
    zone_titles: Mapping[str, str] | None = None,
) -> str:
    """The calendar as text with CRLF line ends; write it as UTF-8 with `newline=""`.

    `name` is shown as the calendar's, `made_at` stamps each event. UID is the occurrence key, so that a later export
    replaces the earlier events. Times are in UTC; an event without a known length has a start only. `zone_titles`: how
    people call a zone, by its name; a zone without a title is called by its name.
    """
    known = lengths_s or {}
    titles = {EVERYWHERE: EVERY_ZONE, **(zone_titles or {})}
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//broadcaster//schedule//VI", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{_text(name)}")
    for occurrence in occurrences:
        lines += _event(occurrence, made_at, known.get(occurrence.key), titles)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _event(occurrence: Occurrence, made_at: datetime, length_s: float | None, titles: Mapping[str, str]) -> list[str]:
    where = ", ".join(titles.get(zone, zone) for zone in occurrence.zones)
    event = [
        "BEGIN:VEVENT",
        f"UID:{_text(occurrence.key)}",
        f"DTSTAMP:{_utc(made_at)}",
        f"DTSTART:{_utc(occurrence.planned_at)}",
        f"SUMMARY:{_text(occurrence.title)}",
        f"DESCRIPTION:{_text(chr(10).join(_item(item) for item in occurrence.items))}",
        f"LOCATION:{_text(where)}",
        f"CATEGORIES:{_text(occurrence.level)}",
        "END:VEVENT",
    ]
    if length_s is not None:
        event.insert(4, f"DTEND:{_utc(occurrence.planned_at + timedelta(seconds=round(length_s)))}")
    return event


def _item(item: Item) -> str:
    match item.kind:
        case ItemKind.CHIME:
            return "nhạc hiệu"
        case ItemKind.PAUSE:
            return f"nghỉ {item.pause_s:g} giây"
        case ItemKind.TOPIC:
            return f"nội dung {item.name}: {item.count} bài"
        case _:
            return item.name + (f" × {item.repeat}" if item.repeat > 1 else "")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A TEXT value (§3.3.11). Characters that no calendar may hold become spaces."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    value = value.replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(" " if ord(char) < 0x20 or ord(char) == 0x7F else char for char in value)


def _fold(line: str) -> Iterator[str]:
    """Pieces of at most LINE_OCTETS octets, each but the first begun by a space; no character is cut in two."""
    if len(line.encode()) <= LINE_OCTETS:
        yield line
        return
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > LINE_OCTETS:
            yield piece
            piece, size = " ", 1
        piece += char
        size += octets
    yield piece
