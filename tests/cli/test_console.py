"""Output for people: tables are aligned for all letters, and without a terminal there is no progress bar."""

from __future__ import annotations

import io
import sys
import unicodedata
from collections.abc import Iterator

import pytest

from broadcaster.cli import console
from broadcaster.errors import Words


@pytest.fixture(autouse=True)
def _vietnamese() -> Iterator[None]:
    console.use_language("vi")
    yield
    console.use_language("vi")


def test_columns_line_up_for_vietnamese_composed_or_not_and_for_wide_letters() -> None:
    decomposed = unicodedata.normalize("NFD", "Phiên buổi sáng")
    rows = [("Phiên buổi sáng", "1"), (decomposed, "22"), ("廣播", "333"), ("abc", "4")]
    lines = console.table(rows, heads=(Words("Tên", "Name"), "N"), right=(1,))
    assert {console.width(line) for line in lines} == {len("Phiên buổi sáng") + 2 + 3}
    assert lines[0].startswith("Tên ") and lines[4].endswith("  4")


def test_a_cell_stays_on_its_line() -> None:
    assert console.table([("hai\ndòng", "x")]) == ["hai dòng  x"]
    assert console.table([]) == []


class Terminal(io.StringIO):
    def __init__(self, *, watched: bool) -> None:
        super().__init__()
        self._watched = watched

    def isatty(self) -> bool:
        return self._watched


def test_progress_is_for_terminals_only_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    for watched in (False, True):
        stream = Terminal(watched=watched)
        monkeypatch.setattr(sys, "stderr", stream)
        with console.Progress(total=4) as progress:
            progress.show(2, Words("nửa chừng", "half way"))
        written = stream.getvalue()
        assert (
            ("nửa chừng" in written and "█" in written and written.endswith("\r\x1b[K")) if watched else written == ""
        )


@pytest.mark.parametrize(
    ("arguments", "variable", "language"),
    [
        ((), "", "vi"),
        ((), "en", "en"),
        ((), "fr", "vi"),
        (("status", "--lang", "en"), "", "en"),
        (("--lang=vi", "status"), "en", "vi"),
        (("say", "--", "--lang", "en"), "", "vi"),
    ],
)
def test_the_language(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], variable: str, language: str
) -> None:
    monkeypatch.setenv("BROADCASTER_LANG", variable)
    assert console.language_of(arguments) == language


@pytest.mark.parametrize(
    ("typed", "agreed"), [("c\n", True), ("Có\n", True), ("y\n", True), ("\n", False), ("k\n", False)]
)
def test_a_person_is_asked_and_silence_is_no(monkeypatch: pytest.MonkeyPatch, typed: str, agreed: bool) -> None:
    stdin = Terminal(watched=True)
    stdin.write(typed)
    stdin.seek(0)
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "stderr", Terminal(watched=True))
    assert console.agreed(Words("Chắc không? ", "Sure? ")) is agreed


def test_a_script_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(watched=False))
    assert console.agreed(Words("Chắc không? ", "Sure? "))
