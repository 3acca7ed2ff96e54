"""A stage for the player: real journal (in memory), real queue and gate, the `memory` output, a clock moved by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.model import (
    STATION_RATE_HZ,
    Clip,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Sha256,
)
from broadcaster.playout import Entry, Gate, Outputs, Part, Player, place_for
from broadcaster.schedule import Verdict, decide
from broadcaster.settings import Hours
from broadcaster.speakers.memory import MemorySpeaker

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 25, 5, 30, tzinfo=ZONE)


def clip(name: str, seconds: float) -> Clip:
    return Clip(
        key=name,
        path=Path(f"{name}.wav"),
        audio_sha256=Sha256(name),
        text_sha256=Sha256(name),
        frames=round(seconds * STATION_RATE_HZ),
        engine="tone",
        voice="tone",
        loudness_lufs=-16.0,
        true_peak_dbtp=-1.5,
    )


class Stage:
    """Everything around one player, and a loop that lets simulated time pass."""

    def __init__(
        self, start: datetime = MORNING - timedelta(minutes=5), *, spare: bool = False, approved=None, speaker=None
    ) -> None:
        self.clock = ManualClock(start)
        self.journal = Journal(None, self.clock, output="memory", durable=False)
        self.speaker = speaker or MemorySpeaker(self.clock, check_files=False)
        self.spare = MemorySpeaker(self.clock, check_files=False, spec="memory-spare")
        self.notes: list[tuple[str, str]] = []
        self.outputs = Outputs(
            [self.speaker, self.spare] if spare else [self.speaker],
            self.clock,
            lambda kind, text: self.notes.append((kind, text.vi)),
        )
        self.wake = threading.Event()
        self.player = Player(
            clock=self.clock,
            outputs=self.outputs,
            journal=self.journal,
            gate=Gate(hours=Hours(), tz=ZONE),
            lateness=self._lateness,
            approved=approved or (lambda script, clip: True),
            on_change=self.wake.set,
        )
        self._requests = 0

    def _lateness(self, entry: Entry, now: datetime) -> str | None:
        decision = decide(entry.occurrence, now)
        if decision.verdict in (Verdict.AIR, Verdict.WAIT) or decision.reason is None:
            return None
        return decision.reason.text("vi")

    def session(self, name: str, lengths: dict[str, float], **how) -> Entry:
        """Queue a session of parts {name: seconds}; a length of 0 is a part whose clip is not rendered."""
        return self.queue(f"hang_ngay/{name}/2026-11-25", lengths, **{"level": Level.PHIEN, **how})

    def request(self, lengths: dict[str, float], **how) -> Entry:
        self._requests += 1
        return self.queue(f"yeu_cau/{self._requests}", lengths, **{"level": Level.THONG_THUONG, **how})

    def queue(self, key: str, lengths: dict[str, float], *, level: Level, after: str | None = None, **how) -> Entry:
        resume = how.pop("resume", None)
        late = how.pop("late_minutes", 10)
        occurrence = Occurrence(
            **{
                "key": OccurrenceKey(key),
                "title": key,
                "planned_at": self.clock.now(),
                "items": tuple(Item(kind=ItemKind.SCRIPT, name=name, resume=resume) for name in lengths),
                "level": level,
                "zones": ("tat_ca",),
                "max_minutes": 60.0,
                "late": LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=late)),
                "reason": "thử" if level is Level.KHAN_CAP else "",
                **how,
            }
        )
        parts = tuple(
            Part(
                item=name,
                source=Item(kind=ItemKind.SCRIPT, name=name, resume=resume),
                find=lambda name=name, seconds=seconds: clip(name, seconds) if seconds else None,
                script=name,
            )
            for name, seconds in lengths.items()
        )
        entry = Entry(occurrence=occurrence, parts=parts, place=place_for(level, after))
        self.journal.plan(occurrence)
        self.player.add(entry)
        return entry

    def run(self, seconds: float) -> None:
        """Let simulated time pass, stepping the player whenever it asks for it."""
        end = self.clock.monotonic() + seconds
        while True:
            wait_s = self.player.step()
            left = end - self.clock.monotonic()
            if left <= 0:
                return
            self.clock.wait(self.wake, min(wait_s, left))

    def rows(self) -> list[tuple[str, str, str]]:
        """(occurrence's last name, item, outcome) of every journal row."""
        return [(a.occurrence, a.item, str(a.outcome)) for a in self.journal.airings()]

    def verdict(self, entry: Entry) -> str | None:
        known = self.journal.occurrence(entry.occurrence.key)
        return str(known.outcome) if known and known.outcome else None

    def heard(self) -> list[tuple[str, float, float]]:
        """(item, start, length) in simulated seconds as the loudspeakers had them."""
        heard = [*self.speaker.heard, *self.spare.heard]
        return [(h.job.item, round(h.start, 2), round(h.frames / STATION_RATE_HZ, 2)) for h in heard]


def utc(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=UTC)
