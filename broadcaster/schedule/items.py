"""What a session plays: `items = [ … ]` of a timetable."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from broadcaster.errors import FileError, Words
from broadcaster.model import Item, ItemKind
from broadcaster.settings import LATE_HINT, parse_late_rule
from broadcaster.tomlfile import Table

LONGEST_PAUSE_S = 600.0
"""Ten minutes of planned silence: whoever wants more wants another session."""
MOST_REPEATS = 20
MOST_SCRIPTS_OF_A_TOPIC = 20
_PAUSE_HINT = Words(
    f'Viết như pause = "3s", "500ms" hoặc "1m", nhiều nhất {LONGEST_PAUSE_S:g} giây',
    f'Write it like pause = "3s", "500ms" or "1m", at most {LONGEST_PAUSE_S:g} seconds',
)
_ITEM_HINT = Words(
    'Chọn một: { chime = true }, { script = "mã" }, { topic = "II.1.10", count = 2 }, '
    '{ recording = "ghi_am/tệp.mp3" }, { pause = "3s" }',
    'Choose one: { chime = true }, { script = "id" }, { topic = "II.1.10", count = 2 }, '
    '{ recording = "ghi_am/file.mp3" }, { pause = "3s" }',
)


def read_items(table: Table) -> tuple[Item, ...]:
    """The items of a session's table. Raises TimetableError with the line of the first wrong one."""
    written = table.data.get("items")
    for number, entry in enumerate(written if isinstance(written, list) else ()):
        if not isinstance(entry, dict):
            raise table.file.fail(
                (*table.keys, "items", number),
                Words(f"«{entry}» không phải một mục", f"'{entry}' is not an item"),
                _ITEM_HINT,
            )
    items = tuple(_item(entry) for entry in table.tables("items"))
    if not items:
        raise fail_here(
            table,
            Words(f"phiên «{table.keys[-1]}» không có mục nào để phát", f"session '{table.keys[-1]}' has no items"),
            Words('Thêm items = [ { script = "mã_kịch_bản" } ]', 'Add items = [ { script = "id" } ]'),
        )
    return items


def _item(table: Table) -> Item:
    kinds = [kind for kind in _ITEM_READERS if kind in table.data]
    if not kinds:
        for key in (*_ITEM_READERS, "count", "voice", "repeat", "late", "resume"):
            table.has(key)
        table.done()  # a mistyped kind gets the right one as its cure
    if len(kinds) != 1:
        found = ", ".join(kinds)
        raise fail_here(
            table,
            Words(f"một mục chỉ phát một thứ, ở đây có {found}", f"an item plays one thing, here are {found}")
            if kinds
            else Words("mục này không nói phát gì", "this item does not say what to play"),
            _ITEM_HINT,
        )
    kind = kinds[0]
    item = _ITEM_READERS[kind](table)
    if kind in (ItemKind.SCRIPT, ItemKind.TOPIC):
        item = replace(item, voice=table.text("voice") or None)
    item = replace(
        item,
        repeat=table.whole("repeat", 1, 1, MOST_REPEATS),
        late=table.read("late", parse_late_rule, None, LATE_HINT),
        resume=table.flag("resume", False) if table.has("resume") else None,
    )
    table.done()
    return item


def _chime(table: Table) -> Item:
    if table.get("chime", bool) is not True:
        raise table.fail(
            "chime",
            Words("«chime» chỉ có thể là true", "'chime' can only be true"),
            Words("Không muốn nhạc hiệu thì bỏ mục này", "Remove the item if you want no chime"),
        )
    return Item(kind=ItemKind.CHIME)


def _script(table: Table) -> Item:
    return Item(kind=ItemKind.SCRIPT, name=table.text("script", required=True))


def _topic(table: Table) -> Item:
    return Item(
        kind=ItemKind.TOPIC,
        name=table.text("topic", required=True),
        count=table.whole("count", 1, 1, MOST_SCRIPTS_OF_A_TOPIC),
    )


def _recording(table: Table) -> Item:
    name = table.text("recording", required=True)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise table.fail(
            "recording",
            Words(
                f"tệp ghi âm «{name}» phải nằm trong thư mục của đài",
                f"the recording '{name}' must be inside the station's folder",
            ),
            Words("Viết như ghi_am/thong_bao.mp3, dùng dấu /", "Write it like ghi_am/thong_bao.mp3, with /"),
        )
    return Item(kind=ItemKind.RECORDING, name=name)


def _pause(table: Table) -> Item:
    return Item(kind=ItemKind.PAUSE, pause_s=table.read("pause", read_pause_s, 0.0, _PAUSE_HINT))


def read_pause_s(value: object) -> float:
    """Seconds from "3s", "500ms", "1m", "3 giây" or a number of seconds. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError(value)
    if isinstance(value, int | float):
        seconds = float(value)
    else:
        match = re.fullmatch(r"\s*(\d{1,6}(?:\.\d{1,3})?)\s*(ms|s|m|giây|phút)\s*", str(value))
        if match is None:
            raise ValueError(value)
        seconds = float(match[1]) * {"ms": 0.001, "s": 1, "giây": 1, "m": 60, "phút": 60}[match[2]]
    if not 0 < seconds <= LONGEST_PAUSE_S:
        raise ValueError(value)
    return seconds


_ITEM_READERS: dict[ItemKind, Callable[[Table], Item]] = {
    ItemKind.CHIME: _chime,
    ItemKind.SCRIPT: _script,
    ItemKind.TOPIC: _topic,
    ItemKind.RECORDING: _recording,
    ItemKind.PAUSE: _pause,
}


def fail_here(table: Table, what: Words, cure: Words) -> FileError:
    """An error at the table itself, ready to raise."""
    return table.file.fail(table.keys, what, cure)
