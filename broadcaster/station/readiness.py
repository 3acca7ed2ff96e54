"""Are the clips there, and approved? Asks for what is missing, long before its minute; notes *ready* or *not ready*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from broadcaster.journal import Journal
from broadcaster.model import Clip, Cue, Occurrence, OccurrenceKey, RenderRequest, State
from broadcaster.reasons import NO_REASON, Reason, ReasonCode, reason
from broadcaster.settings import Settings
from broadcaster.station.renders import Renders
from broadcaster.station.rundowns import Rundowns
from broadcaster.studio import Studio

MOST_TOLD = 5
"""Cues named in one reason: the journal is read by people."""
PLAYED_KEPT = 64
"""More than wait and repeat at once; what is protected has no bound of its own."""


class Readiness:
    """See the module's docstring; also where playout gets its clips (`playout.Clips`). Belongs to the station's loop;
    rendering and proving go on in the background."""

    def __init__(
        self, settings: Settings, *, journal: Journal, studio: Studio, renders: Renders, rundowns: Rundowns
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._studio = studio
        self._renders = renders
        self._rundowns = rundowns
        self._protected: frozenset[OccurrenceKey] = frozenset()
        """Occurrences whose clips the cache was last told to keep."""
        self._played: dict[RenderRequest, None] = {}
        """What playout looked for lately, oldest first: kept too, for it may come back in the next round."""

    def prepare(self, occurrence: Occurrence, *, prove: bool = False) -> Reason | None:
        """Look at every clip, ask for what is missing, note the state. Returns what is missing, None for nothing.

        What the leaders have not approved is missing too: the gate will refuse it.

        `prove`: also have the sound of each read whole, in the background.
        """
        missing: list[Reason] = []
        for cue in self._rundowns.of(occurrence.key).cues:
            trouble = self._prepare(cue, prove=prove)
            if trouble is not None:
                missing.append(_of_item(cue, trouble))
        self._note(occurrence, missing)
        return _told(missing) if missing else None

    def _prepare(self, cue: Cue, *, prove: bool) -> Reason | None:
        """Ask for what one cue needs. Returns what it lacks now."""
        request = cue.request
        if request is None:
            return cue.problem
        clip = self._studio.ready(request)
        if clip is None:
            failure = self._renders.failure(request)
            self._renders.want(request)
            return None if self._studio.ready(request) is not None else failure or reason(ReasonCode.RENDERING)
        lacks = self._lacks_approval(cue, clip)
        if clip.provisional and not self._approved_as_is(cue, lacks):
            self._renders.want(request, again=True)
        elif prove:
            self._renders.prove(request)
        return reason(ReasonCode.NOT_APPROVED) if lacks else None

    def refresh(self, occurrences: Iterable[Occurrence]) -> None:
        """Something was rendered: update the state of what waits for it."""
        for occurrence in occurrences:
            known = self._journal.occurrence(occurrence.key)
            if known is not None and known.state in (State.PLANNED, State.NOT_READY):
                troubles = [(cue, self._trouble(cue)) for cue in self._rundowns.of(occurrence.key).cues]
                self._note(occurrence, [_of_item(cue, trouble) for cue, trouble in troubles if trouble is not None])

    # --- for playout -------------------------------------------------------------------------------------------

    def find(self, cue: Cue) -> Clip | None:
        """The clip, proved whole; what is not there is asked for, unless that has just failed."""
        request = cue.request
        if request is None:
            return None
        if request not in self._played:
            self._played[request] = None
            if len(self._played) > PLAYED_KEPT:
                del self._played[next(iter(self._played))]
            self._studio.protect([request], besides=True)
        clip = self._renders.clip(request)
        if clip is None and self._renders.failure(request) is None:
            self._renders.want(request)
        return clip

    def pending(self, cue: Cue) -> bool:
        """Whether it is being rendered right now."""
        return cue.request is not None and self._renders.pending(cue.request)

    def why_not(self, cue: Cue) -> Reason:
        """Why `find` found nothing."""
        if cue.request is None:
            return cue.problem or reason(ReasonCode.NO_CLIP)
        return self._renders.failure(cue.request) or reason(ReasonCode.NO_CLIP)

    def approved(self, cue: Cue, clip: Clip) -> bool:
        """Whether exactly this sound may air."""
        return not self._lacks_approval(cue, clip)

    # --- inner -------------------------------------------------------------------------------------------------

    def protect(self, owed: Iterable[Occurrence], *, anew: bool = False) -> None:
        """Tell the cache what the next day needs; only when that has grown, or `anew`."""
        occurrences = {occurrence.key: occurrence for occurrence in owed}
        if not anew and self._protected.issuperset(occurrences):
            return
        self._protected = frozenset(occurrences)
        cues = [cue for key in occurrences for cue in self._rundowns.of(key).cues]
        self._studio.protect([*(cue.request for cue in cues if cue.request is not None), *self._played])

    def _approved_as_is(self, cue: Cue, lacks: bool) -> bool:
        """Where approval is required, a better voice would be another sound, which nobody has approved."""
        return self._settings.approval_required and cue.script is not None and not lacks

    def _lacks_approval(self, cue: Cue, clip: Clip) -> bool:
        """The gate will refuse it."""
        if not self._settings.approval_required or cue.script is None:
            return False
        return self._journal.approval(cue.script, clip.audio_sha256) is None

    def _trouble(self, cue: Cue) -> Reason | None:
        request = cue.request
        if request is None:
            return cue.problem
        clip = self._studio.ready(request)
        if clip is not None:
            return reason(ReasonCode.NOT_APPROVED) if self._lacks_approval(cue, clip) else None
        return self._renders.failure(request) or reason(ReasonCode.RENDERING)

    def _note(self, occurrence: Occurrence, missing: list[Reason]) -> None:
        if self._journal.occurrence(occurrence.key) is not None:
            state = State.NOT_READY if missing else State.READY
            self._journal.set_state(occurrence.key, state, _told(missing) if missing else NO_REASON)


def _of_item(cue: Cue, trouble: Reason) -> Reason:
    return replace(trouble, facts={**trouble.facts, "item": cue.label})


def _told(missing: list[Reason]) -> Reason:
    told = reason(ReasonCode.NOT_READY, **({"more": len(missing) - MOST_TOLD} if len(missing) > MOST_TOLD else {}))
    return replace(told, also=tuple(missing[:MOST_TOLD]))
