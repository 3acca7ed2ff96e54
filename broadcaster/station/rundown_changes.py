"""`rundown drop | insert | move | replace`: changes of today's and tomorrow's rundowns by hand, before a cue begins.

schedules/ stays as it is. Every change is an event with who and why; a dropped or moved cue gets its as-run row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import (
    Cue,
    CueState,
    DropCue,
    EventKind,
    InsertCue,
    MoveCue,
    Occurrence,
    OccurrenceKey,
    Outcome,
    ReplaceCue,
    RundownChange,
)
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.settings import Settings
from broadcaster.station.commands import Refusal
from broadcaster.station.rundowns import Rundowns


class RundownChanges:
    """See the module's docstring. Belongs to the station's loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        journal: Journal,
        rundowns: Rundowns,
        owed: Callable[[OccurrenceKey], Occurrence | None],
        changed: Callable[[Occurrence], None],
        note: Callable[[EventKind, Words], None],
    ) -> None:
        """`owed(key)`: an occurrence that is planned or with playout; `changed(occurrence)`: called after a change."""
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._rundowns = rundowns
        self._owed = owed
        self._changed = changed
        self._note = note

    def carry_out(self, command: RundownChange, by: str) -> Reason:
        """Do it. Returns what was done; raises Refusal."""
        match command:
            case DropCue():
                cue, occurrence = self._waiting(command.cue)
                self._drop(cue, occurrence, by, command.reason)
            case InsertCue():
                occurrence = self._changeable(command.occurrence)
                before = self._place(command.before, occurrence)
                cue = self._added(self._rundowns.of(occurrence.key).cues, occurrence, command, before, by)
            case MoveCue():
                cue, occurrence = self._waiting(command.cue)
                self._move(cue, occurrence, command, by)
            case ReplaceCue():
                old, occurrence = self._waiting(command.cue)
                stored = self._rundowns.of(occurrence.key).cues
                self._row(old, occurrence, reason(ReasonCode.DROPPED, by=by, why=_because(command.reason)))
                rundown = self._rundowns.replace(old, occurrence, command.item, by)
                cue = next((new for new in rundown.cues if new not in stored), old)
        self._changed(occurrence)
        why = _because(command.reason)
        self._note(
            EventKind.RUNDOWN,
            Words(
                f"{by} sửa chương trình «{occurrence.title}»: {_DONE[type(command)].vi} {cue.label}{why}",
                f"{by} changed the rundown of '{occurrence.title}': {_DONE[type(command)].en} {cue.label}{why}",
            ),
        )
        return reason(ReasonCode.DONE_RUNDOWN, label=cue.label, title=cue.title)

    def _added(
        self, stored: tuple[Cue, ...], occurrence: Occurrence, command: InsertCue, before: Cue | None, by: str
    ) -> Cue:
        known = {cue.id for cue in stored}
        rundown = self._rundowns.insert(occurrence, command.item, before, by)
        added = next((cue for cue in rundown.cues if cue.id not in known), None)
        if added is None:  # a chime where the station has none
            raise Refusal(reason(ReasonCode.NOTHING_TO_AIR))
        return added

    def _drop(self, cue: Cue, occurrence: Occurrence, by: str, why: str) -> None:
        with self._journal.together():
            self._row(cue, occurrence, reason(ReasonCode.DROPPED, by=by, why=_because(why)))
            self._rundowns.drop(cue, by)

    def _move(self, cue: Cue, occurrence: Occurrence, command: MoveCue, by: str) -> None:
        if command.occurrence is None or command.occurrence == occurrence.key:
            self._rundowns.move(cue, self._place(command.before, occurrence), by)
            return
        to = self._changeable(command.occurrence)
        with self._journal.together():
            self._row(cue, occurrence, reason(ReasonCode.MOVED, by=by, to=to.title))
            self._rundowns.move_to(cue, to.key, self._place(command.before, to), by)
        self._changed(to)

    def _row(self, cue: Cue, occurrence: Occurrence, why: Reason) -> None:
        """No cue ends without a row."""
        self._journal.never_aired(occurrence, cue.label, Outcome.CANCELLED, why, cue=cue, script=cue.script)

    def _waiting(self, cue_id: int) -> tuple[Cue, Occurrence]:
        """A cue that has not begun, and its occurrence. Raises Refusal."""
        cue = self._journal.cue(cue_id)
        if cue is None or cue.state is CueState.REMOVED:
            raise Refusal(reason(ReasonCode.NO_SUCH_CUE, cue=cue_id))
        if cue.state is not CueState.WAITING:
            raise Refusal(reason(ReasonCode.CUE_BEGUN, label=cue.label))
        return cue, self._changeable(cue.occurrence)

    def _place(self, before: int | None, occurrence: Occurrence) -> Cue | None:
        """The waiting cue of this occurrence before which something is put. Raises Refusal."""
        if before is None:
            return None
        cue, other = self._waiting(before)
        if other.key != occurrence.key:
            raise Refusal(reason(ReasonCode.NO_SUCH_CUE, cue=before))
        return cue

    def _changeable(self, key: OccurrenceKey) -> Occurrence:
        """An occurrence of today or tomorrow that has not ended. Raises Refusal."""
        occurrence = self._owed(key)
        if occurrence is not None:
            today = self._clock.now().astimezone(self._settings.tz).date()
            day = occurrence.planned_at.astimezone(self._settings.tz).date()
            if day <= today + timedelta(days=1):
                return occurrence
        raise Refusal(reason(ReasonCode.NOT_CHANGEABLE))


_DONE = {
    DropCue: Words("bỏ", "dropped"),
    InsertCue: Words("thêm", "inserted"),
    MoveCue: Words("chuyển", "moved"),
    ReplaceCue: Words("thay bằng", "replaced by"),
}


def _because(why: str) -> str:
    return f" ({why})" if why.strip() else ""
