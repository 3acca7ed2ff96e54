"""Who holds a station's lock, and where on this machine that process can be asked.

The address lies beside the lock, since Windows lets nobody read a locked file. On a disk that cannot be written both
lie in the machine's temporary folder, under a name made of the station's: a read-only disk must not silence the
station, nor let two of them run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from broadcaster.whole_file import write_whole


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who runs the station."""

    pid: int
    port: int
    """On 127.0.0.1: UDP for nudges, TCP for the status."""
    token: str
    """Only who can read the address may ask."""
    clock: str
    output: str


def address_path(lock: Path) -> Path:
    """Where the holder's address is written."""
    return lock.with_suffix(".address.json")


def fallback_of(lock: Path) -> Path:
    """Where the lock lies when its own folder cannot be written."""
    name = hashlib.sha256(str(lock.absolute()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"broadcaster-{name}.lock"


def write_address(lock: Path, holder: Holder) -> None:
    """Publish the holder of `lock`. Raises OSError when neither place can be written."""
    beside, elsewhere = address_path(lock), address_path(fallback_of(lock))
    try:
        _write(beside, holder)
    except OSError:  # full or read-only
        _write(elsewhere, holder)
        beside, elsewhere = elsewhere, beside
    with contextlib.suppress(OSError):
        elsewhere.unlink(missing_ok=True)


def remove_address(lock: Path) -> None:
    """Nobody holds the lock any more."""
    for place in (lock, fallback_of(lock)):
        with contextlib.suppress(OSError):
            address_path(place).unlink(missing_ok=True)


def read_holder(lock: Path) -> Holder | None:
    """The published holder, or None when there is none or it is unreadable (it is being replaced).

    A killed station leaves its address behind: `lock.running` tells whether it still counts.
    """
    # The temporary folder first: where it is used, an address beside the lock is a leftover that could not be removed.
    for place in (fallback_of(lock), lock):
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Holder(**json.loads(address_path(place).read_text(encoding="utf-8")))
    return None


def this_process() -> int:
    """The process id to publish."""
    return os.getpid()


def _write(path: Path, holder: Holder) -> None:
    write_whole(path, json.dumps(asdict(holder)), durable=False, mode=0o600)
