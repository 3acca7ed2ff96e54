"""click with two languages: help texts are `Words` and are chosen when they are shown, not when a module is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from broadcaster.cli import console
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import Words

F = TypeVar("F", bound=Callable[..., Any])

HELP_WIDTH = 100
SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": HELP_WIDTH}
_USAGE = Words("Cách dùng: ", "Usage: ")
_OPTIONS = Words("Tùy chọn", "Options")
_GLOBAL = Words("Tùy chọn chung", "Global options")
_EXAMPLES = Words("Ví dụ", "Examples")


class Option(click.Option):
    """An option whose help is Words."""

    def __init__(self, names: Sequence[str], *, words: Words, for_all: bool = False, **attributes: Any) -> None:
        """`for_all`: one of the global options, listed apart."""
        super().__init__(names, help=words.vi, **attributes)
        self.words = words
        self.for_all = for_all

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = console.told(self.words)
        return super().get_help_record(ctx)


def option(*names: str, words: Words, **attributes: Any) -> Callable[[F], F]:
    """`click.option` with its help in both languages."""
    return click.option(*names, cls=Option, words=words, **attributes)


argument = click.argument
"""Arguments have no help of their own; the command's text explains them."""


class _Bilingual(click.Command):
    """What commands and groups share. `about` and `examples` are shown by --help."""

    about: Words
    examples: Words | str

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        names = self.get_help_option_names(ctx)
        if not names:
            return None

        def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:
            if value and not ctx.resilient_parsing:
                click.echo(ctx.get_help())
                ctx.exit()

        return Option(
            names,
            words=Words("Hiện trợ giúp này.", "Show this help."),
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=show,
            for_all=True,
        )

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=console.told(_USAGE))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.indentation():
            for paragraph in console.told(self.about).split("\n\n"):
                formatter.write_paragraph()
                formatter.write_text(" ".join(paragraph.split()))
        with formatter.section(console.told(_EXAMPLES)):
            for line in console.told(self.examples).splitlines():
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        for_all: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                (for_all if getattr(parameter, "for_all", False) else own).append(record)
        for title, records in ((_OPTIONS, own), (_GLOBAL, for_all)):
            if records:
                with formatter.section(console.told(title)):
                    formatter.write_dl(records)


class Command(_Bilingual):
    """One command; its callback gets the Invocation first. The global options may also follow its name."""

    def __init__(self, name: str, *, about: Words, examples: Words | str, short: Words, **attributes: Any) -> None:
        attributes.setdefault("context_settings", SETTINGS)
        attributes["params"] = [*attributes.get("params", ()), *global_options()]
        super().__init__(name, **attributes)
        self.about = about
        self.examples = examples
        self.short = short

    def get_short_help_str(self, limit: int = 45) -> str:
        return console.told(self.short)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        self.options_metavar = console.told(Words("[TÙY CHỌN]", "[OPTIONS]"))
        return super().collect_usage_pieces(ctx)


class Group(_Bilingual, click.Group):
    """A family of commands (`scripts list`, `scripts check`…)."""

    def __init__(self, name: str, *, about: Words, examples: Words | str, **attributes: Any) -> None:
        attributes.setdefault("context_settings", SETTINGS)
        attributes["params"] = [*attributes.get("params", ()), *global_options()]
        super().__init__(name, **attributes)
        self.about = about
        self.examples = examples

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        self.options_metavar = console.told(Words("[TÙY CHỌN]", "[OPTIONS]"))
        self.subcommand_metavar = console.told(Words("LỆNH [THAM SỐ]…", "COMMAND [ARGS]…"))
        return super().collect_usage_pieces(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        _Bilingual.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            assert command is not None
            records.append((name, command.get_short_help_str()))
        with formatter.section(console.told(Words("Lệnh", "Commands"))):
            formatter.write_dl(records)


def command(
    name: str,
    *,
    about: Words,
    examples: Words | str,
    short: Words | None = None,
    group: Group | None = None,
    **attributes: Any,
) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function `f(invocation, …)`. `short` is its line in a group's list; None: as `about`."""

    def decorate(function: Callable[..., Any]) -> Command:
        made = click.command(name, cls=Command, about=about, examples=examples, short=short or about, **attributes)(
            click.pass_obj(function)
        )
        if group is not None:
            group.add_command(made)
        return made

    return decorate


def global_options() -> list[click.Parameter]:
    """Fresh copies of the options that every command takes."""
    return [
        Option(
            ["--station"],
            words=Words(
                "Thư mục của đài (mặc định: BROADCASTER_STATION, hoặc thư mục gần nhất có station.toml).",
                "The station's folder (default: BROADCASTER_STATION, else the nearest folder with station.toml).",
            ),
            type=click.Path(path_type=Path),
            metavar="DIR",
            expose_value=False,
            callback=_keep_station,
            for_all=True,
        ),
        Option(
            ["--lang"],
            words=Words("Ngôn ngữ của thông báo: vi hoặc en.", "Language of messages: vi or en."),
            type=click.Choice(console.LANGUAGES),
            expose_value=False,
            for_all=True,
        ),
        Option(
            ["-v", "--verbose"],
            words=Words("Khi chương trình có lỗi, in đủ chi tiết cho kỹ thuật viên.", "Show a traceback of our bugs."),
            is_flag=True,
            expose_value=False,
            callback=_keep_verbose,
            for_all=True,
        ),
    ]


def _keep_station(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).station = value


def _keep_verbose(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Invocation).verbose = True
