"""The README is correct: its commands run, it names every command and no other, its tables are the program's."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner

from broadcaster import errors
from broadcaster.cli import console, main
from broadcaster.cli.airings import COLUMNS
from broadcaster.cli.command import SETTINGS
from broadcaster.cli.table import COMMANDS
from broadcaster.model import Outcome
from broadcaster.sample import make_station

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"vi": ROOT / "docs" / "lenh.md", "en": ROOT / "docs" / "commands.md"}
UPDATE_VARIABLE = "UPDATE_DOCS"
WIDTH = 100
"""Columns of the help pages in docs/."""

NOT_RUN = {
    "demo": "takes 45 seconds; .ci/run plays it from the wheel",
    "run": "stays in the foreground; tests/cli/test_run.py",
    "init": "changes the folder for the lines after it; tests/cli/test_texts.py lives on it",
    "doctor": "judges the machine; tests/cli/test_json.py",
}
"""Commands of the README that this test does not run, and why."""
PLAYS = "preview hop_dan"
"""Needs a sound device when nothing is to be saved."""
NEEDS_A_STATION = ("skip", "queue", "status", "emergency --cancel")
"""They answer 8 here, where none runs."""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def shell_lines() -> list[str]:
    """Every line of every shell block, then every command of the table for daily use."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    daily = README.partition("## Dùng hằng ngày")[2].partition("## English")[0]
    lines += [command for row in daily.splitlines() if row.startswith("|") for command in re.findall("`(.*?)`", row)]
    return [line for line in lines if line.strip()]


def command_paths() -> Iterator[str]:
    for name in COMMANDS:
        yield name
        command = main.get_command(click.Context(main), name)
        if isinstance(command, click.Group):
            yield from (f"{name} {inner}" for inner in command.commands)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample station with the output `none`, and the files that the README's examples name."""
    folder = tmp_path_factory.mktemp("readme") / "dai"
    make_station(folder)
    settings = folder / "station.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace('["piper", "gtts", "espeak"]', '["tone"]').replace('spec = "soundcard"', 'spec = "none"')
    settings.write_text(text, encoding="utf-8")
    (folder / "thong_bao.txt").write_text("Tối nay cắt nước.\n", encoding="utf-8")
    (folder / "ghi_am").mkdir()
    make_recording(folder / "ghi_am" / "hop_dan.wav")
    make_word_file(folder / "thong_bao.docx")
    return folder


def make_recording(path: Path) -> None:
    import array
    import math
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(array.array("h", (round(9000 * math.sin(n / 20)) for n in range(48_000))).tobytes())


def make_word_file(path: Path, texts: tuple[str, ...] = ("THÔNG BÁO", "Kính mời bà con.")) -> None:
    import zipfile

    schema = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraphs = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{schema}"><w:body>{paragraphs}</w:body></w:document>'
        )


def test_the_first_commands_are_the_two_that_matter() -> None:
    first = [line.split("#")[0].strip() for line in blocks("sh")[0].splitlines()]
    assert first == ["make demo", "make test"]
    assert README.index("make demo") < 200


@pytest.mark.parametrize("line", [line for line in shell_lines() if line.startswith("make ")])
def test_make_targets_exist(line: str) -> None:
    target = shlex.split(line, comments=True)[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def is_run(words: list[str]) -> bool:
    """Whether the test below runs this line."""
    if words[0] in ("make", "cd") or words[1:] == PLAYS.split():
        return False
    return not any(words[1 : 1 + len(name.split())] == name.split() for name in NOT_RUN if words[0] == "broadcaster")


def test_every_command_line_of_the_readme_runs(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(station)
    lines = [line for line in dict.fromkeys(shell_lines()) if is_run(shlex.split(line, comments=True))]
    for day, line in enumerate(lines):
        # A day later each time, so that the journal sees time go on; fast, and in time for `--at 17:30`.
        start = datetime(2026, 12, 1, 17, 29, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(days=day)
        clock = f"{start.isoformat()} x60"
        words = shlex.split(line, comments=True)
        expected = 8 if words[1:] in [name.split() for name in NEEDS_A_STATION] else 0
        if words[1] == "emergency" and expected == 0:
            words += ["--repeat", "1"]  # nobody is there to cancel it
        if words[0] == "broadcaster":
            runner = CliRunner(env={"BROADCASTER_CLOCK": clock, "BROADCASTER_STATION": "", "BROADCASTER_LANG": ""})
            result = runner.invoke(main, words[1:])
            assert result.exit_code == expected, f"{line}\n{result.output}"
        else:
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            subprocess.run(["sh", "-c", line], env={**os.environ, "PATH": path}, check=True, timeout=60)
    assert len(lines) > 25


def test_every_command_is_documented() -> None:
    table = README.partition("### Commands")[2].partition("### Exit codes")[0]
    named = set()
    for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        family = ""
        for command in re.findall("`(.*?)`", cell):
            words = command.split()
            if words[0] in COMMANDS:
                family = words[0]
                named |= {words[0], " ".join(words[:2])}
            else:
                named.add(f"{family} {words[0]}")
    missing = [path for path in command_paths() if path not in named]
    assert not missing


def test_no_unknown_command_is_named() -> None:
    named = set(re.findall(r"\bbroadcaster ([a-z]+)\b", README.replace("program `broadcaster` (", "")))
    assert named <= set(COMMANDS) | {"init"}, named - set(COMMANDS)


def test_the_table_of_exit_codes_is_the_programs() -> None:
    table = README.partition("### Exit codes")[2]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    raised = {value.exit_code for value in classes if issubclass(value, errors.BroadcasterError)}
    assert listed == raised | {0, 130}


def test_row_keys_and_outcomes_are_the_programs() -> None:
    flat = " ".join(README.split())
    assert ", ".join(COLUMNS) in flat
    assert ", ".join(outcome.value for outcome in Outcome) in flat


def test_the_session_of_the_readme_is_one(tmp_path: Path) -> None:
    from broadcaster.schedule import load_timetables
    from broadcaster.settings import DEFAULT_LATE

    (tmp_path / "trua.toml").write_text(blocks("toml")[0], encoding="utf-8")
    loaded = load_timetables(tmp_path, default_late=DEFAULT_LATE, zones=("tat_ca",))
    assert not loaded.problems and len(loaded.timetables[0].sessions[0].items) == 4


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def help_pages(language: str) -> str:
    """All help pages as one document."""
    title = {"vi": "# Các lệnh", "en": "# Commands"}[language]
    note = {
        "vi": "Sinh ra từ chính chương trình; cập nhật: `UPDATE_DOCS=1 .venv/bin/pytest tests/test_readme.py`.",
        "en": "Made by the program itself; to renew: `UPDATE_DOCS=1 .venv/bin/pytest tests/test_readme.py`.",
    }[language]
    parts = [title, note]
    before = console.language()
    console.use_language(language)
    try:
        for path in ("", *command_paths()):
            context = click.Context(main, info_name="broadcaster", terminal_width=WIDTH, **SETTINGS)
            command: click.Command = main
            for name in path.split():
                assert isinstance(command, click.Group)
                inner = command.get_command(context, name)
                assert inner is not None
                command, context = inner, click.Context(inner, info_name=name, parent=context, terminal_width=WIDTH)
            parts += [f"## broadcaster {path}".rstrip(), f"```\n{command.get_help(context).rstrip()}\n```"]
    finally:
        console.use_language(before)
    return "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("language", PAGES)
def test_the_help_pages_in_docs_are_the_programs(language: str) -> None:
    if os.environ.get(UPDATE_VARIABLE):
        PAGES[language].parent.mkdir(exist_ok=True)
        PAGES[language].write_text(help_pages(language), encoding="utf-8")
    assert PAGES[language].read_text(encoding="utf-8") == help_pages(language), "renew them: see the file's second line"
