"""`log:PATH`: a witness independent of the journal.

It takes the same samples at the same pace as a sound card and appends one JSON line for each zone's start and end, on
disk before anyone is told. Keys as in CLI.md: `at`, `event` (start, end, cut), `occurrence`, `item`, `level`, `zone`,
`audio_sha256`, `frames`.

At a start `audio_sha256` is what the job promises (empty for a live source) and `frames` is the frame of the playback
with which the zone begins: 0 unless it was routed in later. At an end or a cut both tell what this zone really got
since its start: the hash equals the clip's when it got all of it. A zone that is routed away, or lost, has a cut.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import Clip
from broadcaster.speakers.clocked import ClockedPlayback, ClockedSpeaker
from broadcaster.speakers.playhead import Stretch
from broadcaster.speakers.speaker import PlaybackState
from broadcaster.speakers.zone import ONE_ZONE, Zones


class LogSpeaker(ClockedSpeaker):
    """Contract of `Speaker`; a line that cannot be written, or a file that was taken away, loses the output."""

    def __init__(self, path: Path, clock: Clock, zones: Zones = ONE_ZONE) -> None:
        """`path` is appended to."""
        super().__init__(f"log:{path}", clock, zones)
        self._path = path
        self._file: io.FileIO | None = None
        self._digests: dict[tuple[ClockedPlayback, int], hashlib._Hash] = {}
        """By playback and first frame: zones that began together have heard the same."""

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

    def begin(self, playback: ClockedPlayback, stretches: Sequence[Stretch]) -> None:
        source = playback.job.source
        promise = source.audio_sha256 if isinstance(source, Clip) else ""
        for stretch in stretches:
            self._digests[playback, stretch.begin] = hashlib.sha256()
        self._write([self._line(playback, stretch, "start", promise, stretch.begin) for stretch in stretches])

    def take(self, playback: ClockedPlayback, samples: bytes, stretches: Sequence[Stretch]) -> None:
        self._check_that_it_is_read()
        for begin in {stretch.begin for stretch in stretches}:
            self._digests[playback, begin].update(samples)

    def end(self, playback: ClockedPlayback, stretches: Sequence[Stretch], state: PlaybackState) -> None:
        event = "end" if state is PlaybackState.ENDED else "cut"
        digests = {stretch: self._digests[playback, stretch.begin].hexdigest() for stretch in stretches}
        going_on = {stretch.begin for stretch in playback.head.stretches}
        for stretch in stretches:
            if stretch.begin not in going_on:
                self._digests.pop((playback, stretch.begin), None)
        self._write([self._line(playback, each, event, digest, each.frames) for each, digest in digests.items()])

    def describe(self) -> Words:
        return Words(f"ghi chứng vào {self._path}", f"writes evidence to {self._path}")

    def _line(
        self, playback: ClockedPlayback, stretch: Stretch, event: str, audio_sha256: str, frames: int
    ) -> dict[str, Any]:
        job = playback.job
        return {
            "at": self.clock.now().isoformat(),
            "event": event,
            "occurrence": job.occurrence,
            "item": job.item,
            "level": job.level,
            "zone": stretch.zone,
            "audio_sha256": audio_sha256,
            "frames": frames,
        }

    def _write(self, lines: Sequence[dict[str, Any]]) -> None:
        assert self._file is not None
        self._check_that_it_is_read()
        # One write: a killed process leaves whole lines, but for the last one.
        self._file.write(b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines))
        os.fsync(self._file.fileno())

    def _check_that_it_is_read(self) -> None:
        """Raises OSError when the file has lost its name: a witness that nobody can find is an unplugged card."""
        assert self._file is not None
        if not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno())):
            raise FileNotFoundError(errno.ENOENT, "tệp đã bị thay bằng tệp khác")
