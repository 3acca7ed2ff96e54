"""Calls the program as people do: in this process where that is enough, else as a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from broadcaster.cli import main
from broadcaster.sample import make_station

MORNING = "2026-12-01T09:00+07:00 x40"
"""A test clock from nine o'clock, forty times as fast: a notice of ten seconds takes a quarter of one."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Output and exit code of a command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Said]


@pytest.fixture(scope="session")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample station with the tone engine and the output `none`."""
    folder = tmp_path_factory.mktemp("mau") / "dai"
    make_station(folder)
    settings = folder / "station.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace('engines = ["piper", "gtts", "espeak"]', 'engines = ["tone"]')
    text = text.replace('spec = "soundcard"', 'spec = "none"')
    settings.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def station(_sample: Path, tmp_path: Path) -> Path:
    """A station of this test's own."""
    folder = tmp_path / "dai"
    shutil.copytree(_sample, folder)
    return folder


SHORT = """\
[session.ngan]
title = "Phiên ngắn"
time = "09:01"
items = [{ chime = true }, { script = "ngan" }]
"""


@pytest.fixture
def short(station: Path) -> Path:
    """A station with one script of one line, in one session, at 09:01: nothing else to be rendered."""
    for file in (*(station / "schedules").glob("*.toml"), *(station / "scripts_vi").glob("*.txt")):
        file.unlink()
    (station / "schedules" / "lich.toml").write_text(SHORT, encoding="utf-8")
    (station / "scripts_vi" / "ngan.txt").write_text(
        '+++\nid = "ngan"\ntitle = "Ngắn"\n+++\nMời bà con ra họp.\n', encoding="utf-8"
    )
    return station


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """call("say", "…", station=folder, clock=MORNING) -> Said. Runs in this process, outside any station."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def run(
        *arguments: object, station: Path | None = None, clock: str = "", lang: str = "vi", typed: str = ""
    ) -> Said:
        environment = {
            "BROADCASTER_STATION": str(station or ""),
            "BROADCASTER_CLOCK": clock,
            "BROADCASTER_LANG": lang,
            "BROADCASTER_USER": "chi_hoa",
        }
        runner = CliRunner(env=environment, mix_stderr=False)
        result = runner.invoke(main, [str(argument) for argument in arguments], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


class Running:
    """A real `broadcaster run` process. Its console is read line by line: events are waited for, not slept for."""

    def __init__(self, station: Path, clock: str, *arguments: str, lang: str = "vi") -> None:
        self.station = station
        self.witness = station / "witness.jsonl"
        self.environment = {
            **os.environ,
            "BROADCASTER_CLOCK": clock,
            "BROADCASTER_STATION": str(station),
            "BROADCASTER_LANG": lang,
            "BROADCASTER_USER": "chi_hoa",
        }
        command = [sys.executable, "-m", "broadcaster", "run", "--output", f"log:{self.witness}", *arguments]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self.console: list[str] = []

    def until(self, words: str) -> str:
        """Read on until a line holds `words`; the test's own time limit is the bound."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.console.append(line.rstrip())
            if words in line:
                return line
        raise AssertionError(f"the station ended without «{words}»:\n" + "\n".join(self.console))

    def ready(self) -> Running:
        """Wait until the station's doors are open: its address is published."""
        self.until({"vi": "bắt đầu chạy", "en": "the station starts"}[self.environment["BROADCASTER_LANG"]])
        end = time.monotonic() + 30
        while not (self.station / "journal" / "station.address.json").exists():
            assert self.process.poll() is None and time.monotonic() < end
            time.sleep(0.01)
        return self

    def call(self, *arguments: str) -> Said:
        """Run a command as from another terminal, which does not know the station's clock."""
        environment = {**self.environment, "BROADCASTER_CLOCK": ""}
        command = [sys.executable, "-m", "broadcaster", *arguments]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, encoding="utf-8")
        return Said(code=answer.returncode, out=answer.stdout, err=answer.stderr)

    def heard(self) -> list[dict[str, Any]]:
        """Lines of the witness so far."""
        if not self.witness.exists():
            return []
        return [json.loads(line) for line in self.witness.read_text(encoding="utf-8").splitlines()]

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.terminate()
        assert self.process.stdout is not None
        self.console += self.process.stdout.read().splitlines()
        return self.process.wait(timeout=30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def run_station(station: Path):
    """run_station(clock) -> Running, ended with the test whatever happens."""
    started: list[Running] = []

    def start(clock: str, *arguments: str) -> Running:
        running = Running(station, clock, *arguments)
        started.append(running)
        return running

    yield start
    for running in started:
        running.close()
