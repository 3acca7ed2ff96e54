"""A year of timetable: the time to read, to expand, to search for conflicts, to export, and to fire its jobs.

The peer is APScheduler's own CronTrigger, asked for the same instants one by one; it makes no occurrences of them, so
our figure holds more work. A loaded machine makes all of them larger: read the ratio.

    .venv/bin/python benchmarks/bench_timetable.py [--sessions 3] [--runs 15]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ManualClock
from broadcaster.model import Timetable
from broadcaster.schedule import JobEvent, JobKind, Jobs, expand, find_conflicts, load_timetables, next_after, to_ics
from broadcaster.settings import DEFAULT_LATE, Hours

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 12, 1, tzinfo=HANOI)
YEAR = timedelta(days=365)
MOST_SESSIONS = 18
"""One an hour from 05:30 on, the last at 22:30."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    arguments.add_argument("--sessions", type=int, default=3, help="sessions a day; a commune has 2 or 3")
    arguments.add_argument("--runs", type=int, default=15)
    chosen = arguments.parse_args()
    sessions = min(chosen.sessions, MOST_SESSIONS)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hang_ngay.toml").write_text(timetable_text(sessions), encoding="utf-8")
        works = {**ours(Path(folder)), **peer(sessions)}
        print(f"{sessions} sessions a day, {chosen.runs} runs\n")
        print("| | median ms | p95 ms | max ms |\n|---|---:|---:|---:|")
        for name, work in works.items():
            if work is None:
                print(f"| {name} | not installed | | |")
                continue
            taken = times_ms(work, chosen.runs)
            p95 = taken[max(0, round(0.95 * len(taken)) - 1)]
            print(f"| {name} | {statistics.median(taken):.3f} | {p95:.3f} | {taken[-1]:.3f} |", flush=True)
    print(f"\nload average {before:.2f} before, {os.getloadavg()[0]:.2f} after")
    return 0


def ours(folder: Path) -> dict[str, Callable[[], object] | None]:
    """Each thing that the room does with a timetable."""

    def load():
        return load_timetables(folder, default_late=DEFAULT_LATE, zones=())

    loaded = load()
    if loaded.problems:
        sys.exit("\n".join(problem.line("en") for problem in loaded.problems))
    plans = loaded.timetables
    year = expand(plans, START, START + YEAR, HANOI)
    lengths = {occurrence.key: 600.0 for occurrence in year}
    return {
        "read the file": load,
        f"expand a year ({len(year)} occurrences)": lambda: expand(plans, START, START + YEAR, HANOI),
        "expand one heartbeat (5 s)": lambda: expand(plans, START, START + timedelta(seconds=5), HANOI),
        "the next occurrence": lambda: next_after(plans, START, HANOI),
        "conflicts of a year": lambda: find_conflicts(
            year, hours=Hours(), tz=HANOI, lengths_s=lengths, timetables=plans
        ),
        "a year as iCalendar": lambda: to_ics(year, name="bench", made_at=START),
        "a simulated year of jobs, planned hourly": lambda: simulated_year(plans),
    }


def simulated_year(plans: Sequence[Timetable]) -> int:
    """Every occurrence as a job, asked for a day ahead by an hourly chore. Returns the events."""
    clock = ManualClock(START)
    events: list[JobEvent] = []
    planned_until = START

    def put(event: JobEvent) -> None:
        nonlocal planned_until
        events.append(event)
        if event.kind is JobKind.PLANNING:
            until = clock.now() + timedelta(days=1)
            for occurrence in expand(plans, planned_until, until, HANOI):
                jobs.at(occurrence.key, occurrence.planned_at)
            planned_until = until

    jobs = Jobs(clock, put)
    jobs.every(JobKind.PLANNING, 3600)
    jobs.start()
    clock.advance(YEAR.total_seconds())
    jobs.stop()
    return len(events)


def peer(sessions: int) -> dict[str, Callable[[], object] | None]:
    """The same instants from APScheduler."""
    name = "peer: APScheduler CronTrigger, a year"
    try:
        from apscheduler.triggers.cron import CronTrigger
    except ImportError:
        return {name: None}
    triggers = [CronTrigger(hour=5 + number, minute=30, timezone=HANOI) for number in range(sessions)]

    def walk() -> int:
        count = 0
        for trigger in triggers:
            now = START
            while (fire := trigger.get_next_fire_time(None, now)) <= START + YEAR:
                count, now = count + 1, fire + timedelta(seconds=1)
        return count

    return {name: walk}


def timetable_text(sessions: int) -> str:
    """One session an hour from 05:30 on."""
    items = 'items = [{ chime = true }, { script = "chao" }, { topic = "II.1.10", count = 2 }]'
    return "\n".join(f'[session.s{number}]\ntime = "{5 + number:02d}:30"\n{items}' for number in range(sessions))


def times_ms(work: Callable[[], object], runs: int) -> list[float]:
    """Sorted."""
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return sorted(taken)


if __name__ == "__main__":
    sys.exit(main())
