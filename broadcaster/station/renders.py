"""Rendering in the background: the loop asks, looks again later, and is woken when something is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from broadcaster.errors import BroadcasterError
from broadcaster.model import Clip
from broadcaster.studio import RenderRequest, Studio

AT_ONCE = 2
"""Of what the next days need; the work itself is done in the studio's processes."""


class Renders:
    """Orders under way, each once. With `inline` (rehearsals) an order is rendered before `want` returns."""

    def __init__(self, studio: Studio, on_done: Callable[[], None], *, inline: bool = False) -> None:
        """`on_done` is called from any thread when a result can be taken."""
        self._studio = studio
        self._on_done = on_done
        self._inline = inline
        # An emergency never waits behind a notice, a notice never behind tomorrow's bulletins.
        self._turns = threading.Semaphore(AT_ONCE)
        self._soon_turns = threading.Semaphore(1)
        self._urgent_turns = threading.Semaphore(1)
        self._lock = threading.Lock()
        self._closed = False
        self._running: set[RenderRequest] = set()
        self._failures: dict[RenderRequest, str] = {}

    def want(self, order: RenderRequest, *, again: bool = False, soon: bool = False) -> None:
        """Ask for a clip. Asking twice for the same is one rendering; `again`: a better voice than the cached one;
        `soon`: an operator waits for it, it goes before tomorrow's bulletins."""
        if self._inline:
            self._run(order, again, soon)
            return
        self._start(order, lambda: self._run(order, again, soon), soon=soon)

    def prove(self, order: RenderRequest) -> None:
        """Have the cached clip read whole, in the background; a damaged one is rendered anew, long before its minute.
        Too slow for the loop: a second of sound takes a millisecond."""
        if self._inline:
            return
        self._start(order, lambda: self._prove(order), soon=False)

    def _prove(self, order: RenderRequest) -> None:
        self._studio.ready(order, verify=True)  # removes it when it is damaged
        self._run(order, False, False)

    def clip(self, order: RenderRequest) -> Clip | None:
        """The rendered clip, proved whole, or None while there is none."""
        return self._studio.ready(order, verify=True)

    def failure(self, order: RenderRequest) -> str | None:
        """Why the last try failed, in one line; None: it did not, or it is still running."""
        with self._lock:
            return None if order in self._running else self._failures.get(order)

    def pending(self, order: RenderRequest) -> bool:
        """Whether it is being rendered now."""
        with self._lock:
            return order in self._running

    def close(self) -> None:
        """Forget what has not begun; what runs is left to end with its process."""
        self._closed = True
        self._studio.close()

    def _start(self, order: RenderRequest, work: Callable[[], None], *, soon: bool) -> None:
        with self._lock:
            if order in self._running:
                return
            self._running.add(order)
        turns = self._urgent_turns if order.urgent else self._soon_turns if soon else self._turns

        def wait_and_work() -> None:
            with turns:
                if not self._closed:
                    work()

        # A daemon: the end of the program never waits for a slow voice, as it would for an executor's threads.
        threading.Thread(target=wait_and_work, name="render", daemon=True).start()

    def _run(self, order: RenderRequest, again: bool, soon: bool) -> None:
        problem: str | None = None
        try:
            self._studio.render(order, again=again, soon=soon)
        except BroadcasterError as error:
            problem = error.line()
        except Exception as error:
            # A mistake of ours must not leave the occurrence waiting for ever: it is said, and journalled with it.
            problem = f"lỗi của chương trình: {error!r}"
            raise
        finally:
            with self._lock:
                self._running.discard(order)
                if problem is None:
                    self._failures.pop(order, None)
                else:
                    self._failures[order] = problem
            self._on_done()
