"""Which cues begin in a step, and where: what the director, the late rule, the cache and the gate allow."""

from __future__ import annotations

from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.journal import Journal
from broadcaster.model import Clip, Outcome, State
from broadcaster.playout.bank import OutputBank
from broadcaster.playout.call import Clips, Manner, Strand
from broadcaster.playout.lanes import Lanes
from broadcaster.playout.onair import Chosen
from broadcaster.playout.permission import Permission
from broadcaster.playout.progress import Progress
from broadcaster.reasons import Reason, ReasonCode, reason, reason_in_words

PATIENCE_S = 60.0
"""Real seconds that a cue waits for a clip which is being rendered (a station started just before its session)."""
ASK_AGAIN_S = 0.2
"""Real seconds between two looks for such a clip."""


class Choosing:
    """Belongs to the player, and like it to the station's one thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        outputs: OutputBank,
        journal: Journal,
        clips: Clips,
        lanes: Lanes,
        permission: Permission,
        progress: Progress,
    ) -> None:
        self._clock = clock
        self._outputs = outputs
        self._journal = journal
        self._clips = clips
        self._lanes = lanes
        self._permission = permission
        self._progress = progress

    def choose(self) -> list[Chosen]:
        """Everything that may begin now, with *on air* rows; rows for everything passed over.

        Lanes are taken from what sounds when all is chosen, so that nothing is cut for a cue that does not begin.
        """
        chosen: list[Chosen] = []
        refused: dict[Strand, frozenset[str]] = {}
        while True:
            entered = {each.strand for each in chosen}
            waiting = {id(strand): strand for strand in self._lanes.waiting() if strand not in entered}
            decision = self._lanes.decide(waiting.values(), refused, chosen)
            if self._lanes.keep_out(decision):
                continue
            begin = [waiting[number] for number in decision.begin]
            if not begin:
                self._lanes.take(decision, chosen)
                return chosen
            strand = min(begin, key=lambda each: each.order)
            begun = self._begin(strand, decision.begin[id(strand)], chosen, refused)
            if begun is not None:
                chosen.append(begun)

    def _begin(
        self,
        strand: Strand,
        zones: frozenset[str],
        chosen: list[Chosen],
        refused: dict[Strand, frozenset[str]],
    ) -> Chosen | None:
        """Put its next cue on air in these zones; or None: rows say why not, it rests, or `refused` says where it may
        not begin."""
        late = self._permission.too_late(strand)
        if late is not None:
            self._progress.finish(strand, Outcome.MISSED, late)
            return None
        problem = strand.problem
        clip = None if problem is not None else self._clips.find(strand.cue)
        if clip is None and problem is None and self._worth_waiting(strand):
            return None
        if clip is None:
            outcome, why = problem or (Outcome.FAILED, self._clips.why_not(strand.cue))
            self._progress.pass_over(strand, outcome, why)
            self._progress.go_on(strand)
            return None
        closed = self._permission.refusals(strand, clip, strand.zones - strand.withdrawn.keys())
        if zones - closed.keys():
            return self._put_on_air(strand, clip, zones - closed.keys(), closed, chosen)
        if strand.zones - strand.withdrawn.keys() - closed.keys():
            refused[strand] = frozenset(closed)
            return None
        why = next(iter(closed.values()))
        stopped = all(each.code is ReasonCode.STOP_LATCHED for each in closed.values())
        if strand.used_s >= strand.occurrence.max_minutes * 60 or stopped:
            self._progress.finish(strand, Outcome.CANCELLED, why)
        else:
            self._progress.pass_over(strand, Outcome.CANCELLED, why)
            self._progress.go_on(strand)
        refused.pop(strand, None)
        return None

    def _worth_waiting(self, strand: Strand) -> bool:
        """The next clip is being rendered: let the strand rest for a moment, but not for ever."""
        now = self._clock.monotonic()
        if not self._clips.pending(strand.cue):
            return False
        strand.waits_since = now if strand.waits_since is None else strand.waits_since
        if now - strand.waits_since > PATIENCE_S * self._clock.speed:
            return False
        strand.not_before = now + ASK_AGAIN_S * self._clock.speed
        return True

    def _put_on_air(
        self, strand: Strand, clip: Clip, zones: frozenset[str], refused: dict[str, Reason], chosen: list[Chosen]
    ) -> Chosen:
        now = self._clock.now()
        wait_s = self._permission.wait_s(strand, now)
        if not strand.begun and strand.call.manner is not Manner.TOGETHER:
            later = strand.zones - zones - refused.keys() - strand.withdrawn.keys()
            if later:
                strand.split(later)
        if not strand.call.begun:
            self._journal.set_state(strand.occurrence.key, State.ON_AIR)
            strand.call.begun = True
        strand.begun = True
        outputs = {zone: self._outputs.spec_of(zone) for zone in sorted(zones)}
        absent = {**strand.withdrawn, **refused, **self._why_absent(strand, zones | refused.keys(), chosen)}
        airing = self._journal.begin_airing(
            strand.occurrence,
            strand.item,
            cue=strand.cue,
            script=strand.cue.script,
            clip=clip,
            started_at=now + timedelta(seconds=max(0.0, wait_s)),
            start_frame=strand.resume_frame,
            outputs={**outputs, **dict.fromkeys(sorted(strand.zones - zones), "")},
        )
        return Chosen(
            strand=strand,
            cue=strand.cue,
            clip=clip,
            item=strand.item,
            airing=airing,
            outputs=outputs,
            heard_in=zones,
            absent=absent,
            refused=frozenset(refused),
            start_frame=strand.resume_frame,
            at=self._clock.monotonic() + wait_s if wait_s > 0 else None,
        )

    def _why_absent(self, strand: Strand, told: frozenset[str], chosen: list[Chosen]) -> dict[str, Reason]:
        """Zones of the strand in which the cue does not begin: another voice is there, or no output."""
        available = self._outputs.available()
        absent = {}
        for zone in strand.zones - told - strand.withdrawn.keys():
            if zone not in available:
                absent[zone] = reason_in_words(ReasonCode.NO_OUTPUT, self._outputs.health_of(zone).text)
                continue
            absent[zone] = reason(ReasonCode.PREEMPTED, by=self._lanes.heard_near(zone, chosen))
        return absent
