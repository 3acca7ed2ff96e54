"""What processes cost (read from /proc, Linux only), and how to keep the cores busy."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
STOP_BOUND_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a process and all its descendants, at one moment."""

    cpu_s: float
    """Processor time so far, user and system, children that have ended included."""
    pss_mb: float
    """Proportional set size, 10⁶ bytes: shared pages are counted once among those who share them."""
    rss_mb: float
    """Sum of resident sizes: what a naive look at the process list adds up to."""
    processes: int


def cost(pid: int) -> Cost:
    """Of the tree below `pid`."""
    cpu_s = pss = rss = 0.0
    pids = tree(pid)
    for each in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            cpu_s += sum(map(int, _stat(each)[11:15])) / TICKS_PER_S
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                kind, _, size = line.partition(":")
                if kind in ("Pss", "Rss"):
                    kilobytes = int(size.split()[0])
                    pss, rss = (pss + kilobytes, rss) if kind == "Pss" else (pss, rss + kilobytes)
    return Cost(cpu_s=cpu_s, pss_mb=pss * 1024 / 1e6, rss_mb=rss * 1024 / 1e6, processes=len(pids))


def tree(pid: int) -> list[int]:
    """`pid` and everything that descends from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def _stat(pid: int) -> list[str]:
    """/proc/PID/stat after the name (which may hold spaces): state, parent, …; user time is the twelfth."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextlib.contextmanager
def busy_cores(wanted: bool = True) -> Iterator[None]:
    """One endless loop for each core, at ordinary priority."""
    cores = len(os.sched_getaffinity(0)) if wanted else 0
    loops = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait(STOP_BOUND_S)


def end(process: subprocess.Popen[bytes] | None, bound_s: float = STOP_BOUND_S) -> None:
    """Ask a process to end; kill it when it does not."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(bound_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(bound_s)
