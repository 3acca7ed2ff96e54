"""Rules for every text: no exception, linear time, only words and pause marks, the same result when read twice."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from heard import HERE, lines
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadcaster.model import Reading
from broadcaster.text import read_aloud, spoken_line
from broadcaster.text.letters import NAMES
from broadcaster.text.syllables import is_syllable

LETTERS = "".join(NAMES) + "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
SPOKEN = re.compile(rf"(?:[{LETTERS}]+(?:[,.?!:;]? [{LETTERS}]+)*[,.?!:;]?)?")
WRITTEN = [written for path in sorted(HERE.glob("*.tsv")) for _, written, _ in lines(path)]

PIECES = (
    "ngày tháng năm UBND 06/12/2024 232/KH-UBND 7h30 - – / . , ; : ( ) % đ đồng 1.250.000 3,5 QL3 Km12+500 IV XXI TT "
    "Đ/c P. Q. www.a.vn x@y.vn 0912.345.678 T7 CN 1/2 2-1 °C m2 ... ./. “ ” { } {nghỉ 2s} {lặp 2: 5G a) 1. + * 'h "
    "COVID-19 24/7 30' $5 ≥ − ± & § # @ 1. 000 000,5 /kg //"
).split(" ")
office_text = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(max_size=6),
        st.from_regex(r"[0-9/.,:h%-]{1,12}", fullmatch=True),
        st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyfjwzÀẸỖỪŨ ABCDĐUBND", max_size=8),
    ),
    max_size=30,
).map(" ".join)
quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(st.one_of(office_text, st.text(max_size=200)))
def test_only_vietnamese_letters_single_spaces_and_pause_marks_come_out(written: str) -> None:
    spoken, _ = spoken_line(written)
    assert SPOKEN.fullmatch(spoken), spoken
    for phrase in read_aloud(written).phrases:
        assert SPOKEN.fullmatch(phrase.text), phrase.text


@quick
@given(office_text)
@example("U . ngày")
@example(":U . ngày")
def test_its_own_output_is_read_unchanged(written: str) -> None:
    once, _ = spoken_line(written)
    assert spoken_line(once)[0] == once


def test_every_case_is_read_unchanged_a_second_time() -> None:
    for written in WRITTEN:
        once, _ = spoken_line(written)
        assert spoken_line(once)[0] == once


@quick
@given(office_text)
def test_every_token_that_is_not_vietnamese_is_reported(written: str) -> None:
    spoken, unsure = spoken_line(written)
    reported = " ".join(one.read_as for one in unsure).split()
    known = set(_known_words())
    for word in re.findall(r"[^\W\d_]+", spoken):
        assert is_syllable(word) or word in known or word in reported, word


def _known_words() -> list[str]:
    from broadcaster.text import load_glossary

    return [word for spoken, _ in load_glossary().foreign.values() for word in spoken.split()]


@quick
@given(office_text)
def test_a_doubt_points_into_the_text_and_says_what_to_do(written: str) -> None:
    rows = written.split("\n")
    for one in read_aloud(written).unsure:
        assert 1 <= one.line <= len(rows)
        assert 1 <= one.column <= len(rows[one.line - 1]) + 1
        assert one.written
        assert one.read_as
        assert "tu_dien.tsv" in one.reason.vi or "lệnh của loa" in one.reason.vi


VIETNAMESE = re.compile(r"[àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ]", re.IGNORECASE)


def test_every_doubt_is_told_in_english_too() -> None:
    """But for what is quoted: the text itself, its readings and the marks of the voice."""
    for written in (*WRITTEN, "kết luận 5/7", "Chưa đóng {lặp 2: a", "đội XYZQ mua ℵ và Glonics"):
        for one in spoken_line(written)[1]:
            own_words = re.sub(r"'[^']*'|\{[^}]*\}|readings: [^.]*", "", one.reason.en)
            assert own_words and not VIETNAMESE.search(own_words), one.reason.en


@quick
@given(
    office_text,
    st.sampled_from(("name", "spell", "omit")),
    st.sampled_from(("nghìn", "ngàn")),
    st.sampled_from(("linh", "lẻ")),
)
def test_settings_change_words_only(written: str, documents: str, thousand: str, zero: str) -> None:
    reading = Reading(document_numbers=documents, thousand=thousand, zero_tens=zero)
    assert SPOKEN.fullmatch(spoken_line(written, reading=reading)[0])


UNITS = [
    "a", "1", "1.", "1,", "1-", "1/", "(", "0912", "A1 ", "7h", "UBND ", "IV ", "ngày 1/", "{", "{lặp 9:", "}", "x@",
    "a.", "-", "'", "1 000 ", "TT ", "Đ/c ", "@a.vn ", "12/KH-", "(CCHC) ", "xin chào ", "tỷ số 1-", "số ",
    "livestream", "livestream ", "éà", "5% - ", "thứ 2 - ", "T7, ", "\n", "a\n", "$", "đ", "km/", "http://", "QUỸ ",
    "gọi 1", "ngày 1 và ", "Km1+", "I, ", "quý I, ", "1x", "thắng ", "https://a-", "1°", "(A", "(QHTND) ", "A.A-",
    "A/", "A-", "1/A-",
]  # fmt: skip


LONG = ("TT ", "12/KH-", "A.A-", "1-", "(CCHC) ", "MIXED")


@pytest.mark.parametrize("unit", [*UNITS, "MIXED"])
def test_time_is_linear_in_the_length_of_a_line(unit: str) -> None:
    """100 kB take a second at most. Most units are tried with a third; the bound has slack for a loaded machine."""
    size = 100_000 if unit in LONG else 30_000
    text = " ".join(WRITTEN).replace("\n", " ") if unit == "MIXED" else unit
    line = (text * (1 + size // len(text.encode())))[:size]
    start = time.process_time()
    spoken_line(line)
    # Quadratic behaviour would take minutes.
    assert time.process_time() - start < 3 * size / 100_000 + 0.3


def test_the_passes_need_the_standard_library_alone() -> None:
    room = Path(spoken_line.__code__.co_filename).parent
    allowed = {
        "__future__",
        "re",
        "unicodedata",
        "functools",
        "itertools",
        "collections",
        "dataclasses",
        "pathlib",
        "typing",
        "bisect",
        "broadcaster",
    }
    for path in room.glob("*.py"):
        for module in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE):
            assert module in allowed, f"{path.name} imports {module}"
