"""Every clip comes out at the station's loudness and below its true peak, whatever went in."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from broadcaster.audio import mastering
from broadcaster.audio.assembly import (
    CHIME_PAUSE_MS,
    REPEAT_PAUSE_MS,
    Part,
    in_memory,
    programme,
    silence,
    trim,
)
from broadcaster.audio.chime import station_chime
from broadcaster.audio.loudness import SILENCE_LUFS, measure
from broadcaster.audio.mastering import Target, master
from broadcaster.errors import AudioError
from broadcaster.model import STATION_RATE_HZ
from tests.audio.meter import ebur128
from tests.audio.sounds import noise, speechlike, tone
from tests.audio.sounds import silence as nothing

TARGET = Target(loudness_lufs=-16.0, true_peak_dbtp=-1.5)


def part(samples) -> Part:
    return Part(in_memory(samples), "thu.wav")


def samples_of(path: Path):
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, STATION_RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


MATERIAL = {
    "speech": speechlike(8),
    "very quiet speech": speechlike(8, level=0.004),
    "too loud, clipped speech": np.clip(speechlike(8, level=2.0), -1, 1),
    "noise": noise(4),
    "full-scale square wave": np.sign(tone(4, 440)) * np.float32(0.99),
    "half a second": speechlike(0.5),
    "with a click": np.concatenate([speechlike(4), np.ones(3, np.float32), speechlike(4)]),
}


@pytest.mark.parametrize("name", MATERIAL)
def test_loudness_and_true_peak_hold_by_our_meter_and_by_ffmpeg(tmp_path: Path, name: str) -> None:
    path = tmp_path / "clip.wav"
    made = master(programme([part(MATERIAL[name])]), TARGET, path)
    ours = measure(samples_of(path))
    assert made.loudness_lufs == pytest.approx(ours.integrated_lufs, abs=0.01)
    assert made.true_peak_dbtp == pytest.approx(ours.true_peak_dbtp, abs=0.01)
    assert ours.integrated_lufs == pytest.approx(-16.0, abs=0.5)
    assert ours.true_peak_dbtp <= -1.5
    theirs = ebur128(path)
    assert theirs.lufs == pytest.approx(-16.0, abs=0.5)
    assert theirs.peak_dbtp <= -1.5


@pytest.mark.parametrize(
    "target", [Target(loudness_lufs=-23, true_peak_dbtp=-3), Target(loudness_lufs=-14, true_peak_dbtp=-1)]
)
def test_the_target_is_the_stations_own(tmp_path: Path, target: Target) -> None:
    made = master(programme([part(speechlike(6))], chime=station_chime()), target, tmp_path / "clip.wav")
    assert made.loudness_lufs == pytest.approx(target.loudness_lufs, abs=0.5)
    assert made.true_peak_dbtp <= target.true_peak_dbtp


@pytest.mark.parametrize("level", [0.02, 0.08, 0.3])
def test_speech_needs_no_more_than_two_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: float) -> None:
    passes = []
    write = mastering._write

    def counted(*arguments):
        passes.append(arguments)
        return write(*arguments)

    monkeypatch.setattr(mastering, "_write", counted)
    master(programme([part(speechlike(6, level=level))]), TARGET, tmp_path / "clip.wav")
    assert len(passes) <= 2


def test_lone_clicks_keep_the_peak_bound_and_stay_quieter(tmp_path: Path) -> None:
    clicks = noise(5, 1e-3)
    clicks[::24_000] = 0.9
    made = master(programme([part(clicks)]), TARGET, tmp_path / "clip.wav")
    assert made.true_peak_dbtp <= -1.5
    assert made.loudness_lufs < -20


def test_the_hash_is_of_the_sample_bytes_alone(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    made = master(programme([part(speechlike(1))]), TARGET, path)
    with wave.open(str(path), "rb") as file:
        data = file.readframes(file.getnframes())
    assert hashlib.sha256(data).hexdigest() == made.audio_sha256
    assert len(data) == 2 * made.frames
    again = master(programme([part(speechlike(1))]), TARGET, tmp_path / "again.wav")
    assert again.audio_sha256 == made.audio_sha256, "the same sound gives the same bytes"


def test_silence_at_the_edges_goes_and_the_sound_stays() -> None:
    sound = np.concatenate([nothing(2), tone(1.0), nothing(3)])
    found = trim(in_memory(sound))
    assert found is not None
    assert found.start == pytest.approx(1.95 * STATION_RATE_HZ, abs=480)
    assert found.end == pytest.approx(3.2 * STATION_RATE_HZ, abs=480)


def test_a_quiet_beginning_is_not_taken_for_silence() -> None:
    sound = np.concatenate([noise(1, 1e-5), tone(0.2, level=0.004), tone(2, level=0.5)])
    found = trim(in_memory(sound))
    assert found is not None
    assert found.start <= STATION_RATE_HZ


def test_chime_readings_pauses_in_order(tmp_path: Path) -> None:
    reading, chime = tone(1.0, 300), station_chime()
    source = programme([part(reading)], chime=chime, repeat=2, pause_s=1.5)
    made = master(source, TARGET, tmp_path / "clip.wav")
    expected_s = len(chime) / STATION_RATE_HZ + 2 * 1.0 + (CHIME_PAUSE_MS + REPEAT_PAUSE_MS) / 1000 + 1.5
    assert made.frames / STATION_RATE_HZ == pytest.approx(expected_s, abs=0.02)
    sound = samples_of(tmp_path / "clip.wav")
    assert np.abs(sound[-round(1.4 * STATION_RATE_HZ) :]).max() == 0.0


def test_parts_of_different_level_are_brought_together(tmp_path: Path) -> None:
    source = programme([part(speechlike(6, level=0.005)), part(speechlike(6, level=0.1, seed=9))])
    made = master(source, TARGET, tmp_path / "clip.wav")
    sound = samples_of(tmp_path / "clip.wav")
    first, last = measure(sound[: made.frames // 2]), measure(sound[made.frames // 2 :])
    assert first.integrated_lufs == pytest.approx(last.integrated_lufs, abs=1.0)


def test_edges_are_faded(tmp_path: Path) -> None:
    master(programme([part(tone(1.0, 1000, 0.5))]), TARGET, tmp_path / "clip.wav")
    sound = samples_of(tmp_path / "clip.wav")
    assert abs(sound[0]) < 0.01
    assert abs(sound[-1]) < 0.01


@pytest.mark.parametrize("sound", [nothing(3), noise(3, 1e-5)], ids=["silence", "microphone off"])
def test_a_part_without_sound_is_refused_by_name(sound) -> None:
    with pytest.raises(AudioError) as refused:
        programme([part(sound)])
    assert "thu.wav" in refused.value.line()
    assert refused.value.cure is not None


def test_a_pause_is_silence_of_that_length(tmp_path: Path) -> None:
    made = master(silence(2.0), TARGET, tmp_path / "pause.wav")
    assert (made.frames, made.loudness_lufs) == (2 * STATION_RATE_HZ, SILENCE_LUFS)
    assert not samples_of(tmp_path / "pause.wav").any()


def test_the_chime_is_a_few_pleasant_seconds() -> None:
    chime = station_chime()
    assert 2.0 <= len(chime) / STATION_RATE_HZ <= 3.5
    assert 0.3 <= np.abs(chime).max() <= 0.7
    assert np.abs(chime[[0, -1]]).max() < 0.001
    assert np.array_equal(chime, station_chime())


LONG = """
import pathlib, re, sys
from broadcaster.audio import assembly, mastering, pcm
source, clip = map(pathlib.Path, sys.argv[1:])
target = mastering.Target(loudness_lufs=-16, true_peak_dbtp=-1.5)
made = mastering.master(assembly.programme([assembly.Part(pcm.file(source), source.name)]), target, clip)
# Not ru_maxrss: it starts with the memory of the process that forked this one.
most = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
print(made.frames, made.loudness_lufs, made.true_peak_dbtp, most)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_long_recording_is_mastered_in_little_memory(tmp_path: Path) -> None:
    recording = tmp_path / "dai.flac"
    minute = speechlike(60, rate_hz=44_100)
    with soundfile.SoundFile(recording, "w", 44_100, 2, "PCM_16") as file:
        for _ in range(3):
            file.write(np.stack([minute, minute], axis=1))
    command = [sys.executable, "-c", LONG, str(recording), str(tmp_path / "clip.wav")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    frames, lufs, peak, kilobytes = map(float, done.stdout.split())
    assert frames == pytest.approx(180 * STATION_RATE_HZ, abs=STATION_RATE_HZ)
    assert lufs == pytest.approx(-16, abs=0.5)
    assert peak <= -1.5
    # 60 MB here whatever the length; in memory 3 minutes would need 130, and 45 minutes a gigabyte.
    assert kilobytes < 90_000
