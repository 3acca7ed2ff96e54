"""Parses one TOML text and reads its tables key by key. Every getter raises the file's own error with file:line."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar, cast

from broadcaster.errors import FileError, Words
from broadcaster.tomlfile.lines import Keys, find_lines
from broadcaster.tomlfile.syntax import syntax_mistake
from broadcaster.tomlfile.values import as_day, as_time

T = TypeVar("T")

SECONDS = Words("giây", "seconds")
MINUTES = Words("phút", "minutes")

_NAMES = {
    str: ("một chuỗi trong dấu nháy", "a quoted string"),
    int: ("một số nguyên", "a whole number"),
    float: ("một số", "a number"),
    bool: ("true hoặc false", "true or false"),
    list: ("một danh sách [ ]", "a list [ ]"),
    dict: ("một bảng", "a table"),
    date: ("một ngày như 2026-11-25", "a date like 2026-11-25"),
}


class TomlFile:
    """One parsed TOML text with the line of each key."""

    def __init__(self, text: str, path: Path, error: type[FileError], *, first_line: int = 1) -> None:
        """Parse `text`, which begins on `first_line` of `path`. Raises `error` with file:line on a syntax mistake."""
        self.path = path
        self.error = error
        self.first_line = first_line
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            line, what, cure = syntax_mistake(str(problem), text)
            raise error(what, where=f"{path}:{first_line + line - 1}", cure=cure) from problem
        self._lines = find_lines(text, first_line)

    @classmethod
    def load(cls, path: Path, error: type[FileError]) -> TomlFile:
        """Read a file. Raises `error` when it is missing, unreadable or not UTF-8."""
        return cls(read_text(path, error), path, error)

    def root(self) -> Table:
        """The whole document as a table."""
        return Table(self, self.data, ())

    def line_of(self, keys: Keys) -> int:
        """Line of a key path, of its nearest known parent otherwise."""
        while keys:
            if keys in self._lines:
                return self._lines[keys]
            keys = keys[:-1]
        return self.first_line

    def fail(self, keys: Keys, what: Words, cure: Words | None = None) -> FileError:
        """An error at a key path, ready to raise."""
        return self.error(what, where=f"{self.path}:{self.line_of(keys)}", cure=cure)


class Table:
    """One table of a TOML file, read key by key. Every getter raises the file's error when the value is wrong."""

    def __init__(self, file: TomlFile, data: dict[str, Any], keys: Keys) -> None:
        self.file = file
        self.data = data
        self.keys = keys
        self._asked: list[str] = []

    @property
    def where(self) -> str:
        """file:line of the table's header."""
        return f"{self.file.path}:{self.file.line_of(self.keys)}"

    def fail(self, key: str, what: Words, cure: Words | None = None) -> FileError:
        """An error at one key of this table, ready to raise."""
        return self.file.fail((*self.keys, key), what, cure)

    def has(self, key: str) -> bool:
        """Whether the key is present (and count it as known)."""
        self._asked.append(key)
        return key in self.data

    def get(self, key: str, kind: type[T], default: T | None = None, *, required: bool = False) -> T | None:
        """The value of `key`, checked to be of `kind` (an int passes as float)."""
        self._asked.append(key)
        if key not in self.data:
            if required:
                raise self.fail(
                    key,
                    Words(f"thiếu «{key}»", f"'{key}' is missing"),
                    Words(f"Thêm {key} = …, là {_NAMES[kind][0]}", f"Add {key} = …, {_NAMES[kind][1]}"),
                )
            return default
        value = self.data[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
        if wrong or (kind is date and isinstance(value, datetime)):
            vi, en = _NAMES[kind]
            raise self.fail(key, Words(f"«{key}» phải là {vi}", f"'{key}' must be {en}"))
        return cast(T, value)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A string; when required it may not be blank."""
        value = self.get(key, str, default, required=required) or ""
        if required and not value.strip():
            raise self.fail(key, Words(f"«{key}» đang để trống", f"'{key}' is blank"))
        return value

    def number(self, key: str, default: float, low: float, high: float, unit: Words | str = "") -> float:
        """A number within [low, high]; the message names the unit, a str being a symbol like dB."""
        value = self.get(key, float, default)
        assert value is not None
        if not low <= value <= high:
            span = f"{low:g} … {high:g}"
            vi, en = (unit.vi, unit.en) if isinstance(unit, Words) else (unit, unit)
            raise self.fail(
                key,
                Words(
                    f"«{key}» phải trong khoảng {span} {vi}".rstrip(), f"'{key}' must be within {span} {en}".rstrip()
                ),
            )
        return value

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within [low, high]."""
        value = self.get(key, int, default)
        assert value is not None
        if not low <= value <= high:
            raise self.fail(key, Words(f"«{key}» phải từ {low} đến {high}", f"'{key}' must be from {low} to {high}"))
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.get(key, bool, default)
        assert value is not None
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str) -> str:
        """One of the allowed words."""
        value = self.text(key, default)
        options = list(allowed)
        if value not in options:
            listed = ", ".join(options)
            raise self.fail(
                key,
                Words(f"«{key} = {value}» không có; chọn: {listed}", f"'{key} = {value}' is unknown; one of: {listed}"),
            )
        return value

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of strings; a single string counts as a list of one."""
        self._asked.append(key)
        value = self.data.get(key, list(default))
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.fail(key, Words(f"«{key}» phải là danh sách chuỗi", f"'{key}' must be a list of strings"))
        return tuple(value)

    def day(self, key: str) -> date | None:
        """A date, as a TOML date or as "25/11/2026" or "2026-11-25" in quotes; None when absent."""
        self._asked.append(key)
        if key not in self.data:
            return None
        try:
            return as_day(self.data[key])
        except ValueError as problem:
            raise self.fail(
                key,
                Words(
                    f"«{key} = {self.data[key]}» không phải một ngày có thật",
                    f"'{key} = {self.data[key]}' is not a real date",
                ),
                Words("Viết như 2026-11-25", "Write it like 2026-11-25"),
            ) from problem

    def clock_time(self, key: str, default: time | None = None) -> time | None:
        """A time of day, as a TOML time (05:30:00) or as "05:30", "5h30" in quotes."""
        self._asked.append(key)
        if key not in self.data:
            return default
        try:
            return as_time(self.data[key])
        except ValueError as problem:
            raise self.fail(
                key,
                Words(
                    f"«{key} = {self.data[key]}» không phải giờ trong ngày",
                    f"'{key} = {self.data[key]}' is not a time of day",
                ),
                Words('Viết như "05:30"', 'Write it like "05:30"'),
            ) from problem

    def table(self, key: str) -> Table:
        """A sub-table; an empty one when absent."""
        value = self.get(key, dict, {})
        assert value is not None
        return Table(self.file, value, (*self.keys, key))

    def tables(self, key: str) -> list[Table]:
        """An array of tables; empty when absent."""
        value = self.get(key, list, [])
        assert value is not None
        if not all(isinstance(entry, dict) for entry in value):
            raise self.fail(key, Words(f"«{key}» phải là các bảng [[{key}]]", f"'{key}' must be tables [[{key}]]"))
        return [Table(self.file, entry, (*self.keys, key, index)) for index, entry in enumerate(value)]

    def read(self, key: str, make: Callable[[Any], T], default: T, hint: Words) -> T:
        """A value through `make`, which raises ValueError when it is wrong; `hint` says what is allowed."""
        self._asked.append(key)
        if key not in self.data:
            return default
        try:
            return make(self.data[key])
        except (ValueError, TypeError) as problem:
            raise self.fail(
                key, Words(f"«{key} = {self.data[key]}» không đúng", f"'{key} = {self.data[key]}' is wrong"), hint
            ) from problem

    def done(self) -> None:
        """Refuse keys that nobody asked for, with the nearest known name as the cure."""
        for key in self.data:
            if key in self._asked:
                continue
            known = list(dict.fromkeys(self._asked))
            near = difflib.get_close_matches(key, known, n=1)
            listed = ", ".join(known) or "–"
            cure = (
                Words(f"Có phải «{near[0]}»?", f"Did you mean '{near[0]}'?")
                if near
                else Words(f"Ở đây dùng được: {listed}", f"Allowed here: {listed}")
            )
            raise self.fail(key, Words(f"không có mục «{key}»", f"unknown key '{key}'"), cure)


def read_text(path: Path, error: type[FileError]) -> str:
    """A UTF-8 text file (a byte-order mark is dropped, line ends become \\n). Raises `error` in plain words."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as problem:
        raise error(Words("không có tệp này", "no such file"), where=str(path)) from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise error(
            Words(f"không mở được tệp ({reason})", f"cannot open the file ({reason})"), where=str(path)
        ) from problem
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise error(
            Words("chữ không đúng mã UTF-8", "the text is not UTF-8"),
            where=f"{path}:{line}",
            cure=Words("Lưu lại tệp với bảng mã UTF-8 (Unicode)", "Save the file again as UTF-8"),
        ) from problem
