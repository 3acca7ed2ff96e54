"""`soundcard`, `soundcard:NAME`: the sound card, through a process of its own (`portaudio_child.py`).

One stream is kept open and fed silence between items: a stream opened for each would lose its last 40-250 ms. The
process sends a beat with the frames its callback was really asked for; a watchdog here kills it when they stand still.

The sound card keeps real time whatever the clock: under a scaled test clock a ten-second clip still takes ten real
seconds, and `at` is converted to the machine's time once, when the job is accepted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import AudioError, SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.source import Span
from broadcaster.speakers.card_failure import open_error
from broadcaster.speakers.card_process import CardProcess
from broadcaster.speakers.card_protocol import CardEvent, CardOrder
from broadcaster.speakers.live_feed import LiveFeed
from broadcaster.speakers.speaker import (
    CUT_FADE_MS,
    NO_REASON,
    Health,
    Job,
    Playback,
    PlaybackState,
    Speaker,
    check_route,
    words_of,
)
from broadcaster.speakers.zone import ONE_ZONE, Zones, channels_needed, unknown_zone

DEFAULT_LATENCY_S = 0.05
"""The smallest that never underran with both cores loaded (AUDIO.md 1.2)."""
SEND_S = 0.05
"""What a job needs, beside the stream's latency, until its first sample is in the card's buffer."""
REST_AFTER_S = 60.0
"""Long against the pauses within a session, short against the hours between two."""


class CardPlayback(Playback):
    """One job in the sound card's process; written by the thread that hears from it."""

    def __init__(self, job: Job, serial: int, card: SoundCard, on_change: Callable[[], None]) -> None:
        """`serial` names the job to the process."""
        self.job = job
        self.serial = serial
        self.on_change = on_change
        self.was_cut = False
        """Whether `cut` was asked for: the next job may follow."""
        self.to = frozenset(job.first_zones)
        """Zones it was told to be heard in."""
        self.feed: LiveFeed | None = None
        """What gives the process the samples of a live source."""
        self._card = card
        self._state = PlaybackState.WAITING
        self._frames = 0
        self._started: float | None = None
        self._reason = NO_REASON
        self._underruns = 0
        self._stalled = 0
        self._level: float | None = None
        self._heard: dict[str, Span] = {}

    @property
    def state(self) -> PlaybackState:
        return self._state

    @property
    def frames_played(self) -> int:
        return self._frames

    @property
    def started_monotonic(self) -> float | None:
        return self._started

    @property
    def reason(self) -> Words:
        return self._reason

    @property
    def underruns(self) -> int:
        return self._underruns

    @property
    def stalled_s(self) -> float:
        return self._stalled / STATION_RATE_HZ

    @property
    def level_dbfs(self) -> float | None:
        return self._level

    @property
    def routed(self) -> frozenset[str]:
        return self.to

    def route(self, zones: Collection[str]) -> None:
        self._card.route(self, zones)

    def heard(self, zone: str) -> Span:
        return self._heard.get(zone, Span())

    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        self._card.cut(self, fade_ms)

    def measure(self, message: dict[str, Any], heard: dict[str, Span]) -> None:
        """Copy the figures of a message, and what each zone heard by now."""
        self._frames = int(message.get("frames", self._frames))
        self._underruns = int(message.get("underruns", self._underruns))
        self._stalled = int(message.get("stalled", self._stalled))
        level = message.get("level_dbfs")
        self._level = self._level if level is None else float(level)
        self._heard = heard or self._heard

    def begin(self, moment: float) -> None:
        """The first sample is heard at station-monotonic `moment`."""
        self._started = moment
        self._state = PlaybackState.PLAYING

    def end(self, state: PlaybackState, reason: Words = NO_REASON) -> None:
        """Reach a final state."""
        self._reason = reason
        self._state = state
        if self.feed is not None:
            self.feed.close()


class SoundCard(Speaker):
    """Contract of `Speaker`. LOST is final for the process behind it: `open` starts a new one."""

    mixes_fade = True

    def __init__(
        self,
        spec: str,
        device: str,
        clock: Clock,
        *,
        zones: Zones = ONE_ZONE,
        latency_s: float = DEFAULT_LATENCY_S,
        rest_after_s: float = REST_AFTER_S,
    ) -> None:
        """`device` is part of the device's name; empty: the default one. `latency_s`: its buffer, in real seconds.

        After `rest_after_s` without a job the stream goes to rest (`card_stream.py`).
        """
        self.spec = spec
        self.zones = zones
        self._device = device
        self._latency_s = latency_s
        self._rest_after_s = rest_after_s
        self._clock = clock
        self._real = SystemClock()
        self._lock = threading.RLock()
        self._process: CardProcess | None = None
        self._playing: dict[int, CardPlayback] = {}
        self._serial = 0
        self._names = tuple(zones)
        self._device_name = ""
        self._text = NO_REASON
        self._lost: Words | None = None

    # The contract

    def open(self) -> None:
        self.close()
        channels = channels_needed(self.zones)
        process = CardProcess(self._hear, self._lose)
        try:
            opened = process.open(
                {
                    "order": CardOrder.OPEN,
                    "device": self._device,
                    "latency_s": self._latency_s,
                    "rest_after_s": self._rest_after_s,
                    "channels": channels,
                }
            )
            if opened["event"] == CardEvent.FAILED:
                raise open_error(opened, spec=self.spec, device=self._device, channels=channels)
        except BaseException:
            process.kill()
            raise
        with self._lock:
            self._process = process
            latency_s = float(opened["latency_s"])
            self.lead_s = latency_s + SEND_S
            self._device_name = str(opened["device"])
            name, delay_ms = self._device_name, round(latency_s * 1000)
            self._text = Words(
                f"loa «{name}», {STATION_RATE_HZ} Hz, trễ {delay_ms} ms",
                f"output '{name}', {STATION_RATE_HZ} Hz, {delay_ms} ms behind",
            )
            self._lost = None
            if process.lost is not None:  # between its answer and now, when `_lose` did not know it yet
                self._lose(process, process.lost)
        process.watch()

    def play(self, job: Job, on_change: Callable[[], None]) -> CardPlayback:
        with self._lock:
            if self._process is None:
                raise RuntimeError(f"{self.spec} is not open")
            check_route(job.first_zones, job.zones, self._occupied())
            self._serial += 1
            playback = CardPlayback(job, self._serial, self, on_change)
            reason = self._lost or unknown_zone(job.zones, self.zones) or self._send_job(playback)
            if reason is not None:
                playback.end(PlaybackState.LOST, reason)
        if reason is not None:
            on_change()
        return playback

    def cut(self, playback: CardPlayback, fade_ms: int) -> None:
        """Let `playback` end after its fade."""
        with self._lock:
            if self._process is None or playback.serial not in self._playing or playback.was_cut:
                return
            playback.was_cut = True
            fade = fade_ms * STATION_RATE_HZ // 1000
            self._process.send({"order": CardOrder.CUT, "job": playback.serial, "fade_frames": fade})

    def route(self, playback: CardPlayback, zones: Collection[str]) -> None:
        """Let `playback` be heard in exactly `zones`."""
        with self._lock:
            going_on = playback.serial in self._playing and not playback.was_cut
            if self._process is None or not going_on or playback.to == frozenset(zones):
                return
            check_route([zone for zone in zones if zone not in playback.to], playback.job.zones, self._occupied())
            playback.to = frozenset(zones)
            self._process.send({"order": CardOrder.ROUTE, "job": playback.serial, "zones": self._numbers(zones)})

    def health(self) -> Health:
        if self._process is None:
            return Health(ok=False, text=self._lost or Words("loa chưa mở", "the output is not open"))
        return Health(ok=self._lost is None, text=self._lost or self._text)

    def close(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()
            self._end_all(Words("đã đóng loa", "the output was closed"))

    # From and to the process

    def _send_job(self, playback: CardPlayback) -> Words | None:
        """Give the job to the process; why it cannot be played, or None."""
        job = playback.job
        assert self._process is not None
        order = {
            "order": CardOrder.PLAY,
            "job": playback.serial,
            "live": None,
            "path": "",
            "frames": 0,
            "start_frame": job.start_frame,
            "zones": [
                (number, self.zones[zone].channels, self.zones[zone].gain_db)
                for number, zone in zip(self._numbers(job.zones), job.zones, strict=True)
            ],
            "routed": self._numbers(job.first_zones),
            "at": None if job.at is None else self._to_real(job.at),
        }
        if isinstance(job.source, Clip):
            order |= {"path": str(job.source.path.resolve()), "frames": job.source.frames}
        else:
            assert job.open is not None, f"{job.source.name}: a live job says how to open its source"
            try:
                playback.feed = LiveFeed(job.open())
            except (AudioError, SpeakerError) as problem:
                return words_of(problem)
            order["live"] = playback.feed.address
        self._playing[playback.serial] = playback
        self._process.send(order)
        return None

    def _numbers(self, zones: Collection[str]) -> list[int]:
        return [self._names.index(zone) for zone in zones]

    def _occupied(self) -> set[str]:
        """Zones in which something is heard that is not cut."""
        return {zone for each in self._playing.values() if not each.was_cut for zone in each.to}

    def _to_real(self, moment: float) -> float:
        """Station-monotonic to machine-monotonic."""
        return self._real.monotonic() + (moment - self._clock.monotonic()) / self._clock.speed

    def _to_station(self, moment: float) -> float:
        return self._clock.monotonic() + (moment - self._real.monotonic()) * self._clock.speed

    def _hear(self, message: dict[str, Any]) -> None:
        """One message of the process; its listening thread."""
        event = CardEvent(message["event"])
        if event is CardEvent.BEAT:
            for each in message["jobs"]:
                playback = self._playing.get(each["job"])
                if playback is not None:
                    playback.measure(each, self._spans(each))
            return
        with self._lock:
            playback = self._playing.get(message["job"])
            if playback is None:
                return
            playback.measure(message, self._spans(message))
            if event is CardEvent.STARTED:
                playback.begin(self._to_station(float(message["at"])))
            else:
                del self._playing[playback.serial]
                playback.end(FINAL_STATES[event], self._why(playback, message))
        playback.on_change()

    def _why(self, playback: CardPlayback, message: dict[str, Any]) -> Words:
        """Why a job ended; a live source's own complaint was heard at this end of its feed."""
        if message["event"] != CardEvent.BAD_SOURCE:
            return NO_REASON
        problem = playback.feed and playback.feed.problem
        return problem or Words(str(message["vi"]), str(message["en"]))

    def _spans(self, message: dict[str, Any]) -> dict[str, Span]:
        # One reading of the clocks for all: zones that heard the same at the same moment must say so.
        now, real_now, speed = self._clock.monotonic(), self._real.monotonic(), self._clock.speed
        return {
            self._names[number]: Span(
                frames=frames,
                first_monotonic=now + (first - real_now) * speed,
                last_monotonic=now + (last - real_now) * speed,
            )
            for number, frames, first, last in message.get("zones", ())
        }

    def _lose(self, process: CardProcess, reason: Words) -> None:
        """The process, or the device behind it, is gone; from one of the process's threads."""
        with self._lock:
            if process is not self._process:
                return
            name = self._device_name
            self._lost = Words(f"loa «{name}»: {reason.vi}", f"output '{name}': {reason.en}")
        self._end_all(self._lost)

    def _end_all(self, reason: Words) -> None:
        with self._lock:
            ended = list(self._playing.values())
            self._playing.clear()
            for playback in ended:
                playback.end(PlaybackState.LOST, reason)
        for playback in ended:
            playback.on_change()


FINAL_STATES = {
    CardEvent.ENDED: PlaybackState.ENDED,
    CardEvent.CUT: PlaybackState.CUT,
    CardEvent.BAD_SOURCE: PlaybackState.LOST,
}
