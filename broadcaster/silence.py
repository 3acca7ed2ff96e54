"""Where a sound begins and ends: one rule for speech, chimes and recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SILENCE_BELOW_DB = 50.0
"""What lies this far below the loudest, at the ends, is silence. Fades of music survive, room noise does not."""


def sounding(level: npt.NDArray[np.floating], *, before: int, after: int) -> tuple[int, int] | None:
    """(first, end) of what is kept of a sound without silence at its ends; None when all of it is digital silence.

    `level`: magnitudes of samples or of steps of equal length; `before`, `after`: how many of them are kept besides,
    for soft consonants and a room's own decay.
    """
    import numpy as np

    peak = float(level.max(initial=0.0))
    if peak == 0.0:
        return None
    loud = np.flatnonzero(level > peak * 10 ** (-SILENCE_BELOW_DB / 20))
    return max(0, int(loud[0]) - before), min(len(level), int(loud[-1]) + 1 + after)
