"""`log:PATH`: a witness independent of the journal.

It takes the same samples at the same pace as a sound card and appends one JSON line for each start and end, on disk
before anyone is told. Keys as in CLI.md: `at`, `event` (start, end, cut), `occurrence`, `item`, `level`, `zone`,
`audio_sha256`, `frames`.

At a start `audio_sha256` is what the job promises and `frames` is 0; at an end or a cut both tell what was really
read: the hash equals the clip's when all of it was played. A playback that is lost midway is written as a cut.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.speakers.clocked import ClockedPlayback, ClockedSpeaker
from broadcaster.speakers.speaker import PlaybackState


class LogSpeaker(ClockedSpeaker):
    """Contract of `Speaker`; a line that cannot be written, or a file that was taken away, loses the output."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """`path` is appended to."""
        super().__init__(f"log:{path}", clock)
        self._path = path
        self._file: io.FileIO | None = None
        self._digest = hashlib.sha256()

    def acquire(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = io.FileIO(self._path, "ab+")
            self._close_torn_line(self._file)
        except OSError as problem:
            raise SpeakerError(
                Words(f"không ghi được ({problem.strerror})", f"cannot be written ({problem.strerror})"),
                where=self.spec,
                cure=Words("Chọn tệp ở thư mục ghi được", "Choose a file in a folder that can be written"),
            ) from problem

    @staticmethod
    def _close_torn_line(file: io.FileIO) -> None:
        """A power cut may have left half a line: what follows must not be glued to it."""
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                file.write(b"\n")

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def started(self, playback: ClockedPlayback) -> None:
        self._digest = hashlib.sha256()
        self._write(playback, "start", playback.job.clip.audio_sha256)

    def take(self, playback: ClockedPlayback, samples: bytes) -> None:
        self._check_that_it_is_read()
        self._digest.update(samples)

    def finished(self, playback: ClockedPlayback, state: PlaybackState) -> None:
        event = "end" if state is PlaybackState.ENDED else "cut"
        self._write(playback, event, self._digest.hexdigest())

    def describe(self) -> str:
        return f"ghi chứng vào {self._path}"

    def _write(self, playback: ClockedPlayback, event: str, audio_sha256: str) -> None:
        assert self._file is not None
        self._check_that_it_is_read()
        job = playback.job
        line = {
            "at": self.clock.now().isoformat(),
            "event": event,
            "occurrence": job.occurrence,
            "item": job.item,
            "level": job.level,
            "zone": job.zone,
            "audio_sha256": audio_sha256,
            "frames": playback.taken,
        }
        # One write: a killed process leaves a whole line or none.
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._file.fileno())

    def _check_that_it_is_read(self) -> None:
        """Raises OSError when the file has lost its name: a witness that nobody can find is an unplugged card."""
        assert self._file is not None
        if not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno())):
            raise FileNotFoundError(errno.ENOENT, "tệp đã bị thay bằng tệp khác")
