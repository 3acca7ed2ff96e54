"""{placeholders} of a script: where they are, and the text with their values in place.

Three things stand between braces: a placeholder `{ten_xa}`, a loudspeaker mark `{nghỉ 2s}`, `{lặp 2: …}`, `{chậm: …}`
(which may hold placeholders and passes untouched), and nothing at all: `{{` and `}}` are the braces themselves.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from broadcaster.errors import ScriptError, Words
from broadcaster.model import Script
from broadcaster.settings import STATION_FILE

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MARK = re.compile(r"\{\s*(?:nghỉ|nghi|lặp|lap|chậm|cham)\b", re.IGNORECASE)
_TO_CLOSING_BRACE = re.compile(r"[^{}\n]*\}")
"""How a mark begins; whether its amount makes sense is for the text room to say."""
_MARKS_ALLOWED = "{nghỉ 2s}, {lặp 2: …}, {chậm: …}"


class Placeholder(NamedTuple):
    """One use of a placeholder."""

    name: str
    line: int
    """1-based line of the file."""
    column: int
    """1-based column, in characters, of the opening brace."""


class _Kind(enum.Enum):
    WORDS = enum.auto()
    """Text that passes unchanged, marks included."""
    BRACE = enum.auto()
    """A doubled brace: one brace is meant."""
    PLACEHOLDER = enum.auto()
    WRONG = enum.auto()
    """A brace that belongs to nothing; `text` is a _Mistake."""


class _Mistake(enum.StrEnum):
    UNCLOSED = "unclosed"
    STRAY = "stray"
    """A closing brace that closes nothing."""
    UNKNOWN = "unknown"
    """Neither the name of a placeholder nor a mark."""


class _Piece(NamedTuple):
    kind: _Kind
    text: str
    start: int
    end: int


def placeholders_of(script: Script) -> list[Placeholder]:
    """Every use of every placeholder, in the order of the text."""
    return [
        Placeholder(piece.text, *_place(script.text, script.text_line, piece.start))
        for piece in _pieces(script.text)
        if piece.kind is _Kind.PLACEHOLDER
    ]


def fill(script: Script, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its value; marks stay as written, `{{` becomes `{`.

    A value takes the place of its placeholder on one line, so line n of the result is line `text_line + n - 1` of the
    file. Raises ScriptError (file:line, cure) at the first placeholder without a value.
    """
    missing = missing_values(script, values)
    if missing:
        raise missing[0]
    filled = []
    for piece in _pieces(script.text):
        filled.append(" ".join(values[piece.text].split()) if piece.kind is _Kind.PLACEHOLDER else piece.text)
    return "".join(filled)


def missing_values(script: Script, values: Mapping[str, str]) -> tuple[ScriptError, ...]:
    """One error for the first use of each placeholder that has no value; empty when `fill` will succeed."""
    errors: dict[str, ScriptError] = {}
    for name, line, column in placeholders_of(script):
        if name in errors or values.get(name, "").strip():
            continue
        near = difflib.get_close_matches(name, values, n=1)
        vi = f'Thêm {name} = "…" vào mục [placeholders] của {STATION_FILE}'
        en = f'Add {name} = "…" to [placeholders] in {STATION_FILE}'
        if near and name not in values:
            vi, en = f"{vi}; hay ý là {{{near[0]}}}?", f"{en}; or did you mean {{{near[0]}}}?"
        errors[name] = ScriptError(
            Words(
                f"chỗ trống {{{name}}} (cột {column}) chưa có giá trị",
                f"placeholder {{{name}}} (column {column}) has no value",
            ),
            where=f"{script.path}:{line}",
            cure=Words(vi, en),
        )
    return tuple(errors.values())


def brace_mistakes(text: str, path: Path, text_line: int) -> list[ScriptError]:
    """What is wrong between the braces of a text that begins on `text_line` of `path`."""
    errors = []
    for kind, mistake, start, _end in _pieces(text):
        if kind is _Kind.WRONG:
            line, column = _place(text, text_line, start)
            errors.append(_brace_error(mistake, text, start, f"{path}:{line}", column))
    return errors


def _brace_error(mistake: str, text: str, start: int, where: str, column: int) -> ScriptError:
    written = re.split(r"[\n}]", text[start : start + 30])[0]
    if mistake == _Mistake.UNCLOSED:
        return ScriptError(
            Words(
                f"«{written}…» (cột {column}) mở ngoặc mà không đóng",
                f"'{written}…' (column {column}) is never closed",
            ),
            where=where,
            cure=Words("Thêm dấu } ở chỗ kết thúc", "Add } where it ends"),
        )
    if mistake == _Mistake.STRAY:
        return ScriptError(
            Words(f"dấu }} (cột {column}) không có dấu {{ đi trước", f"}} (column {column}) closes nothing"),
            where=where,
            cure=Words("Xóa dấu }, hoặc viết }} nếu đúng là dấu ngoặc", "Remove it, or write }} for the brace itself"),
        )
    return ScriptError(
        Words(f"không hiểu «{written}}}» (cột {column})", f"'{written}}}' (column {column}) is not understood"),
        where=where,
        cure=Words(
            f"Tên chỗ trống chỉ gồm chữ thường không dấu, số và _, như {{ten_xa}}; dấu đọc có: {_MARKS_ALLOWED}",
            f"A placeholder is named with a-z, 0-9 and _, like {{ten_xa}}; reading marks are: {_MARKS_ALLOWED}",
        ),
    )


def _pieces(text: str) -> Iterator[_Piece]:
    """The text cut at its braces, in order; joining the pieces' own spans gives the whole text."""
    open_marks: list[int] = []
    position = 0
    for match in re.finditer(r"[{}]", text):
        start = match.start()
        if start < position:
            continue
        if start > position:
            yield _Piece(_Kind.WORDS, text[position:start], position, start)
        piece = _piece_at(text, start, open_marks)
        yield piece
        position = piece.end
    if position < len(text):
        yield _Piece(_Kind.WORDS, text[position:], position, len(text))
    for start in open_marks:
        yield _Piece(_Kind.WRONG, _Mistake.UNCLOSED, start, start)


def _piece_at(text: str, start: int, open_marks: list[int]) -> _Piece:
    """The piece that begins with the brace at `start`. `open_marks`: where open marks began; updated."""
    # Inside a mark "}}" closes twice, as in {lặp 2: gọi {duong_day_nong}}; only outside is it a brace.
    if text.startswith("{{", start) or (text.startswith("}}", start) and not open_marks):
        return _Piece(_Kind.BRACE, text[start], start, start + 2)
    if text[start] == "}":
        if not open_marks:
            return _Piece(_Kind.WRONG, _Mistake.STRAY, start, start + 1)
        open_marks.pop()
        return _Piece(_Kind.WORDS, "}", start, start + 1)
    if placeholder := _PLACEHOLDER.match(text, start):
        return _Piece(_Kind.PLACEHOLDER, placeholder[1], start, placeholder.end())
    if _MARK.match(text, start):
        open_marks.append(start)
        return _Piece(_Kind.WORDS, "{", start, start + 1)
    if closed := _TO_CLOSING_BRACE.match(text, start + 1):
        return _Piece(_Kind.WRONG, _Mistake.UNKNOWN, start, closed.end())
    return _Piece(_Kind.WRONG, _Mistake.UNCLOSED, start, start + 1)


def _place(text: str, text_line: int, offset: int) -> tuple[int, int]:
    """1-based (line of the file, column) of an offset into the text."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text_line + text.count("\n", 0, offset), offset - line_start + 1
