"""The output in use: opened, watched, reopened after a loss, replaced by the spare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError
from broadcaster.speakers import Health, Speaker

RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Waits before reopening a lost output; the last one repeats: a replugged card is back within ten seconds."""
RETURN_S = 60.0
"""While the spare speaks, the first output is tried again this often, between items."""


class Outputs:
    """`current` is an open speaker or None. The first of `speakers` is preferred, the others are spares."""

    def __init__(self, speakers: Sequence[Speaker], clock: Clock, note: Callable[[str, str], None]) -> None:
        """`note(kind, text)` records what happens to the outputs, and tells whoever looks after them."""
        self._speakers = tuple(speakers)
        self._clock = clock
        self._note = note
        self._active: Speaker | None = None
        self._tries = 0
        self._next_try = 0.0
        self._trouble = ""

    @property
    def current(self) -> Speaker | None:
        """The open output, or None while there is none."""
        return self._active

    @property
    def trouble(self) -> str:
        """Why there is no output, in one line; empty when there is one."""
        return "" if self._active is not None else self._trouble or "chưa mở loa"

    def open_if_due(self) -> Speaker | None:
        """Open an output when there is none and the wait is over; leave the spare when the first one is back."""
        now = self._clock.monotonic()
        if now < self._next_try:
            return self._active
        if self._active is None:
            self._open_first_able(now)
        elif self._active is not self._speakers[0]:
            self._next_try = now + RETURN_S
            self._try_to_return()
        return self._active

    def _open_first_able(self, now: float) -> None:
        troubles = []
        for speaker in self._speakers:
            try:
                speaker.open()
            except SpeakerError as problem:
                troubles.append(problem.line())
                continue
            self._active = speaker
            self._tries = 0
            self._next_try = now + RETURN_S
            if self._trouble or speaker is not self._speakers[0]:
                self._note("loa", f"phát qua {speaker.spec}")
            self._trouble = ""
            return
        trouble = "; ".join(troubles)
        if trouble != self._trouble:
            self._note("loa", trouble)
        self._trouble = trouble
        self._next_try = now + RETRY_S[min(self._tries, len(RETRY_S) - 1)]
        self._tries += 1

    def _try_to_return(self) -> None:
        first, spare = self._speakers[0], self._active
        try:
            first.open()
        except SpeakerError as problem:
            self._trouble = problem.line()  # the spare goes on; health() tells
            return
        if spare is not None:
            spare.close()
        self._active = first
        self._note("loa", f"trở lại {first.spec}")

    def lost(self, reason: str) -> None:
        """The output in use failed: give it up; the first attempt to reopen comes at once."""
        if self._active is not None:
            self._note("loa", f"mất {self._active.spec}: {reason}")
            self._active.close()
            self._active = None
        self._trouble = reason
        self._tries = 0
        self._next_try = self._clock.monotonic()

    def wait_s(self) -> float | None:
        """Seconds until `open_if_due` has something to do; None: nothing planned."""
        if self._active is not None and self._active is self._speakers[0]:
            return None
        return max(0.0, self._next_try - self._clock.monotonic())

    def health(self) -> Health:
        """Of the output in use, or of its absence."""
        if self._active is None:
            return Health(ok=False, text=self.trouble)
        return self._active.health()

    def close(self) -> None:
        """Release everything."""
        for speaker in self._speakers:
            speaker.close()
        self._active = None
