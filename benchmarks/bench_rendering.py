"""Rendering: what a clip costs above the engine's own work, and how that compares with the usual ways of levelling.

The sample library is spoken by the embedded voice. *The engine alone* is the time of its `speak`; *the whole clip* is
text to cached, hashed, measured clip in one process; the difference is words, assembling, mastering and storing (to
the disk, not only to its cache). The peers get the same raw speech in a wav file and must leave a 48 kHz wav file at
-16 LUFS and -1.5 dBTP: what a script with pydub and pyloudnorm does (whole arrays, no limiter: its peaks are printed),
and FFmpeg's loudnorm in two passes (one process each). Every output is measured by the same meter.

A loaded machine makes all figures larger: read the ratios. Run alone, the worker pool's row shows both cores.

    .venv/bin/python benchmarks/bench_rendering.py [--scripts 8] [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from figures import Spread, load_average, number, table

from broadcaster.clock import SystemClock
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.sample import make_station
from broadcaster.settings import load_settings
from broadcaster.speech import open_engine
from broadcaster.studio import RenderRequest, Studio

ENGINE = "espeak"
LUFS, DBTP = -16.0, -1.5
PROCESS_BOUND_S = 120.0


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    arguments.add_argument("--scripts", type=int, default=8, help="how many of the sample library")
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    before = load_average()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), chosen.scripts)
        try:
            rows = [row(name, bench.measured(work, chosen.runs)) for name, work in bench.works().items()]
            print(f"{chosen.scripts} scripts, {bench.sound_s:.0f} s of speech by {ENGINE}, {chosen.runs} runs\n")
            print(table(("", "ms a clip, median", "p95", "max", "x real time", "LUFS", "dBTP, highest"), rows))
            print()
            print(table(("", "ms, median", "p95", "max"), [waits(*one) for one in bench.waits(chosen.runs)]))
        finally:
            bench.close()
    print(f"\nload average {before:.2f} before, {load_average():.2f} after")
    return 0


def row(name: str, result: Result | None) -> tuple[str, ...]:
    """One line of the first table."""
    if result is None:
        return (name, "not installed", "", "", "", "", "")
    spread = Spread.of(result.milliseconds)
    speed = result.sound_s / (sum(result.milliseconds) / 1000)
    loudness = f"{min(result.lufs):.1f} … {max(result.lufs):.1f}" if result.lufs else "-"
    peak = f"{max(result.dbtp):.1f}" if result.dbtp else "-"
    return (name, number(spread.median), number(spread.p95), number(spread.high), number(speed, 0), loudness, peak)


def waits(name: str, milliseconds: list[float]) -> tuple[str, ...]:
    """One line of the second table."""
    spread = Spread.of(milliseconds)
    return (name, number(spread.median, 2), number(spread.p95, 2), number(spread.high, 2))


class Result:
    """What one way of working cost, and what came out."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.sound_s = 0.0
        self.lufs: list[float] = []
        self.dbtp: list[float] = []


class Bench:
    """A sample station, its speech spoken once, and the ways to make clips of it."""

    def __init__(self, folder: Path, scripts: int) -> None:
        import soundfile

        self.folder = folder
        make_station(folder / "dai")
        settings = load_settings(folder / "dai")
        self.settings = replace(settings, engines=(ENGINE,))
        self.engine = open_engine(ENGINE, station=folder / "dai")
        self.studio = Studio(self.settings, SystemClock(), engines=[self.engine])
        ids = [name for name in self.studio.library().scripts if name.startswith("cchc_")][:scripts]
        self.orders = [self.studio.script_request(name) for name in ids]
        self.raw: dict[RenderRequest, Path] = {}
        self.sound_s = 0.0
        for order in self.orders:
            speech = self._speak(order)
            self.raw[order] = folder / f"{order.script}.wav"
            soundfile.write(self.raw[order], speech.samples, speech.rate_hz, subtype="FLOAT")
            self.sound_s += speech.duration_s

    def close(self) -> None:
        """End the engine's processes."""
        self.studio.close()

    def works(self) -> dict[str, Callable[[RenderRequest], Path | None] | None]:
        """Name → what makes one clip and says where it is (None: nothing to measure)."""
        return {
            f"the engine alone ({ENGINE})": self._engine_alone,
            "the whole clip, one process": self._whole_clip,
            "mastering alone: decode, assemble, level, limit, measure": self._mastering_alone,
            "pydub + pyloudnorm, whole arrays, no limiter": (
                self._pyloudnorm if _has("pyloudnorm") and _has("pydub") else None
            ),
            "FFmpeg loudnorm, two passes": self._ffmpeg if shutil.which("ffmpeg") else None,
        }

    def measured(self, work: Callable[[RenderRequest], Path | None] | None, runs: int) -> Result | None:
        """Every order `runs` times, the first round not counted (imports, the engine's start)."""
        from broadcaster.audio import pcm
        from broadcaster.audio.loudness import measure

        if work is None:
            return None
        result = Result()
        for run in range(runs + 1):
            for order in self.orders if run else self.orders[:1]:
                began = time.perf_counter()
                made = work(order)
                taken = time.perf_counter() - began
                if run:
                    result.milliseconds.append(taken * 1000)
                    result.sound_s += pcm.probe(self.raw[order]).duration_s
                if run == 1 and made is not None:
                    reading = measure(pcm.read(made))
                    result.lufs.append(reading.integrated_lufs)
                    result.dbtp.append(reading.true_peak_dbtp)
        return result

    def waits(self, runs: int) -> Iterable[tuple[str, list[float]]]:
        """What somebody waits for: a look-up, one clip from a cold start, the library on all cores."""
        self.studio.render_all(self.orders)
        looks = []
        for _ in range(50 * runs):
            for order in self.orders:
                began = time.perf_counter()
                self.studio.ready(order)
                looks.append((time.perf_counter() - began) * 1000)
        yield "look-up of a ready clip", looks
        cold, warm, all_cores = [], [], []
        for _ in range(runs):
            studio = Studio(self.settings, SystemClock())
            studio.cache.clear()
            first, second = studio.text_request("Mời bà con đi họp."), studio.text_request("Xin nhắc lại.")
            cold.append(_timed(studio.render, first))
            warm.append(_timed(studio.render, second))
            all_cores.append(_timed(studio.render_all, self.orders))
            studio.close()
        yield "a sentence, no rendering process yet", cold
        yield "a sentence, rendering process at hand", warm
        yield f"{len(self.orders)} scripts on all cores", all_cores

    def _speak(self, order: RenderRequest):
        return self.engine.speak(self.studio.words(order.text).phrases, voice="", rate=1.0, deadline_s=60)

    def _engine_alone(self, order: RenderRequest) -> None:
        self._speak(order)

    def _whole_clip(self, order: RenderRequest) -> Path:
        self.studio.cache.clear()
        clip: Clip = self.studio.render(order)
        return clip.path

    def _mastering_alone(self, order: RenderRequest) -> Path:
        from broadcaster.audio import pcm
        from broadcaster.audio.assembly import Part, in_memory, programme
        from broadcaster.audio.mastering import Target, master

        path = self.folder / "ours.wav"
        samples = pcm.read(self.raw[order])
        master(programme([Part(in_memory(samples), "")]), Target(loudness_lufs=LUFS, true_peak_dbtp=DBTP), path)
        return path

    def _pyloudnorm(self, order: RenderRequest) -> Path:
        import numpy as np
        import pyloudnorm
        import soundfile
        from pydub import AudioSegment
        from pydub.silence import detect_leading_silence

        samples, rate_hz = soundfile.read(self.raw[order], dtype="float32")
        data = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        sound = AudioSegment(data=data, sample_width=2, frame_rate=rate_hz, channels=1)
        sound = sound[detect_leading_silence(sound) :].set_frame_rate(STATION_RATE_HZ).fade_in(5).fade_out(30)
        ready = np.frombuffer(sound.raw_data, "<i2") / 32768
        loudness = pyloudnorm.Meter(STATION_RATE_HZ).integrated_loudness(ready)
        path = self.folder / "pyloudnorm.wav"
        soundfile.write(path, pyloudnorm.normalize.loudness(ready, loudness, LUFS), STATION_RATE_HZ, subtype="FLOAT")
        return path

    def _ffmpeg(self, order: RenderRequest) -> Path:
        path = self.folder / "ffmpeg.wav"
        wanted = f"loudnorm=I={LUFS}:TP={DBTP}:LRA=20"
        said = _ffmpeg(self.raw[order], f"{wanted}:print_format=json", "-f", "null", "-")
        found = json.loads(re.findall(r"\{[^{}]*\}", said)[-1])
        known = ":".join(f"measured_{name}={found[f'input_{name.lower()}']}" for name in ("I", "TP", "LRA", "thresh"))
        _ffmpeg(self.raw[order], f"{wanted}:{known}", "-ar", str(STATION_RATE_HZ), str(path))
        return path


def _ffmpeg(source: Path, chain: str, *output: str) -> str:
    command = ["ffmpeg", "-hide_banner", "-nostats", "-y", "-i", str(source), "-af", chain, *output]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PROCESS_BOUND_S).stderr


def _timed(work: Callable[..., object], *arguments: object) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - began) * 1000


def _has(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


if __name__ == "__main__":
    sys.exit(main())
