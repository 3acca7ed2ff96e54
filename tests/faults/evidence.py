"""What the journal, the witnesses and the audio cache of one killed station say: every broken promise, in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from broadcaster.journal import Journal, RequestRow
from broadcaster.model import Airing, LateKind, Level, Occurrence, Outcome, RequestKind
from broadcaster.playout.onair import NEAR_END_S
from broadcaster.reasons import NO_REASON
from broadcaster.schedule import expand, load_timetables
from tests.faults.model_station import EDITED, START, ZONE

if TYPE_CHECKING:
    from tests.faults.killed import KilledStation, Life

REACTION_S = 0.5
"""Real seconds within which the station has acted on what it knows, beside what the machine itself was late."""

When = tuple[int, datetime]
"""(number of the life, its own clock): comparable although clocks go back between two lives."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a witness."""

    life: int
    part: int
    """Of its witness: how often the output had been unplugged."""
    at: datetime
    event: str
    occurrence: str
    item: str
    level: str
    audio_sha256: str
    frames: int

    @property
    def what(self) -> tuple[str, str]:
        """The item of the occurrence."""
        return self.occurrence, self.item

    def follows(self, other: Line) -> bool:
        """Whether nothing that would explain a missing end, a death or a lost output, lies between the two."""
        return (self.life, self.part) == (other.life, other.part)

    @property
    def when(self) -> When:
        """Its place in the history."""
        return self.life, self.at

    @property
    def emergency(self) -> bool:
        """Whether it belongs to one."""
        return self.level == Level.KHAN_CAP


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """On one history."""

    broken: list[str]
    """Every broken promise; empty: none."""
    untold: list[str]
    """What was heard twice because a kill left no time to write the first down. At the pace of a trial an item may be
    over before that is possible at all; this must stay rare."""


def judge(world: KilledStation) -> Judgement:
    """What the journal, the witnesses and the cache say."""
    journal = Journal(world.settings.journal_path, world.journal_clock, durable=False)
    try:
        evidence = Evidence(world, journal)
        return Judgement(broken=[*world.problems, *evidence.complaints()], untold=evidence.untold())
    finally:
        journal.close()


class Evidence:
    """What is known about one history."""

    def __init__(self, world: KilledStation, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self.slack = timedelta(seconds=(REACTION_S + world.lateness.worst_s) * world.speed)
        self.lines = [line for life in world.lives for line in _witness(life)]
        self.starts = [line for line in self.lines if line.event == "start"]
        self.ends = [line for line in self.lines if line.event == "end"]
        self.rows = list(journal.airings())
        self.requests = [row for number in world.asked_in if (row := journal.request(number)) is not None]
        ended = world.lives[-1].ended
        assert ended is not None
        self.now = ended

    def complaints(self) -> list[str]:
        """All of them."""
        return [
            *self._owed(),
            *self._requests_ended(),
            *self._one_voice(),
            *self._rows_and_sound(),
            *self._nothing_twice(),
            *self._bytes(),
            *self._hours(),
            *self._late_rules(),
            *self._stop(),
            *self._ladder(),
            *self._clock(),
            *self._program_errors(),
        ]

    def _owed(self) -> Iterator[str]:
        """Each owed occurrence has one verdict; so has each item, and nothing is left on air."""
        rows = {row.key: row for row in self.journal.occurrences(START - timedelta(days=9), self.now)}
        for key, row in rows.items():
            if row.outcome is None and row.planned_at < self.now - timedelta(minutes=31):
                yield f"{key} has no verdict ({row.state})"
            if row.outcome is not None and row.reason == NO_REASON:
                yield f"{key} ended without a reason"
        for occurrence in self._expected(self.world.alive_since or self.now):
            late_enough = occurrence.planned_at < self.now - timedelta(minutes=31)
            if late_enough and occurrence.key not in rows and _session(occurrence.key) not in EDITED:
                yield f"{occurrence.key} was owed and is not in the journal"
        for what, count in Counter((row.occurrence, row.item) for row in self.rows if _final(row)).items():
            if count > 1:
                yield f"{what} has {count} final rows"
        for row in self.rows:
            if row.outcome is None:
                yield f"{row.occurrence} {row.item} is still on air"

    def _expected(self, since: datetime) -> list[Occurrence]:
        settings = self.world.settings
        loaded = load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.zone_names)
        return expand(loaded.timetables, since, self.now, ZONE)

    def _requests_ended(self) -> Iterator[str]:
        for row in self.requests:
            if row.result is None or row.reason == NO_REASON:
                yield f"request {row.request.id} ({row.request.kind}) has no verdict"

    def _one_voice(self) -> Iterator[str]:
        """start, end or cut, start …: never two voices at once; only a death or an unplugged output leaves a start
        without its end."""
        for a, b in pairwise(self.lines):
            if not b.follows(a):
                continue
            if a.event == "start" and b.event == "start":
                yield f"{b.what} began at {b.at:%H:%M:%S} while {a.what} was on air"
            if a.event != "start" and b.event != "start":
                yield f"{b.what} ended at {b.at:%H:%M:%S} without a start"
            if b.at < a.at:
                yield f"{b.what}: the witness's time goes back"

    def _rows_and_sound(self) -> Iterator[str]:
        """Every start has its row; *aired* means that the end was heard."""
        ended = {line.what for line in self.ends}
        rows = Counter((row.occurrence, row.item) for row in self.rows if row.audio_sha256)
        for what, count in Counter(line.what for line in self.starts).items():
            if rows[what] < count:
                yield f"{what} was heard {count} times and has {rows[what]} rows"
        for row in self.rows:
            if row.outcome is Outcome.AIRED and (row.occurrence, row.item) not in ended:
                yield f"{row.occurrence} {row.item} is journalled as aired, the witness did not hear its end"

    def _nothing_twice(self) -> Iterator[str]:
        for what, count in Counter(line.what for line in self.ends if not self._too_late_to_tell(line)).items():
            if count > 1:
                yield f"{what} was heard to its end {count} times"

    def untold(self) -> list[str]:
        """See Judgement."""
        counts = Counter(line.what for line in self.ends)
        late = [line for line in self.ends if counts[line.what] > 1 and self._too_late_to_tell(line)]
        return [f"{line.what} was heard to its end in life {line.life}, just before the kill" for line in late]

    def _too_late_to_tell(self, end: Line) -> bool:
        """Whether the program was killed before it can be asked to have written down that the end was near."""
        silent_s = self.world.lives[end.life].silent_s
        last = end is [line for line in self.lines if line.life == end.life][-1]
        bound_s = REACTION_S - NEAR_END_S + self.world.lateness.worst_s
        return last and silent_s is not None and silent_s <= bound_s

    def _bytes(self) -> Iterator[str]:
        """Witness, journal and cache tell of the same samples: damaged ones are never played."""
        rows: dict[tuple[str, str], list[Airing]] = {}
        for row in self.rows:
            rows.setdefault((row.occurrence, row.item), []).append(row)
        for line in self.starts:
            if line.audio_sha256 not in {row.audio_sha256 for row in rows.get(line.what, [])}:
                yield f"{line.what}: the journal does not know the sound that was played"
            if line.audio_sha256 not in self.world.known_sounds:
                yield f"{line.what}: the cache does not know the sound that was played"
        for line in self.ends:
            # The witness hashes what it read: of a resumed recording that is only the rest.
            whole = all(row.start_frame == 0 for row in rows.get(line.what, []))
            if whole and line.audio_sha256 not in self.world.known_sounds:
                yield f"{line.what}: damaged samples were played"

    def _hours(self) -> Iterator[str]:
        hours = self.world.settings.hours

        def closed(moment: datetime) -> bool:
            return not hours.allowed_from <= moment.astimezone(ZONE).time() < hours.allowed_to

        reasons = {f"yeu_cau/{row.request.id}": _payload(row).get("reason") for row in self.requests}
        for line in self.lines:
            # What is on air at the closing minute is cut when the loop next looks.
            outside = closed(line.at) and (line.event == "start" or closed(line.at - self.slack))
            if outside and not line.emergency:
                yield f"{line.what} {line.event} at {line.at:%d/%m %H:%M:%S}"
            elif outside and line.event == "start" and not reasons.get(line.occurrence):
                yield f"{line.what}: an emergency without a reason at {line.at:%H:%M:%S}"

    def _late_rules(self) -> Iterator[str]:
        """No first start before its minute, none later than the rule allows."""
        owed = {str(o.key): o for o in self._expected(START - timedelta(days=1)) if _session(o.key) not in EDITED}
        seen: set[str] = set()
        for line in self.starts:
            if line.occurrence in seen or line.occurrence not in owed:
                continue
            seen.add(line.occurrence)
            rule, late = owed[line.occurrence].late, line.at - owed[line.occurrence].planned_at
            bound = rule.bound if rule.kind is LateKind.PLAY else timedelta(seconds=60)
            if late < timedelta(milliseconds=-1):
                yield f"{line.what} began {-late} too early"
            if late > bound + self.slack:
                yield f"{line.what} began {late} late, allowed are {bound}"

    def _stop(self) -> Iterator[str]:
        """From a STOP that was acted on to the next RESUME nothing begins, and what was on air has ended."""
        orders = [row for row in self.requests if row.request.kind in (RequestKind.STOP, RequestKind.RESUME)]
        since: When | None = None
        spans: list[tuple[When, When]] = []
        for row in sorted(orders, key=lambda row: row.request.id):
            if row.request.kind == RequestKind.STOP:
                since = since or self._acted(row)
            elif since is not None:
                spans.append((since, self._acted(row)))
                since = None
        for (life, moment), until in spans:
            silent, told = (life, moment + self.slack), f"the STOP of {moment.astimezone(ZONE):%H:%M:%S}"
            for line in self.starts:
                if silent < line.when < until:
                    yield f"{line.what} began at {line.at:%H:%M:%S} during {told}"
            for a, b in pairwise(self.lines):
                if a.event == "start" and a.when < (life, moment) and b.follows(a) and silent < b.when < until:
                    yield f"{b.what} was heard until {b.at:%H:%M:%S}, after {told}"

    def _acted(self, row: RequestRow) -> When:
        """When a request was acted on, and by which life."""
        moment = row.ended_at
        assert moment is not None, "told by _requests_ended"
        for life in self.world.lives[self.world.asked_in[row.request.id] :]:
            assert life.ended is not None
            if life.began <= moment <= life.ended + self.slack:
                return life.number, moment
        return len(self.world.lives), moment

    def _ladder(self) -> Iterator[str]:
        """From the moment an emergency is taken up (its clip is ready) until it ends, nothing less urgent begins."""
        for row in self.requests:
            if _payload(row).get("level") != Level.KHAN_CAP or row.acted_at is None or row.ended_at is None:
                continue
            heard = [line for line in self.starts if line.occurrence == f"yeu_cau/{row.request.id}"]
            if not heard:
                continue  # refused, cancelled or expired
            life = self.world.lives[heard[0].life]
            since = max(row.acted_at, life.began) + self.slack
            for line in self.starts:
                if line.life == life.number and since < line.at < row.ended_at and not line.emergency:
                    yield f"{line.what} began at {line.at:%H:%M:%S} while {heard[0].what} had the right of way"

    def _clock(self) -> Iterator[str]:
        """A life whose clock began before the journal's last time airs emergencies only, until it is confirmed."""
        confirmed = [self._acted(row) for row in self.requests if row.ended_at and _payload(row).get("clock")]
        for life in self.world.lives:
            if life.trusted:
                continue
            # Once confirmed, the clock that went back is the right one, and what earlier lives saw was not.
            since = max((when[0] for when in confirmed if when[0] < life.number), default=0)
            ran = [before.ended for before in self.world.lives[since : life.number] if before.ran and before.ended]
            if not ran:
                continue
            seen = max(ran)
            # The journal's last sign of life may be older than the end by one mark and one look.
            seen -= timedelta(seconds=25) + 3 * self.slack
            for line in self.starts:
                behind = line.life == life.number and not line.emergency and line.at < seen
                if behind and not any(when[0] == life.number and when[1] <= line.at for when in confirmed):
                    yield f"{line.what} began at {line.at:%d/%m %H:%M:%S} under a clock that is behind the journal"

    def _program_errors(self) -> Iterator[str]:
        if "Traceback" in (text := self.world.stderr()):
            yield f"a traceback on stderr:\n{text}"


def _payload(row: RequestRow) -> dict[str, object]:
    """What was asked."""
    return dict(json.loads(row.request.payload))


def _session(key: str) -> str:
    return key.split("/")[1]


def _final(row: Airing) -> bool:
    return row.outcome in (Outcome.AIRED, Outcome.MISSED, Outcome.CANCELLED)


def _witness(life: Life) -> Iterator[Line]:
    for part, path in enumerate(life.parts):
        for text in path.read_text(encoding="utf-8").splitlines():
            if text.strip():
                facts = json.loads(text)
                del facts["zone"]
                yield Line(life=life.number, part=part, **{**facts, "at": datetime.fromisoformat(facts["at"])})
