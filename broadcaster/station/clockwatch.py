"""Is the wall clock to be believed? A PC with a flat battery boots in the past; NTP then jumps.

Wall time is compared with monotonic time, which never jumps, and with the last time the journal has seen.
"""

from __future__ import annotations

from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import EventKind

STEP_S = 2.0
"""Wall and monotonic time drifting apart by more than this between two looks is a step, not jitter."""
BACK_TOLERANCE = timedelta(seconds=2)
"""The wall may lie this far before the last journalled time and still be trusted: NTP's small corrections."""
RIGHT_AGAIN = Words("đồng hồ đã đúng trở lại", "the clock is right again")
ALIVE_MARK = "alive"
ALIVE_EVERY_S = 20.0
"""How exactly a power cut's beginning is known; each mark is one small write to the disk."""


class ClockWatch:
    """Notices steps, decides trust, and keeps the *alive* mark."""

    def __init__(self, clock: Clock, journal: Journal, *, keeps_mark: bool = True) -> None:
        """`keeps_mark=False`: a single announcement is no sign that the timetable was being followed."""
        self._clock = clock
        self._keeps_mark = keeps_mark
        self._journal = journal
        self._last_alive = journal.mark_time(ALIVE_MARK)
        self.previous_alive = self._last_alive
        """The last heartbeat before this process, or before the clock went wrong."""
        self._offset = self._measure()
        self._next_mark = 0.0
        self.trusted = self._believable()
        if not self.trusted:
            journal.note(EventKind.CLOCK, self.complaint)

    def look(self) -> float:
        """Compare the clocks. Returns by how many seconds the wall was stepped since the last look (0: not at all)."""
        offset = self._measure()
        step = offset - self._offset
        if abs(step) <= STEP_S:
            # Small corrections are followed, so that they do not add up to a false alarm over months.
            self._offset = offset
            step = 0.0
        else:
            self._offset = offset
            self._next_mark = self._clock.monotonic()  # set back again, it is behind what was seen in between
            vi, en = ("tới", "forward") if step > 0 else ("lùi", "back")
            self._journal.note(
                EventKind.CLOCK,
                Words(
                    f"đồng hồ máy bị chỉnh {vi} {abs(step):.0f} giây",
                    f"the computer's clock was set {en} by {abs(step):.0f} s",
                ),
            )
        trusted = self._believable()
        if trusted != self.trusted:
            self.previous_alive = self._last_alive
            self._journal.note(EventKind.CLOCK, RIGHT_AGAIN if trusted else self.complaint)
        self.trusted = trusted
        if trusted and self._keeps_mark and self._clock.monotonic() >= self._next_mark:
            self._next_mark = self._clock.monotonic() + ALIVE_EVERY_S
            self.beat()
        return step

    def beat(self) -> None:
        """Journal the heartbeat now (the station does when it stops)."""
        if self.trusted and self._keeps_mark:
            self._last_alive = self._clock.now()
            self._journal.set_mark_time(ALIVE_MARK, self._last_alive)

    def confirm(self) -> None:
        """An operator says that the clock is right, whatever the journal has seen."""
        self._last_alive = self._clock.now()
        self._journal.set_mark_time(ALIVE_MARK, self._last_alive)
        self.trusted = True

    def _measure(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _believable(self) -> bool:
        return self._last_alive is None or self._clock.now() >= self._last_alive - BACK_TOLERANCE

    @property
    def complaint(self) -> Words:
        """Why the clock is not believed, and what to do; empty when it is."""
        if self._last_alive is None or self._believable():
            return Words("", "")
        last = self._last_alive.isoformat(timespec="minutes")
        return Words(
            f"đồng hồ máy sớm hơn lần ghi cuối ({last}); chỉ phát khẩn cấp"
            " cho đến khi đồng hồ đúng. Chỉnh giờ, hoặc chạy «broadcaster resume --clock»",
            f"the computer's clock is before the journal's last time ({last}); only emergencies air"
            " until it is right. Set it, or run 'broadcaster resume --clock'",
        )
