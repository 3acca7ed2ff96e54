"""espeak's worker processes: a crash, a hang, eight threads, a long idle time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcaster.errors import SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import workers
from broadcaster.speech.espeak import EspeakEngine
from broadcaster.speech.workers import WorkerPool

GREETING = [Phrase(text="Kính thưa bà con nhân dân xã nhà.")]
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture
def engine():
    engine = EspeakEngine(workers=2)
    yield engine
    engine.close()


def speak(engine, what=GREETING, *, voice="", deadline_s=20.0):
    return engine.speak(what, voice=voice, rate=1.0, deadline_s=deadline_s)


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition, bound_s=5.0):
    end = time.monotonic() + bound_s
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


def worker_script(tmp_path: Path, at_work: str) -> list[str]:
    """A worker that says hello and then does `at_work` with every request."""
    script = tmp_path / "worker.py"
    script.write_text(
        "import os, struct, sys, time\n"
        "out = sys.stdout.buffer\n"
        "def say(kind, *parts):\n"
        "    out.write(kind + b''.join(struct.pack('<I', len(p)) + p for p in parts)); out.flush()\n"
        "say(b'K', struct.pack('<I', 22050))\n"
        "while head := sys.stdin.buffer.read(4):\n"
        "    sys.stdin.buffer.read(struct.unpack('<I', head)[0])\n"
        f"    {at_work}\n"
    )
    return [sys.executable, str(script)]


def test_eight_threads_never_meet_in_one_library(engine):
    texts = [[Phrase(text=f"Thôn {word} họp lúc tám giờ.")] for word in "một hai ba bốn năm sáu bảy tám".split()]
    alone = [speak(engine, text).duration_s for text in texts]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            together = [speech.duration_s for speech in threads.map(lambda text: speak(engine, text), texts)]
            assert together == pytest.approx(alone, abs=0.02)
    assert 1 <= len(engine.pids()) <= 2


def test_the_three_regions_sound_different(engine):
    sounds = {voice.region: speak(engine, voice=voice.name).samples.tobytes() for voice in engine.voices()}
    assert set(sounds) == {"bắc", "trung", "nam"}
    assert len(set(sounds.values())) == 3


def test_a_worker_that_dies_at_work_is_an_error_and_the_next_request_finds_another(tmp_path):
    engine = EspeakEngine(worker_command=worker_script(tmp_path, "os._exit(3)"))
    with pytest.raises(SpeechError, match=r"tắt giữa chừng .exit code 3"):
        speak(engine)
    assert engine.pids() == []


@POSIX
def test_an_abort_in_the_library_is_named(tmp_path):
    engine = EspeakEngine(worker_command=worker_script(tmp_path, "os.abort()"))
    with pytest.raises(SpeechError, match="signal 6"):
        speak(engine)


@POSIX
def test_a_worker_killed_while_idle_is_replaced_without_a_word(engine):
    speak(engine)
    (pid,) = engine.pids()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())
    assert speak(engine).duration_s > 1
    assert engine.pids() != [pid]


@POSIX
def test_a_hung_worker_is_killed_at_the_deadline_and_replaced(engine):
    speak(engine)
    (pid,) = engine.pids()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(SpeechError, match="chưa đọc xong sau"):
        speak(engine, deadline_s=0.4)
    assert time.monotonic() - began < 2.0
    assert not running(pid)
    assert speak(engine).duration_s > 1


def test_a_worker_that_never_says_hello_is_given_up_at_the_deadline():
    engine = EspeakEngine(worker_command=[sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()
    with pytest.raises(SpeechError, match="chưa đọc xong"):
        speak(engine, deadline_s=0.4)
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize(
    "at_work", ["say(b'K', b'')", "out.write(b'?' * 5000); out.flush()", "say(b'E', b'out of voices')"]
)
def test_an_answer_that_is_no_sound_is_an_error(tmp_path, at_work):
    engine = EspeakEngine(worker_command=worker_script(tmp_path, at_work))
    with pytest.raises(SpeechError, match=r"không ra tiếng|tắt giữa chừng|out of voices"):
        speak(engine, deadline_s=2.0)
    engine.close()


def test_a_missing_library_is_said_with_its_cure(tmp_path):
    command = [sys.executable, str(workers.__file__).replace("workers.py", "worker.py"), "espeak", "none.so", "none"]
    engine = EspeakEngine(worker_command=command)
    with pytest.raises(SpeechError, match="pip install espeakng-loader"):
        speak(engine)


def test_waiting_for_a_free_worker_is_bounded_by_the_deadline(tmp_path):
    engine = EspeakEngine(workers=1, worker_command=worker_script(tmp_path, "time.sleep(60)"))
    occupied = threading.Thread(target=_fail_to_speak, args=(engine,))
    occupied.start()
    wait_until(lambda: engine._pool is not None and engine._pool._free._value == 0)
    began = time.monotonic()
    with pytest.raises(SpeechError, match="chưa đọc xong"):
        speak(engine, deadline_s=0.3)
    assert time.monotonic() - began < 1.0
    occupied.join()


def _fail_to_speak(engine):
    with pytest.raises(SpeechError):
        speak(engine, deadline_s=1.5)


@POSIX
def test_idle_workers_end_by_themselves(tmp_path):
    pool = WorkerPool(worker_script(tmp_path, "say(b'K', b'12')"), 2, idle_s=0.2)
    pool.ask(b"{}", 1, time.monotonic() + 5)
    (pid,) = pool.pids()
    wait_until(lambda: pool.pids() == [] and not running(pid))


@POSIX
def test_no_worker_outlives_the_station(tmp_path):
    station = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from broadcaster.speech.espeak import EspeakEngine\n"
            "from broadcaster.model import Phrase\n"
            "engine = EspeakEngine()\n"
            "engine.speak([Phrase(text='xin chào')], voice='', rate=1, deadline_s=20)\n"
            "print(*engine.pids(), flush=True)\n"
            "input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pids = [int(pid) for pid in station.stdout.readline().split()]
    assert pids
    station.kill()
    station.communicate()
    wait_until(lambda: not any(running(pid) for pid in pids))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc")
def test_a_worker_stays_small_and_sees_neither_numpy_nor_our_packages(engine):
    speak(engine, GREETING * 30)
    (pid,) = engine.pids()
    status = Path(f"/proc/{pid}/status").read_text()
    resident_kb = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
    assert resident_kb < 30_000
    assert "numpy" not in Path(f"/proc/{pid}/maps").read_text()


def test_no_voice_is_cut_off_at_full_scale(engine):
    text = "Đề nghị bà con khẩn trương di dời đến nơi an toàn, phát hiện cháy rừng thì báo ngay cho công an xã."
    for voice in engine.voices():
        assert abs(speak(engine, [Phrase(text=text)], voice=voice.name).samples).max() < 0.98
