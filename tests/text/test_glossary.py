"""The packaged tables and the station's own tu_dien.tsv."""

from __future__ import annotations

import os
from pathlib import Path

from heard import HERE

from broadcaster.errors import FileError
from broadcaster.text import load_glossary, read_aloud, spoken_line
from broadcaster.text.syllables import is_syllable


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def test_the_stations_reading_wins_and_others_stay(tmp_path: Path) -> None:
    own = load_glossary(write(tmp_path / "tu_dien.tsv", "UBND\tủy ban xã", "HTXDN\thợp tác xã dân niên"))
    assert own.problems == ()
    assert spoken_line("UBND và HTXDN, HĐND", glossary=own)[0] == "ủy ban xã và hợp tác xã dân niên, hội đồng nhân dân"
    assert spoken_line("UBND")[0] == "ủy ban nhân dân"


def test_a_reading_with_context_leaves_ours_elsewhere(tmp_path: Path) -> None:
    own = load_glossary(write(tmp_path / "tu_dien.tsv", "TT\ttổ trưởng\tsau: xóm, tổ", "CT\tcầu treo\ttrước: qua, sửa"))
    assert spoken_line("TT xóm", glossary=own)[0] == "tổ trưởng xóm"
    assert spoken_line("TT Đảng ủy", glossary=own)[0] == "thường trực đảng ủy"
    assert spoken_line("đi qua CT", glossary=own)[0] == "đi qua cầu treo"


def test_one_line_gives_the_reading_of_a_foreign_name(tmp_path: Path) -> None:
    assert spoken_line("công ty Glonics")[1]
    own = load_glossary(write(tmp_path / "tu_dien.tsv", "Glonics\tgờ lô ních"))
    assert spoken_line("công ty Glonics", glossary=own) == ("công ty gờ lô ních", ())


def test_wrong_lines_are_named_and_the_others_work(tmp_path: Path) -> None:
    rows = ("# chú thích", "UBND", "A1\tsố 1", "\tkhông", "VTX\tvà thế xong", "2B\thai bê")
    path = write(tmp_path / "tu_dien.tsv", *rows)
    own = load_glossary(path)
    assert [problem.where for problem in own.problems] == [f"{path}:2", f"{path}:3", f"{path}:4", f"{path}:6"]
    assert all(isinstance(problem, FileError) and problem.cure for problem in own.problems)
    assert spoken_line("VTX", glossary=own)[0] == "và thế xong"


def test_a_file_that_is_not_utf8_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "tu_dien.tsv"
    path.write_bytes("UBND\tủy ban\n".encode("utf-16"))
    (problem,) = load_glossary(path).problems
    assert problem.exit_code == 3


def test_no_file_is_the_packaged_glossary(tmp_path: Path) -> None:
    assert load_glossary(tmp_path / "khong_co.tsv") is load_glossary()
    assert load_glossary(None) is load_glossary()


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "tu_dien.tsv", "VTX\tmột")
    assert load_glossary(path) is load_glossary(path)
    assert spoken_line("VTX", glossary=load_glossary(path))[0] == "một"
    write(path, "VTX\thai")
    os.utime(path, ns=(1, 1))
    assert spoken_line("VTX", glossary=load_glossary(path))[0] == "hai"


def test_an_ambiguous_abbreviation_is_reported_with_its_readings() -> None:
    spoken = read_aloud("Ý kiến của CT là đúng.")
    (unsure,) = spoken.unsure
    assert unsure.written == "CT"
    assert "chương trình" in unsure.reason.vi


def test_every_packaged_reading_is_sayable() -> None:
    glossary = load_glossary()
    for forms in glossary.first_words.values():
        for written, entries in forms:
            for entry in entries:
                said = spoken_line(entry.spoken)
                assert said[1] == (), (written, entry.spoken)
                assert said[0] == entry.spoken.rstrip(":"), (written, entry.spoken, said[0])
    for table in (glossary.units, glossary.documents, glossary.domains):
        for written, spoken in table.items():
            assert spoken_line(spoken) == (spoken, ()), (written, spoken)


def test_the_foreign_table_says_only_words() -> None:
    for written, readings in load_glossary().foreign.items():
        for words in readings:
            assert words == words.lower(), written
            assert all(word.isalpha() for word in words.split()), written
        assert all(is_syllable(word) or word in load_glossary().foreign for word in readings[1].split()), written


def test_the_tables_have_no_line_twice() -> None:
    data = Path(load_glossary.__code__.co_filename).parent / "data"
    for path in data.glob("*.tsv"):
        rows = [row for row in path.read_text("utf-8").split("\n") if row and not row.startswith("#")]
        assert len(rows) == len(set(rows)), path.name
        assert all("\t" in row for row in rows), path.name
    assert HERE.name == "text"
