"""Raw sound to a clip: silence trimmed, chime and pauses put together, loudness set, true peak limited, 16 bit.

Short sound (speech, chime) is put together in memory by pydub; recordings stream through in blocks, whatever their
length. Both end in `master`, which measures what it writes and repeats until both bounds hold.
"""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from broadcaster.audio.limiter import Limiter
from broadcaster.audio.loudness import SILENCE_LUFS, Meter, TruePeak
from broadcaster.audio.pcm import BLOCK_FRAMES, Mono
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ, Sha256

if TYPE_CHECKING:
    from pydub import AudioSegment

Source = Callable[[], Iterator[Mono]]
"""Mono blocks at the station's rate; each call starts again from the beginning."""

QUIET_LUFS = -60.0
"""Below this there is only noise: a recording with the microphone off. It is refused, not amplified."""
ASSEMBLY_LUFS = -30.0
"""Level at which parts are put together: far below full scale, so that no peak is cut before the limiter sees it."""
CHIME_BELOW_LU = 2.0
"""The chime calls; the words carry."""
EDGE_BELOW_DB = 50.0
"""What is this much below the loudest 10 ms is silence at the edges. Fades of music survive, room noise does not."""
KEPT_BEFORE_S = 0.05
KEPT_AFTER_S = 0.2
"""Soft consonants and a room's own decay at the edges."""
FADE_IN_MS = 5
FADE_OUT_MS = 30
CHIME_PAUSE_MS = 500
"""Between chime and words."""
REPEAT_PAUSE_MS = 1_500
"""Between two readings of the same text."""
LIMITING_MAX_DB = 20.0
"""The limiter may take this much from the peaks; sound that would need more stays below the loudness asked for."""

_LOUDNESS_TOLERANCE_LU = 0.25
"""Half of the ±0.5 LU promised, so that another meter agrees too; less would cost another pass."""
_PEAK_MARGIN_DB = 0.1
"""Meters interpolate differently (BS.1770-4 annex 2 allows for it): aim this far below the limit."""
_TRIES = 6
_EDGE_FRAMES = STATION_RATE_HZ // 100


@dataclass(frozen=True, kw_only=True)
class Target:
    """What every clip of the station has in common."""

    loudness_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True, kw_only=True)
class Mastered:
    """What was written."""

    frames: int
    audio_sha256: Sha256
    loudness_lufs: float
    """Measured on the 16-bit samples; SILENCE_LUFS for a pause."""
    true_peak_dbtp: float


class Part(NamedTuple):
    """One sound to be put together with others."""

    source: Source
    where: str
    """File or engine, for the error message."""


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """One sound without the silence at its edges, and what its level is."""

    source: Source
    start: int
    """First frame kept."""
    end: int
    """First frame no longer kept."""
    loudness_lufs: float


def in_memory(samples: Mono) -> Source:
    """A source of samples at the station's rate that are at hand."""
    return lambda: (samples[at : at + BLOCK_FRAMES] for at in range(0, len(samples), BLOCK_FRAMES))


def trim(source: Source) -> Trimmed | None:
    """Find the edges and the loudness of a sound in one pass. None when there is no sound in it."""
    meter = Meter()
    levels: list[npt.NDArray[np.float64]] = []
    rest = np.zeros(0, np.float32)
    frames = 0
    for block in source():
        frames += len(block)
        meter.add(block)
        joined = np.concatenate([rest, block]) if len(rest) else block
        whole = len(joined) // _EDGE_FRAMES * _EDGE_FRAMES
        levels.append(np.square(joined[:whole], dtype=np.float64).reshape(-1, _EDGE_FRAMES).mean(axis=1))
        rest = joined[whole:]
    if len(rest):
        levels.append(np.array([np.square(rest, dtype=np.float64).mean()]))
    loudness = meter.integrated_lufs
    if loudness < QUIET_LUFS:
        return None
    energy = np.concatenate(levels)
    sounding = np.flatnonzero(energy > energy.max() * 10 ** (-EDGE_BELOW_DB / 10))
    start = int(sounding[0]) * _EDGE_FRAMES - round(KEPT_BEFORE_S * STATION_RATE_HZ)
    end = (int(sounding[-1]) + 1) * _EDGE_FRAMES + round(KEPT_AFTER_S * STATION_RATE_HZ)
    return Trimmed(source=source, start=max(0, start), end=min(frames, end), loudness_lufs=loudness)


def bulletin(parts: Sequence[Part], *, chime: Mono | None = None, repeat: int = 1, pause_s: float = 0.0) -> Source:
    """Chime, then the parts, `repeat` times, then `pause_s` of silence. In memory, put together by pydub: short sound.

    Raises AudioError when a part holds no sound.
    """
    whole = _silence(0)
    if chime is not None:
        whole += _segment(Part(in_memory(chime), "chime"), ASSEMBLY_LUFS - CHIME_BELOW_LU) + _silence(CHIME_PAUSE_MS)
    readings = [_segment(part, ASSEMBLY_LUFS) for part in parts]
    for number in range(repeat * len(readings)):
        if number:
            whole += _silence(REPEAT_PAUSE_MS)
        whole += readings[number % len(readings)]
    whole += _silence(round(pause_s * 1000))
    samples = np.frombuffer(whole.raw_data, np.int32)
    return in_memory((samples / np.float32(2**31)).astype(np.float32))


def programme(parts: Sequence[Part], *, chime: Mono | None = None, repeat: int = 1, pause_s: float = 0.0) -> Source:
    """The same as `bulletin` for parts of any length, in blocks. Each part is gone through once to measure it."""
    head = [] if chime is None else [_take(Part(in_memory(chime), "chime"))]
    takes = [_take(part) for part in parts] * repeat

    def stream() -> Iterator[Mono]:
        for take in head:
            yield from _levelled(take, ASSEMBLY_LUFS - CHIME_BELOW_LU)
            yield from _zeros(CHIME_PAUSE_MS / 1000)
        for number, take in enumerate(takes):
            if number:
                yield from _zeros(REPEAT_PAUSE_MS / 1000)
            yield from _levelled(take, ASSEMBLY_LUFS)
        yield from _zeros(pause_s)

    return stream


def silence(seconds: float) -> Source:
    """A pause."""
    return lambda: _zeros(seconds)


def master(source: Source, target: Target, path: Path) -> Mastered:
    """Write `source` to `path` as a wav file at the loudness and below the true peak of `target`.

    Sound that would need more than LIMITING_MAX_DB of limiting (lone clicks in noise) keeps the peak bound and stays
    quieter than asked; the figures returned are always those of what was written. Raises AudioError when the source
    does, OSError when the file cannot be written.
    """
    meter, true_peak = Meter(), TruePeak()
    for block in source():
        meter.add(block)
        true_peak.add(block)
    loudness, peak = meter.integrated_lufs, true_peak.finish()
    if loudness <= SILENCE_LUFS:
        return _write(source(), path)
    plain_db = target.loudness_lufs - loudness
    most_db = max(plain_db, target.true_peak_dbtp - peak + LIMITING_MAX_DB)
    aim_db = target.true_peak_dbtp - _PEAK_MARGIN_DB
    gain_db, ceiling_db = plain_db, aim_db if plain_db + peak > aim_db else None
    # Of each decibel asked for, the limiter takes about 40 % from speech; after two tries it is known better.
    gives = 0.6
    before: tuple[float, float] | None = None
    for last in [False] * (_TRIES - 1) + [True]:
        written = _write(_shaped(source(), gain_db, ceiling_db), path)
        over_db = written.true_peak_dbtp - (aim_db + _PEAK_MARGIN_DB / 2)
        missing_db = target.loudness_lufs - written.loudness_lufs
        if before is not None and gain_db != before[0]:
            gives = min(1.0, max(0.1, (written.loudness_lufs - before[1]) / (gain_db - before[0])))
        before = gain_db, written.loudness_lufs
        next_db = min(most_db, gain_db + missing_db / (1.0 if ceiling_db is None else gives))
        settled = abs(missing_db) <= _LOUDNESS_TOLERANCE_LU or next_db == gain_db
        if over_db <= 0 and (settled or last):
            break
        if over_db > 0:
            ceiling_db = (aim_db if ceiling_db is None else ceiling_db) - over_db
        gain_db = gain_db if settled else next_db
    return written


def _shaped(blocks: Iterator[Mono], gain_db: float, ceiling_db: float | None) -> Iterator[Mono]:
    gain = 10 ** (gain_db / 20)
    if ceiling_db is None:
        for block in blocks:
            yield block * np.float32(gain)
        return
    limiter = Limiter(gain=gain, ceiling=10 ** (ceiling_db / 20))
    for block in blocks:
        yield limiter.push(block)
    yield limiter.finish()


def _write(blocks: Iterator[Mono], path: Path) -> Mastered:
    """Write a wav file, measuring what is written: the rounded samples, not what was meant."""
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
        loudness_lufs=round(meter.integrated_lufs, 2),
        true_peak_dbtp=round(true_peak.finish(), 2),
    )


def _take(part: Part) -> Trimmed:
    take = trim(part.source)
    if take is None:
        raise AudioError(
            Words(
                "không có tiếng (chỉ có im lặng hoặc tạp âm rất nhỏ)", "there is no sound in it, or only faint noise"
            ),
            where=part.where,
            cure=Words("Nghe lại tệp gốc và thu lại", "Listen to the original and record it again"),
        )
    return take


def _levelled(take: Trimmed, lufs: float) -> Iterator[Mono]:
    """The kept part of a take at a loudness, faded at both edges."""
    fade_in, fade_out = FADE_IN_MS * STATION_RATE_HZ // 1000, FADE_OUT_MS * STATION_RATE_HZ // 1000
    at, length = 0, take.end - take.start
    for block in _kept(take, lufs):
        if at < fade_in or at + len(block) > length - fade_out:
            place = np.arange(at, at + len(block))
            edge = np.minimum(place / fade_in, (length - place) / fade_out)
            block = block * np.clip(edge, 0.0, 1.0).astype(np.float32)
        yield block
        at += len(block)


def _kept(take: Trimmed, lufs: float) -> Iterator[Mono]:
    gain = np.float32(10 ** ((lufs - take.loudness_lufs) / 20))
    at = 0
    for block in take.source():
        first, last = max(take.start, at), min(take.end, at + len(block))
        if first < last:
            yield block[first - at : last - at] * gain
        at += len(block)


def _zeros(seconds: float) -> Iterator[Mono]:
    left = round(seconds * STATION_RATE_HZ)
    while left > 0:
        yield np.zeros(min(left, BLOCK_FRAMES), np.float32)
        left -= BLOCK_FRAMES


def _segment(part: Part, lufs: float) -> AudioSegment:
    """Trimmed, levelled and faded, as a pydub segment of 32-bit samples (16 would add noise before the gain)."""
    take = _take(part)
    samples = np.concatenate(list(_kept(take, lufs)))
    data = (np.clip(samples, -1.0, 1.0).astype(np.float64) * (2**31 - 1)).astype("<i4").tobytes()
    return _wrapped(data).fade_in(FADE_IN_MS).fade_out(FADE_OUT_MS)


def _silence(milliseconds: int) -> AudioSegment:
    return _wrapped(bytes(4 * (milliseconds * STATION_RATE_HZ // 1000)))


def _wrapped(data: bytes) -> AudioSegment:
    from pydub import AudioSegment

    return AudioSegment(data=data, sample_width=4, frame_rate=STATION_RATE_HZ, channels=1)
