"""One renderer per clip over all processes: a file lock that the system itself takes back when its holder dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import IO

from broadcaster.clock import SystemClock

ASK_EVERY_S = 0.05
"""While another process renders the same clip."""


@contextlib.contextmanager
def claim(path: Path, *, bound_s: float, done: Callable[[], bool]) -> Iterator[bool]:
    """Hold `path` as a lock while rendering. Yields True when it is ours, False when somebody else's work is `done`.

    After `bound_s`, or where no lock file can be made, it yields True without a lock: rendering twice is a waste,
    not rendering is silence.
    """
    clock = SystemClock()  # another process is waited for in real time
    end = clock.monotonic() + bound_s
    file: IO[bytes] | None = None
    try:
        while True:
            try:
                file = _locked(path)
            except OSError:
                yield True
                return
            if file is not None:
                yield True
                return
            if done():
                yield False
                return
            if clock.monotonic() >= end:
                yield True
                return
            clock.wait(Event(), ASK_EVERY_S)
    finally:
        if file is not None:
            # Removed while held: whoever opened it meanwhile sees that the name is gone, and opens anew.
            with contextlib.suppress(OSError):
                path.unlink()
            file.close()


def _locked(path: Path) -> IO[bytes] | None:
    """The open, locked file; None while another process holds it. Raises OSError when no file can be made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        if _try_lock(file) and _is_still(file, path):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _is_still(file: IO[bytes], path: Path) -> bool:
    """Whether the name still leads to this file: its last holder may have removed it before we had the lock."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
