"""Reads the sample bytes of one clip's file, block by block.

Every output reads clips through this, so a damaged file is found in the same way and in the same words everywhere.
Standard library only: the sound card's child process must stay small.
"""

from __future__ import annotations

import os
import wave
from pathlib import Path
from types import TracebackType

from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.source import Reader

SAMPLE_BYTES = 2
"""Clips are mono, 16 bit, little-endian: one frame is one sample of two bytes."""

RENDER_AGAIN = Words("Xóa tệp này để chương trình tạo lại", "Delete this file; the program renders it again")


class ClipFile(Reader):
    """A clip's samples from `start_frame` up to `frames`. Never stalls.

    The constructor proves that the file holds them all (a truncated file is found before its first sample is heard,
    although its header promises the full length). Raises AudioError.
    """

    def __init__(self, path: Path, frames: int, start_frame: int = 0) -> None:
        """`frames` is the clip's whole length, `start_frame` the first one that `read` returns."""
        self._path = path
        self._left = max(0, frames - start_frame)
        try:
            self._file = path.open("rb")
        except OSError as problem:
            raise AudioError(
                Words(f"không mở được tệp âm thanh ({problem.strerror})", f"cannot open ({problem.strerror})"),
                where=str(path),
            ) from problem
        try:
            self._go_to(frames, start_frame)
        except (wave.Error, EOFError, OSError) as problem:
            self.close()
            raise AudioError(
                Words(f"không phải tệp WAV đọc được ({problem})", f"not a readable WAV file ({problem})"),
                where=str(path),
                cure=RENDER_AGAIN,
            ) from problem
        except AudioError:
            self.close()
            raise

    def _go_to(self, frames: int, start_frame: int) -> None:
        # wave leaves the file at the first sample; from there plain reads are cheaper than wave's own.
        header = wave.open(self._file)  # noqa: SIM115 - it does not own the file
        form = (header.getnchannels(), header.getsampwidth(), header.getframerate())
        if form != (1, SAMPLE_BYTES, STATION_RATE_HZ):
            raise AudioError(
                Words(
                    f"cần mono 16 bit {STATION_RATE_HZ} Hz, tệp có {form[0]} kênh {form[1] * 8} bit {form[2]} Hz",
                    f"must be mono 16 bit {STATION_RATE_HZ} Hz, is {form[0]} ch {form[1] * 8} bit {form[2]} Hz",
                ),
                where=str(self._path),
                cure=RENDER_AGAIN,
            )
        samples_at = self._file.tell()
        present = (os.fstat(self._file.fileno()).st_size - samples_at) // SAMPLE_BYTES
        present = min(present, header.getnframes())
        if present < frames:
            raise self._short(present, frames)
        self._file.seek(samples_at + start_frame * SAMPLE_BYTES)

    def _short(self, present: int, frames: int) -> AudioError:
        return AudioError(
            Words(
                f"tệp âm thanh bị cụt: có {present} trong {frames} mẫu",
                f"truncated: {present} of {frames} samples",
            ),
            where=str(self._path),
            cure=RENDER_AGAIN,
        )

    def read(self, frames: int) -> bytes:
        """The next `frames` samples, fewer only at the end, b"" after it. Raises AudioError if the file shrank."""
        wanted = min(frames, self._left)
        try:
            data = self._file.read(wanted * SAMPLE_BYTES)
        except OSError as problem:
            raise AudioError(
                Words(f"lỗi đọc tệp âm thanh ({problem.strerror})", f"read error ({problem.strerror})"),
                where=str(self._path),
            ) from problem
        if len(data) < wanted * SAMPLE_BYTES:
            raise self._short(len(data) // SAMPLE_BYTES, wanted)
        self._left -= wanted
        return data

    @property
    def ended(self) -> bool:
        return self._left == 0

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> ClipFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
