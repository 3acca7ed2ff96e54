"""Hours on the air with an endless loop on every core: gaps, completeness, memory.

The real station plays one recording after another on a private null sink; a recorder on the sink's monitor compares
every sample with the clip in the cache, which nothing but our own path has touched. The recording is noise, so that a
missing, doubled or shifted sample cannot go unnoticed. Memory is the PSS of all processes of the station, sampled
every ten seconds; the first minute, in which Python warms up, does not count towards its growth.

    .venv/bin/python benchmarks/bench_endurance.py --minutes 60      # what README quotes
    .venv/bin/python benchmarks/bench_endurance.py [--quick] [--calm] [--json FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from figures import Spread, load_average, machine, number, save, table
from our_station import OurStation
from processes import Cost, busy_cores, cost
from sink import RATE_HZ, Heard, SinkRecorder, missing_programs, recorded_sink

from broadcaster.model import Outcome, RequestKind

CLIP_S = 30.0
SAMPLE_EVERY_S = 10.0
WARM_UP_S = 60.0
TELLING_S = 600.0
"""Over less than this, growth is rounding."""
QUEUED = 2
"""So many notices always wait in the queue, so that it never runs empty."""
LATE_S = 30.0
"""A notice that takes so much longer than its sound has gone wrong."""


@dataclass(kw_only=True)
class Record:
    """What was found so far."""

    clips: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    underruns: int = 0
    whole: int = 0
    """Clips of which the sink played every sample, and nothing else."""
    wrong: list[str] = field(default_factory=list)
    gaps_ms: list[float] = field(default_factory=list)
    """Between the end of one clip file (its closing pause included) and the beginning of the next."""
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    """(seconds since the beginning, PSS)."""
    cpu_percent: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def complain(self, what: str) -> None:
        """Tell it at once, with the minute: over an hour, what else the machine did then is the first question."""
        self.wrong.append(f"minute {(time.monotonic() - self.began) / 60:.1f}: {what}")
        print(self.wrong[-1], flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--quick", action="store_true", help="one minute and a half")
    parser.add_argument("--calm", action="store_true", help="without the loops on the cores")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    if missing := missing_programs():
        print(f"not installed: {', '.join(missing)} (make bench installs them on Debian)", file=sys.stderr)
        return 1
    minutes = 1.5 if chosen.quick else chosen.minutes
    print(f"{minutes:g} minutes, cores {'calm' if chosen.calm else 'busy'}; {machine()} before\n", flush=True)
    with recorded_sink() as (server, recorder), tempfile.TemporaryDirectory(prefix="bench-endurance-") as name:
        folder = Path(name)
        write_noise(folder / "noise.wav")
        with OurStation(folder / "station", server.env, spec="soundcard:loa", zones=("tat_ca",)) as station:
            record = play(station, recorder, folder / "noise.wav", minutes * 60, busy=not chosen.calm)
    report(record)
    save(chosen.json, vars(record))
    return 0 if record.clips and record.whole == record.clips and not record.underruns else 1


def write_noise(path: Path) -> None:
    """The same every time; no sample is zero."""
    noise = np.random.default_rng(1).integers(1_000, 12_000, int(CLIP_S * RATE_HZ))
    noise *= np.random.default_rng(2).choice([-1, 1], len(noise))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(noise.astype("<i2").tobytes())


def play(station: OurStation, recorder: SinkRecorder, sound: Path, seconds: float, *, busy: bool) -> Record:
    """Keep the queue filled until the time is over, then wait for the rest."""
    record = Record()

    def ask() -> int:
        return station.ask(RequestKind.PLAY, file=str(sound))[1]

    first = ask()
    station.ended(first, CLIP_S + 4 * LATE_S)  # mastered and heard once, before the loops begin
    (airing,) = station.airings(first)
    with wave.open(str(station.clip_path(airing))) as file:
        clip = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    loud_length = int(np.ptp(np.flatnonzero(clip))) + 1
    with busy_cores(busy):
        heard_until, previous_end = recorder.frames, None
        began, before = time.monotonic(), cost(station.pid)
        waiting = [ask() for _ in range(QUEUED)]
        next_look = 0.0
        while waiting:
            if time.monotonic() - began < seconds:
                waiting.append(ask())
            request = waiting.pop(0)
            give_up = time.monotonic() + CLIP_S + LATE_S
            while station.row(request).ended_at is None and time.monotonic() < give_up:
                time.sleep(0.2)
                passed = time.monotonic() - began
                if passed >= next_look:
                    next_look = passed + SAMPLE_EVERY_S
                    record.memory_mb.append((passed, cost(station.pid).pss_mb))
            time.sleep(0.3)  # the last samples have not reached the recorder yet
            _count(record, station, request)
            loud = _compare(record, recorder, heard_until, clip)
            if loud is not None:
                begins = loud.first - int(np.flatnonzero(clip)[0])
                if previous_end is not None:
                    record.gaps_ms.append((begins - previous_end) / RATE_HZ * 1000)
                previous_end = begins + len(clip)
                # After a gap the rest of the clip is a sound of its own: it must not be taken for the next clip.
                heard_until = max(loud.last + 1, loud.first + loud_length)
                recorder.forget(loud.last + 1)
        record.cpu_percent = _cpu_percent(before, cost(station.pid), time.monotonic() - began)
    return record


def _count(record: Record, station: OurStation, request: int) -> None:
    """What the journal says."""
    row = station.row(request)
    record.clips += 1
    outcome = str(row.outcome)
    record.outcomes[outcome] = record.outcomes.get(outcome, 0) + 1
    if row.outcome is not Outcome.AIRED:
        record.complain(f"request {request}: {row.outcome}, {row.reason}")
    underruns = sum(airing.underruns for airing in station.airings(request))
    if underruns:
        record.complain(f"clip {record.clips}: {underruns} underruns")
    record.underruns += underruns


def _compare(record: Record, recorder: SinkRecorder, since: int, clip: np.ndarray) -> Heard | None:
    """What the sink played against the clip."""
    sounds = [sound for sound in recorder.sounds(0) if sound.first >= since]
    if not sounds:
        record.complain(f"clip {record.clips}: not heard")
        return None
    loud = np.flatnonzero(clip)
    wanted = clip[loud[0] : loud[-1] + 1]
    got = recorder.samples(sounds[0].first, sounds[0].first + len(wanted))[:, 0]
    if len(got) == len(wanted) and np.array_equal(got, wanted):
        record.whole += 1
    else:
        # Where both still agree, and how much of the clip that is.
        same = int(np.argmin(np.append(got[: len(wanted)] == wanted[: len(got)], False)))
        record.complain(f"clip {record.clips}: differs from sample {same} of {len(wanted)}")
    return sounds[0]


def _cpu_percent(before: Cost, after: Cost, seconds: float) -> float:
    return 100 * (after.cpu_s - before.cpu_s) / seconds


def report(record: Record) -> None:
    """The table; what went wrong has been told as it happened."""
    gaps = Spread.of(record.gaps_ms)
    settled = [mb for at, mb in record.memory_mb if at >= WARM_UP_S] or [mb for _, mb in record.memory_mb]
    hours = (record.memory_mb[-1][0] - WARM_UP_S) / 3600 if record.memory_mb else 0.0
    growth = (settled[-1] - settled[0]) / hours if hours * 3600 >= TELLING_S else None
    rows = [
        ["clips aired", f"{record.outcomes.get('aired', 0)} of {record.clips}"],
        ["every sample heard, in order, unchanged", f"{record.whole} of {record.clips}"],
        ["underruns journalled", str(record.underruns)],
        ["between two clips, ms: median (max)", f"{number(gaps.median)} ({number(gaps.high)})"],
        ["memory, PSS MB: first, last, most", " ".join(map(number, (settled[0], settled[-1], max(settled))))],
        ["growth, MB an hour", number(growth, 2)],
        ["CPU % of a core", number(record.cpu_percent, 2)],
    ]
    print(table(["continuous playback", ""], rows))
    print(f"\nload average {load_average():.2f} after")


if __name__ == "__main__":
    sys.exit(main())
