"""The whole station in one .tar.gz, without what can be made again; and back out of it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from broadcaster.clock import Clock
from broadcaster.errors import FileError, NotFoundError, RefusedError, Words
from broadcaster.service.amounts import size
from broadcaster.settings import STATION_FILE, Settings
from broadcaster.station.lock import StationLock
from broadcaster.whole_file import replacing

LEFT_OUT = frozenset({"audio_cache", "journal", "__pycache__", ".git", ".venv"})
"""Top folders: the cache is rendered again, the journal is copied through SQLite, the rest is no part of a station."""
JOURNAL = "journal/journal.sqlite3"
LOCK = "journal/station.lock"
MOST_BYTES = 50_000_000_000
"""Unpacked; an archive that holds more was made to fill the disk."""

Progress = Callable[[int, int, str], None]
"""Told before each file: how many are done, of how many, and its name."""


def back_up(settings: Settings, file: Path, progress: Progress) -> int:
    """Write the archive, whole or not at all, also while the station runs. Returns how many files are in it."""
    members = [path for path in _station_files(settings.folder) if path.resolve() != file.resolve()]
    with replacing(file, durable=True) as temporary, tarfile.open(temporary, "w:gz", compresslevel=6) as archive:
        for done, path in enumerate(members):
            progress(done, len(members), path.name)
            archive.add(path, path.relative_to(settings.folder).as_posix(), recursive=False, filter=_plain)
        with _journal_copy(settings.journal_path) as copy:
            if copy is not None:
                archive.add(copy, JOURNAL, filter=_plain)
    return len(members)


def restore(folder: Path, file: Path, clock: Clock, *, replace: bool, progress: Progress) -> None:
    """Unpack an archive into `folder`; a damaged one changes nothing. An old journal is kept beside the new one.

    Raises NotFoundError, FileError, StationStateError while a station runs there, and RefusedError for a folder that
    holds a station unless `replace`.
    """
    if not file.is_file():
        raise NotFoundError(Words("không có tệp này", "there is no such file"), where=str(file))
    _require_room_for_station(folder, file, replace)
    try:
        with tarfile.open(file, "r:*") as archive:
            members = archive.getmembers()
            _require_station(members, file)
            folder.mkdir(parents=True, exist_ok=True)
            with StationLock(folder / LOCK), tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as scratch:
                _unpack(archive, members, Path(scratch), progress)
                _set_journal_aside(folder, clock)
                _move_into_place(Path(scratch), folder)
    except (tarfile.TarError, EOFError, OSError) as problem:
        if isinstance(problem, OSError) and problem.filename is not None:
            raise
        raise _damaged(file, Words(str(problem), str(problem))) from problem


def _station_files(folder: Path) -> Iterator[Path]:
    """Regular files of the station, links left out: an archive must hold what it names."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] in LEFT_OUT or path.is_symlink() or not path.is_file():
            continue
        if inside.name.startswith(".") or inside.name.endswith(".tar.gz"):
            continue  # editors' leftovers and earlier backups
        yield path


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """No names and ids of this machine's accounts."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


@contextlib.contextmanager
def _journal_copy(journal: Path) -> Iterator[Path | None]:
    """A copy that is whole although the station may be writing: SQLite's own backup."""
    if not journal.exists():
        yield None
        return
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "journal.sqlite3"
        source, target = sqlite3.connect(f"file:{journal}?mode=ro", uri=True), sqlite3.connect(copy)
        try:
            source.backup(target)
        finally:
            source.close()
            target.close()
        yield copy


def _require_room_for_station(folder: Path, file: Path, replace: bool) -> None:
    if (folder / STATION_FILE).exists() and not replace:
        raise RefusedError(
            Words("thư mục này đã là một đài", "this folder holds a station already"),
            where=str(folder),
            cure=Words(
                f"Chọn thư mục khác bằng --station, hoặc thêm --force để ghi đè bằng {file.name}",
                f"Choose another folder with --station, or add --force to replace it by {file.name}",
            ),
        )


def _require_station(members: list[tarfile.TarInfo], file: Path) -> None:
    if STATION_FILE not in {member.name for member in members}:
        raise FileError(
            Words("tệp này không phải bản chép của một đài", "this is no backup of a station"),
            where=str(file),
            cure=Words("Dùng tệp do «broadcaster backup» tạo", "Use a file made by 'broadcaster backup'"),
        )
    for member in members:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()) or "\\" in member.name:
            raise _damaged(file, Words(f"«{member.name}»", f"'{member.name}'"))
    if sum(member.size for member in members) > MOST_BYTES:
        most = size(MOST_BYTES)
        raise _damaged(file, Words(f"> {most.vi}", f"> {most.en}"))


def _unpack(archive: tarfile.TarFile, members: list[tarfile.TarInfo], scratch: Path, progress: Progress) -> None:
    """Nothing of the archive but names and bytes is used: no owners, links or permissions."""
    for done, member in enumerate(members):
        progress(done, len(members), member.name)
        target = scratch / member.name
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        source = archive.extractfile(member)
        assert source is not None, "regular files only"
        with source, target.open("wb") as out:
            shutil.copyfileobj(source, out)


def _move_into_place(scratch: Path, folder: Path) -> None:
    for path in sorted(scratch.rglob("*")):
        target = folder / path.relative_to(scratch)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.resolve().is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"{target}: a link leads out of the station")
        else:
            path.replace(target)


def _set_journal_aside(folder: Path, clock: Clock) -> None:
    """A record is never deleted, not even by a restore."""
    journal = folder / JOURNAL
    if journal.exists():
        stamp = f"{clock.now():%Y%m%dT%H%M%S}"
        for ending in ("", "-wal", "-shm"):
            part = journal.with_name(journal.name + ending)
            if part.exists():
                part.replace(journal.with_name(f"{journal.name}.truoc-{stamp}{ending}"))


def _damaged(file: Path, detail: Words) -> FileError:
    return FileError(
        Words(f"tệp hỏng hoặc có mục lạ ({detail.vi})", f"the file is damaged or holds strange members ({detail.en})"),
        where=str(file),
        cure=Words("Dùng bản chép khác; không có gì bị thay đổi dở dang", "Use another backup"),
    )
