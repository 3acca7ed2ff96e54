"""`backup F` and `restore F`: the whole station in one .tar.gz, without what can be made again."""

from __future__ import annotations

from pathlib import Path

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import Words
from broadcaster.service.amounts import size


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
    """Write the archive."""
    from broadcaster.service.backup import back_up

    with console.Progress() as bar:
        count = back_up(invocation.settings, file, lambda done, total, name: bar.show(done, name, total=total))
    size_now = console.told(size(file.stat().st_size))
    console.print_line(Words(f"Đã chép {count} tệp vào {file} ({size_now}).", f"{count} files in {file} ({size_now})."))


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
    from broadcaster.service.backup import restore as unpack

    folder = invocation.station or Path.cwd()
    with console.Progress() as bar:
        unpack(
            folder,
            file,
            invocation.clock,
            replace=force,
            progress=lambda done, total, name: bar.show(done, name, total=total),
        )
    console.print_line(Words(f"Đã dựng lại đài ở {folder}.", f"The station is back in {folder}."))
    console.print_line(
        Words(f"Việc tiếp theo: broadcaster --station {folder} doctor", f"Next: broadcaster --station {folder} doctor")
    )
