"""The callback's arithmetic, without PortAudio."""

from __future__ import annotations

import array
import itertools

import pytest
from conftest import numbered

from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.mixer import Mixer
from broadcaster.speakers.track import Branch, Track


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


def track(
    samples: array.array[int],
    serial: int = 1,
    *,
    at: float | None = None,
    channels: tuple[int, ...] = (0,),
    branches: tuple[Branch, ...] = (),
    **how: object,
) -> Track:
    made = Track(serial, branches or (Branch(0, channels),), len(samples), at, **how)  # type: ignore[arg-type]
    for start in range(0, len(samples), 100):
        made.append(samples[start : start + 100].tobytes())
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
    starving = Track(1, (Branch(0, (0,)),), 200, None)
    starving.append(samples[:100].tobytes())
    output.mixer.waiting.append(starving)
    output.ask(150)
    assert starving.underruns == 1
    starving.append(samples[100:].tobytes())
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


# Zones


def routed(zones: int) -> tuple[Branch, ...]:
    """One zone for each channel."""
    return tuple(Branch(zone, (zone,)) for zone in range(zones))


def channel(output: Output, number: int) -> list[int]:
    return output.heard[number :: output.mixer.channels]


def test_two_tracks_sound_at_once_in_channels_of_their_own() -> None:
    output = Output(channels=2)
    one, other = numbered(1_000), numbered(1_000, 5_000)
    output.mixer.waiting.append(track(one, 1, channels=(0,)))
    output.ask(200)
    output.mixer.waiting.append(track(other, 2, channels=(1,)))
    for _ in range(3):
        output.ask(480)
    assert channel(output, 0)[:1_000] == list(one)
    assert channel(output, 1)[200:1_200] == list(other)
    assert output.mixer.idle
    assert sorted(told[:2] for told in output.told) == [("handed", 1), ("handed", 2), ("start", 1), ("start", 2)]


def test_a_zone_leaves_with_a_fade_and_comes_back_where_the_others_are() -> None:
    output, samples = Output(channels=2), array.array("h", [10_000] * 9_000)
    playing = track(samples, branches=routed(2))
    playing.route_fade = 1_440
    output.mixer.waiting.append(playing)
    output.ask(1_000)
    playing.routed = frozenset({0})
    for _ in range(5):
        output.ask(600)
    playing.routed = frozenset({0, 1})
    for _ in range(10):
        output.ask(600)
    assert channel(output, 0)[:9_000] == list(samples)
    second = channel(output, 1)
    assert second[:1_001] == [10_000] * 1_001
    assert all(0 <= before - after <= 8 for before, after in itertools.pairwise(second[1_000:2_441]))
    assert not any(second[2_440:4_001])
    assert all(0 <= after - before <= 8 for before, after in itertools.pairwise(second[4_000:5_441]))
    assert second[5_440:9_000] == [10_000] * 3_560
    frames, first, last = playing.heard_by(playing.branches[1], 1e9)
    assert frames == 1_000 + 1_440 + 5_000
    assert (first, last) == (0.0, pytest.approx(9_000 / STATION_RATE_HZ))
    assert playing.heard_by(playing.branches[0], 1e9)[0] == 9_000


def test_what_takes_a_zone_begins_over_the_fade_of_what_leaves_it() -> None:
    output = Output(channels=2)
    session = track(array.array("h", [1_000] * 9_000), 1, branches=routed(2))
    session.route_fade = 1_440
    output.mixer.waiting.append(session)
    output.ask(480)
    session.routed = frozenset({0})
    output.mixer.waiting.append(track(array.array("h", [20] * 3_000), 2, channels=(1,)))
    for _ in range(4):
        output.ask(480)
    second = channel(output, 1)[480:]
    assert second[0] == 1_020
    assert min(second[:1_440]) >= 20
    assert second[1_440:] == [20] * 480
    assert channel(output, 0) == [1_000] * 2_400


def test_a_zone_that_comes_back_during_its_fade_counts_no_frame_twice() -> None:
    output = Output(channels=2)
    playing = track(numbered(6_000), branches=routed(2))
    playing.route_fade = 1_440
    output.mixer.waiting.append(playing)
    output.ask(480)
    playing.routed = frozenset({0})
    output.ask(480)
    playing.routed = frozenset({0, 1})
    for _ in range(12):
        output.ask(480)
    assert playing.heard_by(playing.branches[1], 1e9)[0] == 6_000


def test_zones_that_are_routed_nowhere_are_silent_and_the_track_goes_on() -> None:
    output = Output(channels=2)
    playing = track(numbered(1_000), branches=routed(2), routed=())
    output.mixer.waiting.append(playing)
    output.ask(1_200)
    assert not any(output.heard)
    assert output.told[-1][0] == "handed"
    assert playing.heard_by(playing.branches[0], 1e9)[0] == 0


def test_each_zone_has_its_gain_and_none_wraps_round() -> None:
    output = Output(channels=2)
    branches = (Branch(0, (0,), 0), Branch(1, (1,), 1))
    output.mixer.waiting.append(
        track(array.array("h", [20_000, -20_000] * 50), branches=branches, gains=(-6.0206, 12.0))
    )
    output.ask(100)
    assert channel(output, 0) == [10_000, -10_000] * 50
    assert channel(output, 1) == [32_767, -32_768] * 50


def test_a_cut_takes_every_zone_and_leaves_the_other_tracks() -> None:
    output = Output(channels=3)
    one = track(numbered(9_000), 1, branches=routed(2))
    output.mixer.waiting.extend((one, track(numbered(2_000), 2, channels=(2,))))
    output.ask(480)
    one.fade = 480
    for _ in range(4):
        output.ask(480)
    assert [one.heard_by(branch, 1e9)[0] for branch in one.branches] == [960, 960]
    assert channel(output, 2)[:2_000] == list(numbered(2_000))
    assert ("cut", 1) in [told[:2] for told in output.told]


def test_a_live_track_is_silent_while_nothing_comes_and_ends_when_told() -> None:
    output = Output()
    live = Track(1, (Branch(0, (0,)),), None, None, preroll=100)
    output.mixer.waiting.append(live)
    live.append(numbered(50).tobytes())
    assert not any(output.ask(480)), "it waits for its preroll"
    assert not live.started
    live.append(numbered(50, 51).tobytes())
    assert output.ask(480) == [*numbered(100), *[0] * 380]
    assert (live.stalled, live.underruns) == (380, 0)
    live.append(numbered(100, 101).tobytes())
    live.total = live.queued
    output.ask(480)
    assert [sample for sample in output.heard if sample] == list(numbered(200))
    assert output.told[-1][0] == "handed" and output.mixer.idle


def test_a_live_track_that_gives_nothing_begins_with_silence() -> None:
    output = Output()
    live = Track(1, (Branch(0, (0,)),), None, None, preroll=100)
    output.mixer.waiting.append(live)
    while not live.started:
        output.ask(480)
        assert output.frames < STATION_RATE_HZ
    assert live.stalled > 0
    live.fade = 1_440
    output.ask(480)
    assert output.told[-1][0] == "cut"
