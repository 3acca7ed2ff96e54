"""Exported files: tagged, whole, as loud as the clip."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.audio import Cache, Facts, pcm
from broadcaster.audio.assembly import Part, in_memory, programme
from broadcaster.audio.export import export_mp3, export_wav, id3
from broadcaster.audio.loudness import measure
from broadcaster.audio.mastering import Target, master
from broadcaster.errors import AudioError
from broadcaster.model import Clip, Sha256
from broadcaster.mp3_frames import scan_file
from tests.audio.sounds import speechlike

TITLE = "Trả kết quả tại nhà qua bưu điện – Phường Đức Xuân"


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    def write(path: Path) -> Facts:
        made = master(
            programme([Part(in_memory(speechlike(4)), "x")]), Target(loudness_lufs=-16, true_peak_dbtp=-1.5), path
        )
        return Facts(
            audio_sha256=made.audio_sha256,
            text_sha256=Sha256("0" * 64),
            frames=made.frames,
            engine="tone",
            voice="tone",
            loudness_lufs=made.loudness_lufs,
            true_peak_dbtp=made.true_peak_dbtp,
            title=TITLE,
        )

    return Cache(tmp_path / "audio_cache", 10).put("ab" * 32, write)


def tags_of(data: bytes) -> dict[str, str]:
    """Text frames of an ID3v2.4 tag, read by the letter of the standard."""
    assert data[:5] == b"ID3\x04\x00"

    def size(four: bytes) -> int:
        assert all(byte < 128 for byte in four)
        return four[0] << 21 | four[1] << 14 | four[2] << 7 | four[3]

    at, end, found = 10, 10 + size(data[6:10]), {}
    while at < end:
        name, length = data[at : at + 4].decode(), size(data[at + 4 : at + 8])
        assert data[at + 10] == 3, "UTF-8"
        found[name] = data[at + 11 : at + 10 + length].decode()
        at += 10 + length
    assert at == end
    return found


def test_an_mp3_is_whole_tagged_and_as_loud_as_the_clip(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "tin.mp3"
    export_mp3(clip, path, artist="Đài truyền thanh xã Dân Tiến", year=2026)
    tags = tags_of(path.read_bytes())
    assert tags == {"TIT2": TITLE, "TPE1": "Đài truyền thanh xã Dân Tiến", "TDRC": "2026", "TLAN": "vie"}
    scan = scan_file(path)
    assert scan is not None and not scan.cut
    info = pcm.check(path)
    assert (info.channels, info.rate_hz) == (1, 48_000)
    assert info.duration_s == pytest.approx(clip.duration_s, abs=0.1)
    assert measure(pcm.read(path)).integrated_lufs == pytest.approx(clip.loudness_lufs, abs=0.6)
    assert path.stat().st_size * 8 / clip.duration_s == pytest.approx(128_000, rel=0.2)


def test_ffmpeg_reads_the_same_title(clip: Clip, tmp_path: Path) -> None:
    import json
    import subprocess

    from tests.headless import need

    need("ffprobe")
    export_mp3(clip, tmp_path / "tin.mp3")
    command = ["ffprobe", "-v", "error", "-show_format", "-of", "json", str(tmp_path / "tin.mp3")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(done.stdout)["format"]["tags"]["title"] == TITLE


def test_a_wav_is_the_clip_byte_for_byte(clip: Clip, tmp_path: Path) -> None:
    export_wav(clip, tmp_path / "tin.wav")
    assert (tmp_path / "tin.wav").read_bytes() == clip.path.read_bytes()


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="không ghi được"):
        export_mp3(clip, tmp_path / "khong_co" / "tin.mp3")
    before = sorted(tmp_path.iterdir())
    (tmp_path / "tin.mp3").mkdir()
    with pytest.raises(AudioError):
        export_wav(clip, tmp_path / "tin.mp3")
    assert sorted(tmp_path.iterdir()) == [*before, tmp_path / "tin.mp3"]


def test_an_empty_tag_is_no_tag() -> None:
    assert id3({"TIT2": ""}) == b""
    assert len(id3({"TIT2": "a" * 300})) == 10 + 10 + 1 + 300
