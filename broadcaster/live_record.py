"""What changes many times a second on the air (position, level), for readers that cost the station nothing.

A small file that the station maps into its memory and writes in place; readers map it too. It is guarded by a sequence
number that is odd while it is being written, and by a checksum, since Python has no memory barriers. The file lies in
memory (`/dev/shm`, `XDG_RUNTIME_DIR`) where the machine has such a folder, and is its owner's alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.clock import SystemClock

STALE_AFTER_S = 3.0
"""The station writes at least once a second; a record older than this was left behind by one that died."""
MOST_ZONES = 64
READ_TRIES = 20
"""A write takes some microseconds; a reader that meets so many in a row is told that there is no record."""
_MAGIC = b"BCLIVE01"
_HEAD = struct.Struct("<8sQIIIId")
"""Magic, sequence, checksum, pid, entries, unused, written at (Unix time, s)."""
_SEQUENCE = struct.Struct("<Q")
_SEQUENCE_AT = 8
_TEXTS = (48, 160, 96, 24)
"""Bytes of zone, occurrence, item and state in UTF-8; what is longer is cut."""
_ENTRY = struct.Struct("<" + "".join(f"{size}s" for size in _TEXTS) + "ddd")
_SIZE = _HEAD.size + MOST_ZONES * _ENTRY.size


@dataclass(frozen=True, kw_only=True)
class LiveEntry:
    """What one zone gives just now."""

    zone: str
    occurrence: str
    """Key of what is on air there; empty: nothing is."""
    item: str
    """The cue's label; empty: nothing is on air."""
    position_s: float
    """Heard of the item so far."""
    length_s: float | None
    """None: a live source."""
    level_dbfs: float | None
    """RMS level of about the last tenth of a second; None: not known."""
    state: str
    """State of the playback, e.g. `playing`; empty: nothing is on air."""


@dataclass(frozen=True, kw_only=True)
class LiveRecord:
    """One consistent look at the air."""

    pid: int
    """Of the station."""
    written_at: datetime
    """Machine time, UTC."""
    entries: tuple[LiveEntry, ...]

    def of(self, zone: str) -> LiveEntry | None:
        """The entry of one zone, or None."""
        return next((entry for entry in self.entries if entry.zone == zone), None)


class LiveRecordWriter:
    """The station's end. Belongs to one thread. Where no folder takes the file, writing does nothing."""

    def __init__(self, station: Path) -> None:
        """`station`: the station's folder; whoever writes holds the station's lock."""
        self._clock = SystemClock()
        self._pid = os.getpid()
        self._sequence = 0
        self._map: mmap.mmap | None = None
        self.path: Path | None = None
        """Where the record lies; None: nowhere."""
        for path in record_paths(station):
            with contextlib.suppress(OSError):
                self._map = _made(path)
                self.path = path
                break
        for other in record_paths(station):
            if other != self.path:  # of an earlier run with another environment
                with contextlib.suppress(OSError):
                    other.unlink()

    def write(self, entries: Sequence[LiveEntry]) -> None:
        """Replace the record; MOST_ZONES entries at most. Takes some microseconds, and never waits."""
        target = self._map
        if target is None:
            return
        body = b"".join([_packed(entry) for entry in entries[:MOST_ZONES]])
        count = len(body) // _ENTRY.size
        written_at = self._clock.now().timestamp()
        self._sequence += 2
        _SEQUENCE.pack_into(target, _SEQUENCE_AT, self._sequence - 1)
        target[_HEAD.size : _HEAD.size + len(body)] = body
        head = (self._pid, count, 0, written_at)
        _HEAD.pack_into(target, 0, _MAGIC, self._sequence - 1, zlib.crc32(body), *head)
        _SEQUENCE.pack_into(target, _SEQUENCE_AT, self._sequence)

    def close(self) -> None:
        """Remove the record; idempotent."""
        if self._map is not None:
            self._map.close()
            self._map = None
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()
            self.path = None


def read_live(station: Path) -> LiveRecord | None:
    """What the station of this folder wrote last; None when no station runs, or it has written nothing lately."""
    for path in record_paths(station):
        with contextlib.suppress(OSError, ValueError):
            record = _read(path)
            if record is not None and _is_fresh(record):
                return record
    return None


def record_paths(station: Path) -> list[Path]:
    """Where the record of a station may lie, the best place first."""
    name = f"broadcaster-{hashlib.sha256(str(station.absolute()).encode()).hexdigest()[:16]}.live"
    folders = [Path("/dev/shm"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/dev/shm"), Path(tempfile.gettempdir())]
    return [folder / name for folder in dict.fromkeys(folders) if folder.is_dir()]


def _made(path: Path) -> mmap.mmap:
    """A new file of zeros. Raises OSError, also when another user has a file of this name."""
    path.unlink(missing_ok=True)
    # The folder may be everybody's: never follow what somebody else has put there.
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o600)
    try:
        os.write(handle, bytes(_SIZE))  # not truncated to its size: a full disk must show now, not as a signal later
        return mmap.mmap(handle, _SIZE)
    finally:
        os.close(handle)


def _read(path: Path) -> LiveRecord | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        facts = os.fstat(handle)
        if facts.st_size != _SIZE or not _is_trusted(facts.st_uid):
            return None
        with mmap.mmap(handle, _SIZE, access=mmap.ACCESS_READ) as source:
            for _ in range(READ_TRIES):
                record = _consistent(source)
                if record is not None:
                    return record
    finally:
        os.close(handle)
    return None


def _is_trusted(owner: int) -> bool:
    """Whether this user or root wrote the file (root reads everybody's)."""
    return not hasattr(os, "getuid") or os.getuid() in (owner, 0) or owner == 0


def _consistent(source: mmap.mmap) -> LiveRecord | None:
    """The record, unless it was written at the same time."""
    magic, sequence, checksum, pid, count, _, written_at = _HEAD.unpack_from(source)
    if magic != _MAGIC or sequence % 2 or count > MOST_ZONES:
        return None
    body = source[_HEAD.size : _HEAD.size + count * _ENTRY.size]
    if _SEQUENCE.unpack_from(source, _SEQUENCE_AT)[0] != sequence or zlib.crc32(body) != checksum:
        return None
    entries = tuple(_unpacked(fields) for fields in _ENTRY.iter_unpack(body))
    return LiveRecord(pid=pid, written_at=datetime.fromtimestamp(written_at, UTC), entries=entries)


def _is_fresh(record: LiveRecord) -> bool:
    age_s = (SystemClock().now() - record.written_at).total_seconds()
    return -STALE_AFTER_S <= age_s <= STALE_AFTER_S and _is_alive(record.pid)


def _is_alive(pid: int) -> bool:
    if os.name != "posix":  # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # alive, and another user's
        return True
    return True


def _packed(entry: LiveEntry) -> bytes:
    # struct cuts what is too long and fills up with zeros.
    return _ENTRY.pack(
        entry.zone.encode(),
        entry.occurrence.encode(),
        entry.item.encode(),
        entry.state.encode(),
        entry.position_s,
        math.nan if entry.length_s is None else entry.length_s,
        math.nan if entry.level_dbfs is None else entry.level_dbfs,
    )


def _unpacked(fields: tuple[bytes, bytes, bytes, bytes, float, float, float]) -> LiveEntry:
    zone, occurrence, item, state = (text.rstrip(b"\0").decode(errors="ignore") for text in fields[:4])
    position_s, length_s, level_dbfs = fields[4:]
    return LiveEntry(
        zone=zone,
        occurrence=occurrence,
        item=item,
        position_s=position_s,
        length_s=None if math.isnan(length_s) else length_s,
        level_dbfs=None if math.isnan(level_dbfs) else level_dbfs,
        state=state,
    )
