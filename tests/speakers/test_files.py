"""`log:` and `wav:`: what they leave on disk. And the clip's file, which every output reads."""

from __future__ import annotations

import array
import io
import json
import os
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import numbered, write_clip

from broadcaster.clock import ManualClock
from broadcaster.errors import AudioError, SpeakerError, UsageError
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.speakers import Job, Playback, PlaybackState, Speaker, ZoneRoute, Zones, open_speaker, zone_routes
from broadcaster.speakers.clipfile import ClipFile
from broadcaster.speakers.wav import HEADER_BYTES, wav_header
from broadcaster.speakers.zone import ONE_ZONE, channels_needed, unknown_zone

START = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def opened(spec: str, clock: ManualClock, zones: Zones = ONE_ZONE) -> Speaker:
    speaker = open_speaker(spec, clock, zones=zones)
    speaker.open()
    return speaker


def play(speaker: Speaker, clip: Clip, **job: object) -> Playback:
    return speaker.play(Job(source=clip, **job), lambda: None)  # type: ignore[arg-type]


# log:


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_log_has_the_keys_of_the_command_line_page(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    speaker, clip = opened(f"log:{tmp_path / 'log.jsonl'}", clock), make_clip(STATION_RATE_HZ)
    words = {"occurrence": "hang_ngay/sang/2026-12-01", "item": "01-chào", "level": "phien"}
    play(speaker, clip, **words)
    words["zone"] = "tat_ca"
    clock.advance(2.0)
    start, end = lines(tmp_path / "log.jsonl")
    assert start == {
        "at": "2026-12-01T05:30:00+00:00",
        "event": "start",
        **words,
        "audio_sha256": clip.audio_sha256,
        "frames": 0,
    }
    assert end == {
        "at": "2026-12-01T05:30:01+00:00",
        "event": "end",
        **words,
        "audio_sha256": clip.audio_sha256,
        "frames": STATION_RATE_HZ,
    }


def test_the_log_hashes_what_it_read_not_what_was_promised(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    speaker, clip = opened(f"log:{tmp_path / 'log.jsonl'}", clock), make_clip(4_800)
    data = bytearray(clip.path.read_bytes())
    data[-1] ^= 1
    clip.path.write_bytes(data)
    play(speaker, clip)
    clock.advance(1.0)
    assert lines(tmp_path / "log.jsonl")[-1]["audio_sha256"] != clip.audio_sha256


def test_a_cut_is_logged_with_the_frames_really_taken(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    speaker = opened(f"log:{tmp_path / 'log.jsonl'}", clock)
    playback = play(speaker, make_clip(STATION_RATE_HZ * 5))
    clock.advance(1.0)
    playback.cut()
    clock.advance(1.0)
    assert [line["event"] for line in lines(tmp_path / "log.jsonl")] == ["start", "cut"]
    assert lines(tmp_path / "log.jsonl")[-1]["frames"] == playback.frames_played == STATION_RATE_HZ + 1_440


def test_the_next_never_starts_before_the_cut_is_logged(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    speaker = opened(f"log:{tmp_path / 'log.jsonl'}", clock)
    first = play(speaker, make_clip(STATION_RATE_HZ * 5, "first"), item="1")
    clock.advance(1.0)
    first.cut()
    play(speaker, make_clip(480, "second"), item="2")
    clock.advance(1.0)
    assert [(line["item"], line["event"]) for line in lines(tmp_path / "log.jsonl")] == [
        ("1", "start"),
        ("1", "cut"),
        ("2", "start"),
        ("2", "end"),
    ]


def test_a_torn_line_of_a_power_cut_is_left_alone(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"event": "start"}\n{"event": "en')
    play(opened(f"log:{path}", clock), make_clip(480))
    clock.advance(1.0)
    whole = path.read_bytes().splitlines()
    assert whole[1] == b'{"event": "en'
    assert [json.loads(line)["event"] for line in (whole[0], *whole[2:])] == ["start", "start", "end"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("kind", ["log", "wav"])
def test_a_full_disk_loses_the_output(clock: ManualClock, kind: str, make_clip: Callable[..., Clip]) -> None:
    if kind == "wav":
        with pytest.raises(SpeakerError, match="không ghi được"):
            opened("wav:/dev/full", clock)
        return
    speaker = opened("log:/dev/full", clock)
    playback = play(speaker, make_clip(480))
    clock.advance(1.0)
    assert playback.state is PlaybackState.LOST
    assert "không ghi được" in playback.reason.vi
    assert not speaker.health().ok


def test_a_witness_that_was_taken_away_is_a_lost_output(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    path, away = tmp_path / "log.jsonl", tmp_path / "away.jsonl"
    speaker = opened(f"log:{path}", clock)
    playback = play(speaker, make_clip(2 * STATION_RATE_HZ))
    clock.advance(0.5)
    path.rename(away)
    path.mkdir()  # as long as the card is unplugged
    clock.advance(0.1)
    assert playback.state is PlaybackState.LOST and not speaker.health().ok
    with pytest.raises(SpeakerError, match="không ghi được"):
        speaker.open()
    path.rmdir()
    speaker.open()
    play(speaker, make_clip(480))
    clock.advance(1.0)
    assert [line["event"] for line in lines(path)] == ["start", "end"]
    assert [line["event"] for line in lines(away)] == ["start"]


def test_a_folder_that_cannot_be_written_is_told(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for kind in ("log", "wav"):
        with pytest.raises(SpeakerError, match="không ghi được") as caught:
            opened(f"{kind}:{tmp_path / 'file' / 'below'}", clock)
        assert caught.value.exit_code == 5


# wav:


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, STATION_RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())


def test_the_wav_file_keeps_the_silence_between_items(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    path = tmp_path / "out.wav"
    speaker, clip = opened(f"wav:{path}", clock), make_clip(4_800)
    play(speaker, clip, at=2.0)
    clock.advance(5.0)
    play(speaker, clip)
    clock.advance(5.0)
    speaker.close()
    heard, samples = read_wav(path)[:, 0], numbered(4_800)
    assert abs(len(heard) - 10 * STATION_RATE_HZ) <= STATION_RATE_HZ
    for second in (2, 5):
        begin = second * STATION_RATE_HZ
        assert np.array_equal(heard[begin : begin + 4_800], samples)
        heard = heard.copy()
        heard[begin : begin + 4_800] = 0
    assert not heard.any()
    assert len(soundfile.read(path)[0]) == len(heard)


def test_a_cut_is_faded_in_the_wav_file(clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    speaker = opened(f"wav:{path}", clock)
    playback = play(speaker, write_clip(tmp_path / "c.wav", array.array("h", [10_000] * STATION_RATE_HZ)))
    clock.advance(0.5)
    playback.cut()
    clock.advance(0.5)
    speaker.close()
    heard = read_wav(path)[:, 0].astype(int)
    assert (heard[:24_000] == 10_000).all()
    assert (np.diff(heard[24_000:25_440]) <= 0).all()
    assert (np.diff(heard[24_000:25_440]) >= -8).all()
    assert not heard[25_440:].any()


def test_each_zone_has_its_channel_in_the_wav_file(
    clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    path = tmp_path / "out.wav"
    speaker = opened(f"wav:{path}", clock, zone_routes(("thon_1", "thon_2")))
    play(speaker, make_clip(480), zones=("thon_2",))
    clock.advance(1.0)
    assert play(speaker, make_clip(480), zones=("thon_7",)).state is PlaybackState.LOST
    speaker.close()
    heard = read_wav(path)
    assert not heard[:, 0].any()
    assert np.array_equal(heard[:480, 1], numbered(480))


def test_opening_again_continues_the_file(clock: ManualClock, tmp_path: Path, make_clip: Callable[..., Clip]) -> None:
    path = tmp_path / "out.wav"
    speaker = opened(f"wav:{path}", clock)
    play(speaker, make_clip(480))
    clock.advance(1.0)
    speaker.open()
    play(speaker, make_clip(480))
    clock.advance(1.0)
    speaker.close()
    heard = read_wav(path)[:, 0]
    assert np.array_equal(heard[:480], numbered(480))
    assert np.array_equal(heard[STATION_RATE_HZ : STATION_RATE_HZ + 480], numbered(480))


def test_a_killed_program_leaves_a_readable_wav_file(tmp_path: Path, make_clip: Callable[..., Clip]) -> None:
    clip, path = make_clip(STATION_RATE_HZ * 20), tmp_path / "out.wav"
    program = f"""
import threading
from pathlib import Path
from broadcaster.clock import SystemClock
from broadcaster.model import Clip
from broadcaster.speakers import Job, open_speaker
clip = Clip(key="k", path=Path({str(clip.path)!r}), audio_sha256="", text_sha256="", frames={clip.frames},
            engine="", voice="", loudness_lufs=0.0, true_peak_dbtp=0.0)
speaker = open_speaker({f"wav:{path}"!r}, SystemClock())
speaker.open()
playback = speaker.play(Job(source=clip), lambda: None)
while playback.frames_played < 60_000:
    threading.Event().wait(0.02)
print("now", flush=True)
threading.Event().wait()
"""
    station = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert station.stdout is not None
    assert station.stdout.readline() == b"now\n"
    os.kill(station.pid, signal.SIGKILL)
    station.wait(5)
    heard = read_wav(path)[:, 0]
    assert len(heard) > STATION_RATE_HZ // 2
    first = int(np.flatnonzero(heard)[0])
    assert np.array_equal(heard[first:], numbered(len(heard) - first))


def test_sizes_beyond_four_gigabytes_are_written_as_rf64() -> None:
    frames = 3_000_000_000
    header = wav_header(frames, 1)
    assert len(header) == len(wav_header(1, 1)) == HEADER_BYTES
    assert header[:4] == b"RF64"
    # libsndfile believes the header alone when it may not look at the size of the file.
    assert int.from_bytes(header[28:36], "little") == 2 * frames
    plain = io.BytesIO(wav_header(3, 1) + b"\1\0\2\0\3\0")
    assert soundfile.read(plain, dtype="int16")[0].tolist() == [1, 2, 3]


# The clip's file


def test_a_clip_file_gives_exactly_its_frames(make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(1_000)
    with ClipFile(clip.path, 1_000, 900) as file:
        parts = [file.read(64), file.read(64), file.read(64)]
    assert [len(part) for part in parts] == [128, 72, 0]
    assert b"".join(parts) == numbered(100, 901).tobytes()


def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(4_000))
    with pytest.raises(AudioError, match=r"stereo\.wav.*2 kênh 16 bit 44100 Hz"):
        ClipFile(path, 10)


def test_a_file_that_shrinks_while_it_is_read_is_noticed(make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(200_000)
    with ClipFile(clip.path, clip.frames) as file:
        file.read(1_000)
        os.truncate(clip.path, 100_000)
        with pytest.raises(AudioError, match="bị cụt"):
            for _ in range(200):
                file.read(1_000)


# SPEC and zones


def test_every_spec_opens_its_kind_and_is_journalled_as_written(clock: ManualClock, tmp_path: Path) -> None:
    for spec in ("memory", "none", f"log:{tmp_path}/l", f"wav:{tmp_path}/w", "soundcard", "soundcard:USB Audio"):
        assert open_speaker(spec, clock).spec == spec


@pytest.mark.parametrize("spec", ["", "loa", "wav", "wav:", "none:x", "memory:1"])
def test_an_unknown_spec_is_wrong_usage(clock: ManualClock, spec: str) -> None:
    with pytest.raises(UsageError):
        open_speaker(spec, clock)


def test_zones_are_channels_in_their_order() -> None:
    zones = zone_routes(("dinh", "cho", "truong"))
    assert [route.channels for route in zones.values()] == [(0,), (1,), (2,)]
    assert zone_routes(("dinh",)) == {"dinh": ZoneRoute()}
    assert zone_routes(()) == ONE_ZONE == {"tat_ca": ZoneRoute()}
    assert (channels_needed(zones), channels_needed(ONE_ZONE)) == (3, 0)
    assert channels_needed({"cho": ZoneRoute(channels=(2, 5))}) == 6


def test_a_zone_that_the_output_lacks_is_named() -> None:
    zones = zone_routes(("dinh", "cho"))
    assert unknown_zone(("dinh",), zones) is None
    why = unknown_zone(("dinh", "thon_9"), zones)
    assert why is not None and "«thon_9»" in why.vi and "dinh, cho" in why.en


def test_opening_and_closing_leaves_no_thread(tmp_path: Path) -> None:
    from broadcaster.clock import SystemClock

    before = threading.active_count()
    for _ in range(50):
        speaker = open_speaker("none", SystemClock())
        speaker.open()
        speaker.close()
    assert threading.active_count() == before
