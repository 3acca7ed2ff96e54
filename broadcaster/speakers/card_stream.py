"""The PortAudio stream that is always open, so that no item loses its end and a loss is noticed at any time.

It has two modes. *Awake* it has the station's latency and its callback plays the mixer. At *rest*, after a while
without anything to play, it is replaced by a stream with a long latency that gets zeros: some eight callbacks a second
instead of eighty, for a station that is silent all but an hour of the day. Waking costs one opening, a few
milliseconds; the other stream is closed only when the new one runs, where the device allows two.

Only the sound card's process imports this (PortAudio can hang).
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broadcaster.clock import SystemClock
from broadcaster.model import STATION_RATE_HZ
from broadcaster.speakers.card_protocol import CardFailure
from broadcaster.speakers.clipfile import SAMPLE_BYTES
from broadcaster.speakers.mixer import Mixer
from broadcaster.speakers.track import Track
from broadcaster.speakers.urgency import become_urgent

RESTING_LATENCY_S = 0.5
LEAD_MAX_S = 5.0
"""A DAC time further ahead than this is a driver's mistake."""
RUNAWAY_ALLOWANCE_S = 4.0
RUNAWAY_FACTOR = 1.25
"""A device may take this much at first (a cold null sink takes 2 s), and be this much too fast."""

monotonic = SystemClock().monotonic


class OpenFailure(Exception):
    """The device could not be opened."""

    def __init__(self, kind: CardFailure, text: str, device: str = "") -> None:
        """`text` is PortAudio's own, or what the kind needs."""
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.device = device


@dataclass(frozen=True, kw_only=True)
class Device:
    """What was opened."""

    name: str
    channels: int
    latency_s: float


class CardStream:
    """The open device. `play` and `rest` may be called from different threads."""

    def __init__(self, mixer: Mixer, on_gone: Callable[[str], None]) -> None:
        """`on_gone` is called, from any thread, when the stream ended by itself; with a traceback if we did it."""
        self.asked_frames = 0
        """Frames the device has asked for so far: what proves that it lives."""
        self._mixer = mixer
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._device: dict[str, Any] = {}
        self._latency_s = 0.0
        self._pace_since = 0.0
        self._pace_frames = 0

    def open(self, name: str, latency_s: float, channels: int) -> Device:
        """Open the device called `name` (see `find_device`), awake. `channels` 0: two, or one if it has no more.

        Raises OpenFailure.
        """
        try:
            import sounddevice
        except OSError as problem:
            raise OpenFailure(CardFailure.NO_LIBRARY, str(problem)) from problem
        except Exception as problem:
            # PortAudio's own error, of a module that was not imported: no sound system at all, so no device either.
            raise OpenFailure(CardFailure.NO_DEVICE, "") from problem
        try:
            self._device = find_device(sounddevice, name)
        except (sounddevice.PortAudioError, LookupError) as problem:
            raise OpenFailure(CardFailure.NO_DEVICE, str(problem)) from problem
        # Now, so that PortAudio's and the sound server's threads inherit it; not before, since loading takes long.
        become_urgent()
        found, most = str(self._device["name"]), int(self._device["max_output_channels"])
        if channels > most:
            raise OpenFailure(CardFailure.TOO_FEW_CHANNELS, str(most), found)
        self._mixer.channels = channels or min(2, most)
        self._latency_s = latency_s
        try:
            with self._lock:
                self._change(resting=False)
        except sounddevice.PortAudioError as problem:
            raise OpenFailure(CardFailure.REFUSED, str(problem), found) from problem
        assert self._line is not None
        return Device(name=found, channels=self._mixer.channels, latency_s=self._line.latency_s)

    def play(self, track: Track) -> None:
        """Give a track to the mixer, awake. Raises sounddevice.PortAudioError when the device cannot be opened again.

        A stream that has to be woken is filled with silence first: what it is given at once may lose its head.
        """
        with self._lock:
            if self._line is not None and self._line.resting:
                self._change(resting=False)
            self._mixer.waiting.append(track)

    def rest(self) -> None:
        """Nothing will play for a while, unless something does already. Raises as `play` does."""
        with self._lock:
            if self._line is not None and not self._line.resting and self._mixer.idle:
                self._change(resting=True)

    @property
    def resting(self) -> bool:
        """Whether it is at rest."""
        return self._line is not None and self._line.resting

    def keeps_time(self) -> bool:
        """False when the device takes sound much faster than time passes: ALSA's `null` takes hours in seconds, and an
        item "played" there would be on record as aired.
        """
        allowed_s = RUNAWAY_ALLOWANCE_S + RUNAWAY_FACTOR * (monotonic() - self._pace_since)
        return self.asked_frames - self._pace_frames < allowed_s * STATION_RATE_HZ

    def _change(self, *, resting: bool) -> None:
        import sounddevice

        old = self._line
        # From here the watchdog waits for the new stream's first frames: if opening hangs, it will see.
        self._line = None
        try:
            line = self._open_line(sounddevice, resting=resting)
        except sounddevice.PortAudioError:
            if old is None:
                raise
            # A device that can be opened once only (ALSA hw:).
            old.retire()
            old = None
            line = self._open_line(sounddevice, resting=resting)
        self._line = line
        if old is not None:
            old.retire()

    def _open_line(self, sounddevice: Any, *, resting: bool) -> Line:
        self._pace_since, self._pace_frames = monotonic(), self.asked_frames
        return Line(
            sounddevice,
            device=int(self._device["index"]),
            channels=self._mixer.channels,
            latency_s=RESTING_LATENCY_S if resting else self._latency_s,
            resting=resting,
            play=self._play,
            on_gone=self._on_gone,
        )

    def _play(self, line: Line, outdata: Any, frames: int, time: Any, status: Any) -> None:
        """PortAudio's thread: fill one buffer, which already holds zeros."""
        self.asked_frames += frames
        mixer = self._mixer
        if line.resting or mixer.idle:
            return
        if status.output_underflow:
            mixer.underrun()
        mixer.fill(memoryview(outdata).cast("B").cast("h"), frames, line.heard(time))


class Line:
    """One PortAudio stream, playing from the start."""

    def __init__(
        self,
        sounddevice: Any,
        *,
        device: int,
        channels: int,
        latency_s: float,
        resting: bool,
        play: Callable[[Line, Any, int, Any, Any], None],
        on_gone: Callable[[str], None],
    ) -> None:
        """`play` fills a buffer. Raises sounddevice.PortAudioError."""
        self.resting = resting
        self._retired = False
        self._play = play
        self._on_gone = on_gone
        self._abort = sounddevice.CallbackAbort
        self._fault = ""
        self._frame_bytes = channels * SAMPLE_BYTES
        self._silence: dict[int, bytes] = {}
        self._raw = sounddevice.RawOutputStream(
            samplerate=STATION_RATE_HZ,
            device=device,
            channels=channels,
            dtype="int16",
            latency=latency_s,
            callback=self._callback,
            finished_callback=self._finished,
        )
        self.latency_s = float(self._raw.latency)
        self._raw.start()

    def heard(self, time: Any) -> float:
        """When the first frame of this buffer is heard. Some drivers give no DAC time: then the stream's latency."""
        lead = time.outputBufferDacTime - time.currentTime
        if 0.0 < lead < LEAD_MAX_S:
            # Against the stream's clock of this instant: waiting for Python's lock must not count as lead.
            return float(monotonic() + time.outputBufferDacTime - self._raw.time)
        return monotonic() + self.latency_s

    def retire(self) -> None:
        """Close it; another one runs."""
        self._retired = True
        self._raw.abort()
        self._raw.close()

    def _callback(self, outdata: Any, frames: int, time: Any, status: Any) -> None:
        silence = self._silence.get(frames)
        if silence is None:  # a device asks for one or two sizes only
            silence = self._silence[frames] = bytes(frames * self._frame_bytes)
        outdata[:] = silence
        if self._retired:
            return
        try:
            self._play(self, outdata, frames, time, status)
        except Exception:  # noqa: BLE001 - told by `_finished`
            # PortAudio's thread cannot raise: the stream ends, and the station hears why.
            self._fault = traceback.format_exc()
            raise self._abort from None

    def _finished(self) -> None:
        if not self._retired:
            self._on_gone(self._fault)


def find_device(sounddevice: Any, name: str) -> dict[str, Any]:
    """The default output, or the first whose name contains `name` (an exact name wins).

    By name, never by number: after a replug the same number can be another device. Raises LookupError, PortAudioError.
    """
    if not name:
        return dict(sounddevice.query_devices(kind="output"))
    outputs = [dict(device) for device in sounddevice.query_devices() if device["max_output_channels"] > 0]
    wanted = name.casefold()
    for device in sorted(outputs, key=lambda each: each["name"].casefold() != wanted):
        if wanted in device["name"].casefold():
            return device
    raise LookupError(", ".join(device["name"] for device in outputs))
