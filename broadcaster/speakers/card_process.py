"""The station's end of the sound card's process: starts it, hears it, watches it, ends it.

`portaudio_child.py` is the other end. Whatever happens there, nothing here waits for it without a bound.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from broadcaster.clock import SystemClock
from broadcaster.errors import SpeakerError, Words
from broadcaster.speakers.card_protocol import LINE_BYTES, CardEvent, CardFailure, decode, encode
from broadcaster.speakers.speaker import OPEN_BOUND_S

WATCHDOG_S = 2.5
"""No frame asked for in this time means a hang. Less gives false alarms: a cold null sink blocks for up to 2 s."""
WATCH_EVERY_S = 0.5
EXIT_CODE_BOUND_S = 0.5
"""A process whose output has ended is nearly always gone a moment later, and its exit code is worth a wait."""
NO_WINDOW = 0x0800_0000
"""Windows: CREATE_NO_WINDOW, which subprocess names on Windows only."""
CLOSE_BOUND_S = 1.0
"""The process fades out and ends by itself within 0.2 s of losing its stdin; after this it is killed."""
KILL_BOUND_S = 2.0
"""A killed process that is still there after this is stuck in the kernel: left behind, since nothing can end it."""
DEVICE_GONE = Words(
    "mất thiết bị phát (rút dây, mất dịch vụ âm thanh)", "the device is gone (unplugged, or its sound service ended)"
)


class CardProcess:
    """The process and the two threads that listen to it and watch over it."""

    def __init__(self, hear: Callable[[dict[str, Any]], None], lose: Callable[[CardProcess, Words], None]) -> None:
        """`hear` gets the messages about jobs, `lose` at most one reason why nothing more will come."""
        self._hear = hear
        self._lose = lose
        self._clock = SystemClock()
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._closing = False
        self.lost: Words | None = None
        """Why nothing more will come; None while it runs."""
        self._ended = threading.Event()
        self._asked_frames = -1
        self._progress_at = 0.0
        own_group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {"creationflags": NO_WINDOW}
        self._popen = subprocess.Popen(
            # -P: a file in the current folder must not stand in for one of Python's.
            [sys.executable, "-P", "-m", "broadcaster.speakers.portaudio_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # ALSA writes pages of harmless complaints there.
            stderr=subprocess.DEVNULL,
            **own_group,
        )
        self._listener = threading.Thread(target=self._listen, name="speaker listener", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="speaker watchdog", daemon=True)
        self._listener.start()

    def open(self, order: dict[str, Any]) -> dict[str, Any]:
        """Have the stream opened; the answer. Raises SpeakerError when none comes in time."""
        self.send(order)
        try:
            return self._answers.get(timeout=OPEN_BOUND_S)
        except queue.Empty:
            raise SpeakerError(
                Words(
                    f"hệ thống âm thanh không trả lời trong {OPEN_BOUND_S:g} giây",
                    f"the sound system does not answer within {OPEN_BOUND_S:g} seconds",
                ),
                cure=Words(
                    "Khởi động lại dịch vụ âm thanh (pulseaudio, pipewire) hoặc máy",
                    "Restart the sound service (pulseaudio, pipewire) or the machine",
                ),
            ) from None

    def watch(self) -> None:
        """Begin to expect progress."""
        self._progress_at = self._clock.monotonic()
        self._watcher.start()

    def send(self, order: dict[str, Any]) -> None:
        """Write one line. A process that is gone is told of by its listener."""
        assert self._popen.stdin is not None
        line = encode(order)
        try:
            self._popen.stdin.write(line)
            self._popen.stdin.flush()
        except OSError:
            # Broken pipe: the listener sees the end of the process, and says so once for all jobs.
            return

    def close(self) -> None:
        """Let it fade out and end; kill it when it does not."""
        self._closing = True
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):  # already gone
            self._popen.stdin.close()
        try:
            self._popen.wait(CLOSE_BOUND_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
        self._reap()

    def kill(self) -> None:
        """End it at once."""
        self._closing = True
        self._popen.kill()
        self._reap()

    def _reap(self) -> None:
        self._ended.set()
        try:
            self._popen.wait(KILL_BOUND_S)
        except subprocess.TimeoutExpired:
            return
        for thread in (self._listener, self._watcher):
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(KILL_BOUND_S)
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # an unsent line of a process that is gone
                pipe.close()

    def _tell_lost(self, reason: Words) -> None:
        if self.lost is None and not self._closing:
            self.lost = reason
            self._lose(self, reason)

    def _listen(self) -> None:
        assert self._popen.stdout is not None
        reason = Words("lỗi của chương trình", "a mistake of the program")
        try:
            reason = self._follow(self._popen.stdout)
        finally:
            died = {"event": CardEvent.FAILED, "kind": CardFailure.DIED, "vi": reason.vi, "en": reason.en}
            self._answers.put({**died, "text": "", "device": ""})
            self._tell_lost(reason)

    def _follow(self, lines: IO[bytes]) -> Words:
        """Hear everything the process says; why that ended."""
        while line := lines.readline(LINE_BYTES + 1):
            try:
                message = decode(line)
            except ValueError:
                # The process was killed in the middle of a line.
                break
            match CardEvent(message["event"]):
                case CardEvent.OPENED | CardEvent.FAILED:
                    self._answers.put(message)
                    continue
                case CardEvent.GONE:
                    why = str(message["why"]).strip()
                    return Words(f"luồng âm thanh dừng ({why})", f"the stream stopped ({why})") if why else DEVICE_GONE
                case CardEvent.RUNAWAY:
                    return Words(
                        "không phải loa thật: thiết bị nhận âm thanh nhanh hơn thời gian thực",
                        "no real device: it takes sound faster than time passes",
                    )
                case CardEvent.BEAT:
                    if message["asked_frames"] != self._asked_frames:
                        self._asked_frames = message["asked_frames"]
                        self._progress_at = self._clock.monotonic()
            self._hear(message)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(EXIT_CODE_BOUND_S)
        code = self._popen.returncode
        return Words(f"tiến trình âm thanh dừng bất ngờ (mã {code})", f"the sound process ended (code {code})")

    def _watch(self) -> None:
        while not self._ended.wait(WATCH_EVERY_S):
            if self._clock.monotonic() - self._progress_at > WATCHDOG_S:
                self._tell_lost(
                    Words(
                        f"thiết bị không nhận âm thanh nữa (quá {WATCHDOG_S:g} giây)",
                        f"the device takes no more sound (for {WATCHDOG_S:g} seconds)",
                    )
                )
                self._popen.kill()
                return
