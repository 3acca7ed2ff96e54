"""A stage for the player: real journal (in memory), real queue and gate, the `memory` output, a clock moved by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ManualClock
from broadcaster.errors import Words
from broadcaster.journal import Journal
from broadcaster.model import (
    EVERYWHERE,
    STATION_RATE_HZ,
    Clip,
    Cue,
    CueDraft,
    EventKind,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Place,
    ScriptId,
    Sha256,
)
from broadcaster.playout import Call, Director, Gate, OutputBank, Outputs, Player, place_for
from broadcaster.reasons import Reason, ReasonCode, reason
from broadcaster.schedule import Verdict, decide
from broadcaster.settings import Hours
from broadcaster.speakers import zone_routes
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


class Clips:
    """Clips of any length at once, without rendering."""

    def __init__(self, now: Callable[[], float], approved: Callable[[str, Clip], bool] | None = None) -> None:
        self.now = now
        self.rendered_at: dict[int, tuple[float, float]] = {}
        """Cues that are being rendered, by id: (station-monotonic second of the end, seconds of sound)."""
        self.lengths: dict[int, float] = {}
        """Seconds by cue id; 0: not rendered."""
        self._approved = approved or (lambda script, clip: True)

    def find(self, cue: Cue) -> Clip | None:
        moment, seconds = self.rendered_at.get(cue.id, (0.0, self.lengths[cue.id]))
        if self.now() < moment:
            return None
        return clip(cue.label, seconds) if seconds else None

    def pending(self, cue: Cue) -> bool:
        return self.now() < self.rendered_at.get(cue.id, (0.0, 0.0))[0]

    def why_not(self, cue: Cue) -> Reason:
        return reason(ReasonCode.NO_CLIP)

    def approved(self, cue: Cue, clip: Clip) -> bool:
        return cue.script is None or self._approved(cue.script, clip)


class Stage:
    """Everything around one player, and a loop that lets simulated time pass."""

    def __init__(
        self,
        start: datetime = MORNING - timedelta(minutes=5),
        *,
        spare: bool = False,
        approved=None,
        speaker=None,
        zones: tuple[str, ...] = (EVERYWHERE,),
        cards: tuple[tuple[str, ...], ...] = (),
        heard_together: dict[str, frozenset[str]] | None = None,
        zone_hours: dict[str, Hours] | None = None,
    ) -> None:
        self.clock = ManualClock(start)
        self.journal = Journal(None, self.clock, durable=False)
        self.notes: list[tuple[str, str]] = []
        self.zones = tuple(zone for card in cards for zone in card) if cards else zones
        self.speakers = [
            MemorySpeaker(self.clock, check_files=False, zones=zone_routes(card), spec=f"card{number}")
            for number, card in enumerate(cards, 1)
        ]
        self.speaker = speaker or MemorySpeaker(self.clock, check_files=False, zones=zone_routes(self.zones))
        self.spare = MemorySpeaker(self.clock, check_files=False, zones=zone_routes(self.zones), spec="memory-spare")
        self.spares = [
            MemorySpeaker(self.clock, check_files=False, zones=zone_routes(card), spec=f"spare{number}")
            for number, card in enumerate(cards if spare else (), 1)
        ]
        chains = [[self.speaker, self.spare] if spare else [self.speaker]]
        if cards:
            chains = (
                [list(chain) for chain in zip(self.speakers, self.spares, strict=True)]
                if spare
                else [[one] for one in self.speakers]
            )
        self.outputs = OutputBank([Outputs(chain, self.clock, self._note) for chain in chains], self.clock)
        self.wake = threading.Event()
        self.clips = Clips(self.clock.monotonic, approved)
        self.player = Player(
            clock=self.clock,
            outputs=self.outputs,
            journal=self.journal,
            gate=Gate(hours=Hours(), tz=ZONE, zone_hours=zone_hours or {}),
            director=Director(heard_together=heard_together or {}),
            clips=self.clips,
            lateness=self._lateness,
            on_change=self.wake.set,
        )
        self._requests = 0

    def _note(self, kind: EventKind, text: Words) -> None:
        self.notes.append((str(kind), text.vi))

    def _lateness(self, call: Call, now: datetime) -> Reason | None:
        decision = decide(call.occurrence, now)
        return None if decision.verdict in (Verdict.AIR, Verdict.WAIT) else decision.reason

    def session(self, name: str, lengths: dict[str, float], **how) -> Call:
        """Queue a session of cues {name: seconds}; a length of 0 is a cue whose clip is not rendered."""
        return self.queue(f"hang_ngay/{name}/2026-11-25", lengths, **{"level": Level.PHIEN, **how})

    def request(self, lengths: dict[str, float], **how) -> Call:
        self._requests += 1
        return self.queue(f"yeu_cau/{self._requests}", lengths, **{"level": Level.THONG_THUONG, **how})

    def queue(self, key: str, lengths: dict[str, float], *, level: Level, after: str | None = None, **how) -> Call:
        resume = how.pop("resume", None)
        late = how.pop("late_minutes", 10)
        items = tuple(Item(kind=ItemKind.SCRIPT, name=name, resume=resume) for name in lengths)
        occurrence = Occurrence(
            **{
                "key": OccurrenceKey(key),
                "title": key,
                "planned_at": self.clock.now(),
                "items": items,
                "level": level,
                "zones": self.zones,
                "max_minutes": 60.0,
                "late": LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=late)),
                "reason": "thử" if level is Level.KHAN_CAP else "",
                **how,
            }
        )
        self.journal.plan(occurrence)
        drafts = [
            CueDraft(item=item, name=item.name, title=item.name, script=ScriptId(item.name))
            for item in occurrence.items
        ]
        stored = self.journal.store_rundown(occurrence.key, drafts).cues
        cues = tuple(replace(cue, label=cue.name) for cue in stored)
        self.clips.lengths |= {cue.id: lengths[cue.name] for cue in cues}
        call = Call(
            occurrence=occurrence,
            cues=cues,
            place=place_for(level, Place(after) if after else None),
            zones=frozenset(occurrence.zones),
        )
        self.player.add(call)
        return call

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

    def verdict(self, call: Call) -> str | None:
        known = self.journal.occurrence(call.occurrence.key)
        return str(known.outcome) if known and known.outcome else None

    def why(self, call: Call) -> ReasonCode | None:
        """The code of the verdict's reason."""
        known = self.journal.occurrence(call.occurrence.key)
        return known.reason.code if known else None

    def heard(self) -> list[tuple[str, float, float]]:
        """(item, start, length) in simulated seconds as the loudspeakers had them."""
        heard = [*self.speaker.heard, *self.spare.heard]
        return [(h.job.item, round(h.start, 2), round(h.frames / STATION_RATE_HZ, 2)) for h in heard]

    def heard_in(self, zone: str) -> list[tuple[str, float, float]]:
        """(item, start, length) as one zone had them, in order."""
        speakers = [*self.speakers, *self.spares, self.speaker, self.spare]
        heard = sorted((h for each in speakers for h in each.heard if h.zone == zone), key=lambda h: h.start)
        return [(h.job.item, round(h.start, 2), round(h.frames / STATION_RATE_HZ, 2)) for h in heard]


def utc(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=UTC)
