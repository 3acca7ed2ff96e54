"""The propaganda plan's contents (scripts_vi/noi_dung.tsv) and which scripts serve each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from broadcaster.errors import ScriptError, Words
from broadcaster.model import Script
from broadcaster.scripts.library import within
from broadcaster.tomlfile import read_text

PLAN_FILE = "noi_dung.tsv"


@dataclass(frozen=True, kw_only=True)
class Content:
    """One content that the commune's plan says must be told to the people."""

    code: str
    """As in the plan and in scripts' `topic`, e.g. `II.1.9`."""
    title: str
    """In a few words."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """One content and the scripts that serve it."""

    content: Content
    scripts: tuple[Script, ...]
    """Sorted by id; empty: no script serves it."""


def load_plan(folder: Path) -> tuple[Content, ...]:
    """The contents in the plan's order: `code TAB title` a line of noi_dung.tsv, `#` begins a comment line.

    A station without the file has no plan: (). Raises ScriptError with file:line.
    """
    path = folder / PLAN_FILE
    if not path.exists():
        return ()
    contents: dict[str, Content] = {}
    for number, line in enumerate(read_text(path, ScriptError).split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        code, _, title = (part.strip() for part in line.partition("\t"))
        if not (code and title):
            raise ScriptError(
                Words("mỗi dòng gồm mã, một dấu Tab, tên nội dung", "a line is a code, one tab, a title"),
                where=f"{path}:{number}",
                cure=Words("Ví dụ: II.1.9 (Tab) Một cửa", "For example: II.1.9 (tab) One-stop shop"),
            )
        if code in contents:
            raise ScriptError(
                Words(f"mã {code} xuất hiện hai lần", f"code {code} appears twice"),
                where=f"{path}:{number}",
                cure=Words("Xóa một dòng hoặc sửa mã", "Remove one line or change its code"),
            )
        contents[code] = Content(code=code, title=title)
    return tuple(contents.values())


def coverage(
    plan: Sequence[Content], scripts: Iterable[Script], *, first_day: date | None = None, last_day: date | None = None
) -> tuple[Coverage, ...]:
    """Which scripts serve each content, counting only those valid on at least one day of first_day…last_day.

    An open end (None) counts every script on that side.
    """
    usable = [script for script in scripts if _valid_within(script, first_day, last_day)]
    return tuple(
        Coverage(
            content=content,
            scripts=tuple(sorted((s for s in usable if within(s.topic, content.code)), key=lambda s: s.id)),
        )
        for content in plan
    )


def _valid_within(script: Script, first: date | None, last: date | None) -> bool:
    starts_in_time = last is None or script.valid_from is None or script.valid_from <= last
    ends_in_time = first is None or script.valid_to is None or first <= script.valid_to
    return starts_in_time and ends_in_time
