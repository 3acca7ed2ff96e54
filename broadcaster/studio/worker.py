"""A process that renders, one order at a time: `python -m broadcaster.studio.worker [urgent]`, started by the studio.

Reads length-prefixed requests from stdin, writes answers to stdout, ends when stdin does. It speaks the protocol of
broadcaster.speech.workers: b"K" and length-prefixed parts. Requests and answers are pickles between our own processes.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import traceback
from typing import IO

from broadcaster.clock import SystemClock
from broadcaster.errors import BroadcasterError
from broadcaster.settings import Settings
from broadcaster.studio.studio import Studio
from broadcaster.studio.task import Result, Task

RENDER_NICE = 10
"""Tomorrow's bulletins take what processor time the sound on air, and everything else, leave over."""
URGENT_NICE = 0
"""An emergency's words: like any program, still behind the sound."""


def main() -> None:
    """Serve until stdin ends."""
    _step_back(URGENT_NICE if sys.argv[1:] == ["urgent"] else RENDER_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the studio's process, which then closes our stdin
    source, sink = sys.stdin.buffer, _private_stdout()
    _send(sink, b"studio")
    studio: Studio | None = None
    settings: Settings | None = None
    while (task := _receive(source)) is not None:
        if studio is None or settings != task.settings:
            if studio is not None:
                studio.close()
            settings = task.settings
            studio = Studio(settings, SystemClock(), workers=0, makes_room=False)
        _send(sink, pickle.dumps(_answer(studio, task)))
    if studio is not None:
        studio.close()


def _step_back(nice: int) -> None:
    """Behind the station, whose priority we inherited. Going back is always allowed."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))


def _answer(studio: Studio, task: Task) -> Result:
    try:
        return Result(clip=studio.render(task.order, deadline_s=task.deadline_s, again=task.again))
    except BroadcasterError as error:
        return Result(error=error)
    except Exception:  # noqa: BLE001  (a mistake of ours, told to the parent, which raises it there)
        return Result(bug=traceback.format_exc())


def _private_stdout() -> IO[bytes]:
    """The pipe for ourselves; whatever a library prints goes to stderr instead of into the protocol."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private


def _receive(source: IO[bytes]) -> Task | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack("<I", head)
    data = source.read(length)
    if len(data) < length:
        return None
    task = pickle.loads(data)
    assert isinstance(task, Task)
    return task


def _send(sink: IO[bytes], part: bytes) -> None:
    sink.write(b"K" + struct.pack("<I", len(part)) + part)
    sink.flush()


if __name__ == "__main__":
    main()
