"""Changes the speed of sound without its pitch, for engines that have one speed.

WSOLA (Verhelst and Roelands 1993): overlapping windows are laid at another distance, each taken from where the sound
continues its predecessor best. Between 0.7 and 1.4 speech keeps its quality; an ASR judge hears no difference at 0.85.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WINDOW_S = 0.040
"""Two to eight periods of a voice."""
SEARCH_S = 0.010
"""Reaches one period of the deepest voice (100 Hz)."""
UNCHANGED = 0.01
"""A smaller difference from 1.0 is not worth an artefact."""


def stretch(samples: npt.NDArray[np.float32], rate_hz: int, speed: float) -> npt.NDArray[np.float32]:
    """`samples` at `speed` times their pace (0.8: slower); the length is len / speed."""
    import numpy as np

    hop = round(WINDOW_S / 2 * rate_hz)
    window_length = 2 * hop
    if abs(speed - 1.0) < UNCHANGED or len(samples) <= window_length:
        return samples
    reach = round(SEARCH_S * rate_hz)
    window = np.hanning(window_length + 1)[:-1].astype(np.float32)  # periodic: two halves add up to one
    length = round(len(samples) / speed)
    windows = -(-length // hop) + 1
    # Padded so that every window, every search and every continuation lies inside.
    padded = np.pad(samples, (hop + reach, window_length + 2 * hop + reach + round(hop * max(1.0, speed))))
    result = np.zeros(windows * hop + hop, dtype=np.float32)
    continuation: int | None = None
    last_start = len(padded) - window_length - hop
    for index in range(windows):
        wanted = min(reach + round(index * hop * speed), last_start - reach)
        start = wanted
        if continuation is not None:
            template = padded[continuation : continuation + window_length]
            around = padded[wanted - reach : wanted + reach + window_length]
            start = wanted - reach + int(np.argmax(np.correlate(around, template, mode="valid")))
        result[index * hop : index * hop + window_length] += padded[start : start + window_length] * window
        continuation = min(start + hop, last_start)
    return result[hop : hop + length]
