"""Sound files are read whole, at the station's rate, in blocks; or refused with their name, never read in part."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from broadcaster.audio import pcm
from broadcaster.errors import AudioError
from broadcaster.model import STATION_RATE_HZ
from broadcaster.mp3_frames import scan_file
from tests.audio.sounds import noise, tone

SECONDS = 6.0
FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
EXACT = {"wav", "flac"}


def write(path: Path, rate_hz: int = 44_100, channels: int = 2, seconds: float = SECONDS, **options) -> np.ndarray:
    kind, subtype = FORMATS[path.suffix[1:]]
    sound = tone(seconds, rate_hz=rate_hz) + noise(seconds, 0.01, rate_hz=rate_hz)
    soundfile.write(path, np.stack([sound] * channels, axis=1), rate_hz, format=kind, subtype=subtype, **options)
    return sound


def write_media(path: Path, codec: str, seconds: float = SECONDS) -> None:
    """An m4a or wma file, by PyAV."""
    av = pytest.importorskip("av", reason="the extra [media] is not installed")
    samples = tone(seconds, rate_hz=44_100)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=44_100, layout="mono")
        stream.bit_rate = 96_000
        at = 0
        while at < len(samples):
            frame = av.AudioFrame.from_ndarray(samples[np.newaxis, at : at + 1024].copy(), format="fltp", layout="mono")
            frame.rate = 44_100
            frame.pts = at
            at += 1024
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_gives_its_whole_sound_at_the_stations_rate(tmp_path: Path, ending: str, channels: int) -> None:
    path = tmp_path / f"tin.{ending}"
    rate_hz = 48_000 if ending == "opus" else 44_100
    write(path, rate_hz, channels)
    info = pcm.probe(path)
    assert (info.rate_hz, info.channels, info.format) == (rate_hz, channels, ending)
    assert info.duration_s == pytest.approx(SECONDS, abs=0 if ending in EXACT else 0.06)
    samples = pcm.read(path)
    assert samples.dtype == np.float32
    assert len(samples) / STATION_RATE_HZ == pytest.approx(SECONDS, abs=2 / 48_000 if ending in EXACT else 0.06)
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("kept", [0.3, 0.97])
def test_a_cut_file_is_refused_by_name_with_a_cure(tmp_path: Path, ending: str, kept: float) -> None:
    path = tmp_path / f"tin.{ending}"
    write(path, 48_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(AudioError) as refused:
        pcm.check(path)
    assert path.name in refused.value.where
    assert "cụt" in refused.value.line()
    assert refused.value.cure is not None
    with pytest.raises(AudioError):
        pcm.read(path)


@pytest.mark.parametrize(("ending", "codec"), [("m4a", "aac"), ("wma", "wmav2")])
def test_m4a_and_wma_are_read_by_pyav_and_refused_when_cut(tmp_path: Path, ending: str, codec: str) -> None:
    path = tmp_path / f"tin.{ending}"
    write_media(path, codec)
    samples = pcm.read(path)
    assert len(samples) / STATION_RATE_HZ == pytest.approx(SECONDS, abs=0.1)
    middle = samples[STATION_RATE_HZ:-STATION_RATE_HZ]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.05)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AudioError):
        pcm.check(path)


def test_without_pyav_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / "tin.m4a"
    path.write_bytes(b"anything")
    with pytest.raises(AudioError, match=r"broadcaster\[media\]"):
        pcm.probe(path)


def without_xing(path: Path) -> None:
    """Remove the first frame, which holds the Xing tag, from an mp3 file."""
    data = path.read_bytes()
    scan = scan_file(path)
    assert scan is not None and scan.promised is not None
    path.write_bytes(data[scan.first :])


def test_a_variable_rate_mp3_without_xing_header_is_read_to_its_end(tmp_path: Path) -> None:
    # libsndfile guesses the length from the first frame's bit rate and stops there.
    path = tmp_path / "tin.mp3"
    sound = np.concatenate([noise(4, 0.2, rate_hz=44_100), np.zeros(44_100 * 6, np.float32), tone(2, rate_hz=44_100)])
    soundfile.write(path, sound, 44_100, format="MP3", bitrate_mode="VARIABLE", compression_level=0.3)
    without_xing(path)
    assert soundfile.info(path).duration < 11, "libsndfile still stops early; if it does not, xing_frame may go"
    assert pcm.probe(path).duration_s == pytest.approx(12, abs=0.1)
    samples = pcm.read(path)
    assert len(samples) / STATION_RATE_HZ == pytest.approx(12, abs=0.1)
    assert np.abs(samples[-STATION_RATE_HZ:]).max() > 0.2, "the last second is the tone"


def test_mp3_files_joined_end_to_end_are_read_to_their_end(tmp_path: Path) -> None:
    # The first file's Xing header promises the first part only.
    path = tmp_path / "tin.mp3"
    write(path)
    path.write_bytes(path.read_bytes() * 3)
    assert len(pcm.read(path)) / STATION_RATE_HZ == pytest.approx(3 * SECONDS, abs=0.2)


def test_a_constant_rate_mp3_without_xing_header_is_whole_or_cut_by_its_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "tin.mp3"
    write(path, bitrate_mode="CONSTANT")
    without_xing(path)
    assert pcm.check(path).duration_s == pytest.approx(SECONDS, abs=0.1)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 + 7])
    with pytest.raises(AudioError):
        pcm.probe(path)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 32_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_frames_of_every_mpeg_version_are_counted(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = tmp_path / "tin.mp3"
    write(path, rate_hz, channels)
    scan = scan_file(path)
    assert scan is not None and not scan.cut
    assert scan.frames * scan.frame.samples / rate_hz == pytest.approx(SECONDS, abs=0.3)
    assert scan.promised == scan.frames
    without_xing(path)
    assert pcm.check(path).duration_s == pytest.approx(SECONDS, abs=0.3)


def test_tags_before_and_after_the_sound_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "tin.mp3"
    write(path)
    picture = b"\xff\xfb\x90" * 700  # looks like frame headers
    size = len(picture)
    syncsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    data = b"ID3\x04\0\0" + syncsafe + picture + path.read_bytes() + b"TAG" + bytes(125)
    path.write_bytes(data)
    assert pcm.check(path).duration_s == pytest.approx(SECONDS, abs=0.1)


def test_a_wav_from_a_pipe_has_no_length_and_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tin.wav"
    write(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(data)
    assert pcm.check(path).duration_s == pytest.approx(SECONDS, abs=0.01)


@pytest.mark.parametrize("name", ["trang.mp3", "trang.wav", "trang.ogg", "trang.flac"])
def test_a_web_page_saved_as_sound_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("<html><body>404 Not Found</body></html>" * 50, encoding="utf-8")
    with pytest.raises(AudioError) as refused:
        pcm.probe(path)
    assert name in refused.value.line()


def test_missing_and_empty_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="không có tệp"):
        pcm.probe(tmp_path / "khong_co.mp3")
    (tmp_path / "rong.wav").touch()
    with pytest.raises(AudioError, match="0 byte"):
        pcm.probe(tmp_path / "rong.wav")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    path = tmp_path / "tin.wav"
    write(path)
    path.chmod(0)
    with pytest.raises(AudioError, match="quyền"):
        pcm.probe(path)


def test_a_wrong_ending_does_not_hide_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "tin.wav"
    write(path)
    wrong = tmp_path / "tin.flac"
    wrong.write_bytes(path.read_bytes()[:-5_000])
    with pytest.raises(AudioError):
        pcm.probe(wrong)


def test_numbers_that_are_none_become_silence(tmp_path: Path) -> None:
    path = tmp_path / "tin.wav"
    sound = tone(1)
    sound[100:200] = np.nan
    sound[200:300] = np.inf
    soundfile.write(path, sound, STATION_RATE_HZ, subtype="FLOAT")
    samples = pcm.read(path)
    assert np.isfinite(samples).all()
    assert not samples[100:300].any()


@pytest.mark.parametrize("from_hz", [8_000, 16_000, 22_050, 44_100, 96_000])
def test_resampling_keeps_length_place_and_pitch(from_hz: int) -> None:
    sound = tone(2, 1000, 0.5, rate_hz=from_hz)
    out = pcm.resample(sound, from_hz)
    assert len(out) == pytest.approx(2 * STATION_RATE_HZ, abs=2)
    expected = tone(2, 1000, 0.5)
    inner = slice(4_800, -4_800)
    assert np.abs(out[: len(expected)][inner] - expected[: len(out)][inner]).max() < 1e-3


def test_blocks_add_up_to_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "tin.flac"
    write(path, 44_100)
    pieces = list(pcm.blocks(path))
    assert len(pieces) > 3
    assert np.array_equal(np.concatenate(pieces), pcm.read(path))
    assert max(map(len, pieces)) < 2 * pcm.BLOCK_FRAMES
