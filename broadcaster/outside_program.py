"""Runs programs named in station.toml: without a shell, within a time limit, leaving no process behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOLD_CHARACTERS = 200
"""Characters kept of what a program printed: the end says why it failed."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    code: int | None
    """Its exit code; None: not finished within the limit, and killed."""
    told: str
    """The end of what it printed, on one line."""


def find_program(name: str, folder: Path) -> str | None:
    """Full path of a program on PATH, or relative to `folder`; None: there is none."""
    return shutil.which(name) or shutil.which(str(folder / name))


def filled(arguments: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The arguments with each name of `values` replaced wherever it stands."""
    return [_filled(argument, values) for argument in arguments]


def _filled(argument: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        argument = argument.replace(name, value)
    return argument


def run_to_end(arguments: Sequence[str], *, folder: Path, text: str, limit_s: float) -> Ended:
    """Run a program in `folder` with `text` (UTF-8) on its standard input; then no process of its group is left.

    Raises OSError when it cannot be started.
    """
    program = find_program(arguments[0], folder) or arguments[0]
    # Files, not pipes: a grandchild that keeps a pipe open would block us after the program was killed.
    with tempfile.TemporaryFile() as words, tempfile.TemporaryFile() as said:
        words.write(text.encode("utf-8", "replace"))
        words.seek(0)
        process = subprocess.Popen(
            [program, *arguments[1:]], stdin=words, stdout=said, stderr=said, cwd=folder, **_own_group()
        )
        code: int | None = None
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):  # then the code stays None
                code = process.wait(limit_s)
        finally:
            _kill_group(process)
        said.seek(0)
        told = " ".join(said.read().decode("utf-8", "replace").split())[-TOLD_CHARACTERS:]
    return Ended(code=code, told=told)


def _own_group() -> dict[str, Any]:
    """Popen's arguments that put the program and its children into one group, which one signal ends."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined]  # Windows only
    return {"start_new_session": True}


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the program and whatever it started; does nothing when all of them have ended."""
    if os.name == "nt":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    process.wait()
