"""What must hold in every simulated history, whatever was done to the station."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Airing, Level, OccurrenceKey, Outcome
from broadcaster.playout.player import PROGRESS_S, RESUMES_FROM_S
from broadcaster.reasons import NO_REASON, ReasonCode
from broadcaster.schedule import expand, load_timetables
from broadcaster.speakers import CUT_FADE_MS, PlaybackState
from broadcaster.speakers.memory import Heard
from broadcaster.station.planning import ARM_S
from tests.faults.world import NOTICED_S, SCARCE_MINUTES, START, STOP_BOUND_S, ZONE, World

JUST = 1e-6
"""Times are sums of floats."""
FRAME_S = 1.01 / STATION_RATE_HZ
"""What is routed away ends on a whole frame."""
FADE_S = CUT_FADE_MS / 1000 + FRAME_S
HEARD_TOLERANCE_S = 0.02
"""Of a sum over several attempts; a frame lasts 20 microseconds, a fade 30 milliseconds."""


def complaints(world: World) -> list[str]:
    """Every broken promise, in words; empty: none."""
    journal = world.journal()
    try:
        return Promises(world, journal).complaints()
    finally:
        journal.close()


class Promises:
    """One history under judgement."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self.heard = sorted((h for h in world.heard if h.frames), key=lambda heard: heard.start)
        self.by_zone = {zone: [h for h in self.heard if h.zone == zone] for zone in world.zones}
        self.rows = list(journal.airings())
        self.now = world.clock.now()

    def complaints(self) -> list[str]:
        """All of them."""
        return [
            *self._each_owed_occurrence_has_one_verdict(),
            *self._every_request_ended(),
            *self._the_journal_agrees_with_the_loudspeakers(),
            *self._nothing_airs_twice(),
            *self._what_was_heard_is_in_the_rundown(),
            *self._deliveries_tell_what_each_zone_got(),
            *self._a_long_item_goes_on_where_it_was(),
            *self._nothing_at_three_in_the_morning(),
            *self._one_voice_at_a_time(),
            *self._stop_is_silence(),
            *self._an_emergency_has_the_right_of_way(),
            *self._nothing_unapproved(),
            *self._bounds_of_session_and_day(),
            *self._what_is_handed_on_arrives(),
        ]

    def _each_owed_occurrence_has_one_verdict(self) -> Iterator[str]:
        rows = {r.key: r for r in self.journal.occurrences(START - timedelta(days=3), self.now + timedelta(days=3))}
        for key, row in rows.items():
            if row.outcome is None and row.planned_at < self.now - timedelta(minutes=30):
                yield f"{key} has no verdict ({row.state})"
            if row.outcome and row.reason == NO_REASON:
                yield f"{key} ended without a reason"
        if not any("trua_moi" in line or "stepped" in line for line in self.world.history):
            folder = self.world.folder / "schedules"
            loaded = load_timetables(folder, default_late=self.world.settings.late, zones=self.world.zones)
            wrong = {"sang"} if any("time = 25" in line for line in self.world.history) else set()
            for owed in expand(loaded.timetables, START, self.now - timedelta(minutes=30), ZONE):
                if owed.key not in rows and owed.key.split("/")[1] not in wrong:
                    yield f"{owed.key} was owed and is not in the journal"
        tried = (Outcome.ABANDONED, Outcome.PREEMPTED, Outcome.FAILED, Outcome.PARTLY_AIRED)
        final = Counter((_what(row), zone) for row in self.rows if row.outcome not in tried for zone in _zones(row))
        for (what, zone), count in final.items():
            if count > 1:
                yield f"{what}: {count} final rows in {zone}"
        for row in self.rows:
            if row.outcome is None:
                yield f"{_what(row)} is still on air"

    def _every_request_ended(self) -> Iterator[str]:
        for request in [*self.journal.new_requests(), *self.journal.open_requests()]:
            yield f"request {request.id} ({request.kind}) has no verdict"

    def _the_journal_agrees_with_the_loudspeakers(self) -> Iterator[str]:
        rows = Counter((_what(row), d.zone) for row in self.rows if row.engine is not None for d in row.deliveries)
        for zone, heard in self.by_zone.items():
            playbacks = Counter(_job(each) for each, goes_on in _with_continuations(heard) if not goes_on)
            for what, count in playbacks.items():
                if rows[what, zone] < count:
                    yield f"{what} was heard {count}× in {zone} but has {rows[what, zone]} rows"
            whole = {_job(each) for each in heard if _to_the_end(each)}
            for row in self.rows:
                aired = any(d.zone == zone and d.outcome is Outcome.AIRED for d in row.deliveries)
                if aired and _what(row) not in whole:
                    yield f"{_what(row)} is journalled as aired in {zone} but its end was not heard there"
                if row.outcome is Outcome.AIRED and not all(d.outcome is Outcome.AIRED for d in row.deliveries):
                    yield f"{_what(row)} is journalled as aired although a zone did not hear it"

    def _nothing_airs_twice(self) -> Iterator[str]:
        for zone, heard in self.by_zone.items():
            for what, count in Counter(_job(each) for each in heard if _to_the_end(each)).items():
                if count > 1:
                    yield f"{what} was heard to its end {count} times in {zone}"

    def _what_was_heard_is_in_the_rundown(self) -> Iterator[str]:
        """Whatever was edited meanwhile: an occurrence airs the cues of its rundown, each script as often as it stands
        there."""
        for key in {heard.job.occurrence for heard in self.heard}:
            cues = self.journal.rundown(OccurrenceKey(key)).cues
            labels = {cue.label for cue in cues}
            scripts = Counter(cue.script for cue in cues if cue.script)
            rounds = {heard.job.item.partition("#")[2] for heard in self.heard if heard.job.occurrence == key}
            for zone, all_heard in self.by_zone.items():
                heard = [each for each in all_heard if each.job.occurrence == key]
                if strange := {each.job.item.partition("#")[0] for each in heard} - labels:
                    yield f"{key}: {sorted(strange)} were heard and are not in the rundown"
                titles = Counter(each.job.clip.title for each in heard if _to_the_end(each))
                for script, most in scripts.items():
                    if titles[script] > most * len(rounds):
                        count = titles[script]
                        yield f"{key}: {script} was heard {count} times in {zone}, it stands there {most} times"

    def _deliveries_tell_what_each_zone_got(self) -> Iterator[str]:
        """Seconds and outputs: of every attempt that has its verdict, and was not cut off by a kill."""
        told: dict[tuple[tuple[str, str], str], float] = defaultdict(float)
        outputs: dict[tuple[tuple[str, str], str], set[str]] = defaultdict(set)
        killed = {
            _what(row) for row in self.rows if row.outcome is Outcome.ABANDONED or row.reason.code == "nearly_heard"
        }
        for row in self.rows:
            for delivery in row.deliveries:
                told[_what(row), delivery.zone] += delivery.heard_s
                outputs[_what(row), delivery.zone].update(delivery.output.split(","))
        got: dict[tuple[tuple[str, str], str], float] = defaultdict(float)
        for spec, heard in self.world.heard_through:
            if not heard.frames:
                continue
            got[_job(heard), heard.zone] += heard.frames / STATION_RATE_HZ
            if spec not in outputs[_job(heard), heard.zone]:
                named = outputs[_job(heard), heard.zone]
                yield f"{_job(heard)} was heard in {heard.zone} through {spec}, the rows name {named}"
        for (what, zone), seconds in got.items():
            if what not in killed and abs(seconds - told[what, zone]) > HEARD_TOLERANCE_S:
                yield f"{what}: {zone} heard {seconds:.2f} s, its deliveries tell of {told[what, zone]:.2f} s"

    def _a_long_item_goes_on_where_it_was(self) -> Iterator[str]:
        """A short one starts again; of a long one nothing is skipped, and little is repeated. With several zones a cue
        goes on where others are, so this is for one."""
        if len(self.world.zones) > 1:
            return
        by_item: dict[tuple[str, str], list[Heard]] = defaultdict(list)
        for heard in self.heard:
            by_item[_job(heard)].append(heard)
        for what, tries in by_item.items():
            for before, after in pairwise(tries):
                reached = before.job.start_frame + before.frames
                if after.job.clip.audio_sha256 != before.job.clip.audio_sha256:
                    continue  # other words: from the beginning
                if after.job.clip.duration_s < RESUMES_FROM_S:
                    if after.job.start_frame:
                        yield f"{what} is short and was resumed"
                elif not -PROGRESS_S - 0.1 <= (after.job.start_frame - reached) / STATION_RATE_HZ <= 0:
                    yield f"{what} came to {reached} and went on at {after.job.start_frame}"

    def _nothing_at_three_in_the_morning(self) -> Iterator[str]:
        hours = self.world.settings.hours
        reasons = {f"yeu_cau/{a.number}": self._payload(a.number).get("reason") for a in self.world.asked if a.level}
        for heard in self.heard:
            for moment in (heard.start, max(heard.start, heard.end - NOTICED_S - 1)):
                wall = self._wall(moment)
                if hours.allowed_from <= wall.time() < hours.allowed_to:
                    continue
                if heard.job.level != Level.KHAN_CAP:
                    yield f"{_job(heard)} was heard at {wall:%d/%m %H:%M:%S}"
                elif moment == heard.start and not reasons[heard.job.occurrence]:
                    yield f"{_job(heard)} was heard at {wall:%d/%m %H:%M:%S} without a reason"

    def _payload(self, number: int) -> dict:
        row = self.journal.request(number)
        return {} if row is None else json.loads(row.request.payload)

    def _one_voice_at_a_time(self) -> Iterator[str]:
        for zone in self.world.zones:
            near = {zone} | {z for z in self.world.zones if self._hear_one_another(zone, z)}
            heard = sorted((h for each in near for h in self.by_zone[each]), key=lambda h: h.start)
            for index, a in enumerate(heard):
                for b in heard[index + 1 :]:
                    # What is cut in one zone fades beneath what begins in the next.
                    if b.start >= a.end - (FRAME_S if a.zone == b.zone else FADE_S):
                        continue
                    # The same sound in two zones is one voice, when it is at the same place.
                    same = _job(a) == _job(b) and abs((b.start - a.start) - (_place_s(b) - _place_s(a))) < 0.01
                    if a.zone == b.zone or not same:
                        yield f"{_job(b)} in {b.zone} began {a.end - b.start:.3f} s before {_job(a)} ended in {a.zone}"

    def _hear_one_another(self, one: str, other: str) -> bool:
        together = self.world.together
        return other in together.get(one, ()) or one in together.get(other, ())

    def _stop_is_silence(self) -> Iterator[str]:
        for start, end, zones in self.world.stops:
            for heard in self.heard:
                if heard.zone in zones and heard.start < end and heard.end > start:
                    yield f"{_job(heard)} was heard at {heard.start:.1f}–{heard.end:.1f}, STOP {start:.1f}–{end:.1f}"

    def _an_emergency_has_the_right_of_way(self) -> Iterator[str]:
        """It cuts in at once; until its last round nothing less urgent begins, however often it rests."""
        disturbed = sorted([*self.world.down, *self.world.away])
        for asked, zone in ((each, zone) for each in self.world.asked for zone in each.zones):
            mine = [heard for heard in self.by_zone[zone] if heard.job.occurrence == f"yeu_cau/{asked.number}"]
            if asked.level != Level.KHAN_CAP or not asked.answered or not mine:
                continue
            last = mine[-1].start
            for heard in self.by_zone[zone]:
                # What is armed for its planned second counts as on air for who asked to come after the item.
                begins = asked.at + (JUST if asked.cuts else ARM_S) < heard.start < last
                goes_on = asked.cuts and heard.start <= asked.at and heard.end > asked.at + STOP_BOUND_S
                if heard.job.level == Level.KHAN_CAP or not (begins or goes_on):
                    continue
                if not any(start <= max(heard.start, asked.at) and asked.at <= end for start, end in disturbed):
                    yield f"{_job(heard)} was heard at {heard.start:.1f}, emergency {asked.number} at {asked.at:.1f}"

    def _nothing_unapproved(self) -> Iterator[str]:
        if not self.world.approvals:
            return
        approved = {(script, sound) for script, _, sound, *_ in self.journal.approvals()}
        scripts = {_what(row): row.script for row in self.rows}
        for heard in self.heard:
            script = scripts[_job(heard)]
            if script is not None and (script, heard.job.clip.audio_sha256) not in approved:
                yield f"{_job(heard)} was heard and nobody approved it"

    def _bounds_of_session_and_day(self) -> Iterator[str]:
        """What a kill interrupts is journalled only as far as the last progress: so much more may be heard."""
        lost_s = self.world.kills * RESUMES_FROM_S
        used: dict[tuple[str, str], float] = defaultdict(float)
        days: dict[tuple[date, str], float] = defaultdict(float)
        for heard in self.heard:
            if heard.job.level == Level.KHAN_CAP:
                continue
            used[heard.job.occurrence, heard.zone] += heard.frames / STATION_RATE_HZ
            days[self._wall(heard.start).date(), heard.zone] += heard.frames / STATION_RATE_HZ
        for (key, _), seconds in used.items():
            most = {"sang": 12, "chieu": 4}.get(key.split("/")[1].partition("-")[0], 60) * 60.0
            if seconds > most + lost_s + 1:
                yield f"{key} was heard for {seconds:.0f} s, at most {most:.0f} are allowed"
        # A stepped clock makes one day of two, or two of one.
        if self.world.scarce and len(self.world.epochs) == 1:
            for (day, _), seconds in days.items():
                if seconds > SCARCE_MINUTES * 60 + lost_s:
                    yield f"{day}: {seconds:.0f} s were heard, the day's maximum is {SCARCE_MINUTES:g} minutes"

    def _what_is_handed_on_arrives(self) -> Iterator[str]:
        """`next_session`: the session that took the items over has rows for them, whatever became of it."""
        if any("trua_moi" in line for line in self.world.history):
            return  # what is taken off the timetable is not handed on any more
        items: dict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            items[row.occurrence].add(row.item)
        for row in self.journal.occurrences(START - timedelta(days=3), self.now):
            joined = [cue for cue in self.journal.rundown(row.key).cues if cue.item.joined_from is not None]
            if row.outcome is None or not items[row.key]:
                continue  # still to come, or gone from a timetable that is wrong
            if lost := [cue.label for cue in joined if cue.label not in items[row.key]]:
                yield f"{row.key} took over {lost} and has rows for {sorted(items[row.key])} only"

    def _wall(self, monotonic: float) -> datetime:
        epoch = max((e for e in self.world.epochs if e.since <= monotonic + JUST), key=lambda epoch: epoch.since)
        return epoch.wall(monotonic).astimezone(ZONE)


def _place_s(heard: Heard) -> float:
    """Seconds of the clip before what was heard."""
    return (heard.job.start_frame + heard.first_frame) / STATION_RATE_HZ


def _with_continuations(heard: list[Heard]) -> Iterator[tuple[Heard, bool]]:
    """Each stretch of one zone, and whether it goes on behind the one before: a lane or a card that came back."""
    reached: dict[tuple[str, str], float] = {}
    for each in heard:
        what = _job(each)
        yield each, what in reached and _place_s(each) >= reached[what] - JUST
        reached[what] = _place_s(each) + each.frames / STATION_RATE_HZ


def _cut_off(row: Airing) -> bool:
    """Whether a kill ended it: its row tells of the last progress only."""
    return row.outcome is Outcome.ABANDONED or row.reason.code is ReasonCode.NEARLY_HEARD


def _zones(row: Airing) -> tuple[str, ...]:
    return tuple(delivery.zone for delivery in row.deliveries) or row.zones


def _what(row: Airing) -> tuple[str, str]:
    return row.occurrence, row.item


def _job(heard: Heard) -> tuple[str, str]:
    return heard.job.occurrence, heard.job.item


def _to_the_end(heard: Heard) -> bool:
    complete = heard.job.start_frame + heard.frames >= heard.job.clip.frames
    return heard.state is PlaybackState.ENDED and complete
