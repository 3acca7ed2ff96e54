"""Long phrases are cut at natural places."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.speech.chunks import COMMA_GAP_MS, SENTENCE_GAP_MS, split

LETTER = (
    "Thực hiện kế hoạch của ủy ban nhân dân tỉnh về cải cách hành chính, từ ngày mai xã tiếp nhận hồ sơ trực tuyến. "
    "Bà con cần hỗ trợ thì đến bộ phận một cửa, hoặc gọi số máy của tổ công nghệ số cộng đồng để được hướng dẫn tận nhà"
)


def test_it_cuts_at_the_sentence_first_then_at_commas_then_before_linking_words():
    pieces = split(LETTER, 100)
    assert [piece.text for piece in pieces] == [
        "Thực hiện kế hoạch của ủy ban nhân dân tỉnh về cải cách hành chính,",
        "từ ngày mai xã tiếp nhận hồ sơ trực tuyến.",
        "Bà con cần hỗ trợ thì đến bộ phận một cửa,",
        "hoặc gọi số máy của tổ công nghệ số cộng đồng để được hướng dẫn tận nhà",
    ]
    assert [piece.gap_ms for piece in pieces] == [COMMA_GAP_MS, SENTENCE_GAP_MS, COMMA_GAP_MS, 0]


def test_a_short_text_stays_whole_and_a_blank_one_gives_nothing():
    assert [piece.text for piece in split("Xin chào.", 100)] == ["Xin chào."]
    assert split("  \n ", 100) == []


@given(st.text(max_size=400), st.integers(1, 120))
def test_no_letter_is_lost_and_no_piece_is_too_long(text, limit):
    pieces = split(text, limit)
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())
    assert all(0 < len(piece.text) <= limit for piece in pieces)
