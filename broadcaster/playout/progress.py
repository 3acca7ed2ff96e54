"""How a strand comes from cue to cue, from round to round, and a call to its verdict; rows for cues that never air."""

from __future__ import annotations

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import Cue, Outcome
from broadcaster.playout.call import Call, Strand
from broadcaster.playout.permission import Permission
from broadcaster.reasons import NO_REASON, Reason, ReasonCode, reason

REPEAT_GAP_S = 2.0
"""Silence between two rounds of a repeated notice."""
MOST_LOSSES = 3
"""A cue during which the output was lost this often is given up: it may be the cause."""


class Progress:
    """Belongs to the player, and like it to the station's one thread."""

    def __init__(self, clock: Clock, journal: Journal, permission: Permission, calls: list[Call]) -> None:
        """`calls`: those of the player; a call leaves the list with its verdict."""
        self._clock = clock
        self._journal = journal
        self._permission = permission
        self._calls = calls

    def had_turn(self, strand: Strand, cue: Cue, outcome: Outcome, why: Reason, *, heard: bool = False) -> None:
        """The next cue has its verdict. The caller decides about the rest: `go_on` or `finish`.

        `heard`: to its end, in one zone at least.
        """
        strand.heard = strand.heard or heard
        strand.had_turn(outcome, why)
        others = [other for other in strand.call.strands if other is not strand]
        last_round = strand.occurrence.repeat == 1
        if last_round and all(other.cursor >= strand.cursor for other in others):
            self._journal.end_cue(cue)

    def pass_over(self, strand: Strand, outcome: Outcome, why: Reason) -> None:
        """The next cue will not air in these zones: its row."""
        cue = strand.cue
        self._journal.never_aired(
            strand.occurrence, strand.item, outcome, why, cue=cue, script=cue.script, zones=sorted(strand.zones)
        )
        self.had_turn(strand, cue, outcome, why)

    def may_try_again(self, strand: Strand) -> bool:
        """Whether a cue during which every output was lost gets another try."""
        return strand.losses < MOST_LOSSES

    def go_on(self, strand: Strand) -> None:
        """To the next round when all cues had their turn, if it is to be repeated and was heard; else the end."""
        if not strand.done:
            return
        strand.loop += 1
        repeat = strand.occurrence.repeat
        heard = strand.heard or any(outcome is Outcome.AIRED for outcome, _ in strand.results[-len(strand.call.cues) :])
        strand.heard = False
        if (repeat == 0 or strand.loop < repeat) and heard and not self._permission.until_reached(strand):
            strand.cursor = 0
            strand.not_before = self._clock.monotonic() + REPEAT_GAP_S
            return
        self.finish(strand, Outcome.CANCELLED, NO_REASON)

    def finish(self, strand: Strand, rest: Outcome, why: Reason) -> None:
        """End a strand; cues that had no turn in this round get `rest` as their verdict. The last strand ends the
        call."""
        if strand.loop == 0 or 0 < strand.cursor < len(strand.call.cues):
            while not strand.done:
                self.pass_over(strand, rest, why)
        call = strand.call
        call.strands.remove(strand)
        call.finished.append(strand)
        if call.strands:
            return
        outcome, told = call.verdict()
        if call.occurrence.repeat == 0 and strand.loop > 0:
            # "Until cancelled" was asked for and done: being cut in the last round is how it had to end.
            rounds = max(each.loop for each in call.finished)
            behind = why if why.code is not ReasonCode.NONE else told
            outcome, told = Outcome.AIRED, reason(ReasonCode.ROUNDS_AIRED, rounds=rounds).after(behind)
        self._journal.end(call.occurrence.key, outcome, told)
        self._calls.remove(call)
