"""Rendering in the background: the loop asks, looks again later, and is woken when something is done."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import Clip, RenderRequest
from broadcaster.reasons import Reason, ReasonCode, reason_in_words, reason_of
from broadcaster.studio import Studio, Urgency

AT_ONCE = {Urgency.EMERGENCY: 1, Urgency.NOTICE: 1, Urgency.AHEAD: 2}
"""Threads that wait for the studio, which bounds the work itself; each urgency has its own, so that none waits behind a
lesser one."""


_Wish = tuple[RenderRequest, Callable[[], None]]
"""A request, and what is to be done about it."""


class Renders:
    """Requests under way, each once. With `inline` (rehearsals) a request is rendered before `want` returns."""

    def __init__(self, studio: Studio, on_done: Callable[[], None], *, inline: bool = False) -> None:
        """`on_done` is called from any thread when a result can be taken."""
        self._studio = studio
        self._on_done = on_done
        self._inline = inline
        self._lock = threading.Lock()
        self._waiting: dict[RenderRequest, Urgency] = {}
        """Not begun; the most urgent wish counts."""
        self._running: set[RenderRequest] = set()
        self._failures: dict[RenderRequest, Reason] = {}
        self._queues: dict[Urgency, queue.SimpleQueue[_Wish | None]] = {}

    def want(self, request: RenderRequest, *, again: bool = False, soon: bool = False) -> None:
        """Ask for a clip. Asking twice for the same is one rendering; `again`: a better voice than the cached one;
        `soon`: an operator waits for it, it goes before tomorrow's bulletins."""
        urgency = min(Urgency.of(request), Urgency.NOTICE if soon else Urgency.AHEAD)
        self._start(request, urgency, lambda: self._render(request, urgency, better=again))

    def prove(self, request: RenderRequest) -> None:
        """Have the cached clip read whole, in the background; a damaged one is rendered anew, long before its minute.
        Too slow for the loop: a second of sound takes a millisecond."""
        if not self._inline:
            self._start(request, Urgency.AHEAD, lambda: self._prove(request))

    def missing(self, request: RenderRequest) -> bool:
        """Whether there is no clip yet."""
        return self._studio.ready(request) is None

    def clip(self, request: RenderRequest) -> Clip | None:
        """The rendered clip, proved whole, or None while there is none."""
        return self._studio.ready(request, verify=True)

    def failure(self, request: RenderRequest) -> Reason | None:
        """Why the last try failed; None: it did not, or it is still running."""
        with self._lock:
            return None if self._is_pending(request) else self._failures.get(request)

    def pending(self, request: RenderRequest) -> bool:
        """Whether it is being rendered now, or waits for it."""
        with self._lock:
            return self._is_pending(request)

    def close(self) -> None:
        """Forget what has not begun; what runs is left to end with its process."""
        with self._lock:
            self._waiting.clear()
            for urgency, wishes in self._queues.items():
                for _ in range(AT_ONCE[urgency]):
                    wishes.put(None)
            self._queues.clear()
        self._studio.close()

    def _is_pending(self, request: RenderRequest) -> bool:
        return request in self._waiting or request in self._running

    def _start(self, request: RenderRequest, urgency: Urgency, work: Callable[[], None]) -> None:
        if self._inline:
            work()
            return
        with self._lock:
            if request in self._running or self._waiting.get(request, len(Urgency)) <= urgency:
                return
            self._waiting[request] = urgency
            if urgency not in self._queues:
                wishes = self._queues[urgency] = queue.SimpleQueue()
                for _ in range(AT_ONCE[urgency]):
                    # Daemons: the end of the program never waits for a slow voice, as it would for an executor's.
                    threading.Thread(target=self._work, args=(urgency, wishes), name="render", daemon=True).start()
            self._queues[urgency].put((request, work))

    def _work(self, urgency: Urgency, wishes: queue.SimpleQueue[_Wish | None]) -> None:
        """One thread: what is asked for with this urgency, one after the other."""
        while (wish := wishes.get()) is not None:
            request, work = wish
            with self._lock:
                if self._waiting.get(request) is not urgency:
                    continue  # asked for more urgently meanwhile, or forgotten
                del self._waiting[request]
                self._running.add(request)
            try:
                work()
            except Exception as mistake:  # noqa: BLE001  (ours: shown as of any thread, but this one goes on)
                facts = (type(mistake), mistake, mistake.__traceback__, threading.current_thread())
                threading.excepthook(threading.ExceptHookArgs(facts))
            finally:
                with self._lock:
                    self._running.discard(request)

    def _prove(self, request: RenderRequest) -> None:
        self._studio.ready(request, verify=True)  # removes it when it is damaged
        self._render(request, Urgency.AHEAD, better=False)

    def _render(self, request: RenderRequest, urgency: Urgency, *, better: bool) -> None:
        problem: Reason | None = None
        try:
            self._studio.render(request, urgency=urgency, better=better)
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
