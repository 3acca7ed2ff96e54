"""How long a year of timetable takes: to read, to expand, to search for conflicts; and what a tick asks.

    python benchmarks/timetable.py [--sessions 12] [--json]

No peer is measured beside it: the radio automation systems we know expand a calendar into a database row by row.
For scale, APScheduler's own CronTrigger is asked for the same year of instants.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from broadcaster.schedule import expand, find_conflicts, load_timetables, next_after, to_ics
from broadcaster.settings import DEFAULT_LATE, Hours

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 12, 1, tzinfo=HANOI)
YEAR = timedelta(days=365)
TRIALS = 15


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=12, help="sessions a day (a commune has 2 or 3)")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    figures = measure(chosen.sessions)
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:40} {value:>12,.3f}" if isinstance(value, float) else f"{name:40} {value:>12,}")


def measure(sessions: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hang_ngay.toml").write_text(written(sessions), encoding="utf-8")

        def load():
            return load_timetables(Path(folder), default_late=DEFAULT_LATE, zones=())

        loaded = load()
        assert not loaded.problems, loaded.problems
        plans = loaded.timetables
        year = expand(plans, START, START + YEAR, HANOI)
        lengths = {occurrence.key: 600.0 for occurrence in year}
        triggers = [CronTrigger(hour=5 + n, minute=30, timezone=HANOI) for n in range(sessions)]
        return {
            "occurrences_in_a_year": len(year),
            "load_ms": median_ms(load),
            "expand_year_ms": median_ms(lambda: expand(plans, START, START + YEAR, HANOI)),
            "expand_five_seconds_ms": median_ms(lambda: expand(plans, START, START + timedelta(seconds=5), HANOI)),
            "next_after_ms": median_ms(lambda: next_after(plans, START, HANOI)),
            "conflicts_of_a_year_ms": median_ms(
                lambda: find_conflicts(year, hours=Hours(), zone=HANOI, lengths_s=lengths, timetables=plans)
            ),
            "ics_of_a_year_ms": median_ms(lambda: to_ics(year, name="bench", made_at=START)),
            "apscheduler_cron_year_ms": median_ms(lambda: [cron_year(trigger) for trigger in triggers], trials=1),
        }


def written(sessions: int) -> str:
    """One session an hour from 05:30 on."""
    item = 'items = [{ chime = true }, { script = "chao" }, { topic = "II.1.10", count = 2 }]'
    return "\n".join(f'[session.s{n}]\ntime = "{5 + n:02d}:30"\n{item}' for n in range(sessions))


def cron_year(trigger: CronTrigger) -> int:
    count, now = 0, START
    while (fire := trigger.get_next_fire_time(None, now)) <= START + YEAR:
        count, now = count + 1, fire + timedelta(seconds=1)
    return count


def median_ms(work: Callable[[], object], trials: int = TRIALS) -> float:
    taken = []
    for _ in range(trials):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
