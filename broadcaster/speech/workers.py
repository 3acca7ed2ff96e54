"""A pool of worker processes: one request at a time each, started when needed, ended when idle, killed when late.

Processes are started with `subprocess`, never by forking: the station has threads. Knows nothing of speech.
"""

from __future__ import annotations

import struct
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO

IDLE_S = 30.0
"""An idle worker is ended after this: a station renders for seconds a day and must not keep 20 MB per core for it."""
START_S = 10.0
"""A worker that has not said hello by then never will; a cold, slow disk needs 2-3 s."""
EXIT_S = 2.0
"""How long a worker whose input was closed may take to end before it is killed."""
MAX_PART_BYTES = 1 << 30
"""More than six hours of 16-bit samples at 22 kHz: a length above it means that the stream is out of step."""


class WorkerError(Exception):
    """A worker did not answer as it should."""


class RefusedByWorker(WorkerError):
    """The worker is well and says what is wrong with the request."""


class LateWorker(WorkerError):
    """Killed, because the deadline passed."""


class DeadWorker(WorkerError):
    """It ended by itself in the middle."""

    def __init__(self, returncode: int | None, *, was_idle: bool) -> None:
        self.was_idle = was_idle
        """It had been waiting for work before: it may have died long ago, of something else (out of memory)."""
        ending = f"signal {-returncode}" if returncode is not None and returncode < 0 else f"exit code {returncode}"
        super().__init__(ending)


class Worker:
    """One process. Not for two threads at once."""

    def __init__(self, arguments: Sequence[str], deadline: float, start_s: float = START_S) -> None:
        """Start it and wait for its hello, at most `start_s` and until `deadline` (monotonic). Raises WorkerError."""
        self.idle_since: float | None = None
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._sink: IO[bytes] = self._process.stdin
        self._source: IO[bytes] = self._process.stdout
        try:
            (self.hello,) = self._exchange(b"", 1, min(deadline, time.monotonic() + start_s))
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def ask(self, request: bytes, parts: int, deadline: float) -> list[bytes]:
        """Send `request`, read an answer of so many `parts`, by `deadline` (monotonic). Raises WorkerError.

        After LateWorker and DeadWorker the process is gone.
        """
        return self._exchange(struct.pack("<I", len(request)) + request, parts, deadline)

    def _exchange(self, sent: bytes, parts: int, deadline: float) -> list[bytes]:
        late = threading.Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        # Killing is the one bound that works for reads and writes of pipes alike, on every system.
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), kill)
        timer.daemon = True
        timer.start()
        try:
            if sent:
                self._sink.write(sent)
                self._sink.flush()
            kind = self._read(1)
            if kind not in (b"K", b"E"):
                raise EOFError  # out of step: there is no telling what follows
            answer = [self._read_part() for _ in range(parts if kind == b"K" else 1)]
        except (OSError, EOFError) as problem:
            self.kill()
            if late.is_set():
                raise LateWorker from problem
            raise DeadWorker(self._process.returncode, was_idle=self.idle_since is not None) from problem
        finally:
            timer.cancel()
        if kind != b"K":
            raise RefusedByWorker(answer[0].decode("utf-8", "replace"))
        return answer

    def _read_part(self) -> bytes:
        (length,) = struct.unpack("<I", self._read(4))
        if length > MAX_PART_BYTES:
            raise EOFError
        return self._read(length)

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


class WorkerPool:
    """At most `size` workers for any number of threads."""

    def __init__(
        self, arguments: Sequence[str], size: int, *, idle_s: float = IDLE_S, start_s: float = START_S
    ) -> None:
        """`arguments`: the command of one worker. Nothing is started before the first `ask`."""
        self._arguments = tuple(arguments)
        self._idle_s = idle_s
        self._start_s = start_s
        self._free = threading.Semaphore(size)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._sweep: threading.Timer | None = None

    def ask(self, request: bytes, parts: int, deadline: float) -> tuple[bytes, list[bytes]]:
        """One request to any worker: its hello and the parts of its answer. Raises WorkerError.

        A worker found dead after idling is replaced and the request sent once more; one that dies at work is not.
        """
        if not self._free.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise LateWorker
        try:
            try:
                return self._ask(self._take(deadline), request, parts, deadline)
            except DeadWorker as death:
                if not death.was_idle:
                    raise
                return self._ask(Worker(self._arguments, deadline, self._start_s), request, parts, deadline)
        finally:
            self._free.release()

    def _ask(self, worker: Worker, request: bytes, parts: int, deadline: float) -> tuple[bytes, list[bytes]]:
        try:
            answer = worker.ask(request, parts, deadline)
        except RefusedByWorker:
            self._give_back(worker)
            raise
        except BaseException:
            worker.kill()  # out of step (an exception of ours, Ctrl-C): its next answer would be the old one
            raise
        self._give_back(worker)
        return worker.hello, answer

    def pids(self) -> list[int]:
        """Process ids of the workers that wait for work."""
        with self._lock:
            return [worker.pid for worker in self._idle]

    def close(self) -> None:
        """End the idle workers; those at work end when they are given back and idle. The pool stays usable."""
        with self._lock:
            workers, self._idle = self._idle, []
            if self._sweep is not None:
                self._sweep.cancel()
                self._sweep = None
        for worker in workers:
            worker.end()

    def _take(self, deadline: float) -> Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()  # the warmest one, so that the others can grow old
                if worker.alive():
                    return worker
                worker.kill()
        return Worker(self._arguments, deadline, self._start_s)

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            worker.idle_since = time.monotonic()
            self._idle.append(worker)
            self._plan_sweep()

    def _plan_sweep(self) -> None:
        """With the lock held: see to it that the next idle worker's end is looked after."""
        if self._sweep is None and self._idle:
            oldest = min(worker.idle_since or 0.0 for worker in self._idle)
            self._sweep = threading.Timer(max(0.05, oldest + self._idle_s - time.monotonic()), self._end_idle)
            self._sweep.daemon = True
            self._sweep.start()

    def _end_idle(self) -> None:
        with self._lock:
            self._sweep = None
            old = [w for w in self._idle if time.monotonic() - (w.idle_since or 0.0) >= self._idle_s]
            self._idle = [worker for worker in self._idle if worker not in old]
            self._plan_sweep()
        for worker in old:
            worker.end()
