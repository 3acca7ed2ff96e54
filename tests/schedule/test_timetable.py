"""schedules/*.toml: what people write is read; what is wrong is told with file:line and cure, and spoils no other."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from broadcaster.errors import TimetableError
from broadcaster.model import Item, ItemKind, LateKind, LateRule, Level
from broadcaster.schedule import Timetables, load_timetables
from broadcaster.schedule.days import EVERY_DAY, read_weekdays
from broadcaster.schedule.items import read_pause_s

STATION_LATE = LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=10))
ITEMS = 'items = [{ script = "chao" }]'


def load(folder: Path, **files: str) -> Timetables:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_timetables(folder, default_late=STATION_LATE, zones=("thon_1", "thon_2"))


def only_problem(loaded: Timetables) -> TimetableError:
    assert len(loaded.problems) == 1, [problem.line() for problem in loaded.problems]
    return loaded.problems[0]


FULL = """
[except]
days = [2027-02-06, "07/02/2027"]

[session.sang]
title = "Bản tin sáng"
times = ["5h30", "11:00", 17:00:00]
days = ["T2-T6", "CN"]
from = 2026-11-01
to = 2027-10-31
except = [2026-12-25]
max_minutes = 45
late = "next_session"
zone = "thon_1"
level = "uu_tien"
items = [
    { chime = true },
    { script = "chao_buoi_sang", voice = "gtts:vi", repeat = 2 },
    { topic = "II.1.10", count = 2, late = "skip" },
    { recording = "ghi_am/thong_bao.mp3", resume = true },
    { pause = "3s" },
]

[session.mot_lan]
date = 2026-12-01
time = "09:00"
[[session.mot_lan.items]]
script = "hop_dan"
resume = false
"""


def test_everything_that_can_be_said_is_read(tmp_path):
    loaded = load(tmp_path, hang_ngay=FULL)
    assert loaded.problems == ()
    (timetable,) = loaded.timetables
    assert (timetable.name, timetable.path) == ("hang_ngay", tmp_path / "hang_ngay.toml")
    morning, once = timetable.sessions
    assert (morning.name, morning.title) == ("sang", "Bản tin sáng")
    assert morning.times == (time(5, 30), time(11), time(17))
    assert morning.weekdays == {0, 1, 2, 3, 4, 6}
    assert (morning.first_day, morning.last_day) == (date(2026, 11, 1), date(2027, 10, 31))
    assert morning.except_days == {date(2027, 2, 6), date(2027, 2, 7), date(2026, 12, 25)}
    assert (morning.max_minutes, morning.zones, morning.level) == (45.0, ("thon_1",), Level.UU_TIEN)
    assert morning.late == LateRule(kind=LateKind.NEXT_SESSION)
    assert morning.where == f"{timetable.path}:5"
    assert morning.items == (
        Item(kind=ItemKind.CHIME),
        Item(kind=ItemKind.SCRIPT, name="chao_buoi_sang", voice="gtts:vi", repeat=2),
        Item(kind=ItemKind.TOPIC, name="II.1.10", count=2, late=LateRule(kind=LateKind.SKIP)),
        Item(kind=ItemKind.RECORDING, name="ghi_am/thong_bao.mp3", resume=True),
        Item(kind=ItemKind.PAUSE, pause_s=3.0),
    )
    assert (once.first_day, once.last_day) == (date(2026, 12, 1), date(2026, 12, 1))
    assert once.weekdays == EVERY_DAY
    assert (once.late, once.title, once.zones, once.level) == (STATION_LATE, "mot_lan", ("tat_ca",), Level.PHIEN)
    assert once.items == (Item(kind=ItemKind.SCRIPT, name="hop_dan", resume=False),)


@pytest.mark.parametrize(
    ("written", "zones"),
    [
        ('"thon_2"', ("thon_2",)),
        ('["thon_2", "thon_1"]', ("thon_1", "thon_2")),  # in the station's order
        ('"tat_ca"', ("tat_ca",)),
        ('["tat_ca"]', ("tat_ca",)),
    ],
)
def test_a_session_is_for_one_zone_for_some_or_for_all(tmp_path, written, zones):
    (timetable,) = load(tmp_path, lich=f'[session.x]\ntime = "5h"\nzone = {written}\n{ITEMS}').timetables
    assert timetable.sessions[0].zones == zones


def test_files_come_in_order_of_name_and_other_files_are_left_alone(tmp_path):
    (tmp_path / "ghi_chu.txt").write_text("not a timetable")
    loaded = load(tmp_path, b=f'[session.x]\ntime = "5h"\n{ITEMS}', a="", c="# only a note\n")
    assert [timetable.name for timetable in loaded.timetables] == ["a", "b", "c"]
    assert loaded.problems == ()


MISTAKES = [
    # (lines of [session.hong], the line that is wrong counted from the header, what is said, the cure)
    (f'time = "5h"\nzone = ["thon_1", "thon_8"]\n{ITEMS}', 2, "«zone = thon_8» không có", "tat_ca, thon_1, thon_2"),
    (f'time = "5h"\nzone = ["thon_1", "thon_1"]\n{ITEMS}', 2, "mỗi tên một lần", "Chọn trong: tat_ca, thon_1"),
    (f'time = "5h"\nzone = []\n{ITEMS}', 2, "mỗi tên một lần", "Chọn trong: tat_ca, thon_1"),
    (f'time = "5h"\nzone = ["tat_ca", "thon_1"]\n{ITEMS}', 2, "đã gồm mọi cụm loa", "Bỏ một trong hai"),
    (f'time = "5h"\nzone = 1\n{ITEMS}', 2, "phải là danh sách chuỗi", ""),
    (ITEMS, 0, "thiếu giờ phát", 'Thêm time = "05:30"'),
    (f'time = "25:00"\n{ITEMS}', 1, "«time = 25:00» không phải giờ", 'Viết như "05:30"'),
    (f'times = ["05:30", "5h30"]\n{ITEMS}', 1, "không đúng", "Viết như times ="),
    (f"times = []\n{ITEMS}", 1, "không đúng", "Viết như times ="),
    (f'times = ["sáng"]\n{ITEMS}', 1, "không đúng", "Viết như times ="),
    (f'time = "5h"\ntimes = ["6h"]\n{ITEMS}', 2, "đã có «time»", "Bỏ một trong hai"),
    (f'time = "5h"\ndays = ["T8"]\n{ITEMS}', 2, "không đúng", '"T2-T6"'),
    (f'time = "5h"\ndays = []\n{ITEMS}', 2, "không đúng", "hằng ngày"),
    (f'time = "5h"\ndays = [2]\n{ITEMS}', 2, "không đúng", "hằng ngày"),
    (f'time = "5h"\nfrom = "31/02/2026"\n{ITEMS}', 2, "không phải một ngày có thật", "2026-11-25"),
    (f'time = "5h"\nfrom = 2026-12-02\nto = 2026-12-01\n{ITEMS}', 3, "trước ngày bắt đầu 02/12/2026", "«from» và «to»"),
    (f'time = "5h"\ndate = 2026-12-01\nto = 2026-12-01\n{ITEMS}', 3, "đã có «date»", "Bỏ một trong hai"),
    (f'time = "5h"\ndate = 2026-12-01\ndays = "daily"\n{ITEMS}', 3, "đã có «date»", "Bỏ một trong hai"),
    (f'time = "5h"\nfrom = 2026-12-01\nto = 2026-12-01\ndays = "T2"\n{ITEMS}', 0, "không bao giờ phát", "«days»"),
    (f'time = "5h"\nexcept = ["Tết"]\n{ITEMS}', 2, "không đúng", "2026-12-25"),
    (f'time = "5h"\nmax_minutes = 0\n{ITEMS}', 2, "0.5 … 720 phút", ""),
    (f'time = "5h"\nlate = "later"\n{ITEMS}', 2, "không đúng", "skip, play 10m"),
    (f'time = "5h"\nzone = "thon_9"\n{ITEMS}', 2, "không có", "tat_ca, thon_1, thon_2"),
    (f'time = "5h"\nlevel = "khan_cap"\n{ITEMS}', 2, "không đặt lịch được", "broadcaster emergency"),
    (f'time = "5h"\nlevel = "truc_tiep"\n{ITEMS}', 2, "không đặt lịch được", "phien, uu_tien, thong_thuong"),
    (f'time = "5h"\nlevel = "cao"\n{ITEMS}', 2, "không có", "phien, uu_tien, thong_thuong"),
    (f'tiem = "5h"\ntime = "5h"\n{ITEMS}', 1, "không có mục «tiem»", "Có phải «time»?"),
    ('time = "5h"', 0, "không có mục nào để phát", "Thêm items ="),
    ('time = "5h"\nitems = []', 0, "không có mục nào để phát", "Thêm items ="),
    ('time = "5h"\nitems = ["chao"]', 2, "«chao» không phải một mục", "{ script"),
    ('time = "5h"\nitems = "chao"', 2, "«items» phải là một danh sách", ""),
    ('time = "5h"\nitems = [\n  { scirpt = "x" },\n]', 3, "không có mục «scirpt»", "Có phải «script»?"),
    (f'tiem = "5h"\n{ITEMS}', 1, "không có mục «tiem»", "Có phải «time»?"),
    ('time = "5h"\nitem = [{ script = "x" }]', 2, "không có mục «item»", "Có phải «items»?"),
    ('time = "5h"\nitems = [\n  { chime = true },\n  { repeat = 2 },\n]', 4, "không nói phát gì", "{ script ="),
    ('time = "5h"\nitems = [\n  { chime = true, script = "x" },\n]', 3, "ở đây có chime, script", "Chọn một"),
    ('time = "5h"\nitems = [\n  { chime = false },\n]', 3, "chỉ có thể là true", "bỏ mục này"),
    ('time = "5h"\nitems = [\n  { script = " " },\n]', 3, "đang để trống", ""),
    ('time = "5h"\nitems = [\n  { script = 5 },\n]', 3, "phải là một chuỗi", ""),
    ('time = "5h"\nitems = [\n  { topic = "II.1.1", count = 0 },\n]', 3, "từ 1 đến 20", ""),
    ('time = "5h"\nitems = [\n  { script = "x", count = 2 },\n]', 3, "không có mục «count»", "Ở đây dùng được: script"),
    ('time = "5h"\nitems = [\n  { script = "x", repeat = 99 },\n]', 3, "từ 1 đến 20", ""),
    ('time = "5h"\nitems = [\n  { script = "x", late = "10m" },\n]', 3, "không đúng", "play 10m"),
    ('time = "5h"\nitems = [\n  { script = "x", resume = "có" },\n]', 3, "true hoặc false", ""),
    ('time = "5h"\nitems = [\n  { recording = "/etc/x.mp3" },\n]', 3, "trong thư mục của đài", "ghi_am/"),
    ('time = "5h"\nitems = [\n  { recording = "../x.mp3" },\n]', 3, "trong thư mục của đài", "ghi_am/"),
    ("time = \"5h\"\nitems = [\n  { recording = 'C:\\x.mp3' },\n]", 3, "trong thư mục của đài", "dùng dấu /"),
    ('time = "5h"\nitems = [\n  { recording = "C:/x.mp3" },\n]', 3, "trong thư mục của đài", "ghi_am/"),
    ('time = "5h"\nitems = [\n  { pause = "lâu" },\n]', 3, "không đúng", '"500ms"'),
    ('time = "5h"\nitems = [\n  { pause = "20m" },\n]', 3, "không đúng", "nhiều nhất 600 giây"),
    ('time = "5h"\nitems = [\n  { pause = true },\n]', 3, "không đúng", "nhiều nhất 600 giây"),
]


@pytest.mark.parametrize(("lines", "line", "says", "cure"), MISTAKES)
def test_a_wrong_session_is_told_and_the_others_keep_working(tmp_path, lines, line, says, cure):
    good = f'\ntime = "5h"\n{ITEMS}\n\n'
    text = f"[session.truoc]{good}[session.hong]\n{lines}\n\n[session.sau]{good}"
    loaded = load(tmp_path, lich=text, khac=f"[session.x]{good}")
    problem = only_problem(loaded)
    header = text.split("\n").index("[session.hong]") + 1
    assert problem.where == f"{tmp_path / 'lich.toml'}:{header + line}"
    assert says in problem.line("vi") and cure in problem.line("vi")
    assert problem.line("en") != problem.line("vi") and problem.exit_code == 3
    kept = [(timetable.name, [session.name for session in timetable.sessions]) for timetable in loaded.timetables]
    assert kept == [("khac", ["x"]), ("lich", ["truoc", "sau"])]


def test_several_mistakes_are_all_told(tmp_path):
    loaded = load(
        tmp_path, lich=f'[session.a]\ntime = 1\n{ITEMS}\n[session.b]\n[sesion.c]\ntime = "5h"\n[except]\ndays = 5'
    )
    assert sorted(int(problem.where.rpartition(":")[2]) for problem in loaded.problems) == [2, 4, 5, 8]
    assert any("Có phải «session»?" in problem.line() for problem in loaded.problems)


def test_a_name_that_keys_cannot_hold_is_refused(tmp_path):
    loaded = load(tmp_path, lich=f'[session."buổi-sáng"]\ntime = "5h"\n{ITEMS}', **{"Hằng ngày": ""})
    places = {Path(problem.where.partition(".toml")[0]).name: problem for problem in loaded.problems}
    assert "Đổi tên tệp" in places["Hằng ngày"].line()
    assert "chữ thường không dấu" in places["lich"].line() and places["lich"].where.endswith(":1")


def test_a_file_that_is_not_toml_or_not_text_takes_only_itself_along(tmp_path):
    (tmp_path / "nhi_phan.toml").write_bytes(b"a = '\xff'\n")
    (tmp_path / "thu_muc.toml").mkdir()
    loaded = load(tmp_path, hong="[session.a]\ntime = 5h30\n", lich=f'[session.x]\ntime = "5h"\n{ITEMS}')
    assert [timetable.name for timetable in loaded.timetables] == ["lich"]
    told = {problem.where.replace(str(tmp_path), ""): problem.line() for problem in loaded.problems}
    assert set(told) == {"/hong.toml:2", "/nhi_phan.toml:1", "/thu_muc.toml"}
    assert "dấu nháy" in told["/hong.toml:2"] and "UTF-8" in told["/nhi_phan.toml:1"]


def test_session_must_be_tables(tmp_path):
    assert "«session» phải là một bảng" in only_problem(load(tmp_path, lich="[[session]]\nname = 'x'")).line()
    assert "«sang» phải là một bảng" in only_problem(load(tmp_path, lich="[session]\nsang = 5")).line()


def test_a_missing_folder_is_told(tmp_path):
    loaded = load_timetables(tmp_path / "schedules", default_late=STATION_LATE, zones=())
    assert "không có thư mục lịch phát" in only_problem(loaded).line()
    assert loaded.timetables == ()


def test_a_cancelled_one_off_is_no_mistake(tmp_path):
    text = f'[except]\ndays = [2026-12-01]\n[session.x]\ndate = 2026-12-01\ntime = "5h"\n{ITEMS}'
    assert load(tmp_path, lich=text).problems == ()


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("daily", EVERY_DAY),
        ("Hằng ngày", EVERY_DAY),
        ("hàng ngày", EVERY_DAY),
        ("hằng ngày", EVERY_DAY),  # the same in decomposed Unicode
        (["T2", "t7", "CN"], {0, 5, 6}),
        ("T2-T6", {0, 1, 2, 3, 4}),
        ("T7 – T2", {5, 6, 0}),
        (["thứ hai", "Thứ 3", "chủ nhật"], {0, 1, 6}),
        (["mon", "Friday"], {0, 4}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("CN", {6}),
    ],
)
def test_weekdays(written, days):
    assert read_weekdays(written) == days


@pytest.mark.parametrize("written", ["", [], "T1", "T8", "T2-", "T2-T4-T6", 2, ["T2", 3], None, "ngày"])
def test_what_is_no_weekday(written):
    with pytest.raises(ValueError):
        read_weekdays(written)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("3s", 3), ("500ms", 0.5), ("1.5 s", 1.5), ("2m", 120), ("3 giây", 3), (4, 4), (0.25, 0.25)],
)
def test_pauses(written, seconds):
    assert read_pause_s(written) == seconds


@pytest.mark.parametrize("written", [0, -1, 601, "0s", "3", "s", "3h", True, None, [], float("nan")])
def test_what_is_no_pause(written):
    with pytest.raises(ValueError):
        read_pause_s(written)
