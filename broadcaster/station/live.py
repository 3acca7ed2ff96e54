"""Writes position and level of what is on the air into the shared record, several times a second, beside the loop.

A thread of its own that runs while something sounds; a hundred readers of the record cost the loop nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from broadcaster.clock import SystemClock
from broadcaster.live_record import LiveEntry, LiveRecordWriter
from broadcaster.model import STATION_RATE_HZ
from broadcaster.playout import OnAir
from broadcaster.settings import Settings

EVERY_S = 0.1
"""Real seconds between two records while something sounds."""
IDLE_EVERY_S = 1.0
"""While nothing does: the record says that the station is alive."""


class LiveMeter:
    """Belongs to a running station."""

    def __init__(self, settings: Settings, on_air: Callable[[], Sequence[OnAir]]) -> None:
        """`on_air()` gives what sounds now; it is called from the meter's thread."""
        self._zones = settings.zone_names
        self._on_air = on_air
        self._writer = LiveRecordWriter(settings.folder)
        self._clock = SystemClock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="live record", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Something began or ended: write at once."""
        self._wake.set()

    def close(self) -> None:
        """Stop writing and remove the record."""
        self._closing = True
        self._wake.set()
        self._thread.join(2 * IDLE_EVERY_S)
        self._writer.close()

    def _run(self) -> None:
        while not self._closing:
            sounding = tuple(self._on_air())
            self._writer.write([_entry(zone, sounding) for zone in self._zones])
            self._clock.wait(self._wake, EVERY_S if sounding else IDLE_EVERY_S)


def _entry(zone: str, sounding: Sequence[OnAir]) -> LiveEntry:
    on_air = next((each for each in sounding if zone in each.heard_in), None)
    if on_air is None:
        return LiveEntry(zone=zone, occurrence="", item="", position_s=0, length_s=None, level_dbfs=None, state="")
    playback = on_air.playback
    return LiveEntry(
        zone=zone,
        occurrence=on_air.strand.occurrence.key,
        item=on_air.item,
        position_s=(on_air.start_frame + playback.frames_played) / STATION_RATE_HZ,
        length_s=on_air.clip.length_s,
        level_dbfs=playback.level_dbfs,
        state=playback.state,
    )
