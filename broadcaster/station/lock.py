"""One station per folder: a lock the operating system gives back when the process dies, and the station's address.

The lock file says who holds it and on which loopback port the station can be nudged or asked for its status. A nudge
carries no orders: orders are rows in the journal; it only says "look now".

On a disk that cannot be written both lie in the machine's temporary folder, under a name made of the station's: a
read-only disk must not silence the station, nor let two of them run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from broadcaster.errors import StationStateError, Words
from broadcaster.file_lock import try_lock
from broadcaster.whole_file import write_whole

ANSWER_BOUND_S = 2.0
"""A running station answers from memory within milliseconds; after this the door says that it does not answer."""
ACQUIRE_TRIES = 6
ACQUIRE_PAUSE_S = 0.05
MOST_BYTES = 60_000
"""Below the largest loopback datagram."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who runs the station."""

    pid: int
    port: int
    """UDP port on 127.0.0.1."""
    token: str
    """Only who can read the lock file may ask."""
    clock: str
    output: str


class StationLock:
    """Held while the station runs. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

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
            who = f" (tiến trình {holder.pid})" if holder else ""
            raise StationStateError(
                Words(f"đài đang chạy rồi{who}", f"the station is running already{who}"),
                where=str(self._path.parent.parent),
                cure=Words("Xem «broadcaster status»", "See 'broadcaster status'"),
            )
        self._file = file

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
        """Say who holds the lock. Beside the lock itself, since Windows lets nobody read a locked file."""
        beside, fallback = holder_path(self._path), holder_path(fallback_of(self._path))
        try:
            _write_address(beside, holder)
        except OSError:  # full or read-only
            _write_address(fallback, holder)
            beside, fallback = fallback, beside
        with contextlib.suppress(OSError):
            fallback.unlink(missing_ok=True)

    def _withdraw(self) -> None:
        for lock in (self._path, fallback_of(self._path)):
            with contextlib.suppress(OSError):
                holder_path(lock).unlink(missing_ok=True)

    def release(self) -> None:
        """Give the lock back; idempotent."""
        if self._file is not None:
            self._withdraw()
            self._file.close()
            self._file = None

    def __enter__(self) -> StationLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_path(lock: Path) -> Path:
    """Where the holder's address is written."""
    return lock.with_suffix(".address.json")


def fallback_of(lock: Path) -> Path:
    """Where the lock lies when its own folder cannot be written."""
    name = hashlib.sha256(str(lock.absolute()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"broadcaster-{name}.lock"


def _write_address(path: Path, holder: Holder) -> None:
    write_whole(path, json.dumps(asdict(holder)), durable=False, mode=0o600)


def read_holder(lock: Path) -> Holder | None:
    """The published holder, or None when there is none or it is unreadable (it is being replaced)."""
    # The fallback first: where it is used, an address beside the lock is a leftover that could not be removed.
    for place in (fallback_of(lock), lock):
        with contextlib.suppress(OSError, ValueError, TypeError):
            return Holder(**json.loads(holder_path(place).read_text(encoding="utf-8")))
    return None


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


def nudge(holder: Holder) -> None:
    """Tell a station to look into its journal now. Losing it costs at most a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.sendto(f"{holder.token} look".encode(), ("127.0.0.1", holder.port))


def ask_status(holder: Holder) -> str | None:
    """The station's status as JSON text; None when it does not answer in time (busy or hung)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.settimeout(ANSWER_BOUND_S)
        try:
            door.sendto(f"{holder.token} status".encode(), ("127.0.0.1", holder.port))
            return door.recv(MOST_BYTES + 1).decode()
        except OSError:
            return None


class Doorbell:
    """The station's end of nudges and status questions: one thread, one loopback socket."""

    def __init__(self, on_nudge: Callable[[], None], status: Callable[[], str]) -> None:
        """`status` is called in the doorbell's thread and must only return a prepared text."""
        self._on_nudge = on_nudge
        self._status = status
        self.token = secrets.token_hex(16)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="doorbell", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                message, sender = self._socket.recvfrom(200)
            except OSError:
                return
            if self._closing:
                return
            token, _, word = message.decode(errors="replace").partition(" ")
            if not secrets.compare_digest(token.encode(), self.token.encode()):
                continue
            if word == "status":
                self._socket.sendto(self._status().encode()[:MOST_BYTES], sender)
            else:
                self._on_nudge()

    def close(self) -> None:
        """Stop listening; idempotent."""
        if self._closing:
            return
        self._closing = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            door.sendto(b"close", ("127.0.0.1", self.port))
        self._thread.join(ANSWER_BOUND_S)
        self._socket.close()


def this_process() -> int:
    """The process id to publish."""
    return os.getpid()
