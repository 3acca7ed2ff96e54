"""An occurrence → its lines: topics dealt out by day, placeholders filled, dates respected, repeats written out.

A broken script is a line with a problem; the other lines go on. The same occurrence always gives the same lines while
scripts_vi/ stays as it is: the journal finds its place again after a restart by their names.

A script sounds the same in every session (what was previewed and approved is what airs), so sessions place their
chimes themselves; ad-hoc texts begin with one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from broadcaster.errors import AudioError, BroadcasterError, NotFoundError, RefusedError, UsageError, Words
from broadcaster.file_stamp import FileStamp, folder_stamp
from broadcaster.model import Item, ItemKind, Level, Occurrence, Script, ScriptId
from broadcaster.scripts import Library, fill, load_library, valid_on
from broadcaster.settings import Settings
from broadcaster.slug import slug
from broadcaster.studio.request import Line, RenderRequest

BULLETIN_PAUSE_S = 1.0
"""Silence after each bulletin: the next one must not fall into the echo of this one."""
NO_CHIME = "none"
_LABEL_LENGTH = 40
_TITLE_LENGTH = 60


class Lineup:
    """Reads scripts_vi/ when it changed. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._stamp: tuple[FileStamp, ...] | None = None
        self._library = Library(scripts={})

    def library(self) -> Library:
        """The scripts as they are on disk now (read again only when a file changed)."""
        stamp = folder_stamp(self._settings.scripts_dir)
        with self._lock:
            if stamp != self._stamp:
                self._library = load_library(self._settings.scripts_dir)
                self._stamp = stamp
            return self._library

    def lines(self, occurrence: Occurrence) -> list[Line]:
        """Every line, in the order of airing."""
        day = occurrence.planned_at.astimezone(self._settings.tz).date()
        urgent = occurrence.level is Level.KHAN_CAP
        lines = []
        for number, (item, name, made) in enumerate(self._made(occurrence.items, day, urgent), 1):
            label = f"{number:02d}-{name}"
            script = made.script if isinstance(made, RenderRequest) else _script_asked_for(item)
            if isinstance(made, RenderRequest):
                lines.append(Line(item=label, source=item, order=made, script=script))
            else:
                lines.append(Line(item=label, source=item, problem=made, script=script))
        return lines

    def script_request(self, script_id: str, *, voice: str | None = None) -> RenderRequest:
        """One script, whatever its dates: the very clip that airs. Raises NotFoundError or ScriptError."""
        item = Item(kind=ItemKind.SCRIPT, name=script_id, voice=voice)
        return self._of_script(self.library().get(script_id), item, urgent=False)

    def text_request(
        self, text: str, *, voice: str | None = None, chime: bool = True, urgent: bool = False
    ) -> RenderRequest:
        """The order for free text."""
        item = Item(kind=ItemKind.TEXT, name=text, voice=voice)
        return self._of_text(item, chime=chime, urgent=urgent)

    @property
    def _has_chime(self) -> bool:
        return self._settings.sound.chime != NO_CHIME

    def _made(
        self, items: tuple[Item, ...], day: date, urgent: bool
    ) -> Iterator[tuple[Item, str, RenderRequest | BroadcasterError]]:
        """(item, name, order or problem) of every line."""
        deck = _Deck(self.library(), items, day)
        for item in items:
            match item.kind:
                case ItemKind.SCRIPT:
                    yield item, _label(item.name), self._named_script(item, day, urgent)
                case ItemKind.TOPIC:
                    scripts = deck.deal(item)
                    if not scripts:
                        yield item, _label(item.name), _nothing_valid(item.name, day)
                    for script in scripts:
                        yield item, script.id, self._tried(script, item, urgent)
                case ItemKind.RECORDING:
                    # Written out, not joined: a recording may be 45 minutes long.
                    for _ in range(item.repeat):
                        yield item, _label(Path(item.name).stem), self._of_recording(item)
                case ItemKind.CHIME:
                    if self._has_chime:
                        yield item, "nhac_hieu", RenderRequest(kind=item.kind, title="Nhạc hiệu", repeat=item.repeat)
                case ItemKind.PAUSE:
                    yield item, "nghi", RenderRequest(kind=item.kind, title="Nghỉ", pause_s=item.pause_s * item.repeat)
                case ItemKind.TEXT:
                    if item.name.strip():
                        yield (
                            item,
                            _label(" ".join(item.name.split()[:6])),
                            self._of_text(item, chime=True, urgent=urgent),
                        )
                    else:
                        yield item, "trong", UsageError(Words("lời đọc trống", "there is no text to speak"))

    def _named_script(self, item: Item, day: date, urgent: bool) -> RenderRequest | BroadcasterError:
        try:
            script = self.library().get(item.name)
        except BroadcasterError as problem:
            return problem
        return self._tried(script, item, urgent) if valid_on(script, day) else _out_of_date(script, day)

    def _tried(self, script: Script, item: Item, urgent: bool) -> RenderRequest | BroadcasterError:
        try:
            return self._of_script(script, item, urgent=urgent)
        except BroadcasterError as problem:
            return problem

    def _of_script(self, script: Script, item: Item, *, urgent: bool) -> RenderRequest:
        for recording in script.audio:
            _require_file(recording, str(script.path))
        return RenderRequest(
            kind=ItemKind.SCRIPT,
            title=script.title,
            text=fill(script, self._settings.placeholders).strip(),
            script=script.id,
            recordings=script.audio,
            voice=item.voice or script.voice,
            pause_s=BULLETIN_PAUSE_S,
            repeat=script.repeat * item.repeat,
            urgent=urgent,
        )

    def _of_text(self, item: Item, *, chime: bool, urgent: bool) -> RenderRequest:
        text = item.name.strip()
        title = " ".join(text.split())
        if len(title) > _TITLE_LENGTH:
            title = title[:_TITLE_LENGTH].rpartition(" ")[0] + "…"
        return RenderRequest(
            kind=ItemKind.TEXT,
            title=title,
            text=text,
            voice=item.voice,
            chime=chime and self._has_chime,
            pause_s=BULLETIN_PAUSE_S,
            repeat=item.repeat,
            urgent=urgent,
        )

    def _of_recording(self, item: Item) -> RenderRequest | BroadcasterError:
        path = self._settings.folder / item.name
        try:
            _require_file(path, "")
        except AudioError as problem:
            return problem
        return RenderRequest(kind=ItemKind.RECORDING, title=path.stem, recordings=(path,), pause_s=BULLETIN_PAUSE_S)


class _Deck:
    """Scripts of topics, dealt out so that each day goes on where the day before stopped."""

    def __init__(self, library: Library, items: tuple[Item, ...], day: date) -> None:
        self._library = library
        self._day = day
        self._dealt: Counter[str] = Counter()
        self._per_day: Counter[str] = Counter()
        for item in items:
            if item.kind is ItemKind.TOPIC:
                self._per_day[item.name] += item.count * item.repeat

    def deal(self, item: Item) -> list[Script]:
        """The next `count` valid scripts of the topic; no script twice in one item."""
        scripts = [script for script in self._library.by_topic(item.name) if valid_on(script, self._day)]
        if not scripts:
            return []
        start = self._day.toordinal() * self._per_day[item.name] + self._dealt[item.name]
        count = min(item.count * item.repeat, len(scripts))
        self._dealt[item.name] += count
        return [scripts[(start + step) % len(scripts)] for step in range(count)]


def _script_asked_for(item: Item) -> ScriptId | None:
    return ScriptId(item.name) if item.kind is ItemKind.SCRIPT else None


def _require_file(path: Path, script: str) -> None:
    """Raise AudioError when a recording is not there; what is in it, rendering will see."""
    if not path.is_file():
        raise AudioError(
            Words(f"không có tệp ghi âm «{path.name}»", f"no recording '{path.name}'"),
            where=script or str(path),
            cure=Words("Chép tệp vào đúng thư mục, hoặc sửa lại tên", "Copy the file there, or correct its name"),
        )


def _nothing_valid(topic: str, day: date) -> NotFoundError:
    return NotFoundError(
        Words(
            f"không có kịch bản nào thuộc nội dung «{topic}» còn hiệu lực ngày {day:%d/%m/%Y}",
            f"no script of topic '{topic}' is valid on {day:%Y-%m-%d}",
        ),
        cure=Words("Xem «broadcaster scripts list»", "See 'broadcaster scripts list'"),
    )


def _out_of_date(script: Script, day: date) -> RefusedError:
    if script.valid_from is not None and day < script.valid_from:
        what = Words(
            f"kịch bản «{script.id}» đến {script.valid_from:%d/%m/%Y} mới có hiệu lực",
            f"script '{script.id}' is not valid before {script.valid_from:%Y-%m-%d}",
        )
    else:
        what = Words(
            f"kịch bản «{script.id}» đã hết hiệu lực từ sau ngày {script.valid_to:%d/%m/%Y}",
            f"script '{script.id}' was valid until {script.valid_to:%Y-%m-%d}",
        )
    return RefusedError(
        what,
        where=str(script.path),
        cure=Words(
            "Sửa valid_from, valid_to ở đầu kịch bản, hoặc bỏ nó khỏi lịch",
            "Change valid_from and valid_to, or take it off the timetable",
        ),
    )


def _label(name: str) -> str:
    """The name of a line in the journal's rows, after its number."""
    return slug(name, longest=_LABEL_LENGTH) or "khong_ten"
