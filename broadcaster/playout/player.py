"""The one player. A state machine stepped by the station's loop; it never blocks and owns no thread.

One step, in this order:
1. playbacks that ended get their verdicts; what must not go on is cut (STOP, a maximum, the end of the allowed hours);
2. the director says who may sound where. Lanes that something more urgent takes are taken at once: what loses its last
   lane is cut and fades beneath the beginning of the other, what keeps some is heard in these only;
3. every strand that may begin is asked for its next cue; late, refused and unplayable cues get their rows, until
   something may air or nothing is left;
4. *on air* is committed, together with the verdicts of step 1, before the first sample goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError
from broadcaster.journal import Journal
from broadcaster.model import EVERYWHERE, STATION_RATE_HZ, Clip, Cue, OccurrenceKey, Outcome, Place, State
from broadcaster.playout.bank import OutputBank
from broadcaster.playout.call import Call, Clips, Manner, Strand
from broadcaster.playout.director import Claim, Decision, Director
from broadcaster.playout.gate import Gate
from broadcaster.playout.onair import RESUMES_FROM_S, OnAir, near_end_s, overall, wall_time
from broadcaster.playout.permission import Permission, stop_mark
from broadcaster.playout.progress import Progress
from broadcaster.reasons import Reason, ReasonCode, reason, reason_in_words, reason_of
from broadcaster.speakers import Job, PlaybackState

PROGRESS_S = 5.0
"""How often the position of a clip on air is journalled: what a power cut can lose of a long recording."""
PATIENCE_S = 60.0
"""Real seconds that a cue waits for a clip which is being rendered (a station started just before its session)."""
ASK_AGAIN_S = 0.2
"""Real seconds between two looks for such a clip."""
LAST_LOOK_S = 0.25
"""Real seconds before the first sample of what is armed at which the wall clock is looked at once more."""
WAKE_MARGIN_S = 0.001
"""Wake just after a bound that is compared with "at most", so that one wake is enough."""
LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """What the director, the gate and the cache agreed on; its *on air* row is written."""

    strand: Strand
    cue: Cue
    clip: Clip
    item: str
    airing: int
    outputs: dict[str, str]
    heard_in: frozenset[str]
    absent: dict[str, Reason]
    start_frame: int
    at: float | None


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
        self._director = director
        self._clips = clips
        self._on_change = on_change
        self._near_end_s = near_end_s(clock)
        self.permission = Permission(clock=clock, journal=journal, gate=gate, late_rule=lateness, clips=clips)
        self._progress = Progress(clock, journal, self.permission)
        self.calls: list[Call] = []
        """Everything that waits or sounds."""
        self.on_air: list[OnAir] = []
        self._fading: list[OnAir] = []
        """Cut, and still sounding beneath the beginning of something else; without a verdict yet."""
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
                self._cut(on_air, Outcome.CANCELLED, why, ends_strand=True)
        self._forget_finished()
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
        return any([self._cut(each, Outcome.CANCELLED, why, ends_strand=False) for each in heard])

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
                self._cut(on_air, Outcome.CANCELLED, why, ends_strand=True)
        self._forget_finished()
        return True

    def change_cues(self, key: OccurrenceKey, cues: tuple[Cue, ...]) -> None:
        """The rundown of a call was changed by hand. Harmless when it is not here."""
        call = self.find(key)
        if call is None:
            return
        on_air = {each.cue.id for each in (*self._fading, *self.on_air)}
        cut = {strand.cue.id for strand in call.strands if not strand.done and strand.suspended_at is not None}
        call.change_cues(cues, on_air | cut)
        for strand in [strand for strand in call.strands if strand.done and self._sounding(strand) is None]:
            self._progress.go_on(strand)
        self._forget_finished()

    def shut_down(self) -> None:
        """The program ends: cut what is on air. What waits keeps its place in the journal for the next start."""
        for each in list(self.on_air):
            self._cut(each, Outcome.PREEMPTED, reason(ReasonCode.SHUT_DOWN), ends_strand=False)

    def conclude(self) -> None:
        """Journal how everything on air ended, and begin nothing new."""
        self._give_verdicts([*self._fading, *self.on_air])

    def conclude_ended(self) -> None:
        """Verdicts for what sounds no more."""
        self._give_verdicts([each for each in (*self._fading, *self.on_air) if each.playback.state.final])

    @property
    def silent(self) -> bool:
        """Whether nothing sounds any more."""
        return all(each.playback.state.final for each in (*self._fading, *self.on_air))

    # --- one step ----------------------------------------------------------------------------------------------

    def step(self) -> float:
        """Do what is due. Returns station seconds after which to step again unless something happens before."""
        self._notice_losses()
        self._outputs.open_if_due()
        for each in self.on_air:
            if not each.playback.state.final:
                self._watch(each)
        found: dict[Strand, Clip | None] = {}
        with self._journal.together():
            self.conclude_ended()
            self._end_late()
            self._take_lanes(found)
            chosen = self._choose(found)
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
                    self._cut(on_air, Outcome.CANCELLED, why, ends_strand=True)
            elif (why := self.permission.must_end(on_air)) is not None:
                self._cut(on_air, Outcome.PARTLY_AIRED, why, ends_strand=True)
            elif closed := self.permission.closed(on_air):
                self._close_zones(on_air, closed)
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
        on_air.strand.withdrawn.update(closed)
        if on_air.heard_in - closed.keys():
            self._withhold(on_air, closed)
        else:
            self._cut(on_air, Outcome.PARTLY_AIRED, next(iter(closed.values())), ends_strand=True)

    def _withhold(self, on_air: OnAir, lost: dict[str, Reason]) -> None:
        """It is heard in these zones no more, but still in others."""
        if lost:
            on_air.absent.update(lost)
            on_air.heard_in -= lost.keys()
            on_air.playback.route(on_air.heard_in)

    def _cut(self, on_air: OnAir, outcome: Outcome, why: Reason, *, ends_strand: bool) -> bool:
        if on_air.playback.state.final:
            return False
        # A later and stronger cause (STOP during a pre-emption's fade) replaces the verdict.
        on_air.cut_as = (outcome, why)
        on_air.ends_strand = on_air.ends_strand or ends_strand
        on_air.playback.cut()
        return True

    # --- lanes -------------------------------------------------------------------------------------------------

    def _take_lanes(self, found: dict[Strand, Clip | None]) -> None:
        """Route and cut what sounds as the director says. `found` remembers the clips that were looked up."""
        claims = self._claims(found)
        decision = self._decide(claims)
        strands = {id(each.strand): each for each in self.on_air}
        for number, zones in decision.route.items():
            if strands[number].cut_as is None:
                self._route(strands[number], zones, decision, claims)
        for number, by in decision.cut.items():
            on_air = strands[number]
            if on_air.cut_as is None:
                why = reason(ReasonCode.PREEMPTED, by=claims[by].occurrence.title)
                self._cut(on_air, Outcome.PREEMPTED, why, ends_strand=False)
            self.on_air.remove(on_air)
            self._fading.append(on_air)

    def _route(self, on_air: OnAir, zones: frozenset[str], decision: Decision, claims: dict[int, Strand]) -> None:
        for zone, taker in decision.taken.get(id(on_air.strand), {}).items():
            on_air.absent[zone] = reason(ReasonCode.PREEMPTED, by=claims[taker].occurrence.title)
        for zone in zones - on_air.heard_in:
            before, now = on_air.outputs.get(zone, ""), self._outputs.spec_of(zone)
            on_air.outputs[zone] = now if before in ("", now) else f"{before},{now}"
        on_air.heard_in = zones
        on_air.playback.route(zones)

    def _decide(self, strands: dict[int, Strand]) -> Decision:
        return self._director.decide([self._claim(strand) for strand in strands.values()], self._outputs.available())

    def _claims(self, found: dict[Strand, Clip | None]) -> dict[int, Strand]:
        """Strands that the director is to know of. One that could not air even with its lanes free takes none."""
        monotonic = self._clock.monotonic()
        fading = {each.strand for each in self._fading}
        sounding = [each for each in self.on_air if not each.playback.state.final]
        claims = {}
        for strand in (strand for call in self.calls for strand in call.strands):
            if strand in fading or not (strand.ready_at(monotonic) or strand.rests_at(monotonic)):
                continue
            waits = all(each.strand is not strand for each in sounding)
            if waits and self._would_cut(strand, sounding) and not self._provable(strand, found):
                continue
            claims[id(strand)] = strand
        return claims

    def _would_cut(self, strand: Strand, sounding: list[OnAir]) -> bool:
        """Whether something less urgent sounds where it wants to break in."""
        if not _breaks_in(strand):
            return False
        area = frozenset(near for zone in strand.zones for near in self._director.area(zone))
        return any(each.strand.call.rank > strand.call.rank and each.heard_in & area for each in sounding)

    def _provable(self, strand: Strand, found: dict[Strand, Clip | None]) -> bool:
        """Before anything is cut: the next sound exists whole and the gate lets it pass somewhere."""
        clip = self._find(strand, found)
        if clip is None:
            return False
        zones = strand.zones - strand.withdrawn.keys()
        return len(self.permission.refusals(strand, clip, zones)) < len(zones)

    def _find(self, strand: Strand, found: dict[Strand, Clip | None]) -> Clip | None:
        """The clip of its next cue, looked up once in a step."""
        if strand not in found:
            found[strand] = None if strand.problem is not None else self._clips.find(strand.cue)
        return found[strand]

    def _claim(self, strand: Strand) -> Claim:
        on_air = next((each for each in self.on_air if each.strand is strand), None)
        cutting = on_air is not None and on_air.cut_as is not None
        monotonic = self._clock.monotonic()
        zones = strand.zones - strand.withdrawn.keys()
        return Claim(
            id=id(strand),
            order=strand.order,
            rank=strand.call.rank,
            zones=on_air.heard_in if on_air is not None and cutting else zones,
            heard_in=on_air.heard_in if on_air is not None else frozenset(),
            sounding=on_air is not None and not on_air.playback.state.final,
            resting=strand.rests_at(monotonic),
            breaks_in=_breaks_in(strand),
            needs_all=strand.call.manner is Manner.TOGETHER and not strand.begun,
        )

    # --- verdicts ----------------------------------------------------------------------------------------------

    def _sounding(self, strand: Strand) -> OnAir | None:
        """What of it is on air or fading out."""
        return next((each for each in (*self._fading, *self.on_air) if each.strand is strand), None)

    def _give_verdicts(self, ended: list[OnAir]) -> None:
        if ended:
            with self._journal.together():
                for each in ended:
                    self._give_verdict(each)
                self._forget_finished()

    def _give_verdict(self, on_air: OnAir) -> None:
        """Journal how the cue ended and decide how its strand goes on."""
        (self._fading if on_air in self._fading else self.on_air).remove(on_air)
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
                on_air.suspend(self._clock.now())
                return
        if outcome is Outcome.PREEMPTED:
            on_air.suspend(self._clock.now())
            return
        self._progress.had_turn(strand, on_air.cue, outcome, why)
        if on_air.ends_strand:
            self._progress.finish(strand, Outcome.CANCELLED, why)
        else:
            self._progress.go_on(strand)

    def _forget_finished(self) -> None:
        self.calls = [call for call in self.calls if call.strands]

    # --- choosing ----------------------------------------------------------------------------------------------

    def _choose(self, found: dict[Strand, Clip | None]) -> list[_Chosen]:
        """Everything that may begin now, with *on air* rows; rows for everything passed over."""
        chosen: list[_Chosen] = []
        tried: set[Strand] = set()
        while True:
            claims = {k: s for k, s in self._claims(found).items() if s not in tried}
            decision = self._decide_with(claims, chosen)
            begin = [claims[number] for number in decision.begin if number in claims]
            if not begin:
                return chosen
            strand = min(begin, key=lambda each: each.order)
            entered = self._begin(strand, decision.begin[id(strand)], found)
            if entered is not None:
                chosen.append(entered)
                tried.add(strand)
            found.pop(strand, None)
            self._forget_finished()

    def _decide_with(self, strands: dict[int, Strand], chosen: list[_Chosen]) -> Decision:
        """The director's word when what was chosen in this step sounds already."""
        claims = [self._claim(strand) for strand in strands.values()]
        claims += [
            Claim(
                id=id(each.strand),
                order=each.strand.order,
                rank=each.strand.call.rank,
                zones=each.heard_in,
                heard_in=each.heard_in,
                sounding=True,
            )
            for each in chosen
        ]
        return self._director.decide(claims, self._outputs.available())

    def _begin(self, strand: Strand, zones: frozenset[str], found: dict[Strand, Clip | None]) -> _Chosen | None:
        """Put its next cue on air in these zones; or give the rows that say why not, and None."""
        late = self.permission.too_late(strand)
        if late is not None:
            self._progress.finish(strand, Outcome.MISSED, late)
            return None
        problem = strand.problem
        clip = self._find(strand, found)
        if clip is None and problem is None and self._worth_waiting(strand):
            return None
        if clip is None:
            outcome, why = problem or (Outcome.FAILED, self._clips.why_not(strand.cue))
            self._progress.pass_over(strand, outcome, why)
            self._progress.go_on(strand)
            return None
        refused = self.permission.refusals(strand, clip, zones)
        if len(refused) < len(zones):
            return self._put_on_air(strand, clip, zones - refused.keys(), refused)
        why = next(iter(refused.values()))
        if strand.used_s >= strand.occurrence.max_minutes * 60 or why.code is ReasonCode.STOP_LATCHED:
            self._progress.finish(strand, Outcome.CANCELLED, why)
        else:
            self._progress.pass_over(strand, Outcome.CANCELLED, why)
            self._progress.go_on(strand)
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

    def _end_late(self) -> None:
        """Where there is no output nothing airs, but what has become too late gets its row."""
        available = self._outputs.available()
        for strand in [strand for call in self.calls for strand in call.strands]:
            if strand.zones & available or self._sounding(strand) is not None:
                continue
            late = self.permission.too_late(strand)
            if late is not None:
                no_output = reason_in_words(ReasonCode.NO_OUTPUT, self._outputs.trouble)
                self._progress.finish(strand, Outcome.MISSED, late.after(late.because or no_output))
        self._forget_finished()

    def _put_on_air(self, strand: Strand, clip: Clip, zones: frozenset[str], refused: dict[str, Reason]) -> _Chosen:
        now = self._clock.now()
        wait_s = self.permission.wait_s(strand, now)
        if not strand.begun and strand.call.manner is not Manner.TOGETHER:
            later = strand.zones - zones - refused.keys() - strand.withdrawn.keys()
            if later:
                strand.split(later)
        if not strand.call.begun:
            self._journal.set_state(strand.occurrence.key, State.ON_AIR)
            strand.call.begun = True
        strand.begun = True
        outputs = {zone: self._outputs.spec_of(zone) for zone in sorted(zones)}
        absent = {**strand.withdrawn, **refused, **self._why_absent(strand, zones | refused.keys())}
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
        return _Chosen(
            strand=strand,
            cue=strand.cue,
            clip=clip,
            item=strand.item,
            airing=airing,
            outputs=outputs,
            heard_in=zones,
            absent=absent,
            start_frame=strand.resume_frame,
            at=self._clock.monotonic() + wait_s if wait_s > 0 else None,
        )

    def _why_absent(self, strand: Strand, told: frozenset[str]) -> dict[str, Reason]:
        """Zones of the strand in which the cue does not begin: another voice is there, or no output."""
        available = self._outputs.available()
        absent = {}
        for zone in strand.zones - told - strand.withdrawn.keys():
            if zone not in available:
                absent[zone] = reason_in_words(ReasonCode.NO_OUTPUT, self._outputs.health_of(zone).text)
                continue
            area = self._director.area(zone)
            other = next((each for each in self.on_air if each.heard_in & area and each.strand is not strand), None)
            by = other.strand.occurrence.title if other is not None else ""
            absent[zone] = reason(ReasonCode.PREEMPTED, by=by)
        return absent

    def _play(self, chosen: _Chosen) -> None:
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
                start_frame=chosen.start_frame,
                at=chosen.at,
                next_progress=self._clock.monotonic() + PROGRESS_S,
            )
        )

    def _could_not_play(self, chosen: _Chosen, problem: SpeakerError) -> None:
        strand, why = chosen.strand, reason_of(ReasonCode.OUTPUT_LOST, problem)
        with self._journal.together():
            self._journal.end_airing(chosen.airing, Outcome.FAILED, why)
            strand.losses += 1
            if not self._progress.may_try_again(strand):
                self._progress.had_turn(strand, chosen.cue, Outcome.FAILED, why)
                self._progress.go_on(strand)
                self._forget_finished()
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


def _breaks_in(strand: Strand) -> bool:
    return strand.call.place is Place.NOW
