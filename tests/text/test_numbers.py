"""Number words against a second implementation: from the decimal string, group by group."""

from __future__ import annotations

import random

import pytest

from broadcaster.model import Reading
from broadcaster.text import spoken_line
from broadcaster.text.numbers import amount, cardinal, decimal, digits, label, ordinal

NAMES = "không một hai ba bốn năm sáu bảy tám chín".split()


def oracle(written: str, thousand: str = "nghìn", linh: str = "linh") -> str:
    """Words of a decimal string without leading zeros, by the rules of the primary school book.

    Every group of three is read in full ("không trăm linh năm"), then what nobody says is taken out again.
    """
    if written == "0":
        return "không"
    padded = written.zfill((len(written) + 2) // 3 * 3)
    groups = [padded[at : at + 3] for at in range(0, len(padded), 3)]
    words: list[str] = []
    for place, group in zip(range(len(groups) - 1, -1, -1), groups, strict=True):
        rest_is_zero = not padded[len(padded) - 3 * (place + 1) :].strip("0")
        scale = {0: "", 1: thousand, 2: "triệu"}[place % 3]
        if not rest_is_zero:
            words += [*three(group, linh, first=not words), scale] if group != "000" else empty(scale, place, words)
        if place and place % 3 == 0 and words:
            words.append("tỷ")
    return " ".join(word for word in words if word)


def empty(scale: str, place: int, before: list[str]) -> list[str]:
    """An empty group in the middle: "không trăm nghìn"; the ones of the billions are simply left out."""
    return ["không", "trăm", scale] if before and scale else []


def three(group: str, linh: str, *, first: bool) -> list[str]:
    hundreds, tens, ones = group
    words = [NAMES[int(hundreds)], "trăm"]
    if tens == "0":
        words += [linh, {"4": "tư"}.get(ones, NAMES[int(ones)])] if ones != "0" else []
    elif tens == "1":
        words += ["mười", {"0": "", "5": "lăm"}.get(ones, NAMES[int(ones)])]
    else:
        words += [NAMES[int(tens)], "mươi", {"0": "", "1": "mốt", "4": "tư", "5": "lăm"}.get(ones, NAMES[int(ones)])]
    if first and hundreds == "0":
        words = words[2:]
        if words[:1] == [linh]:
            words = [NAMES[int(ones)]]
    return words


def test_every_number_below_ten_thousand() -> None:
    wrong = [(n, cardinal(n), oracle(str(n))) for n in range(10_000) if cardinal(n) != oracle(str(n))]
    assert wrong == []


def test_ten_thousand_random_numbers_up_to_a_million_billion() -> None:
    rng = random.Random(20251125)
    wrong = []
    for _ in range(10_000):
        number = rng.randrange(10 ** rng.randint(1, 15))
        if rng.random() < 0.3:
            number = number // 1000 * 1000 + rng.choice((0, 1, 5, 10))
        if cardinal(number) != oracle(str(number)):
            wrong.append((number, cardinal(number), oracle(str(number))))
    assert wrong == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (105, "một trăm linh năm"),
        (1_005, "một nghìn không trăm linh năm"),
        (2_025, "hai nghìn không trăm hai mươi lăm"),
        (10_050, "mười nghìn không trăm năm mươi"),
        (1_000_005, "một triệu không trăm nghìn không trăm linh năm"),
        (2_000_500, "hai triệu không trăm nghìn năm trăm"),
        (105_250_000_000, "một trăm linh năm tỷ hai trăm năm mươi triệu"),
        (1_000_000_000_000, "một nghìn tỷ"),
        (1_000_000_000_000_000, "một triệu tỷ"),
        (-5, "âm năm"),
    ],
)
def test_numbers_as_people_say_them(number: int, words: str) -> None:
    assert cardinal(number) == words


def test_southern_words_are_a_setting() -> None:
    southern = Reading(thousand="ngàn", zero_tens="lẻ")
    assert cardinal(1_105, southern) == "một ngàn một trăm lẻ năm"
    assert spoken_line("1.105 hộ", reading=southern)[0] == "một ngàn một trăm lẻ năm hộ"
    for number in (2_004, 70_009, 105_000_205):
        assert cardinal(number, southern) == oracle(str(number), "ngàn", "lẻ")


def test_a_number_in_a_sentence_is_read_with_and_without_points() -> None:
    rng = random.Random(7)
    for _ in range(500):
        number = rng.randrange(10**8)
        assert spoken_line(f"có {number:,} hộ".replace(",", "."))[0] == f"có {cardinal(number)} hộ"
        assert spoken_line(f"có {number} hộ")[0] == f"có {cardinal(number)} hộ"


def test_digits_labels_ordinals_and_decimals() -> None:
    assert digits("0912.345") == "không chín một hai ba bốn năm"
    assert label("06") == "không sáu"
    assert label("60") == "sáu mươi"
    assert [ordinal(n) for n in (1, 2, 3, 4, 5, 21)] == ["nhất", "hai", "ba", "tư", "năm", "hai mươi mốt"]
    assert decimal("89", "33") == "tám mươi chín phẩy ba mươi ba"
    assert decimal("0", "05") == "không phẩy không năm"
    assert decimal("", "5") == "không phẩy năm"
    assert amount("1.234,5") == "một nghìn hai trăm ba mươi tư phẩy năm"
    assert amount("1,250,000.5") == "một triệu hai trăm năm mươi nghìn phẩy năm"
    assert amount("01") == "một"
    assert cardinal(10**30).endswith("tỷ")
