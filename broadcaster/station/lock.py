"""One station per folder: a lock that the operating system gives back when the process dies."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import IO

from broadcaster.errors import StationStateError, Words
from broadcaster.file_lock import try_lock
from broadcaster.station.address import Holder, fallback_of, read_holder, remove_address, write_address

ACQUIRE_TRIES = 6
ACQUIRE_PAUSE_S = 0.05


class StationLock:
    """Held while the station runs. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether this process holds it."""
        return self._file is not None

    def acquire(self) -> None:
        """Take the lock. Raises StationStateError when another process holds it."""
        # Whoever asks whether a station runs holds the lock for an instant.
        for _ in range(ACQUIRE_TRIES):
            file = self._try()
            if file is not None:
                break
            threading.Event().wait(ACQUIRE_PAUSE_S)
        else:
            holder = read_holder(self._path)
            vi, en = (f" (tiến trình {holder.pid})", f" (process {holder.pid})") if holder else ("", "")
            raise StationStateError(
                Words(f"đài đang chạy rồi{vi}", f"the station is running already{en}"),
                where=str(self._path.parent.parent),
                cure=Words("Xem «broadcaster status»", "See 'broadcaster status'"),
            )
        self._file = file
        remove_address(self._path)  # of a killed station

    def _try(self) -> IO[str] | None:
        """The locked file, or None when another process holds it."""
        fallback = fallback_of(self._path)
        if _is_held(fallback):
            return None
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        file = _opened(self._path) or _opened(fallback)
        if file is None:
            raise self._impossible()
        try:
            if try_lock(file):
                return file
        except OSError as problem:  # a file system without locks
            file.close()
            raise self._impossible() from problem
        file.close()
        return None

    def _impossible(self) -> StationStateError:
        return StationStateError(
            Words("không tạo được tệp khóa của đài", "the station's lock file cannot be made"),
            where=str(self._path),
            cure=Words("Kiểm tra quyền ghi và ổ đĩa", "Check permissions and the disk"),
        )

    def publish(self, holder: Holder) -> None:
        """Say who holds the lock. Raises OSError when no place for it can be written."""
        write_address(self._path, holder)

    def release(self) -> None:
        """Give the lock back; idempotent."""
        if self._file is not None:
            remove_address(self._path)
            self._file.close()
            self._file = None

    def __enter__(self) -> StationLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def running(lock: Path) -> Holder | None:
    """The holder if a station runs now. A leftover address of a killed process does not count."""
    held = any(_is_held(place) for place in (lock, fallback_of(lock)))
    return read_holder(lock) if held else None


def _is_held(lock: Path) -> bool:
    """Whether a process holds this lock file."""
    file = _opened(lock) if lock.exists() else None
    if file is None:
        return False
    with file, contextlib.suppress(OSError):  # where files cannot be locked, nobody holds one
        return not try_lock(file)
    return False


def _opened(lock: Path) -> IO[str] | None:
    """The lock file, made if need be; on a read-only disk only one that is there already. None: there is none."""
    for mode in ("a+", "r"):
        with contextlib.suppress(OSError):
            return lock.open(mode, encoding="utf-8")
    return None
