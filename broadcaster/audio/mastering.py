"""Masters an assembled sound into a clip on disk: sets loudness, limits the true peak, writes 16 bit, measures it."""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from broadcaster.audio.assembly import ASSEMBLY_LUFS, STEP_FRAMES, Assembly, Outline
from broadcaster.audio.limiter import RELEASE_DB_PER_S, Limiter
from broadcaster.audio.loudness import SILENCE_LUFS, Meter, TruePeak, decibels
from broadcaster.audio.pcm import Mono
from broadcaster.model import STATION_RATE_HZ, Sha256

LIMITING_MAX_DB = 20.0
"""The limiter may take this much from the peaks; sound that would need more stays below the loudness asked for."""
LOUDNESS_TOLERANCE_LU = 0.25
"""Half of the ±0.5 LU promised, so that another meter agrees too; less would cost another pass."""
PEAK_MARGIN_DB = 0.1
"""Meters interpolate differently (BS.1770-4 annex 2 allows for it): aim this far below the limit."""
TRIES = 6
"""Passes over the sound; speech needs one or two."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Loudness and peak that every clip of the station gets."""

    loudness_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True, kw_only=True)
class Mastered:
    """What was written."""

    frames: int
    audio_sha256: Sha256
    """Of the sample bytes."""
    loudness_lufs: float
    """Measured on the 16-bit samples; SILENCE_LUFS for a pause."""
    true_peak_dbtp: float


def master(assembly: Assembly, target: Target, path: Path) -> Mastered:
    """Write the assembly to `path` as a wav file at the loudness and below the true peak of `target`.

    Sound that would need more than LIMITING_MAX_DB of limiting (lone clicks in noise) keeps the peak bound and stays
    quieter than asked; the figures returned are always those of what was written. Raises AudioError when the source
    does, OSError when the file cannot be written.
    """
    peak = float(assembly.outline.peak.max(initial=0.0))
    if peak == 0.0:
        return _write(assembly.source(), path)
    aim_db = ceiling_db = target.true_peak_dbtp - PEAK_MARGIN_DB
    plain_db = target.loudness_lufs - ASSEMBLY_LUFS
    most_db = max(plain_db, aim_db - decibels(peak) + LIMITING_MAX_DB)
    gain_db = min(most_db, _foreseen_gain_db(assembly.outline, plain_db, ceiling_db))
    gives = 0.6
    """What of a decibel of gain comes out behind the limiter: about this for speech, better known after two tries."""
    before: tuple[float, float] | None = None
    for last in [False] * (TRIES - 1) + [True]:
        written = _write(_limited(assembly.source(), gain_db, ceiling_db), path)
        over_db = written.true_peak_dbtp - (aim_db + PEAK_MARGIN_DB / 2)
        missing_db = target.loudness_lufs - written.loudness_lufs
        if before is not None and gain_db != before[0]:
            gives = min(1.0, max(0.1, (written.loudness_lufs - before[1]) / (gain_db - before[0])))
        before = gain_db, written.loudness_lufs
        next_db = min(most_db, gain_db + missing_db / gives)
        done = abs(missing_db) <= LOUDNESS_TOLERANCE_LU or next_db == gain_db
        if over_db <= 0 and (done or last):
            break
        if over_db > 0:
            ceiling_db -= over_db
        if not done:
            gain_db = next_db
    return written


def _foreseen_gain_db(outline: Outline, wanted_db: float, ceiling_db: float) -> float:
    """The gain that makes the limited sound `wanted_db` louder than the outline, as far as 10 ms steps can tell.

    The same gain curve as the limiter's, worked out on steps instead of samples: a thousandth of a pass, and right to
    a quarter of a decibel for speech, which saves most second passes.
    """
    sounding = outline.energy > outline.energy.max() * 1e-7  # what the meter's gates leave out anyway
    peak_db = 20 * np.log10(np.maximum(outline.peak, 1e-6))
    ramp = np.arange(len(peak_db)) * (RELEASE_DB_PER_S * STEP_FRAMES / STATION_RATE_HZ)
    before = outline.energy[sounding].sum()
    gain_db = wanted_db
    for _ in range(8):
        need = np.minimum(0.0, ceiling_db - gain_db - peak_db)
        reduction = np.minimum(0.0, np.minimum.accumulate(need - ramp) + ramp)
        after = (outline.energy * 10 ** (reduction / 10))[sounding].sum()
        gain_db = wanted_db - 10 * float(np.log10(after / before))
    return gain_db


def _limited(blocks: Iterator[Mono], gain_db: float, ceiling_db: float) -> Iterator[Mono]:
    limiter = Limiter(gain=10 ** (gain_db / 20), ceiling=10 ** (ceiling_db / 20))
    for block in blocks:
        yield limiter.push(block)
    yield limiter.finish()


def _write(blocks: Iterator[Mono], path: Path) -> Mastered:
    """Write a wav file, measuring the rounded samples."""
    meter, true_peak, digest = Meter(), TruePeak(), hashlib.sha256()
    frames = 0
    with path.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(STATION_RATE_HZ)
        for block in blocks:
            if not len(block):
                continue
            # No dither: at these levels the error of rounding is 75 dB below the voice, and bytes stay repeatable.
            rounded = np.clip(np.rint(block * np.float32(32_768)), -32_768, 32_767).astype("<i2")
            data = rounded.tobytes()
            file.writeframesraw(data)
            digest.update(data)
            heard = rounded.astype(np.float32) / np.float32(32_768)
            meter.add(heard)
            true_peak.add(heard)
            frames += len(block)
    return Mastered(
        frames=frames,
        audio_sha256=Sha256(digest.hexdigest()),
        loudness_lufs=max(SILENCE_LUFS, round(meter.integrated_lufs, 2)),
        true_peak_dbtp=round(true_peak.finish(), 2),
    )
