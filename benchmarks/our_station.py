"""The real station, as its operators run it: `broadcaster run` in a folder of its own, asked through its journal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from broadcaster.journal import Journal, RequestRow
from broadcaster.model import Airing, OccurrenceKey, RequestKind
from broadcaster.station.address import Holder
from broadcaster.station.doorbell import ask_status, nudge
from broadcaster.station.lock import running

START_BOUND_S = 30.0
STOP_BOUND_S = 10.0
PROGRAM = str(Path(sys.executable).with_name("broadcaster"))
ZONES = ("trai", "phai")
"""Left and right channel, by which the recorder tells apart what plays."""

STATION_TOML = """\
[station]
name = "Đài đo"
commune = "xã Đo"
time_zone = "{time_zone}"
[hours]
allowed_from = "00:00"
allowed_to = "23:59"
daily_max_minutes = 1440
[voice]
engines = ["espeak"]
[output]
spec = "{spec}"
latency_s = {latency_s}
zones = [{zones}]
"""


class OurStation:
    """A context manager; the station runs inside it."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        spec: str,
        latency_s: float = 0.05,
        zones: tuple[str, ...] = ZONES,
        more: str = "",
    ) -> None:
        """`spec` as in station.toml, `more` are further tables of it. `env` reaches the sound server."""
        self.folder = folder
        self._env = {**os.environ, **env}
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("schedules", "scripts_vi"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        text = STATION_TOML.format(
            spec=spec, latency_s=latency_s, zones=", ".join(f'"{zone}"' for zone in zones), time_zone=morning_zone()
        )
        (folder / "station.toml").write_text(text + more, encoding="utf-8")

    def __enter__(self) -> OurStation:
        with (self.folder / "run.log").open("wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "--station", str(self.folder), "run"],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + START_BOUND_S
        while not (self._address() and self.status()):
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.__exit__()
                raise RuntimeError(f"the station did not start:\n{self.log()}")
            time.sleep(0.05)
        self.journal = Journal(self.folder / "journal" / "journal.sqlite3")
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_BOUND_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(STOP_BOUND_S)

    def _address(self) -> Holder | None:
        lock = self.folder / "journal" / "station.lock"
        self._holder = running(lock)
        return self._holder

    @property
    def pid(self) -> int:
        """Of the station itself."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What it printed."""
        return (self.folder / "run.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def status(self) -> dict[str, Any]:
        """As `broadcaster status --json`; empty while it has none."""
        assert self._holder is not None
        answer: dict[str, Any] = json.loads(ask_status(self._holder) or "{}")
        return answer

    def ask(self, kind: RequestKind, **payload: Any) -> tuple[float, int]:
        """As a door asks: a row in the journal, then the nudge. (machine-monotonic second before it, request)."""
        assert self._holder is not None
        began = time.monotonic()
        number = self.journal.ask(kind, "đo", payload)
        nudge(self._holder)
        return began, number

    def command(self, *arguments: str) -> float:
        """Run a real `broadcaster …` command to its end. Machine-monotonic second before it was started."""
        began = time.monotonic()
        subprocess.run(
            [PROGRAM, "--station", str(self.folder), *arguments],
            env=self._env,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_BOUND_S,
        )
        return began

    def row(self, number: int) -> RequestRow:
        """A request and what became of it."""
        row = self.journal.request(number)
        assert row is not None
        return row

    def ended(self, number: int, bound_s: float = 30.0) -> RequestRow:
        """A request once it has its verdict."""
        give_up = time.monotonic() + bound_s
        while (row := self.row(number)).ended_at is None:
            if time.monotonic() > give_up:
                raise RuntimeError(f"request {number} does not end:\n{self.log()}")
            time.sleep(0.02)
        return row

    def airings(self, number: int) -> list[Airing]:
        """What became of a request, item by item."""
        return self.journal.airings_of(OccurrenceKey(f"yeu_cau/{number}"))

    def clip_path(self, airing: Airing) -> Path:
        """The cached sound of an airing."""
        for entry in (self.folder / "audio_cache").glob("??/*.json"):
            facts = json.loads(entry.read_text(encoding="utf-8"))
            if facts["audio_sha256"] == airing.audio_sha256:
                return entry.parent / str(facts["sound"])
        raise LookupError(airing.audio_sha256)


def morning_zone() -> str:
    """A time zone in which it is between six and seven in the morning now, so that no run meets midnight."""
    west = datetime.now(UTC).hour - 6
    west = west - 24 if west > 12 else west
    # POSIX's sign: Etc/GMT+5 is five hours behind Greenwich.
    return f"Etc/GMT{west:+d}" if west else "Etc/GMT"
