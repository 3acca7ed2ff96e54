"""English is English: with `--lang en` no Vietnamese is printed but the station's own names and texts.

The station of this test has none: its names and texts are plain ASCII, and so is how they are spoken. Every command is
called, on its own and beside a running station, with and without success.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from broadcaster.cli import main
from broadcaster.cli.table import COMMANDS
from tests.cli.conftest import MORNING, Call, Running, Said

STATION = """\
[station]
name = "Dan Tien station"
commune = "Dan Tien"

[placeholders]
phone = "the office"

[voice]
engines = ["tone"]

[output]
spec = "none"
"""
SESSIONS = """\
[session.morning]
title = "Morning"
time = "09:01"
items = [{ chime = true }, { script = "short" }, { pause = "2s" }, { script = "missing" }, { topic = "II.1" }]

[session.night]
title = "Night"
time = "23:30"
items = [{ script = "short" }]
"""
SCRIPT = '+++\nid = "{name}"\ntitle = "{name} one"\ntopic = "{topic}"\n+++\n{text}\n'
SCRIPTS = {
    "short": ("II.1.9", "Call {phone}."),
    "unsure": ("", "Xyzt."),
    "open": ("", "Call {nobody}."),
}
NOT_CALLED = {
    "demo": "its own texts are Vietnamese",
    "run": "its process runs beside the commands of the second test",
    "voices install": "brings 60 MB",
}
ALONE = (
    "say Good-morning.",
    "say Good-morning. --json",
    "say",
    "say Good-night. --at 23:40",
    "say Hello. --zone nowhere",
    "say Hello. --voice nobody:none",
    "play tone.wav --json",
    "play missing.wav",
    "play broken.wav",
    "emergency Water. --yes --repeat 1",
    "emergency --cancel",
    "stop --json",
    "stop",
    "say Hello.",
    "resume --clock",
    "skip",
    "cancel 3",
    "queue",
    "status",
    "status --json",
    "rundown",
    "rundown show today --json",
    "rundown show yeu_cau/1",
    "rundown show no/such/2026-01-01",
    "rundown drop 1",
    "rundown insert a/b/c --text Hello.",
    "rundown move 1",
    "rundown replace 1",
    "scripts list",
    "scripts show short",
    "scripts show missing",
    "scripts check",
    "scripts check --json",
    "scripts new fresh --title Fresh --topic II.1.9",
    "scripts import words.docx",
    "scripts approve short",
    "scripts coverage",
    "preview short --text-only",
    "preview short --wav out.wav",
    "preview --text Xyzt. --text-only",
    "spoken words.txt --json",
    "render --days 1",
    "render --days 1 --json",
    "schedule show --days 2 --items",
    "schedule next",
    "schedule check",
    "schedule check --json",
    "schedule export --ics plan.ics",
    "rehearse 2026-12-01",
    "rehearse 2026-12-01 --json",
    "journal",
    "journal --json",
    "journal --from nonsense",
    "report week",
    "report week --json",
    "report week --html week.html",
    "voices",
    "voices --json",
    "voices --try Hello. --out voices_tried",
    "devices",
    "doctor",
    "doctor --json",
    "doctor --alarm",
    "cache info",
    "cache prune",
    "cache clear --yes",
    "backup all.tar.gz",
    "restore all.tar.gz",
    "init made",
    "jornal",
    "journal --form x",
)
BESIDE = (
    "run",
    "status",
    "status --json",
    "queue",
    "rundown",
    "rundown show 2026-12-01 --json",
    "rundown show lich/morning/2026-12-01",
    "rundown drop 999",
    "rundown insert no/such/2026-12-01 --text Hello.",
    "rundown insert lich/morning/2026-12-01 --text Hello. --reason because",
    "rundown replace 2 --text Other.",
    "rundown move 2 --to lich/night/2026-12-01",
    "say Hello. --at 17:30 --json",
    "queue",
    "cancel 99",
    "cancel no/such/2026-12-01",
    "skip --zone nowhere",
    "skip",
    "emergency --cancel",
    "say Good-morning. --wait --json",
    "play tone.wav --wait",
    "stop --json",
    "say Hello. --wait",
    "status",
    "doctor --json",
    "resume",
    "journal --json",
)


def marked(text: str) -> set[str]:
    """The words of a text that hold a letter which only Vietnamese has in this program."""

    def is_marked(letter: str) -> bool:
        return letter in "đĐ" or (letter.isalpha() and unicodedata.normalize("NFD", letter) != letter)

    return {word for word in re.findall(r"\w+", text) if any(map(is_marked, word))}


@pytest.fixture
def plain(tmp_path: Path, call: Call) -> Path:
    """A station without a Vietnamese letter; the files that the commands name lie in the folder they run in."""
    folder = tmp_path / "plain"
    (folder / "schedules").mkdir(parents=True)
    (folder / "scripts_vi").mkdir()
    (folder / "station.toml").write_text(STATION, encoding="utf-8")
    (folder / "schedules" / "lich.toml").write_text(SESSIONS, encoding="utf-8")
    (folder / "scripts_vi" / "noi_dung.tsv").write_text("II.1.9\tOne stop\nII.1.10\tHot line\n", encoding="utf-8")
    for name, (topic, text) in SCRIPTS.items():
        script = SCRIPT.replace("{name}", name).replace("{topic}", topic).replace("{text}", text)
        (folder / "scripts_vi" / f"{name}.txt").write_text(script, encoding="utf-8")
    (folder / "tu_dien.tsv").write_text("", encoding="utf-8")
    make_files()
    return folder


def make_files() -> None:
    """Input of the commands, in the folder they run in."""
    from tests.test_readme import make_recording, make_word_file

    make_recording(Path("tone.wav"))
    Path("broken.wav").write_bytes(b"no sound")
    Path("words.txt").write_text("Call us.\nXyzt.\n", encoding="utf-8")
    make_word_file(Path("words.docx"), ("NOTICE", "Please come."))


def paths_of_all_commands() -> Iterator[str]:
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        if isinstance(command, click.Group):
            yield from (f"{name} {inner}" for inner in command.commands)
        else:
            yield name


def test_every_command_is_called_here() -> None:
    called = {*ALONE, *BESIDE}
    missing = [
        path
        for path in paths_of_all_commands()
        if path not in NOT_CALLED and not any(line.split()[: len(path.split())] == path.split() for line in called)
    ]
    assert not missing


def test_no_command_says_a_vietnamese_word(plain: Path, call: Call) -> None:
    found = {}
    for line in ALONE:
        said = call(*line.split(), station=plain, clock=MORNING, lang="en")
        assert said.code != 1, f"{line}: {said}"
        if words := marked(said.out + said.err):
            found[line] = sorted(words)
    assert not found


def test_no_command_beside_a_running_station_says_one(plain: Path, call: Call) -> None:
    running = Running(plain, MORNING.replace("09:00", "09:00:30").replace("x40", "x4"), lang="en")
    try:
        running.ready()
        found = {line: words for line in BESIDE if (words := marked(_everything(running.call, line)))}
        assert running.terminate() == 0
        console = "\n".join(running.console)
        assert "the station starts" in console and not marked(console)
    finally:
        running.close()
    assert not found


def _everything(run: Callable[..., Said], line: str) -> str:
    said = run(*line.split())
    assert said.code != 1, f"{line}: {said}"
    return said.out + said.err
