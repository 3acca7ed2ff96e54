"""Sentences of reasons: one for each code, and lengths of time as people say them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadcaster.reason_words import SENTENCES, in_words
from broadcaster.reasons import ReasonCode


def test_every_code_has_a_sentence_in_both_languages():
    assert set(SENTENCES) == set(ReasonCode)
    assert [code for code, words in SENTENCES.items() if bool(words.vi) != bool(words.en)] == []


@pytest.mark.parametrize(
    ("span", "vi", "en"),
    [
        (timedelta(seconds=45), "45 giây", "45 s"),
        (timedelta(seconds=90), "1 phút 30 giây", "1 min 30 s"),
        (timedelta(minutes=17, seconds=20), "17 phút", "17 min"),
        (timedelta(hours=2), "2 giờ", "2 h"),
        (timedelta(hours=2, minutes=5), "2 giờ 5 phút", "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=9), "3 ngày 4 giờ", "3 d 4 h"),
        (timedelta(seconds=-5), "0 giây", "0 s"),
    ],
)
def test_lengths_of_time_in_words(span, vi, en):
    assert (in_words(span), in_words(span, "en")) == (vi, en)
    assert in_words(span.total_seconds()) == vi
