"""The station's chime: four bell notes rising to the tonic, made by the program, the same to the sample everywhere.

Each note is a struck bar: a few partials, the higher ones dying sooner. The notes lie between 500 and 1100 Hz and their
partials below 3 kHz, where a horn loudspeaker is strong. Importing this loads no numpy: cache keys hold the version.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from broadcaster.model import STATION_RATE_HZ

if TYPE_CHECKING:
    from broadcaster.audio.pcm import Mono

CHIME_VERSION = "1"
"""Changes whenever the chime sounds different; part of cache keys."""

NOTES_HZ = (523.25, 659.26, 783.99, 1046.50)
"""C5 E5 G5 C6: the broken chord everybody takes for "attention, please"."""
NOTE_GAP_S = 0.34
RING_S = 1.5
"""How long the last note rings."""
_PARTIALS = ((1.0, 1.0, 0.55), (2.0, 0.32, 0.32), (2.756, 0.14, 0.18), (0.5, 0.12, 0.7))
"""(ratio of the note's frequency, amplitude, time constant in seconds); 2.756 is the second mode of a free bar."""
_ATTACK_S = 0.004
_PEAK = 0.5


def station_chime() -> Mono:
    """The chime at the station's rate, 2.5 s, peak at half scale; mastering sets its loudness."""
    import numpy as np

    length_s = NOTE_GAP_S * (len(NOTES_HZ) - 1) + RING_S
    sound = np.zeros(round(length_s * STATION_RATE_HZ))
    for number, note_hz in enumerate(NOTES_HZ):
        start = round(number * NOTE_GAP_S * STATION_RATE_HZ)
        at = np.arange(len(sound) - start) / STATION_RATE_HZ
        struck = np.minimum(1.0, at / _ATTACK_S)
        for ratio, amplitude, decay_s in _PARTIALS:
            if ratio * note_hz < 3000:
                sound[start:] += amplitude * struck * np.exp(-at / decay_s) * np.sin(2 * math.pi * ratio * note_hz * at)
    fade = round(0.3 * STATION_RATE_HZ)
    sound[-fade:] *= np.cos(np.linspace(0, math.pi / 2, fade)) ** 2
    sound *= _PEAK / np.abs(sound).max()
    return sound.astype(np.float32)
