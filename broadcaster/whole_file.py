"""Files that are there whole or not at all: written beside their place, then renamed into it."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

_serial = itertools.count()
"""Two threads of one process may write the same file."""


def write_whole(path: Path, data: bytes | str, *, durable: bool, mode: int | None = None) -> None:
    """Put `data` (text as UTF-8) at `path`; what was there before stays when that fails. Raises OSError.

    `durable`: on the disk before it gets its name, so that a power cut leaves no file of zeros under it; costs a
    flush, some 10 ms on an SD card. `mode`: permissions, before anybody can open it under its name.
    """
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
        if mode is not None:
            temporary.chmod(mode)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool) -> Iterator[Path]:
    """A path beside `path` to write a file at; it takes the place of `path` when the block ends well.

    Whatever the block raises leaves no trace. The folder must exist. Raises OSError. `durable` as for `write_whole`.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{next(_serial)}.tmp")
    try:
        yield temporary
        if durable:
            _flush(temporary)
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
