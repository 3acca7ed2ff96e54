"""The callback's arithmetic, without PortAudio."""

from __future__ import annotations

import array
import itertools

import pytest
from conftest import numbered

from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.mixer import Block, Mixer, Track


class Output:
    """Asks a mixer for buffers as a device would, and keeps them."""

    def __init__(self, channels: int = 1) -> None:
        self.told: list[tuple[str, int, float]] = []
        self.mixer = Mixer(
            on_start=lambda track, heard: self.told.append(("start", track.serial, heard)),
            on_handed=lambda track, heard: self.told.append(("handed", track.serial, heard)),
            on_cut=lambda track: self.told.append(("cut", track.serial, 0.0)),
        )
        self.mixer.channels = channels
        self.frames = 0
        self.heard: list[int] = []

    def ask(self, frames: int) -> list[int]:
        buffer = memoryview(bytearray(frames * self.mixer.channels * 2)).cast("h")
        self.mixer.fill(buffer, frames, self.frames / STATION_RATE_HZ)
        self.frames += frames
        part = buffer.tolist()
        self.heard += part
        return part


def track(samples: array.array[int], serial: int = 1, *, at: float | None = None, channels: tuple[int, ...] = (0,)):
    made = Track(serial, channels, len(samples), at)
    for start in range(0, len(samples), 100):
        made.append(Block.of(samples[start : start + 100].tobytes()))
    return made


def test_buffers_of_any_size_carry_every_sample_once() -> None:
    output, samples = Output(), numbered(1_000)
    output.mixer.waiting.append(track(samples))
    for frames in (1, 7, 64, 300, 480, 5, 400):
        output.ask(frames)
    assert output.heard == [*samples, *[0] * (1_257 - 1_000)]
    assert output.told == [("start", 1, 0.0), ("handed", 1, pytest.approx(1_000 / STATION_RATE_HZ))]
    assert output.mixer.idle


def test_a_planned_start_is_placed_to_the_sample() -> None:
    output, samples = Output(), numbered(100)
    output.mixer.waiting.append(track(samples, at=1_234 / STATION_RATE_HZ))
    for _ in range(4):
        output.ask(480)
    assert output.heard[:1_234] == [0] * 1_234
    assert output.heard[1_234:1_334] == list(samples)


def test_channels_of_other_zones_stay_silent() -> None:
    output, samples = Output(channels=3), numbered(50)
    output.mixer.waiting.append(track(samples, channels=(0, 2)))
    heard = output.ask(50)
    assert heard[0::3] == heard[2::3] == list(samples)
    assert heard[1::3] == [0] * 50


def test_a_cut_fades_to_nothing_without_a_step() -> None:
    output = Output()
    playing = track(array.array("h", [10_000] * 5_000))
    output.mixer.waiting.append(playing)
    output.ask(500)
    playing.fade = 1_440
    for _ in range(6):
        output.ask(400)
    heard = output.heard
    assert heard[500] == 10_000
    assert all(0 <= before - after <= 8 for before, after in itertools.pairwise(heard[500:1_941]))
    assert not any(heard[1_940:])
    assert output.told[-1][:2] == ("cut", 1)
    assert playing.handed == 1_940


def test_the_next_begins_with_the_fade_not_after_it() -> None:
    output = Output()
    first, second = track(array.array("h", [1_000] * 5_000)), track(array.array("h", [20] * 3_000), 2)
    output.mixer.waiting.append(first)
    output.ask(480)
    first.fade = 1_440
    output.mixer.waiting.append(second)
    heard = output.ask(480) + output.ask(480) + output.ask(480) + output.ask(480)
    assert heard[0] == 1_020
    assert min(heard[:1_440]) >= 20
    assert heard[1_440:] == [20] * 480
    assert [told[:2] for told in output.told] == [("start", 1), ("cut", 1), ("start", 2)]


def test_mixing_clips_instead_of_wrapping_round() -> None:
    output = Output()
    first, second = track(array.array("h", [32_000] * 3_000)), track(array.array("h", [32_000] * 3_000), 2)
    output.mixer.waiting.append(first)
    output.ask(10)
    first.fade = 1_440
    output.mixer.waiting.append(second)
    assert min(output.ask(1_440)) >= 32_000


def test_a_cut_in_the_last_milliseconds_lets_it_end() -> None:
    output, samples = Output(), numbered(1_000)
    playing = track(samples)
    output.mixer.waiting.append(playing)
    output.ask(500)
    playing.fade = 1_440
    output.ask(600)
    assert output.heard[:1_000] == list(samples)
    assert output.told[-1] == ("handed", 1, pytest.approx(1_000 / STATION_RATE_HZ))


def test_a_cut_before_the_start_plays_nothing() -> None:
    output = Output()
    waiting = track(numbered(100), at=60.0)
    output.mixer.waiting.append(waiting)
    output.ask(480)
    waiting.fade = 1_440
    output.ask(480)
    assert not any(output.heard)
    assert output.told == [("cut", 1, 0.0)]
    assert output.mixer.idle


def test_a_late_reader_is_counted_and_nothing_is_skipped() -> None:
    output, samples = Output(), numbered(200)
    starving = Track(1, (0,), 200, None)
    starving.append(Block.of(samples[:100].tobytes()))
    output.mixer.waiting.append(starving)
    output.ask(150)
    assert starving.underruns == 1
    starving.append(Block.of(samples[100:].tobytes()))
    output.ask(150)
    assert [sample for sample in output.heard if sample] == list(samples)
    assert output.told[-1][0] == "handed"


def test_what_is_still_in_the_buffer_is_not_consumed() -> None:
    output = Output()
    playing = track(numbered(4_800))
    output.mixer.waiting.append(playing)
    output.ask(2_400)
    assert playing.consumed(0.0) == 0
    assert playing.consumed(0.025) == pytest.approx(1_200, abs=1)
    assert playing.consumed(9.0) == 2_400
