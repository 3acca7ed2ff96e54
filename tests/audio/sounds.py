"""Makes test sounds with numpy from a seed, so that nothing has to be stored or recorded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from broadcaster.model import STATION_RATE_HZ

Samples = npt.NDArray[np.float32]


def tone(seconds: float, hz: float = 440.0, level: float = 0.25, rate_hz: int = STATION_RATE_HZ) -> Samples:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def noise(seconds: float, level: float = 0.1, seed: int = 1, rate_hz: int = STATION_RATE_HZ) -> Samples:
    return (np.random.default_rng(seed).standard_normal(round(seconds * rate_hz)) * level).astype(np.float32)


def speechlike(seconds: float, level: float = 0.08, seed: int = 2, rate_hz: int = STATION_RATE_HZ) -> Samples:
    """Pulses of a voice in syllables with plosives: short peaks 20 dB above the loudness, as raw speech has them."""
    random = np.random.default_rng(seed)
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    voice = sum(np.sin(2 * np.pi * 140 * n * at + n * n) / n for n in range(1, 24))
    syllables = np.clip(np.sin(2 * np.pi * 2.3 * at), 0, None) ** 0.7
    sound = level * voice * syllables
    for start in random.integers(0, max(1, len(sound) - 400), round(seconds * 2)):
        burst = random.standard_normal(240) * np.exp(-np.arange(240) / 40)
        sound[start : start + 240] += level * 3 * burst[: len(sound) - start]
    return sound.astype(np.float32)


def silence(seconds: float, rate_hz: int = STATION_RATE_HZ) -> Samples:
    return np.zeros(round(seconds * rate_hz), np.float32)
