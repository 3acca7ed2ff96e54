"""Mounts small disks that can be filled or made read-only. Where that is not allowed the test is skipped."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


def run(*command: str) -> int:
    """Its exit code."""
    return subprocess.run(command, capture_output=True, timeout=10).returncode


def mount(folder: Path, megabytes: int) -> bool:
    """Mount a disk of its own at the empty `folder`. False where this user may not."""
    return (
        sys.platform == "linux" and run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)) == 0
    )


def unmount(folder: Path) -> None:
    """Unmount it, also while files are open there."""
    assert run("umount", "-l", str(folder)) == 0


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own at `folder`, which is made."""
    folder.mkdir()
    if not mount(folder, megabytes):
        pytest.skip("no right to mount a small disk here")
    try:
        yield folder
    finally:
        unmount(folder)


def fill(folder: Path) -> Path:
    """Fill the disk to the last byte."""
    junk = folder / "rac"
    with junk.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return junk


def read_only(folder: Path, yes: bool) -> None:
    """Make it read-only, as a kernel does with a disk that has errors; nothing may be open for writing there."""
    assert run("mount", "-o", f"remount,{'ro' if yes else 'rw'}", str(folder)) == 0
