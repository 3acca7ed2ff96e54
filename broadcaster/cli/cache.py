"""`cache …`: the rendered audio on disk."""

from __future__ import annotations

from broadcaster.cli import console
from broadcaster.cli.command import Group, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import RefusedError, Words
from broadcaster.service.amounts import size

cache = Group(
    "cache",
    about=Words(
        "Kho âm thanh đã đọc sẵn (audio_cache/). Xóa lúc nào cũng được: máy đọc lại khi cần.",
        "The rendered audio (audio_cache/). It may be deleted at any time: what is needed is rendered again.",
    ),
    examples="broadcaster cache info\nbroadcaster cache prune",
)


@command(
    "info",
    group=cache,
    short=Words("Dung lượng", "Size"),
    about=Words("Số bản thu, dung lượng, giới hạn.", "Entries, size and bound."),
    examples="broadcaster cache info --json",
)
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
def info(invocation: Invocation, as_json: bool) -> None:
    """Print what is there."""
    from broadcaster.audio import Cache

    settings = invocation.settings
    found = Cache(settings.cache_dir, settings.cache_max_mb).info()
    if as_json:
        console.print_json(
            {
                "folder": str(settings.cache_dir),
                "entries": found.entries,
                "bytes": found.bytes,
                "max_bytes": found.max_bytes,
                "leftovers": found.leftovers,
            }
        )
        return
    console.print_table(
        [
            (console.told(Words("Thư mục", "Folder")), str(settings.cache_dir)),
            (console.told(Words("Bản thu", "Entries")), str(found.entries)),
            (
                console.told(Words("Dung lượng", "Size")),
                f"{console.told(size(found.bytes))} / {console.told(size(found.max_bytes))}",
            ),
            (console.told(Words("Tệp thừa", "Leftovers")), str(found.leftovers)),
        ]
    )


@command(
    "prune",
    group=cache,
    short=Words("Bớt cho vừa giới hạn", "Down to its bound"),
    about=Words(
        "Xóa tệp thừa và những bản thu lâu không dùng cho vừa giới hạn [cache] max_mb. Những gì hai ngày tới cần thì"
        " giữ.",
        "Remove leftovers and what was not used for longest, down to [cache] max_mb. What the next two days need"
        " stays.",
    ),
    examples="broadcaster cache prune",
)
def prune(invocation: Invocation) -> None:
    """Bring the cache down to its bound."""
    from broadcaster.service.sound import prune_cache

    removed = prune_cache(invocation.settings, invocation.clock)
    console.print_line(Words(f"Đã xóa {removed} bản thu.", f"Removed {removed} entries."))


@command(
    "clear",
    group=cache,
    short=Words("Xóa hết", "Everything"),
    about=Words(
        "Xóa mọi bản thu. Máy sẽ đọc lại những gì lịch cần; bản đã duyệt mà đọc lại khác đi thì phải duyệt lại.",
        "Remove every entry. What the timetable needs is rendered again; an approval holds only if the sound is the"
        " same.",
    ),
    examples="broadcaster cache clear --yes",
)
@option("--yes", "sure", is_flag=True, words=Words("Không hỏi lại.", "Do not ask."))
def clear(invocation: Invocation, sure: bool) -> None:
    """Empty the cache."""
    from broadcaster.audio import Cache

    settings = invocation.settings
    if not sure and not console.agreed(Words("Xóa hết kho âm thanh? [c/K] ", "Remove all rendered audio? [y/N] ")):
        raise RefusedError(Words("đã thôi, không xóa gì", "given up, nothing was removed"))
    removed = Cache(settings.cache_dir, settings.cache_max_mb).clear()
    console.print_line(Words(f"Đã xóa {removed} bản thu.", f"Removed {removed} entries."))
