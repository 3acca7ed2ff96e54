"""How an entry comes from part to part, from round to round, and to its verdict; rows for parts that never air."""

from __future__ import annotations

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import Outcome
from broadcaster.playout.entry import Entry
from broadcaster.playout.queue import PlayQueue

REPEAT_GAP_S = 2.0
"""Silence between two rounds of a repeated notice."""
MOST_LOSSES = 3
"""An item during which the output was lost this often is given up: it may be the cause."""


class Turns:
    """Belongs to the player, and like it to the station's one thread."""

    def __init__(self, clock: Clock, journal: Journal, queue: PlayQueue) -> None:
        self._clock = clock
        self._journal = journal
        self._queue = queue

    def had_turn(self, entry: Entry, outcome: Outcome, reason: str) -> None:
        """The next part has its verdict. The caller decides about the rest: `go_on` or `finish`."""
        entry.results.append((outcome, reason))
        entry.cursor += 1
        entry.resume_frame = 0
        entry.losses = 0
        entry.waits_since = None
        entry.suspended_at = None

    def pass_over(self, entry: Entry, outcome: Outcome, reason: str) -> None:
        """The next part will not air: its row."""
        part = entry.part
        self._journal.never_aired(entry.occurrence, entry.item_name, outcome, reason, script=part.script)
        self.had_turn(entry, outcome, reason)

    def output_lost(self, entry: Entry) -> bool:
        """The output failed in the next part, which may be the cause. True: it gets another try."""
        entry.losses += 1
        return entry.losses < MOST_LOSSES

    def go_on(self, entry: Entry) -> None:
        """To the next round when all parts had their turn, if it is to be repeated and was heard; else the verdict."""
        if entry.cursor < len(entry.parts):
            return
        entry.loop += 1
        repeat = entry.occurrence.repeat
        heard = any(outcome is Outcome.AIRED for outcome, _ in entry.results[-len(entry.parts) :])
        if (repeat == 0 or entry.loop < repeat) and heard and not self.expired(entry):
            entry.cursor = 0
            entry.not_before = self._clock.monotonic() + REPEAT_GAP_S
            return
        self.finish(entry, Outcome.CANCELLED, "")

    def expired(self, entry: Entry) -> bool:
        """Whether its `--until` is over."""
        until = entry.occurrence.until
        return until is not None and self._clock.now() >= until

    def finish(self, entry: Entry, rest: Outcome, reason: str) -> None:
        """End an occurrence; parts that had no turn in this round get `rest` as their verdict."""
        if entry.loop == 0 or 0 < entry.cursor < len(entry.parts):
            while entry.cursor < len(entry.parts):
                self.pass_over(entry, rest, reason)
        self._queue.remove(entry)
        outcome, why = entry.verdict()
        if entry.occurrence.repeat == 0 and entry.loop > 0:
            # "Until cancelled" was asked for and done: being cut in the last round is how it had to end.
            outcome, why = Outcome.AIRED, f"đã phát {entry.loop} lượt; {reason or why}"
        self._journal.end(entry.occurrence.key, outcome, why)
