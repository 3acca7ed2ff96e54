"""`spoken`: written text in, the words of the voice out, line by line. A filter: quick, and usable in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import Words
from broadcaster.service.reading import reading_here, unsure_words


@command(
    "spoken",
    about=Words(
        "Đọc từng dòng chữ viết (từ FILE; không có, hoặc là «-»: từ lệnh trước) và in lời mà giọng đọc sẽ nói,"
        " mỗi dòng vào một dòng ra. Trong thư mục của đài thì dùng từ điển và cách đọc của đài.\n\n"
        "--json: mỗi dòng một tài liệu {written, spoken, unsure}; unsure kể những chỗ chưa chắc.",
        "Read written lines (of FILE; without one, or with «-»: of standard input) and print the words that the voice"
        " will speak, one line for each. Inside a station its own glossary and settings count.\n\n"
        "--json: one document {written, spoken, unsure} a line; unsure lists what no rule decides.",
    ),
    examples="echo 'Họp lúc 7h30 ngày 5/12/2026 tại UBND xã.' | broadcaster spoken\n"
    "broadcaster spoken --json thong_bao.txt",
)
@argument(
    "file",
    required=False,
    metavar="[FILE]",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@option("--json", "as_json", is_flag=True, words=Words("Mỗi dòng một tài liệu JSON.", "One JSON document a line."))
def spoken(invocation: Invocation, file: Path | None, as_json: bool) -> None:
    """Filter lines."""
    from broadcaster.text import load_glossary, spoken_line

    reading, glossary_path = reading_here(invocation.named_folder)
    glossary = load_glossary(glossary_path) if glossary_path else load_glossary()
    for number, written in enumerate(_lines(file), 1):
        words, unsure = spoken_line(written, reading=reading, glossary=glossary)
        if as_json:
            found = [
                {
                    "line": number,
                    "column": u.column,
                    "written": u.written,
                    "read_as": u.read_as,
                    "reason": console.told(u.reason),
                }
                for u in unsure
            ]
            console.print_json({"written": written, "spoken": words, "unsure": found}, line=True)
        else:
            console.print_line(words)
            for one in unsure:
                console.notice(unsure_words(one, str(file or ""), first_line=number))


def _lines(file: Path | None) -> Iterator[str]:
    """Without line ends; invalid UTF-8 becomes �, which the audit reports."""
    if file is not None and file != Path("-"):
        with file.open(encoding="utf-8", errors="replace") as text:
            yield from _stripped(text)
    else:
        # Not click's stream: it reads ahead, and a person typing waits for each answer.
        stdin = open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  (not ours to close)
        yield from _stripped(iter(stdin.readline, ""))


def _stripped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.rstrip("\r\n")
