"""A dress rehearsal: the real station over simulated days. Nothing reaches the loudspeakers or the real journal.

The clock moves only when the station waits, the output is `memory`, the journal lives in memory. Clips that are
rendered already are used as they are; the others are stood in for by clips of the expected length.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from broadcaster.clock import ManualClock
from broadcaster.errors import BroadcasterError, Words
from broadcaster.journal import Access, Journal, OccurrenceRow
from broadcaster.model import STATION_RATE_HZ, Airing, Clip, EventKind, ItemKind, Outcome, RenderRequest, Sha256
from broadcaster.settings import Settings
from broadcaster.speakers import ZoneRoute, words_of
from broadcaster.speakers.clipfile import ClipFile
from broadcaster.speakers.memory import MemorySpeaker
from broadcaster.station.station import Station
from broadcaster.studio import Studio, Urgency

TOLD = (EventKind.TIMETABLE, EventKind.OUTPUT, EventKind.DISK)
"""Events that are problems of a rehearsed day."""
SYLLABLES_PER_S = 2.2
"""Of an outdoor voice at 120 words a minute with its pauses; only lengths of unrendered clips rest on it."""
CHIME_S = 2.5
GAP_S = 1.0
"""Silence between two items in the saved sound: the hours between sessions are left out."""
ESTIMATED = "uoc_luong"
"""Engine name of a stand-in clip in the rehearsed journal."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What would have happened."""

    airings: tuple[Airing, ...]
    """The journal it would leave, in order."""
    occurrences: tuple[OccurrenceRow, ...]
    problems: tuple[Words, ...]
    """What was not ready or wrong, each once."""
    estimated: int
    """How many airings rest on an estimated length: their clips are not rendered yet."""


class RehearsalStudio(Studio):
    """The real studio's lines; what is not in the cache is estimated instead of rendered."""

    def ready(self, request: RenderRequest, *, verify: bool = False) -> Clip | None:
        """The cached clip, else a stand-in of the expected length. Never renders, never reads sound."""
        return super().ready(request) or self._estimate(request)

    def render(
        self,
        request: RenderRequest,
        *,
        urgency: Urgency | None = None,
        better: bool = False,
        deadline_s: float | None = None,
    ) -> Clip:
        """As `ready`: nothing is rendered in a rehearsal."""
        return self.ready(request) or self._estimate(request)

    def _estimate(self, request: RenderRequest) -> Clip:
        seconds = request.pause_s + (CHIME_S if request.chime or request.kind is ItemKind.CHIME else 0.0)
        seconds += request.repeat * len(request.text.split()) / SYLLABLES_PER_S
        for recording in request.recordings:
            seconds += request.repeat * _length_s(recording)
        return Clip(
            key=f"{ESTIMATED}:{hash(request)}",
            path=Path(),
            audio_sha256=Sha256(""),
            text_sha256=Sha256(""),
            frames=max(1, round(seconds * STATION_RATE_HZ)),
            engine=ESTIMATED,
            voice="",
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.5,
            title=request.title,
        )


def rehearse(settings: Settings, first_day: date, days: int = 1, *, wav: Path | None = None) -> Rehearsal:
    """Simulate whole local days from midnight. With `wav`, what is rendered is also written there, one item after
    another. Raises AudioError when a clip cannot be read for it."""
    start = datetime.combine(first_day, time(), settings.tz)
    clock = ManualClock(start - timedelta(seconds=1))
    journal = Journal(None, clock, durable=False)
    if settings.approval_required and settings.journal_path.exists():
        real = Journal(settings.journal_path, access=Access.READER)
        for approval in real.approvals():
            journal.approve(*approval)
        real.close()
    routes = {zone.name: ZoneRoute() for zone in settings.zones}
    speaker = MemorySpeaker(clock, check_files=False, zones=routes)
    studio = RehearsalStudio(settings, clock)
    notes: list[Words] = []
    station = Station(
        settings,
        clock=clock,
        journal=journal,
        cards=[[speaker]],
        studio=studio,
        on_event=lambda kind, text: notes.append(text) if kind in TOLD else None,
    )
    end = clock.monotonic() + days * 86_400.0
    station.start()
    try:
        simulate(station, clock, end)
        airings = tuple(journal.airings())
        occurrences = tuple(journal.occurrences(start, start + timedelta(days=days)))
    finally:
        station.stop()
    if wav is not None:
        write_heard(speaker, wav)
    problems = [words_of(problem) for problem in station.planning.timetables.problems]
    problems += [_not_aired(row) for row in occurrences if row.outcome not in (None, Outcome.AIRED)]
    return Rehearsal(
        airings=airings,
        occurrences=occurrences,
        problems=tuple(dict.fromkeys([*problems, *notes])),
        estimated=sum(airing.engine == ESTIMATED for airing in airings),
    )


def _not_aired(row: OccurrenceRow) -> Words:
    told = row.reason.words()
    return Words(f"{row.key}: {told.vi}", f"{row.key}: {told.en}")


def simulate(station: Station, clock: ManualClock, end: float) -> None:
    """Step a station until the clock's monotonic time `end`. The station must have been started."""
    while clock.monotonic() < end:
        wait_s = station.step()
        clock.wait(station.wake, min(max(wait_s, 0.0), end - clock.monotonic()))


def write_heard(speaker: MemorySpeaker, path: Path) -> None:
    """Everything the loudspeakers would have given, without the hours of silence. Stand-ins are left out."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(STATION_RATE_HZ)
        for heard in speaker.heard:
            if heard.job.clip.engine == ESTIMATED:
                continue
            _copy(out, heard.job.clip, heard.job.start_frame, heard.frames)
            out.writeframes(bytes(2 * round(GAP_S * STATION_RATE_HZ)))


def _copy(out: wave.Wave_write, clip: Clip, start_frame: int, frames: int) -> None:
    with ClipFile(clip.path, min(clip.frames, start_frame + frames), start_frame) as file:
        while block := file.read(STATION_RATE_HZ):
            out.writeframes(block)


def _length_s(recording: Path) -> float:
    from broadcaster.audio.pcm import probe

    try:
        return probe(recording).duration_s
    except BroadcasterError:
        return 0.0  # rendering says what is wrong with it; a rehearsal only needs a length
