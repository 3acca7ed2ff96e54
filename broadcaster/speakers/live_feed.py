"""How the samples of a live source get from the station to the sound card's process: a socket of this machine.

The process asks for frames, the station answers with what its reader has. So nothing is read that is not about to be
heard, however fast the source gives it, and neither end ever waits for the other in the callback.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
import struct
import threading
from typing import Any

from broadcaster.clock import SystemClock
from broadcaster.errors import AudioError, BroadcasterError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.source import Reader
from broadcaster.speakers.speaker import words_of
from broadcaster.speakers.track import Track

HOST = "127.0.0.1"
TOKEN_BYTES = 16
"""Every program of this machine can connect; only the sound card's process knows the token."""
CONNECT_BOUND_S = 5.0
"""The process connects within milliseconds of hearing of the job."""
AHEAD_FRAMES = STATION_RATE_HZ // 5
"""What is asked for ahead of the callback: jitter of the source and of both processes, against delay."""
PREROLL_FRAMES = STATION_RATE_HZ // 10
"""What must be there before the first sample is heard."""
POLL_S = 0.02
"""Between two questions to a source that had nothing more."""
END_BOUND_S = 1.0
"""A thread whose socket was closed ends at once, unless a reader breaks its contract and blocks: then it is left."""

QUESTION = struct.Struct("<I")
"""Frames asked for."""
ANSWER = struct.Struct("<BI")
"""Whether more will come, and how many bytes of samples follow."""
MORE, ENDED, BROKEN = range(3)

SOURCE_GONE = Words("mất nguồn phát trực tiếp", "the live source is gone")


class LiveFeed:
    """The station's end: answers the process from a reader, in a thread of its own."""

    def __init__(self, reader: Reader) -> None:
        """The reader is closed with it. Raises AudioError when this machine gives no socket."""
        self.problem: Words | None = None
        """Why the source broke; None while it has not."""
        self._reader = reader
        self._token = secrets.token_bytes(TOKEN_BYTES)
        self._connection: socket.socket | None = None
        self._closed = False
        try:
            self._listener = socket.create_server((HOST, 0), backlog=4)
        except OSError as problem:
            reader.close()
            raise AudioError(
                Words(
                    f"không mở được đường truyền nội bộ ({problem.strerror})", f"no local socket ({problem.strerror})"
                )
            ) from problem
        self._thread = threading.Thread(target=self._run, name="speaker live feed", daemon=True)
        self._thread.start()

    @property
    def address(self) -> dict[str, Any]:
        """What `Intake` must be told."""
        return {"port": self._listener.getsockname()[1], "token": self._token.hex()}

    def close(self) -> None:
        """Stop feeding and release the source; from any thread, idempotent."""
        self._closed = True
        for each in (self._listener, self._connection):
            if each is not None:
                _shut(each)
        if self._thread is not threading.current_thread():
            self._thread.join(END_BOUND_S)
        self._reader.close()

    def _run(self) -> None:
        try:
            connection = self._connected()
            if connection is not None:
                with connection:
                    self._answer(connection)
        except OSError:
            # The process is gone, or the feed was closed: both are known elsewhere.
            return
        finally:
            self._listener.close()
            self._reader.close()

    def _connected(self) -> socket.socket | None:
        """The process's connection; None when it does not come. Connections without the token are closed."""
        clock = SystemClock()
        give_up = clock.monotonic() + CONNECT_BOUND_S
        while not self._closed and (left := give_up - clock.monotonic()) > 0:
            self._listener.settimeout(left)
            connection, _ = self._listener.accept()
            connection.settimeout(left)
            with contextlib.suppress(OSError):
                if hmac.compare_digest(_received(connection, TOKEN_BYTES), self._token):
                    connection.settimeout(None)
                    self._connection = connection
                    return connection
            connection.close()
        return None

    def _answer(self, connection: socket.socket) -> None:
        while not self._closed:
            (frames,) = QUESTION.unpack(_received(connection, QUESTION.size))
            try:
                samples = self._reader.read(frames)
                flag = ENDED if self._reader.ended else MORE
            except BroadcasterError as problem:
                self.problem = words_of(problem)
                samples, flag = b"", BROKEN
            connection.sendall(ANSWER.pack(flag, len(samples)) + samples)
            if flag != MORE:
                return


class Intake:
    """The process's end: keeps a track ahead of the callback, in a thread of its own."""

    def __init__(self, track: Track, port: int, token: bytes) -> None:
        """Begins at once."""
        self._track = track
        self._closed = threading.Event()
        self._problem: Words | None = None
        self._address = (HOST, port)
        self._token = token
        self._socket: socket.socket | None = None
        threading.Thread(target=self._run, name="live intake", daemon=True).start()

    def fill(self) -> None:
        """Nothing to do here. Raises AudioError when the source is gone."""
        if self._problem is not None:
            raise AudioError(self._problem)

    def close(self) -> None:
        """Close the connection."""
        self._closed.set()
        if self._socket is not None:
            _shut(self._socket)

    def _run(self) -> None:
        try:
            with socket.create_connection(self._address, CONNECT_BOUND_S) as connection:
                connection.settimeout(None)
                self._socket = connection
                connection.sendall(self._token)
                self._receive(connection)
        except OSError:
            self._problem = SOURCE_GONE  # told by the main thread; a track that was closed is not asked any more

    def _receive(self, connection: socket.socket) -> None:
        track = self._track
        while not self._closed.is_set():
            wanted = AHEAD_FRAMES - (track.queued - track.handed)
            if wanted > 0:
                connection.sendall(QUESTION.pack(wanted))
                flag, size = ANSWER.unpack(_received(connection, ANSWER.size))
                if size:
                    track.append(_received(connection, size))
                if flag == BROKEN:
                    self._problem = SOURCE_GONE
                    return
                if flag == ENDED:
                    track.total = track.queued
                    return
            self._closed.wait(POLL_S)


def _received(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes. Raises OSError when the other end closes before."""
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the other end closed the connection")
        data += part
    return data


def _shut(connection: socket.socket) -> None:
    """Wake whoever waits for it, and close it."""
    with contextlib.suppress(OSError):  # not connected, or closed already
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
