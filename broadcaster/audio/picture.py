"""Draws a picture of a clip: its waveform, its loudness over time beside the target, and every peak over the limit.

It is for the person who approves a bulletin. Read in blocks, so that a recording of any length fits; drawn by Pillow
with a font of our own, because Pillow's has no Vietnamese letters.
"""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from broadcaster.audio import pcm
from broadcaster.audio.loudness import SILENCE_LUFS, BetweenSamples, Meter, TruePeak
from broadcaster.audio.mastering import Target
from broadcaster.errors import Words
from broadcaster.model import STATION_RATE_HZ

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1600, 840
LEFT, RIGHT = 110, 1570
WAVE_TOP, WAVE_BOTTOM = 150, 440
LOUDNESS_TOP, LOUDNESS_BOTTOM = 500, 770
FLOOR_LUFS, CEILING_LUFS = -50.0, 0.0
"""Range of the loudness axis."""
BAND_LU = 0.5
"""LU around the target within which mastering stays."""

INK, PALE, WAVE, LIMIT = "#1f2933", "#d9dee3", "#4a7fb5", "#c0392b"
MOMENTARY, SHORT_TERM, TARGET, BAND = "#f0b27a", "#b9560f", "#2e8b57", "#e3f3e9"

_BIN = STATION_RATE_HZ // 200
"""5 ms: what is kept of the samples while reading."""
_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_MOST_TICKS = 14


@dataclass(frozen=True, kw_only=True)
class _Sound:
    """Everything that is drawn."""

    duration_s: float
    lowest: npt.NDArray[np.float32]
    highest: npt.NDArray[np.float32]
    """Per 5 ms."""
    peaks: npt.NDArray[np.float32]
    """Per 5 ms, an amplitude; exact where it may pass the limit."""
    true_peak_dbtp: float
    momentary: Sequence[float]
    short_term: Sequence[float]
    integrated_lufs: float


def draw(sound: Path, *, title: str, target: Target, lang: str = "vi") -> bytes:
    """A PNG of a sound file, normally a clip. `title` stands at its head. Raises AudioError."""
    from PIL import Image, ImageDraw

    heard = _read(sound, _amplitude(target.true_peak_dbtp))
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    canvas = ImageDraw.Draw(image)
    _draw_head(canvas, heard, title, target, lang)
    _draw_wave(canvas, heard, target, lang)
    _draw_loudness(canvas, heard, target, lang)
    _draw_times(canvas, heard.duration_s)
    png = io.BytesIO()
    image.save(png, "PNG", optimize=True)
    return png.getvalue()


def _read(path: Path, limit: float) -> _Sound:
    meter, true_peak, between = Meter(), TruePeak(), BetweenSamples()
    rest = peaks_rest = np.zeros(0, np.float32)
    lowest, highest, peaks = [], [], []
    frames = 0
    for block in pcm.blocks(path):
        frames += len(block)
        meter.add(block)
        true_peak.add(block)
        samples, rest = _bins(rest, block)
        lowest.append(samples.min(axis=1))
        highest.append(samples.max(axis=1))
        found, peaks_rest = _bins(peaks_rest, between.peaks(block, limit))
        peaks.append(found.max(axis=1))
    peaks.append(_bins(peaks_rest, between.finish(limit))[0].max(axis=1))
    return _Sound(
        duration_s=frames / STATION_RATE_HZ,
        lowest=_joined(lowest),
        highest=_joined(highest),
        peaks=_joined(peaks),
        true_peak_dbtp=true_peak.finish(),
        momentary=meter.momentary_lufs(),
        short_term=meter.short_term_lufs(),
        integrated_lufs=meter.integrated_lufs,
    )


def _bins(rest: pcm.Mono, block: pcm.Mono) -> tuple[pcm.Mono, pcm.Mono]:
    """(whole bins as rows, what is left over)."""
    joined = np.concatenate([rest, block])
    whole = len(joined) // _BIN * _BIN
    return joined[:whole].reshape(-1, _BIN), joined[whole:].copy()


def _joined(parts: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """At least one bin, so that the shortest sound has a picture too."""
    whole = np.concatenate([np.zeros(0, np.float32), *parts])
    return whole if len(whole) else np.zeros(1, np.float32)


def _draw_head(canvas: ImageDraw, heard: _Sound, title: str, target: Target, lang: str) -> None:
    canvas.text((LEFT, 22), _shortened(canvas, title, _font(34)), font=_font(34), fill=INK)
    peak = heard.true_peak_dbtp
    over = int(np.count_nonzero(heard.peaks > _amplitude(target.true_peak_dbtp)))
    facts = [
        f"{_clock(heard.duration_s)}",
        Words(f"độ to {_number(heard.integrated_lufs)} LUFS", f"loudness {heard.integrated_lufs:.1f} LUFS").text(lang),
        Words(f"đích {_number(target.loudness_lufs)}", f"target {target.loudness_lufs:.1f}").text(lang),
        Words(f"đỉnh {_number(peak)} dBTP", f"true peak {peak:.1f} dBTP").text(lang),
        Words(f"giới hạn {_number(target.true_peak_dbtp)}", f"limit {target.true_peak_dbtp:.1f}").text(lang),
    ]
    canvas.text((LEFT, 78), "  ·  ".join(facts), font=_font(22), fill=INK)
    if over:
        words = Words("có đỉnh vượt giới hạn", "peaks over the limit").text(lang)
        canvas.text((RIGHT, 78), words, font=_font(22), fill=LIMIT, anchor="ra")


def _draw_wave(canvas: ImageDraw, heard: _Sound, target: Target, lang: str) -> None:
    middle, half = (WAVE_TOP + WAVE_BOTTOM) / 2, (WAVE_BOTTOM - WAVE_TOP) / 2
    canvas.rectangle((LEFT, WAVE_TOP, RIGHT, WAVE_BOTTOM), outline=PALE)
    canvas.text((LEFT, WAVE_TOP - 8), Words("dạng sóng", "waveform").text(lang), font=_font(17), fill=INK, anchor="ls")
    for level_db in (0, -6, -12):
        for side in (-1, 1):
            y = middle - side * half * _amplitude(level_db)
            canvas.line((LEFT, y, RIGHT, y), fill=PALE)
        y = middle - half * _amplitude(level_db)
        canvas.text((LEFT - 10, y), f"{_number(level_db, 0)} dB", font=_font(16), fill=INK, anchor="rm")
    lows, highs, peaks = (_columns(values, how) for values, how in _reductions(heard))
    limit = _amplitude(target.true_peak_dbtp)
    for column, (low, high, peak) in enumerate(zip(lows, highs, peaks, strict=True)):
        x = LEFT + column
        canvas.line((x, middle - half * high, x, middle - half * low), fill=LIMIT if peak > limit else WAVE)
        if peak > limit:
            canvas.line((x, WAVE_TOP, x, WAVE_TOP + 10), fill=LIMIT, width=3)
    for side in (-1, 1):
        y = middle - side * half * limit
        _dashes(canvas, y, LIMIT)


def _draw_loudness(canvas: ImageDraw, heard: _Sound, target: Target, lang: str) -> None:
    top, bottom = (_loudness_y(target.loudness_lufs + side * BAND_LU) for side in (1, -1))
    canvas.rectangle((LEFT, top, RIGHT, bottom), fill=BAND)
    canvas.rectangle((LEFT, LOUDNESS_TOP, RIGHT, LOUDNESS_BOTTOM), outline=PALE)
    for lufs in range(int(FLOOR_LUFS), int(CEILING_LUFS) + 1, 10):
        y = _loudness_y(lufs)
        canvas.line((LEFT, y, RIGHT, y), fill=PALE)
        canvas.text((LEFT - 10, y), f"{_number(lufs, 0)}", font=_font(16), fill=INK, anchor="rm")
    _curve(canvas, heard, heard.momentary, 0.4, MOMENTARY, 2)
    _curve(canvas, heard, heard.short_term, 3.0, SHORT_TERM, 4)
    _dashes(canvas, _loudness_y(target.loudness_lufs), TARGET)
    x = float(LEFT)
    for words, colour in (
        (Words("độ to, LUFS:", "loudness, LUFS:"), INK),
        (Words("tức thời 0,4 giây", "momentary 0.4 s"), MOMENTARY),
        (Words("ngắn hạn 3 giây", "short-term 3 s"), SHORT_TERM),
        (Words(f"đích {_number(target.loudness_lufs)}", f"target {target.loudness_lufs:.1f}"), TARGET),
    ):
        canvas.text((x, LOUDNESS_TOP - 8), words.text(lang), font=_font(17), fill=colour, anchor="ls")
        x += canvas.textlength(words.text(lang), font=_font(17)) + 24


def _draw_times(canvas: ImageDraw, duration_s: float) -> None:
    step_s = next((step for step in _TIME_STEPS_S if duration_s / step <= _MOST_TICKS), _TIME_STEPS_S[-1])
    for number in range(int(duration_s / step_s) + 1):
        x = _time_x(number * step_s, duration_s)
        for top, bottom in ((WAVE_TOP, WAVE_BOTTOM), (LOUDNESS_TOP, LOUDNESS_BOTTOM)):
            canvas.line((x, bottom, x, bottom + 7), fill=INK)
            canvas.line((x, top, x, top + 5), fill=INK)
        canvas.text((x, LOUDNESS_BOTTOM + 12), _clock(number * step_s, step_s), font=_font(17), fill=INK, anchor="ma")


def _curve(canvas: ImageDraw, heard: _Sound, values: Sequence[float], window_s: float, colour: str, width: int) -> None:
    """A loudness curve; each value stands at the end of its window."""
    points = [
        (_time_x(window_s + place * 0.1, heard.duration_s), _loudness_y(lufs)) for place, lufs in enumerate(values)
    ]
    stride = max(1, len(points) // (4 * (RIGHT - LEFT)))
    if len(points) > 1:
        canvas.line(points[::stride], fill=colour, width=width, joint="curve")


def _reductions(heard: _Sound) -> tuple[tuple[npt.NDArray[np.float32], np.ufunc], ...]:
    return (heard.lowest, np.minimum), (heard.highest, np.maximum), (heard.peaks, np.maximum)


def _columns(values: npt.NDArray[np.float32], how: np.ufunc) -> list[float]:
    """One value for each column of pixels, by `how` over the bins that fall on it."""
    edges = np.arange(RIGHT - LEFT) * len(values) // (RIGHT - LEFT)
    return [float(value) for value in how.reduceat(values, edges)]


def _dashes(canvas: ImageDraw, y: float, colour: str) -> None:
    for x in range(LEFT, RIGHT, 14):
        canvas.line((x, y, min(x + 8, RIGHT), y), fill=colour, width=2)


def _time_x(seconds: float, duration_s: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(1.0, seconds / max(duration_s, 1e-3))


def _loudness_y(lufs: float) -> float:
    share = (min(max(lufs, FLOOR_LUFS), CEILING_LUFS) - FLOOR_LUFS) / (CEILING_LUFS - FLOOR_LUFS)
    return LOUDNESS_BOTTOM - share * (LOUDNESS_BOTTOM - LOUDNESS_TOP)


def _amplitude(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def _number(value: float, digits: int = 1) -> str:
    """As Vietnamese writes it: decimal comma, true minus sign."""
    if value <= SILENCE_LUFS:
        return "−∞"
    return f"{value:.{digits}f}".replace("-", "−").replace(".", ",")


def _clock(seconds: float, step_s: float = 1.0) -> str:
    if step_s < 1:
        return f"{seconds:.1f}".replace(".", ",")
    minutes, rest = divmod(math.floor(seconds + 0.5), 60)
    return f"{minutes}:{rest:02d}"


def _shortened(canvas: ImageDraw, text: str, font: FreeTypeFont) -> str:
    """The text, cut at a word so that it fits the width."""
    short = text
    while canvas.textlength(short, font=font) > RIGHT - LEFT and len(short) > 1:
        text = text.rpartition(" ")[0] or text[:-1]
        short = text + "…"
    return short


@functools.cache
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    data = (files("broadcaster.audio") / "data" / "dejavu_sans_vi.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size)
