"""The glossary: abbreviations and words whose reading is looked up. The tables of the package and the station's own.

A line is `written TAB spoken [TAB context]`. The longest entry wins; among entries written alike the first whose
context fits, the station's before ours. Context is plain words: "trước: a, b" (one of these stands right before) and
"sau: c, d" (right after), joined by ";"; `<số>` a number, `<số ngắn>` one of at most two digits, `<ngày>` a day like
16/11, `<tên>` a capitalised word, `<đầu>` and `<hết>` the ends of the line; "?" alone marks a reading that is used but
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from broadcaster.errors import FileError, Words
from broadcaster.text.contexts import stands_after, stands_before
from broadcaster.text.pattern import Pattern
from broadcaster.text.syllables import is_syllable
from broadcaster.text.unicode import clean

_WORD = Pattern(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a glossary."""

    written: str
    spoken: str
    before: tuple[str, ...] = ()
    """Lower-case words one of which must stand right before; empty: anything."""
    after: tuple[str, ...] = ()
    """The same for right after."""
    unsure: bool = False
    """Used when nothing better fits, and reported."""

    @property
    def has_context(self) -> bool:
        """Whether it applies only beside certain words."""
        return bool(self.before or self.after)

    @property
    def takes_number(self) -> bool:
        """Whether it asks for a number right after it."""
        return "<số>" in self.after or "<số ngắn>" in self.after

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether the words around text[start:end] allow this reading."""
        if self.before and not stands_before(self.before, text, start):
            return False
        return not self.after or stands_after(self.after, text, end)


@dataclass(frozen=True, kw_only=True)
class Glossary:
    """All tables of readings."""

    first_words: Mapping[str, tuple[tuple[str, tuple[Entry, ...]], ...]]
    """First word of the written form → (written form, its entries), longest first."""
    foreign: Mapping[str, tuple[str, str]]
    """Foreign word or spelt acronym, lower case → (as read, as spelt for a voice that knows only Vietnamese)."""
    documents: Mapping[tuple[str, bool], str]
    """(code in a document number, is it in first place as a type of document) → words."""
    units: Mapping[str, str]
    """Symbol of a unit → words."""
    domains: Mapping[str, str]
    """Words of web addresses, without diacritics → words."""
    problems: tuple[FileError, ...] = field(default=(), compare=False)
    """Wrong lines of the station's file; the other lines work."""

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Foreign word as read → as spelt for a voice that knows only Vietnamese, where the two differ.

        Readings of several words are Vietnamese syllables already.
        """
        return {read: plain for read, plain in self.foreign.values() if read != plain and " " not in read}

    def plain_reading(self, written: str) -> str | None:
        """The reading of `written` without context: its first entry that needs none, else its first entry, or None."""
        match = _WORD.match(written)
        for form, entries in self.first_words.get(match[0], ()) if match else ():
            if form == written:
                return next((entry.spoken for entry in entries if not entry.has_context), entries[0].spoken)
        return None


@lru_cache(maxsize=1)
def _packaged() -> Glossary:
    folder = Path(__file__).parent / "data"

    def rows(name: str) -> list[list[str]]:
        lines = (folder / name).read_text("utf-8").split("\n")
        return [line.split("\t") for line in lines if line and not line.startswith("#")]

    foreign = {
        row[0].lower(): (row[1], row[2] if len(row) > 2 and row[2] else row[1]) for row in rows("tu_nuoc_ngoai.tsv")
    }
    for reading in list(foreign.values()):
        for word in " ".join(reading).split():
            # A reading counts as known, so that text that has been read once is read the same again.
            if not is_syllable(word):
                foreign.setdefault(word, (word, word))
    return Glossary(
        first_words=_by_first_word(_variants(_entry(*row) for row in rows("viet_tat.tsv"))),
        foreign=foreign,
        documents={(code, kind == "loại"): spoken for code, spoken, kind in rows("van_ban.tsv")},
        units={symbol: spoken for symbol, spoken in rows("don_vi.tsv")},
        domains={written: spoken for written, spoken in rows("ten_mien.tsv")},
    )


def load_glossary(station_file: Path | None = None) -> Glossary:
    """The packaged glossary and, before it, the station's own file (normally `tu_dien.tsv`).

    Wrong lines are collected in `problems` ("file:line", what is wrong, how to write it); the other lines work.
    A file that does not exist is an empty one. Cached until the file changes.
    """
    if station_file is None:
        return _packaged()
    try:
        changed_ns = station_file.stat().st_mtime_ns
    except OSError:
        return _packaged()
    return _with_station(station_file, changed_ns)


@lru_cache(maxsize=8)
def _with_station(path: Path, changed_ns: int) -> Glossary:
    """`changed_ns` is part of the cache key only: an edited file is another one."""
    from broadcaster.tomlfile import read_text  # only stations with a file of their own need it, and it costs 8 ms

    base = _packaged()
    problems: list[FileError] = []
    own: list[Entry] = []
    try:
        lines = read_text(path, FileError).split("\n")
    except FileError as problem:
        lines, problems = [], [problem]
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            own.append(_station_entry(line))
        except _WrongLineError as problem:
            problems.append(
                FileError(
                    problem.what,
                    where=f"{path}:{number}",
                    cure=Words(
                        "Viết: chữ viết, dấu Tab, cách đọc bằng chữ, rồi nếu cần dấu Tab và «trước: …; sau: …»",
                        "Write: written form, Tab, reading in words, and if needed Tab and 'trước: …; sau: …'",
                    ),
                )
            )
    first_words = dict(base.first_words)
    for word, forms in _by_first_word(own).items():
        merged: dict[str, tuple[Entry, ...]] = dict(forms)
        for written, entries in base.first_words.get(word, ()):
            # A station line without context replaces ours; one with context leaves ours for all other places.
            mine = merged.get(written, ())
            merged[written] = mine if any(not entry.has_context for entry in mine) else mine + entries
        first_words[word] = tuple(sorted(merged.items(), key=lambda item: -len(item[0])))
    return Glossary(
        first_words=first_words,
        foreign=base.foreign,
        documents=base.documents,
        units=base.units,
        domains=base.domains,
        problems=tuple(problems),
    )


class _WrongLineError(Exception):
    """A line of the station's file is no entry."""

    def __init__(self, what: Words) -> None:
        self.what = what
        super().__init__(what.en)


def _station_entry(line: str) -> Entry:
    fields = [clean(part).strip() for part in line.split("\t")]
    if len(fields) < 2 or not fields[0] or not fields[1]:
        raise _WrongLineError(Words("thiếu dấu Tab hoặc thiếu cách đọc", "the Tab or the reading is missing"))
    if not _WORD.match(fields[0]):
        raise _WrongLineError(
            Words(f"«{fields[0]}» phải bắt đầu bằng chữ cái", f"'{fields[0]}' must begin with a letter")
        )
    strange = [word for word in re.findall(r"[^\s,.;:!?-]+", fields[1]) if not word.isalpha()]
    if strange:
        raise _WrongLineError(
            Words(
                f"cách đọc có «{strange[0]}», phải viết hoàn toàn bằng chữ",
                f"the reading has '{strange[0]}'; write it in words",
            )
        )
    return _entry(*fields[:3])


def _entry(written: str, spoken: str, context: str = "") -> Entry:
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    for part in context.split(";"):
        kind, _, words = part.partition(":")
        listed = tuple(
            word.strip().lower().replace("_", ", ") if "<" not in word else word.strip() for word in _listed(words)
        )
        if kind.strip() == "trước":
            before = listed
        elif kind.strip() == "sau":
            after = listed
    return Entry(written=written, spoken=spoken.lower(), before=before, after=after, unsure=context.strip() == "?")


def _listed(words: str) -> list[str]:
    """Words between commas; a word that ends in a comma itself is written "xã,,", one that begins with it "_ngày"."""
    return [word.strip().replace("\0", ",") for word in words.replace(",,", "\0,").split(",") if word.strip()]


def _variants(entries: Iterable[Entry]) -> list[Entry]:
    """ "TN&MT" is also written "TN & MT", "TN và MT" and "TN-MT", unless the table says otherwise."""
    found = list(entries)
    listed = {entry.written for entry in found}
    for entry in found[:]:
        for joint in (" & ", " và ", " VÀ ", "-") if "&" in entry.written else ():
            written = entry.written.replace("&", joint)
            if written not in listed:
                found.append(Entry(written=written, spoken=entry.spoken, before=entry.before, after=entry.after))
    return found


def _by_first_word(entries: Iterable[Entry]) -> dict[str, tuple[tuple[str, tuple[Entry, ...]], ...]]:
    grouped: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        match = _WORD.match(entry.written)
        assert match is not None, entry.written
        grouped.setdefault(match[0], {}).setdefault(entry.written, []).append(entry)
    return {
        word: tuple(
            # The longest form first; of entries written alike those with a context, which decide if they fit.
            (written, tuple(sorted(forms[written], key=lambda entry: (not entry.has_context, entry.unsure))))
            for written in sorted(forms, key=len, reverse=True)
        )
        for word, forms in grouped.items()
    }
