"""Mistakes in a TOML file are reported with their line and what is allowed."""

from __future__ import annotations

import tomllib
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.errors import SettingsError, Words
from broadcaster.tomlfile import Table, TomlFile, as_day, as_time, find_lines, read_text

PATH = Path("station.toml")


def table(text: str) -> Table:
    return TomlFile(text, PATH, SettingsError).root()


def failure(text: str, read) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read(table(text))
    return caught.value


# Lines


def test_every_key_table_and_list_entry_has_its_line():
    lines = find_lines(
        "\n".join(
            [
                "# a note with [brackets] and a = sign",  # 1
                'name = "x # not a note [nor a table]"',  # 2
                "a.b = 1",  # 3
                '"quoted.key" = 2',  # 4
                "many = [",  # 5
                "  [1, 2],",  # 6
                '  { script = "x", n = 1 }, { script = "y" },',  # 7
                "  # a note",  # 8
                "  { late = 5 },",  # 9
                "]",  # 10
                'text = """',  # 11
                "[not.a.table]",  # 12
                'key = \\"""',  # 13
                '"""',  # 14
                "raw = '''",  # 15
                "it's \\'''",  # 16
                "[session . sang]",  # 17
                "time = 05:30:00 # a note",  # 18
                "[[session.sang.items]]",  # 19
                'script = "x"',  # 20
                "[[session.sang.items]]",  # 21
                "[session.sang.items.deep]",  # 22
                "k = {a = {b = []}}",  # 23
            ]
        ),
        first_line=1,
    )
    assert lines[("name",)] == 2
    assert lines[("a", "b")] == lines[("a",)] == 3
    assert lines[("quoted.key",)] == 4
    assert lines[("many",)] == 5
    assert lines[("many", 0)] == lines[("many", 0, 1)] == 6
    assert lines[("many", 1, "script")] == lines[("many", 2, "script")] == 7
    assert lines[("many", 3)] == lines[("many", 3, "late")] == 9
    assert lines[("text",)] == 11
    assert lines[("raw",)] == 15
    assert lines[("session",)] == lines[("session", "sang")] == 17
    assert lines[("session", "sang", "time")] == 18
    assert lines[("session", "sang", "items", 0, "script")] == 20
    assert lines[("session", "sang", "items", 1)] == 21
    assert lines[("session", "sang", "items", 1, "deep", "k", "a", "b")] == 23
    assert ("not", "a", "table") not in lines
    assert ("session", "sang", "items", 0, "deep") not in lines


def test_lines_count_from_the_line_the_text_begins_on():
    assert find_lines("\na = 1", 5) == {("a",): 6}


SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.sampled_from(["true", "1.5e3", "05:30:00", "2026-11-25", "2026-11-25 05:30:00", "inf"]),
    st.text("ab[]{}=#'.,\u1ea1 ", max_size=6).map(lambda text: f'"{text}"'),
    st.text('ab[]{}=#".,\u1ea1 ', max_size=6).map(lambda text: f"'{text}'"),
    st.text("ab[]=#\n ", max_size=6).map(lambda text: f'"""{text}"""'),
    st.text("ab[]=#\n ", max_size=6).map(lambda text: f"'''\n{text}'''"),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda entries: "[\n" + ", # ]\n".join(entries) + "\n]"),
        st.lists(inner, max_size=2).map(
            lambda entries: "{" + ", ".join(f"k{number} = {entry}" for number, entry in enumerate(entries)) + "}"
        ),
    ),
    max_leaves=5,
)
BLANKS = st.sampled_from(["", "\n", "# [a] b = 1\n", "  \n\n"])
ENTRIES = st.lists(st.tuples(BLANKS, VALUES), max_size=4)


@settings(deadline=None)  # a busy machine may be slow
@given(st.lists(st.tuples(st.sampled_from(["[t{}]", "[[m]]", '[ "q.r{}" . x ]', "[m.u{}]"]), ENTRIES), max_size=4))
def test_the_scan_finds_exactly_the_keys_that_tomllib_reads(groups):
    text = ""
    for number, (header, entries) in enumerate(groups):
        text += header.format(number) + "\n"
        text += "".join(f"{blank}key{place} = {value}\n" for place, (blank, value) in enumerate(entries))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert find_lines(text).keys() == set(paths(data))


def paths(data, prefix=()):
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*prefix, key)
        yield from paths(value, (*prefix, key))


# Syntax


@pytest.mark.parametrize(
    ("line", "says", "cure"),
    [
        ("a = 05:30", "không đọc được giá trị", 'time = "05:30"'),
        ("a = hello", "không đọc được giá trị", "dấu nháy"),
        ("a = True", "không đọc được giá trị", "true, false"),
        ("a = 01/12/2026", "không đọc được giá trị", "dấu nháy"),
        ("a = “x”", "dấu nháy cong", 'thẳng "'),
        ("a = 2026-02-30", "không có thật", "2026-11-25"),
        ('a = "x', "thiếu dấu đóng", "dấu nháy"),
        ("a = 'x", "thiếu dấu đóng", "dấu nháy"),
        ("[a", "thiếu dấu đóng", "dấu ngoặc"),
        ("a = { b = 1", "thiếu dấu đóng", "dấu ngoặc"),
        ("ok = 2", "đã có ở trên", "Xóa hoặc đổi tên"),
        ('a = "ghi_am\\day.mp3"', "không dùng được trong nháy kép", "dấu /"),
        ("đài = 1", "không có dạng", "không dấu"),
        ('a "x"', "không có dạng", "#"),
    ],
)
def test_a_syntax_mistake_names_its_line_and_the_usual_cure(line, says, cure):
    error = failure(f"# ghi chú\nok = 1\n{line}\n", lambda root: None)
    assert error.where == "station.toml:3"
    assert says in error.line("vi") and cure in error.line("vi")
    assert error.line("en").startswith("station.toml:3: ") and "\n" not in error.line("en")


def test_a_text_inside_another_file_counts_from_its_first_line():
    with pytest.raises(SettingsError) as caught:
        TomlFile("a = 1\nb = ?", Path("x.vi"), SettingsError, first_line=2)
    assert caught.value.where == "x.vi:3"


# Values


@pytest.mark.parametrize(
    ("text", "read", "says"),
    [
        ("k = 1", lambda t: t.text("k"), "«k» phải là một chuỗi"),
        ("k = true", lambda t: t.whole("k", 1, 0, 9), "«k» phải là một số nguyên"),
        ("k = true", lambda t: t.number("k", 1, 0, 9), "«k» phải là một số"),
        ("k = 1.5", lambda t: t.whole("k", 1, 0, 9), "«k» phải là một số nguyên"),
        ("k = 10", lambda t: t.whole("k", 1, 0, 9), "«k» phải từ 0 đến 9"),
        ("k = 10", lambda t: t.number("k", 1, 0, 9, "giây"), "«k» phải trong khoảng 0 … 9 giây"),
        ("k = nan", lambda t: t.number("k", 1, 0, 9), "«k» phải trong khoảng"),
        ("k = inf", lambda t: t.number("k", 1, 0, 9), "«k» phải trong khoảng"),
        ("k = 1", lambda t: t.flag("k", True), "«k» phải là true hoặc false"),
        ('k = "c"', lambda t: t.choice("k", ["a", "b"], "a"), "chọn: a, b"),
        ("k = [1]", lambda t: t.texts("k"), "«k» phải là danh sách chuỗi"),
        ("k = 2026-11-25T00:00:00", lambda t: t.day("k"), "không phải một ngày có thật"),
        ('k = "31/02/2026"', lambda t: t.day("k"), "không phải một ngày có thật"),
        ('k = "2026-W48-3"', lambda t: t.day("k"), "không phải một ngày có thật"),
        ('k = "25:00"', lambda t: t.clock_time("k"), "không phải giờ trong ngày"),
        ("k = 1730", lambda t: t.clock_time("k"), "không phải giờ trong ngày"),
        ("k = 05:30:00.5", lambda t: t.clock_time("k"), "không phải giờ trong ngày"),
        ("k = 1", lambda t: t.table("k"), "«k» phải là một bảng"),
        ("k = [1]", lambda t: t.tables("k"), "«k» phải là các bảng"),
        ("k = {}", lambda t: t.tables("k"), "«k» phải là một danh sách"),
        ('k = " "', lambda t: t.text("k", required=True), "đang để trống"),
        ("k = 2026-11-25T00:00:00", lambda t: t.get("k", date), "«k» phải là một ngày"),
        ("k = 1", lambda t: t.read("k", lambda v: v["x"], 0, Words("Dùng: x", "Use: x")), "«k = 1» không đúng"),
    ],
)
def test_a_wrong_value_is_refused_at_its_line(text, read, says):
    error = failure(f"\n{text}\n", read)
    assert error.where == "station.toml:2"
    assert says in error.line("vi")
    assert "k" in error.line("en")


def test_a_missing_key_is_told_at_its_table():
    error = failure("\n[station]\nx = 1\n", lambda root: root.table("station").text("name", required=True))
    assert error.line() == "station.toml:2: thiếu «name». Thêm name = …, là một chuỗi trong dấu nháy"


def test_a_mistyped_key_gets_the_nearest_known_one():
    def read(root: Table) -> None:
        root.text("name")
        root.done()

    assert failure('\nnmae = "x"', read).line() == "station.toml:2: không có mục «nmae». Có phải «name»?"
    assert "Ở đây dùng được: name" in failure("zzz = 1", read).line()


def test_right_values_come_out_typed():
    root = table(
        'k = "x"\nn = 2\nday = "25/11/2026"\nat = "5h30"\nlist = "one"\nmany = [{ a = 1 }]\n[t]\nflag = true\nx = 2\n'
    )
    assert root.text("k") == "x"
    assert root.number("n", 0, 0, 9) == 2.0
    assert root.day("day") == date(2026, 11, 25)
    assert root.clock_time("at") == time(5, 30)
    assert root.texts("list") == ("one",)
    assert root.tables("many")[0].whole("a", 0, 0, 9) == 1
    assert root.table("t").flag("flag", False) is True
    assert root.table("t").where == "station.toml:7"
    assert root.table("missing").text("x", "default") == "default"
    assert root.day("none") is None and root.clock_time("none") is None
    root.has("t")
    root.done()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("05:30", time(5, 30)),
        ("5:30", time(5, 30)),
        ("05:30:15", time(5, 30, 15)),
        ("5h30", time(5, 30)),
        ("17H", time(17)),
        ("17 giờ", time(17)),
        ("5 giờ 30", time(5, 30)),
        ("5 giờ 30 phút", time(5, 30)),
        ("17g00", time(17)),
        (time(5, 30), time(5, 30)),
    ],
)
def test_times_may_be_written_the_vietnamese_way(written, expected):
    assert as_time(written) == expected


@pytest.mark.parametrize(
    "written", ["", "17", "17:", "24:00", "5h5", "5:60", "-5:30", "05:30 am", 5.5, True, None, "5h30:15"]
)
def test_what_is_not_a_time_is_refused(written):
    with pytest.raises(ValueError):
        as_time(written)


@pytest.mark.parametrize("written", ["25/11/2026", "25-11-2026", "25.11.2026", " 2026-11-25 ", date(2026, 11, 25)])
def test_days_may_be_written_the_vietnamese_way(written):
    assert as_day(written) == date(2026, 11, 25)


@pytest.mark.parametrize("written", ["", "25/11", "25/11/26", "2026/11/25", "20261125", 20261125, "29/02/2026", None])
def test_what_is_not_a_day_is_refused(written):
    with pytest.raises(ValueError):
        as_day(written)


# Files


def test_a_missing_file_an_unreadable_one_and_a_wrong_encoding_are_told_in_words(tmp_path):
    with pytest.raises(SettingsError, match="không có tệp này"):
        read_text(tmp_path / "none.toml", SettingsError)
    with pytest.raises(SettingsError, match="không mở được tệp"):
        read_text(tmp_path, SettingsError)
    wrong = tmp_path / "latin.toml"
    wrong.write_bytes(b'ok = 1\nname = "\xe0"\n')
    with pytest.raises(SettingsError, match="UTF-8") as caught:
        TomlFile.load(wrong, SettingsError)
    assert caught.value.where == f"{wrong}:2"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    file = TomlFile.load(path, SettingsError)
    assert file.data == {"a": 1, "b": 2}
    assert file.line_of(("b",)) == 2
