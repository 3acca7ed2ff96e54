"""APScheduler's IntervalTrigger, safe against a wall time that jumps by years.

Imported only when jobs are started: APScheduler costs a tenth of a second that most commands need not pay.
"""

from __future__ import annotations

from datetime import datetime

from apscheduler.triggers.interval import IntervalTrigger


class RepeatingTrigger(IntervalTrigger):  # type: ignore[misc]  # APScheduler is not typed
    """Fires at every interval from `start_date` on, and once for all intervals that were jumped over.

    A PC with a flat battery starts in 1970 until the network sets its clock. APScheduler then asks for every missed
    firing one by one, coalesced or not: 88 million of them, for a chore of every 20 seconds.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next firing after `previous_fire_time`; where that is in the past, the first one from `now` on."""
        following: datetime = super().get_next_fire_time(previous_fire_time, now)
        if following < now:
            following = super().get_next_fire_time(None, now)
        return following
