"""What is asked for twice at once is done once, within one process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedWork(Generic[T]):
    """Safe to use from several threads. Results, and failures, are remembered only while the work is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[T]] = {}

    def do(self, identity: Hashable, work: Callable[[], T], *, wait_s: float) -> T:
        """The result of `work()`, or of the same work that another thread is doing.

        Raises what the work raises; TimeoutError when another thread's takes longer than `wait_s`.
        """
        with self._lock:
            running = self._under_way.get(identity)
            if running is None:
                mine = self._under_way[identity] = Future()
        if running is not None:
            return running.result(wait_s)
        try:
            result = work()
        except BaseException as problem:
            mine.set_exception(problem)
            raise
        else:
            mine.set_result(result)
            return result
        finally:
            with self._lock:
                del self._under_way[identity]
