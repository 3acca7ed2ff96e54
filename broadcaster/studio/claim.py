"""One renderer per clip over all processes: a file lock that the system itself takes back when its holder dies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import IO

from broadcaster.clock import SystemClock
from broadcaster.file_lock import lock_path, unlock_and_remove

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
                file = lock_path(path)
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
            unlock_and_remove(file, path)
