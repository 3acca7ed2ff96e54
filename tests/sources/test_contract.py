"""One suite over everything that gives samples: what `Reader` promises holds for a clip's file and for live sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from broadcaster.clock import ManualClock
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.source import Reader
from broadcaster.sources import Fanout, ToneReader, ToneSource
from broadcaster.speakers.clipfile import ClipFile

ENDS_AFTER_S = 1.5
FRAMES = round(ENDS_AFTER_S * STATION_RATE_HZ)
STALL_S = 2.0
"""Station seconds."""


@dataclass
class Rig:
    """A source of FRAMES frames."""

    open: Callable[[], Reader]
    clock: ManualClock

    def read_all(self, reader: Reader, frames: int) -> bytes:
        """Ask for `frames` at a time until the end, letting time pass when nothing comes."""
        whole = b""
        for _ in range(10 * FRAMES // frames + 100):
            if reader.ended:
                return whole
            piece = reader.read(frames)
            assert len(piece) <= 2 * frames and len(piece) % 2 == 0
            if not piece:
                self.clock.advance(0.1)
            whole += piece
        raise AssertionError(f"no end after {len(whole)} bytes")


@pytest.fixture(params=["clip", "tone", "stalling tone", "fanout"])
def rig(request: pytest.FixtureRequest, make_clip: Callable[..., Clip]) -> Rig:
    clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
    stalls = 0.5 if request.param == "stalling tone" else None
    tone = ToneSource(stalls_after_s=stalls, stalls_for_s=STALL_S, ends_after_s=ENDS_AFTER_S)
    if request.param == "clip":
        clip = make_clip(FRAMES)
        return Rig(lambda: ClipFile(clip.path, clip.frames), clock)
    if request.param == "fanout":
        return Rig(lambda: Fanout(lambda: ToneReader(tone, clock)).open(), clock)
    return Rig(lambda: ToneReader(tone, clock), clock)


def test_everything_is_given_once_and_then_it_has_ended(rig: Rig) -> None:
    reader = rig.open()
    assert not reader.ended
    assert len(rig.read_all(reader, 4_801)) == 2 * FRAMES
    assert reader.ended
    assert reader.read(100) == b""
    assert reader.ended
    reader.close()


def test_the_samples_do_not_depend_on_how_many_are_asked_for(rig: Rig) -> None:
    assert rig.read_all(rig.open(), 997) == rig.read_all(rig.open(), FRAMES)


def test_asking_for_nothing_gives_nothing(rig: Rig) -> None:
    reader = rig.open()
    assert reader.read(0) == b""
    assert not reader.ended


def test_closing_again_does_nothing(rig: Rig) -> None:
    reader = rig.open()
    reader.read(480)
    reader.close()
    reader.close()


def test_a_second_reader_begins_anew(rig: Rig) -> None:
    first = rig.open()
    beginning = first.read(480)
    first.close()
    assert rig.open().read(480) == beginning
