"""Exports clips to files: MP3 with a title for Zalo and Facebook, or the WAV as it is.

soundfile writes the MP3 (libmp3lame is in its wheel: no ffmpeg program is needed); the ID3v2.4 tag, which makes a phone
show the title instead of a file name, is written here.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from broadcaster.audio import pcm
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.whole_file import replacing

MP3_COMPRESSION = 0.7
"""libsndfile's scale; at a constant rate it is 128 kbit/s for one channel: 1 MB a minute, no loss that speech shows."""


def export_mp3(clip: Clip, path: Path, *, artist: str = "", album: str = "", year: int | None = None) -> None:
    """Write the clip as `path`, tagged with its title; `artist` is the station. Raises AudioError."""
    tags = {"TIT2": clip.title, "TPE1": artist, "TALB": album, "TDRC": f"{year:04d}" if year else "", "TLAN": "vie"}
    _write_whole(path, lambda temporary: _write_mp3(clip.path, temporary, tags))


def export_wav(clip: Clip, path: Path) -> None:
    """Copy the clip as it airs, sample for sample. Raises AudioError."""
    _write_whole(path, lambda temporary: shutil.copyfile(clip.path, temporary))


def id3(tags: Mapping[str, str]) -> bytes:
    """An ID3v2.4 tag of text frames in UTF-8 (https://id3.org/id3v2.4.0-structure); empty values are left out."""
    frames = b""
    for name, value in tags.items():
        if value:
            body = b"\x03" + value.encode("utf-8")
            frames += name.encode("ascii") + _syncsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _syncsafe(len(frames)) + frames if frames else b""


def _syncsafe(size: int) -> bytes:
    """Seven bits a byte, so that no size looks like the start of an mp3 frame."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _write_mp3(source: Path, target: Path, tags: Mapping[str, str]) -> None:
    import soundfile

    with tempfile.TemporaryFile() as sound:
        with soundfile.SoundFile(
            sound, "w", STATION_RATE_HZ, 1, format="MP3", bitrate_mode="CONSTANT", compression_level=MP3_COMPRESSION
        ) as out:
            for block in pcm.blocks(source):
                out.write(block)
        sound.seek(0)
        with target.open("wb") as file:
            file.write(id3(tags))
            shutil.copyfileobj(sound, file)


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    try:
        with replacing(path, durable=False) as temporary:
            write(temporary)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise AudioError(
            Words(f"không ghi được tệp ({reason})", f"cannot write the file ({reason})"),
            where=str(path),
            cure=Words("Chọn thư mục khác, hoặc xem lại ổ đĩa", "Choose another folder, or check the disk"),
        ) from problem
