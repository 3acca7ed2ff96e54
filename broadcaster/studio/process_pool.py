"""A pool of processes: one request at a time each, started when needed, ended when idle, killed when late.

Processes are started with `subprocess`, never by forking: the station has threads. Knows nothing of sound.

A process reads requests from its standard input (u32 length, little-endian, and the bytes) and answers on its standard
output: one byte of kind, u32 length, bytes. `H` once, when it is ready; for a request `P` (progress), the first when it
was read, then one `R` (the result). It ends when its input does.
"""

from __future__ import annotations

import os
import struct
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from broadcaster.clock import SystemClock

IDLE_S = 20.0
"""An idle process is ended after this: a station renders for minutes a day, and one with a voice takes 200 MB."""
START_S = 10.0
"""A process that has not said hello by then never will; a cold, slow disk needs 2-3 s."""
EXIT_S = 2.0
"""How long a process whose input was closed may take to end before it is killed."""
MAX_MESSAGE_BYTES = 1 << 24
"""Messages are facts about clips, never sound: a length above it means that the stream is out of step."""
HELLO, PROGRESS, RESULT = b"H", b"P", b"R"

OnProgress = Callable[[bytes], float | None]
"""Told each progress message; says until when (monotonic seconds) the next message must come, None: the deadline."""

_clock = SystemClock()  # processes are waited for in real time


class ProcessError(Exception):
    """A process did not answer as it should. It is gone."""


class LateProcess(ProcessError):
    """Killed, because the deadline passed; or there was no free process before it."""


class DeadProcess(ProcessError):
    """It ended by itself in the middle."""

    def __init__(self, returncode: int | None, *, was_idle: bool) -> None:
        self.was_idle = was_idle
        """It had been waiting for work and did not begin: it may have died long ago, of something else (no memory)."""
        ending = f"signal {-returncode}" if returncode is not None and returncode < 0 else f"exit code {returncode}"
        super().__init__(ending)


class PooledProcess:
    """One process. Not for two threads at once."""

    def __init__(
        self, arguments: Sequence[str], deadline: float, *, start_s: float = START_S, environment: Mapping[str, str]
    ) -> None:
        """Start it and wait for its hello, at most `start_s` and until `deadline` (monotonic). Raises ProcessError."""
        self.idle_since: float | None = None
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._sink: IO[bytes] = self._process.stdin
        self._source: IO[bytes] = self._process.stdout
        self._late = threading.Event()
        self._timer: threading.Timer | None = None
        self._exchange(b"", HELLO, min(deadline, _clock.monotonic() + start_s), None)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def ask(self, request: bytes, deadline: float, on_progress: OnProgress | None = None) -> bytes:
        """Send `request`; the result, by `deadline` (monotonic). Raises ProcessError; then the process is gone."""
        return self._exchange(struct.pack("<I", len(request)) + request, RESULT, deadline, on_progress)

    def _exchange(self, sent: bytes, wanted: bytes, deadline: float, on_progress: OnProgress | None) -> bytes:
        self._kill_at(deadline)
        begun = False
        try:
            if sent:
                self._sink.write(sent)
                self._sink.flush()
            while True:
                kind, message = self._read_message()
                if kind == wanted:
                    return message
                if kind != PROGRESS or on_progress is None:
                    raise EOFError  # out of step: there is no telling what follows
                begun = True
                until = on_progress(message)
                self._kill_at(deadline if until is None else min(deadline, until))
        except (OSError, EOFError) as problem:
            self.kill()
            if self._late.is_set():
                raise LateProcess from problem
            was_idle = self.idle_since is not None and not begun
            raise DeadProcess(self._process.returncode, was_idle=was_idle) from problem
        except BaseException:
            self.kill()  # out of step (an exception of ours, Ctrl-C): its next answer would be the old one
            raise
        finally:
            self._cancel_timer()

    def _kill_at(self, deadline: float) -> None:
        """Killing is the one bound that works for reads and writes of pipes alike, on every system."""
        self._cancel_timer()
        self._timer = threading.Timer(max(0.0, deadline - _clock.monotonic()), self._kill_late)
        self._timer.daemon = True
        self._timer.start()

    def _kill_late(self) -> None:
        self._late.set()
        self._process.kill()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _read_message(self) -> tuple[bytes, bytes]:
        kind = self._read(1)
        (length,) = struct.unpack("<I", self._read(4))
        if length > MAX_MESSAGE_BYTES:
            raise EOFError
        return kind, self._read(length)

    def _read(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Close its input, which ends it; kill it when that does not help."""
        try:
            self._sink.close()
            self._process.wait(EXIT_S)
        except (OSError, subprocess.TimeoutExpired):
            self.kill()
        self._source.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._sink, self._source):
            try:
                pipe.close()
            except OSError:  # unsent bytes for a dead process
                continue


class ProcessPool:
    """At most `size` processes for any number of threads."""

    def __init__(
        self,
        arguments: Sequence[str],
        size: int,
        *,
        idle_s: float = IDLE_S,
        start_s: float = START_S,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`arguments`: the command of one process; `environment`: variables it has besides ours.

        Nothing is started before the first `ask`.
        """
        self.size = size
        self._arguments = tuple(arguments)
        self._idle_s = idle_s
        self._start_s = start_s
        self._environment = dict(environment or {})
        self._free = threading.Semaphore(size)
        self._lock = threading.Lock()
        self._idle: list[PooledProcess] = []
        self._sweep: threading.Timer | None = None

    def ask(self, request: bytes, deadline: float, on_progress: OnProgress | None = None) -> bytes:
        """One request to any process: its result, by `deadline` (monotonic). Raises ProcessError.

        A process found dead after idling is replaced and the request sent once more; one that dies at work is not.
        """
        if not self._free.acquire(timeout=max(0.0, deadline - _clock.monotonic())):
            raise LateProcess
        try:
            try:
                return self._ask(self._take(deadline), request, deadline, on_progress)
            except DeadProcess as death:
                if not death.was_idle:
                    raise
                return self._ask(self._started(deadline), request, deadline, on_progress)
        finally:
            self._free.release()

    def pids(self) -> list[int]:
        """Process ids of those that wait for work."""
        with self._lock:
            return [process.pid for process in self._idle]

    def close(self) -> None:
        """End the idle processes; those at work end when they are given back and idle. The pool stays usable."""
        with self._lock:
            processes, self._idle = self._idle, []
            if self._sweep is not None:
                self._sweep.cancel()
                self._sweep = None
        for process in processes:
            process.end()

    def _ask(self, process: PooledProcess, request: bytes, deadline: float, on_progress: OnProgress | None) -> bytes:
        answer = process.ask(request, deadline, on_progress)
        with self._lock:
            process.idle_since = _clock.monotonic()
            self._idle.append(process)
            self._plan_sweep()
        return answer

    def _take(self, deadline: float) -> PooledProcess:
        with self._lock:
            while self._idle:
                process = self._idle.pop()  # the warmest one, so that the others can grow old
                if process.alive():
                    return process
                process.kill()
        return self._started(deadline)

    def _started(self, deadline: float) -> PooledProcess:
        return PooledProcess(self._arguments, deadline, start_s=self._start_s, environment=self._environment)

    def _plan_sweep(self) -> None:
        """With the lock held: see to it that the next idle process's end is looked after."""
        if self._sweep is None and self._idle:
            oldest = min(process.idle_since or 0.0 for process in self._idle)
            self._sweep = threading.Timer(max(0.05, oldest + self._idle_s - _clock.monotonic()), self._end_idle)
            self._sweep.daemon = True
            self._sweep.start()

    def _end_idle(self) -> None:
        with self._lock:
            self._sweep = None
            old = [one for one in self._idle if _clock.monotonic() - (one.idle_since or 0.0) >= self._idle_s]
            self._idle = [process for process in self._idle if process not in old]
            self._plan_sweep()
        for process in old:
            process.end()
