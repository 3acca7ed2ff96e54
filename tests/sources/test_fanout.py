"""One source, several readers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from broadcaster.clock import ManualClock
from broadcaster.errors import AudioError, Words
from broadcaster.source import Reader
from broadcaster.sources import Fanout, ToneReader, ToneSource
from broadcaster.sources.fanout import BEHIND_FRAMES


class Counted(ToneReader):
    """Knows how often it was opened and whether it is closed."""

    opened = 0
    closed = False

    def close(self) -> None:
        super().close()
        self.closed = True


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 12, 1, tzinfo=UTC))


def test_everybody_gets_the_same_samples_whoever_asks_first(clock: ManualClock) -> None:
    fanout, alone = Fanout(lambda: ToneReader(ToneSource(), clock)), ToneReader(ToneSource(), clock)
    one, other = fanout.open(), fanout.open()
    first = one.read(1_000)
    second = other.read(1_500)
    assert first + one.read(500) == second == alone.read(1_500)


def test_the_source_is_opened_once_and_closed_with_the_last_reader(clock: ManualClock) -> None:
    opened: list[Counted] = []

    def open_source() -> Reader:
        opened.append(Counted(ToneSource(), clock))
        return opened[-1]

    fanout = Fanout(open_source)
    assert opened == []
    one, other = fanout.open(), fanout.open()
    one.close()
    one.close()
    assert len(other.read(480)) == 960
    other.close()
    assert [source.closed for source in opened] == [True]


def test_who_comes_later_hears_what_comes_later(clock: ManualClock) -> None:
    fanout, alone = (
        Fanout(lambda: ToneReader(ToneSource(frequency_hz=7), clock)),
        ToneReader(ToneSource(frequency_hz=7), clock),
    )
    fanout.open().read(1_000)
    later = fanout.open()
    alone.read(1_000)
    assert later.read(500) == alone.read(500)


def test_who_falls_far_behind_loses_the_oldest_samples(clock: ManualClock) -> None:
    fanout = Fanout(lambda: ToneReader(ToneSource(), clock))
    quick, slow = fanout.open(), fanout.open()
    quick.read(BEHIND_FRAMES)
    newest = quick.read(1_200) + b""
    waiting = slow.read(BEHIND_FRAMES)
    assert len(waiting) == 2 * BEHIND_FRAMES
    assert waiting.endswith(newest)


def test_it_has_ended_for_each_when_each_has_read_it_all(clock: ManualClock) -> None:
    fanout = Fanout(lambda: ToneReader(ToneSource(ends_after_s=0.01), clock))
    quick, slow = fanout.open(), fanout.open()
    assert len(quick.read(1_000)) == 960
    assert quick.ended and not slow.ended
    assert len(slow.read(1_000)) == 960
    assert slow.ended


def test_a_source_that_cannot_be_opened_is_told_to_who_asked() -> None:
    def broken() -> Reader:
        raise AudioError(Words("mất đường dây", "the line is dead"))

    with pytest.raises(AudioError, match="mất đường dây"):
        Fanout(broken).open()
