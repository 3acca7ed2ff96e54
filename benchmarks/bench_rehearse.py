"""Rehearsals of a day and of a year: the real station, gate, queue and journal, under a clock that jumps.

`broadcaster rehearse` of the sample station as people run it, and the simulation alone. Nothing is rendered: lengths
are estimated, as for an operator who tries out a timetable. The peer of such a thing is waiting: 86,400 s a day.

    .venv/bin/python benchmarks/bench_rehearse.py [--quick] [--runs 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from figures import Spread, machine, number, save, table
from our_station import PROGRAM

from broadcaster.settings import load_settings
from broadcaster.station.rehearsal import rehearse

GOAL_DAY_S = 1.0
DAY = date(2026, 12, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="a month instead of a year")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    long = 30 if chosen.quick else 365
    print(f"{machine()} before\n")
    with tempfile.TemporaryDirectory(prefix="bench-rehearse-") as name:
        folder = Path(name) / "station"
        subprocess.run([PROGRAM, "init", str(folder)], check=True, stdout=subprocess.DEVNULL)
        settings = load_settings(folder)
        airings = {days: len(rehearse(settings, DAY, days).airings) for days in (1, 7)}
        works: dict[str, tuple[Callable[[], object], int]] = {
            f"a day, {airings[1]} items": (lambda: rehearse(settings, DAY), chosen.runs),
            "`broadcaster rehearse`, a day": (lambda: command(folder), chosen.runs),
            f"a week, {airings[7]} items": (lambda: rehearse(settings, DAY, 7), max(3, chosen.runs // 3)),
            f"{long} days": (lambda: rehearse(settings, DAY, long), 1),
        }
        taken = {label: [timed(work) for _ in range(runs)] for label, (work, runs) in works.items()}
    rows = []
    for label, seconds in taken.items():
        wall, cpu = Spread.of([each[0] for each in seconds]), Spread.of([each[1] for each in seconds])
        rows.append([label, str(wall.n), *(number(value, 2) for value in (wall.median, wall.high, cpu.median))])
    print(table(["rehearsed", "runs", "wall s, median", "max", "CPU s, median"], rows))
    met = Spread.of([each[0] for each in taken["`broadcaster rehearse`, a day"]]).median <= GOAL_DAY_S
    print(f"\n{machine()} after; goal: the command within {GOAL_DAY_S:g} s: {'met' if met else 'missed'}")
    save(chosen.json, dict(taken))
    return 0


def command(folder: Path) -> None:
    """What people type."""
    subprocess.run(
        [PROGRAM, "--station", str(folder), "rehearse", DAY.isoformat()], check=True, stdout=subprocess.DEVNULL
    )


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds, those of a command included."""
    wall, cpu = time.perf_counter(), processor_s()
    work()
    return time.perf_counter() - wall, processor_s() - cpu


def processor_s() -> float:
    """Of this process and the commands that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    sys.exit(main())
