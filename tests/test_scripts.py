"""scripts_vi/*.txt → Library: what loads, and how every mistake is reported."""

from __future__ import annotations

import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import pytest

from broadcaster.errors import NotFoundError, ScriptError
from broadcaster.model import Level, Script
from broadcaster.scripts import (
    Content,
    Library,
    Placeholder,
    coverage,
    fill,
    import_docx,
    load_library,
    load_plan,
    missing_values,
    new_script,
    placeholders_of,
    valid_on,
)
from broadcaster.scripts.word import MAX_XML_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty scripts_vi/ of a station."""
    scripts = tmp_path / "scripts_vi"
    scripts.mkdir()
    return scripts


def write(folder: Path, name: str, header: str = "", text: str = "Kính thưa bà con!") -> Path:
    """scripts_vi/NAME.txt with id and title, further header lines, and a text."""
    path = folder / f"{name}.txt"
    path.write_text(f'+++\nid = "{name}"\ntitle = "Một tin"\n{header}\n+++\n\n{text}\n', encoding="utf-8")
    return path


def load_one(folder: Path, header: str = "", text: str = "Kính thưa bà con!") -> Script:
    write(folder, "tin", header, text)
    library = load_library(folder)
    assert not library.problems
    return library.get("tin")


def only_problem(folder: Path) -> ScriptError:
    (problem,) = load_library(folder).problems
    assert problem.cure is not None, "every message says what to do"
    return problem


# --- Loading


def test_every_header_key_is_read(folder: Path) -> None:
    (folder.parent / "ghi_am").mkdir()
    (folder.parent / "ghi_am" / "tay.mp3").write_bytes(b"")
    script = load_one(
        folder,
        'topic = "II.1.9"\nlevel = "uu_tien"\nvalid_from = 2026-11-25\nvalid_to = "30/11/2026"\nrepeat = 2\n'
        'language = "vi"\nvoice = "gtts"\nauthor = "Văn phòng"\naudio = "ghi_am/tay.mp3"',
    )
    assert (script.title, script.topic, script.level) == ("Một tin", "II.1.9", Level.UU_TIEN)
    assert (script.valid_from, script.valid_to) == (date(2026, 11, 25), date(2026, 11, 30))
    assert (script.repeat, script.language, script.voice, script.author) == (2, "vi", "gtts", "Văn phòng")
    assert script.audio == (folder.parent / "ghi_am" / "tay.mp3",)


def test_only_id_and_title_are_required(folder: Path) -> None:
    script = load_one(folder)
    assert (script.topic, script.level, script.repeat, script.voice, script.audio) == ("", "thong_thuong", 1, None, ())


def test_the_text_keeps_its_paragraphs_and_knows_its_line(folder: Path) -> None:
    script = load_one(folder, text="\n\nĐoạn một.\n\nĐoạn hai.\n\n")
    assert script.text == "Đoạn một.\n\nĐoạn hai."
    assert script.path.read_text(encoding="utf-8").split("\n")[script.text_line - 1] == "Đoạn một."


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_notepad_files_load(folder: Path, ends: str, mark: str) -> None:
    path = folder / "tin.txt"
    lines = ["+++", 'id = "tin"', 'title = "Tin"', "+++", "Bà con chú ý."]
    path.write_bytes((mark + ends.join(lines)).encode())
    assert load_library(folder).get("tin").text == "Bà con chú ý."


def test_one_text_is_one_text_whatever_the_keyboard(folder: Path) -> None:
    decomposed = load_one(folder, text=unicodedata.normalize("NFD", "Ủy ban nhân dân xã"))
    assert decomposed.text == unicodedata.normalize("NFC", "Ủy ban nhân dân xã")


def test_plus_signs_inside_the_text_are_text(folder: Path) -> None:
    assert load_one(folder, text="Một.\n+++\nHai.").text == "Một.\n+++\nHai."


def test_scripts_are_sorted_by_id(folder: Path) -> None:
    for name in ("c", "a", "b"):
        write(folder, name)
    assert list(load_library(folder).scripts) == ["a", "b", "c"]


def test_hidden_files_are_no_scripts_and_windows_endings_are(folder: Path) -> None:
    write(folder, "tin").rename(folder / "tin.TXT")
    (folder / "._tin.txt").write_bytes(b"\x00\x05\x16\x07")
    library = load_library(folder)
    assert (list(library.scripts), library.problems) == (["tin"], ())


# --- Mistakes: file, line, cure; the rest keeps working


@pytest.mark.parametrize(
    ("header", "line", "says"),
    [
        ("valid_from = 2026-02-30", 4, "không có thật"),
        ('valid_from = "31/11/2026"', 4, "31/11/2026"),
        ("valid_from = 2026-12-02\nvalid_to = 2026-12-01", 5, "trước ngày bắt đầu"),
        ('level = "gap"', 4, "thong_thuong"),
        ('level = "truc_tiep"', 4, "thong_thuong"),
        ("repeat = 0", 4, "từ 1 đến 10"),
        ('repeat = "hai"', 4, "số nguyên"),
        ('topic = "chương 2"', 4, "II.1.9"),
        ('language = "tiếng Tày"', 4, "tyz"),
        ('language = "tyz"', 7, "tệp ghi âm"),
        ('audio = "khong_co.mp3"', 4, "khong_co.mp3"),
        ('audio = "../ngoai.mp3"', 4, "thư mục của đài"),
        ('audio = "C:\\\\am\\\\tin.mp3"', 4, "thư mục của đài"),
        ('audio = "/tmp/tin.mp3"', 4, "thư mục của đài"),
        ('autor = "Văn phòng"', 4, "author"),
        ("author = Văn phòng", 4, "dấu nháy"),
    ],
)
def test_a_wrong_header_is_said_at_its_line(folder: Path, header: str, line: int, says: str) -> None:
    path = write(folder, "tin", header)
    write(folder, "khac")
    library = load_library(folder)
    assert list(library.scripts) == ["khac"]
    (problem,) = library.problems
    assert problem.where == f"{path}:{line}"
    assert says in problem.line("vi")
    assert "\n" not in problem.line("en")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 6, "không có lời đọc"),
        ("Gọi {Đường dây nóng}.", 7, "{ten_xa}"),
        ("Một.\n\nGọi {duong_day_nong.", 9, "không đóng"),
        ("Một }.", 7, "}}"),
        ("{lặp 2: Gọi {duong_day_nong}.", 7, "không đóng"),
        ("{}", 7, "{ten_xa}"),
    ],
)
def test_a_wrong_text_is_said_at_its_line(folder: Path, text: str, line: int, says: str) -> None:
    path = write(folder, "tin", "", text)
    problem = only_problem(folder)
    assert problem.where.startswith(f"{path}:")
    if text:
        assert problem.where == f"{path}:{line}"
    assert says in problem.line("vi")


def test_all_mistakes_of_a_file_are_said_at_once(folder: Path) -> None:
    write(folder, "tin", 'level = "gap"\nrepeat = 99\nvalid_to = "hôm nay"', "Gọi {Ai}.")
    assert len(load_library(folder).problems) == 4


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("Kính thưa bà con!\n", 1, "thiếu phần đầu"),
        ("", 1, "thiếu phần đầu"),
        ('\n+++\nid = "tin"\ntitle = "Tin"\n\nKính thưa bà con!\n', 2, "chưa đóng"),
        ('+++\ntitle = "Tin"\n+++\nKính thưa.\n', 2, "thiếu «id»"),
        ('+++\nid = "Tin Xã"\ntitle = "Tin"\n+++\nKính thưa.\n', 2, "tin_xa"),
        ('+++\nid = "tin"\n+++\nKính thưa.\n', 2, "thiếu «title»"),
    ],
)
def test_a_file_without_a_proper_header_is_said(folder: Path, content: str, line: int, says: str) -> None:
    path = folder / "tin.txt"
    path.write_text(content, encoding="utf-8")
    problem = only_problem(folder)
    assert problem.where == f"{path}:{line}"
    assert says in problem.line("vi")


def test_a_text_in_an_old_encoding_is_said(folder: Path) -> None:
    path = folder / "tin.txt"
    path.write_bytes('+++\nid = "tin"\ntitle = "Xã"\n+++\n'.encode("utf-16"))
    assert "UTF-8" in only_problem(folder).line("vi")


def test_a_copy_with_the_same_id_is_left_out_whatever_its_name(folder: Path) -> None:
    original = write(folder, "tin", "", "Bản gốc.")
    for name in ("a_tin", "tin (1)", "z_tin"):
        (folder / f"{name}.txt").write_text(original.read_text(encoding="utf-8").replace("gốc", "chép"), "utf-8")
    library = load_library(folder)
    assert library.get("tin").text == "Bản gốc."
    assert [problem.where for problem in library.problems] == [
        f"{folder / name}.txt:2" for name in ("a_tin", "tin (1)", "z_tin")
    ]


def test_a_missing_folder_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    library = load_library(tmp_path / "scripts_vi")
    assert not library.scripts
    assert len(library.problems) == 1


# --- Finding


def test_a_topic_covers_the_topics_below_it_only(folder: Path) -> None:
    for name, topic in (("a", "II.1.1"), ("b", "II.1.10"), ("c", "II.10"), ("d", "II.1"), ("e", "")):
        write(folder, name, f'topic = "{topic}"')
    library = load_library(folder)

    def ids(topic: str) -> list[str]:
        return [script.id for script in library.by_topic(topic)]

    assert ids("II.1") == ["a", "b", "d"]
    assert ids("II.1.1") == ["a"]
    assert ids("II") == ["a", "b", "c", "d"]
    assert ids("") == []


def test_an_unknown_id_names_the_nearest(folder: Path) -> None:
    write(folder, "chao_buoi_sang")
    write(folder, "ket_thuc")
    with pytest.raises(NotFoundError, match="Có phải: chao_buoi_sang"):
        load_library(folder).get("chao_buoi_san")
    with pytest.raises(NotFoundError, match="scripts list"):
        Library(scripts={}).get("x")


def test_asking_for_a_broken_script_gives_its_mistake(folder: Path) -> None:
    write(folder, "tin", 'level = "gap"')
    with pytest.raises(ScriptError, match="gap"):
        load_library(folder).get("tin")


@pytest.mark.parametrize(
    ("day", "valid"), [("2026-11-24", False), ("2026-11-25", True), ("2026-11-30", True), ("2026-12-01", False)]
)
def test_both_ends_of_the_validity_are_included(folder: Path, day: str, valid: bool) -> None:
    script = load_one(folder, "valid_from = 2026-11-25\nvalid_to = 2026-11-30")
    assert valid_on(script, date.fromisoformat(day)) is valid


def test_without_dates_a_script_is_always_valid(folder: Path) -> None:
    assert valid_on(load_one(folder), date.min)
    assert valid_on(load_one(folder), date.max)


# --- Placeholders


def test_placeholders_are_found_with_line_and_column(folder: Path) -> None:
    script = load_one(folder, text="Chào {ten_xa}!\n\n{lặp 2: Gọi {so} nhé.} {{không}}")
    assert placeholders_of(script) == [Placeholder("ten_xa", 7, 6), Placeholder("so", 9, 13)]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bà con {ten_xa}.", "Bà con xã Dân Tiến."),
        ("{ten_xa}{ten_xa}", "xã Dân Tiếnxã Dân Tiến"),
        ("Một {nghỉ 2s} hai", "Một {nghỉ 2s} hai"),
        ("{lặp 2: Bà con {ten_xa}}", "{lặp 2: Bà con xã Dân Tiến}"),
        ("{chậm: {lặp 2: {ten_xa}}}", "{chậm: {lặp 2: xã Dân Tiến}}"),
        ("{nghi 2s}{Lặp: A}{lap}", "{nghi 2s}{Lặp: A}giá trị"),
        ("{{ngoặc}}", "{ngoặc}"),
        ("{{{ten_xa}}}", "{xã Dân Tiến}"),
    ],
)
def test_values_take_the_place_of_placeholders_and_marks_pass(folder: Path, text: str, filled: str) -> None:
    assert fill(load_one(folder, text=text), {"ten_xa": "xã Dân Tiến", "lap": "giá trị"}) == filled


def test_a_value_of_several_lines_keeps_the_line_numbers(folder: Path) -> None:
    assert fill(load_one(folder, text="A {x}\nB"), {"x": "một\n hai"}) == "A một hai\nB"


def test_a_missing_value_is_said_where_it_is_used_with_the_cure(folder: Path) -> None:
    script = load_one(folder, text="Chào bà con.\nGọi {duong_day_nog} hoặc {so_khac}, {so_khac}.")
    with pytest.raises(ScriptError) as caught:
        fill(script, {"duong_day_nong": "0208"})
    assert caught.value.where == f"{script.path}:8"
    assert 'Thêm duong_day_nog = "…" vào mục [placeholders] của station.toml' in caught.value.line("vi")
    assert "{duong_day_nong}?" in caught.value.line("vi")
    assert len(missing_values(script, {})) == 2, "each placeholder is said once"


def test_an_empty_value_counts_as_missing(folder: Path) -> None:
    with pytest.raises(ScriptError):
        fill(load_one(folder, text="Gọi {so}."), {"so": " "})


# --- The plan


def test_the_plan_keeps_its_order_and_its_comments_are_skipped(folder: Path) -> None:
    (folder / "noi_dung.tsv").write_text("# ghi chú\nII.1.2\tHai\n\nII.1.1\t Một \n", encoding="utf-8")
    assert load_plan(folder) == (Content(code="II.1.2", title="Hai"), Content(code="II.1.1", title="Một"))


@pytest.mark.parametrize("line", ["II.1.2 Hai", "II.1.2\t", "II.1.1\tHai"])
def test_a_wrong_line_of_the_plan_is_said(folder: Path, line: str) -> None:
    (folder / "noi_dung.tsv").write_text(f"II.1.1\tMột\n{line}\n", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"noi_dung\.tsv:2"):
        load_plan(folder)


def test_a_station_without_a_plan_has_an_empty_one(folder: Path) -> None:
    assert load_plan(folder) == ()


def test_coverage_counts_scripts_that_are_valid_in_the_period(folder: Path) -> None:
    write(folder, "cu", 'topic = "II.1.1"\nvalid_to = 2025-12-31')
    write(folder, "moi", 'topic = "II.1.1"\nvalid_from = 2026-01-01')
    write(folder, "khac", 'topic = "II.1.10"')
    plan = [Content(code="II.1.1", title="Một"), Content(code="II.1.2", title="Hai")]
    scripts = load_library(folder).scripts.values()

    def ids(**period: date) -> list[list[str]]:
        return [[script.id for script in entry.scripts] for entry in coverage(plan, scripts, **period)]

    assert ids() == [["cu", "moi"], []]
    assert ids(first_day=date(2026, 2, 1), last_day=date(2026, 2, 7)) == [["moi"], []]
    assert ids(first_day=date(2025, 12, 31), last_day=date(2026, 1, 1)) == [["cu", "moi"], []]


# --- New scripts


def test_a_new_script_loads_and_needs_only_known_placeholders(folder: Path) -> None:
    path = new_script(folder, "lich_tiem", 'Lịch tiêm "mũi hai"', "II.1.9", author="Trạm y tế")
    script = load_library(folder).get("lich_tiem")
    assert path == folder / "lich_tiem.txt"
    assert (script.title, script.topic, script.author) == ('Lịch tiêm "mũi hai"', "II.1.9", "Trạm y tế")
    assert {name for name, _, _ in placeholders_of(script)} == {"ten_xa", "duong_day_nong"}


def test_a_new_script_never_overwrites(folder: Path) -> None:
    path = new_script(folder, "tin", "Tin")
    before = path.read_bytes()
    with pytest.raises(ScriptError, match="đã có tệp này"):
        new_script(folder, "tin", "Tin khác")
    assert path.read_bytes() == before


def test_a_new_script_is_not_written_under_a_wrong_id(folder: Path) -> None:
    with pytest.raises(ScriptError, match="lich_tiem_chung"):
        new_script(folder, "Lịch tiêm chủng", "Tin")
    with pytest.raises(ScriptError):
        new_script(folder, "../ngoai", "Tin")
    assert not list(folder.parent.rglob("*.txt"))


def test_given_words_are_kept_as_they_are(folder: Path) -> None:
    words = "Điều {1} và }.\n\n- Một."
    new_script(folder, "tin", "Tin", text=words)
    assert fill(load_library(folder).get("tin"), {}) == words


# --- Word files

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_file(path: Path, body: str, *, prolog: str = "") -> Path:
    """A .docx with this w:body."""
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<w:document xmlns:w="{W}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<w:body>{body}</w:body></w:document>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    return path


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_words_are_read_as_a_reader_sees_them(tmp_path: Path) -> None:
    path = word_file(
        tmp_path / "thong_bao.docx",
        paragraph("THÔNG BÁO")
        + "<w:p/>"
        + '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">Kính thưa </w:t>'
        "</w:r><w:r><w:t>bà con</w:t><w:tab/><w:t>xã &amp; xóm</w:t><w:br/><w:t>Dòng hai</w:t></w:r></w:p>"
        + paragraph("việc một", "<w:numPr/>")
        + "<w:p><w:del><w:r><w:delText>đã xóa</w:delText><w:t>đã xóa</w:t></w:r></w:del>"
        "<w:r><w:instrText>PAGE</w:instrText><w:t>còn lại</w:t></w:r></w:p>"
        + f"<w:tbl><w:tr><w:tc>{paragraph('ô một')}</w:tc><w:tc>{paragraph('ô hai')}</w:tc></w:tr></w:tbl>"
        + "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>"
        + paragraph("khung")
        + "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>"
        + paragraph("khung")
        + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>",
    )
    title, text = import_docx(path)
    assert title == "THÔNG BÁO"
    assert text.split("\n\n") == [
        "Kính thưa bà con xã & xóm\nDòng hai",
        "- việc một",
        "còn lại",
        "ô một",
        "ô hai",
        "khung",
    ]


def test_a_long_first_paragraph_is_text_and_the_file_gives_the_title(tmp_path: Path) -> None:
    long = "Kính thưa bà con. " * 20
    path = word_file(tmp_path / "Lich_tiem.docx", paragraph(long) + paragraph("Hai"))
    assert import_docx(path) == ("Lich tiem", f"{long.strip()}\n\nHai")


def test_an_imported_word_file_becomes_a_script(tmp_path: Path, folder: Path) -> None:
    title, text = import_docx(word_file(tmp_path / "a.docx", paragraph("Tiêu đề") + paragraph("Ngoặc {nhọn}.")))
    new_script(folder, "a", title, text=text)
    assert load_library(folder).get("a").title == "Tiêu đề"


def bomb(path: Path) -> Path:
    return word_file(path, "<w:p/>" * (MAX_XML_BYTES // 6 + 1))


def entities(path: Path) -> Path:
    prolog = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    return word_file(path, paragraph("&b;"), prolog=prolog)


def outside_file(path: Path) -> Path:
    return word_file(path, paragraph("&x;"), prolog='<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


def old_word(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    return path


def cut_short(path: Path) -> Path:
    word_file(path, paragraph("Một") * 1000)
    path.write_bytes(path.read_bytes()[:-40])
    return path


def damaged_inside(path: Path) -> Path:
    word_file(path, "".join(paragraph(f"Đoạn {n}") for n in range(1000)))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20] = bytes(20)
    path.write_bytes(data)
    return path


def broken_xml(path: Path) -> Path:
    return word_file(path, "<w:p>")


def a_spreadsheet(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path


def a_photograph(path: Path) -> Path:
    return word_file(path, "<w:p><w:r><w:drawing/></w:r></w:p>")


def old_font(path: Path) -> Path:
    return word_file(path, '<w:p><w:r><w:rPr><w:rFonts w:ascii=".VnTime"/></w:rPr><w:t>KÝnh th­a</w:t></w:r></w:p>')


def missing(path: Path) -> Path:
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (bomb, "quá lớn"),
        (entities, "không phải tệp Word"),
        (outside_file, "không phải tệp Word"),
        (old_word, r"\.doc"),
        (cut_short, "không phải tệp Word"),
        (damaged_inside, "không phải tệp Word"),
        (broken_xml, "không phải tệp Word"),
        (a_spreadsheet, "không phải tệp Word"),
        (a_photograph, "không có chữ nào"),
        (old_font, r"\.VnTime"),
        (missing, "không mở được"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_plain_words(tmp_path: Path, make: object, says: str) -> None:
    assert callable(make)
    path = make(tmp_path / "tep.docx")
    with pytest.raises(ScriptError, match=says) as caught:
        import_docx(path)
    assert caught.value.where == str(path)
