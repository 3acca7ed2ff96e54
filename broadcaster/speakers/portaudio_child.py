"""The sound card's own process: `python -m broadcaster.speakers.portaudio_child`, started by `soundcard.py` alone.

PortAudio lives here because it can hang: a stopped sound server blocks its calls for ever, an unplugged USB card can
trap ALSA in an endless loop. This process may then be killed, and the station goes on.

Three threads: PortAudio's callback (`CardStream`, `Mixer.fill`), the one that obeys the station's lines on stdin, and
the main one, which reads clips ahead and reports. A live source has one more, which receives its samples. No numpy:
this process stays small. It ends when stdin does.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from broadcaster.clock import SystemClock
from broadcaster.errors import AudioError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.card_protocol import (
    BEAT_IDLE_S,
    BEAT_PLAYING_S,
    LINE_BYTES,
    CardEvent,
    CardFailure,
    CardOrder,
    decode,
    encode,
)
from broadcaster.speakers.card_stream import CardStream, OpenFailure
from broadcaster.speakers.clipfile import ClipFile
from broadcaster.speakers.gain import SAMPLE_MAX
from broadcaster.speakers.live_feed import PREROLL_FRAMES, Intake
from broadcaster.speakers.mixer import Mixer
from broadcaster.speakers.speaker import ROUTE_FADE_MS, words_of
from broadcaster.speakers.track import Branch, Track
from broadcaster.speakers.urgency import become_urgent

BLOCK_FRAMES = 2400
"""Frames read from a clip at once (50 ms)."""
FIRST_BLOCKS = 4
"""Blocks read before a track is given to the callback: the first sample must never wait for the disk."""
AHEAD_FRAMES = 3 * STATION_RATE_HZ
"""Read-ahead: a disk may be busy for seconds, and a cold null sink asks for 2 s at once."""
PROOF_S = 0.05
"""ALSA's `null`, which some machines without a card have as their default, takes many seconds of sound in this time."""
SWITCH_INTERVAL_S = 0.0005
"""Python hands its lock to the callback within this; the default 5 ms would be felt in every start."""
CLOSING_S = 0.15
"""When the station is gone, what plays is faded out, and this process ends after so long."""
ROUTE_FADE_FRAMES = ROUTE_FADE_MS * STATION_RATE_HZ // 1000
SILENCE_POWER = 1e-12
"""Digital silence is reported as -120 dBFS: measured, and nothing there."""
LONGEST_WHY = 2000
"""Characters of a traceback that fit into a line."""

monotonic = SystemClock().monotonic


class TrackSource(Protocol):
    """Where a track's samples come from."""

    def fill(self) -> None:
        """Let the track be ahead of the callback, if that is the main thread's work. Raises AudioError."""

    def close(self) -> None:
        """Release the source."""


class ClipSource:
    """A track read from a clip's file."""

    def __init__(self, track: Track, file: ClipFile) -> None:
        """The file is closed with it. Raises AudioError."""
        self._track = track
        self._file = file
        self._read_ahead(FIRST_BLOCKS * BLOCK_FRAMES)

    def fill(self) -> None:
        """Read ahead of the callback. Raises AudioError."""
        self._read_ahead(AHEAD_FRAMES)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_ahead(self, frames: int) -> None:
        track = self._track
        while track.queued - track.handed < frames and not self._file.ended:
            track.append(self._file.read(BLOCK_FRAMES))


@dataclass(frozen=True, kw_only=True)
class Running:
    """A job that is not final yet."""

    track: Track
    source: TrackSource


class Card:
    """Jobs between the station and the stream, and what is to be told about them."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        """`send` writes one message to the station."""
        self._send = send
        self._events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._running: dict[int, Running] = {}
        self._due: list[tuple[float, Track]] = []
        self._mixer = Mixer(on_start=self._on_start, on_handed=self._on_handed, on_cut=self._on_cut)
        self._stream = CardStream(self._mixer, self._on_gone)
        self._rest_after_s = 0.0

    def open(self, order: dict[str, Any]) -> bool:
        """Open the device that `order` names and tell how that went; whether it is open."""
        self._rest_after_s = float(order["rest_after_s"])
        try:
            device = self._stream.open(order["device"], float(order["latency_s"]), int(order["channels"]))
            threading.Event().wait(PROOF_S)
            if not self._stream.keeps_time():
                raise OpenFailure(CardFailure.NO_REAL_DEVICE, "", device.name)
        except OpenFailure as failure:
            text = failure.text[:LONGEST_WHY]
            self._send({"event": CardEvent.FAILED, "kind": failure.kind, "text": text, "device": failure.device})
            return False
        self._send(
            {
                "event": CardEvent.OPENED,
                "device": device.name,
                "channels": device.channels,
                "latency_s": device.latency_s,
            }
        )
        return True

    # Told by the callback's thread: the main thread does the rest

    def _on_start(self, track: Track, heard: float) -> None:
        self._events.put(lambda: self._send({"event": CardEvent.STARTED, "job": track.serial, "at": heard}))

    def _on_handed(self, track: Track, heard: float) -> None:
        self._events.put(lambda: self._due.append((heard, track)))

    def _on_cut(self, track: Track) -> None:
        self._events.put(lambda: self._finished(track, CardEvent.CUT))

    def _on_gone(self, why: str) -> None:
        def tell() -> None:
            self._send({"event": CardEvent.GONE, "why": why[-LONGEST_WHY:]})
            os._exit(1)

        self._events.put(tell)

    # The station's orders

    def obey(self, lines: BinaryIO) -> None:
        """Do what the lines say until they end; then the station is gone."""
        become_urgent()
        while line := lines.readline(LINE_BYTES + 1):
            order = decode(line)
            if order["order"] == CardOrder.PLAY:
                self._play(order)
                continue
            running = self._running.get(order["job"])
            if running is None:
                continue
            if order["order"] == CardOrder.ROUTE:
                running.track.routed = frozenset(order["zones"])
            elif order["order"] == CardOrder.CUT:
                running.track.fade = int(order["fade_frames"])
        self._fade_out()

    def _play(self, order: dict[str, Any]) -> None:
        serial = int(order["job"])
        try:
            track, source = self._sourced(order)
        except AudioError as problem:
            why = words_of(problem)
            self._events.put(lambda: self._send(bad_source(serial, why)))
            return
        self._running[serial] = Running(track=track, source=source)
        self._stream.play(track)
        self._events.put(lambda: None)  # wakes the main thread: there is something to read

    def _sourced(self, order: dict[str, Any]) -> tuple[Track, TrackSource]:
        """The track that a `play` describes, and what fills it. Raises AudioError."""
        gains = list(dict.fromkeys(float(gain) for _, _, gain in order["zones"])) or [0.0]
        every = tuple(range(self._mixer.channels))
        branches = [Branch(zone, tuple(some) or every, gains.index(gain)) for zone, some, gain in order["zones"]]
        live, start, frames = order["live"], int(order["start_frame"]), int(order["frames"])
        track = Track(
            int(order["job"]),
            branches,
            None if live else max(0, frames - start),
            order["at"],
            gains=gains,
            routed=order["routed"],
            preroll=PREROLL_FRAMES if live else 0,
        )
        track.route_fade = ROUTE_FADE_FRAMES
        if live:
            return track, Intake(track, int(live["port"]), bytes.fromhex(live["token"]))
        return track, ClipSource(track, ClipFile(Path(order["path"]), frames, start))

    def _fade_out(self) -> None:
        """The station is gone."""
        running = list(self._running.values())
        for each in running:
            each.track.fade = int(CLOSING_S / 2 * STATION_RATE_HZ)
        if running:
            threading.Event().wait(CLOSING_S)

    # The main thread

    def serve(self) -> None:
        """Read ahead and report, until the stream or the station is gone."""
        station = os.getppid()
        last_beat = busy_at = monotonic()
        while os.getppid() == station:
            next_beat = last_beat + (BEAT_PLAYING_S if self._running else BEAT_IDLE_S)
            wake = min([next_beat, *(heard for heard, _ in self._due)])
            with contextlib.suppress(queue.Empty):
                self._events.get(timeout=max(0.0, wake - monotonic()))()
            now = monotonic()
            if not self._stream.keeps_time():
                self._send({"event": CardEvent.RUNAWAY})
                return
            for due in [due for due in self._due if due[0] <= now]:
                self._due.remove(due)
                self._finished(due[1], CardEvent.ENDED)
            for running in list(self._running.values()):
                self._fill(running)
            if now >= next_beat:
                self._beat(now)
                last_beat = now
            if self._running:
                busy_at = now
            elif now - busy_at > self._rest_after_s and not self._stream.resting:
                self._stream.rest()

    def _fill(self, running: Running) -> None:
        try:
            running.source.fill()
        except AudioError as problem:
            running.track.fade = 0
            why = words_of(problem)
            self._finished(running.track, CardEvent.BAD_SOURCE, vi=why.vi, en=why.en)

    def _beat(self, now: float) -> None:
        jobs = [
            {"job": track.serial, **figures(track, now), "frames": track.consumed(now)}
            for track in (running.track for running in list(self._running.values()))
            if track.started
        ]
        self._send({"event": CardEvent.BEAT, "asked_frames": self._stream.asked_frames, "jobs": jobs})

    def _finished(self, track: Track, event: CardEvent, **more: Any) -> None:
        running = self._running.pop(track.serial, None)
        if running is not None:
            running.source.close()
            self._send({"event": event, "job": track.serial, **figures(track, math.inf), **more})


def bad_source(serial: int, why: Words) -> dict[str, Any]:
    """The message about a job whose source cannot be read from the start."""
    return {"event": CardEvent.BAD_SOURCE, "job": serial, "vi": why.vi, "en": why.en}


def figures(track: Track, now: float) -> dict[str, Any]:
    """What the station wants to know of a track, as heard at machine-monotonic second `now` (inf: all it was given)."""
    level = None
    if track.measured:
        power = track.energy / track.measured / SAMPLE_MAX**2
        level = round(10 * math.log10(max(power, SILENCE_POWER)), 1)
    zones = [(branch.zone, *track.heard_by(branch, now)) for branch in track.branches if branch.first_heard is not None]
    return {
        "frames": track.handed,
        "underruns": track.underruns,
        "stalled": track.stalled,
        "level_dbfs": level,
        "zones": zones,
    }


def main() -> None:
    """Open, then serve; every way out ends the process, and tells the station why."""
    # The station decides when we end (it closes stdin): Ctrl-C and a service manager's TERM reach us as well.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # Libraries that print must not write into our lines.
    out = os.dup(1)
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        try:
            os.write(out, encode(message))
        except OSError:
            os._exit(0)

    lines = sys.stdin.buffer
    first = lines.readline(LINE_BYTES + 1)
    if not first:
        return
    card = Card(send)

    def guarded(work: Callable[[], None]) -> None:
        """Run one thread's work. A mistake of ours, or a device that will not wake, reaches the station's log: nobody
        sees our stderr.
        """
        try:
            work()
        except Exception:  # noqa: BLE001 - told to the station, then this process ends
            send({"event": CardEvent.GONE, "why": traceback.format_exc()[-LONGEST_WHY:]})
        finally:
            # Not sys.exit: PortAudio's own clean-up can hang, too.
            os._exit(0)

    def open_and_serve() -> None:
        if card.open(decode(first)):
            card.serve()

    threading.Thread(target=guarded, args=(lambda: card.obey(lines),), daemon=True).start()
    guarded(open_and_serve)


if __name__ == "__main__":
    main()
