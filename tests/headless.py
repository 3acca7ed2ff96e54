"""Sound without sound hardware: a private PulseAudio with a null sink, and an ALSA pcm that needs no server.

Facts that the set-up depends on, found by experiment on Debian 12 (PulseAudio 16.1, PortAudio 19.6):

* ALSA_CONFIG_PATH replaces the whole system configuration, so ours includes it first.
* A null sink that was idle renders a block of up to 2 s; a recorder that runs all the time keeps it at 10 ms. Hence the
  warm-up, and one recorder for the whole session.
* ALSA's `file` pcm over `null` takes sound as fast as it comes; piped to `paced_sink.py` it keeps real time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

RATE_HZ = 48_000
SINK = "loa"
CHANNELS = 2
CHANNEL_MAPS = {1: "mono", 2: "front-left,front-right", 4: "front-left,front-right,rear-left,rear-right"}
"""ALSA's channel order; with any other map PulseAudio remixes."""
WARM_UP_S = 2.5
START_BOUND_S = 15.0
STOP_BOUND_S = 5.0


def need(program: str) -> None:
    """Skip the test when `program` is missing; under CI that is a failure."""
    if shutil.which(program):
        return
    reason = f"{program} is not installed (make test installs it on Debian)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Recorder:
    """Records what a sink really played, with the time at which each chunk arrived."""

    def __init__(self, env: dict[str, str], channels: int, sink: str = SINK) -> None:
        self.channels = channels
        self._frame = 2 * channels
        self._chunks: list[tuple[float, bytes]] = []
        self._bytes = 0
        self._process = subprocess.Popen(
            [
                *("parec", "-d", f"{sink}.monitor", "--raw", "--format=s16le", f"--rate={RATE_HZ}"),
                *(f"--channels={channels}", f"--channel-map={CHANNEL_MAPS[channels]}"),
                *("--latency-msec=10", "--process-time-msec=5"),
            ],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(PermissionError):  # the recorder itself must not be late
            os.sched_setscheduler(self._process.pid, os.SCHED_RR, os.sched_param(5))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while chunk := os.read(pipe, 65_536):
            self._chunks.append((time.monotonic(), chunk))
            self._bytes += len(chunk)

    @property
    def frames(self) -> int:
        """Frames recorded so far."""
        return self._bytes // self._frame

    def wait_for(self, frames: int, bound_s: float = 10.0) -> None:
        """Wait until that many frames are recorded."""
        give_up = time.monotonic() + bound_s
        while self.frames < frames:
            assert self._process.poll() is None, "parec has ended"
            assert time.monotonic() < give_up, f"the sink stands still at frame {self.frames}"
            time.sleep(0.01)

    def since(self, mark: int, more_s: float = 0.3) -> Recording:
        """All frames from number `mark` on, after waiting `more_s` for those still on their way."""
        self.wait_for(self.frames + int(more_s * RATE_HZ))
        chunks = list(self._chunks)
        ends = np.cumsum([len(data) for _, data in chunks]) // self._frame
        whole = b"".join(data for _, data in chunks)
        samples = np.frombuffer(whole[: len(whole) // self._frame * self._frame], "<i2").reshape(-1, self.channels)
        return Recording(samples=samples[mark:], first=mark, times=np.array([at for at, _ in chunks]), ends=ends)

    def stop(self) -> None:
        """End the recorder."""
        self._process.terminate()
        self._process.wait(STOP_BOUND_S)
        self._thread.join(STOP_BOUND_S)


@dataclass
class Recording:
    """A stretch of what a sink played."""

    samples: np.ndarray
    """frames x channels, 16 bit."""
    first: int
    times: np.ndarray
    ends: np.ndarray

    def heard_at(self, frame: int) -> float:
        """Machine-monotonic second at which `samples[frame]` was played: its chunk's arrival less what followed it."""
        index = self.first + frame
        chunk = int(np.searchsorted(self.ends, index, side="right"))
        return float(self.times[chunk] - (self.ends[chunk] - 1 - index) / RATE_HZ)

    def sounding(self, channel: int = 0) -> list[tuple[int, int]]:
        """Stretches (first, last + 1) without a zero sample."""
        loud = np.concatenate(([0], (self.samples[:, channel] != 0).astype(np.int8), [0]))
        edges = np.flatnonzero(np.diff(loud))
        return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@dataclass
class Pulse:
    """A private PulseAudio server with one null sink."""

    folder: Path
    channels: int = CHANNELS
    sink: str = SINK
    process: subprocess.Popen[bytes] | None = None
    recorder: Recorder | None = None
    env: dict[str, str] = field(default_factory=dict)
    """What a program that is to play there needs."""

    def __post_init__(self) -> None:
        run = self.folder
        (run / "asoundrc").write_text(
            'pcm.!default { type pulse hint { show on description "default" } }\n'
            "ctl.!default { type pulse }\n"
            f"{self.pcm()}\n"
        )
        (run / "alsa.conf").write_text(f"</usr/share/alsa/alsa.conf>\n<{run}/asoundrc>\n")
        self.env = {
            "XDG_RUNTIME_DIR": str(run),
            "HOME": str(run),
            "PULSE_RUNTIME_PATH": f"{run}/pulse",
            "PULSE_SERVER": f"unix:{run}/pulse/native",
            "PULSE_COOKIE": f"{run}/cookie",
            "ALSA_CONFIG_PATH": f"{run}/alsa.conf",
        }

    def pcm(self) -> str:
        """What an ALSA configuration says of the sink; its device has the sink's name."""
        server = f"unix:{self.folder}/pulse/native"
        return (
            f'pcm.{self.sink} {{ type pulse server "{server}" device "{self.sink}" '
            f'hint {{ show on description "{self.sink}" }} }}'
        )

    def start(self) -> None:
        """Start the server and wait for its socket."""
        socket = self.folder / "pulse" / "native"
        socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
                # As on a desktop, where rtkit allows it; here root may, else it does without.
                *("--disable-shm=yes", "--realtime=yes", "--high-priority=yes"),
                # The sink first: once the socket is there, everything is.
                *("-L", self._sink_module(), "-L", "module-native-protocol-unix auth-anonymous=1"),
            ],
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + START_BOUND_S
        while not socket.exists():
            assert self.process.poll() is None, f"pulseaudio ended with {self.process.returncode}"
            assert time.monotonic() < give_up, "pulseaudio opened no socket"
            time.sleep(0.01)

    def record(self) -> Recorder:
        """Start the recorder and let the sink warm up."""
        self.recorder = Recorder(self.env, self.channels, self.sink)
        self.recorder.wait_for(int(WARM_UP_S * RATE_HZ))
        return self.recorder

    def _sink_module(self) -> str:
        return (
            f"module-null-sink sink_name={self.sink} rate={RATE_HZ} channels={self.channels} format=s16le "
            f"channel_map={CHANNEL_MAPS[self.channels]} sink_properties=device.description={self.sink}"
        )

    def pactl(self, *arguments: str) -> str:
        """Run pactl on this server."""
        done = subprocess.run(
            ["pactl", *arguments],
            env={**os.environ, **self.env},
            check=True,
            timeout=START_BOUND_S,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def remove_sink(self) -> None:
        """Remove the sink, as when the card is unplugged."""
        self.pactl("unload-module", "module-null-sink")

    def return_sink(self) -> None:
        """Make the sink again, as when the card is plugged in."""
        self.pactl("load-module", *self._sink_module().split(" "))

    def kill(self) -> None:
        """Kill the server."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_BOUND_S)

    def hang(self) -> None:
        """Stop the server's process, so that it does not answer."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue the server's process."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End what was started."""
        if self.recorder is not None:
            self.recorder.stop()
        if self.process is not None and self.process.poll() is None:
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(STOP_BOUND_S)
            except subprocess.TimeoutExpired:
                self.kill()


@contextlib.contextmanager
def running_pulse(folder: Path, channels: int = CHANNELS, sink: str = SINK) -> Iterator[Pulse]:
    """A server for one purpose."""
    need("pulseaudio")
    need("parec")
    folder.chmod(0o700)
    server = Pulse(folder, channels, sink)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def pulse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    """One server, warmed up and recording, for all tests of this process."""
    with running_pulse(tmp_path_factory.mktemp("pulse")) as server:
        server.record()
        yield server


@pytest.fixture
def pulse(pulse_server: Pulse, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """The session's server; what this test starts plays there."""
    for name, value in pulse_server.env.items():
        monkeypatch.setenv(name, value)
    return pulse_server


@pytest.fixture
def own_pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """A server of this test's own, whose process or sink the test may remove or stop. Not recording."""
    folder = tmp_path / "pulse"
    folder.mkdir()
    with running_pulse(folder) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        yield server


@dataclass
class AlsaFile:
    """A pcm that needs no server: what is played there at real pace lands in a file."""

    path: Path
    """16 bit, CHANNELS channels, no header. Each opening of the pcm starts it anew."""

    def samples(self) -> np.ndarray:
        """frames x channels, so far."""
        raw = self.path.read_bytes() if self.path.exists() else b""
        return np.frombuffer(raw[: len(raw) // (2 * CHANNELS) * (2 * CHANNELS)], "<i2").reshape(-1, CHANNELS)


@pytest.fixture
def alsa_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AlsaFile:
    """The default device is such a pcm; a second one called `nhanh` takes sound without keeping time."""
    need_portaudio()
    sink = Path(__file__).with_name("paced_sink.py")
    out = tmp_path / "paced.raw"
    (tmp_path / "asoundrc").write_text(
        f'pcm.paced {{ type file slave.pcm "null" format "raw" file "|{sys.executable} {sink} {out}" }}\n'
        'pcm.!default { type plug slave { pcm "paced" format S16_LE rate 48000 channels 2 } '
        'hint { show on description "default" } }\n'
        'pcm.nhanh { type plug slave.pcm "null" hint { show on description "nhanh" } }\n'
        "ctl.!default { type hw card 0 }\n"
    )
    (tmp_path / "alsa.conf").write_text(f"</usr/share/alsa/alsa.conf>\n<{tmp_path}/asoundrc>\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "alsa.conf"))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    return AlsaFile(out)


def need_portaudio() -> None:
    """Skip (under CI: fail) when the PortAudio library is missing."""
    try:
        import sounddevice  # noqa: F401
    except OSError as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))
