"""`none`: takes everything at the clock's pace and discards it."""

from __future__ import annotations

from broadcaster.errors import Words
from broadcaster.speakers.clocked import ClockedSpeaker


class NoneSpeaker(ClockedSpeaker):
    """Contract of `Speaker`; clips are checked, not read."""

    reads_sound = False

    def acquire(self) -> None:
        """Nothing to acquire."""

    def describe(self) -> Words:
        return Words("không phát ra đâu cả (none)", "discards all sound (none)")
