"""Lives of the program that need not import it anew: forked from a process that has done so and nothing else.

Hundreds of stations are started and killed, and most of what a short life costs is Python reading our modules. A forked
life is a process as real as any: a session, a clock and files of its own, `broadcaster run` by the program's own
`main`, ended by SIGKILL. The nursery itself has neither threads nor files of a station.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from broadcaster.text.reader import spoken_line

MODULES = (
    "broadcaster.cli",
    "broadcaster.cli.log_file",
    "broadcaster.cli.run",
    "broadcaster.service.running",
    "broadcaster.schedule.jobs",
    "broadcaster.schedule.manual_scheduler",
    "broadcaster.schedule.repeating",
    "broadcaster.speakers.log",
    "broadcaster.station.rehearsal",
    "broadcaster.station.station",
)
PAUSE_S = 0.005


class Nursery:
    """A context manager; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            # Threads of a numerical library do not survive a fork.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(self, arguments: Sequence[str], *, env: Mapping[str, str], stderr: Path) -> ForkedLife:
        """`broadcaster ARGUMENTS` with these variables beside the nursery's own, in a session of its own."""
        pid = self.ask({"start": list(arguments), "env": dict(env), "stderr": str(stderr)})
        assert pid is not None
        return ForkedLife(self, pid)

    def ask(self, question: dict[str, object]) -> int | None:
        """One line there, one line back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            answer: int | None = json.loads(self._process.stdout.readline())
            return answer


class ForkedLife:
    """What `subprocess.Popen` offers, as far as the tests use it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code (negative: the signal that killed it), or None while it runs."""
        if self._code is None:
            self._code = self._nursery.ask({"poll": self.pid})
        return self._code

    def wait(self, timeout: float) -> int:
        """Raises subprocess.TimeoutExpired after `timeout` seconds."""
        give_up = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > give_up:
                raise subprocess.TimeoutExpired("broadcaster", timeout)
            time.sleep(PAUSE_S)
        return code

    def send_signal(self, which: int) -> None:
        """Nothing happens to a process that has ended."""
        if self.poll() is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def serve() -> None:
    """The nursery's own loop; it returns when its parent closes the pipe, and in no child."""
    for module in MODULES:
        importlib.import_module(module)
    spoken_line("1 bà con")  # compiles the patterns of every pass
    for line in sys.stdin:
        question = json.loads(line)
        answer = _code_of(question["poll"]) if "poll" in question else _fork(question)
        print(json.dumps(answer), flush=True)


def _code_of(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(question: dict[str, object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    stderr = os.open(str(question["stderr"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, target in ((null, 0), (null, 1), (stderr, 2)):
        os.dup2(source, target)
    os.closerange(3, 256)
    variables, arguments = question["env"], question["start"]
    assert isinstance(variables, dict)
    assert isinstance(arguments, list)
    os.environ.update(variables)
    from broadcaster.cli import main

    main(arguments)
    raise AssertionError("the program leaves by SystemExit")


if __name__ == "__main__":
    serve()
