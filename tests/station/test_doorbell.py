"""Nudges and the status: any length, many doors at once, and no door can hold up another or the station."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadcaster.errors import StationStateError
from broadcaster.station import doorbell as module
from broadcaster.station.address import Holder, address_path, read_holder, write_address
from broadcaster.station.doorbell import Doorbell, ask_status, nudge
from broadcaster.station.lock import StationLock, running

BOUND_S = 20.0
"""For what takes milliseconds: the machine may be busy."""


@contextmanager
def rung(text: str = "{}") -> Iterator[tuple[Doorbell, Holder, threading.Event]]:
    nudged = threading.Event()
    bell = Doorbell(nudged.set, lambda: text)
    try:
        yield bell, Holder(pid=os.getpid(), port=bell.port, token=bell.token, clock="system", output="none"), nudged
    finally:
        bell.close()


def test_a_nudge_arrives() -> None:
    with rung() as (_, holder, nudged):
        nudge(holder)
        assert nudged.wait(BOUND_S)


@pytest.mark.parametrize("length", [0, 1, 60_000, 70_000, 5_000_000])
def test_the_status_has_no_size_limit(length: int) -> None:
    text = "đ" * length
    with rung(text) as (_, holder, _):
        assert ask_status(holder) == text


def test_a_hundred_doors_ask_at_once() -> None:
    text = "x" * 200_000
    with rung(text) as (_, holder, _), ThreadPoolExecutor(100) as doors:
        answers = list(doors.map(lambda _: ask_status(holder), range(100)))
    assert answers == [text] * 100


def test_without_the_token_nothing_is_told_and_nobody_is_woken() -> None:
    with rung("secret") as (bell, holder, nudged):
        stranger = Holder(pid=1, port=bell.port, token="0" * 32, clock="", output="")
        assert ask_status(stranger) is None
        nudge(stranger)
        nudge(stranger)
        assert ask_status(holder) == "secret"  # datagrams and questions are served in turn: the nudges are read
        assert not nudged.is_set()


def test_a_door_that_connects_and_says_nothing_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECTION_BOUND_S", 0.3)
    with rung("status") as (bell, holder, nudged):
        silent = [socket.create_connection(("127.0.0.1", bell.port)) for _ in range(10)]
        assert ask_status(holder) == "status"
        nudge(holder)
        assert nudged.wait(BOUND_S)
        for line in silent:  # closed by the station after its bound
            line.settimeout(BOUND_S)
            assert line.recv(1) == b""
            line.close()


def test_more_open_connections_than_allowed_cost_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 5)
    with rung("status") as (bell, holder, _):
        first = socket.create_connection(("127.0.0.1", bell.port))
        others = [socket.create_connection(("127.0.0.1", bell.port)) for _ in range(5)]
        first.settimeout(BOUND_S)
        assert first.recv(1) == b""
        assert ask_status(holder) == "status"
        for line in (first, *others):
            line.close()


def test_a_station_that_hangs_is_told_apart_within_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_BOUND_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as hung:  # accepts in the kernel, answers never
        holder = Holder(pid=1, port=hung.getsockname()[1], token="x", clock="", output="")
        begun = time.monotonic()
        assert ask_status(holder) is None
        assert time.monotonic() - begun < BOUND_S


def test_nobody_answers_after_the_end() -> None:
    with rung() as (bell, holder, _):
        bell.close()
        bell.close()
        assert ask_status(holder) is None


def test_the_lock_is_held_once_and_tells_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "station.lock"
    assert running(path) is None
    holder = Holder(pid=17, port=5, token="t", clock="system", output="none")
    with StationLock(path) as lock:
        lock.publish(holder)
        assert running(path) == holder
        with pytest.raises(StationStateError, match="17"):
            StationLock(path).acquire()
    assert running(path) is None and not address_path(path).exists()


def test_the_address_that_a_killed_station_left_is_not_the_next_holders(tmp_path: Path) -> None:
    path = tmp_path / "station.lock"
    write_address(path, Holder(pid=17, port=5, token="t", clock="system", output="none"))
    assert running(path) is None and read_holder(path) is not None
    with StationLock(path):
        assert running(path) is None, "it has published nothing yet"
