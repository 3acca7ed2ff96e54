"""Other players on the same sink, each asked in its own way. What they cannot do, they say with `can`."""

from __future__ import annotations

import enum
import os
import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from processes import end

START_BOUND_S = 60.0
"""Liquidsoap type-checks its library at every start: ten seconds on a busy machine."""
SETTLE_S = 1.5
ANSWER_BOUND_S = 5.0


class Task(enum.StrEnum):
    """What a player is measured at."""

    IDLE = "idle"
    """Nothing plays, an alert is asked for."""
    CUT_IN = "cut in"
    """A background plays, an alert is asked for that must interrupt it."""
    PLANNED = "planned"
    """An alert is planned for a second of the clock."""


class Player(ABC):
    """One program on the sink. `start`, then `alert` as often as wanted, then `stop`."""

    name: str
    program: str
    """What must be installed."""

    def __init__(self, folder: Path, env: Mapping[str, str], alert: Path, background: Path) -> None:
        """`alert` sounds on the right channel, `background` on the left."""
        self.folder = folder
        self.env = {**os.environ, **env}
        self.alert_path = alert
        self.background = background
        self.process: subprocess.Popen[bytes] | None = None
        self.address = str(folder / f"{self.name}.sock")

    @classmethod
    def can(cls, task: Task) -> bool:
        """Whether the program has such a thing."""
        return True

    @classmethod
    def installed(cls) -> bool:
        """Whether it can be measured here."""
        return shutil.which(cls.program) is not None

    @property
    def pid(self) -> int:
        """Root of its process tree."""
        assert self.process is not None
        return self.process.pid

    @abstractmethod
    def start(self, task: Task, moments: Sequence[float]) -> None:
        """Be ready; for PLANNED the alert is wanted at each of `moments` (Unix time)."""

    @abstractmethod
    def alert(self) -> float:
        """Ask for the alert; machine-monotonic second before asking."""

    def after_alert(self) -> None:  # noqa: B027  (most players have nothing to clean up)
        """The alert has ended: clean up before the next one."""

    def stop(self) -> None:
        """End it."""
        end(self.process)

    def spawn(self, *command: str) -> None:
        """Start the program and wait for its socket."""
        Path(self.address).unlink(missing_ok=True)
        with (self.folder / f"{self.name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        give_up = time.monotonic() + START_BOUND_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise RuntimeError(f"{self.name} did not start:\n{self.log()}")
            time.sleep(0.05)
        time.sleep(SETTLE_S)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as door:
            return door.connect_ex(self.address) == 0

    def log(self) -> str:
        """What it printed last."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")[-1500:]

    def tell(self, line: str, until: bytes = b"\n", *, greets: bool = False) -> float:
        """Send one line and wait for the answer; machine-monotonic second before sending."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(ANSWER_BOUND_S)
            door.connect(self.address)
            if greets:
                door.recv(100)
            began = time.monotonic()
            door.sendall(f"{line}\n".encode())
            answer = b""
            while until not in answer and (more := door.recv(4096)):
                answer += more
        return began


class Liquidsoap(Player):
    """A queue before a background before silence; planned starts by predicates on the time, as its book shows."""

    name = program = "liquidsoap"

    def start(self, task: Task, moments: Sequence[float]) -> None:
        source = {
            Task.IDLE: "fallback(track_sensitive=false, [q, blank()])",
            Task.CUT_IN: f'fallback(track_sensitive=false, [q, single("{self.background}"), blank()])',
            Task.PLANNED: self._switch(moments),
        }[task]
        script = self.folder / "station.liq"
        script.write_text(
            "settings.init.allow_root.set(true)\n"
            "settings.frame.audio.samplerate.set(48000)\n"
            "settings.log.file.set(false)\n"
            "settings.server.socket.set(true)\n"
            f'settings.server.socket.path.set("{self.address}")\n'
            "settings.server.telnet.set(false)\n"
            'q = request.queue(id="q")\n'
            f'output.pulseaudio(device="loa", fallible=false, {source})\n'
        )
        self.spawn("liquidsoap", str(script))

    def _switch(self, moments: Sequence[float]) -> str:
        plays = [
            f'({{time() >= {moment:.1f} and time() < {moment + 2:.1f}}}, once(single("{self.alert_path}")))'
            for moment in moments
        ]
        return f"switch(track_sensitive=false, [{', '.join([*plays, '({true}, blank())'])}])"

    def alert(self) -> float:
        return self.tell(f"q.push {self.alert_path}", b"END")


class Mpd(Player):
    """It has neither alerts nor a schedule; the nearest thing to cutting in is a jump in its playlist."""

    name = program = "mpd"

    @classmethod
    def can(cls, task: Task) -> bool:
        return task is not Task.PLANNED

    def start(self, task: Task, moments: Sequence[float]) -> None:
        self._task = task
        (self.folder / "playlists").mkdir(exist_ok=True)
        config = self.folder / "mpd.conf"
        config.write_text(
            f'music_directory "{self.alert_path.parent}"\nplaylist_directory "{self.folder}/playlists"\n'
            f'db_file "{self.folder}/mpd.db"\nbind_to_address "{self.address}"\nauto_update "no"\n'
            'audio_output {\n type "pulse"\n name "loa"\n sink "loa"\n}\n'
        )
        self.spawn("mpd", "--no-daemon", "--stdout", str(config))
        self._tell("update")
        time.sleep(SETTLE_S)
        if task is Task.CUT_IN:
            for line in (f"add {self.background.name}", "repeat 1", "play 0"):
                self._tell(line)

    def _tell(self, line: str) -> float:
        return self.tell(line, greets=True)

    def alert(self) -> float:
        name = self.alert_path.name
        if self._task is Task.CUT_IN:
            return self._tell(f"command_list_begin\nadd {name}\nplay 1\ncommand_list_end")
        self._tell("clear")
        self._tell(f"add {name}")
        return self._tell("play")

    def after_alert(self) -> None:
        if self._task is Task.CUT_IN:
            self._tell("delete 1:")


class Baseline(Player):
    """baseline_player.py: one PortAudio stream kept open, APScheduler for planned times."""

    name = "baseline"
    program = sys.executable
    latency_s = 0.05

    def start(self, task: Task, moments: Sequence[float]) -> None:
        player = str(Path(__file__).with_name("baseline_player.py"))
        self.spawn(sys.executable, player, self.address, "loa", str(self.latency_s))
        if task is Task.CUT_IN:
            self.tell(f"BG {self.background}")
        for moment in moments:
            self.tell(f"AT {moment} {self.alert_path}")

    def alert(self) -> float:
        return self.tell(f"PLAY {self.alert_path}")
