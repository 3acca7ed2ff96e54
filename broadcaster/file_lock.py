"""Locks on files that the operating system gives back when their holder dies, however it dies.

Own code, not `filelock` (4.2 was read for it): that opens its file for writing, and a station must be able to take its
lock on a disk that has become read-only; it leaves every lock file behind, and ours are one per clip; and where it
finds no lock of the system it changes to one that outlives a killed holder.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[Any]) -> bool:
        """Lock an open file. False while another process, or another open file of this one, holds it.

        Closing the file, or the end of the process, frees it. Raises OSError where files cannot be locked.
        """
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def try_lock(file: IO[Any]) -> bool:
        """Lock an open file. False while another process, or another open file of this one, holds it.

        Closing the file, or the end of the process, frees it. Raises OSError where files cannot be locked.
        """
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # the second is what some network file systems say
            return False
        return True


def lock_path(path: Path) -> IO[bytes] | None:
    """The file of this name, made if need be, open and locked; None while it is held elsewhere.

    Raises OSError when the file can be neither made nor locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        if try_lock(file) and _is_still(file, path):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def unlock_and_remove(file: IO[bytes], path: Path) -> None:
    """Give back what `lock_path` returned, and take its name away."""
    # Removed while held: whoever opened it meanwhile sees that the name is gone, and opens anew.
    with contextlib.suppress(OSError):  # Windows: somebody has it open; the next holder removes it
        path.unlink()
    file.close()


def _is_still(file: IO[bytes], path: Path) -> bool:
    """Whether the name still leads to this file: its last holder may have removed it before we had the lock."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
