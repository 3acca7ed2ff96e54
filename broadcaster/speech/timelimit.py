"""Bounds calls that have no time limit of their own: name look-ups, slow servers, libraries that compute."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T], *, name: str) -> T:
    """The result of `work()`, or its exception; TimeoutError when it takes longer than `seconds`.

    Python cannot end a thread: late work goes on in a daemon thread, unheard. So `work` must have bounds of its own
    wherever it can, change nothing that outlives it, and end by itself in the end.
    """
    if seconds <= 0:  # else quick work would be in time now and then
        raise TimeoutError(name)
    results: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as problem:  # noqa: BLE001  (handed to the caller, whatever it is)
            results.put((None, problem))

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        result, problem = results.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(name) from None
    if problem is not None:
        raise problem
    return result  # type: ignore[return-value]  # None only where T itself may be None
