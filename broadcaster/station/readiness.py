"""Are the clips there, and approved? Asks for what is missing, long before its minute; notes *ready* or *not ready*."""

from __future__ import annotations

from collections.abc import Iterable

from broadcaster.journal import Journal
from broadcaster.model import Clip, Occurrence, OccurrenceKey, State
from broadcaster.settings import Settings
from broadcaster.station.renders import Renders
from broadcaster.studio import Line, RenderRequest, Studio

MOST_TOLD = 5
"""Items named in one reason: the journal is read by people."""
PLAYED_KEPT = 64
"""More than wait and repeat at once; what is spared has no bound of its own."""
NO_ORDER = "không dựng được"
RENDERING = "đang dựng"
NOT_THERE = "bản thu chưa sẵn sàng"
NOT_APPROVED = "bản thu chưa được lãnh đạo duyệt"


class Readiness:
    """See the module's docstring. Belongs to the station's loop; rendering and proving go on in the background."""

    def __init__(self, settings: Settings, *, journal: Journal, studio: Studio, renders: Renders) -> None:
        self._settings = settings
        self._journal = journal
        self._studio = studio
        self._renders = renders
        self._spared: frozenset[OccurrenceKey] = frozenset()
        """Occurrences whose clips the cache was last told to spare."""
        self._played: dict[RenderRequest, None] = {}
        """What the player looked for lately, oldest first: spared too, for it may come back in the next round."""

    def prepare(self, occurrence: Occurrence, *, prove: bool = False) -> str:
        """Look at every clip, ask for what is missing, note the state. Returns what is missing, empty for nothing.

        What the leaders have not approved is missing too: the gate will refuse it.

        `prove`: also have the sound of each read whole, in the background.
        """
        missing: list[str] = []
        for line in self._studio.orders(occurrence):
            if line.order is None:
                missing.append(f"{line.item}: {trouble_of(line)}")
                continue
            clip = self._studio.ready(line.order)
            if clip is None:
                failure = self._renders.failure(line.order)
                self._renders.want(line.order)
                if self._studio.ready(line.order) is None:
                    missing.append(f"{line.item}: {failure or RENDERING}")
                continue
            if self._lacks_approval(line, clip):
                missing.append(f"{line.item}: {NOT_APPROVED}")
            if clip.provisional and not self._approved_as_is(line, clip):
                self._renders.want(line.order, again=True)
            elif prove:
                self._renders.prove(line.order)
        if self._journal.occurrence(occurrence.key) is not None:
            self._note(occurrence, missing)
        return _told(missing)

    def refresh(self, occurrences: Iterable[Occurrence]) -> None:
        """Something was rendered: update the state of what waits for it."""
        for occurrence in occurrences:
            known = self._journal.occurrence(occurrence.key)
            if known is not None and known.state in (State.PLANNED, State.NOT_READY):
                troubles = [(line.item, self._trouble(line)) for line in self._studio.orders(occurrence)]
                self._note(occurrence, [f"{item}: {trouble}" for item, trouble in troubles if trouble])

    def find(self, order: RenderRequest) -> Clip | None:
        """The clip, proved whole; what is not there is asked for, unless that has just failed."""
        if order not in self._played:
            self._played[order] = None
            if len(self._played) > PLAYED_KEPT:
                del self._played[next(iter(self._played))]
            self._studio.protect([order], besides=True)
        clip = self._renders.clip(order)
        if clip is None and self._renders.failure(order) is None:
            self._renders.want(order)
        return clip

    def why_not(self, order: RenderRequest) -> str:
        """Why `find` found nothing."""
        return self._renders.failure(order) or NOT_THERE

    def spare(self, owed: Iterable[Occurrence], *, anew: bool = False) -> None:
        """Tell the cache what the next day needs; only when that has grown, or `anew`."""
        occurrences = {occurrence.key: occurrence for occurrence in owed}
        if not anew and self._spared.issuperset(occurrences):
            return
        self._spared = frozenset(occurrences)
        lines = [line for occurrence in occurrences.values() for line in self._studio.orders(occurrence)]
        self._studio.protect([*(line.order for line in lines if line.order is not None), *self._played])

    def _approved_as_is(self, line: Line, clip: Clip) -> bool:
        """Where approval is required, a better voice would be another sound, which nobody has approved."""
        return self._settings.approval_required and line.script is not None and not self._lacks_approval(line, clip)

    def _lacks_approval(self, line: Line, clip: Clip) -> bool:
        """The gate will refuse it."""
        if not self._settings.approval_required or line.script is None:
            return False
        return self._journal.approval(line.script, clip.audio_sha256) is None

    def _trouble(self, line: Line) -> str:
        if line.order is None:
            return trouble_of(line)
        clip = self._studio.ready(line.order)
        if clip is not None:
            return NOT_APPROVED if self._lacks_approval(line, clip) else ""
        return self._renders.failure(line.order) or RENDERING

    def _note(self, occurrence: Occurrence, missing: list[str]) -> None:
        state = State.NOT_READY if missing else State.READY
        self._journal.set_state(occurrence.key, state, _told(missing))


def _told(missing: list[str]) -> str:
    more = [f"và {len(missing) - MOST_TOLD} mục nữa"] if len(missing) > MOST_TOLD else []
    return "; ".join(missing[:MOST_TOLD] + more)


def trouble_of(line: Line) -> str:
    """Why a line has no order."""
    return line.problem.line() if line.problem else NO_ORDER
