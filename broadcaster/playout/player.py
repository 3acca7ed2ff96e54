"""The one player. A state machine stepped by the station's loop; it never blocks and owns no thread.

One step, in this order:
1. playbacks that ended get their verdicts; what must not go on is cut (STOP, a maximum, the end of the allowed hours);
2. the director says who may sound where. What may begin is asked for its next cue; late, refused and unplayable cues
   get their rows, until something may air or nothing is left;
3. lanes are taken from what is less urgent, for cues that do begin: what loses its last lane is cut and fades beneath
   the beginning of the other, what keeps some is heard in these only; what may rejoin lanes is heard there again;
4. *on air* is committed, together with the verdicts of step 1, before the first sample goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError
from broadcaster.journal import Journal
from broadcaster.model import EVERYWHERE, STATION_RATE_HZ, Cue, OccurrenceKey, Outcome
from broadcaster.playout.bank import OutputBank
from broadcaster.playout.call import Call, Clips, Strand
from broadcaster.playout.choosing import Choosing
from broadcaster.playout.director import Director
from broadcaster.playout.gate import Gate
from broadcaster.playout.lanes import Lanes
from broadcaster.playout.onair import RESUMES_FROM_S, Chosen, OnAir, near_end_s, overall, wall_time, zones_missed
from broadcaster.playout.permission import Permission, stop_mark
from broadcaster.playout.progress import Progress
from broadcaster.reasons import Reason, ReasonCode, reason, reason_in_words, reason_of
from broadcaster.speakers import Job, PlaybackState

PROGRESS_S = 5.0
"""How often the position of a clip on air is journalled: what a power cut can lose of a long recording."""
LAST_LOOK_S = 0.25
"""Real seconds before the first sample of what is armed at which the wall clock is looked at once more."""
WAKE_MARGIN_S = 0.001
"""Wake just after a bound that is compared with "at most", so that one wake is enough."""
LONGEST_WAIT_S = 3600.0


class Player:
    """See the module's docstring. Every method must be called from the station's one thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        outputs: OutputBank,
        journal: Journal,
        gate: Gate,
        director: Director,
        clips: Clips,
        lateness: Callable[[Call, datetime], Reason | None],
        on_change: Callable[[], None],
    ) -> None:
        """`lateness(call, now)`: why a call that has not begun may no longer do so; its verdict follows the answer.
        `on_change` is called from any thread when the loop should step again."""
        self._clock = clock
        self._outputs = outputs
        self._journal = journal
        self._on_change = on_change
        self._near_end_s = near_end_s(clock)
        self.permission = Permission(clock=clock, journal=journal, gate=gate, late_rule=lateness, clips=clips)
        self.calls: list[Call] = []
        """Everything that waits or sounds."""
        self._progress = Progress(clock, journal, self.permission, self.calls)
        self._lanes = Lanes(
            clock=clock, outputs=outputs, director=director, permission=self.permission, calls=self.calls
        )
        self.on_air = self._lanes.on_air
        self._choosing = Choosing(
            clock=clock,
            outputs=outputs,
            journal=journal,
            clips=clips,
            lanes=self._lanes,
            permission=self.permission,
            progress=self._progress,
        )
        self._serial = 0

    # --- what the station asks ---------------------------------------------------------------------------------

    def add(self, call: Call) -> None:
        """Let a call wait for its lanes. The same key twice is a mistake of ours."""
        if self.find(call.occurrence.key) is not None:
            raise ValueError(f"{call.occurrence.key} is waiting already")
        self._serial += 1
        for strand in call.strands:
            strand.serial = self._serial
        self.calls.append(call)

    def find(self, key: OccurrenceKey) -> Call | None:
        """The call of an occurrence, or None."""
        return next((call for call in self.calls if call.occurrence.key == key), None)

    def waiting(self) -> list[Call]:
        """Calls of which nothing sounds, in the order of the ladder."""
        sounding = {id(each.strand.call) for each in self.on_air}
        calls = [call for call in self.calls if id(call) not in sounding]
        return sorted(calls, key=lambda call: min(strand.order for strand in call.strands))

    def stop(self, by: str, zones: Iterable[str] = (EVERYWHERE,)) -> list[Call]:
        """Silence now; cancel what waits there; latch until `resume`. Returns the calls that end with it."""
        self.conclude_ended()
        why = reason(ReasonCode.STOPPED, by=by)
        asked = frozenset(zones)
        everywhere = EVERYWHERE in asked
        ended = []
        with self._journal.together():
            for zone in [EVERYWHERE] if everywhere else sorted(asked):
                self._journal.set_mark(stop_mark(zone), by)
            for call in list(self.calls):
                lost = call.zones if everywhere else call.zones & asked
                if lost and self._withdraw(call, lost, why):
                    ended.append(call)
        return ended

    def _withdraw(self, call: Call, lost: frozenset[str], why: Reason) -> bool:
        """These zones hear no more of the call. True when no zone is left to it."""
        left = False
        for strand in list(call.strands):
            strand.withdrawn.update(dict.fromkeys(strand.zones & lost, why))
            on_air = self._sounding(strand)
            if strand.zones - strand.withdrawn.keys():
                left = True
                if on_air is not None and on_air in self.on_air:
                    self._withhold(on_air, dict.fromkeys(on_air.heard_in & lost, why))
            elif on_air is None:
                self._progress.finish(strand, Outcome.CANCELLED, why)
            else:
                on_air.cut(Outcome.CANCELLED, why, ends_strand=True)
        return not left

    def resume(self, zones: Iterable[str] = (EVERYWHERE,)) -> None:
        """Lift the STOP; without a zone also those of single zones."""
        for zone in zones:
            self._journal.set_mark(stop_mark(zone), None)
            if zone == EVERYWHERE:
                for name in self._journal.marks(stop_mark("")):
                    self._journal.set_mark(stop_mark(name), None)

    def skip(self, by: str, zones: Iterable[str] = (EVERYWHERE,)) -> bool:
        """Cut what is on air in these zones; its session goes on. False: nothing is on air there."""
        asked = frozenset(zones)
        heard = [each for each in self.on_air if EVERYWHERE in asked or each.heard_in & asked]
        why = reason(ReasonCode.SKIPPED, by=by)
        return any([each.cut(Outcome.CANCELLED, why, ends_strand=False) for each in heard])

    def cancel(self, key: OccurrenceKey, why: Reason) -> bool:
        """End one call, waiting or on air. False: it is neither."""
        self.conclude_ended()  # what has ended cannot be cut, and its next round must not begin
        call = self.find(key)
        if call is None:
            return False
        for strand in list(call.strands):
            on_air = self._sounding(strand)
            if on_air is None:
                self._progress.finish(strand, Outcome.CANCELLED, why)
            else:
                on_air.cut(Outcome.CANCELLED, why, ends_strand=True)
        return True

    def change_cues(self, key: OccurrenceKey, cues: tuple[Cue, ...]) -> None:
        """The rundown of a call was changed by hand. Harmless when it is not here."""
        call = self.find(key)
        if call is None:
            return
        on_air = {each.cue.id for each in (*self._lanes.fading, *self.on_air)}
        cut = {
            strand.cue.id for strand in call.strands if not strand.done and (strand.suspended_at or strand.resume_frame)
        }
        call.change_cues(cues, on_air | cut)
        for strand in [strand for strand in call.strands if strand.done and self._sounding(strand) is None]:
            self._progress.go_on(strand)

    def shut_down(self) -> None:
        """The program ends: cut what is on air. What waits keeps its place in the journal for the next start."""
        for each in list(self.on_air):
            each.cut(Outcome.PREEMPTED, reason(ReasonCode.SHUT_DOWN), ends_strand=False)

    def conclude(self) -> None:
        """Journal how everything on air ended, and begin nothing new."""
        self._give_verdicts([*self._lanes.fading, *self.on_air])

    def conclude_ended(self) -> None:
        """Verdicts for what sounds no more."""
        self._give_verdicts([each for each in (*self._lanes.fading, *self.on_air) if each.playback.state.final])

    @property
    def silent(self) -> bool:
        """Whether nothing sounds any more."""
        return all(each.playback.state.final for each in (*self._lanes.fading, *self.on_air))

    # --- one step ----------------------------------------------------------------------------------------------

    def step(self) -> float:
        """Do what is due. Returns station seconds after which to step again unless something happens before."""
        self._notice_losses()
        self._outputs.open_if_due()
        for each in self.on_air:
            if not each.playback.state.final:
                self._watch(each)
        with self._journal.together():
            self.conclude_ended()
            self._end_late()
            chosen = self._choosing.choose()
        for begun in chosen:
            self._play(begun)
        return self._wait_s()

    def _notice_losses(self) -> None:
        """What a card took away when it went: some zones, or all of the sound. Before the card is opened again."""
        for each in self.on_air:
            for zone, why in each.playback.lost.items():
                if zone in each.heard_in:
                    each.absent[zone] = reason_in_words(ReasonCode.OUTPUT_LOST, why)
            if each.playback.state is PlaybackState.LOST:
                each.output_failed = any(not self._outputs.health_of(zone).ok for zone in each.heard_in)
            else:
                each.heard_in -= each.playback.lost.keys()

    def _watch(self, on_air: OnAir) -> None:
        """Cut what plays if it must not go on; journal its position."""
        monotonic = self._clock.monotonic()
        if on_air.cut_as is None:
            if on_air.playback.frames_played == 0:
                if on_air.at is not None and (why := self.permission.moved_away(on_air)) is not None:
                    on_air.cut(Outcome.CANCELLED, why, ends_strand=True)
            elif (why := self.permission.must_end(on_air)) is not None:
                on_air.cut(Outcome.PARTLY_AIRED, why, ends_strand=True)
            elif closed := self.permission.closed(on_air):
                self._close_zones(on_air, closed)
            if not on_air.heard_in:
                self._suspend_unheard(on_air)
        if on_air.playback.state.final:
            return
        if not on_air.near_end and on_air.left_s <= self._near_end_s and on_air.playback.frames_played:
            on_air.near_end = True
            self._journal.progress(on_air.airing, on_air.playback.frames_played)
        elif monotonic >= on_air.next_progress:
            on_air.next_progress = monotonic + PROGRESS_S
            if on_air.clip.duration_s >= RESUMES_FROM_S:
                self._journal.progress(on_air.airing, on_air.playback.frames_played)

    def _close_zones(self, on_air: OnAir, closed: dict[str, Reason]) -> None:
        """The hours of some zones ended: they hear no more of the strand."""
        strand = on_air.strand
        strand.withdrawn.update(closed)
        if strand.zones - strand.withdrawn.keys():
            self._withhold(on_air, closed)
        else:
            on_air.cut(Outcome.PARTLY_AIRED, next(iter(closed.values())), ends_strand=True)

    def _withhold(self, on_air: OnAir, lost: dict[str, Reason]) -> None:
        """It is heard in these zones no more, but still in others, or it is suspended until it has others."""
        if lost:
            on_air.absent.update(lost)
            on_air.heard_in -= lost.keys()
            if on_air.heard_in:
                on_air.playback.route(on_air.heard_in)
            else:
                self._suspend_unheard(on_air)

    def _suspend_unheard(self, on_air: OnAir) -> None:
        """No zone hears it any more, one after the other was taken: it goes on later by its rule."""
        if on_air.cut_as is not None:
            return
        strand = on_air.strand
        gone = strand.zones - strand.withdrawn.keys() - on_air.refused
        missed = [on_air.absent[zone] for zone in sorted(gone) if zone in on_air.absent]
        taken = next((why for why in missed if why.code is ReasonCode.PREEMPTED), None)
        if taken is not None:
            on_air.cut(Outcome.PREEMPTED, taken, ends_strand=False)
            return
        on_air.output_failed = bool(missed)
        why = next(iter(missed or on_air.absent.values()), reason(ReasonCode.OUTPUT_STOPPED))
        outcome = Outcome.PARTLY_AIRED if on_air.playback.frames_played else Outcome.FAILED
        on_air.cut(outcome, why, ends_strand=False)

    # --- verdicts ----------------------------------------------------------------------------------------------

    def _sounding(self, strand: Strand) -> OnAir | None:
        """What of it is on air or fading out."""
        return next((each for each in (*self._lanes.fading, *self.on_air) if each.strand is strand), None)

    def _give_verdicts(self, ended: list[OnAir]) -> None:
        if ended:
            with self._journal.together():
                for each in ended:
                    self._give_verdict(each)

    def _give_verdict(self, on_air: OnAir) -> None:
        """Journal how the cue ended and decide how its strand goes on."""
        (self._lanes.fading if on_air in self._lanes.fading else self.on_air).remove(on_air)
        strand, playback = on_air.strand, on_air.playback
        frames = playback.frames_played
        strand.used_s += frames / STATION_RATE_HZ
        whole = on_air.verdict()
        deliveries = on_air.deliveries(self._clock, whole)
        outcome, why = overall(whole, deliveries)
        self._journal.end_airing(
            on_air.airing,
            outcome,
            why,
            frames=frames,
            started_at=wall_time(self._clock, playback.started_monotonic) if frames else None,
            underruns=playback.underruns,
            level_dbfs=playback.level_dbfs,
            deliveries=deliveries,
        )
        if on_air.output_failed:
            strand.losses += 1
            if self._progress.may_try_again(strand):
                on_air.suspend(self._clock.now(), deliveries)
                return
        if outcome is Outcome.PREEMPTED:
            on_air.suspend(self._clock.now(), deliveries)
            return
        heard = whole[0] is Outcome.AIRED
        if outcome is Outcome.AIRED and strand.missed:
            outcome, why = Outcome.PARTLY_AIRED, zones_missed(strand.missed)
        self._progress.had_turn(strand, on_air.cue, outcome, why, heard=heard)
        if on_air.ends_strand:
            # The cut may have come with the last sample: the cue has aired then, and the cut's reason is the rest's.
            self._progress.finish(strand, Outcome.CANCELLED, on_air.cut_as[1] if on_air.cut_as else why)
        else:
            self._progress.go_on(strand)

    # --- playing ------------------------------------------------------------------------------------------------

    def _end_late(self) -> None:
        """Where there is no output nothing airs, but what has become too late gets its row."""
        available = self._outputs.available()
        for strand in [strand for call in self.calls for strand in call.strands]:
            if (strand.zones - strand.withdrawn.keys()) & available or self._sounding(strand) is not None:
                continue
            late = self.permission.too_late(strand)
            if late is not None:
                no_output = reason_in_words(ReasonCode.NO_OUTPUT, self._outputs.trouble)
                self._progress.finish(strand, Outcome.MISSED, late.after(late.because or no_output))

    def _play(self, chosen: Chosen) -> None:
        """The row is on the disk: let the sound out."""
        occurrence = chosen.strand.occurrence
        job = Job(
            source=chosen.clip,
            start_frame=chosen.start_frame,
            at=chosen.at,
            zones=tuple(sorted(chosen.strand.zones)),
            routed=tuple(sorted(chosen.heard_in)),
            occurrence=occurrence.key,
            item=chosen.item,
            level=occurrence.level,
        )
        try:
            playback = self._outputs.play(job, self._on_change)
        except SpeakerError as problem:
            self._could_not_play(chosen, problem)
            return
        self.on_air.append(
            OnAir(
                strand=chosen.strand,
                cue=chosen.cue,
                clip=chosen.clip,
                item=chosen.item,
                airing=chosen.airing,
                playback=playback,
                outputs=chosen.outputs,
                heard_in=chosen.heard_in,
                absent=chosen.absent,
                refused=chosen.refused,
                start_frame=chosen.start_frame,
                at=chosen.at,
                next_progress=self._clock.monotonic() + PROGRESS_S,
            )
        )

    def _could_not_play(self, chosen: Chosen, problem: SpeakerError) -> None:
        strand, why = chosen.strand, reason_of(ReasonCode.OUTPUT_LOST, problem)
        with self._journal.together():
            self._journal.end_airing(chosen.airing, Outcome.FAILED, why)
            strand.losses += 1
            if not self._progress.may_try_again(strand):
                self._progress.had_turn(strand, chosen.cue, Outcome.FAILED, why)
                self._progress.go_on(strand)
        self._on_change()

    # --- time --------------------------------------------------------------------------------------------------

    def _wait_s(self) -> float:
        """Until the next thing that happens by time alone."""
        waits = [LONGEST_WAIT_S]
        monotonic = self._clock.monotonic()
        for on_air in self.on_air:
            if on_air.clip.duration_s >= RESUMES_FROM_S:
                waits.append(on_air.next_progress - monotonic)
            if not on_air.near_end and on_air.playback.state is PlaybackState.PLAYING:
                waits.append(on_air.left_s - self._near_end_s + WAKE_MARGIN_S)
            if on_air.at is not None and (last_look := on_air.at - LAST_LOOK_S * self._clock.speed) > monotonic:
                waits.append(last_look - monotonic)
            if on_air.cut_as is None:
                waits.extend(self.permission.bounds_s(on_air))
        strands = [strand for call in self.calls for strand in call.strands]
        rests = [strand.not_before - monotonic for strand in strands if strand.not_before is not None]
        waits.extend(rest for rest in rests if rest > 0)
        retry = self._outputs.wait_s()
        if retry is not None:
            waits.append(retry)
        # Never zero: what is due at this very moment has been done, and a loop that does not wait stops the clock.
        return max(WAKE_MARGIN_S, min(waits))
