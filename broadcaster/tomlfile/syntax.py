"""Explains the errors of `tomllib` to people who do not know TOML."""

from __future__ import annotations

import re

from broadcaster.errors import Words

_SYNTAX: tuple[tuple[str, Words, Words], ...] = (
    (
        r"Cannot (overwrite|declare|redefine|mutate)|Duplicate",
        Words("mục này đã có ở trên", "this entry was given before"),
        Words("Xóa hoặc đổi tên một trong hai", "Remove or rename one of the two"),
    ),
    (
        r"Invalid date",
        Words("ngày hoặc giờ này không có thật", "no such date or time"),
        Words('Viết ngày như 2026-11-25, giờ như "05:30"', 'Write dates like 2026-11-25, times like "05:30"'),
    ),
    (
        r"Unclosed|Unterminated|Illegal character '\\n'|Expected (\"'|'\])",
        Words("thiếu dấu đóng", "something is not closed"),
        Words(
            "Xem lại dấu nháy và dấu ngoặc ở dòng này hoặc ngay trên; { } phải nằm gọn trong một dòng",
            "Check quotes and brackets on this line or just above; { } must stay on one line",
        ),
    ),
    (
        r"Unescaped",
        Words("dấu \\ không dùng được trong nháy kép", "a \\ cannot stand in double quotes"),
        Words("Dùng dấu / thay cho \\", "Use / instead of \\"),
    ),
    (
        r"Invalid value|Expected newline",
        Words("không đọc được giá trị sau dấu =", "the value after = cannot be read"),
        Words(
            'Chữ và giờ phải nằm trong dấu nháy, ví dụ time = "05:30"; đúng/sai viết true, false',
            'Words and times need quotes, e.g. time = "05:30"; yes and no are true, false',
        ),
    ),
    (
        r"Invalid statement|Invalid initial|Expected '='|Found invalid",
        Words("dòng này không có dạng «tên = giá trị»", "this line is not 'name = value'"),
        Words(
            "Tên mục viết không dấu; ghi chú bắt đầu bằng dấu #", "Names are a-z, 0-9, _ and -; a note starts with #"
        ),
    ),
)
"""What tomllib complains of → the same in plain words, and the usual cure."""


def syntax_mistake(problem: str, text: str) -> tuple[int, Words, Words]:
    """(line from 1, what, cure) of a message of tomllib."""
    written = text.rstrip("\n").split("\n")
    place = re.search(r"\(at line (\d+), column \d+\)$", problem)
    line = int(place[1]) if place else len(written)
    if re.search("[“”‘’]", written[line - 1] if line <= len(written) else ""):
        return (
            line,
            Words("dấu nháy cong “ ” không dùng được", "curly quotes “ ” cannot be used"),
            Words('Gõ lại bằng dấu nháy thẳng "', 'Type straight quotes "'),
        )
    for pattern, what, cure in _SYNTAX:
        if re.match(pattern, problem):
            return line, what, cure
    reason = re.sub(r"\s*\(at .*\)$", "", problem)
    return (
        line,
        Words(f"không đọc được ({reason})", f"cannot be read ({reason})"),
        Words("Xem lại dấu nháy, dấu ngoặc, dấu = ở dòng này", "Check quotes, brackets and = on this line"),
    )
