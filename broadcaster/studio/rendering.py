"""Rendering in processes of our own, from the side of whoever asks: how many, how urgent, until when, and what follows
when one hangs or dies.

Bounds, for the station and all commands of its folder together: as many clips ahead of time at once as there are cores,
each by one process with one thread; besides, for each program, one process for emergencies (all cores, before the
others) and one for notices. A process holds at most one Piper model and is ended when it was idle for IDLE_S.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pickle
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.errors import AudioError, BroadcasterError, SpeechError, Words
from broadcaster.file_lock import lock_path, unlock_and_remove
from broadcaster.model import Clip, RenderRequest
from broadcaster.speech.native import died, not_finished
from broadcaster.studio.process_pool import IDLE_S, DeadProcess, LateProcess, ProcessError, ProcessPool
from broadcaster.studio.task import Progress, RenderTask, Result, SampleTask, VoiceSample
from broadcaster.studio.urgency import Urgency

MASTERING_S = 15.0
"""What a process has beyond the deadline of the voice, to master and store."""
NATIVE_SLACK_S = 0.5
"""A native engine sees to its deadline between two pieces; killed when it is this late."""
QUEUE_S = 1_800.0
"""What is rendered ahead waits at most so long for a free core; then it is tried all the same."""
ASK_EVERY_S = 0.1
"""While every core renders for another program of this station."""
AHEAD_NICE = 10
"""Tomorrow's bulletins take what processor time the sound on air, and everything else, leave over."""
WAITED_FOR_NICE = 0
"""An emergency's words, and a notice's: like any program, still behind the sound."""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
"""numpy's and onnxruntime's own threads are of no use to us, and each has a stack."""

_clock = SystemClock()  # processes are waited for in real time


class EngineLost(Exception):
    """An engine hung, or ended its process."""

    def __init__(self, engine: str, error: SpeechError) -> None:
        self.engine = engine
        self.error = error
        super().__init__(engine)


class RenderingProcesses:
    """The processes of one studio. Safe to use from several threads. Nothing is started before the first task."""

    def __init__(self, at_once: int, slots: Path) -> None:
        """`at_once`: clips ahead of time at the same time; `slots`: folder of the locks that count them for all."""
        self.at_once = at_once
        self._slots = slots
        self.pools = {
            Urgency.EMERGENCY: _pool(1, WAITED_FOR_NICE, cores()),
            Urgency.NOTICE: _pool(1, WAITED_FOR_NICE, 1),
            Urgency.AHEAD: _pool(at_once, AHEAD_NICE, 1),
        }

    def render(self, task: RenderTask, urgency: Urgency) -> Clip:
        """The clip. An engine that hangs or dies costs its own time: the task is given out again without it.

        Raises BroadcasterError.
        """
        with self._slot(urgency):
            begun = _clock.monotonic()
            voice_end = begun + task.deadline_s
            while True:
                try:
                    result = self._answer(task, urgency, voice_end + MASTERING_S)
                    break
                except EngineLost as lost:
                    words = Words(lost.error.line("vi"), lost.error.line("en"))
                    task = dataclasses.replace(
                        task,
                        lost={**task.lost, lost.engine: words},
                        deadline_s=max(0.0, voice_end - _clock.monotonic()),
                    )
                except ProcessError as problem:
                    raise _failed(task.request, problem) from problem
        if result.clip is None:
            raise RuntimeError(f"a rendering process failed:\n{result.bug}")
        return result.clip

    def sample(self, task: SampleTask) -> VoiceSample:
        """One sentence by one engine, for somebody who waits. Raises SpeechError."""
        try:
            result = self._answer(task, Urgency.NOTICE, _clock.monotonic() + task.deadline_s + MASTERING_S)
        except EngineLost as lost:
            raise lost.error from lost
        except LateProcess as late:
            raise not_finished(task.engine, task.deadline_s) from late
        except ProcessError as death:
            raise died(task.engine, str(death)) from death
        if result.sample is None:
            raise RuntimeError(f"a rendering process failed:\n{result.bug}")
        return result.sample

    def close(self) -> None:
        """End the idle processes; those at work end when they have answered and been idle. Usable afterwards."""
        for pool in self.pools.values():
            pool.close()

    def _answer(self, task: RenderTask | SampleTask, urgency: Urgency, deadline: float) -> Result:
        """One task to one process. Raises EngineLost, ProcessError, and the BroadcasterError that it answers."""
        now = Progress(engine="")

        def heard(message: bytes) -> float | None:
            nonlocal now
            progress = pickle.loads(message)
            assert isinstance(progress, Progress)
            now = progress
            return None if now.limit_s is None else _clock.monotonic() + now.limit_s + NATIVE_SLACK_S

        try:
            answer = self.pools[urgency].ask(pickle.dumps(task), deadline, heard)
        except LateProcess as late:
            if now.limit_s is None:
                raise
            raise EngineLost(now.engine, not_finished(now.engine, now.limit_s)) from late
        except DeadProcess as death:
            if not now.engine:
                raise
            raise EngineLost(now.engine, died(now.engine, str(death))) from death
        result = pickle.loads(answer)
        assert isinstance(result, Result)
        if result.error is not None:
            raise result.error
        return result

    @contextlib.contextmanager
    def _slot(self, urgency: Urgency) -> Iterator[None]:
        """One of the places for what is rendered ahead, counted over all processes of the station."""
        if urgency is not Urgency.AHEAD:
            yield
            return
        end = _clock.monotonic() + QUEUE_S
        held = None
        try:
            while held is None and _clock.monotonic() < end:
                for number in range(self.at_once):
                    path = self._slots / f"slot-{number}"
                    file = lock_path(path)
                    if file is not None:
                        held = file, path
                        break
                else:
                    _clock.wait(threading.Event(), ASK_EVERY_S)
        except OSError:  # no lock file can be made (a full or read-only disk): the pool's own bound remains
            held = None
        try:
            yield
        finally:
            if held is not None:
                unlock_and_remove(*held)


def cores() -> int:
    """Those that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def error_of(request: RenderRequest) -> type[BroadcasterError]:
    """The class of what goes wrong with rendering it."""
    return SpeechError if request.text else AudioError


def too_slow(request: RenderRequest) -> BroadcasterError:
    """What is said of a rendering that was stopped."""
    return error_of(request)(
        Words("dựng tiếng quá lâu nên đã dừng", "rendering took too long and was stopped"),
        where=request.title,
        cure=Words(
            "Xem máy có đang quá tải không («broadcaster doctor»), hoặc chia văn bản ngắn hơn",
            "See whether the computer is overloaded ('broadcaster doctor'), or split the text",
        ),
    )


def _failed(request: RenderRequest, problem: ProcessError) -> BroadcasterError:
    if isinstance(problem, LateProcess):
        return too_slow(request)
    return error_of(request)(
        Words(f"tiến trình dựng tiếng bị dừng giữa chừng ({problem})", f"the rendering process died ({problem})"),
        where=request.title,
        cure=Words(
            "Thử lại; nếu lặp lại, xem bộ nhớ của máy («broadcaster doctor»)",
            "Try again; if it happens again, look at the computer's memory ('broadcaster doctor')",
        ),
    )


def _pool(size: int, nice: int, threads: int) -> ProcessPool:
    command = (sys.executable, "-m", "broadcaster.studio.rendering_process", str(nice), str(threads))
    return ProcessPool(command, size, idle_s=IDLE_S, environment=ONE_THREAD)
