"""The sound card goes away, hangs, or never was one; the station dies. Real servers are killed and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from headless import AlsaFile, Pulse

from broadcaster.clock import SystemClock
from broadcaster.errors import SpeakerError
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.speakers import Job, Playback, PlaybackState, Speaker, open_speaker, zone_routes

pytestmark = pytest.mark.sound

LOSS_BOUND_S = 1.0
"""The stream's end is told within milliseconds; both cores may be busy."""
HANG_BOUND_S = 6.0
"""The watchdog's 2.5 s, a beat, its own step, and the kill."""
LONG = STATION_RATE_HZ * 30


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    speaker = open_speaker("soundcard", SystemClock())
    yield speaker
    speaker.close()


def start(speaker: Speaker, clip: Clip) -> tuple[Playback, threading.Event]:
    changed = threading.Event()
    playback = speaker.play(Job(source=clip), changed.set)
    assert wait_for(lambda: playback.state is not PlaybackState.WAITING, changed, 10.0), "it does not start"
    return playback, changed


def wait_for(happened: Callable[[], bool], changed: threading.Event, bound_s: float) -> bool:
    give_up = time.monotonic() + bound_s
    while not happened():
        left = give_up - time.monotonic()
        if left <= 0:
            return False
        changed.wait(min(left, 0.05))
        changed.clear()
    return True


def assert_plays(speaker: Speaker, clip: Clip) -> None:
    playback, changed = start(speaker, clip)
    assert wait_for(lambda: playback.state.final, changed, 10.0)
    assert (playback.state, playback.frames_played) == (PlaybackState.ENDED, clip.frames), playback.reason


def assert_lost(speaker: Speaker, playback: Playback, changed: threading.Event, bound_s: float) -> None:
    assert wait_for(lambda: playback.state.final, changed, bound_s), f"still {playback.state}"
    assert playback.state is PlaybackState.LOST
    assert "loa" in playback.reason.vi and "output" in playback.reason.en
    assert 0 <= playback.frames_played < playback.job.clip.frames
    assert not speaker.health().ok
    assert speaker.health().text == playback.reason
    again = speaker.play(playback.job, changed.set)
    assert again.state is PlaybackState.LOST


def test_the_sink_is_removed_and_returned(own_pulse: Pulse, speaker: Speaker, make_clip: Callable[..., Clip]) -> None:
    speaker.open()
    playback, changed = start(speaker, make_clip(LONG, "long"))
    own_pulse.remove_sink()
    assert_lost(speaker, playback, changed, LOSS_BOUND_S)
    with pytest.raises(SpeakerError):
        speaker.open()
    own_pulse.return_sink()
    speaker.open()
    assert_plays(speaker, make_clip(2_400, "short"))


def test_the_server_is_killed_and_restarted(own_pulse: Pulse, speaker: Speaker, make_clip: Callable[..., Clip]) -> None:
    speaker.open()
    playback, changed = start(speaker, make_clip(LONG, "long"))
    own_pulse.kill()
    assert_lost(speaker, playback, changed, LOSS_BOUND_S)
    with pytest.raises(SpeakerError):
        speaker.open()
    own_pulse.start()
    speaker.open()
    assert_plays(speaker, make_clip(2_400, "short"))


def test_a_hung_server_is_seen_by_the_watchdog(
    own_pulse: Pulse, speaker: Speaker, make_clip: Callable[..., Clip]
) -> None:
    speaker.open()
    playback, changed = start(speaker, make_clip(LONG, "long"))
    own_pulse.hang()
    assert_lost(speaker, playback, changed, HANG_BOUND_S)
    own_pulse.thaw()
    speaker.open()
    assert_plays(speaker, make_clip(2_400, "short"))


def test_a_loss_is_noticed_although_nothing_plays(own_pulse: Pulse, speaker: Speaker) -> None:
    speaker.open()
    assert speaker.health().ok
    own_pulse.kill()
    assert wait_for(lambda: not speaker.health().ok, threading.Event(), LOSS_BOUND_S)


def test_the_process_is_killed(own_pulse: Pulse, speaker: Speaker, make_clip: Callable[..., Clip]) -> None:
    speaker.open()
    playback, changed = start(speaker, make_clip(LONG, "long"))
    (child,) = children_of(os.getpid())
    os.kill(child, signal.SIGKILL)
    assert_lost(speaker, playback, changed, LOSS_BOUND_S)
    speaker.open()
    assert_plays(speaker, make_clip(2_400, "short"))


def test_nothing_survives_a_killed_station(own_pulse: Pulse, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(LONG, "long")
    program = f"""
import threading
from pathlib import Path
from broadcaster.clock import SystemClock
from broadcaster.model import Clip
from broadcaster.speakers import Job, open_speaker
clip = Clip(key="k", path=Path({str(clip.path)!r}), audio_sha256="", text_sha256="", frames={clip.frames},
            engine="", voice="", loudness_lufs=0.0, true_peak_dbtp=0.0)
speaker = open_speaker("soundcard", SystemClock())
speaker.open()
started = threading.Event()
speaker.play(Job(source=clip), started.set)
started.wait(10)
print("playing", flush=True)
threading.Event().wait()
"""
    station = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        assert station.stdout is not None
        assert station.stdout.readline() == b"playing\n"
        (child,) = children_of(station.pid)
    finally:
        station.kill()
        station.wait(5)
    assert wait_for(lambda: not runs(child), threading.Event(), 5.0), "the child is still there"


def test_closing_is_quick_even_when_the_server_hangs(own_pulse: Pulse, speaker: Speaker) -> None:
    speaker.open()
    own_pulse.hang()
    began = time.monotonic()
    speaker.close()
    assert time.monotonic() - began < 4.0
    own_pulse.thaw()


def test_a_device_that_keeps_no_time_is_not_believed(alsa_file: AlsaFile) -> None:
    speaker = open_speaker("soundcard:nhanh", SystemClock())
    with pytest.raises(SpeakerError, match="không phải loa thật"):
        speaker.open()


def test_an_unknown_name_is_told_with_the_names_there_are(alsa_file: AlsaFile) -> None:
    speaker = open_speaker("soundcard:USB", SystemClock())
    with pytest.raises(SpeakerError) as caught:
        speaker.open()
    assert "USB" in caught.value.line()
    assert "default" in caught.value.line()
    assert "broadcaster devices" in caught.value.line("en")


def test_a_device_with_too_few_channels_is_told(alsa_file: AlsaFile) -> None:
    zones = zone_routes(f"thon_{n}" for n in range(1, 100_000))
    speaker = open_speaker("soundcard", SystemClock(), zones=zones)
    with pytest.raises(SpeakerError, match="cụm loa"):
        speaker.open()


def test_a_missing_portaudio_is_told_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sounddevice.py").write_text('raise OSError("PortAudio library not found")\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    speaker = open_speaker("soundcard", SystemClock())
    with pytest.raises(SpeakerError, match="sudo apt install libportaudio2") as caught:
        speaker.open()
    assert caught.value.exit_code == 5
    assert not speaker.health().ok


def test_a_machine_without_a_sound_card_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sounddevice.py").write_text(
        "class PortAudioError(Exception): pass\n"
        "def query_devices(kind): raise PortAudioError('Error querying device -1')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    speaker = open_speaker("soundcard", SystemClock())
    with pytest.raises(SpeakerError, match="máy không có loa"):
        speaker.open()


def test_a_sound_library_that_crashes_takes_only_its_process_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sounddevice.py").write_text("import os\nos.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    speaker = open_speaker("soundcard", SystemClock())
    with pytest.raises(SpeakerError, match="mã -6"):
        speaker.open()


def runs(process: int) -> bool:
    """Whether it lives; one that only waits for its parent's notice does not."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(parent: int) -> list[int]:
    """Sound processes whose parent is `parent`."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) == parent and b"portaudio_child" in command:
            found.append(int(folder.name))
    return found
