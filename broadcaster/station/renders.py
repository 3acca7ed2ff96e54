"""Rendering in the background: the loop asks, looks again later, and is woken when something is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import Clip, RenderRequest
from broadcaster.reasons import Reason, ReasonCode, reason_in_words, reason_of
from broadcaster.studio import Studio

AT_ONCE = 2
"""Of what the next days need; the work itself is done in the studio's processes."""


class Renders:
    """Requests under way, each once. With `inline` (rehearsals) a clip is rendered before `want` returns."""

    def __init__(self, studio: Studio, on_done: Callable[[], None], *, inline: bool = False) -> None:
        """`on_done` is called from any thread when a result can be taken."""
        self._studio = studio
        self._on_done = on_done
        self._inline = inline
        # An emergency never waits behind a notice, a notice never behind tomorrow's bulletins.
        self._background = threading.Semaphore(AT_ONCE)
        self._soon = threading.Semaphore(1)
        self._urgent = threading.Semaphore(1)
        self._lock = threading.Lock()
        self._closed = False
        self._running: set[RenderRequest] = set()
        self._failures: dict[RenderRequest, Reason] = {}

    def want(self, request: RenderRequest, *, again: bool = False, soon: bool = False) -> None:
        """Ask for a clip. Asking twice for the same is one rendering; `again`: a better voice than the cached one;
        `soon`: an operator waits for it, it goes before tomorrow's bulletins."""
        if self._inline:
            self._run(request, again, soon)
            return
        self._start(request, lambda: self._run(request, again, soon), soon=soon)

    def prove(self, request: RenderRequest) -> None:
        """Have the cached clip read whole, in the background; a damaged one is rendered anew, long before its minute.
        Too slow for the loop: a second of sound takes a millisecond."""
        if self._inline:
            return
        self._start(request, lambda: self._prove(request), soon=False)

    def _prove(self, request: RenderRequest) -> None:
        self._studio.ready(request, verify=True)  # removes it when it is damaged
        self._run(request, False, False)

    def missing(self, request: RenderRequest) -> bool:
        """Whether there is no clip yet."""
        return self._studio.ready(request) is None

    def clip(self, request: RenderRequest) -> Clip | None:
        """The rendered clip, proved whole, or None while there is none."""
        return self._studio.ready(request, verify=True)

    def failure(self, request: RenderRequest) -> Reason | None:
        """Why the last try failed; None: it did not, or it is still running."""
        with self._lock:
            return None if request in self._running else self._failures.get(request)

    def pending(self, request: RenderRequest) -> bool:
        """Whether it is being rendered now."""
        with self._lock:
            return request in self._running

    def close(self) -> None:
        """Forget what has not begun; what runs is left to end with its process."""
        self._closed = True
        self._studio.close()

    def _start(self, request: RenderRequest, work: Callable[[], None], *, soon: bool) -> None:
        with self._lock:
            if request in self._running:
                return
            self._running.add(request)
        places = self._urgent if request.urgent else self._soon if soon else self._background

        def wait_and_work() -> None:
            with places:
                if not self._closed:
                    work()

        # A daemon: the end of the program never waits for a slow voice, as it would for an executor's threads.
        threading.Thread(target=wait_and_work, name="render", daemon=True).start()

    def _run(self, request: RenderRequest, again: bool, soon: bool) -> None:
        problem: Reason | None = None
        try:
            self._studio.render(request, again=again, soon=soon)
        except BroadcasterError as error:
            problem = reason_of(ReasonCode.RENDER_FAILED, error)
        except Exception as error:
            # A mistake of ours must not leave the occurrence waiting for ever: it is said, and journalled with it.
            problem = reason_in_words(ReasonCode.OUR_MISTAKE, Words(repr(error), repr(error)))
            raise
        finally:
            with self._lock:
                self._running.discard(request)
                if problem is None:
                    self._failures.pop(request, None)
                else:
                    self._failures[request] = problem
            self._on_done()
