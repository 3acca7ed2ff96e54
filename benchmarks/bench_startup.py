"""How long the command line takes to be there: `broadcaster --help` and `import broadcaster.cli`, warm.

Beside them, in the same rounds: `python -c pass`, which nobody can beat, and `import click`, the library that every
command line of this kind begins with. Wall time grows with whatever else the machine does; processor time hardly
does, so both are shown. A checkout installed with `pip install -e` pays some milliseconds more in each Python start
(the finder of editable packages) than an installed wheel; so do the peers here, in the same environment.

    .venv/bin/python benchmarks/bench_startup.py [--quick] [--runs 40] [--json FILE]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

from figures import Spread, machine, number, save, table
from our_station import PROGRAM

GOAL_MS = 150.0
PYTHON = sys.executable
WORKS: dict[str, list[str]] = {
    "`python -c pass`": [PYTHON, "-c", "pass"],
    "`import click`": [PYTHON, "-c", "import click"],
    "`import broadcaster.cli`": [PYTHON, "-c", "import broadcaster.cli"],
    "`broadcaster --version`": [PROGRAM, "--version"],
    "`broadcaster --help`": [PROGRAM, "--help"],
    "`broadcaster say --help`": [PROGRAM, "say", "--help"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    runs = 8 if chosen.quick else chosen.runs
    print(f"{runs} runs each, in turn; {machine()} before\n")
    wall: dict[str, list[float]] = {name: [] for name in WORKS}
    cpu: dict[str, list[float]] = {name: [] for name in WORKS}
    for command in WORKS.values():
        started(command)  # files into memory, bytecode written
    for _ in range(runs):
        for name, command in WORKS.items():
            wall_ms, cpu_ms = started(command)
            wall[name].append(wall_ms)
            cpu[name].append(cpu_ms)
    least = Spread.of(cpu["`python -c pass`"])
    rows = []
    for name in WORKS:
        spread, busy = Spread.of(wall[name]), Spread.of(cpu[name])
        rows.append([name, *map(number, (spread.median, spread.p95, spread.low, busy.median)), busy.over(least)])
    print(table(["", "wall ms, median", "p95", "least", "CPU ms, median", "CPU ÷ `pass`"], rows))
    help_ms = Spread.of(wall["`broadcaster --help`"]).median
    verdict = "met" if help_ms <= GOAL_MS else "missed"
    print(f"\n{machine()} after; goal: `--help` within {GOAL_MS:.0f} ms warm: {verdict}")
    save(chosen.json, {"wall_ms": wall, "cpu_ms": cpu})
    return 0


def started(command: list[str]) -> tuple[float, float]:
    """Run to the end: wall and processor milliseconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, busy * 1000


if __name__ == "__main__":
    sys.exit(main())
