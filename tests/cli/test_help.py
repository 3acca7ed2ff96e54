"""Help: of every command, in both languages, with an example; the page of all commands loads none of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from broadcaster.cli import main
from broadcaster.cli.table import COMMANDS, SECTIONS
from tests.cli.conftest import Call


def every_command() -> Iterator[tuple[str, ...]]:
    """Names of all commands and of the commands within them."""
    for name in COMMANDS:
        yield (name,)
        command = main.get_command(click.Context(main), name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.commands)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_every_command_has_help_with_an_example_in_both_languages(call: Call, path: tuple[str, ...], lang: str) -> None:
    long = call(*path, "--help", lang=lang)
    assert long.code == 0 and long.err == ""
    assert long.out.startswith("Usage: " if lang == "en" else "Cách dùng: ")
    examples = long.out.partition("Examples:\n" if lang == "en" else "Ví dụ:\n")[2]
    assert "broadcaster" in examples.partition("\n\n")[0]
    assert call(*path, "-h", lang=lang) == long


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_no_english_word_of_the_toolkit_shows_in_vietnamese_help(call: Call, path: tuple[str, ...]) -> None:
    page = call(*path, "--help").out
    for word in ("Usage", "Options", "Commands", "Show this", "INTEGER", "default"):
        assert word not in page


def test_the_first_page_lists_every_command_in_its_section(call: Call) -> None:
    page = call("--help", lang="en").out
    for name, entry in COMMANDS.items():
        assert f"\n  {name} " in page
        assert entry.short.en in page
    positions = [page.index(f"\n{section.en}:") for section in SECTIONS]
    assert positions == sorted(positions)


def test_the_language_may_be_asked_for_before_or_after_the_command(call: Call) -> None:
    assert call("--lang", "en", "status", "--help").out == call("status", "--help", "--lang=en").out
    assert call("status", "--help", lang="en").out.startswith("Usage: ")


def test_the_first_page_loads_no_command() -> None:
    program = (
        "import sys\nfrom broadcaster.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith('broadcaster.')), file=sys.stderr)"
    )
    listing = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    loaded = set(listing.stderr.split())
    assert not loaded & {entry.target.partition(":")[0] for entry in COMMANDS.values()}
    assert not {name for name in loaded if name.startswith("broadcaster.s") and "settings" not in name}


def test_version(call: Call) -> None:
    assert call("--version").out.startswith("broadcaster ")
