"""Every line of the *.tsv files here: written TAB heard, with other accepted readings after "|"."""

from __future__ import annotations

from pathlib import Path

import pytest
from heard import HERE, heard, lines

from broadcaster.text import read_aloud, spoken_line

FILES = sorted(HERE.glob("*.tsv"))
CASES = [
    pytest.param(written, readings, id=f"{path.stem}:{number}")
    for path in FILES
    for number, written, readings in lines(path)
]


@pytest.mark.parametrize(("written", "readings"), CASES)
def test_a_line_is_read_as_its_case_says(written: str, readings: tuple[str, ...]) -> None:
    spoken, _unsure = spoken_line(written)
    assert heard(spoken) in {heard(reading) for reading in readings}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_file_is_well_formed(path: Path) -> None:
    seen: dict[str, int] = {}
    for number, written, readings in lines(path):
        assert all(readings), f"{path.name}:{number}: an empty reading"
        assert written not in seen, f"{path.name}:{number}: the same as line {seen[written]}"
        seen[written] = number


def test_there_are_six_hundred_cases_beside_the_public_ones() -> None:
    own = [case for path in FILES if path.stem != "bo_mau" for case in lines(path)]
    assert len(own) >= 600


@pytest.mark.parametrize(("written", "readings"), CASES)
def test_read_aloud_says_what_spoken_line_says(written: str, readings: tuple[str, ...]) -> None:
    assert heard(read_aloud(written).text) in {heard(reading) for reading in readings}
