"""`soundcard`, `soundcard:NAME`: the sound card, through a process of its own (`portaudio_child.py`).

One stream is kept open and fed silence between items: a stream opened for each would lose its last 40-250 ms. The
process sends a beat with the frames its callback was really asked for; a watchdog here kills it when they stand still.

The sound card keeps real time whatever the clock: under a scaled test clock a ten-second clip still takes ten real
seconds, and `at` is converted to the machine's time once, when the job is accepted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ
from broadcaster.settings import Output
from broadcaster.speakers.card_process import CardProcess
from broadcaster.speakers.card_protocol import CardEvent, CardFailure, CardOrder
from broadcaster.speakers.speaker import (
    CUT_FADE_MS,
    Health,
    Job,
    Playback,
    PlaybackState,
    Speaker,
)
from broadcaster.speakers.zone import EVERYWHERE, channels_of

NO_DEVICE_CURE = Words(
    "Cắm thiết bị âm thanh, hoặc ghi ra tệp: --output wav:TỆP",
    "Plug in a sound device, or write a file: --output wav:PATH",
)
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
        self._card = card
        self._state = PlaybackState.WAITING
        self._frames = 0
        self._started: float | None = None
        self._reason = ""
        self._underruns = 0
        self._level: float | None = None

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
    def reason(self) -> str:
        return self._reason

    @property
    def underruns(self) -> int:
        return self._underruns

    @property
    def level_dbfs(self) -> float | None:
        return self._level

    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        self._card.cut(self, fade_ms)

    def measure(self, message: dict[str, Any]) -> None:
        """Take over frames, underruns and level from a message."""
        self._frames = int(message.get("frames", self._frames))
        self._underruns = int(message.get("underruns", self._underruns))
        level = message.get("level_dbfs")
        self._level = self._level if level is None else float(level)

    def begin(self, moment: float) -> None:
        """The first sample is heard at station-monotonic `moment`."""
        self._started = moment
        self._state = PlaybackState.PLAYING

    def end(self, state: PlaybackState, reason: str = "") -> None:
        """Reach a final state."""
        self._reason = reason
        self._state = state


class SoundCard(Speaker):
    """Contract of `Speaker`. LOST is final for the process behind it: `open` starts a new one."""

    mixes_fade = True

    def __init__(
        self, spec: str, device: str, output: Output, clock: Clock, *, rest_after_s: float = REST_AFTER_S
    ) -> None:
        """`device` is part of the device's name; empty: the default one. `output` gives latency and zones.

        After `rest_after_s` without a job the stream goes to rest (`card_stream.py`).
        """
        self.spec = spec
        self._device = device
        self._output = output
        self._rest_after_s = rest_after_s
        self._clock = clock
        self._real = SystemClock()
        self._lock = threading.RLock()
        self._process: CardProcess | None = None
        self._playing: dict[int, CardPlayback] = {}
        self._serial = 0
        self._channels = 0
        self._text = ""
        self._lost = ""

    # The contract

    def open(self) -> None:
        self.close()
        process = CardProcess(self._hear, self._lose)
        try:
            opened = process.open(
                {
                    "order": CardOrder.OPEN,
                    "device": self._device,
                    "latency_s": self._output.latency_s,
                    "rest_after_s": self._rest_after_s,
                    "channels": 0 if len(self._output.zones) < 2 else len(self._output.zones),
                }
            )
            if opened["event"] == CardEvent.FAILED:
                raise self._open_error(opened)
        except BaseException:
            process.kill()
            raise
        with self._lock:
            self._process = process
            self._channels = int(opened["channels"])
            delay_ms = round(float(opened["latency_s"]) * 1000)
            self._text = f"loa «{opened['device']}», {STATION_RATE_HZ} Hz, trễ {delay_ms} ms"
            self._lost = ""
            if process.lost:  # between its answer and now, when `_lose` did not know it yet
                self._lose(process, process.lost)
        process.watch()

    def play(self, job: Job, on_change: Callable[[], None]) -> CardPlayback:
        with self._lock:
            if self._process is None:
                raise RuntimeError(f"{self.spec} is not open")
            if any(not playback.was_cut for playback in self._playing.values()):
                raise RuntimeError(f"{self.spec} is playing")
            self._serial += 1
            playback = CardPlayback(job, self._serial, self, on_change)
            reason = self._lost or self._send_job(playback)
            if reason:
                playback.end(PlaybackState.LOST, reason)
        if reason:
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

    def health(self) -> Health:
        if self._process is None:
            return Health(ok=False, text=self._lost or "loa chưa mở")
        return Health(ok=not self._lost, text=self._lost or self._text)

    def close(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()
            self._end_all("đã đóng loa")

    # From and to the process

    def _send_job(self, playback: CardPlayback) -> str:
        """Give the job to the process; why it cannot be played, or empty."""
        job = playback.job
        assert self._process is not None
        try:
            channels = channels_of(job.zone, self._output.zones or (EVERYWHERE,), self._channels)
        except SpeakerError as problem:
            return problem.line()
        self._playing[playback.serial] = playback
        self._process.send(
            {
                "order": CardOrder.PLAY,
                "job": playback.serial,
                "path": str(job.clip.path.resolve()),
                "frames": job.clip.frames,
                "start_frame": job.start_frame,
                "channels": channels,
                "at": None if job.at is None else self._to_real(job.at),
            }
        )
        return ""

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
                    playback.measure(each)
            return
        with self._lock:
            playback = self._playing.get(message["job"])
            if playback is None:
                return
            playback.measure(message)
            if event is CardEvent.STARTED:
                playback.begin(self._to_station(float(message["at"])))
            else:
                del self._playing[playback.serial]
                playback.end(FINAL_STATES[event], str(message.get("text", "")))
        playback.on_change()

    def _lose(self, process: CardProcess, reason: str) -> None:
        """The process, or the device behind it, is gone; from one of the process's threads."""
        with self._lock:
            if process is not self._process:
                return
            self._lost = f"{self._text.partition(',')[0]}: {reason}"
        self._end_all(self._lost)

    def _end_all(self, reason: str) -> None:
        with self._lock:
            ended = list(self._playing.values())
            self._playing.clear()
            for playback in ended:
                playback.end(PlaybackState.LOST, reason)
        for playback in ended:
            playback.on_change()

    def _open_error(self, message: dict[str, Any]) -> SpeakerError:
        text, device = str(message["text"]), str(message["device"])
        match CardFailure(message["kind"]):
            case CardFailure.NO_LIBRARY:
                return SpeakerError(
                    Words("máy chưa có thư viện âm thanh PortAudio", "the PortAudio library is not installed"),
                    where=self.spec,
                    cure=Words(
                        "Trên Debian, Ubuntu: sudo apt install libportaudio2",
                        "On Debian, Ubuntu: sudo apt install libportaudio2",
                    ),
                )
            case CardFailure.NO_DEVICE if self._device:
                return SpeakerError(
                    Words(
                        f"không thấy loa có tên chứa «{self._device}»; máy có: {text or 'không loa nào'}",
                        f"no output device is called '{self._device}'; there are: {text or 'none'}",
                    ),
                    where=self.spec,
                    cure=Words(
                        "Cắm lại thiết bị, hoặc xem tên bằng «broadcaster devices»",
                        "Plug it in again, or see the names with 'broadcaster devices'",
                    ),
                )
            case CardFailure.NO_DEVICE:
                return SpeakerError(
                    Words("máy không có loa (thiết bị phát âm thanh)", "this machine has no sound output"),
                    where=self.spec,
                    cure=NO_DEVICE_CURE,
                )
            case CardFailure.TOO_FEW_CHANNELS:
                return SpeakerError(
                    Words(
                        f"loa «{device}» có {text} kênh, đài có {len(self._output.zones)} cụm loa",
                        f"'{device}' has {text} channels, the station has {len(self._output.zones)} zones",
                    ),
                    where=self.spec,
                    cure=Words(
                        "Bớt cụm loa trong [output] zones, hoặc dùng thiết bị nhiều kênh hơn",
                        "Name fewer zones in [output], or use a device with more channels",
                    ),
                )
            case CardFailure.NO_REAL_DEVICE:
                return SpeakerError(
                    Words(
                        f"«{device}» không phải loa thật: nhận âm thanh nhanh hơn thời gian thực",
                        f"'{device}' is no real device: it takes sound faster than time passes",
                    ),
                    where=self.spec,
                    cure=NO_DEVICE_CURE,
                )
            case CardFailure.DIED:
                return SpeakerError(
                    Words(f"tiến trình âm thanh không chạy được ({text})", f"the sound process ended ({text})"),
                    where=self.spec,
                    cure=Words("Chạy «broadcaster doctor»", "Run 'broadcaster doctor'"),
                )
            case CardFailure.REFUSED:
                return SpeakerError(
                    Words(f"không mở được loa «{device}» ({text})", f"cannot open '{device}' ({text})"),
                    where=self.spec,
                    cure=Words(
                        "Đóng chương trình khác đang giữ loa, hoặc chạy «broadcaster doctor»",
                        "Close other programs that hold it, or run 'broadcaster doctor'",
                    ),
                )


FINAL_STATES = {
    CardEvent.ENDED: PlaybackState.ENDED,
    CardEvent.CUT: PlaybackState.CUT,
    CardEvent.BAD_CLIP: PlaybackState.LOST,
}
