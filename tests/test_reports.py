"""The figures of a period, and the office document made of them, read back from every file format."""

from __future__ import annotations

import re
import time as stopwatch
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import (
    STATION_RATE_HZ,
    Announce,
    Clip,
    CueDraft,
    Delivery,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    RequestKind,
    Sha256,
)
from broadcaster.reasons import AIRED_WHOLE, Reason, ReasonCode, reason, reason_in_words
from broadcaster.reports import Period, PeriodKind, Report, Subject, figures, office_document, period_of
from broadcaster.reports.document import (
    TEXT_WIDTH_MM,
    Document,
    Form,
    shown,
)
from broadcaster.reports.page import to_html
from broadcaster.reports.sheet import to_xlsx
from broadcaster.reports.word import to_docx
from broadcaster.scripts import Content

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 25, 5, 30, tzinfo=ZONE)
WEEK = period_of(PeriodKind.WEEK, MORNING.date())
SUBJECTS = {
    "mot_cua": Subject(title="Một cửa", topic="II.1.9"),
    "duong_day_nong": Subject(title="Đường dây nóng", topic="II.1.10.2"),
    "chao": Subject(title="Lời chào", topic=""),
}
PLAN = (
    Content(code="II.1.1", title="Ý nghĩa"),
    Content(code="II.1.9", title="Một cửa, một cửa liên thông"),
    Content(code="II.1.10", title="Dịch vụ công"),
)


SOUND_CARD = {"tat_ca": "soundcard"}
TWO_ZONES = {"thon_1": "soundcard:A", "thon_2": "soundcard:B"}
ENGINE_BROKEN = reason_in_words(ReasonCode.RENDER_FAILED, Words("bộ đọc hỏng", "the engine is broken"))
STOPPED = reason(ReasonCode.STOPPED, by="Chị Hòa")
CUT = reason(ReasonCode.PREEMPTED, by="Nước lên")


class Diary:
    """Writes a journal as the player would."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock(MORNING)
        self.clock.label = "system"  # rows of this journal are no trial
        self.journal = Journal(path, self.clock, durable=False)

    def plan(self, key: str = "hang_ngay/sang/2026-11-25", at: datetime = MORNING, **how) -> Occurrence:
        occurrence = Occurrence(
            **{
                "key": OccurrenceKey(key),
                "title": "Buổi sáng",
                "planned_at": at,
                "items": (),
                "level": Level.PHIEN,
                "zones": ("tat_ca",),
                "max_minutes": 60.0,
                "late": LateRule(kind=LateKind.SKIP),
                **how,
            }
        )
        assert self.journal.plan(occurrence)
        return occurrence

    def airing(
        self,
        occurrence: Occurrence,
        item: str,
        seconds: float,
        outcome: Outcome | None = Outcome.AIRED,
        why: Reason = AIRED_WHOLE,
        *,
        script: str | None = None,
        engine: str = "gtts",
        after_s: float = 0,
        outputs: Mapping[str, str] = SOUND_CARD,
        zones: Mapping[str, tuple[float, Outcome]] | None = None,
    ) -> None:
        """`outputs`: by zone; `zones`: seconds and outcome in each, where they differ."""
        started = (occurrence.planned_at + timedelta(seconds=after_s)).astimezone(UTC)
        frames = round(seconds * STATION_RATE_HZ)
        row = self.journal.begin_airing(
            occurrence, item, script=script, clip=clip(engine, frames), started_at=started, outputs=outputs
        )
        if outcome is None:
            self.journal.progress(row, frames)
            return
        got = zones if zones is not None else dict.fromkeys(outputs, (seconds, outcome))
        self.journal.end_airing(
            row,
            outcome,
            why,
            frames=frames,
            started_at=started,
            deliveries=[
                Delivery(
                    zone=zone,
                    output=outputs[zone],
                    started_at=started if heard_s else None,
                    ended_at=started + timedelta(seconds=heard_s) if heard_s else None,
                    heard_s=heard_s,
                    outcome=ended,
                    reason=why,
                )
                for zone, (heard_s, ended) in got.items()
            ],
        )

    def report(self, period: Period = WEEK, *, made_at: datetime = MORNING + timedelta(days=5)) -> Report:
        return figures(self.journal, period, ZONE, made_at=made_at, subjects=SUBJECTS, plan=PLAN)


def clip(engine: str, frames: int) -> Clip:
    return Clip(
        key="k",
        path=Path("k.wav"),
        audio_sha256=Sha256("0" * 64),
        text_sha256=Sha256("1" * 64),
        frames=frames,
        engine=engine,
        voice="vi",
        loudness_lufs=-16.0,
        true_peak_dbtp=-2.0,
    )


@pytest.fixture
def diary(tmp_path: Path) -> Iterator[Diary]:
    diary = Diary(tmp_path / "journal.sqlite3")
    yield diary
    diary.journal.close()


@pytest.fixture
def told(diary: Diary) -> Report:
    """A week with a session, a cut that went on, a missed item, a request, and a session without any item."""
    session = diary.plan()
    diary.airing(session, "01-nhac_hieu", 5, engine="chime")
    diary.airing(session, "02-mot_cua", 40, Outcome.PREEMPTED, CUT, script="mot_cua", after_s=5)
    diary.airing(session, "02-mot_cua", 50, script="mot_cua", after_s=90)
    diary.journal.never_aired(session, "03-duong_day_nong", Outcome.FAILED, ENGINE_BROKEN, script="duong_day_nong")
    diary.journal.end(session.key, Outcome.PARTLY_AIRED, ENGINE_BROKEN)
    text = "=HYPERLINK(1) Nước lên <nhanh> & mạnh.\x07"
    number = diary.journal.ask(Announce(kind=RequestKind.SAY, content=text), "Chị Hòa")
    notice = diary.plan(
        f"yeu_cau/{number}",
        MORNING + timedelta(minutes=1),
        level=Level.KHAN_CAP,
        asked_by="Chị Hòa",
        request_id=number,
    )
    diary.airing(notice, "01-nuoc_len", 20.4)
    diary.airing(notice, "01-nuoc_len#2", 20.4, after_s=25)
    empty = diary.plan("hang_ngay/trua/2026-11-26", MORNING + timedelta(days=1, hours=6), title="Buổi trưa")
    diary.journal.end(empty.key, Outcome.FAILED, reason(ReasonCode.NOTHING_TO_AIR))
    return diary.report()


# --- periods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "day", "first", "last", "title"),
    [
        ("week", "2026-11-29", "2026-11-23", "2026-11-29", "Tuần từ ngày 23/11/2026 đến ngày 29/11/2026"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03", "Tuần từ ngày 28/12/2026 đến ngày 03/01/2027"),
        ("month", "2028-02-10", "2028-02-01", "2028-02-29", "Tháng 2 năm 2028"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31", "Tháng 12 năm 2026"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-03-31", "Quý I năm 2026"),
        ("quarter", "2026-11-25", "2026-10-01", "2026-12-31", "Quý IV năm 2026"),
    ],
)
def test_a_period_is_the_calendars(kind: str, day: str, first: str, last: str, title: str) -> None:
    period = period_of(PeriodKind(kind), date.fromisoformat(day))
    assert (period.first.isoformat(), period.last.isoformat(), period.title) == (first, last, title)


def test_a_row_belongs_to_the_local_day_of_its_planned_time(diary: Diary) -> None:
    """05:30 on Monday is still Sunday in UTC; one second before midnight on Sunday still counts, midnight not."""
    for day, at in ((23, "05:30:00"), (29, "23:59:59"), (30, "00:00:00")):
        moment = datetime.fromisoformat(f"2026-11-{day}T{at}+07:00")
        diary.airing(diary.plan(f"a/b/{day}-{at}", moment), "01-chao", 10, script="chao")
    report = diary.report()
    assert [total.day.day for total in report.days if total.tally.items] == [23, 29]
    assert len(report.days) == 7


# --- figures ---------------------------------------------------------------------------------------------------


def test_an_item_that_was_cut_and_went_on_is_two_lines_and_one_airing(told: Report) -> None:
    lines = [line for line in told.log if line.item == "02-mot_cua"]
    assert [line.outcome for line in lines] == [Outcome.PREEMPTED, Outcome.AIRED]
    content = next(content for content in told.contents if content.code == "II.1.9")
    assert (content.tally.aired, content.tally.items, content.tally.aired_s) == (1, 1, 90.0)
    assert content.scripts == ("mot_cua",) and content.reasons == ()


def test_what_was_never_heard_stands_where_it_would_have_been_heard(told: Report) -> None:
    assert [line.item for line in told.log] == [
        "02-mot_cua", "01-nuoc_len", "01-nuoc_len#2", "02-mot_cua", "03-duong_day_nong", "",
    ]  # fmt: skip


def test_rounds_are_airings_of_their_own(told: Report) -> None:
    assert told.levels[Level.KHAN_CAP].aired == 2


def test_totals_agree_however_they_are_added_up(told: Report) -> None:
    for tallies in ([day.tally for day in told.days], list(told.levels.values())):
        for name in ("items", "aired", "partly_aired", "not_aired", "on_air"):
            assert sum(getattr(tally, name) for tally in tallies) == getattr(told.total, name)
        assert sum(tally.aired_s for tally in tallies) == pytest.approx(told.total.aired_s)
    assert sum(told.outcomes.values()) == told.total.items == 5
    assert told.total.aired_s == pytest.approx(sum(line.aired_s for line in told.log))
    assert list(told.levels) == [Level.KHAN_CAP, Level.PHIEN]


def test_what_was_not_told_is_counted_with_its_reason(told: Report) -> None:
    content = next(content for content in told.contents if content.code == "II.1.10")
    assert content.tally.not_aired == 1 and content.reasons == ((ReasonCode.RENDER_FAILED, 1),)


def test_reasons_that_differ_only_in_their_facts_are_one_cause(diary: Diary) -> None:
    reasons = (
        reason(ReasonCode.MISSED_LATE, late_s=138),
        reason(ReasonCode.MISSED_LATE, late_s=9, bound_s=5).after(reason(ReasonCode.POWER_CUT, span="05:12–05:47")),
        reason(ReasonCode.MISSED_LATE, late_s=7200),
        STOPPED,
        reason(ReasonCode.STOPPED, by="Anh Nam"),
        ENGINE_BROKEN,
    )
    assert len({why.text() for why in reasons}) == len(reasons)
    session = diary.plan()
    for number, why in enumerate(reasons, 1):
        diary.journal.never_aired(session, f"{number:02}-mot_cua", Outcome.MISSED, why, script="mot_cua")
    report = diary.report()
    content = next(content for content in report.contents if content.code == "II.1.9")
    assert content.reasons == (
        (ReasonCode.MISSED_LATE, 3),
        (ReasonCode.STOPPED, 2),
        (ReasonCode.RENDER_FAILED, 1),
    )
    (told,) = [row[-1] for row in document_of(report).tables[3].rows if row[0] == "II.1.9"]
    assert told == "bỏ lỡ: đã muộn … (3); lệnh DỪNG của … (2); không dựng được bản thu (1)"


def test_sentences_of_an_older_program_are_one_cause_and_stay_readable_in_the_log(diary: Diary) -> None:
    session = diary.plan()
    for number, text in enumerate(("đã muộn 9 giây", "bộ đọc hỏng"), 1):
        why = reason(ReasonCode.RECORDED, text=text)
        diary.journal.never_aired(session, f"{number:02}-mot_cua", Outcome.MISSED, why, script="mot_cua")
    report = diary.report()
    assert [line.reason.text() for line in report.log] == ["đã muộn 9 giây", "bộ đọc hỏng"]
    assert next(content.reasons for content in report.contents if content.code == "II.1.9") == (
        (ReasonCode.RECORDED, 2),
    )


def test_an_item_is_aired_when_every_zone_heard_it_whenever_that_was(diary: Diary) -> None:
    """A priority notice reaches one zone after the other: two rows, one airing."""
    session = diary.plan(zones=("thon_1", "thon_2"))
    for after_s, zone in ((0, "thon_1"), (60, "thon_2")):
        diary.airing(session, "01-mot_cua", 20, script="mot_cua", after_s=after_s, outputs={zone: TWO_ZONES[zone]})
    content = next(content for content in diary.report().contents if content.code == "II.1.9")
    assert (content.tally.aired, content.tally.items, content.tally.aired_s) == (1, 1, 40.0)


@pytest.mark.parametrize("first", ["thon_1", "thon_2"])
def test_an_item_that_one_zone_did_not_hear_whole_was_partly_aired_whatever_came_after(
    diary: Diary, first: str
) -> None:
    session = diary.plan(zones=("thon_1", "thon_2"))
    ends = [(7.0, Outcome.CANCELLED, STOPPED), (20.0, Outcome.AIRED, AIRED_WHOLE)]
    for number, zone in enumerate(sorted(TWO_ZONES, key=lambda zone: zone != first)):
        seconds, outcome, why = ends[number]
        diary.airing(
            session, "01-mot_cua", seconds, outcome, why,
            script="mot_cua", after_s=60 * number, outputs={zone: TWO_ZONES[zone]},
        )  # fmt: skip
    report = diary.report()
    content = next(content for content in report.contents if content.code == "II.1.9")
    assert content.tally.partly_aired == 1 and content.reasons == ((ReasonCode.STOPPED, 1),)
    assert report.outcomes == {Outcome.CANCELLED: 1}


def test_a_zone_that_went_without_in_the_first_row_and_heard_it_in_the_second_is_served(diary: Diary) -> None:
    session = diary.plan(zones=("thon_1", "thon_2"))
    heard = {"thon_1": (20.0, Outcome.AIRED), "thon_2": (5.0, Outcome.PREEMPTED)}
    diary.airing(session, "01-mot_cua", 20, Outcome.PARTLY_AIRED, CUT, script="mot_cua", outputs=TWO_ZONES, zones=heard)
    diary.airing(session, "01-mot_cua", 15, script="mot_cua", after_s=60, outputs={"thon_2": "soundcard:B"})
    assert diary.report().total.aired == 1


def test_contents_come_in_the_plans_order_and_silent_ones_too(told: Report) -> None:
    assert [content.code for content in told.contents] == ["II.1.1", "II.1.9", "II.1.10"]
    assert told.contents[0].tally.items == 0


def test_a_topic_the_plan_does_not_name_has_a_row_of_its_own(diary: Diary) -> None:
    diary.airing(diary.plan(), "01-mot_cua", 10, script="mot_cua")
    report = figures(diary.journal, WEEK, ZONE, made_at=MORNING, subjects=SUBJECTS, plan=PLAN[:1])
    assert [(content.code, content.title) for content in report.contents][1:] == [("II.1.9", "Ngoài kế hoạch")]


def test_chimes_and_pauses_are_neither_listed_nor_counted(diary: Diary) -> None:
    session = diary.plan()
    diary.airing(session, "01-nhac_hieu", 5, engine="chime")
    diary.airing(session, "02-nghi", 5, engine="pause")
    diary.journal.never_aired(session, "03-nhac_hieu", Outcome.MISSED, reason(ReasonCode.NOT_CHOSEN))
    diary.airing(session, "04-nghi", 60, engine="recording")  # a recording that somebody called so
    assert [line.item for line in diary.report().log] == ["04-nghi"]


def test_a_cue_tells_what_it_would_have_been(diary: Diary) -> None:
    """By its name alone a recording `nghi.mp3` that was never heard was taken for a pause."""
    session = diary.plan()
    kinds = (ItemKind.RECORDING, ItemKind.PAUSE, ItemKind.CHIME)
    rundown = diary.journal.store_rundown(
        session.key, [CueDraft(item=Item(kind=kind, name="nghi"), name="nghi", title="Nghỉ") for kind in kinds]
    )
    for cue in rundown.cues:
        diary.journal.never_aired(session, cue.label, Outcome.MISSED, reason(ReasonCode.NOT_CHOSEN), cue=cue)
    assert [line.item for line in diary.report().log] == ["01-nghi"]


def test_an_occurrence_that_ended_without_items_is_on_record(told: Report) -> None:
    (line,) = [line for line in told.log if not line.item]
    assert line.content == "Buổi trưa" and line.outcome is Outcome.FAILED
    assert line.reason.code is ReasonCode.NOTHING_TO_AIR


def test_a_request_is_told_in_its_own_words_and_with_its_name(told: Report) -> None:
    line = next(line for line in told.log if line.level is Level.KHAN_CAP)
    assert line.content.startswith("=HYPERLINK(1) Nước lên") and line.asked_by == "Chị Hòa" and not line.session


def test_a_long_request_is_cut_and_a_file_is_named(diary: Diary) -> None:
    for kind, content in ((RequestKind.SAY, "Kính thưa bà con " * 50), (RequestKind.PLAY, "/noi/khac/hop_dan.wav")):
        number = diary.journal.ask(Announce(kind=kind, content=content), "Chị Hòa")
        diary.airing(diary.plan(f"yeu_cau/{number}", request_id=number), "01-x", 10)
    text, file = (line.content for line in diary.report().log)
    assert len(text) <= 160 and text.endswith("…") and file == "hop_dan.wav"


def test_what_was_heard_in_part_is_so_whatever_it_is_called(diary: Diary) -> None:
    session = diary.plan()
    diary.airing(session, "01-a", 7, Outcome.CANCELLED, STOPPED)
    diary.airing(session, "02-b", 0, Outcome.CANCELLED, STOPPED)
    diary.airing(session, "03-c", 3, None)
    total = diary.report().total
    assert (total.partly_aired, total.not_aired, total.on_air, total.aired_s) == (1, 1, 1, 10.0)


def test_trials_are_left_out_and_said(diary: Diary, tmp_path: Path) -> None:
    trial = Journal(tmp_path / "journal.sqlite3", ManualClock(MORNING), durable=False)
    session = Occurrence(
        key=OccurrenceKey("a/b/c"), title="Thử", planned_at=MORNING, items=(), level=Level.PHIEN, zones=("tat_ca",),
        max_minutes=60.0, late=LateRule(kind=LateKind.SKIP),
    )  # fmt: skip
    trial.plan(session)
    trial.never_aired(session, "01-chao", Outcome.MISSED, reason(ReasonCode.NOT_CHOSEN))
    trial.close()
    report = diary.report()
    assert report.log == () and report.trials_left_out == 1


def test_what_the_figures_cannot_know_is_said(diary: Diary) -> None:
    session = diary.plan()
    diary.airing(session, "01-cu", 10, script="bai_da_xoa", outputs={"tat_ca": "wav:thu.wav"})
    diary.journal.end(session.key, Outcome.AIRED, AIRED_WHOLE)
    diary.plan("a/b/c")  # its time has passed, nobody has judged it
    report = diary.report()
    assert report.unknown_scripts == ("bai_da_xoa",) and report.without_verdict == 1 and report.beside_loudspeakers == 1
    notes = " ".join(document_of(report).notes)
    assert "bai_da_xoa" in notes and "1 phiên đã qua giờ" in notes and "không qua card âm thanh" in notes


@pytest.mark.parametrize(
    ("outputs", "zones", "lines"),
    [
        (TWO_ZONES, {}, 0),
        ({"thon_1": "soundcard:A", "thon_2": "log:x.jsonl"}, {}, 1),
        ({"thon_1": "soundcard:A", "thon_2": "log:x.jsonl"}, {"thon_2": (0.0, Outcome.FAILED)}, 0),
        ({"thon_1": "soundcard:A", "thon_2": ""}, {"thon_2": (0.0, Outcome.FAILED)}, 0),
        ({"thon_1": "none", "thon_2": "none"}, {}, 1),
    ],
)
def test_a_line_is_beside_the_loudspeakers_when_a_zone_heard_it_from_no_sound_card(
    diary: Diary, outputs: dict[str, str], zones: dict[str, tuple[float, Outcome]], lines: int
) -> None:
    session = diary.plan(zones=("thon_1", "thon_2"))
    got = {**dict.fromkeys(outputs, (10.0, Outcome.AIRED)), **zones}
    diary.airing(session, "01-mot_cua", 10, script="mot_cua", outputs=outputs, zones=got)
    assert diary.report().beside_loudspeakers == lines


def test_what_is_on_air_is_judged_by_the_output_that_it_began_on(diary: Diary) -> None:
    session = diary.plan()
    diary.airing(session, "01-mot_cua", 3, None, outputs={"tat_ca": "wav:thu.wav"})
    diary.airing(session, "02-mot_cua", 3, None)
    assert diary.report().beside_loudspeakers == 1


def test_a_request_that_no_program_of_ours_wrote_does_not_break_the_book(diary: Diary) -> None:
    for payload in ("", "[1]", "{", "[" * 20_000, '{"text": [1], "file": {}}'):
        number = diary.journal.ask_raw("say", payload, "ai đó")
        diary.airing(diary.plan(f"yeu_cau/{number}", request_id=number), "01-x", 10)
    assert len(diary.report().log) == 5


# --- the document ----------------------------------------------------------------------------------------------


def document_of(report: Report) -> Document:
    return office_document(report, station="Đài truyền thanh xã Dân Tiến", commune="xã Dân Tiến")


def test_it_has_the_form_of_an_office_document(told: Report) -> None:
    document = document_of(told)
    assert document.authority == "ỦY BAN NHÂN DÂN XÃ DÂN TIẾN"
    assert document.office == "ĐÀI TRUYỀN THANH XÃ DÂN TIẾN"
    assert document.place_and_day == "Dân Tiến, ngày 30 tháng 11 năm 2026"
    assert [who for who, _ in document.signatures] == ["NGƯỜI LẬP", "THỦ TRƯỞNG ĐƠN VỊ"]


def test_days_and_the_first_months_have_a_zero_before_them(diary: Diary) -> None:
    for day, written in (("2027-02-03", "ngày 03 tháng 02"), ("2027-03-10", "ngày 10 tháng 3")):
        made_at = datetime.fromisoformat(f"{day}T08:00+07:00")
        assert written in document_of(diary.report(made_at=made_at)).place_and_day


def test_every_table_fits_the_page_and_every_row_its_table(told: Report) -> None:
    for table in document_of(told).tables:
        assert sum(column.width_mm for column in table.columns) <= TEXT_WIDTH_MM
        assert {len(row) for row in (*table.rows, table.total or table.columns)} == {len(table.columns)}


@pytest.mark.parametrize(
    ("cell", "form", "text"),
    [
        (date(2026, 1, 2), Form.DAY, "02/01/2026"),
        (clock_time(5, 30), Form.MINUTE, "05:30"),
        (clock_time(5, 30, 7), Form.SECOND, "05:30:07"),
        (timedelta(minutes=65, seconds=4.6), Form.LENGTH, "65:05"),
        (12.34, Form.MINUTES, "12,3"),
        (0, Form.COUNT, "0"),
        (None, Form.TEXT, ""),
    ],
)
def test_cells_are_written_the_vietnamese_way(cell, form: Form, text: str) -> None:
    assert shown(cell, form) == text


# --- files -----------------------------------------------------------------------------------------------------

FORM_WORDS = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ỦY BAN NHÂN DÂN XÃ DÂN TIẾN",
    "SỔ NHẬT KÝ PHÁT THANH", "Tuần từ ngày 23/11/2026 đến ngày 29/11/2026", "NGƯỜI LẬP", "THỦ TRƯỞNG ĐƠN VỊ",
)  # fmt: skip
NOTICE = "=HYPERLINK(1) Nước lên <nhanh> & mạnh."


class _Cells(HTMLParser):
    """Tables of a page as rows of texts; also that every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "col"):
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data


def expected_rows(document: Document, number: int) -> list[list[str]]:
    """Heads, rows and total as people read them."""
    table = document.tables[number]
    rows = [*table.rows, *([table.total] if table.total else [])]
    return [
        [column.head for column in table.columns],
        *([shown(cell, column.form) for cell, column in zip(row, table.columns, strict=True)] for row in rows),
    ]


def test_the_page_holds_the_whole_document(told: Report) -> None:
    document = document_of(told)
    text = to_html(document).decode("utf-8")
    page = _Cells(text)
    assert page.open == [] and page.tables == [expected_rows(document, number) for number in range(4)]
    assert all(words in page.text for words in (*FORM_WORDS, *document.notes, NOTICE))
    assert "@page { size: A4 landscape" in text
    assert not re.search(r"<(script|img|link)|https?:", text), "the page stands alone"


def test_the_word_file_holds_the_whole_document(told: Report) -> None:
    document = document_of(told)
    file = docx.Document(BytesIO(to_docx(document)))
    head, *tables, signatures = file.tables
    read = [[[cell.text for cell in row.cells] for row in table.rows] for table in tables]
    assert read == [expected_rows(document, number) for number in range(4)]
    words = "\n".join(
        [p.text for p in file.paragraphs] + [cell.text for table in (head, signatures) for cell in table.rows[0].cells]
    )
    assert all(expected in words for expected in (*FORM_WORDS, *document.notes))
    section = file.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert file.styles["Normal"].font.name == "Times New Roman"
    assert "w:tblHeader" in tables[0].rows[0]._tr.xml and "PAGE" in section.header._element.xml


def test_the_workbook_holds_values_that_excel_can_reckon_with(told: Report) -> None:
    document = document_of(told)
    book = openpyxl.load_workbook(BytesIO(to_xlsx(document)))
    assert book.sheetnames == [table.name for table in document.tables]
    for sheet, table in zip(book.worksheets, document.tables, strict=True):
        words = {cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
        assert {*FORM_WORDS, table.title} <= words
        assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$7:$7"
    rows = list(book["Nhật ký"].iter_rows(min_row=7, max_row=7 + len(document.tables[0].rows), values_only=True))
    assert list(rows[0]) == expected_rows(document, 0)[0]
    assert rows[1][1].date() == date(2026, 11, 25) and rows[1][2] == clock_time(5, 30)
    assert rows[1][3] == clock_time(5, 30, 5) and rows[1][6] == timedelta(seconds=40)
    minutes = [row[5] for row in book["Theo ngày"].iter_rows(min_row=8, max_row=15, values_only=True)]
    assert minutes[-1] == pytest.approx(told.total.minutes) == pytest.approx(sum(minutes[:-1]))


def test_a_notice_that_looks_like_a_formula_stays_words(told: Report) -> None:
    sheet = openpyxl.load_workbook(BytesIO(to_xlsx(document_of(told))))["Nhật ký"]
    (cell, *_) = [cell for row in sheet.iter_rows() for cell in row if cell.value == NOTICE]
    assert cell.data_type == "s"


@pytest.mark.parametrize("write", [to_html, to_xlsx, to_docx])
def test_an_empty_period_is_a_report(diary: Diary, write) -> None:
    report = figures(diary.journal, WEEK, ZONE, made_at=MORNING, subjects={}, plan=())
    content = write(document_of(report))
    if write is not to_html:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    text = content.decode("utf-8", "replace")
    assert "Trong kỳ không có mục nào" in text and "Đài chưa có kế hoạch" in text


@pytest.mark.parametrize("write", [to_html, to_xlsx, to_docx])
def test_the_same_report_is_the_same_file(told: Report, write) -> None:
    def parts(content: bytes) -> object:
        if write is to_html:
            return content
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    document = document_of(told)
    assert parts(write(document)) == parts(write(document))


@pytest.mark.parametrize("write", [to_html, to_xlsx, to_docx])
def test_a_busy_quarter_is_written_within_seconds(told: Report, write) -> None:
    """Thirty items a day. python-docx's own `add_row` would need minutes; the bound leaves a loaded machine room."""
    from dataclasses import replace

    many = replace(told, log=told.log * (92 * 30 // len(told.log)))
    begun = stopwatch.monotonic()
    write(document_of(many))
    assert stopwatch.monotonic() - begun < 30
