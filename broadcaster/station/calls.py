"""An occurrence and its rundown → a call for playout, going on where the journal says that each zone had come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadcaster.journal import Journal
from broadcaster.model import (
    EVERYWHERE,
    STATION_RATE_HZ,
    Airing,
    CommandResult,
    Cue,
    Occurrence,
    Outcome,
    Place,
    Rundown,
)
from broadcaster.playout import Call, Clips, Strand, place_for
from broadcaster.playout.onair import RESUMES_FROM_S
from broadcaster.reasons import Reason
from broadcaster.station.final import final


def zones_heard(zones: Sequence[str], station: Sequence[str]) -> frozenset[str]:
    """Real zones behind an occurrence's; `station`: all that it has."""
    return frozenset(station) if EVERYWHERE in zones else frozenset(zones) & frozenset(station)


@dataclass(kw_only=True)
class _Came:
    """How far one zone has come."""

    cursor: int = 0
    loop: int = 0
    rows: tuple[Airing, ...] = ()
    """Those that settled a cue there."""


class Calls:
    """Reads the journal; changes nothing."""

    def __init__(self, journal: Journal, clips: Clips, station_zones: Sequence[str]) -> None:
        self._journal = journal
        self._clips = clips
        self._zones = tuple(station_zones)

    def call(
        self,
        occurrence: Occurrence,
        rundown: Rundown,
        *,
        after: Place | None = None,
        passed: Mapping[int, tuple[Outcome, Reason]] | None = None,
    ) -> Call:
        """The call, with what has its verdict skipped (nothing airs twice), round by round and zone by zone."""
        zones = zones_heard(occurrence.zones, self._zones)
        call = Call(
            occurrence=occurrence,
            cues=rundown.cues,
            place=place_for(occurrence.level, after),
            zones=zones,
            passed=passed or {},
        )
        rows = self._journal.airings_of(occurrence.key)
        if rows and rundown.cues:
            self._catch_up(call, rows)
        return call

    def _catch_up(self, call: Call, rows: Sequence[Airing]) -> None:
        groups: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        came = {zone: self._came(call, zone, rows) for zone in call.zones}
        for zone, place in came.items():
            groups[place.loop, place.cursor].add(zone)
        call.strands = []
        call.begun = True
        for (loop, cursor), zones in sorted(groups.items()):
            settled = came[min(zones)].rows
            strand = Strand(
                call=call,
                zones=frozenset(zones),
                cursor=cursor,
                loop=loop,
                begun=True,
                used_s=sum(row.duration_s for row in rows if zones & zones_heard(row.zones, self._zones)),
                results=[(row.outcome, row.reason) for row in settled if row.outcome is not None],
            )
            repeat = call.occurrence.repeat
            if strand.done and 0 < repeat <= loop + 1:
                call.finished.append(strand)
                continue
            if strand.done:
                strand.cursor, strand.loop = 0, loop + 1
            strand.resume_frame = self._resume_frame(strand, rows)
            call.strands.append(strand)

    def _came(self, call: Call, zone: str, rows: Sequence[Airing]) -> _Came:
        """The place of the first cue of the first round that has no verdict in this zone."""
        settled = {row.item: row for row in rows if final(row) and self._in(row, zone)}
        came = _Came()
        found: list[Airing] = []
        while True:
            suffix = "" if came.loop == 0 else f"#{came.loop + 1}"
            while came.cursor < len(call.cues):
                row = settled.get(call.cues[came.cursor].label + suffix)
                if row is None:
                    break
                found.append(row)
                came.cursor += 1
            came.rows = tuple(found)
            more = f"#{came.loop + 2}"
            if came.cursor < len(call.cues) or not any(item.endswith(more) for item in settled):
                return came
            came.loop += 1
            came.cursor = 0

    def _in(self, row: Airing, zone: str) -> bool:
        return zone in zones_heard(row.zones, self._zones)

    def _resume_frame(self, strand: Strand, rows: Sequence[Airing]) -> int:
        """Where the next cue goes on after a kill: at the last journalled frame of a long recording."""
        zones = strand.zones
        cut = [
            row
            for row in rows
            if row.item == strand.item and not final(row) and zones & zones_heard(row.zones, self._zones)
        ]
        clip = self._clips.find(strand.cue) if cut and strand.problem is None else None
        if clip is None or cut[-1].audio_sha256 != clip.audio_sha256:
            return 0
        rule = strand.cue.item.resume
        if not (rule if rule is not None else clip.duration_s >= RESUMES_FROM_S):
            return 0
        heard = cut[-1].start_frame + round(cut[-1].duration_s * STATION_RATE_HZ)
        return heard if heard < clip.frames else 0

    def unheard(self, occurrence: Occurrence, rundown: Rundown) -> list[Cue]:
        """Cues without a verdict, and those that were only missed: what may still be heard elsewhere."""
        rows = self._journal.airings_of(occurrence.key)
        settled = {row.item for row in rows if final(row) and row.outcome is not Outcome.MISSED}
        return [cue for cue in rundown.cues if cue.label not in settled]

    def had_its_turn(self, occurrence: Occurrence, rundown: Rundown) -> bool:
        """Every cue has its verdict in every zone: only that of the whole is missing, whatever the time is."""
        rows = self._journal.airings_of(occurrence.key)
        if not any(final(row) for row in rows):
            return False
        return not self._open(occurrence, rundown, rows)

    def _open(
        self, occurrence: Occurrence, rundown: Rundown, rows: Sequence[Airing]
    ) -> list[tuple[Cue, frozenset[str]]]:
        """Cues of the first round without a verdict, and the zones in which they have none."""
        zones = zones_heard(occurrence.zones, self._zones)
        settled: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            if final(row):
                settled[row.item] |= zones_heard(row.zones, self._zones)
        left = ((cue, zones - settled[cue.label]) for cue in rundown.cues)
        return [(cue, open_zones) for cue, open_zones in left if open_zones or not (zones or settled[cue.label])]

    def close_as(
        self,
        occurrence: Occurrence,
        rundown: Rundown,
        outcome: Outcome,
        why: Reason,
        *,
        result: CommandResult = CommandResult.DONE,
    ) -> None:
        """Every cue that has no verdict gets this one, and so does the occurrence."""
        rows = self._journal.airings_of(occurrence.key)
        heard = any(final(row) for row in rows)
        with self._journal.together():
            for cue, zones in self._open(occurrence, rundown, rows):
                self._journal.never_aired(
                    occurrence, cue.label, outcome, why, cue=cue, script=cue.script, zones=sorted(zones) or None
                )
            self._journal.end(occurrence.key, Outcome.PARTLY_AIRED if heard else outcome, why, result=result)
