"""Every line of the *.tsv files here: written TAB heard, with other accepted readings after "|"."""

from __future__ import annotations

from pathlib import Path

import pytest
from heard import HERE, heard, lines

from broadcaster.text import read_aloud, spoken_line

FILES = sorted(HERE.glob("*.tsv"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_line_is_read_as_its_case_says_alone_and_as_a_text(path: Path) -> None:
    wrong = []
    for number, written, readings in lines(path):
        accepted = {heard(reading) for reading in readings}
        for door, said in (("spoken_line", spoken_line(written)[0]), ("read_aloud", read_aloud(written).text)):
            if heard(said) not in accepted:
                wrong.append(
                    f"{path.name}:{number}: {door} {written!r}\n    says   {said}\n    wanted {' | '.join(readings)}"
                )
    assert not wrong, f"{len(wrong)} wrong readings:\n" + "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_file_is_well_formed(path: Path) -> None:
    seen: dict[str, int] = {}
    for number, written, readings in lines(path):
        assert all(readings), f"{path.name}:{number}: an empty reading"
        assert written not in seen, f"{path.name}:{number}: the same as line {seen[written]}"
        seen[written] = number
    assert seen, f"{path.name} has no cases"
