"""From a request to the first sample at the sink: our running station beside Liquidsoap, MPD and a 60-line player.

Everybody plays the same one-second tone on one private null sink, in one run, first on a quiet machine, then with an
endless loop on every core. The background is on the left channel, the alert on the right, so the recorder can tell them
apart. Ours is the whole program: `broadcaster run`, a row in its journal, a nudge, the look-up of the rendered clip,
*on air* committed to disk, the sound card's process; asked as a door asks, and by the real `broadcaster say` command.

What would make the numbers wrong: the sink's monitor has a grain of 10 ms and runs some ms ahead of a real card, for
everybody alike; MPD opens its output at the request and is rewound into the block being played, so it can come out
at 0. A loaded machine makes all of them larger: read the ratios.

    .venv/bin/python benchmarks/bench_peers.py [--quick] [--runs 50] [--only ours,liquidsoap] [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from figures import Spread, load_average, machine, number, save, table
from our_station import OurStation
from peers import Baseline, Liquidsoap, Mpd, Player, Task
from processes import busy_cores, cost
from sink import RATE_HZ, Heard, SinkRecorder, missing_programs, recorded_sink

from broadcaster.model import RequestKind

LEFT, RIGHT = 0, 1
ALERT_S = 1.0
TONE_HZ = 997
"""Shares no period with any block size."""
HEARD_BOUND_S = 3.0
"""A request that is not heard by then counts as not heard."""
PAUSE_S = 0.9
JITTER_S = 0.0137
"""Trials must not stay in step with the sink's blocks."""
PLAN_AHEAD_S = 6.0
PLAN_EVERY_S = 3.0
WARM_WORKER_WORDS = "Thông báo làm nóng."
COLD_REST_S = 25.0
"""Longer than a rendering process waits for more work."""


@dataclass(kw_only=True)
class Trials:
    """What was measured of one player at one task."""

    asked: int = 0
    start_ms: list[float] = field(default_factory=list)
    """Request, or planned moment, to first sample."""
    complete: list[float] = field(default_factory=list)
    """Share of the alert's frames heard in one piece."""
    overlap_ms: list[float] = field(default_factory=list)
    """Background still heard after the alert's first sample."""
    return_ms: list[float] = field(default_factory=list)
    """Alert's last sample to the background's return."""
    underruns: int | None = None
    """What the player reports itself; None: it reports nothing."""
    cpu_percent: float = 0.0
    pss_mb: float = 0.0
    trouble: str = ""

    @property
    def spread(self) -> Spread:
        """Of the starts."""
        return Spread.of(self.start_ms)


class Ours(Player):
    """The running station, at the latency its sample settings have."""

    name = "ours"
    program = sys.executable

    def start(self, task: Task, moments: Sequence[float]) -> None:
        self._stack = contextlib.ExitStack()
        self._task = task
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=self.folder)))
        self.station = self._stack.enter_context(OurStation(folder, self.env, spec="soundcard:loa"))
        self.asked: list[int] = []
        # Rendered ahead, as everything that the timetable holds is.
        self.station.ended(self._ask("uu_tien")[1])
        self.asked.clear()
        time.sleep(PAUSE_S)
        if task is Task.CUT_IN:
            self.station.ask(RequestKind.PLAY, file=str(self.background), zone="trai", level="thong_thuong")
            self._wait_for_background()
        for moment in moments:
            at = datetime.fromtimestamp(moment, UTC).isoformat()
            self.asked.append(
                self.station.ask(RequestKind.PLAY, file=str(self.alert_path), zone="phai", level="uu_tien", at=at)[1]
            )

    def _wait_for_background(self) -> None:
        give_up = time.monotonic() + 120
        while not (on_air := self.station.status()["on_air"]) or on_air["state"] != "playing":
            if time.monotonic() > give_up:
                raise RuntimeError(f"no background:\n{self.station.log()}")
            time.sleep(0.1)

    def _ask(self, level: str) -> tuple[float, int]:
        return self.station.ask(
            RequestKind.PLAY, file=str(self.alert_path), zone="phai", level=level, reason="đo thời gian"
        )

    def alert(self) -> float:
        began, number = self._ask("khan_cap" if self._task is Task.CUT_IN else "uu_tien")
        self.asked.append(number)
        return began

    @property
    def pid(self) -> int:
        return self.station.pid

    def mastered(self) -> np.ndarray:
        """The alert as it airs."""
        clip = self.station.clip_path(self.station.airings(self.asked[0])[0])
        with wave.open(str(clip)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2")

    def underruns(self) -> int:
        """As journalled with the alerts."""
        return sum(airing.underruns for number in self.asked for airing in self.station.airings(number))

    def stop(self) -> None:
        self._stack.close()


PLAYERS: tuple[type[Player], ...] = (Ours, Liquidsoap, Mpd, Baseline)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=50, help="trials of each kind (default 50)")
    parser.add_argument("--quick", action="store_true", help="a few trials, a few minutes")
    parser.add_argument("--only", default="", help="players, by name, separated by commas")
    parser.add_argument("--cores", choices=["calm", "busy", "both"], default="both", help="which runs (default both)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save every trial")
    chosen = parser.parse_args()
    if missing := missing_programs():
        print(f"not installed: {', '.join(missing)} (make bench installs them on Debian)", file=sys.stderr)
        return 1
    runs = 6 if chosen.quick else chosen.runs
    only = set(filter(None, chosen.only.split(",")))
    players = [player for player in PLAYERS if not only or player.name in only]
    results: dict[str, object] = {"machine": machine(), "runs": runs}
    print(f"{runs} trials each; {machine()} before\n")
    able = True
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as name:
        sounds = make_sounds(Path(name), runs)
        for busy in {"calm": (False,), "busy": (True,), "both": (False, True)}[chosen.cores]:
            condition = "both cores busy" if busy else "calm"
            measured = compare(players, sounds, runs, busy)
            print(f"## {condition} (load average {load_average():.2f} after)\n")
            print_comparison(measured)
            results[condition] = {f"{player}, {task}": trials for (player, task), trials in measured.items()}
            if Ours in players:
                doors = our_doors(sounds.folder, runs, busy, cold=0 if busy else 2 if chosen.quick else 5)
                print_doors(doors)
                results[f"doors, {condition}"] = doors
                able = able and all(trials.start_ms for trials in doors.values())
            able = able and all(trials.start_ms for (player, _), trials in measured.items() if player == Ours.name)
    save(chosen.json, results)
    return 0 if able else 1


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """The files everybody plays."""

    folder: Path
    alert: Path
    background: Path


def make_sounds(folder: Path, runs: int) -> Sounds:
    """A background long enough for every trial; long enough to be resumed where it was cut."""
    background_s = max(130.0, 20.0 + runs * (ALERT_S + 2 * PAUSE_S))
    write_tone(folder / "alert.wav", ALERT_S, RIGHT)
    write_tone(folder / "background.wav", background_s, LEFT)
    return Sounds(folder=folder, alert=folder / "alert.wav", background=folder / "background.wav")


def write_tone(path: Path, seconds: float, channel: int) -> None:
    """A tone on one of two channels, loud from its first sample to its last."""
    samples = np.zeros((int(seconds * RATE_HZ), 2), "<i2")
    samples[:, channel] = np.cos(2 * np.pi * TONE_HZ * np.arange(len(samples)) / RATE_HZ) * 16_384
    samples[samples[:, channel] == 0, channel] = 1
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


# --- everybody -----------------------------------------------------------------------------------------------------


def compare(players: Sequence[type[Player]], sounds: Sounds, runs: int, busy: bool) -> dict[tuple[str, Task], Trials]:
    """Every player at every task, each on a fresh sink."""
    measured: dict[tuple[str, Task], Trials] = {}
    for player in players:
        for task in Task:
            if not player.can(task):
                continue
            trials = Trials(trouble="" if player.installed() else "not installed")
            if player.installed():
                try:
                    trials = measure(player, task, sounds, runs, busy)
                except (RuntimeError, OSError) as problem:
                    trials = Trials(trouble=f"failed: {str(problem).splitlines()[0]}")
                    print(f"{player.name}, {task}: {problem}", file=sys.stderr)
            measured[player.name, task] = trials
    return measured


def measure(kind: type[Player], task: Task, sounds: Sounds, runs: int, busy: bool) -> Trials:
    """One player at one task."""
    with recorded_sink() as (server, recorder), tempfile.TemporaryDirectory(dir=sounds.folder) as folder:
        player = kind(Path(folder), server.env, sounds.alert, sounds.background)
        first = np.ceil(time.time() + PLAN_AHEAD_S + (15 if kind in (Liquidsoap, Ours) else 5))
        moments = [float(first + PLAN_EVERY_S * trial) for trial in range(runs)] if task is Task.PLANNED else []
        try:
            player.start(task, moments)
            with busy_cores(busy):
                time.sleep(PAUSE_S)
                return _trials(player, task, recorder, moments, runs)
        finally:
            player.stop()


def _trials(player: Player, task: Task, recorder: SinkRecorder, moments: Sequence[float], runs: int) -> Trials:
    trials = Trials(asked=runs)
    before, began = cost(player.pid), time.monotonic()
    wanted: list[float] = []
    if task is Task.PLANNED:
        if moments[0] < time.time() + 1:
            raise RuntimeError(f"{player.name} was not ready before the first planned moment")
        to_monotonic = time.monotonic() - time.time()
        wanted = [moment + to_monotonic for moment in moments]
        time.sleep(wanted[-1] - time.monotonic() + ALERT_S + PAUSE_S)
    else:
        for trial in range(runs):
            wanted.append(player.alert())
            time.sleep(ALERT_S + PAUSE_S + JITTER_S * (trial % 11))
            player.after_alert()
            time.sleep(PAUSE_S / 2)
    after, seconds = cost(player.pid), time.monotonic() - began
    trials.cpu_percent = 100 * (after.cpu_s - before.cpu_s) / seconds
    trials.pss_mb = after.pss_mb
    whole = int(ALERT_S * RATE_HZ)
    if isinstance(player, Ours):
        loud = np.flatnonzero(player.mastered())
        whole = int(loud[-1] - loud[0] + 1)
        trials.underruns = player.underruns()
    _listen(trials, task, recorder, wanted, whole)
    return trials


def _listen(trials: Trials, task: Task, recorder: SinkRecorder, wanted: Sequence[float], whole: int) -> None:
    """Find each alert in what was heard."""
    alerts, background = recorder.sounds(RIGHT), recorder.sounds(LEFT)
    for moment in wanted:
        found = [alert for alert in alerts if -0.5 < alert.begins - moment < HEARD_BOUND_S and alert.ends > moment]
        if not found:
            continue
        alert = found[0]
        trials.start_ms.append((alert.begins - moment) * 1000)
        trials.complete.append(min(1.0, alert.frames / whole))
        if task is Task.CUT_IN:
            trials.overlap_ms.append(1000 * sum(_common(each, alert) for each in background))
            back = [each.begins for each in background if each.ends > alert.ends]
            if back:
                trials.return_ms.append(1000 * (back[0] - alert.ends))


def _common(one: Heard, other: Heard) -> float:
    return max(0.0, min(one.ends, other.ends) - max(one.begins, other.begins))


def print_comparison(measured: Mapping[tuple[str, Task], Trials]) -> None:
    """One table for each task."""
    for task in Task:
        rows = []
        reference = measured.get((Liquidsoap.name, task), Trials()).spread
        for (name, its_task), trials in measured.items():
            if its_task is not task:
                continue
            if trials.trouble:
                rows.append([name, trials.trouble, *[""] * 9])
                continue
            spread = trials.spread
            rows.append(
                [
                    name,
                    f"{spread.n}/{trials.asked}",
                    number(spread.median),
                    number(spread.p95),
                    number(spread.p99),
                    f"{number(spread.low)} … {number(spread.high)}",
                    spread.over(reference),
                    number(100 * min(trials.complete, default=0), 2),
                    "-" if trials.underruns is None else str(trials.underruns),
                    number(trials.cpu_percent),
                    number(trials.pss_mb, 0),
                ]
            )
        title = "error of a planned start" if task is Task.PLANNED else "request to first sample"
        head = [f"{task}: {title}, ms", "heard", "median", "p95", "p99", "range", "÷ Liquidsoap"]
        print(table([*head, "least complete %", "underruns", "CPU %", "PSS MB"], rows), "\n", flush=True)
    rows = []
    for (name, task), trials in measured.items():
        if task is Task.CUT_IN and trials.overlap_ms:
            overlap, gap = Spread.of(trials.overlap_ms), Spread.of(trials.return_ms)
            rows.append([name, number(overlap.median), number(overlap.high), number(gap.median), number(gap.high)])
    head = ["cut in: the background", "still heard, ms", "max", "back after, ms", "max"]
    print(table(head, rows), "\n", flush=True)


# --- our doors -----------------------------------------------------------------------------------------------------


def our_doors(folder: Path, runs: int, busy: bool, *, cold: int) -> dict[str, Trials]:
    """The ways in which a text reaches our station."""
    with recorded_sink() as (server, recorder), tempfile.TemporaryDirectory(dir=folder) as name:
        env = server.env
        with OurStation(Path(name), env, spec="soundcard:loa") as station, busy_cores(busy):
            known = "Mời bà con tám giờ sáng mai ra nhà văn hóa họp xóm."
            _say(station, recorder, known)
            serial = iter(range(10_000))

            def new() -> str:
                return f"Thông báo số {next(serial)}: mời bà con ra nhà văn hóa."

            def command(text: str) -> float:
                return station.command("say", "--level", "uu_tien", text)

            doors = {
                "row and nudge, text known": [_say(station, recorder, known) for _ in range(runs)],
                "row and nudge, new text": [_say(station, recorder, new()) for _ in range(runs)],
                "`broadcaster say`, text known": [_command(station, recorder, command, known) for _ in range(runs)],
                "`broadcaster say`, new text": [_command(station, recorder, command, new()) for _ in range(runs)],
            }
            if cold:
                doors["row and nudge, new text, after a rest"] = [
                    _say(station, recorder, new(), rest_s=COLD_REST_S) for _ in range(cold)
                ]
    return {
        name: Trials(asked=len(starts), start_ms=[start for start in starts if start is not None])
        for name, starts in doors.items()
    }


def _say(station: OurStation, recorder: SinkRecorder, text: str, *, rest_s: float = 0.0) -> float | None:
    """Milliseconds to the first sample; the rest of the text is skipped."""
    time.sleep(rest_s)
    began, request = station.ask(RequestKind.SAY, text=text, level="uu_tien")
    return _skip(station, recorder, began, request)


def _command(station: OurStation, recorder: SinkRecorder, command, text: str) -> float | None:
    return _skip(station, recorder, command(text), None)


def _skip(station: OurStation, recorder: SinkRecorder, began: float, request: int | None) -> float | None:
    heard = recorder.wait_for(RIGHT, began, 10 * HEARD_BOUND_S)
    station.ask(RequestKind.SKIP)
    if request is not None:
        station.ended(request)
    give_up = time.monotonic() + HEARD_BOUND_S
    while station.status()["on_air"] and time.monotonic() < give_up:
        time.sleep(0.05)
    time.sleep(0.3 + JITTER_S * (int(began * 1000) % 11))
    recorder.forget(recorder.frames - RATE_HZ)
    return None if heard is None else (heard.begins - began) * 1000


def print_doors(doors: Mapping[str, Trials]) -> None:
    """One table."""
    rows = []
    for name, trials in doors.items():
        spread = trials.spread
        figures = (spread.median, spread.p95, spread.p99, spread.low, spread.high)
        rows.append([name, f"{spread.n}/{trials.asked}", *map(number, figures)])
    head = ["ours: request to first sample, ms", "heard", "median", "p95", "p99", "min", "max"]
    print(table(head, rows), "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
