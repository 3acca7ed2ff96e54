"""Words for click's complaints about a wrong command line, in the user's language and on one line."""

from __future__ import annotations

import click
from click.exceptions import BadArgumentUsage, BadOptionUsage, MissingParameter, NoSuchOption

from broadcaster.cli import console
from broadcaster.errors import Words


def line_of(error: click.UsageError) -> str:
    """`what. Where to read more`."""
    path = error.ctx.command_path if error.ctx is not None else "broadcaster"
    see = Words(f"Xem: {path} --help", f"See: {path} --help")
    return f"{console.told(_what(error))}. {console.told(see)}"


def _what(error: click.UsageError) -> Words:
    english = " ".join(error.format_message().split()).rstrip(".")
    match error:
        case NoSuchOption(option_name=name, possibilities=near):
            listed = ", ".join(sorted(near or ()))
            return Words(f"không có tùy chọn {name}" + (f"; có phải {listed}?" if listed else ""), english)
        case MissingParameter(param=parameter) if parameter is not None:
            return Words(f"thiếu {_named(parameter, error.ctx)}", english)
        case click.BadParameter(param=parameter) if parameter is not None:
            return Words(f"{_named(parameter, error.ctx)} không đúng: {_allowed(parameter.type, error)}", english)
        case BadOptionUsage(option_name=name):
            return Words(f"tùy chọn {name} dùng chưa đúng ({english})", english)
        case BadArgumentUsage():
            return Words(f"tham số dùng chưa đúng ({english})", english)
    if english.startswith("Got unexpected extra argument"):
        extra = english.partition("(")[2].rstrip(")")
        return Words(f'thừa tham số ({extra}); lời có dấu cách phải đặt trong dấu nháy "…"', english)
    if english.startswith("Missing command"):
        return Words("thiếu tên lệnh con", english)
    if english.startswith("No such command"):
        name = english.partition("'")[2].partition("'")[0]
        return Words(f"không có lệnh con «{name}»", english)
    return Words(f"lệnh viết chưa đúng ({english})", english)


def _named(parameter: click.Parameter, ctx: click.Context | None) -> str:
    if isinstance(parameter, click.Argument):
        return f"tham số {parameter.make_metavar()}"
    return f"tùy chọn {max(parameter.opts, key=len)}"


def _allowed(kind: click.ParamType, error: click.BadParameter) -> str:
    """What may be written there."""
    match kind:
        case click.Choice(choices=choices):
            return f"chọn một trong {', '.join(choices)}"
        case click.IntRange() | click.FloatRange():
            low = f"từ {kind.min:g}" if kind.min is not None else ""
            high = f"đến {kind.max:g}" if kind.max is not None else ""
            return f"cần một số {low} {high}".rstrip()
        case click.Path():
            return f"không có hoặc không đọc được tệp này ({error.message.rstrip('.')})"
    if isinstance(kind, type(click.INT) | type(click.FLOAT)):
        return "cần một số"
    return error.message.rstrip(".")
