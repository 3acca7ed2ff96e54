"""A station that runs in a thread of the test, at real speed, on a clock that begins whenever the test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ScaledClock
from broadcaster.journal import Journal, RequestRow
from broadcaster.model import Airing, Clip, RequestKind
from broadcaster.settings import load_settings
from broadcaster.speakers import open_speaker, zone_routes
from broadcaster.station import Station, nudge, running
from broadcaster.studio import Studio

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 12, 1, 5, 30, tzinfo=ZONE)
PATIENCE_S = 30.0
"""Nothing in these tests takes longer, both cores busy or not."""
PAUSE_S = 0.01


class LiveStation:
    """One running station, and a door to it."""

    def __init__(self, folder: Path, start: datetime, *, spec: str = "soundcard") -> None:
        settings = load_settings(folder)
        self.settings = settings
        self.clock = ScaledClock(start, 1.0)
        self.events: list[tuple[str, str]] = []
        routes = zone_routes(settings.zone_names)
        self.studio = Studio(settings, self.clock)
        self.station = Station(
            settings,
            clock=self.clock,
            journal=Journal(settings.journal_path, self.clock),
            cards=[[open_speaker(spec, self.clock, zones=routes, latency_s=settings.output.latency_s)]],
            studio=self.studio,
            on_event=lambda kind, text: self.events.append((kind, text.vi)),
        )
        self.station.start()
        self.door = Journal(settings.journal_path, self.clock)
        self._thread = threading.Thread(target=self.station.run, name="station", daemon=True)
        self._thread.start()

    def real(self, moment: datetime) -> float:
        """The machine-monotonic second at which the station's clock shows `moment`."""
        return time.monotonic() + (moment - self.clock.now()).total_seconds()

    def ask(self, kind: RequestKind, **payload: object) -> int:
        """As a door's row. Returns the request's number."""
        number = self.door.ask_raw(kind, json.dumps(payload), "Chị Lan")
        holder = running(self.settings.lock_path)
        assert holder is not None
        nudge(holder)
        return number

    def rows(self) -> list[Airing]:
        """Every airing so far."""
        return list(self.door.airings())

    def until(self, happened: Callable[[], object], what: str) -> None:
        """Wait for something, with a bound."""
        give_up = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < give_up, f"{what}: never\n{self.rows()}\n{self.events}"
            time.sleep(PAUSE_S)

    def until_on_air(self, item: str) -> None:
        """Wait until the output plays this item (its row comes before its first sample)."""

        def heard() -> bool:
            return any(each.item == item and each.playback.frames_played > 0 for each in self.station.player.on_air)

        self.until(heard, f"{item} on air")

    def until_ended(self, number: int) -> RequestRow:
        """Wait for a request's verdict."""
        self.until(lambda: (row := self.door.request(number)) is not None and row.ended_at, f"request {number} ended")
        row = self.door.request(number)
        assert row is not None
        return row

    def clip(self, row: Airing) -> Clip:
        """The cached sound that the row names."""
        for entry in sorted(self.studio.cache.keys()):
            clip = self.studio.cache.get(entry, verify=True)
            if clip is not None and clip.audio_sha256 == row.audio_sha256:
                return clip
        raise AssertionError(f"{row.item}: its sound is not in the cache")

    def stop(self) -> None:
        """As SIGTERM does."""
        self.station.end()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the loop does not end"
        self.station.stop()
        self.door.close()


@contextmanager
def live(folder: Path, start: datetime, *, spec: str = "soundcard") -> Iterator[LiveStation]:
    """A station for one test."""
    station = LiveStation(folder, start, spec=spec)
    try:
        yield station
    finally:
        station.stop()
