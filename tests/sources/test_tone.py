"""The live source that everybody can predict."""

from __future__ import annotations

import array
import itertools
from datetime import UTC, datetime

import pytest

from broadcaster.clock import ManualClock
from broadcaster.model import STATION_RATE_HZ
from broadcaster.sources import ToneReader, ToneSource


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 12, 1, tzinfo=UTC))


def test_it_has_its_level_and_its_frequency(clock: ManualClock) -> None:
    samples = array.array("h", ToneReader(ToneSource(frequency_hz=500, level_dbfs=-6.0), clock).read(STATION_RATE_HZ))
    assert max(samples) == pytest.approx(32767 * 10 ** (-6 / 20), abs=1)
    rising = sum(before < 0 <= after for before, after in itertools.pairwise(samples))
    assert rising in (499, 500)


def test_it_goes_on_without_a_step_from_second_to_second(clock: ManualClock) -> None:
    reader = ToneReader(ToneSource(frequency_hz=1000), clock)
    whole = array.array("h", reader.read(3 * STATION_RATE_HZ + 7))
    period = STATION_RATE_HZ // 1000
    assert all(whole[n] == whole[n + period] for n in range(len(whole) - period))


def test_it_never_ends_unless_told(clock: ManualClock) -> None:
    reader = ToneReader(ToneSource(), clock)
    for _ in range(100):
        assert len(reader.read(STATION_RATE_HZ)) == 2 * STATION_RATE_HZ
    assert not reader.ended


def test_a_stall_lasts_as_long_as_told_and_loses_nothing(clock: ManualClock) -> None:
    steady, reader = ToneReader(ToneSource(), clock), ToneReader(ToneSource(stalls_after_s=0.5, stalls_for_s=2), clock)
    before = reader.read(STATION_RATE_HZ)
    assert len(before) == STATION_RATE_HZ
    assert reader.read(480) == b"" and not reader.ended
    clock.advance(1.99)
    assert reader.read(480) == b""
    clock.advance(0.02)
    assert before + reader.read(480) == steady.read(STATION_RATE_HZ // 2 + 480)
