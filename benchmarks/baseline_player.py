"""A minimal player on request, as a programmer would write it in an afternoon, for bench_peers.py to compare with.

`baseline_player.py SOCKET DEVICE LATENCY_S`: one stream kept open, sounds decoded beforehand, APScheduler for planned
times. No journal, no priorities, no gate, no recovery. Commands on the socket, one a line: PLAY f | BG f | AT unix f.
"""

from __future__ import annotations

import functools
import socket
import sys
import threading
from datetime import datetime
from typing import Any

import numpy as np
import sounddevice
import soundfile
from apscheduler.schedulers.background import BackgroundScheduler


class Player:
    """Two sounds: what was asked for, and a background that goes on when that has ended."""

    def __init__(self) -> None:
        self.asked: tuple[np.ndarray, int] | None = None
        self.background: tuple[np.ndarray, int] | None = None

    def fill(self, out: np.ndarray, frames: int, time: Any, status: Any) -> None:
        """PortAudio's callback."""
        out.fill(0)
        done = 0
        if self.asked is not None:
            sound, at = self.asked
            done = min(frames, len(sound) - at)
            out[:done] = sound[at : at + done]
            self.asked = (sound, at + done) if at + done < len(sound) else None
        if self.background is not None and done < frames:
            sound, at = self.background
            count = min(frames - done, len(sound) - at)
            out[done : done + count] = sound[at : at + count]
            self.background = (sound, (at + count) % len(sound))

    def play(self, sound: np.ndarray) -> None:
        """Now."""
        self.asked = (sound, 0)


@functools.cache
def sound_of(path: str) -> np.ndarray:
    """Decoded whole."""
    samples: np.ndarray = soundfile.read(path, dtype="float32", always_2d=True)[0]
    return samples


def serve(player: Player, scheduler: BackgroundScheduler, connection: socket.socket) -> None:
    """One client."""
    for line in connection.makefile():
        match line.split():
            case ["PLAY", path]:
                player.play(sound_of(path))
            case ["BG", path]:
                player.background = (sound_of(path), 0)
            case ["AT", moment, path]:
                when = datetime.fromtimestamp(float(moment)).astimezone()
                scheduler.add_job(player.play, "date", run_date=when, args=[sound_of(path)], misfire_grace_time=60)
        connection.sendall(b"OK\n")


def main(address: str, device: str, latency_s: str) -> None:
    """Until killed."""
    player = Player()
    scheduler = BackgroundScheduler()
    scheduler.start()
    with (
        sounddevice.OutputStream(48_000, device=device, channels=2, callback=player.fill, latency=float(latency_s)),
        socket.socket(socket.AF_UNIX) as door,
    ):
        door.bind(address)
        door.listen()
        while True:
            connection = door.accept()[0]
            threading.Thread(target=serve, args=(player, scheduler, connection), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
