"""Names made of words."""

from __future__ import annotations

import pytest

from broadcaster.slug import slug


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Lịch tiêm chủng 12/2026", "lich_tiem_chung_12_2026"),
        ("  Đường dây nóng! ", "duong_day_nong"),
        ("NGHỊ QUYẾT — số 3", "nghi_quyet_so_3"),
        ("…", ""),
        ("", ""),
    ],
)
def test_a_slug_has_small_letters_digits_and_single_underscores(words: str, name: str) -> None:
    assert slug(words) == name


def test_a_slug_that_is_cut_does_not_end_in_an_underscore() -> None:
    assert slug("cải cách hành chính", longest=9) == "cai_cach"
