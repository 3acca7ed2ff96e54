"""Random histories of a station with zones on the real player, and what must hold of each.

A station keeps its zones, cards and neighbourhoods over several histories, one a day, as a real one does. Everything
that goes wrong is a sentence in the list that `Lanes.history` returns.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import datetime, time, timedelta
from random import Random

from broadcaster.errors import Words
from broadcaster.model import STATION_RATE_HZ, Airing, Level, Outcome
from broadcaster.playout import Call, Manner, OnAir, Strand
from broadcaster.reasons import ReasonCode, reason
from broadcaster.settings import Hours
from broadcaster.speakers.memory import Heard
from broadcaster.station.final import final
from tests.playout.stage import MORNING, Stage

DAY_S = 12 * 3600.0
"""What is asked for in the first minutes has ended so much later, whatever happened."""
BUSY_S = 600.0
"""Calls, STOPs and losses come within so many seconds."""
FADE_S = 0.031
"""What is cut or routed away fades beneath what begins."""
CARDS_APART_S = 0.25
"""A card that is back joins a little later than it might, and two cards are not cut at the same sample."""
CLOSES = (time(5, 27), time(5, 30), time(5, 33), time(20, 0))
GONE = Words("rút dây", "unplugged")


class Lanes:
    """One station, and what is random about it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        names = [f"thon_{number}" for number in range(1, random.randint(1, 6) + 1)]
        cut = random.choice([len(names), random.randint(1, len(names))])
        self.near: dict[str, frozenset[str]] = {}
        for one, other in itertools.combinations(names, 2):
            if random.random() < random.choice((0.0, 0.15)):
                self.near[one] = self.near.get(one, frozenset()) | {other}
                self.near[other] = self.near.get(other, frozenset()) | {one}
        self.hours = {
            zone: Hours(
                allowed_from=time(5, 0), allowed_to=random.choice(CLOSES), daily_max_minutes=random.choice((3, 240))
            )
            for zone in names
            if random.random() < 0.2
        }
        cards = tuple(card for card in (tuple(names[:cut]), tuple(names[cut:])) if card)
        self.stage = Stage(cards=cards, spare=random.random() < 0.4, heard_together=self.near, zone_hours=self.hours)
        self.speakers = [*self.stage.speakers, *self.stage.spares]
        self.names = names
        self.trouble: list[str] = []
        self.stopped: dict[str, list[tuple[float, float]]] = {}
        self._days = 0

    # --- one history -------------------------------------------------------------------------------------------

    def history(self) -> list[str]:
        """One day. Returns what went wrong."""
        stage, random = self.stage, self.random
        self.trouble = []
        self.stopped = defaultdict(list)
        for speaker in self.speakers:
            speaker.heard.clear()
        self._days += 1
        morning = MORNING - timedelta(minutes=5) + timedelta(days=self._days)
        stage.clock.step_wall(morning - stage.clock.now())
        self.began = stage.clock.monotonic()
        self.day = morning
        calls: list[Call] = []
        self.calls = calls
        spread = random.choice((5.0, 60.0, BUSY_S))
        events = [(random.uniform(0, spread), self._ask) for _ in range(random.randint(1, 8))]
        for chance, what in (
            (0.4, self._stop),
            (0.3, self._cancel),
            (0.3, self._skip),
            (0.4, self._lose),
            (0.2, self._change),
        ):
            events += [(random.uniform(0, spread), what) for _ in range(2) if random.random() < chance]
        for moment, event in sorted(events, key=lambda each: each[0]):
            self._run(self.began + moment - stage.clock.monotonic())
            event()
        self._run(BUSY_S)
        self._repair()
        self._run(DAY_S)
        self._ended()
        return self.trouble

    def _run(self, seconds: float) -> None:
        """As `Stage.run`, with a look at everything after each step."""
        stage = self.stage
        end = stage.clock.monotonic() + max(0.0, seconds)
        while True:
            before = {id(each) for each in stage.player.on_air}
            wait_s = stage.player.step()
            self._look([each for each in stage.player.on_air if id(each) not in before])
            left = end - stage.clock.monotonic()
            if left <= 0:
                return
            idle = not stage.player.calls and stage.outputs.wait_s() is None
            stage.clock.wait(stage.wake, left if idle else min(wait_s, left))

    def _zones(self) -> tuple[str, ...]:
        return tuple(sorted(self.random.sample(self.names, self.random.randint(1, len(self.names)))))

    def _ask(self) -> None:
        random, stage = self.random, self.stage
        (level,) = random.choices(list(Level), (5, 1, 3, 4, 3))
        lengths = {
            f"{number:02}": random.choice((3.0, 12.0, 30.0, 40.0, 40.0, 130.0))
            for number in range(1, random.choice((1, 1, 2, 3)) + 1)
        }
        how: dict[str, object] = {}
        if level in (Level.KHAN_CAP, Level.UU_TIEN) and random.random() < 0.3:
            how["repeat"] = random.randint(2, 3)
        if level is Level.KHAN_CAP and random.random() < 0.1:
            how |= {"repeat": 0, "until": stage.clock.now() + timedelta(seconds=90)}
        if random.random() < 0.15:
            how["after"] = random.choice(("now", "item", "session"))
        if random.random() < 0.1:
            lengths["02"] = 0.0
        if random.random() < 0.2:
            how["planned_at"] = stage.clock.now() + timedelta(seconds=random.choice((1, 3)))
        if random.random() < 0.2:
            how["max_minutes"] = random.choice((0.5, 2.0))
        self.calls.append(
            stage.request(lengths, level=level, zones=self._zones(), late_minutes=random.choice((2, 10, 60)), **how)
        )

    def _stop(self) -> None:
        stage = self.stage
        zones = ("tat_ca",) if self.random.random() < 0.3 else self._zones()
        stage.player.stop("trực ban", zones)
        named = self.names if zones == ("tat_ca",) else zones
        began = stage.clock.monotonic()
        self._run(self.random.choice((0.0, 1.0, 30.0)))
        for zone in named:
            self.stopped[zone].append((began, stage.clock.monotonic()))
        stage.player.resume(zones)

    def _cancel(self) -> None:
        if self.calls:
            key = self.random.choice(self.calls).occurrence.key
            self.stage.player.cancel(key, reason(ReasonCode.CANCELLED, by="văn phòng"))

    def _skip(self) -> None:
        self.stage.player.skip("Chị Lan", self._zones())

    def _lose(self) -> None:
        speaker = self.random.choice(self.speakers)
        speaker.fail_open = self.random.random() < 0.6
        if speaker.health().ok:
            speaker.lose(GONE)
        self._run(self.random.choice((0.0, 1.0, 15.0)))
        speaker.fail_open = False

    def _change(self) -> None:
        """Swap the last two waiting cues of a rundown, or drop the last one."""
        live = [call for call in self.stage.player.calls if len(call.cues) > 1]
        if not live:
            return
        call = self.random.choice(live)
        stored = self.stage.journal.rundown(call.occurrence.key).cues
        waiting = [cue for cue in call.cues if any(cue.id == each.id and each.state == "waiting" for each in stored)]
        kept = [cue for cue in call.cues if cue not in waiting]
        if len(waiting) > 1 and kept + waiting == list(call.cues):
            self.stage.player.change_cues(call.occurrence.key, (*kept, *reversed(waiting)))

    def _repair(self) -> None:
        for speaker in self.speakers:
            speaker.fail_open = False
        self.stage.player.resume()

    # --- after each step ---------------------------------------------------------------------------------------

    def _say(self, what: str) -> None:
        self.trouble.append(f"{self.stage.clock.monotonic() - self.began:.2f} s: {what}")

    def area(self, zones: frozenset[str]) -> frozenset[str]:
        """Where a sound in these zones is heard."""
        return zones | {near for zone in zones for near in self.near.get(zone, frozenset())}

    def _look(self, begun: list[OnAir]) -> None:
        sounding = [each for each in self.stage.player.on_air if each.cut_as is None]
        for each in sounding:
            if not each.heard_in and not each.playback.state.final:
                self._say(f"{each.strand.occurrence.key} {each.item} sounds nowhere")
        for one, other in itertools.combinations(sounding, 2):
            if self.area(one.heard_in) & other.heard_in:
                self._say(f"{one.strand.occurrence.key} and {other.strand.occurrence.key} at once")
        for each in begun:
            self._look_at_waiting(each)
            if (
                each.strand.call.manner is Manner.TOGETHER
                and not each.strand.results
                and each.strand.suspended_at is None
            ):
                late = each.strand.zones - each.heard_in - each.absent.keys()
                if late:
                    self._say(f"{each.strand.occurrence.key} began without {sorted(late)}")

    def _look_at_waiting(self, begun: OnAir) -> None:
        """Nothing more urgent that might begin waits where this began."""
        area = self.area(begun.heard_in)
        for call in self.stage.player.calls:
            for strand in call.strands:
                if strand is not begun.strand and call.rank < begun.strand.call.rank and self._ready(strand):
                    on_air = next((each for each in self.stage.player.on_air if each.strand is strand), None)
                    left = strand.zones - strand.withdrawn.keys()
                    left -= (on_air.heard_in | on_air.refused) if on_air is not None else frozenset()
                    if left & area and not self._refused(strand, left & area):
                        self._say(f"{begun.strand.occurrence.key} began before {call.occurrence.key}")

    def _ready(self, strand: Strand) -> bool:
        monotonic = self.stage.clock.monotonic()
        fading = any(each.strand is strand and each.cut_as is not None for each in self.stage.player.on_air)
        return strand.ready_at(monotonic) and not fading and not strand.done

    def _refused(self, strand: Strand, zones: frozenset[str]) -> bool:
        clip = self.stage.clips.find(strand.cue)
        return clip is None or self.stage.player.permission.refusals(strand, clip, zones).keys() >= zones

    # --- at the end of the day ---------------------------------------------------------------------------------

    def _ended(self) -> None:
        stage = self.stage
        if stage.player.calls or stage.player.on_air:
            self._say(f"not over: {[str(call.occurrence.key) for call in stage.player.calls]}")
            return
        heard: defaultdict[tuple[str, str, str], list[Heard]] = defaultdict(list)
        for each in (each for speaker in self.speakers for each in speaker.heard):
            heard[str(each.job.occurrence), each.job.item, each.zone].append(each)
        for call in self.calls:
            known = stage.journal.occurrence(call.occurrence.key)
            if known is None or known.outcome is None:
                self._say(f"{call.occurrence.key} has no verdict")
                continue
            rows = stage.journal.airings_of(call.occurrence.key)
            self._rows_are_whole(call, rows)
            self._deliveries_are_true(call, rows, heard)
            if known.outcome is Outcome.AIRED and call.occurrence.repeat == 1:
                self._all_was_heard(call, heard)
        self._one_voice()
        self._bounds_were_kept()

    def _rows_are_whole(self, call: Call, rows: list[Airing]) -> None:
        if any(row.outcome is None for row in rows):
            self._say(f"{call.occurrence.key}: a row without a verdict")
        for cue in call.cues:
            told = {zone for row in rows if row.item == cue.label and final(row) for zone in row.zones}
            told |= {each.zone for row in rows if row.item == cue.label and final(row) for each in row.deliveries}
            if missing := call.zones - told - ({*self.names} if "tat_ca" in told else set()):
                self._say(f"{call.occurrence.key} {cue.label}: no verdict in {sorted(missing)}")
        for row in rows:
            for each in row.deliveries:
                if each.outcome is not Outcome.AIRED and each.reason.code in (ReasonCode.NONE, ReasonCode.AIRED_WHOLE):
                    self._say(f"{call.occurrence.key} {row.item} {each.zone}: {each.outcome} without a reason")
                if each.heard_s and not each.output:
                    self._say(f"{call.occurrence.key} {row.item} {each.zone}: heard through no output")
                if each.outcome is Outcome.AIRED and row.outcome is Outcome.AIRED and each.heard_s <= 0:
                    self._say(f"{call.occurrence.key} {row.item} {each.zone}: aired unheard")

    def _deliveries_are_true(
        self, call: Call, rows: list[Airing], heard: dict[tuple[str, str, str], list[Heard]]
    ) -> None:
        """Each zone's seconds are those that its loudspeakers had."""
        written: defaultdict[tuple[str, str], float] = defaultdict(float)
        for row in rows:
            for each in row.deliveries:
                written[row.item, each.zone] += each.heard_s
        items = {row.item for row in rows}
        for item, zone in itertools.product(items, self.names):
            had = sum(each.frames for each in heard.get((str(call.occurrence.key), item, zone), ())) / STATION_RATE_HZ
            if abs(had - written[item, zone]) > 1e-6:
                self._say(f"{call.occurrence.key} {item} {zone}: {written[item, zone]} s written, {had} s heard")

    def _all_was_heard(self, call: Call, heard: dict[tuple[str, str, str], list[Heard]]) -> None:
        """*Aired* means that every zone heard all of it."""
        for cue, zone in itertools.product(call.cues, sorted(call.zones)):
            spans = heard.get((str(call.occurrence.key), cue.label, zone), [])
            upto = 0
            for each in sorted(spans, key=lambda each: each.job.start_frame + each.first_frame):
                begin = each.job.start_frame + each.first_frame
                if begin <= upto + CARDS_APART_S * STATION_RATE_HZ:
                    upto = max(upto, begin + each.frames)
            if upto < (self.stage.clips.lengths[cue.id] - CARDS_APART_S) * STATION_RATE_HZ:
                self._say(f"{call.occurrence.key} {cue.label} aired, and {zone} heard {upto / STATION_RATE_HZ} s")

    def _one_voice(self) -> None:
        everything = sorted(
            (each for speaker in self.speakers for each in speaker.heard if each.frames),
            key=lambda each: each.start,
        )
        open_now: list[Heard] = []
        for each in everything:
            open_now = [other for other in open_now if other.end > each.start + FADE_S]
            for other in open_now:
                another = other.job.occurrence != each.job.occurrence or other.job.item != each.job.item
                if (another or other.zone == each.zone) and other.zone in self.area(frozenset({each.zone})):
                    self._say(f"{other.zone} {other.job.occurrence} and {each.zone} {each.job.occurrence} at once")
            open_now.append(each)

    def _bounds_were_kept(self) -> None:
        sums: defaultdict[str, float] = defaultdict(float)
        for each in (each for speaker in self.speakers for each in speaker.heard):
            for began, ended in self.stopped.get(each.zone, ()):
                if began + FADE_S < each.end and each.start < ended - 1e-6 and each.frames and ended > began:
                    self._say(f"{each.zone} heard {each.job.occurrence} under STOP")
            if each.job.level == Level.KHAN_CAP:
                continue
            sums[each.zone] += each.frames / STATION_RATE_HZ
            hours = self.hours.get(each.zone)
            if hours is not None and each.frames:
                closing = datetime.combine(self.day.date(), hours.allowed_to, MORNING.tzinfo)
                if each.end - self.began > (closing - self.day).total_seconds() + FADE_S:
                    self._say(f"{each.zone} heard {each.job.occurrence} after its hours")
        for zone, hours in self.hours.items():
            if sums[zone] > hours.daily_max_minutes * 60 + FADE_S:
                self._say(f"{zone} heard {sums[zone]} s this day")
