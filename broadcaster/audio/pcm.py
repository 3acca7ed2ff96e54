"""Reads sound files: mono float32 at the station's rate, in blocks, whole or not at all.

soundfile (libsndfile) reads wav, flac, ogg, opus and mp3; PyAV, the extra `media`, reads m4a, wma and the rest. A file
that is shorter than it says raises AudioError: half an announcement must not air as if it were one.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from broadcaster.audio.wholeness import ogg_is_cut, wav_missing_bytes
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.mp3_frames import Mp3Scan, scan_file, xing_frame

if TYPE_CHECKING:
    import soundfile

Mono = npt.NDArray[np.float32]
"""Shape (frames,), full scale ±1.0."""

BLOCK_FRAMES = 65_536
"""1.4 s at the station's rate: large enough for numpy, small enough that a recording of hours needs no memory."""

SOUNDFILE_ENDINGS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".w64", ".caf")
"""What soundfile reads without an extra package. Other endings go to PyAV."""

_SHORT_BY_S = 0.25
"""A decoder's own delay and the rounding of a header's length stay below this; a lost piece is longer."""


@dataclass(frozen=True, kw_only=True)
class SoundInfo:
    """What a sound file holds."""

    frames: int
    """Samples per channel, at `rate_hz`."""
    rate_hz: int
    channels: int
    format: str
    """`wav`, `flac`, `ogg`, `opus`, `mp3`, or PyAV's name of the codec."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz


def probe(path: Path) -> SoundInfo:
    """What the file holds, by its headers. Raises AudioError when it is no sound, or visibly cut.

    A cut flac, m4a or wma shows only when it is decoded: `check` does.
    """
    with _open(path) as source:
        return source.info


def check(path: Path) -> SoundInfo:
    """Decode the whole file. Raises AudioError when any of it is missing or damaged."""
    with _open(path) as source:
        for _ in source.blocks():
            pass
        return source.info


def blocks(path: Path, *, rate_hz: int = STATION_RATE_HZ) -> Iterator[Mono]:
    """The file's sound, mixed to mono and resampled, block by block. Raises AudioError where it is found to be cut.

    Memory does not depend on the file's length.
    """
    with _open(path) as source:
        yield from resampled(source.blocks(), source.info.rate_hz, rate_hz)


def read(path: Path, *, rate_hz: int = STATION_RATE_HZ) -> Mono:
    """All of a short file at once. Raises AudioError."""
    return np.concatenate([np.zeros(0, np.float32), *blocks(path, rate_hz=rate_hz)])


def file(path: Path) -> Callable[[], Iterator[Mono]]:
    """The file as a source that can be read several times."""
    return lambda: blocks(path)


def resample(samples: Mono, from_hz: int, to_hz: int = STATION_RATE_HZ) -> Mono:
    """Samples in memory, at another rate."""
    return np.concatenate([np.zeros(0, np.float32), *resampled(iter([samples]), from_hz, to_hz)])


def resampled(source: Iterator[Mono], from_hz: int, to_hz: int) -> Iterator[Mono]:
    """The same sound at another rate (soxr HQ: -134 dB, delay compensated, length rounded to the nearest sample)."""
    if from_hz == to_hz:
        yield from source
        return
    import soxr

    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
    for block in source:
        out = stream.resample_chunk(block)
        if len(out):
            yield out
    out = stream.resample_chunk(np.zeros(0, np.float32), last=True)
    if len(out):
        yield out


def _open(path: Path) -> _Source:
    if not path.is_file():
        raise AudioError(
            Words("không có tệp âm thanh này", "no such sound file"),
            where=str(path),
            cure=Words("Xem lại tên tệp và thư mục", "Check the file's name and folder"),
        )
    if not os.access(path, os.R_OK):
        raise AudioError(
            Words("không được phép đọc tệp này", "no permission to read this file"),
            where=str(path),
            cure=Words("Cấp quyền đọc cho tài khoản chạy đài", "Let the station's account read it"),
        )
    if path.stat().st_size == 0:
        raise AudioError(Words("tệp rỗng (0 byte)", "the file is empty"), where=str(path), cure=_SAVE_AGAIN)
    return _SoundfileSource(path) if path.suffix.lower() in SOUNDFILE_ENDINGS else _MediaSource(path)


class _Source:
    """An open sound file: `info`, then `blocks` once. A context manager."""

    info: SoundInfo

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def blocks(self) -> Iterator[Mono]:
        """Mono blocks at the file's own rate; raises AudioError when fewer frames come than `info.frames`."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the file."""
        raise NotImplementedError


class _SoundfileSource(_Source):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        import soundfile

        self._stream: io.RawIOBase | None = None
        self._scan: Mp3Scan | None = None
        self._refuse_cut()
        try:
            self._file: soundfile.SoundFile = soundfile.SoundFile(str(path))
            if self._scan is not None and self._file.frames < self._expected(self._scan):
                self._file.close()
                self._stream = _Joined(xing_frame(self._scan), path, self._scan.first)
                self._file = soundfile.SoundFile(self._stream)
        except soundfile.LibsndfileError as problem:
            raise _not_sound(path, problem) from problem
        frames = self._file.frames
        kind = str(self._file.subtype if self._file.subtype == "OPUS" else self._file.format).lower()
        self.info = SoundInfo(frames=frames, rate_hz=self._file.samplerate, channels=self._file.channels, format=kind)

    def _refuse_cut(self) -> None:
        """Raise when the container itself shows that something is missing. The first bytes decide, not the name."""
        with self.path.open("rb") as file:
            head = file.read(4)
        if head in (b"RIFF", b"RF64"):
            missing = wav_missing_bytes(self.path)
            if missing:
                raise _cut(self.path, f"{missing} byte")
        elif head == b"OggS":
            if ogg_is_cut(self.path):
                raise _cut(self.path)
        elif self.path.suffix.lower() == ".mp3":
            self._scan = scan_file(self.path)
            if self._scan is None:
                raise _not_sound(self.path, None)
            if self._scan.cut:
                raise _cut(self.path)

    @staticmethod
    def _expected(scan: Mp3Scan) -> int:
        # Two frames of play: encoder delay and padding are taken off by the decoder.
        return max(0, scan.frames - 2) * scan.frame.samples

    def blocks(self) -> Iterator[Mono]:
        import soundfile

        got = 0
        try:
            while len(block := self._file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
                got += len(block)
                yield _mono(block)
        except soundfile.LibsndfileError as problem:
            raise _cut(self.path, f"{got / self.info.rate_hz:.1f} s") from problem
        if got < self.info.frames - _SHORT_BY_S * self.info.rate_hz:
            raise _cut(self.path, f"{(self.info.frames - got) / self.info.rate_hz:.1f} s")

    def close(self) -> None:
        self._file.close()
        if self._stream is not None:
            self._stream.close()


class _Joined(io.RawIOBase):
    """`head` followed by the bytes of a file from `skip` on, as one seekable stream."""

    def __init__(self, head: bytes, path: Path, skip: int) -> None:
        self._head = head
        self._skip = skip
        self._file = path.open("rb")
        self._length = len(head) + path.stat().st_size - skip
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._length)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._head[self._at : self._at + len(view)] if self._at < len(self._head) else b""
        if len(piece) < len(view):
            self._file.seek(self._at + len(piece) - len(self._head) + self._skip)
            piece += self._file.read(len(view) - len(piece))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


class _MediaSource(_Source):
    """PyAV: whatever FFmpeg's libraries read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            import av
        except ModuleNotFoundError as problem:
            raise AudioError(
                Words(f"chưa đọc được loại tệp «{path.suffix}»", f"cannot read '{path.suffix}' files yet"),
                where=str(path),
                cure=Words(
                    "Chạy: pip install 'broadcaster[media]', hoặc lưu lại tệp thành mp3 hay wav",
                    "Run: pip install 'broadcaster[media]', or save the file as mp3 or wav",
                ),
            ) from problem
        try:
            self._container: Any = av.open(str(path))
        except (av.FFmpegError, OSError) as problem:
            raise _not_sound(path, problem) from problem
        if not self._container.streams.audio:
            self._container.close()
            raise _not_sound(path, None)
        self._audio = self._container.streams.audio[0]
        rate = self._audio.rate
        if self._audio.duration is not None:
            frames = round(self._audio.duration * (self._audio.time_base or 1) * rate)
        else:
            frames = round((self._container.duration or 0) / av.time_base * rate)
        self.info = SoundInfo(
            frames=frames, rate_hz=rate, channels=self._audio.channels, format=self._audio.codec_context.name
        )

    def blocks(self) -> Iterator[Mono]:
        import av

        to_float = av.AudioResampler(format="fltp")
        got = 0
        try:
            for packet in self._container.decode(self._audio):
                for frame in to_float.resample(packet):
                    samples = frame.to_ndarray().astype(np.float32, copy=False)
                    got += samples.shape[1]
                    yield _mono(samples.T)
        except av.FFmpegError as problem:
            raise _cut(self.path, f"{got / self.info.rate_hz:.1f} s") from problem
        if got < self.info.frames - _SHORT_BY_S * self.info.rate_hz:
            raise _cut(self.path, f"{(self.info.frames - got) / self.info.rate_hz:.1f} s")

    def close(self) -> None:
        self._container.close()


def _mono(block: npt.NDArray[np.float32]) -> Mono:
    """Mean of the channels; samples that are no number (a float wav may hold them) become silence."""
    mixed = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mixed).all():
        mixed = np.nan_to_num(mixed, nan=0.0, posinf=0.0, neginf=0.0)
    return np.ascontiguousarray(mixed, dtype=np.float32)


_SAVE_AGAIN = Words(
    "Chép hoặc tải lại tệp gốc, hoặc xuất lại từ phần mềm thu âm",
    "Copy or download the original again, or export it again from the recorder",
)


def _cut(path: Path, missing: str = "") -> AudioError:
    vi, en = (
        (f" (thiếu hoặc hỏng ở khoảng {missing})", f" (missing or damaged: about {missing})") if missing else ("", "")
    )
    return AudioError(
        Words(f"tệp âm thanh bị cụt, không đọc được đến hết{vi}", f"the sound file is cut short{en}"),
        where=str(path),
        cure=_SAVE_AGAIN,
    )


def _not_sound(path: Path, problem: Exception | None) -> AudioError:
    reason = str(problem).rpartition(":")[2].strip() if problem else ""
    more = f" ({reason})" if reason else ""
    return AudioError(
        Words(f"không phải tệp âm thanh đọc được{more}", f"not a readable sound file{more}"),
        where=str(path),
        cure=_SAVE_AGAIN,
    )
