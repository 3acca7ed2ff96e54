"""One card: the output in use, opened, watched, reopened after a loss, replaced by its spare."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import EventKind
from broadcaster.speakers import OPEN_BOUND_S, Health, Speaker, words_of

RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Waits before reopening a lost output; the last one repeats: a replugged card is back within ten seconds."""
RETURN_S = 60.0
"""While the spare is in use, the first output is tried again this often, between items."""
BUSY_S = 1.0
"""Until the next look when the spare should be left, but something plays on it."""
NOT_OPEN = Words("chưa mở loa", "no output was opened yet")
NOTHING: Words = Words("", "")
CLOSE_BOUND_S = 2 * OPEN_BOUND_S
"""What closing waits for an opening under way; a sound system that hangs longer is left behind."""


class _Opening:
    """Opening the first of some speakers that can be opened; in a thread of its own, so that the other cards go on."""

    def __init__(self, speakers: Sequence[Speaker], on_done: Callable[[], None] | None) -> None:
        """Without `on_done` it is over when the constructor returns; else `on_done` is called, from its thread."""
        self.opened: Speaker | None = None
        self.troubles: list[Words] = []
        self._speakers = tuple(speakers)
        self._on_done = on_done
        self._over = threading.Event()
        if on_done is None:
            self._run()
        else:
            threading.Thread(target=self._run, name=f"opening {speakers[0].spec}", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether it has succeeded or failed."""
        return self._over.is_set()

    def wait(self, bound_s: float) -> bool:
        """Wait until it is over, for at most so many real seconds; whether it is."""
        return self._over.wait(bound_s)

    def _run(self) -> None:
        try:
            for speaker in self._speakers:
                try:
                    speaker.open()
                except SpeakerError as problem:
                    self.troubles.append(words_of(problem))
                    continue
                self.opened = speaker
                return
        finally:
            self._over.set()
            if self._on_done is not None:
                self._on_done()


class Outputs:
    """`current` is an open speaker or None. The first of `speakers` is preferred, the others are spares.

    Its methods belong to the station's one thread; `current`, `trouble` and `health` may be asked from any.
    """

    def __init__(
        self,
        speakers: Sequence[Speaker],
        clock: Clock,
        note: Callable[[EventKind, Words], None],
        *,
        on_opened: Callable[[], None] | None = None,
    ) -> None:
        """`note(kind, text)` records what happens to the outputs, and tells whoever looks after them.

        With `on_opened` speakers are opened in a thread of its own (a hung sound system takes ten seconds, which other
        cards must not wait), and `on_opened` is called from there when `open_if_due` should be called again.
        """
        self._speakers = tuple(speakers)
        self._clock = clock
        self._note = note
        self._on_opened = on_opened
        self._active: Speaker | None = None
        self._opening: _Opening | None = None
        self._tries = 0
        self._next_try = 0.0
        self._trouble: Words | None = None

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that this card serves."""
        return tuple(self._speakers[0].zones)

    @property
    def current(self) -> Speaker | None:
        """The open output, or None while there is none."""
        return self._active

    @property
    def trouble(self) -> Words:
        """Why there is no output, in one line; empty when there is one."""
        return NOTHING if self._active is not None else self._trouble or NOT_OPEN

    def open_if_due(self, *, idle: bool = True, wait: bool = False) -> Speaker | None:
        """Open an output when there is none and it is time to; leave the spare when the first one is back.

        `idle`: nothing plays, so that the spare may be left. `wait`: do not return before an opening is over.
        """
        now = self._clock.monotonic()
        if self._opening is None and now >= self._next_try:
            if self._active is None:
                self._opening = _Opening(self._speakers, self._on_opened)
            elif self._active is not self._speakers[0]:
                self._next_try = now + (RETURN_S if idle else BUSY_S)
                if idle:
                    self._opening = _Opening(self._speakers[:1], self._on_opened)
        opening = self._opening
        if opening is not None and (opening.wait(CLOSE_BOUND_S) if wait else opening.over):
            if self._active is None:
                self._opening = None
                self._opened(opening, now)
            elif idle:
                self._opening = None
                self._returned(opening)
        return self._active

    def _opened(self, opening: _Opening, now: float) -> None:
        """There was no output; `opening` is over."""
        speaker = opening.opened
        if speaker is not None:
            self._active = speaker
            self._tries = 0
            self._next_try = now + RETURN_S
            if self._trouble is not None or speaker is not self._speakers[0]:
                self._note(EventKind.OUTPUT, Words(f"phát qua {speaker.spec}", f"playing through {speaker.spec}"))
            self._trouble = None
            return
        trouble = joined(opening.troubles)
        if trouble != self._trouble:
            self._note(EventKind.OUTPUT, trouble)
        self._trouble = trouble
        self._next_try = now + RETRY_S[min(self._tries, len(RETRY_S) - 1)]
        self._tries += 1

    def _returned(self, opening: _Opening) -> None:
        """The spare is in use, and nothing plays on it; `opening` has tried the first one."""
        first, spare = self._speakers[0], self._active
        if opening.opened is None:
            self._trouble = joined(opening.troubles)  # the spare goes on; health() tells
            return
        if spare is not None and spare is not first:
            spare.close()
        self._active = first
        self._note(EventKind.OUTPUT, Words(f"trở lại {first.spec}", f"back to {first.spec}"))

    def lost(self, reason: Words) -> None:
        """The output in use failed: close it; the first attempt to reopen comes at once."""
        if self._active is not None:
            spec = self._active.spec
            self._note(EventKind.OUTPUT, Words(f"mất {spec}: {reason.vi}", f"lost {spec}: {reason.en}"))
            self._active.close()
            self._active = None
        self._trouble = reason
        self._tries = 0
        self._next_try = self._clock.monotonic()

    def wait_s(self) -> float | None:
        """Seconds until `open_if_due` has something to do; None: nothing planned."""
        if self._opening is not None:
            return BUSY_S if self._opening.over else None
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
        if self._opening is not None:
            self._opening.wait(CLOSE_BOUND_S)
            self._opening = None
        for speaker in self._speakers:
            speaker.close()
        self._active = None


def joined(texts: Sequence[Words]) -> Words:
    """Several messages on one line."""
    return Words("; ".join(text.vi for text in texts), "; ".join(text.en for text in texts))
