"""Whether a file or a folder has changed since it was last read: compare its stamp with the stamp of then."""

from __future__ import annotations

import os
from pathlib import Path

FileStamp = tuple[str, int, int]
"""(name, size in bytes, time of the last change in nanoseconds)."""


def file_stamp(path: Path) -> FileStamp:
    """The stamp of one file, named by its whole path; size and time are 0 when it cannot be read."""
    try:
        facts = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path), facts.st_size, facts.st_mtime_ns)


def folder_stamp(folder: Path) -> tuple[FileStamp, ...]:
    """The stamps of all files directly in a folder, sorted by name; empty when the folder cannot be read."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
    except OSError:
        return ()
    return tuple(sorted((name, facts.st_size, facts.st_mtime_ns) for name, facts in found))
