"""A process that renders, one task at a time: `python -m broadcaster.studio.rendering_process NICE THREADS`.

Started by the studio, it speaks the protocol of process_pool.py. Engines are loaded in it: a native library that hangs,
ends the process or does not give its memory back harms nobody else. Tasks and answers are pickles between our own
processes.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
import traceback
from typing import IO

from broadcaster.errors import BroadcasterError
from broadcaster.settings import Settings
from broadcaster.studio.process_pool import HELLO, PROGRESS, RESULT
from broadcaster.studio.recipe import Recipes
from broadcaster.studio.renderer import OnProgress, Renderer
from broadcaster.studio.stock import Stock
from broadcaster.studio.task import Progress, RenderTask, Result, SampleTask
from broadcaster.studio.voices import Voices

OWN_SLACK_S = 5.0
"""A process whose engine hangs ends itself this long after the deadline, if the studio did not kill it by then."""

Task = RenderTask | SampleTask


def main() -> None:
    """Serve until stdin ends."""
    nice, threads = (int(argument) for argument in sys.argv[1:])
    _step_back(nice)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the studio's process, which then closes our stdin
    sink = _private_stdout()
    tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    native = threading.Event()
    """Set while a native engine speaks."""
    threading.Thread(target=_read_all, args=(sys.stdin.buffer, tasks, native), name="tasks", daemon=True).start()

    def tell(progress: Progress) -> None:
        _end_after(0.0 if progress.limit_s is None else progress.limit_s + OWN_SLACK_S)
        (native.clear if progress.limit_s is None else native.set)()
        send(sink, PROGRESS, pickle.dumps(progress))

    send(sink, HELLO, b"")
    workshop: Workshop | None = None
    while (task := tasks.get()) is not None:
        tell(Progress(engine=""))
        if workshop is None or workshop.settings != task.settings:
            workshop = Workshop(task.settings, threads)
        answer = workshop.answer(task, tell)
        tell(Progress(engine=""))
        send(sink, RESULT, pickle.dumps(answer))


class Workshop:
    """Everything that renders for one station's settings."""

    def __init__(self, settings: Settings, threads: int) -> None:
        self.settings = settings
        recipes, voices = Recipes(settings), Voices(settings, threads=threads)
        stock = Stock(settings, recipes, voices)
        self._renderer = Renderer(settings, recipes=recipes, voices=voices, stock=stock)

    def answer(self, task: Task, on_progress: OnProgress) -> Result:
        """Do it; what went wrong is part of the answer."""
        try:
            if isinstance(task, SampleTask):
                return Result(sample=self._renderer.sample(task, on_progress))
            return Result(clip=self._renderer.render(task, on_progress))
        except BroadcasterError as error:
            return Result(error=error)
        except Exception:  # noqa: BLE001  (a mistake of ours, told to the parent, which raises it there)
            return Result(bug=traceback.format_exc())


def send(sink: IO[bytes], kind: bytes, message: bytes) -> None:
    """One message of the protocol."""
    sink.write(kind + struct.pack("<I", len(message)) + message)
    sink.flush()


def _step_back(nice: int) -> None:
    """Behind the station, whose priority we inherited. Going back is always allowed."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))


def _private_stdout() -> IO[bytes]:
    """The pipe for ourselves; whatever a library prints goes to stderr instead of into the protocol."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private


def _read_all(source: IO[bytes], tasks: queue.SimpleQueue[Task | None], native: threading.Event) -> None:
    """Put tasks into the queue, None at the end of input: whoever asked is gone. A native engine, which may hang, is
    then not waited for; what else is at work has bounds of its own, and programs to end."""
    while len(head := source.read(4)) == 4:
        (length,) = struct.unpack("<I", head)
        data = source.read(length)
        if len(data) < length:
            break
        task = pickle.loads(data)
        assert isinstance(task, RenderTask | SampleTask)
        tasks.put(task)
    if native.is_set():
        os._exit(0)
    tasks.put(None)


def _end_after(seconds: float) -> None:
    """Have the system end this process, whatever it does then. 0: not any more."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
