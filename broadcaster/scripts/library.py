"""scripts_vi/*.txt -> `Library`: one announcement per file, a TOML header between two `+++` lines, then the text.

A file with a mistake is left out and reported; the rest of the library keeps working.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TypeVar

from broadcaster.errors import NotFoundError, ScriptError, Words
from broadcaster.model import Level, Script, ScriptId
from broadcaster.scripts.placeholders import brace_mistakes
from broadcaster.slug import slug
from broadcaster.tomlfile import Table, TomlFile, read_text

T = TypeVar("T")

FENCE = "+++"
SPOKEN_LANGUAGE = "vi"
"""The only language the engines are given text in; other languages air as recordings."""
MAX_REPEAT = 10
"""A higher number of repeats is taken for a typing mistake."""
SCRIPT_LEVELS = (Level.THONG_THUONG, Level.UU_TIEN, Level.KHAN_CAP)
"""The three levels of Thông tư 39/2020/TT-BTTTT; the other rungs are the station's own."""
_ID = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_TOPIC = re.compile(r"[0-9A-Z]+(?:\.[0-9A-Za-z]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything scripts_vi/ holds at one moment."""

    scripts: Mapping[ScriptId, Script]
    """Usable scripts, sorted by id."""
    problems: tuple[ScriptError, ...] = ()
    """Every mistake found, each with file:line and cure; a script with a mistake is not in `scripts`."""
    broken: Mapping[str, ScriptError] = field(default_factory=dict)
    """First mistake of each id that was left out."""

    def by_topic(self, topic: str) -> tuple[Script, ...]:
        """Scripts of a topic and of the topics below it ("II.1" covers "II.1.10", not "II.10"), sorted by id."""
        return tuple(script for script in self.scripts.values() if within(script.topic, topic))

    def get(self, script_id: str) -> Script:
        """One script. Raises NotFoundError with the nearest ids, or the ScriptError that keeps its file out."""
        script = self.scripts.get(ScriptId(script_id))
        if script is not None:
            return script
        if script_id in self.broken:
            raise self.broken[script_id]
        near = difflib.get_close_matches(script_id, self.scripts, n=3)
        listed = ", ".join(near)
        raise NotFoundError(
            Words(f"không có kịch bản «{script_id}»", f"there is no script '{script_id}'"),
            cure=Words(f"Có phải: {listed}?", f"Did you mean: {listed}?")
            if near
            else Words("Xem tên bằng «broadcaster scripts list»", "See 'broadcaster scripts list' for the names"),
        )


def within(code: str, topic: str) -> bool:
    """Whether dotted `code` is `topic` or below it. Nothing is within the empty topic."""
    return bool(topic) and (code == topic or code.startswith(topic + "."))


def valid_on(script: Script, day: date) -> bool:
    """Whether the script may air on `day`: valid_from and valid_to are both included, and either may be open."""
    return (script.valid_from is None or script.valid_from <= day) and (
        script.valid_to is None or day <= script.valid_to
    )


def load_library(folder: Path) -> Library:
    """Read every *.txt of `folder` (scripts_vi/ of a station). Mistakes are collected in `problems`, never raised.

    When two files claim one id, the file named after the id stays (else the first by name), and the other is reported:
    most often it is a copy that somebody forgot to give its own id.
    """
    problems: list[ScriptError] = []
    broken: dict[str, ScriptError] = {}
    found: dict[ScriptId, Script] = {}
    if not folder.is_dir():
        problems.append(
            ScriptError(
                Words("không có thư mục kịch bản", "the folder of scripts is missing"),
                where=str(folder),
                cure=Words("Tạo thư mục này và đặt kịch bản .txt vào đó", "Make it and put scripts (*.txt) into it"),
            )
        )
        return Library(scripts={}, problems=tuple(problems), broken={})
    for path in _script_files(folder):
        script, mistakes = load_script(path)
        if script is None:
            problems.extend(mistakes)
            broken.setdefault(path.stem, mistakes[0])
            continue
        other = found.get(script.id)
        if other is not None:
            kept, left_out = (script, other) if path.stem == script.id else (other, script)
            problems.append(_duplicate(kept, left_out))
            script = kept
        found[script.id] = script
    for script_id in found:
        broken.pop(script_id, None)
    problems.sort(key=lambda problem: problem.where.rpartition(":")[0])
    return Library(scripts=dict(sorted(found.items())), problems=tuple(problems), broken=broken)


def _script_files(folder: Path) -> list[Path]:
    """*.txt and *.TXT by name; hidden files (a Mac's `._tin.txt` on a USB stick) are not scripts."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() == ".txt" and not p.name.startswith("."))


def load_script(path: Path) -> tuple[Script | None, tuple[ScriptError, ...]]:
    """One file: the script, or None and every mistake that was found in it."""
    problems: list[ScriptError] = []
    try:
        header, text, text_line = _split(path)
        table = TomlFile(header.text, path, ScriptError, first_line=header.first_line).root()
    except ScriptError as problem:
        return None, (problem,)

    def checked(read: Callable[[], T], otherwise: T) -> T:
        """What `read` gives; a mistake is noted and `otherwise` stands in, so that one pass finds all of them."""
        try:
            return read()
        except ScriptError as problem:
            problems.append(problem)
            return otherwise

    def dates() -> tuple[date | None, date | None]:
        first, last = table.day("valid_from"), table.day("valid_to")
        if first and last and last < first:
            raise table.fail(
                "valid_to",
                Words(
                    f"ngày hết hạn {last:%d/%m/%Y} trước ngày bắt đầu {first:%d/%m/%Y}",
                    f"valid_to {last} is before valid_from {first}",
                ),
                Words("Sửa valid_from hoặc valid_to", "Change valid_from or valid_to"),
            )
        return first, last

    script_id = checked(lambda: _id(table, path), path.stem)
    always: tuple[date | None, date | None] = (None, None)
    no_recordings: tuple[Path, ...] = ()
    valid_from, valid_to = checked(dates, always)
    script = Script(
        id=ScriptId(script_id),
        title=checked(lambda: table.text("title", required=True).strip(), ""),
        topic=checked(lambda: _topic(table), ""),
        text=text,
        path=path,
        text_line=text_line,
        level=checked(lambda: Level(table.choice("level", SCRIPT_LEVELS, Level.THONG_THUONG)), Level.THONG_THUONG),
        valid_from=valid_from,
        valid_to=valid_to,
        repeat=checked(lambda: table.whole("repeat", 1, 1, MAX_REPEAT), 1),
        language=checked(lambda: _language(table), SPOKEN_LANGUAGE),
        voice=checked(lambda: table.text("voice"), "") or None,
        author=checked(lambda: table.text("author"), ""),
        audio=checked(lambda: _audio(table, path), no_recordings),
    )
    checked(table.done, None)
    problems.extend(brace_mistakes(text, path, text_line))
    # Judged by the header as written: a recording that is named but missing has its own message already.
    if "audio" not in table.data:
        checked(lambda: _needs_recording(script), None)
    return (None, tuple(problems)) if problems else (script, ())


@dataclass(frozen=True, kw_only=True)
class _Header:
    text: str
    first_line: int


def _split(path: Path) -> tuple[_Header, str, int]:
    """Header, text without blank edges, and the text's first line. NFC, so that one text has one hash."""
    lines = unicodedata.normalize("NFC", read_text(path, ScriptError)).split("\n")
    fences = [number for number, line in enumerate(lines) if line.strip() == FENCE]
    opening = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if not fences or fences[0] != opening:
        raise ScriptError(
            Words("thiếu phần đầu giữa hai dòng +++", "the header between two +++ lines is missing"),
            where=f"{path}:{opening + 1}",
            cure=Words(
                "Bắt đầu tệp bằng dòng +++; mẫu: «broadcaster scripts new»",
                "Begin the file with a +++ line; 'broadcaster scripts new' writes a template",
            ),
        )
    if len(fences) < 2:
        raise ScriptError(
            Words("phần đầu mở bằng +++ mà chưa đóng", "the header opened by +++ is never closed"),
            where=f"{path}:{opening + 1}",
            cure=Words("Thêm một dòng +++ trước lời đọc", "Add a +++ line before the text"),
        )
    closing = fences[1]
    body = closing + 1
    while body < len(lines) - 1 and not lines[body].strip():
        body += 1
    header = _Header(text="\n".join(lines[opening + 1 : closing]), first_line=opening + 2)
    return header, "\n".join(lines[body:]).rstrip(), body + 1


def _id(table: Table, path: Path) -> str:
    script_id = table.text("id", required=True)
    if not is_id(script_id):
        proposed = slug(script_id) or slug(path.stem) or "thong_bao"
        raise table.fail(
            "id",
            Words(
                f"id «{script_id}» chỉ được gồm chữ thường không dấu, số và _",
                f"id '{script_id}' may only hold a-z, 0-9 and _",
            ),
            Words(f'Có thể đặt id = "{proposed}"', f'For example id = "{proposed}"'),
        )
    return script_id


def is_id(words: str) -> bool:
    """Whether `words` may be a script's id: snake_case, a-z and digits only (ids name files and journal rows)."""
    return _ID.fullmatch(words) is not None


def _topic(table: Table) -> str:
    topic = table.text("topic").strip()
    if topic and not _TOPIC.fullmatch(topic):
        raise table.fail(
            "topic",
            Words(f"mã nội dung «{topic}» không đúng", f"topic '{topic}' is wrong"),
            Words('Viết mã trong kế hoạch, như "II.1.9", hoặc bỏ trống', 'Write the plan\'s code, like "II.1.9"'),
        )
    return topic


def _language(table: Table) -> str:
    language = table.text("language", SPOKEN_LANGUAGE).strip()
    if not _LANGUAGE.fullmatch(language):
        raise table.fail(
            "language",
            Words(f"mã ngôn ngữ «{language}» không đúng", f"language '{language}' is wrong"),
            Words('Tiếng Việt là "vi", tiếng Tày "tyz", tiếng Nùng "nut"', 'Vietnamese is "vi", Tày "tyz", Nùng "nut"'),
        )
    return language


def _audio(table: Table, path: Path) -> tuple[Path, ...]:
    station = path.parent.parent
    recordings = []
    for entry in table.texts("audio"):
        relative = PurePosixPath(entry.replace("\\", "/"))
        if not entry.strip() or relative.is_absolute() or ".." in relative.parts or ":" in relative.parts[0]:
            raise table.fail(
                "audio",
                Words(f"tệp ghi âm «{entry}» phải nằm trong thư mục của đài", f"'{entry}' is outside the station"),
                Words(
                    'Chép tệp vào thư mục của đài và viết như audio = "ghi_am/ten_tep.mp3"',
                    'Copy it into the station\'s folder and write audio = "ghi_am/name.mp3"',
                ),
            )
        if not (station / relative).is_file():
            raise table.fail(
                "audio",
                Words(f"không có tệp ghi âm «{entry}»", f"there is no recording '{entry}'"),
                Words(f"Chép tệp vào {station / relative}", f"Copy it to {station / relative}"),
            )
        recordings.append(station / relative)
    return tuple(recordings)


def _needs_recording(script: Script) -> None:
    where = f"{script.path}:{script.text_line}"
    if not script.text:
        raise ScriptError(
            Words("kịch bản không có lời đọc và không có tệp ghi âm", "there is neither text nor recording"),
            where=where,
            cure=Words("Viết lời đọc dưới dòng +++ thứ hai, hoặc thêm audio = …", "Write the text, or add audio = …"),
        )
    if script.language.split("-")[0] != SPOKEN_LANGUAGE:
        raise ScriptError(
            Words(
                f"máy chỉ đọc tiếng Việt; bản tiếng «{script.language}» cần tệp ghi âm",
                f"only Vietnamese is spoken; '{script.language}' needs a recording",
            ),
            where=where,
            cure=Words('Ghi âm rồi thêm audio = "ghi_am/ten_tep.mp3"', 'Record it and add audio = "ghi_am/name.mp3"'),
        )


def _duplicate(kept: Script, left_out: Script) -> ScriptError:
    return ScriptError(
        Words(
            f"id «{kept.id}» đã có trong {kept.path.name}; tệp này không được dùng",
            f"id '{kept.id}' is already in {kept.path.name}; this file is not used",
        ),
        where=f"{left_out.path}:{_id_line(left_out.path)}",
        cure=Words(f'Đặt id khác, như "{slug(left_out.path.stem)}"', "Give it another id"),
    )


def _id_line(path: Path) -> int:
    header, _, _ = _split(path)
    return TomlFile(header.text, path, ScriptError, first_line=header.first_line).line_of(("id",))
