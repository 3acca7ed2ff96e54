"""The one player. A state machine stepped by the station's loop; it never blocks and owns no thread.

One step, in this order:
1. the playback that ended gets its verdict; or, while it plays, whoever must cut it (STOP, something more urgent, the
   session's maximum, the end of the allowed hours) does;
2. with nothing on air, the queue's best entry is asked for its next part; late, refused and unplayable parts get their
   rows, until something may air or nothing is left;
3. *on air* is committed, together with the verdict of step 1, before the first sample goes out.

What is cut for something urgent is not waited for where the output can mix: it fades out beneath the first 30 ms of the
emergency, and its verdict follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError
from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Clip, OccurrenceKey, Outcome, State
from broadcaster.playout.entry import Entry
from broadcaster.playout.gate import Gate
from broadcaster.playout.onair import RESUMES_FROM_S, OnAir, near_end_s
from broadcaster.playout.outputs import Outputs
from broadcaster.playout.permission import Permission
from broadcaster.playout.queue import PlayQueue
from broadcaster.playout.turns import Turns
from broadcaster.speakers import Job, PlaybackState, words_of
from broadcaster.speakers.zone import EVERYWHERE

PROGRESS_S = 5.0
"""How often the position of a clip on air is journalled: what a power cut can lose of a long recording."""
PATIENCE_S = 60.0
"""Real seconds that a part waits for a clip which is being rendered (a station started just before its session)."""
ASK_AGAIN_S = 0.2
"""Real seconds between two looks for such a clip."""
LAST_LOOK_S = 0.25
"""Real seconds before the first sample of what is armed at which the wall clock is looked at once more."""
WAKE_MARGIN_S = 0.001
"""Wake just after a bound that is compared with "at most", so that one wake is enough."""
LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """What the queue, the gate and the cache agreed on."""

    entry: Entry
    clip: Clip
    item: str
    airing: int
    start_frame: int
    at: float | None


class Player:
    """See the module's docstring. Every method must be called from the station's one thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        outputs: Outputs,
        journal: Journal,
        gate: Gate,
        lateness: Callable[[Entry, datetime], str | None],
        approved: Callable[[str, Clip], bool],
        on_change: Callable[[], None],
    ) -> None:
        """`lateness(entry, now)`: why an entry that has not begun may no longer do so; its verdict follows the answer.
        `approved(script, clip)`: whether exactly this sound may air.
        `on_change` is called from any thread when the loop should step again."""
        self._clock = clock
        self._outputs = outputs
        self._journal = journal
        self._on_change = on_change
        self._near_end_s = near_end_s(clock)
        self.queue = PlayQueue()
        self._turns = Turns(clock, journal, self.queue)
        self.permission = Permission(
            clock=clock, journal=journal, gate=gate, turns=self._turns, late_rule=lateness, approved=approved
        )
        self.on_air: OnAir | None = None
        self._fading: list[OnAir] = []
        """Cut, still sounding beneath the beginning of what is on air; without a verdict yet."""

    # --- what the station asks ---------------------------------------------------------------------------------

    def add(self, entry: Entry) -> None:
        """Let an occurrence wait for its turn."""
        self.queue.add(entry)

    def stop(self, by: str) -> None:
        """Silence now; cancel what waits; latch until `resume`."""
        self.conclude_ended()
        reason = f"lệnh DỪNG của {by}"
        with self._journal.together():
            self._journal.set_mark("stop", by)
            for entry in list(self.queue):
                if not self._sounding(entry):
                    self._turns.finish(entry, Outcome.CANCELLED, reason)
        for faded in self._fading:
            faded.cut_as, faded.ends_entry = (Outcome.CANCELLED, reason), True
        self._cut(Outcome.CANCELLED, reason, ends_entry=True)

    def resume(self) -> None:
        """Lift the STOP."""
        self._journal.set_mark("stop", None)

    def skip(self, by: str) -> bool:
        """Cut the item on air; its session goes on. False: nothing is on air."""
        return self._cut(Outcome.CANCELLED, f"{by} cho bỏ qua mục này", ends_entry=False)

    def cancel(self, key: OccurrenceKey, reason: str) -> bool:
        """End one occurrence, waiting or on air. False: it is neither."""
        self.conclude_ended()  # what has ended cannot be cut, and its next round must not begin
        entry = self.queue.find(key)
        if entry is None:
            return False
        if self.on_air is not None and self.on_air.entry is entry:
            return self._cut(Outcome.CANCELLED, reason, ends_entry=True)
        for faded in self._fading:
            if faded.entry is entry:
                faded.cut_as, faded.ends_entry = (Outcome.CANCELLED, reason), True
                return True
        self._turns.finish(entry, Outcome.CANCELLED, reason)
        return True

    def shut_down(self, reason: str) -> None:
        """The program ends: cut what is on air. What waits keeps its place in the journal for the next start."""
        self._cut(Outcome.PREEMPTED, reason, ends_entry=False)

    def conclude(self) -> None:
        """Journal how the item on air ended, and choose nothing new."""
        self._give_verdicts(self._all_on_air())

    # --- one step ----------------------------------------------------------------------------------------------

    def step(self) -> float:
        """Do what is due. Returns station seconds after which to step again unless something happens before."""
        self._outputs.open_if_due(idle=not self._all_on_air())
        self._give_verdicts([faded for faded in self._fading if faded.playback.state.final])
        on_air = self.on_air
        if on_air is not None and not on_air.playback.state.final:
            self._watch(on_air)
            if not on_air.playback.state.final and not self._makes_room(on_air):
                return self._wait_s()
        with self._journal.together():
            if self.on_air is not None:
                self._give_verdict(self.on_air)
            speaker = self._outputs.current
            chosen = None
            if speaker is None:
                self._let_late_go()
            else:
                chosen = self._choose()
        if chosen is not None:
            self._play(chosen)
        return self._wait_s()

    def _makes_room(self, on_air: OnAir) -> bool:
        """Leave what was cut for something urgent to fade out by itself, where the output can mix it with the next:
        that saves waiting for the card's next buffer, and for the word that it is cut."""
        speaker = self._outputs.current
        if not on_air.gives_way or speaker is None or not speaker.mixes_fade:
            return False
        self._fading.append(on_air)
        self.on_air = None
        return True

    def conclude_ended(self) -> None:
        """Verdicts for what sounds no more."""
        self._give_verdicts([each for each in self._all_on_air() if each.playback.state.final])

    def _give_verdicts(self, ended: list[OnAir]) -> None:
        if ended:
            with self._journal.together():
                for each in ended:
                    self._give_verdict(each)

    def _all_on_air(self) -> list[OnAir]:
        """What has no verdict yet."""
        return [*self._fading, *([] if self.on_air is None else [self.on_air])]

    def _sounding(self, entry: Entry) -> bool:
        """Whether a part of it is on air or fading out."""
        return any(each.entry is entry for each in self._all_on_air())

    def _watch(self, on_air: OnAir) -> None:
        """Cut what plays if it must not go on."""
        monotonic = self._clock.monotonic()
        if on_air.cut_as is None:
            rivals = self.queue.rivals(on_air.entry, monotonic)
            rival = next((rival for rival in rivals if self._provable(rival)), None)
            if rival is not None:
                self._cut(Outcome.PREEMPTED, f"nhường cho «{rival.occurrence.title}»", ends_entry=False)
                on_air.gives_way = True
            elif on_air.playback.frames_played == 0:
                if on_air.at is not None and (why := self.permission.moved_away(on_air)) is not None:
                    self._cut(Outcome.CANCELLED, why, ends_entry=True)
            elif (why := self.permission.must_end(on_air)) is not None:
                self._cut(Outcome.PARTLY_AIRED, why, ends_entry=True)
        if on_air.playback.state.final:
            return
        if not on_air.near_end and on_air.left_s <= self._near_end_s and on_air.playback.frames_played:
            on_air.near_end = True
            self._journal.progress(on_air.airing, on_air.playback.frames_played)
        elif monotonic >= on_air.next_progress:
            on_air.next_progress = monotonic + PROGRESS_S
            if on_air.clip.duration_s >= RESUMES_FROM_S:
                self._journal.progress(on_air.airing, on_air.playback.frames_played)

    def _provable(self, rival: Entry) -> bool:
        """Before anything is cut: the next sound exists whole and the gate lets it pass."""
        clip = rival.part.find() if not rival.part.problem else None
        return clip is not None and self.permission.refusal(rival, clip) is None

    def _cut(self, outcome: Outcome, reason: str, *, ends_entry: bool) -> bool:
        on_air = self.on_air
        if on_air is None or on_air.playback.state.final:
            return False
        # A later and stronger cause (STOP during a pre-emption's fade) replaces the verdict.
        on_air.cut_as = (outcome, reason)
        on_air.ends_entry = on_air.ends_entry or ends_entry
        on_air.playback.cut()
        return True

    # --- verdicts ----------------------------------------------------------------------------------------------

    def _give_verdict(self, on_air: OnAir) -> None:
        """Journal how the item ended and decide how its entry goes on."""
        if on_air in self._fading:
            self._fading.remove(on_air)
        else:
            self.on_air = None
        entry, playback = on_air.entry, on_air.playback
        frames = playback.frames_played
        entry.used_s += frames / STATION_RATE_HZ
        outcome, reason = on_air.verdict()
        self._journal.end_airing(
            on_air.airing,
            outcome,
            reason,
            frames=frames,
            started_at=self._wall(playback.started_monotonic) if frames else None,
            underruns=playback.underruns,
            level_dbfs=playback.level_dbfs,
        )
        lost = playback.state is PlaybackState.LOST
        if lost and not self._outputs.health().ok:
            self._outputs.lost(playback.reason)
            if self._turns.output_lost(entry):
                on_air.suspend(self._clock.now())
                return
        if outcome is Outcome.PREEMPTED:
            on_air.suspend(self._clock.now())
            return
        self._turns.had_turn(entry, outcome, reason)
        if on_air.ends_entry:
            self._turns.finish(entry, Outcome.CANCELLED, reason)
        else:
            self._turns.go_on(entry)

    # --- choosing ----------------------------------------------------------------------------------------------

    def _choose(self) -> _Chosen | None:
        """The next thing that may air, with its *on air* row written; rows for everything passed over."""
        while (entry := self.queue.best(self._clock.monotonic())) is not None and not self._sounding(entry):
            late = self.permission.too_late(entry)
            if late is not None:
                self._turns.finish(entry, Outcome.MISSED, late)
                continue
            part = entry.part
            clip = None if part.problem else part.find()
            if clip is None and not part.problem and self._worth_waiting(entry):
                continue
            if clip is None:
                self._turns.pass_over(entry, part.problem_outcome, part.problem or part.trouble())
            elif (refusal := self.permission.refusal(entry, clip)) is not None:
                if entry.used_s >= entry.occurrence.max_minutes * 60 or self.permission.stop_latched:
                    self._turns.finish(entry, Outcome.CANCELLED, refusal)
                    continue
                self._turns.pass_over(entry, Outcome.CANCELLED, refusal)
            else:
                return self._put_on_air(entry, clip)
            self._turns.go_on(entry)
        return None

    def _worth_waiting(self, entry: Entry) -> bool:
        """The next clip is being rendered: let the entry rest for a moment, but not for ever."""
        now = self._clock.monotonic()
        if not entry.part.pending():
            return False
        entry.waits_since = now if entry.waits_since is None else entry.waits_since
        if now - entry.waits_since > PATIENCE_S * self._clock.speed:
            return False
        entry.not_before = now + ASK_AGAIN_S * self._clock.speed
        return True

    def _let_late_go(self) -> None:
        """Without an output nothing airs, but what has become too late gets its row."""
        for entry in list(self.queue):
            late = self.permission.too_late(entry)
            if late is not None:
                self._turns.finish(entry, Outcome.MISSED, f"{late}; {self._outputs.trouble.vi}")

    def _put_on_air(self, entry: Entry, clip: Clip) -> _Chosen:
        now = self._clock.now()
        wait_s = self.permission.wait_s(entry, now)
        if not entry.begun:
            self._journal.set_state(entry.occurrence.key, State.ON_AIR)
            entry.begun = True
        airing = self._journal.begin_airing(
            entry.occurrence,
            entry.item_name,
            script=entry.part.script,
            clip=clip,
            started_at=now + timedelta(seconds=max(0.0, wait_s)),
            start_frame=entry.resume_frame,
        )
        return _Chosen(
            entry=entry,
            clip=clip,
            item=entry.item_name,
            airing=airing,
            start_frame=entry.resume_frame,
            at=self._clock.monotonic() + wait_s if wait_s > 0 else None,
        )

    def _play(self, chosen: _Chosen) -> None:
        """The row is on the disk: let the sound out."""
        speaker = self._outputs.current
        assert speaker is not None, "chosen without an output"
        occurrence = chosen.entry.occurrence
        job = Job(
            source=chosen.clip,
            start_frame=chosen.start_frame,
            at=chosen.at,
            zones=tuple(speaker.zones) if occurrence.zone == EVERYWHERE else (occurrence.zone,),
            occurrence=occurrence.key,
            item=chosen.item,
            level=occurrence.level,
        )
        try:
            playback = speaker.play(job, self._on_change)
        except SpeakerError as problem:
            with self._journal.together():
                self._journal.end_airing(chosen.airing, Outcome.FAILED, problem.line())
                if not self._turns.output_lost(chosen.entry):
                    self._turns.had_turn(chosen.entry, Outcome.FAILED, problem.line())
                    self._turns.go_on(chosen.entry)
            self._outputs.lost(words_of(problem))
            self._on_change()
            return
        self.on_air = OnAir(
            entry=chosen.entry,
            clip=chosen.clip,
            item=chosen.item,
            airing=chosen.airing,
            playback=playback,
            start_frame=chosen.start_frame,
            at=chosen.at,
            next_progress=self._clock.monotonic() + PROGRESS_S,
        )

    # --- time --------------------------------------------------------------------------------------------------

    def _wall(self, monotonic: float | None) -> datetime | None:
        if monotonic is None:
            return None
        return self._clock.now() - timedelta(seconds=self._clock.monotonic() - monotonic)

    def _wait_s(self) -> float:
        """Until the next thing that happens by time alone."""
        waits = [LONGEST_WAIT_S]
        monotonic = self._clock.monotonic()
        on_air = self.on_air
        if on_air is not None:
            if on_air.clip.duration_s >= RESUMES_FROM_S:
                waits.append(on_air.next_progress - monotonic)
            if not on_air.near_end and on_air.playback.state is PlaybackState.PLAYING:
                waits.append(on_air.left_s - self._near_end_s + WAKE_MARGIN_S)
            if on_air.at is not None and (last_look := on_air.at - LAST_LOOK_S * self._clock.speed) > monotonic:
                waits.append(last_look - monotonic)
            if on_air.cut_as is None:
                waits.extend(self.permission.bounds_s(on_air))
        else:
            rests = [entry.not_before - monotonic for entry in self.queue if entry.not_before is not None]
            waits.extend(rest for rest in rests if rest > 0)
            retry = self._outputs.wait_s()
            if retry is not None:
                waits.append(retry)
        # Never zero: what is due at this very moment has been done, and a loop that does not wait stops the clock.
        return max(WAKE_MARGIN_S, min(waits))

    def waiting(self) -> list[Entry]:
        """What waits, in order, without what is on air."""
        return [entry for entry in self.queue if self.on_air is None or entry is not self.on_air.entry]
