"""What the journal says of an occurrence that has begun before: nothing airs twice, and what was cut goes on."""

from __future__ import annotations

from dataclasses import replace

from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Airing, Occurrence, Outcome
from broadcaster.playout import Entry
from broadcaster.playout.onair import RESUMES_FROM_S
from broadcaster.studio import Studio


class Past:
    """Reads the journal; changes nothing but the entry that it is given."""

    def __init__(self, journal: Journal, studio: Studio) -> None:
        self._journal = journal
        self._studio = studio

    def catch_up(self, entry: Entry) -> None:
        """Skip what has its verdict already (nothing airs twice), round by round."""
        airings = self._journal.airings_of(entry.occurrence.key)
        if not airings or not entry.parts:
            return
        entry.begun = True
        entry.used_s = sum(airing.duration_s for airing in airings)
        finals = {airing.item: airing for airing in airings if final(airing)}
        while True:
            while entry.cursor < len(entry.parts) and (airing := finals.get(entry.item_name)) is not None:
                assert airing.outcome is not None
                entry.results.append((airing.outcome, airing.reason))
                entry.cursor += 1
            if entry.cursor < len(entry.parts):
                entry.resume_frame = self._resume_frame(entry, airings)
                return
            entry.loop += 1
            if 0 < entry.occurrence.repeat <= entry.loop:
                return
            entry.cursor = 0

    def had_its_turn(self, occurrence: Occurrence) -> bool:
        """Every item has its verdict: only that of the whole is missing, whatever the time is."""
        done = {row.item for row in self._journal.airings_of(occurrence.key) if final(row)}
        return bool(done) and all(line.item in done for line in self._studio.orders(occurrence))

    def unheard(self, missed: Occurrence) -> Occurrence:
        """Without what had its turn before the rest was missed: that would be heard twice."""
        rows = self._journal.airings_of(missed.key)
        had_turn = {row.item for row in rows if final(row) and row.outcome is not Outcome.MISSED}
        # By identity: the same chime may stand at both ends of a session.
        left = {id(line.source) for line in self._studio.orders(missed) if line.item not in had_turn}
        return replace(missed, items=tuple(item for item in missed.items if id(item) in left))

    def _resume_frame(self, entry: Entry, airings: list[Airing]) -> int:
        cut = [airing for airing in airings if airing.item == entry.part.item and not final(airing)]
        clip = entry.part.find() if cut else None
        if clip is None or cut[-1].audio_sha256 != clip.audio_sha256:
            return 0
        rule = entry.part.source.resume
        if not (rule if rule is not None else clip.duration_s >= RESUMES_FROM_S):
            return 0
        heard = cut[-1].start_frame + round(cut[-1].duration_s * STATION_RATE_HZ)
        return heard if heard < clip.frames else 0


def final(airing: Airing) -> bool:
    """Whether the item needs no further attempt."""
    return airing.outcome not in (None, Outcome.ABANDONED, Outcome.PREEMPTED)
