"""A whole station on a real sound server: what the sink played, compared with the cached clips sample by sample."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from headless import RATE_HZ, Pulse, Recorder, Recording

from broadcaster.model import Airing, Clip, CommandResult, EventKind, Outcome, RequestKind
from tests.station.folder import make_station, render
from tests.station.live import MORNING, LiveStation, live

pytestmark = pytest.mark.sound

START_ERROR_S = 0.015
"""A planned start is kept within this at the sink."""
MEASURING_ERROR_S = 0.015
"""The monitor is ahead of the sink by some 10 ms, and its reader may be late on a busy machine."""
ERROR_DB = -60.0
WINDOW = 48_000
"""Samples by which a clip is found: two syllables of the tone engine may be alike, a second of them is not."""
FADE_FRAMES = 1_440

SESSION = """
[session.sang]
title = "Buổi sáng"
times = ["05:30:00", "05:30:06"]
days = "daily"
items = [ { script = "chao" }, { pause = 0.5 }, { script = "tin" } ]
"""
LONG = """
[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
items = [ { script = "dai", resume = true }, { script = "tin" } ]
"""
LONG_TEXT = "Sáng mai bộ phận một cửa nhận hồ sơ đất đai tại nhà văn hóa."
TEXTS = {"chao": "Kính chào bà con.", "tin": "Mời bà con đi họp.", "dai": LONG_TEXT}
FLOOD = "lũ đang về"
QUIET = '[voice]\nengines = ["tone"]\n[sound]\nchime = "none"\n'


def samples_of(clip: Clip) -> np.ndarray:
    """Its samples, 16 bit."""
    return np.frombuffer(clip.path.read_bytes()[-2 * clip.frames :], "<i2")


def find(played: np.ndarray, wanted: np.ndarray, first: int = 0) -> int:
    """Where `wanted` begins in `played`, at or after `first`."""
    sounding = int(np.flatnonzero(wanted)[0])
    window = wanted[sounding : sounding + WINDOW]
    for start in np.flatnonzero(played[first + sounding :] == window[0]) + first + sounding:
        if np.array_equal(played[start : start + len(window)], window):
            return int(start) - sounding
    raise AssertionError("its beginning was not played")


def assert_heard(recording: Recording, wanted: np.ndarray, start: int, what: str) -> None:
    """Every sample is there, first and last included."""
    for channel in range(recording.samples.shape[1]):
        played = recording.samples[start : start + len(wanted), channel].astype(float)
        assert len(played) == len(wanted), f"{what}: the end was not played"
        difference = np.sqrt(np.mean((played - wanted) ** 2)) / 32768
        error_db = float(20 * np.log10(max(difference, 1e-9)))
        assert error_db < ERROR_DB, f"{what}: error {error_db:.0f} dB"


def outcomes(station: LiveStation) -> list[tuple[str, str]]:
    """(item, outcome) of every row."""
    return [(row.item, str(row.outcome)) for row in station.rows()]


def aired(station: LiveStation, count: int) -> list[Airing]:
    """Wait for so many whole airings."""
    station.until(lambda: sum(r.outcome is Outcome.AIRED for r in station.rows()) >= count, f"{count} aired")
    return [row for row in station.rows() if row.outcome is Outcome.AIRED]


def test_every_sample_of_every_clip_reaches_the_sink_at_its_second(pulse: Pulse, tmp_path: Path) -> None:
    folder = make_station(tmp_path / "dai", timetable=SESSION, texts=TEXTS, settings=QUIET)
    render(folder, MORNING)
    assert pulse.recorder is not None
    with live(folder, MORNING - timedelta(seconds=4)) as station:
        mark = pulse.recorder.frames
        rows = aired(station, 6)
        recording = pulse.recorder.since(mark)
        played = recording.samples[:, 0]
        first, errors, rest = 0, [], played.copy()
        for row in rows:
            if "nghi" in row.item:
                continue
            wanted = samples_of(station.clip(row))
            first = find(played, wanted, first)
            assert_heard(recording, wanted, first, f"{row.occurrence} {row.item}")
            if row.item.startswith("01"):
                errors.append(recording.heard_at(first) - station.real(row.planned_at))
            rest[first : first + len(wanted)] = 0
            first += len(wanted)
            assert row.underruns == 0 and row.level_dbfs is not None
        assert not rest.any(), "something else was heard"
    print(f"start at the sink: {[f'{1000 * error:+.1f} ms' for error in errors]}")
    assert abs(float(np.median(errors))) < START_ERROR_S, errors
    assert max(abs(error) for error in errors) < START_ERROR_S + MEASURING_ERROR_S, errors


def test_an_emergency_cuts_in_and_the_notice_starts_again(pulse: Pulse, tmp_path: Path) -> None:
    folder = make_station(tmp_path / "dai", timetable=LONG.replace(", resume = true", ""), texts=TEXTS, settings=QUIET)
    render(folder, MORNING, FLOOD)
    assert pulse.recorder is not None
    with live(folder, MORNING - timedelta(seconds=4)) as station:
        mark = pulse.recorder.frames
        station.until_on_air("01-dai")
        pulse.recorder.wait_for(pulse.recorder.frames + RATE_HZ)
        asked = station.real(station.clock.now())
        station.ask(RequestKind.SAY, text=FLOOD, level="khan_cap", reason="lũ")
        cut, *rows = [row for row in (aired(station, 3) and station.rows())]
        recording = pulse.recorder.since(mark)
    assert cut.outcome is Outcome.PREEMPTED
    assert [row.item for row in rows] == ["01-lu_dang_ve", "01-dai", "02-tin"]
    played = recording.samples[:, 0]
    alert, notice = (samples_of(station.clip(row)) for row in rows[:2])
    # Every sample of the notice up to its fade; the alert's first ones may be mixed with it, then every one is its own.
    first = find(played, notice)
    heard = round(cut.duration_s * RATE_HZ)
    assert_heard(recording, notice[: heard - FADE_FRAMES], first, "the notice up to its fade")
    begin = find(played, alert[FADE_FRAMES:], first + heard - FADE_FRAMES) - FADE_FRAMES
    assert_heard(recording, alert[FADE_FRAMES:], begin + FADE_FRAMES, "alert")
    assert begin >= first + heard - FADE_FRAMES
    again = find(played, notice, begin + len(alert))
    assert_heard(recording, notice, again, "the notice, again from its beginning")
    delay_s = recording.heard_at(begin + int(np.flatnonzero(alert)[0])) - asked
    print(f"emergency: {1000 * delay_s:.0f} ms from the request to the sink")
    assert delay_s < 1.0


def test_stop_is_silence_within_200_ms_and_stays(pulse: Pulse, tmp_path: Path) -> None:
    folder = make_station(tmp_path / "dai", timetable=LONG, texts=TEXTS, settings=QUIET)
    render(folder, MORNING)
    assert pulse.recorder is not None
    with live(folder, MORNING - timedelta(seconds=3)) as station:
        mark = pulse.recorder.frames
        station.until_on_air("01-dai")
        pulse.recorder.wait_for(pulse.recorder.frames + RATE_HZ)
        asked = station.real(station.clock.now())
        number = station.ask(RequestKind.STOP)
        answer = station.until_ended(number)
        station.until(lambda: all(row.outcome for row in station.rows()), "verdicts")
        recording = pulse.recorder.since(mark, more_s=1.0)
        rows = outcomes(station)
    last = int(np.flatnonzero(recording.samples[:, 0])[-1])
    silent_s = recording.heard_at(last) - asked
    print(f"STOP: silent after {1000 * silent_s:.0f} ms")
    assert 0 < silent_s < 0.2
    assert answer.result is CommandResult.DONE
    assert rows == [("01-dai", "partly_aired"), ("02-tin", "cancelled")]


def test_a_removed_sink_is_reopened_and_the_item_goes_on(own_pulse: Pulse, tmp_path: Path) -> None:
    folder = make_station(tmp_path / "dai", timetable=LONG, texts=TEXTS, settings=QUIET)
    render(folder, MORNING)
    with live(folder, MORNING - timedelta(seconds=3)) as station:
        station.until_on_air("01-dai")
        station.until(lambda: station.clock.now() > MORNING + timedelta(seconds=2), "two seconds of it")
        own_pulse.remove_sink()
        station.until(lambda: station.rows()[0].outcome, "the loss is noticed")
        own_pulse.return_sink()
        recorder = Recorder(own_pulse.env, own_pulse.channels)
        lost, *rows = [row for row in (aired(station, 2) and station.rows())]
        recording = recorder.since(0)
        recorder.stop()
    assert lost.outcome is Outcome.PARTLY_AIRED and "loa" in lost.reason.text()
    assert [(row.item, str(row.outcome)) for row in rows] == [("01-dai", "aired"), ("02-tin", "aired")]
    resumed = rows[0]
    assert resumed.start_frame == round(lost.duration_s * RATE_HZ) > RATE_HZ
    notice = samples_of(station.clip(resumed))
    # The recorder came to life a moment after the sink: at least the last seconds of the notice must be there, whole.
    tail = notice[-2 * RATE_HZ :]
    assert_heard(recording, tail, find(recording.samples[:, 0], tail), "the rest of the notice")
    assert any("mất soundcard" in text for kind, text in station.events if kind is EventKind.OUTPUT), station.events


def test_a_dead_sound_server_is_survived_and_the_notice_starts_again(own_pulse: Pulse, tmp_path: Path) -> None:
    timetable = LONG.replace(", resume = true", "")
    folder = make_station(tmp_path / "dai", timetable=timetable, texts=TEXTS, settings=QUIET)
    render(folder, MORNING)
    with live(folder, MORNING - timedelta(seconds=3)) as station:
        station.until_on_air("01-dai")
        station.until(lambda: station.clock.now() > MORNING + timedelta(seconds=1), "a second of it")
        own_pulse.kill()
        station.until(lambda: station.rows()[0].outcome, "the loss is noticed")
        station.until(lambda: not station.station.outputs.health().ok, "it knows that there is no output")
        own_pulse.start()
        lost, *rows = [row for row in (aired(station, 2) and station.rows())]
    assert lost.outcome is Outcome.PARTLY_AIRED
    assert [(row.item, str(row.outcome), row.start_frame) for row in rows] == [
        ("01-dai", "aired", 0),
        ("02-tin", "aired", 0),
    ]
