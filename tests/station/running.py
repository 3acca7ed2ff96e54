"""`broadcaster run` as a process of its own, under the test clock, with `log:` as the witness."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from broadcaster.clock import ScaledClock
from broadcaster.journal import Journal
from broadcaster.model import RequestKind, State, request_key
from broadcaster.settings import load_settings
from broadcaster.station.doorbell import ask_status, nudge
from broadcaster.station.lock import running
from tests.station.wall import SettableWall

BROADCASTER = str(Path(sys.executable).with_name("broadcaster"))
SPEED = 60.0
PATIENCE_S = 40.0
"""Nothing in these tests takes longer, both cores busy or not."""
PAUSE_S = 0.02


class RunningStation:
    """One process, what it said, and a door to it."""

    def __init__(
        self,
        folder: Path,
        at: datetime,
        *,
        speed: float = SPEED,
        witness: Path | None = None,
        words: Path | None = None,
        wall: SettableWall | None = None,
    ) -> None:
        """Under the test clock, or, with `wall`, under the system's own, which somebody sets."""
        self.settings = load_settings(folder)
        self.folder = folder
        self.witness = witness or folder.parent / f"{folder.name}-nghe.jsonl"
        self._words = words or self.witness.with_suffix(".noi.txt")
        self.clock = wall or ScaledClock(at, speed)
        under = wall.environment if wall else {"BROADCASTER_CLOCK": f"{at.isoformat()} x{speed:g}"}
        with self._words.open("ab") as words:
            self.process = subprocess.Popen(
                [BROADCASTER, "--station", str(folder), "run", "--output", f"log:{self.witness}"],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                env={**os.environ, **under},
            )
        self.until(self.status, "it runs")

    def said(self) -> str:
        """Its console."""
        return self._words.read_text(encoding="utf-8")

    def status(self) -> dict:
        """What it says of itself; empty while it says nothing."""
        holder = running(self.settings.lock_path)
        answer = ask_status(holder) if holder is not None and holder.pid == self.process.pid else None
        return json.loads(answer) if answer else {}

    def until(self, happened: Callable[[], object], what: str) -> None:
        """Wait for something, with a bound."""
        give_up = time.monotonic() + PATIENCE_S
        while not happened():
            assert self.process.poll() is None, f"{what}: it ended\n{self.said()}"
            assert time.monotonic() < give_up, f"{what}: never\n{self.said()}\n{self.rows()}\n{self.reasons()}"
            time.sleep(PAUSE_S)

    def until_said(self, words: str) -> None:
        """Wait for a line on its console."""
        self.until(lambda: words in self.said(), f"it says {words!r}")

    def until_ended(self, *occurrences: str) -> None:
        """Wait until each of these has a verdict."""
        self.until(lambda: all(self.verdict(key) for key in occurrences), f"{occurrences} ended")

    def ask(self, kind: RequestKind, **payload: object) -> int:
        """As a command does. Returns the request's number."""
        with self._journal() as journal:
            number = journal.ask_raw(kind, json.dumps(payload), "Chị Lan")
        holder = running(self.settings.lock_path)
        if holder is not None:
            nudge(holder)
        return number

    def answer(self, number: int) -> tuple[str, str]:
        """Wait for a request's result, and what became of what it asked for: (outcome or result, reason)."""
        found: list[tuple[str, str]] = []

        def ended() -> bool:
            with self._journal() as journal:
                row = journal.request(number)
                occurrence = journal.occurrence(request_key(number))
            if row is not None and row.result is not None:
                told = row.result if occurrence is None or occurrence.outcome is None else occurrence.outcome
                found.append((told, row.reason.text()))
            return bool(found)

        self.until(ended, f"request {number} ended")
        return found[0]

    def rows(self) -> list[tuple[str, str, str]]:
        """(occurrence, item, outcome) of every airing."""
        with self._journal() as journal:
            return [(a.occurrence, a.item, str(a.outcome)) for a in journal.airings()]

    def reasons(self) -> list[str]:
        """Why each airing ended as it did."""
        with self._journal() as journal:
            return [a.reason.text() for a in journal.airings()]

    def verdict(self, key: str) -> tuple[str, str] | None:
        """(outcome, reason) of an occurrence."""
        with self._journal() as journal:
            row = journal.occurrence(key)  # type: ignore[arg-type]
        return None if row is None or row.outcome is None else (row.outcome, row.reason.text())

    def state(self, key: str) -> State | None:
        """What the journal says of an occurrence; None while it does not know it."""
        with self._journal() as journal:
            row = journal.occurrence(key)  # type: ignore[arg-type]
        return None if row is None else row.state

    def notes(self) -> list[str]:
        """Events of the journal."""
        with self._journal() as journal:
            return [event.text.vi for event in journal.events()]

    def heard(self) -> list[tuple[str, str, str]]:
        """(event, item, hash) of every line of the witness."""
        lines = self.witness.read_text(encoding="utf-8").splitlines() if self.witness.exists() else []
        return [(fact["event"], fact["item"], fact["audio_sha256"]) for fact in map(json.loads, lines)]

    def heard_whole(self) -> list[str]:
        """Items that the witness heard to their end."""
        return [item for event, item, _ in self.heard() if event == "end"]

    @contextmanager
    def _journal(self) -> Iterator[Journal]:
        journal = Journal(self.settings.journal_path, self.clock, durable=False)
        try:
            yield journal
        finally:
            journal.close()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def stop(self) -> int:
        """SIGTERM. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@contextmanager
def running_station(folder: Path, at: datetime, **how: object) -> Iterator[RunningStation]:
    """A station for one test; it must end well."""
    station = RunningStation(folder, at, **how)  # type: ignore[arg-type]
    try:
        yield station
    except BaseException:
        station.kill()
        raise
    assert station.stop() in (0, -signal.SIGKILL), station.said()
    assert "Traceback" not in station.said(), station.said()


def run_command(folder: Path, *arguments: str) -> None:
    """One command of an operator, to its good end."""
    subprocess.run(
        [BROADCASTER, "--station", str(folder), *arguments], check=True, capture_output=True, timeout=PATIENCE_S
    )
