"""One rendered sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from broadcaster.model.keys import Sha256

STATION_RATE_HZ = 48_000
"""Sample rate of every rendered clip and of the output stream. Clips are mono, 16 bit."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One rendered, mastered sound in the cache: mono, 16 bit, STATION_RATE_HZ."""

    key: str
    """Cache key: a hash of everything that can change the sound."""
    path: Path
    audio_sha256: Sha256
    """Of the sample bytes (not of the file's header)."""
    text_sha256: Sha256
    """Of the written text after placeholders; of the source file for a recording."""
    frames: int
    engine: str
    """Engine that spoke, or `recording`, `chime`, `pause`."""
    voice: str
    loudness_lufs: float
    true_peak_dbtp: float
    provisional: bool = False
    """Spoken by the safety net although a better engine comes first in the station's order: render again."""
    title: str = ""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / STATION_RATE_HZ

    @property
    def length_s(self) -> float | None:
        """Length in seconds; a live source has none."""
        return self.duration_s
