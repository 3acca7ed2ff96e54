"""Sound for doors: what the next days need and how it would sound, looked up or rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.clock import Clock
from broadcaster.errors import BroadcasterError
from broadcaster.journal import Journal
from broadcaster.model import Clip, CueDraft, Occurrence, OccurrenceKey, RenderRequest, ScriptId
from broadcaster.reasons import Reason, ReasonCode, reason_of
from broadcaster.service.answer import exit_code_of
from broadcaster.service.door import read_journal
from broadcaster.service.planned import occurrences_between
from broadcaster.settings import Settings
from broadcaster.studio import Studio

LOOKED_AHEAD_DAYS = 31
"""Topics rotate by day: within a month every script of the sample comes up."""
KEPT_DAYS = 2
"""`prune` protects what these days need: it is rendered already and may not be in time again."""

Progress = Callable[[int, int, RenderRequest], None]
"""Told after each clip: how many are done, of how many, and which."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of what an occurrence consists of: of its stored rundown, or as planning would resolve it now."""

    occurrence: Occurrence
    label: str
    """As rows call the item, e.g. `02-dich_vu_cong`."""
    draft: CueDraft


class Sounds:
    """The station's studio and stored rundowns, for one query. Use with `with`; `render` is what takes long."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises SettingsError or JournalError."""
        self.settings = settings
        self.clock = clock
        self.studio = Studio(settings, clock)
        self._journal: Journal = read_journal(settings, clock)

    def __enter__(self) -> Sounds:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End rendering processes, close the journal."""
        self.studio.close()
        self._journal.close()

    def lines(self, occurrence: Occurrence) -> tuple[Line, ...]:
        """What it consists of, in the order of airing: the stored rundown where there is one."""
        stored = self._journal.rundown(occurrence.key).cues
        if stored:
            return tuple(Line(occurrence=occurrence, label=cue.label, draft=cue) for cue in stored)
        drafts = self.studio.resolve(occurrence)
        return tuple(
            Line(occurrence=occurrence, label=f"{number:02d}-{draft.name}", draft=draft)
            for number, draft in enumerate(drafts, 1)
        )

    def needed(self, start: datetime, end: datetime) -> list[Line]:
        """Every line of every occurrence planned in (start, end], broken ones included."""
        return [line for one in occurrences_between(self.settings, start, end) for line in self.lines(one)]

    def length_s(self, line: Line) -> float | None:
        """Seconds of sound; None while it is not rendered."""
        clip = None if line.draft.request is None else self.studio.ready(line.draft.request)
        return None if clip is None else clip.duration_s

    def occurrence_length_s(self, occurrence: Occurrence) -> float | None:
        """Seconds of everything that can be made of it; None while a clip is missing."""
        lengths = [self.length_s(line) for line in self.lines(occurrence) if line.draft.request is not None]
        known = [length for length in lengths if length is not None]
        return sum(known) if known and len(known) == len(lengths) else None

    def rendered(self, request: RenderRequest) -> Clip:
        """The clip. Raises what kept it from being made."""
        (result,) = self.studio.render_all([request])
        if isinstance(result, BroadcasterError):
            raise result
        return result

    def forms_of(self, script_id: str) -> list[RenderRequest]:
        """Every form in which a script may air, the next planned one first. Raises NotFoundError or ScriptError.

        A line of the timetable may ask for another voice or for repeats.
        """
        plain = self.studio.script_request(script_id)
        now = self.clock.now()
        planned = [
            line.draft.request
            for line in self.needed(now, now + timedelta(days=LOOKED_AHEAD_DAYS))
            if line.draft.script == script_id and line.draft.request is not None
        ]
        return list(dict.fromkeys([*planned, plain]))

    def sounds_of(
        self, script_ids: Sequence[str], progress: Progress | None = None
    ) -> list[tuple[ScriptId, RenderRequest, Clip]]:
        """(id, request, clip) of every form of these scripts. Raises at the first that cannot be had."""
        wanted = [(ScriptId(name), request) for name in script_ids for request in self.forms_of(name)]
        results = self.studio.render_all([request for _, request in wanted], progress=progress)
        found = []
        for (script_id, request), result in zip(wanted, results, strict=True):
            if isinstance(result, BroadcasterError):
                raise result
            found.append((script_id, request, result))
        return found


@dataclass(frozen=True, kw_only=True)
class NotReady:
    """A line that could not be made."""

    session: str
    """Key of the session, without the date."""
    item: str
    reason: Reason
    exit_code: int


@dataclass(frozen=True, kw_only=True)
class RenderedAhead:
    """What `render` has done."""

    clips: tuple[Clip, ...]
    made_now: int
    not_ready: tuple[NotReady, ...]

    @property
    def length_s(self) -> float:
        """Seconds of all clips together."""
        return sum(clip.duration_s for clip in self.clips)

    @property
    def provisional(self) -> tuple[Clip, ...]:
        """Spoken by the safety net; a better engine will replace them."""
        return tuple(clip for clip in self.clips if clip.provisional)


def render_ahead(settings: Settings, clock: Clock, days: int, progress: Progress | None = None) -> RenderedAhead:
    """Render everything that the next days need."""
    now = clock.now()
    with Sounds(settings, clock) as sounds:
        lines = sounds.needed(now, now + timedelta(days=days))
        requests = list(dict.fromkeys(line.draft.request for line in lines if line.draft.request is not None))
        before = sum(sounds.studio.ready(request) is not None for request in requests)
        results = dict(zip(requests, sounds.studio.render_all(requests, progress=progress), strict=True))
    missing: dict[tuple[str, str], NotReady] = {}
    for line in lines:
        trouble = _trouble(line, results)
        if trouble is not None:
            session = line.occurrence.key.rpartition("/")[0]
            reason, exit_code = trouble
            missing.setdefault(
                (session, line.label),
                NotReady(session=session, item=line.label, reason=reason, exit_code=exit_code),
            )
    clips = tuple(result for result in results.values() if isinstance(result, Clip))
    return RenderedAhead(clips=clips, made_now=max(0, len(clips) - before), not_ready=tuple(missing.values()))


def _trouble(line: Line, results: dict[RenderRequest, Clip | BroadcasterError]) -> tuple[Reason, int] | None:
    """Why there is no sound for a line, and its exit code; None when there is, or none is to be made ahead."""
    if line.draft.problem is not None:
        return line.draft.problem, exit_code_of(line.draft.problem, BroadcasterError)
    if line.draft.request is None:
        return None
    result = results[line.draft.request]
    if isinstance(result, BroadcasterError):
        return reason_of(ReasonCode.RENDER_FAILED, result), result.exit_code
    return None


def prune_cache(settings: Settings, clock: Clock) -> int:
    """Bring the cache down to its bound; what the next days need stays. Returns how many clips were removed."""
    with Sounds(settings, clock) as sounds:
        now = clock.now()
        lines = sounds.needed(now, now + timedelta(days=KEPT_DAYS))
        sounds.studio.protect([line.draft.request for line in lines if line.draft.request is not None])
        return sounds.studio.cache.prune()


def lengths_by_key(sounds: Sounds, occurrences: Sequence[Occurrence]) -> dict[OccurrenceKey, float]:
    """Lengths in seconds of those that are rendered."""
    return {one.key: length for one in occurrences if (length := sounds.occurrence_length_s(one)) is not None}
