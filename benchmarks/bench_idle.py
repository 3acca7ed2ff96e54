"""What a station costs that waits: processor and memory of `broadcaster run`, over a minute with nothing to air.

All processes of the station together, from /proc: the processor time they used in that minute, and their memory as PSS
(shared pages counted once). With the sound card's process on a null sink, whose own server is not counted, and with
the output `none`; the sample station's whole library and timetable are loaded and rendered before. A minute begins
after the stream has gone to rest and the rendering processes have ended, as it is all but an hour of the day.

Peers, measured the same way beside it: MPD and Liquidsoap with a silent output on the same sink (a Liquidsoap station
mixes silence when nothing is on, as its sources must never fail), and APScheduler alone in a bare Python.

    .venv/bin/python benchmarks/bench_idle.py [--quick] [--seconds 60] [--json FILE]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from figures import load_average, machine, number, save, table
from our_station import OurStation
from peers import Liquidsoap, Mpd, Player, Task
from processes import cost, end
from sink import missing_programs, recorded_sink

GOAL_CPU_PERCENT = 0.5
GOAL_MB = 80.0
ROOT = Path(__file__).resolve().parents[1]
QUIET_AFTER_S = 75.0
"""The stream rests after a silent minute; rendering processes end after twenty seconds."""
SCHEDULER = "import time, apscheduler.schedulers.background as b; b.BackgroundScheduler().start(); time.sleep(1e6)"

Figures = dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true", help="ten seconds each")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    if missing := missing_programs():
        print(f"not installed: {', '.join(missing)} (make bench installs them on Debian)", file=sys.stderr)
        return 1
    seconds = 10.0 if chosen.quick else chosen.seconds
    print(f"{seconds:.0f} s each; {machine()} before\n")
    found: dict[str, Figures | str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-idle-") as name:
        folder = Path(name)
        with recorded_sink() as (server, _):
            found["ours, sound card, at rest"] = station(folder / "card", "soundcard:loa", server.env, seconds)
        found["ours, output `none`"] = station(folder / "none", "none", {}, seconds)
        for peer in (Liquidsoap, Mpd):
            found[peer.name] = of_peer(peer, folder, seconds)
        found["Python with APScheduler alone"] = of_command([sys.executable, "-c", SCHEDULER], seconds)
    rows = []
    for label, figures in found.items():
        if isinstance(figures, str):
            rows.append([label, figures, "", "", ""])
            continue
        digits = {"cpu_percent": 2, "pss_mb": 1, "rss_mb": 1, "processes": 0}
        rows.append([label, *(number(figures[key], digits[key]) for key in digits)])
    print(table(["waiting", "CPU % of a core", "PSS MB", "RSS MB", "processes"], rows))
    ours = found["ours, sound card, at rest"]
    assert isinstance(ours, dict)
    met = ours["cpu_percent"] <= GOAL_CPU_PERCENT and ours["pss_mb"] <= GOAL_MB
    print(
        f"\nload average {load_average():.2f} after; goal: {GOAL_CPU_PERCENT} % of a core and {GOAL_MB:.0f} MB, the"
        f" sound card's process included: {'met' if met else 'missed'}"
    )
    save(chosen.json, dict(found))
    return 0


def station(folder: Path, spec: str, env: dict[str, str], seconds: float) -> Figures:
    """A copy of the sample station, with its timetable moved out of the way of the minute that is measured."""
    folder.mkdir()
    for part in ("scripts_vi", "schedules"):
        shutil.copytree(ROOT / part, folder / part)
    sample = (ROOT / "station.toml").read_text(encoding="utf-8")
    placeholders = sample[sample.index("\n[placeholders]") :].partition("\n[hours]")[0]
    with OurStation(folder, env, spec=spec, zones=("tat_ca",), more=placeholders) as ours:
        wait_until_rendered(ours)
        time.sleep(QUIET_AFTER_S)
        return over(ours.pid, seconds)


def wait_until_rendered(ours: OurStation) -> None:
    """Every clip of the next day is there, and nothing renders."""
    give_up = time.monotonic() + 600
    while True:
        planned = ours.journal.open_occurrences()
        if planned and all(each.state == "ready" for each in planned):
            return
        if time.monotonic() > give_up:
            raise RuntimeError(f"not rendered: {[(each.key, each.reason) for each in planned]}\n{ours.log()}")
        time.sleep(0.5)


def of_peer(kind: type[Player], folder: Path, seconds: float) -> Figures | str:
    if not kind.installed():
        return "not installed"
    with recorded_sink() as (server, _):
        nothing = folder / "nothing.wav"
        player = kind(folder, server.env, nothing, nothing)
        try:
            player.start(Task.IDLE, [])
            return over(player.pid, seconds)
        finally:
            player.stop()


def of_command(command: list[str], seconds: float) -> Figures:
    process = subprocess.Popen(command)
    try:
        time.sleep(2.0)
        return over(process.pid, seconds)
    finally:
        end(process)


def over(pid: int, seconds: float, sleep: Callable[[float], None] = time.sleep) -> Figures:
    """What the tree below `pid` used meanwhile, and holds at the end."""
    before, began = cost(pid), time.monotonic()
    sleep(seconds)
    after, passed = cost(pid), time.monotonic() - began
    return {
        "cpu_percent": 100 * (after.cpu_s - before.cpu_s) / passed,
        "pss_mb": after.pss_mb,
        "rss_mb": after.rss_mb,
        "processes": after.processes,
    }


if __name__ == "__main__":
    sys.exit(main())
