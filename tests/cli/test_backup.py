"""backup and restore: everything but what can be made again; a hostile or damaged archive changes nothing."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import MORNING, Call


@pytest.fixture
def archive(call: Call, station: Path, tmp_path: Path) -> Path:
    """Of a station with a recording and a journal."""
    (station / "ghi_am").mkdir()
    (station / "ghi_am" / "hop.mp3").write_bytes(b"x" * 1000)
    assert call("say", "Xin chào bà con.", station=station, clock=MORNING).code == 0
    file = tmp_path / "ban_chep.tar.gz"
    assert call("backup", file, station=station).code == 0
    return file


def files(folder: Path) -> dict[str, bytes]:
    kept = ("audio_cache", "journal")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in kept
    }


def test_a_station_comes_back_as_it_was(call: Call, archive: Path, station: Path, tmp_path: Path) -> None:
    again = tmp_path / "dai_moi"
    said = call("--station", again, "restore", archive)
    assert said.code == 0 and str(again) in said.out
    assert files(again) == files(station)
    assert not (again / "audio_cache").exists()
    assert call("journal", "--json", station=again).out == call("journal", "--json", station=station).out != ""
    assert call("scripts", "check", station=again).code == 0


def test_forced_restore_keeps_the_old_journal(call: Call, archive: Path, station: Path) -> None:
    assert call("say", "Tin thứ hai.", station=station, clock="2026-12-01T10:00+07:00 x40").code == 0
    assert call("--station", station, "restore", "--force", archive).code == 0
    assert len(call("journal", "--json", station=station).lines) == 1
    (aside,) = (path for path in (station / "journal").glob("*.truoc-*") if not path.name.endswith(("-wal", "-shm")))
    db = sqlite3.connect(aside)
    assert db.execute("SELECT COUNT(*) FROM airings").fetchone()[0] == 2
    db.close()


def crafted(path: Path, add: Callable[[tarfile.TarFile], None]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(member("station.toml", 3), io.BytesIO(b"abc"))
        add(tar)
    return path


def member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


@pytest.mark.parametrize(
    "evil",
    [
        member("../ngoai.txt"),
        member("scripts_vi/../../ngoai.txt"),
        member("/tmp/ngoai.txt"),
        member("lien_ket", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("cung", kind=tarfile.LNKTYPE, link="station.toml"),
        member("thiet_bi", kind=tarfile.CHRTYPE),
        member("a\\..\\b"),
    ],
    ids=lambda info: info.name,
)
def test_a_hostile_archive_is_refused_whole(call: Call, tmp_path: Path, evil: tarfile.TarInfo) -> None:
    file = crafted(tmp_path / "xau.tar.gz", lambda tar: tar.addfile(evil, io.BytesIO()))
    target = tmp_path / "dich"
    said = call("--station", target, "restore", file)
    assert said.code == 3 and "hỏng" in said.err
    assert not target.exists() and not (tmp_path / "ngoai.txt").exists()


def test_a_cut_archive_changes_nothing(call: Call, archive: Path, station: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[: archive.stat().st_size * 2 // 3])
    before = files(station)
    said = call("--station", station, "restore", "--force", cut)
    assert said.code == 3, said
    assert files(station) == before


def test_what_is_no_backup(call: Call, tmp_path: Path) -> None:
    other = tmp_path / "khac.tar.gz"
    with tarfile.open(other, "w:gz") as tar:
        tar.addfile(member("doc.txt", 1), io.BytesIO(b"x"))
    assert call("--station", tmp_path / "d", "restore", other).code == 3
    (tmp_path / "anh.tar.gz").write_bytes(b"not a tar at all")
    assert call("--station", tmp_path / "d", "restore", tmp_path / "anh.tar.gz").code == 3


def test_a_station_is_not_restored_under_a_running_one(
    call: Call, archive: Path, station: Path, run_station: Callable
) -> None:
    running = run_station("2026-12-02T09:00+07:00 x1").ready()
    assert call("--station", station, "restore", "--force", archive).code == 8
    assert running.terminate() == 0
