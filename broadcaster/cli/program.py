"""Runs `broadcaster COMMAND`. Finds the command, imports it alone, and turns every error into one line."""

from __future__ import annotations

import difflib
import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from broadcaster.cli import console
from broadcaster.cli.command import Group, Option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.table import COMMANDS, SECTIONS
from broadcaster.errors import BroadcasterError, UsageError, Words

PROGRAM = "broadcaster"
MISTAKE = 1
USAGE = 2
WRONG_FILE = 3
INTERRUPTED = 130


class Program(Group):
    """The top group; its commands are loaded by name from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            raise _no_such_command(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            records = [
                (name, console.told(entry.short)) for name, entry in COMMANDS.items() if entry.section is section
            ]
            with formatter.section(console.told(section)):
                formatter.write_dl(records)

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run one command line and leave with its exit code. click's other parameters do not apply."""
        arguments = list(sys.argv[1:] if args is None else args)
        console.use_language(console.language_of(arguments))
        invocation = Invocation()
        extra |= {"prog_name": PROGRAM, "standalone_mode": False, "obj": invocation}
        try:
            result = super().main(arguments, **extra)
            code = result if isinstance(result, int) else 0
        except BroadcasterError as problem:
            console.notice(problem.line(console.language()))
            code = problem.exit_code
        except click.Abort:
            code = INTERRUPTED
        except click.UsageError as problem:
            from broadcaster.cli.wrong_usage import line_of

            console.notice(line_of(problem))
            code = USAGE
        except OSError as problem:
            code = _operating_system_refused(problem, invocation)
        except Exception as problem:  # noqa: BLE001  (the last line of defence: said in one line, traceback with -v)
            code = _our_mistake(problem, invocation)
        sys.exit(code)


def _no_such_command(name: str) -> UsageError:
    near = difflib.get_close_matches(name, COMMANDS, n=2)
    listed = ", ".join(near)
    return UsageError(
        Words(f"không có lệnh «{name}»", f"there is no command '{name}'"),
        cure=Words(f"Có phải: {listed}?", f"Did you mean: {listed}?")
        if near
        else Words("Xem các lệnh: broadcaster --help", "See the commands: broadcaster --help"),
    )


def _operating_system_refused(problem: OSError, invocation: Invocation) -> int:
    """Print that the system refused (no permission, a full disk). Without a file name it may be a mistake of ours."""
    if problem.filename is None:
        return _our_mistake(problem, invocation)
    reason = problem.strerror or str(problem)
    console.notice(
        f"{problem.filename}: "
        + console.told(
            Words(
                f"hệ điều hành từ chối ({reason}). Kiểm tra đường dẫn, quyền ghi và dung lượng đĩa",
                f"the operating system refused ({reason}). Check the path, the permission and the disk space",
            )
        )
    )
    if invocation.verbose:
        console.notice("".join(traceback.format_exception(problem)))
    return WRONG_FILE


def _our_mistake(problem: Exception, invocation: Invocation) -> int:
    if invocation.verbose:
        console.notice("".join(traceback.format_exception(problem)).rstrip())
    detail = " ".join(f"{type(problem).__name__}: {problem}".split())
    console.notice(
        Words(
            f"lỗi của chương trình ({detail}). Chạy lại với -v và gửi kết quả cho người viết",
            f"a mistake of the program ({detail}). Run it again with -v and send the result to its authors",
        )
    )
    return MISTAKE


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{PROGRAM} {version(PROGRAM)}")
        ctx.exit()


main = Program(
    PROGRAM,
    about=Words(
        "Đài truyền thanh xã: biến lời viết thành tiếng nói, phát đúng giờ ra loa, và ghi nhật ký.",
        "A commune's loudspeaker station: written notices become speech, air on time, and are on record.",
    ),
    examples="broadcaster demo\nbroadcaster run\nbroadcaster say --help",
    params=[
        Option(
            ["--version"],
            words=Words("In số phiên bản.", "Print the version."),
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            for_all=True,
        )
    ],
)
"""The entry point of the console script."""
