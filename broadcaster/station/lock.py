"""One station per folder: a lock the operating system gives back when the process dies, and the station's address.

The lock file says who holds it and on which loopback port the station can be nudged or asked for its status. A nudge
carries no orders: orders are rows in the journal; it only says "look now".
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from broadcaster.errors import StationStateError, Words

ANSWER_BOUND_S = 2.0
"""A running station answers from memory within milliseconds; after this the door says that it does not answer."""
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
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        if not _try_lock(file):
            file.close()
            holder = read_holder(self._path)
            who = f" (tiến trình {holder.pid})" if holder else ""
            raise StationStateError(
                Words(f"đài đang chạy rồi{who}", f"the station is running already{who}"),
                where=str(self._path.parent.parent),
                cure=Words("Xem «broadcaster status»", "See 'broadcaster status'"),
            )
        self._file = file

    def publish(self, holder: Holder) -> None:
        """Say who holds the lock. Beside the lock itself, since Windows lets nobody read a locked file."""
        temporary = holder_path(self._path).with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        temporary.chmod(0o600)
        temporary.replace(holder_path(self._path))

    def release(self) -> None:
        """Give the lock back; idempotent."""
        if self._file is not None:
            holder_path(self._path).unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def __enter__(self) -> StationLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_path(lock: Path) -> Path:
    """Where the holder's address is written."""
    return lock.with_name("station.address.json")


def read_holder(lock: Path) -> Holder | None:
    """The published holder, or None when there is none or it is unreadable (it is being replaced)."""
    try:
        return Holder(**json.loads(holder_path(lock).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def running(lock: Path) -> Holder | None:
    """The holder if a station runs now. A leftover address of a killed process does not count."""
    if not lock.exists():
        return None
    with lock.open("a+", encoding="utf-8") as file:
        if _try_lock(file):
            return None
    return read_holder(lock)


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


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def this_process() -> int:
    """The process id to publish."""
    return os.getpid()
