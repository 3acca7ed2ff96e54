"""The pool of processes: what a crash, a hang, a wrong answer and a long idle time do."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.studio.process_pool import DeadProcess, LateProcess, ProcessPool

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals")


def process(folder: Path, at_work: str) -> list[str]:
    """The command of a process that says hello and then does `at_work` with every request."""
    script = folder / "process.py"
    script.write_text(
        "import os, struct, sys, time\n"
        "out = sys.stdout.buffer\n"
        "def say(kind, message):\n"
        "    out.write(kind + struct.pack('<I', len(message)) + message); out.flush()\n"
        "say(b'H', b'')\n"
        "while head := sys.stdin.buffer.read(4):\n"
        "    request = sys.stdin.buffer.read(struct.unpack('<I', head)[0])\n"
        f"    {at_work}\n"
    )
    return [sys.executable, str(script)]


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool], bound_s: float = 5.0) -> None:
    end = time.monotonic() + bound_s
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def echo(tmp_path: Path):
    pool = ProcessPool(process(tmp_path, "say(b'R', request)"), 2)
    yield pool
    pool.close()


def test_a_process_answers_and_serves_again(echo: ProcessPool) -> None:
    assert echo.ask(b"mot", soon()) == b"mot"
    (pid,) = echo.pids()
    assert echo.ask(b"hai", soon()) == b"hai"
    assert echo.pids() == [pid]


def test_progress_is_told_and_may_bring_the_deadline_forward(tmp_path: Path) -> None:
    told: list[bytes] = []
    pool = ProcessPool(process(tmp_path, "say(b'P', b'dang doc'); time.sleep(60)"), 1)

    def on_progress(message: bytes) -> float:
        told.append(message)
        return soon(0.2)

    began = time.monotonic()
    with pytest.raises(LateProcess):
        pool.ask(b"", soon(30), on_progress)
    assert time.monotonic() - began < 5
    assert told == [b"dang doc"]
    assert pool.pids() == []


def test_a_process_that_dies_at_work_is_an_error_and_the_next_request_finds_another(tmp_path: Path) -> None:
    pool = ProcessPool(process(tmp_path, "os._exit(3) if request == b'x' else say(b'R', request)"), 1)
    with pytest.raises(DeadProcess, match="exit code 3"):
        pool.ask(b"x", soon())
    assert pool.ask(b"y", soon()) == b"y"
    pool.close()


def test_one_that_served_before_and_dies_at_work_is_not_asked_the_same_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    work = f"open({str(count)!r}, 'a').write('.'); say(b'P', b''); os._exit(3) if request == b'x' else say(b'R', b'')"
    pool = ProcessPool(process(tmp_path, work), 1)
    pool.ask(b"y", soon(), lambda _: None)
    with pytest.raises(DeadProcess):
        pool.ask(b"x", soon(), lambda _: None)
    assert count.read_text() == ".."
    pool.close()


@POSIX
def test_an_abort_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeadProcess, match="signal 6"):
        ProcessPool(process(tmp_path, "os.abort()"), 1).ask(b"", soon())


@POSIX
def test_a_process_killed_while_idle_is_replaced_without_a_word(echo: ProcessPool) -> None:
    echo.ask(b"mot", soon())
    (pid,) = echo.pids()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())
    assert echo.ask(b"hai", soon()) == b"hai"
    assert echo.pids() != [pid]


@POSIX
def test_a_hung_process_is_killed_at_the_deadline_and_replaced(echo: ProcessPool) -> None:
    echo.ask(b"mot", soon())
    (pid,) = echo.pids()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(LateProcess):
        echo.ask(b"hai", soon(0.4))
    assert time.monotonic() - began < 2.0
    assert not running(pid)
    assert echo.ask(b"ba", soon()) == b"ba"


def test_a_process_that_never_says_hello_is_given_up_at_the_deadline() -> None:
    pool = ProcessPool([sys.executable, "-c", "import time; time.sleep(60)"], 1)
    began = time.monotonic()
    with pytest.raises(LateProcess):
        pool.ask(b"", soon(0.4))
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize(
    "at_work", ["out.write(b'?' * 5000); out.flush()", "out.write(b'R' + b'\\xff' * 9); out.flush()"]
)
def test_an_answer_out_of_step_is_an_error(tmp_path: Path, at_work: str) -> None:
    pool = ProcessPool(process(tmp_path, at_work), 1)
    with pytest.raises(DeadProcess):
        pool.ask(b"", soon())
    assert pool.pids() == []


def test_waiting_for_a_free_process_is_bounded_by_the_deadline(tmp_path: Path) -> None:
    began_work = tmp_path / "began"
    pool = ProcessPool(process(tmp_path, f"open({str(began_work)!r}, 'w').close(); time.sleep(60)"), 1)

    def occupy() -> None:
        with pytest.raises(LateProcess):
            pool.ask(b"", soon(1.5))

    occupied = threading.Thread(target=occupy)
    occupied.start()
    wait_until(began_work.exists)
    began = time.monotonic()
    with pytest.raises(LateProcess):
        pool.ask(b"", soon(0.3))
    assert time.monotonic() - began < 1.0
    occupied.join()


@POSIX
def test_idle_processes_end_by_themselves(tmp_path: Path) -> None:
    pool = ProcessPool(process(tmp_path, "say(b'R', b'12')"), 2, idle_s=0.2)
    pool.ask(b"", soon())
    (pid,) = pool.pids()
    wait_until(lambda: pool.pids() == [] and not running(pid))


def test_a_process_has_the_variables_it_was_given(tmp_path: Path) -> None:
    pool = ProcessPool(
        process(tmp_path, "say(b'R', os.environ['OMP_NUM_THREADS'].encode())"), 1, environment={"OMP_NUM_THREADS": "1"}
    )
    assert pool.ask(b"", soon()) == b"1"
    pool.close()
