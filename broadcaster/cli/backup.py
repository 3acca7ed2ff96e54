"""`backup F` and `restore F`: the whole station in one .tar.gz, without what can be made again."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import FileError, NotFoundError, RefusedError, Words
from broadcaster.whole_file import replacing

LEFT_OUT = frozenset({"audio_cache", "journal", "__pycache__", ".git", ".venv"})
"""Top folders: the cache is rendered again, the journal is copied through SQLite, the rest is no part of a station."""
JOURNAL = "journal/journal.sqlite3"
LOCK = "journal/station.lock"
MOST_BYTES = 50_000_000_000
"""Bytes, unpacked. A larger archive is not a commune's station but an attack."""


@command(
    "backup",
    about=Words(
        "Chép cả đài vào một tệp .tar.gz: station.toml, kịch bản, lịch, từ điển, tệp ghi âm, giọng đã cài, và một bản"
        " nhật ký nguyên vẹn (đài đang chạy cũng chép được). Kho âm thanh thì không, vì máy đọc lại được.",
        "The whole station in one .tar.gz: station.toml, scripts, timetables, glossary, recordings, installed voices"
        " and a consistent copy of the journal (also while the station runs). Not the audio cache: it is rendered"
        " again.",
    ),
    examples="broadcaster backup dan_tien_2026-12.tar.gz",
)
@argument("file", metavar="F", type=click.Path(dir_okay=False, path_type=Path))
def backup(invocation: Invocation, file: Path) -> None:
    """Write the archive: whole or not at all."""
    settings = invocation.settings
    members = [path for path in _station_files(settings.folder) if path.resolve() != file.resolve()]
    with (
        replacing(file, durable=True) as temporary,
        tarfile.open(temporary, "w:gz", compresslevel=6) as archive,
        console.Progress(len(members)) as progress,
    ):
        for done, path in enumerate(members):
            progress.show(done, path.name)
            archive.add(path, path.relative_to(settings.folder).as_posix(), recursive=False, filter=_plain)
        with _journal_copy(settings.journal_path) as copy:
            if copy is not None:
                archive.add(copy, JOURNAL, filter=_plain)
    size = console.size(file.stat().st_size)
    console.say(Words(f"Đã chép {len(members)} tệp vào {file} ({size}).", f"{len(members)} files in {file} ({size})."))


@command(
    "restore",
    about=Words(
        "Dựng lại đài từ tệp của «backup», vào thư mục của --station (mặc định: thư mục hiện tại). Thư mục đã có đài"
        " thì từ chối, trừ khi có --force: khi đó tệp trùng tên được ghi đè, nhật ký cũ được cất giữ cạnh nhật ký mới.",
        "Rebuild a station from the file of 'backup', into --station (default: the current folder). A folder that"
        " holds a station is refused unless --force: then files of the same name are replaced and the old journal is"
        " kept aside.",
    ),
    examples="broadcaster --station ~/dai-moi restore dan_tien_2026-12.tar.gz",
)
@argument("file", metavar="F", type=click.Path(dir_okay=False, path_type=Path))
@option("--force", is_flag=True, words=Words("Ghi đè lên đài đang có.", "Replace a station that is there."))
def restore(invocation: Invocation, file: Path, force: bool) -> None:
    """Unpack the archive."""
    from broadcaster.station.lock import StationLock

    folder = invocation.station or Path.cwd()
    if not file.is_file():
        raise NotFoundError(Words("không có tệp này", "there is no such file"), where=str(file))
    _require_room_for_station(folder, file, force)
    try:
        with tarfile.open(file, "r:*") as archive:
            members = archive.getmembers()
            _require_station(members, file)
            folder.mkdir(parents=True, exist_ok=True)
            with StationLock(folder / LOCK), tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as scratch:
                _unpack(archive, members, Path(scratch))
                _set_journal_aside(folder, invocation)
                _move_into_place(Path(scratch), folder)
    except (tarfile.TarError, EOFError, OSError) as problem:
        if isinstance(problem, OSError) and problem.filename is not None:
            raise
        raise _damaged(file, str(problem)) from problem
    console.say(Words(f"Đã dựng lại đài ở {folder}.", f"The station is back in {folder}."))
    console.say(
        Words(f"Việc tiếp theo: broadcaster --station {folder} doctor", f"Next: broadcaster --station {folder} doctor")
    )


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
    """Remove the names and ids of this machine's accounts."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


@contextlib.contextmanager
def _journal_copy(journal: Path) -> Iterator[Path | None]:
    """Copy the journal with SQLite's backup, which is consistent while the station writes."""
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


def _require_room_for_station(folder: Path, file: Path, force: bool) -> None:
    from broadcaster.settings import STATION_FILE

    if (folder / STATION_FILE).exists() and not force:
        raise RefusedError(
            Words("thư mục này đã là một đài", "this folder holds a station already"),
            where=str(folder),
            cure=Words(
                f"Chọn thư mục khác bằng --station, hoặc thêm --force để ghi đè bằng {file.name}",
                f"Choose another folder with --station, or add --force to replace it by {file.name}",
            ),
        )


def _require_station(members: list[tarfile.TarInfo], file: Path) -> None:
    from broadcaster.settings import STATION_FILE

    if STATION_FILE not in {member.name for member in members}:
        raise FileError(
            Words("tệp này không phải bản chép của một đài", "this is no backup of a station"),
            where=str(file),
            cure=Words("Dùng tệp do «broadcaster backup» tạo", "Use a file made by 'broadcaster backup'"),
        )
    for member in members:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()) or "\\" in member.name:
            raise _damaged(file, f"«{member.name}»")
    if sum(member.size for member in members) > MOST_BYTES:
        raise _damaged(file, f"> {console.size(MOST_BYTES)}")


def _unpack(archive: tarfile.TarFile, members: list[tarfile.TarInfo], scratch: Path) -> None:
    """Unpack into a new folder, using only names and bytes of the archive. A damaged archive changes nothing."""
    with console.Progress(len(members)) as progress:
        for done, member in enumerate(members):
            progress.show(done, member.name)
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


def _set_journal_aside(folder: Path, invocation: Invocation) -> None:
    """A record is never deleted, not even by a restore."""
    journal = folder / JOURNAL
    if journal.exists():
        stamp = f"{invocation.clock.now():%Y%m%dT%H%M%S}"
        for ending in ("", "-wal", "-shm"):
            part = journal.with_name(journal.name + ending)
            if part.exists():
                part.replace(journal.with_name(f"{journal.name}.truoc-{stamp}{ending}"))


def _damaged(file: Path, detail: str) -> FileError:
    return FileError(
        Words(f"tệp hỏng hoặc có mục lạ ({detail})", f"the file is damaged or holds strange members ({detail})"),
        where=str(file),
        cure=Words("Dùng bản chép khác; không có gì bị thay đổi dở dang", "Use another backup"),
    )
