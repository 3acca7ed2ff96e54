"""What the studio's tests share: an engine that remembers, scripts and occurrences."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from broadcaster.errors import SpeechError, Words
from broadcaster.model import (
    EVERYWHERE,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
    Phrase,
    RenderRequest,
)
from broadcaster.speech import Reach, Speech
from broadcaster.speech.tone import ToneEngine
from broadcaster.studio import Studio

DAY = date(2026, 11, 25)


class Recorder(ToneEngine):
    """A tone engine that can be given another name and reach, and remembers what it was asked for."""

    def __init__(self, name: str, reach: Reach = Reach.EMBEDDED, *, broken: str | None = None, takes_s: float = 0.0):
        super().__init__(broken=broken)
        self.name = name
        self.reach = reach
        self.takes_s = takes_s
        self.asked: list[tuple[str, float]] = []
        self.silent_line = False
        """Fails when asked, without having said so before: a line that is down."""

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        self.asked.append((" ".join(phrase.text for phrase in phrases), deadline_s))
        if self.takes_s:
            time.sleep(self.takes_s)
        if self.silent_line:
            raise SpeechError(Words("không có mạng", "no network"), where=self.name)
        return super().speak(phrases, voice="tone", rate=rate, deadline_s=deadline_s)


def write_script(folder: Path, name: str, *, topic: str = "II.1", text: str = "Kính thưa bà con!", **header) -> None:
    lines = [f'id = "{name}"', f'title = "Bài {name}"', f'topic = "{topic}"']
    lines += [f"{key} = {value}" for key, value in header.items()]
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.txt").write_text("+++\n" + "\n".join(lines) + f"\n+++\n\n{text}\n", encoding="utf-8")


REQUEST = RenderRequest(
    kind=ItemKind.TEXT, title="Họp", text="Mời bà con đi họp. Lúc 7 giờ.\n\nXin cảm ơn.", chime=True, pause_s=1.0
)


def occurrence(*items: Item, day: date = DAY, level: Level = Level.PHIEN) -> Occurrence:
    return Occurrence(
        key=OccurrenceKey(f"thu/sang/{day}"),
        title="Buổi sáng",
        # 05:30 in Vietnam is still the evening before in UTC.
        planned_at=datetime(day.year, day.month, day.day, 5, 30, tzinfo=UTC) - timedelta(hours=7),
        items=items,
        level=level,
        zones=(EVERYWHERE,),
        max_minutes=20,
        late=LateRule(kind=LateKind.SKIP),
    )


def script(name: str, **more) -> Item:
    return Item(kind=ItemKind.SCRIPT, name=name, **more)


def topic(name: str, count: int = 1, **more) -> Item:
    return Item(kind=ItemKind.TOPIC, name=name, count=count, **more)


def names(studio: Studio, *items: Item, **more) -> list[str]:
    return [draft.name for draft in studio.resolve(occurrence(*items, **more))]
