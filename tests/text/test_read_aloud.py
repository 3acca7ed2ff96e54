"""Phrases, pauses, marks in a text, and the places of doubts."""

from __future__ import annotations

import pytest

from broadcaster.model import Phrase, Reading
from broadcaster.text import read_aloud, spoken_line
from broadcaster.text.marks import MAX_PAUSE_MS, SLOW_RATE
from broadcaster.text.phrases import MAX_CHARACTERS


def test_one_phrase_for_each_sentence_with_the_stations_pauses() -> None:
    text = "Kính thưa bà con! Ngày mai cắt điện.\n\nXin cảm ơn."
    spoken = read_aloud(text, sentence_pause_ms=300, paragraph_pause_ms=900)
    assert spoken.phrases == (
        Phrase(text="kính thưa bà con!", pause_ms=300),
        Phrase(text="ngày mai cắt điện.", pause_ms=900),
        Phrase(text="xin cảm ơn.", pause_ms=900),
    )


def test_a_heading_is_followed_by_a_long_pause_and_a_list_item_by_a_short_one() -> None:
    spoken = read_aloud("I. MỤC ĐÍCH\n\n- Một việc;\n- Hai việc.\n\nHết")
    assert [(phrase.text, phrase.pause_ms) for phrase in spoken.phrases] == [
        ("một, mục đích", 800),
        ("một việc;", 350),
        ("hai việc.", 350),
        ("hết", 800),
    ]


def test_a_line_the_editor_wrapped_is_read_on() -> None:
    spoken = read_aloud(
        "Ủy ban nhân dân xã thông báo lịch tiêm phòng dại cho đàn chó, mèo trên địa bàn xã năm\n2025 như sau."
    )
    assert len(spoken.phrases) == 1
    assert spoken.text.endswith("năm hai nghìn không trăm hai mươi lăm như sau.")


def test_long_sentences_are_cut_at_natural_places_and_never_inside_a_number() -> None:
    text = (
        "Tỉnh có công văn số 259/UBND-TTPVHCC ngày 08/7/2025, yêu cầu nâng cao hiệu quả hoạt động của Trung tâm "
        "hành chính công cấp xã; các xã, phường chủ động bố trí cán bộ, hướng dẫn người dân nộp hồ sơ "
        "trực tuyến trong năm 2025 và những năm tiếp theo để bảo đảm tỷ lệ hồ sơ trực tuyến đạt trên 85,5%."
    )
    phrases = read_aloud(text).phrases
    assert len(phrases) > 2
    assert all(len(phrase.text) <= MAX_CHARACTERS for phrase in phrases)
    assert not any(phrase.text.startswith(("lăm", "mươi", "trăm", "nghìn")) for phrase in phrases)
    assert " ".join(phrase.text for phrase in phrases) == spoken_line(text)[0]


def test_a_sentence_without_any_natural_place_is_cut_all_the_same() -> None:
    phrases = read_aloud("nước " * 200).phrases
    assert all(len(phrase.text) <= MAX_CHARACTERS for phrase in phrases)
    assert " ".join(phrase.text for phrase in phrases) == " ".join(["nước"] * 200)


def test_a_pause_is_asked_for() -> None:
    spoken = read_aloud("Chú ý. {nghỉ 2s}\nNước đang lên.")
    assert [phrase.pause_ms for phrase in spoken.phrases] == [2000, 800]
    assert read_aloud("{nghỉ 1,5 giây} Chú ý").phrases[0] == Phrase(text="", pause_ms=1500)
    assert read_aloud("Chú ý {nghỉ 900s} hết").phrases[0].pause_ms == MAX_PAUSE_MS


def test_a_repetition_is_unrolled_with_a_pause_between_the_rounds() -> None:
    spoken = read_aloud("{lặp 3: Nước đang lên!} Bà con sơ tán.")
    assert [phrase.text for phrase in spoken.phrases] == ["nước đang lên!"] * 3 + ["bà con sơ tán."]
    assert all(phrase.pause_ms >= 350 for phrase in spoken.phrases)


def test_repetitions_inside_repetitions_cannot_explode() -> None:
    assert len(read_aloud("{lặp 9: " * 8 + "a" + "}" * 8).phrases) <= 10


def test_slow_speech_is_a_rate_and_may_stand_inside_a_sentence() -> None:
    spoken = read_aloud("Xin gọi {chậm: 0912.345.678} để báo.")
    assert [(phrase.text, phrase.rate, phrase.pause_ms) for phrase in spoken.phrases] == [
        ("xin gọi", 1.0, 0),
        ("không chín một hai ba bốn năm sáu bảy tám", SLOW_RATE, 0),
        ("để báo.", 1.0, 800),
    ]


@pytest.mark.parametrize("written", ["Xin chào {ten_xa}.", "Chưa đóng {lặp 2: a", "Thừa } ngoặc"])
def test_a_brace_that_is_no_mark_is_reported(written: str) -> None:
    (unsure,) = read_aloud(written).unsure
    assert "lệnh của loa" in unsure.reason.vi
    assert written[unsure.column - 1] in "{}"


def test_a_doubt_names_line_and_column_once() -> None:
    spoken = read_aloud("Kính gửi bà con.\n\nĐội XYZQ của xã và XYZQ của huyện.\n")
    (unsure,) = spoken.unsure
    assert (unsure.line, unsure.column, unsure.written) == (3, 5, "XYZQ")
    assert unsure.read_as == "ích y dét quy"
    assert "tu_dien.tsv" in unsure.reason.vi


def test_the_second_round_of_a_repetition_reports_nothing_again() -> None:
    assert len(read_aloud("{lặp 2: Đội XYZQ}").unsure) == 1


def test_a_fraction_that_may_be_a_date_is_reported() -> None:
    _, unsure = spoken_line("kết luận 5/7")
    assert [one.written for one in unsure] == ["5/7"]


def test_an_abbreviation_explained_once_is_known_in_the_whole_text() -> None:
    spoken = read_aloud("Quỹ Hỗ trợ nông dân (QHTND) xã họp.\n\nQHTND cho vay vốn.")
    assert spoken.text == "quỹ hỗ trợ nông dân xã họp. quỹ hỗ trợ nông dân cho vay vốn."
    assert spoken.unsure == ()


def test_document_codes_are_named_spelt_or_left_out() -> None:
    line = "Kế hoạch số 232/KH-UBND"
    assert spoken_line(line)[0] == "kế hoạch số hai trăm ba mươi hai kế hoạch ủy ban nhân dân"
    spelt = spoken_line(line, reading=Reading(document_numbers="spell"))[0]
    assert spelt == "kế hoạch số hai trăm ba mươi hai ca hát u bê nờ dê"
    assert spoken_line(line, reading=Reading(document_numbers="omit"))[0] == "kế hoạch số hai trăm ba mươi hai"


def test_an_empty_text_is_silent() -> None:
    assert read_aloud(" \n\n").phrases == ()
    assert spoken_line("") == ("", ())


def test_a_voice_that_knows_only_vietnamese_spelling_is_given_one():
    (phrase,) = read_aloud("Mời bà con xem livestream trên Zalo.").phrases
    assert "livestream" in phrase.text
    assert "livestream" not in phrase.plain and "da lô" in phrase.plain
    (phrase,) = read_aloud("Mời bà con họp xóm.").phrases
    assert phrase.plain == ""
