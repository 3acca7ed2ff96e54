"""`init DIR`: a new station out of the sample one."""

from __future__ import annotations

from pathlib import Path

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import Words


@command(
    "init",
    about=Words(
        "Tạo một đài mới trong thư mục DIR từ đài mẫu: station.toml có chú giải từng dòng, kịch bản mẫu, lịch phát mẫu."
        " Tệp đã có thì giữ nguyên.",
        "Make a new station in DIR out of the sample one: a commented station.toml, sample scripts and timetables."
        " Files that exist are left alone.",
    ),
    examples="broadcaster init ~/dai-truyen-thanh",
)
@argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def init(invocation: Invocation, folder: Path) -> None:
    """Copy the sample station and say what to do next."""
    from broadcaster.sample import make_station

    made = make_station(folder)
    console.print_line(
        Words(f"Đã tạo đài ở {folder} ({len(made)} tệp).", f"Made a station in {folder} ({len(made)} files).")
    )
    console.print_line(
        Words(
            f"Việc tiếp theo: mở {folder / 'station.toml'}, thay các giá trị VÍ DỤ bằng thông tin của xã, rồi chạy"
            f" «broadcaster --station {folder} doctor».",
            f"Next: open {folder / 'station.toml'}, replace the sample values with your commune's, then run"
            f" 'broadcaster --station {folder} doctor'.",
        )
    )
