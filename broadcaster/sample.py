"""Finds and copies the sample station (xã Dân Tiến): at the top of a checkout, inside the package of a wheel."""

from __future__ import annotations

import shutil
from pathlib import Path

from broadcaster.errors import SettingsError, Words

SAMPLE_PARTS = ("station.toml", "tu_dien.tsv", "scripts_vi", "schedules")
"""Files and folders that make a station. setup.py copies them into `PACKAGED` of the wheel: one original."""
PACKAGED = "_sample"
_PACKAGE = Path(__file__).parent


def sample_station() -> Path:
    """The folder of the sample station; only to be read, it may be shared or read-only. Copy it with `make_station`."""
    packaged = _PACKAGE / PACKAGED
    folder = packaged if packaged.is_dir() else _PACKAGE.parent
    if not (folder / SAMPLE_PARTS[0]).is_file():
        raise SettingsError(
            Words("bản cài đặt thiếu đài mẫu", "the installation lacks the sample station"),
            where=str(folder),
            cure=Words("Cài lại: pip install --force-reinstall broadcaster", "Install it again with pip"),
        )
    return folder


def make_station(folder: Path) -> tuple[Path, ...]:
    """Copy the sample station into `folder` and return the new files. What exists is never touched.

    Raises SettingsError when `folder` holds a station already, or cannot be written.
    """
    source = sample_station()
    if (folder / SAMPLE_PARTS[0]).exists():
        raise SettingsError(
            Words("thư mục này đã là một đài", "this folder is a station already"),
            where=str(folder / SAMPLE_PARTS[0]),
            cure=Words(
                "Chọn thư mục khác; các tệp ở đây được giữ nguyên", "Choose another folder; nothing was changed"
            ),
        )
    made = []
    try:
        for file in _files(source):
            target = folder / file.relative_to(source)
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)  # contents only: the copy is writable even when the original is not
            made.append(target)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise SettingsError(
            Words(f"không tạo được đài ở đây ({reason})", f"cannot make a station here ({reason})"),
            where=str(folder),
            cure=Words("Chọn thư mục khác mà anh chị được ghi", "Choose a folder that you may write to"),
        ) from problem
    return tuple(made)


def _files(source: Path) -> list[Path]:
    """Every file of the sample. station.toml comes last: an incomplete copy is not taken for a station."""
    found = []
    for part in reversed(SAMPLE_PARTS):
        path = source / part
        found += sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
    return found
