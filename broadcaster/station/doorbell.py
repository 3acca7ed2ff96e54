"""How a door reaches the running station on this machine: a nudge, and the question for its status.

A nudge is a datagram that carries no orders: orders are rows in the journal; it only says "look now". The status has
no size limit: it goes over a TCP connection on the same port, as its length and then its text. Both need the token of
the station's address.
"""

from __future__ import annotations

import contextlib
import secrets
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from broadcaster.clock import SystemClock
from broadcaster.errors import StationStateError, Words
from broadcaster.station.address import Holder

ANSWER_BOUND_S = 2.0
"""A running station answers from memory within milliseconds; after this the door says that it does not answer."""
CONNECTION_BOUND_S = 2.0
"""A connection that is not asked and answered within this is closed."""
MOST_CONNECTIONS = 128
"""Open at a time; beyond, the oldest is closed. A hundred browsers may ask at once."""
MOST_QUESTION = 200
"""Bytes of a question: a token and a word."""
BLOCK = 65_536
PORT_TRIES = 20
"""A UDP port is nearly always free for TCP, too."""
_HOST = "127.0.0.1"
_LENGTH = struct.Struct(">Q")


def nudge(holder: Holder) -> None:
    """Tell a station to look into its journal now. Losing it costs at most a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.sendto(f"{holder.token} look".encode(), (_HOST, holder.port))


def ask_status(holder: Holder) -> str | None:
    """The station's status as JSON text; None when it does not answer in time (busy or hung)."""
    clock = SystemClock()
    end = clock.monotonic() + ANSWER_BOUND_S
    try:
        with socket.create_connection((_HOST, holder.port), timeout=ANSWER_BOUND_S) as line:
            line.sendall(f"{holder.token} status\n".encode())
            length = _LENGTH.unpack(_received(line, _LENGTH.size, clock, end))[0]
            return _received(line, length, clock, end).decode()
    except OSError:
        return None


def _received(line: socket.socket, length: int, clock: SystemClock, end: float) -> bytes:
    """Exactly `length` bytes. Raises OSError when they have not come at `end`."""
    found = bytearray()
    while len(found) < length:
        left_s = end - clock.monotonic()
        if left_s <= 0:
            raise TimeoutError
        line.settimeout(left_s)
        block = line.recv(min(BLOCK, length - len(found)))
        if not block:
            raise ConnectionError
        found += block
    return bytes(found)


@dataclass(kw_only=True)
class _Connection:
    """One door that asks for the status."""

    line: socket.socket
    closes_at: float
    """Monotonic second."""
    question: bytearray = field(default_factory=bytearray)
    answer: memoryview = field(default_factory=lambda: memoryview(b""))
    """What is still to be sent."""


class Doorbell:
    """The station's end of nudges and status questions: one thread, which never waits for any one door."""

    def __init__(self, on_nudge: Callable[[], None], status: Callable[[], str]) -> None:
        """Both are called in the doorbell's thread. `status` must only return a prepared text.

        Raises StationStateError when the machine gives no port.
        """
        self._on_nudge = on_nudge
        self._status = status
        self._clock = SystemClock()
        self.token = secrets.token_hex(16)
        self._datagrams, self._listener = _bound()
        self.port: int = self._datagrams.getsockname()[1]
        self._connections: dict[socket.socket, _Connection] = {}
        self._closing = False
        self._selector = selectors.DefaultSelector()
        for source in (self._datagrams, self._listener):
            source.setblocking(False)
            self._selector.register(source, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="doorbell", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select(self._until_next_bound()):
                source = key.fileobj
                assert isinstance(source, socket.socket)
                if source is self._datagrams:
                    self._read_datagram()
                elif source is self._listener:
                    self._accept()
                elif source in self._connections:  # else closed for its age, a moment ago
                    self._go_on_with(self._connections[source])
            now = self._clock.monotonic()
            for connection in [one for one in self._connections.values() if one.closes_at <= now]:
                self._drop(connection)
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._selector.close()

    def _until_next_bound(self) -> float | None:
        """Seconds; None while no connection is open."""
        # Connections are kept in the order of opening, so the first one is the oldest.
        first = next(iter(self._connections.values()), None)
        return None if first is None else max(0.0, first.closes_at - self._clock.monotonic())

    def _read_datagram(self) -> None:
        with contextlib.suppress(OSError):  # Windows reports the end of an earlier sender here
            message = self._datagrams.recv(MOST_QUESTION)
            if self._is_ours(message.partition(b" ")[0]):
                self._on_nudge()

    def _is_ours(self, token: bytes) -> bool:
        return secrets.compare_digest(token, self.token.encode())

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except OSError:  # it has gone again, or there are no more file handles: the door asks once more
            return
        line.setblocking(False)
        if len(self._connections) >= MOST_CONNECTIONS:
            self._drop(next(iter(self._connections.values())))
        self._connections[line] = _Connection(line=line, closes_at=self._clock.monotonic() + CONNECTION_BOUND_S)
        self._selector.register(line, selectors.EVENT_READ)

    def _go_on_with(self, connection: _Connection) -> None:
        try:
            done = self._send(connection) if connection.answer else self._hear(connection)
        except BlockingIOError:
            return
        except OSError:
            done = True
        if done:
            self._drop(connection)

    def _hear(self, connection: _Connection) -> bool:
        """Read on; True when the connection is to be closed."""
        block = connection.line.recv(MOST_QUESTION)
        connection.question += block
        question, end, _ = bytes(connection.question).partition(b"\n")
        if not end:
            return not block or len(connection.question) >= MOST_QUESTION
        token, _, word = question.partition(b" ")
        if not self._is_ours(token) or word != b"status":
            return True
        text = self._status().encode()
        connection.answer = memoryview(_LENGTH.pack(len(text)) + text)
        self._selector.modify(connection.line, selectors.EVENT_WRITE)
        return self._send(connection)

    def _send(self, connection: _Connection) -> bool:
        """Send on; True when all of the answer is out."""
        connection.answer = connection.answer[connection.line.send(connection.answer) :]
        return not connection.answer

    def _drop(self, connection: _Connection) -> None:
        del self._connections[connection.line]
        self._selector.unregister(connection.line)
        connection.line.close()

    def close(self) -> None:
        """Stop listening; idempotent."""
        if self._closing:
            return
        self._closing = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:  # ends the wait of the thread
            door.sendto(b"close", (_HOST, self.port))
        self._thread.join(ANSWER_BOUND_S)
        self._datagrams.close()
        self._listener.close()


def _bound() -> tuple[socket.socket, socket.socket]:
    """A UDP socket, and a TCP socket that listens on the same port number."""
    for _ in range(PORT_TRIES):
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            datagrams.bind((_HOST, 0))
            listener.bind(datagrams.getsockname())
            listener.listen(MOST_CONNECTIONS)
        except OSError:  # another program has the TCP port of this number
            datagrams.close()
            listener.close()
            continue
        return datagrams, listener
    raise StationStateError(
        Words("máy không còn cổng mạng nội bộ nào trống", "the machine has no free loopback port"),
        where=_HOST,
        cure=Words("Khởi động lại máy", "Restart the machine"),
    )
