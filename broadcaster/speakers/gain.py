"""Loudness changes of 16-bit samples without numpy: tables and maps that run in C, fast enough for many zones.

Lists and `struct` between them: an array, a memoryview or a generator in that place takes twice the time.
"""

from __future__ import annotations

import array
import functools
import itertools
import operator
import struct
from collections.abc import Iterable, Sequence

SAMPLE_MAX = 32767
SAMPLE_MIN = -32768
FADE_BITS = 15
"""A fade's factors are fractions of 2 to this power."""


@functools.cache
def _scale(gain_db: float) -> Sequence[int]:
    """What each sample becomes; index -1 is the last entry, so negative samples index from the end."""
    factor = 10 ** (gain_db / 20)
    samples = itertools.chain(range(SAMPLE_MAX + 1), range(SAMPLE_MIN, 0))
    return [max(SAMPLE_MIN, min(SAMPLE_MAX, round(sample * factor))) for sample in samples]


@functools.cache
def _limit() -> Sequence[int]:
    """What each sum of two samples becomes, indexed as above."""
    sums = itertools.chain(range(2 * SAMPLE_MAX + 1), range(2 * SAMPLE_MIN, 0))
    return [max(SAMPLE_MIN, min(SAMPLE_MAX, each)) for each in sums]


def scaled(samples: array.array[int] | memoryview[int], gain_db: float) -> array.array[int] | memoryview[int]:
    """The samples with `gain_db` decibels added, limited to 16 bit; the same object for 0 dB."""
    if not gain_db:
        return samples
    return _packed(map(_scale(gain_db).__getitem__, samples.tolist()))


def added(one: memoryview[int], other: memoryview[int]) -> array.array[int]:
    """The sums of two stretches of the same length, limited to 16 bit."""
    return _packed(map(_limit().__getitem__, map(operator.add, one.tolist(), other.tolist())))


@functools.lru_cache(maxsize=16)
def _factors(length: int, rising: bool) -> Sequence[int]:
    steps = range(length) if rising else range(length, 0, -1)
    return [(step << FADE_BITS) // length for step in steps]


def faded(samples: array.array[int] | memoryview[int], first: int, length: int, *, rising: bool) -> array.array[int]:
    """The samples under a straight fade of `length` frames, of which the first one here is number `first`. There are no
    more than the fade still has."""
    factors = _factors(length, rising)[first : first + len(samples)]
    products = map(operator.mul, samples.tolist(), factors)
    return _packed(map(operator.rshift, products, itertools.repeat(FADE_BITS)))


def _packed(samples: Iterable[int]) -> array.array[int]:
    values = tuple(samples)
    return array.array("h", struct.pack(f"{len(values)}h", *values))


def prepare() -> None:
    """Compute what `added` needs: who calls it must never wait."""
    _limit()
