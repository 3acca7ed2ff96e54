"""The exported calendar keeps RFC 5545: line ends, folding, escaping, UTC, one UID for each occurrence."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.model import Item, ItemKind
from broadcaster.schedule import to_ics

from .timetables import SCRIPT, local, occurrence

MADE_AT = datetime(2026, 11, 30, 1, 2, 3, tzinfo=UTC)


def unfold(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_one_event():
    what = occurrence(
        "lich/sang/2026-12-01",
        local("2026-12-01", "05:30"),
        Item(kind=ItemKind.CHIME),
        SCRIPT,
        Item(kind=ItemKind.TOPIC, name="II.1.10", count=2),
        Item(kind=ItemKind.PAUSE, pause_s=1.5),
        Item(kind=ItemKind.RECORDING, name="ghi_am/a,b.mp3", repeat=3),
        title="Bản tin; sáng",
    )
    text = to_ics([what], name="Đài xã Dân Tiến", made_at=MADE_AT, lengths_s={what.key: 615.4})
    assert unfold(text) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//broadcaster//schedule//VI",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Đài xã Dân Tiến",
        "BEGIN:VEVENT",
        "UID:lich/sang/2026-12-01",
        "DTSTAMP:20261130T010203Z",
        "DTSTART:20261130T223000Z",
        "DTEND:20261130T224015Z",
        "SUMMARY:Bản tin\\; sáng",
        "DESCRIPTION:nhạc hiệu\\nchao\\nnội dung II.1.10: 2 bài\\nnghỉ 1.5 giây\\nghi_am/a\\,b.mp3 × 3",
        "LOCATION:mọi cụm loa",
        "CATEGORIES:phien",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_an_event_names_the_zones_as_people_call_them():
    what = occurrence("lich/sang/2026-12-01", local("2026-12-01", "05:30"), zones=("thon_dong", "thon_3"))
    text = to_ics([what], name="x", made_at=MADE_AT, zone_titles={"thon_dong": "Thôn Đông"})
    assert "LOCATION:Thôn Đông\\, thon_3" in unfold(text)


def test_an_unknown_length_leaves_a_start_only_and_an_empty_calendar_is_one():
    what = occurrence("lich/sang/2026-12-01", local("2026-12-01", "05:30"))
    assert "DTEND" not in to_ics([what], name="x", made_at=MADE_AT)
    assert unfold(to_ics([], name="x", made_at=MADE_AT))[-2:] == ["END:VCALENDAR", ""]


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=300))
def test_lines_are_folded_and_no_text_breaks_out_of_its_line(title):
    what = occurrence("lich/sang/2026-12-01", local("2026-12-01", "05:30"), title=title)
    text = to_ics([what], name=title, made_at=MADE_AT)
    lines = text.split("\r\n")
    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in lines)
    assert not any("\n" in line or "\r" in line for line in lines)
    assert len(unfold(text)) == 16
