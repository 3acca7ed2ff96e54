"""An occurrence → the lines of its rundown: topics dealt out, placeholders filled, dates respected, repeats in full.

Resolved once, when an occurrence is planned; the journal keeps the result. A later re-plan goes through `Resolver` too,
with the stored rundown beside it: what was dealt stays dealt (`replan.py`).

A broken script is a cue with a problem; the other cues go on. A script sounds the same in every session (what was
previewed and approved is what airs), so sessions place their chimes themselves; ad-hoc texts begin with one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from broadcaster.errors import AudioError, BroadcasterError, NotFoundError, RefusedError, UsageError, Words
from broadcaster.file_stamp import FileStamp, folder_stamp
from broadcaster.model import Cue, CueDraft, Item, ItemKind, Level, Occurrence, RenderRequest, Script, ScriptId
from broadcaster.reasons import ReasonCode, reason_of
from broadcaster.scripts import Library, fill, load_library, valid_on
from broadcaster.settings import Settings
from broadcaster.slug import slug

BULLETIN_PAUSE_S = 1.0
"""Silence after each bulletin: the next one must not begin in the echo of this one."""
NO_CHIME = "none"
_LABEL_LENGTH = 40
_TITLE_LENGTH = 60


class Resolver:
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

    def resolve(self, occurrence: Occurrence, stored: Iterable[Cue] = ()) -> list[CueDraft]:
        """Every line, in the order of airing. `stored`: cues resolved earlier, whose topics are not dealt again."""
        day = occurrence.planned_at.astimezone(self._settings.tz).date()
        urgent = occurrence.level is Level.KHAN_CAP
        deck = _Deck(self.library(), occurrence.items, day, stored)
        return [draft for item in occurrence.items for draft in self._drafts(item, day, urgent, deck)]

    def resolve_item(self, item: Item, occurrence: Occurrence) -> list[CueDraft]:
        """The lines of one item that is put into an occurrence by hand."""
        return self.resolve(replace(occurrence, items=(item,)))

    def refresh(self, cue: Cue, occurrence: Occurrence) -> Cue:
        """A stored cue that no timetable names (put in by hand, or handed on) with its text as it is now."""
        item = cue.item
        if item.kind is ItemKind.TOPIC and cue.script is not None:
            item = replace(item, kind=ItemKind.SCRIPT, name=cue.script, count=1)
        fresh = next(iter(self.resolve_item(item, occurrence)), None)
        return cue if fresh is None else replace(cue, title=fresh.title, request=fresh.request, problem=fresh.problem)

    def script_request(self, script_id: str, *, voice: str | None = None) -> RenderRequest:
        """One script, whatever its dates: the very clip that airs. Raises NotFoundError or ScriptError."""
        item = Item(kind=ItemKind.SCRIPT, name=script_id, voice=voice)
        return self._of_script(self.library().get(script_id), item, urgent=False)

    def text_request(
        self, text: str, *, voice: str | None = None, chime: bool = True, urgent: bool = False
    ) -> RenderRequest:
        """The request for free text."""
        item = Item(kind=ItemKind.TEXT, name=text, voice=voice)
        return self._of_text(item, chime=chime, urgent=urgent)

    @property
    def _has_chime(self) -> bool:
        return self._settings.sound.chime != NO_CHIME

    # --- a function for each kind of item ----------------------------------------------------------------------

    def _drafts(self, item: Item, day: date, urgent: bool, deck: _Deck) -> list[CueDraft]:
        match item.kind:
            case ItemKind.SCRIPT:
                return [self._named_script(item, day, urgent)]
            case ItemKind.TOPIC:
                return self._topic(item, day, urgent, deck)
            case ItemKind.RECORDING:
                return self._recording(item)
            case ItemKind.CHIME:
                request = RenderRequest(kind=item.kind, title="Nhạc hiệu", repeat=item.repeat)
                return [_playable(item, "nhac_hieu", request)] if self._has_chime else []
            case ItemKind.PAUSE:
                request = RenderRequest(kind=item.kind, title="Nghỉ", pause_s=item.pause_s * item.repeat)
                return [_playable(item, "nghi", request)]
            case ItemKind.TEXT:
                return [self._text(item, urgent)]
            case ItemKind.LIVE:
                return [CueDraft(item=item, name=_label(item.name), title=item.name)]

    def _named_script(self, item: Item, day: date, urgent: bool) -> CueDraft:
        script_id = ScriptId(item.name)
        try:
            script = self.library().get(item.name)
        except BroadcasterError as problem:
            return _broken(item, _label(item.name), problem, script_id)
        if not valid_on(script, day):
            return _broken(item, _label(item.name), _out_of_date(script, day), script_id)
        return self._script(script, item, _label(item.name), urgent)

    def _topic(self, item: Item, day: date, urgent: bool, deck: _Deck) -> list[CueDraft]:
        scripts = deck.deal(item)
        if not scripts:
            return [_broken(item, _label(item.name), _nothing_valid(item.name, day))]
        return [self._script(script, item, script.id, urgent) for script in scripts]

    def _script(self, script: Script, item: Item, name: str, urgent: bool) -> CueDraft:
        try:
            return _playable(item, name, self._of_script(script, item, urgent=urgent))
        except BroadcasterError as problem:
            return _broken(item, name, problem, script.id, title=script.title)

    def _recording(self, item: Item) -> list[CueDraft]:
        path = self._settings.folder / item.name
        name = _label(path.stem)
        try:
            _require_file(path, "")
        except AudioError as problem:
            return [_broken(item, name, problem)]
        request = RenderRequest(kind=item.kind, title=path.stem, recordings=(path,), pause_s=BULLETIN_PAUSE_S)
        # Written out, not joined: a recording may be 45 minutes long.
        return [_playable(item, name, request) for _ in range(item.repeat)]

    def _text(self, item: Item, urgent: bool) -> CueDraft:
        if not item.name.strip():
            return _broken(item, "trong", UsageError(Words("lời đọc trống", "there is no text to speak")))
        name = _label(" ".join(item.name.split()[:6]))
        return _playable(item, name, self._of_text(item, chime=True, urgent=urgent))

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


class _Deck:
    """Scripts of topics, dealt out so that each day goes on where the day before stopped."""

    def __init__(self, library: Library, items: tuple[Item, ...], day: date, stored: Iterable[Cue]) -> None:
        self._library = library
        self._day = day
        self._dealt: Counter[str] = Counter()
        self._per_day: Counter[str] = Counter()
        self._kept: dict[str, list[ScriptId]] = {}
        """What an earlier resolution dealt out of each topic, in order."""
        for item in items:
            if item.kind is ItemKind.TOPIC:
                self._per_day[item.name] += item.count * item.repeat
        for cue in stored:
            if cue.item.kind is ItemKind.TOPIC and cue.script is not None and not cue.item.joined_from:
                self._kept.setdefault(cue.item.name, []).append(cue.script)

    def deal(self, item: Item) -> list[Script]:
        """The next `count` valid scripts of the topic; no script twice in one item."""
        scripts = [script for script in self._library.by_topic(item.name) if valid_on(script, self._day)]
        if not scripts:
            return []
        count = min(item.count * item.repeat, len(scripts))
        kept = self._kept_of(item.name, count, scripts)
        start = self._day.toordinal() * self._per_day[item.name] + self._dealt[item.name]
        self._dealt[item.name] += count
        fresh = [scripts[(start + step) % len(scripts)] for step in range(len(scripts))]
        new = [script for script in fresh if script not in kept]
        return [*kept, *new[: count - len(kept)]]

    def _kept_of(self, topic: str, count: int, valid: list[Script]) -> list[Script]:
        """What was dealt to this item before, as far as it may still air."""
        names = self._kept.get(topic, [])
        mine, self._kept[topic] = names[:count], names[count:]
        by_id = {script.id: script for script in valid}
        return list(dict.fromkeys(by_id[name] for name in mine if name in by_id))


def _playable(item: Item, name: str, request: RenderRequest) -> CueDraft:
    return CueDraft(item=item, name=name, title=request.title, request=request, script=request.script)


def _broken(
    item: Item, name: str, problem: BroadcasterError, script: ScriptId | None = None, *, title: str = ""
) -> CueDraft:
    why = reason_of(ReasonCode.SCRIPT_PROBLEM, problem)
    return CueDraft(item=item, name=name, title=title or item.name, problem=why, script=script)


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
    """A short name for rows of the journal."""
    return slug(name, longest=_LABEL_LENGTH) or "khong_ten"
