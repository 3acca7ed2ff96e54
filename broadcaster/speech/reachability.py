"""Remembers a server that did not answer, so that the next clip, and the next command, need not wait.

The memory is a small file in the audio cache's folder, shared by the station and every command; deleting it only means
that the server is asked again.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.errors import Words
from broadcaster.whole_file import write_whole

LONGEST = timedelta(hours=1)
"""A memory that claims to last longer was written before the clock was set back, and is void."""


@dataclass(frozen=True, kw_only=True)
class Silence:
    """A server is not to be asked before `until`."""

    server: str
    until: datetime
    reason: Words


class Reachability:
    """The memory of one engine's server. Threads and processes may share it."""

    def __init__(self, path: Path, server: str) -> None:
        """`path`: the file, which need not exist; `server`: the address it is about, for another one is not silent."""
        self.path = path
        self._server = server
        # The real time, even under the documented test clock: a real server is no faster in a test.
        self._clock = SystemClock()
        self._own: Silence | None = None
        self._lock = threading.Lock()

    def silence(self) -> tuple[Words, timedelta] | None:
        """Why the server is not to be asked now, and for how much longer; None: ask. Reads the file at most."""
        with self._lock:
            found = self._read() or self._own
        if found is None or found.server != self._server:
            return None
        left = found.until - self._clock.now()
        return (found.reason, left) if timedelta(0) < left <= LONGEST else None

    def remember(self, reason: Words, duration: timedelta) -> None:
        """Do not ask for so long."""
        silence = Silence(server=self._server, until=self._clock.now() + duration, reason=reason)
        content = json.dumps(
            {
                "server": silence.server,
                "until": silence.until.isoformat(),
                "reason": {"vi": reason.vi, "en": reason.en},
            },
            ensure_ascii=False,
        )
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self.path, content, durable=False)
            except OSError:  # full or read-only disk: this process remembers all the same, others ask once more
                self._own = silence

    def forget(self) -> None:
        """The server answered."""
        with self._lock:
            self._own = None
            try:
                self.path.unlink(missing_ok=True)
            except OSError:  # read-only: the memory expires by itself
                return

    def _read(self) -> Silence | None:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            return Silence(
                server=data["server"],
                until=datetime.fromisoformat(data["until"]),
                reason=Words(data["reason"]["vi"], data["reason"]["en"]),
            )
        except (OSError, ValueError, KeyError, TypeError):  # absent or damaged: nothing is known
            return None
