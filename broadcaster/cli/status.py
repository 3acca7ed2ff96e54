"""`status` and `queue`: what the running station says of itself, and what can be seen without it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from typing import Any

from broadcaster.cli import console
from broadcaster.cli.asking import not_answering, not_running, status_of
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time, iso
from broadcaster.enum_words import LEVEL_WORDS
from broadcaster.errors import StationStateError, Words
from broadcaster.model import Level
from broadcaster.settings import Settings

NEXT_SESSIONS = 3
_JSON = Words("In dạng JSON.", "Print as JSON.")
_STATES = {
    "waiting": Words("chờ đến lượt", "waiting"),
    "rendering": Words("đang đọc thành tiếng", "being spoken"),
    "planned": Words("hẹn giờ", "planned"),
}


@command(
    "status",
    about=Words(
        "Đang phát gì, sắp phát gì, đường ra loa, bộ đọc, đồng hồ, đĩa. Mã thoát 8 khi đài không chạy (vẫn in những gì"
        " biết được).",
        "On air, next, the health of output, engines, clock and disk. Exit code 8 when no station runs (what can be"
        " known is printed all the same).",
    ),
    examples="broadcaster status\nbroadcaster status --json",
)
@option("--json", "as_json", is_flag=True, words=_JSON)
def status(invocation: Invocation, as_json: bool) -> int:
    """Print the condition of the station."""
    from broadcaster.station.lock import running

    holder = running(invocation.settings.lock_path)
    own = status_of(holder) if holder is not None else None
    document: dict[str, Any] = {"running": holder is not None, "answers": own is not None} | (own or {})
    now = datetime.fromisoformat(own["now"]) if own else invocation.clock.now()
    document |= surroundings(invocation, now)
    if as_json:
        console.print_json(document)
    else:
        _print(document, invocation.settings)
    if holder is not None and own is None:
        raise not_answering(holder)
    return 0 if own is not None else StationStateError.exit_code


@command(
    "queue",
    about=Words(
        "Những gì đang phát và đang chờ, theo thứ tự sẽ phát, kèm số để hủy.",
        "What is on air and what waits, in the order of airing, with the number to cancel it by.",
    ),
    examples="broadcaster queue",
)
@option("--json", "as_json", is_flag=True, words=_JSON)
def queue(invocation: Invocation, as_json: bool) -> None:
    """Print the queue."""
    from broadcaster.station.lock import running

    holder = running(invocation.settings.lock_path)
    if holder is None:
        raise not_running(invocation)
    own = status_of(holder)
    if own is None:
        raise not_answering(holder)
    if as_json:
        console.print_json({"on_air": own["on_air"], "queue": own["queue"]})
        return
    _print_on_air(own)
    if not own["queue"]:
        console.say(Words("Không có gì đang chờ.", "Nothing waits."))
        return
    rows = [
        (
            waiting["occurrence"].removeprefix("yeu_cau/"),
            waiting["title"],
            console.told(LEVEL_WORDS[Level(waiting["level"])]),
            console.told(_STATES[waiting["state"]]),
            waiting["planned_at"][11:16],
            waiting["asked_by"],
        )
        for waiting in own["queue"]
    ]
    heads = ("ID", Words("Nội dung", "Title"), Words("Mức", "Level"), Words("Đang", "State"), Words("Giờ", "At"))
    console.print_table(rows, heads=(*heads, Words("Ai yêu cầu", "Asked by")))


def surroundings(invocation: Invocation, now: datetime) -> dict[str, Any]:
    """What can be seen without the station: engines, cache, disk, the next sessions."""
    from broadcaster.audio import Cache

    settings = invocation.settings
    cache = Cache(settings.cache_dir, settings.cache_max_mb).info()
    free = shutil.disk_usage(settings.folder).free
    return {
        "engines": engines(settings),
        "disk_free_bytes": free,
        "cache": {"entries": cache.entries, "bytes": cache.bytes, "max_bytes": cache.max_bytes},
        "next_sessions": _next_sessions(invocation, now),
    }


def engines(settings: Settings) -> list[dict[str, Any]]:
    """The station's engines in its order, and why one cannot speak now."""
    from broadcaster.speech import open_engine

    found = []
    for name in settings.engines:
        engine = open_engine(name, station=settings.folder, options=settings.engine_options.get(name))
        why = engine.unavailable()
        found.append({"name": name, "available": why is None, "why": why or ""})
    return found


def _next_sessions(invocation: Invocation, now: datetime) -> list[dict[str, Any]]:
    from broadcaster.schedule import expand, load_timetables

    settings = invocation.settings
    loaded = load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.output.zones)
    following = expand(loaded.timetables, now, now + timedelta(days=7), settings.tz)[:NEXT_SESSIONS]
    return [{"occurrence": o.key, "title": o.title, "at": iso(o.planned_at, settings.tz)} for o in following]


def _print(document: dict[str, Any], settings: Settings) -> None:
    rows: list[tuple[str, str]] = [(console.told(Words("Đài", "Station")), settings.name)]

    def add(head: Words | str, text: Words | str) -> None:
        rows.append((console.told(head), console.told(text)))

    if not document["running"]:
        add(
            Words("Trạng thái", "State"),
            Words("KHÔNG CHẠY; chạy «broadcaster run»", "NOT RUNNING; run 'broadcaster run'"),
        )
    elif not document["answers"]:
        add(Words("Trạng thái", "State"), Words("KHÔNG TRẢ LỜI", "DOES NOT ANSWER"))
    else:
        _add_live(document, add)
    for number, session in enumerate(document["next_sessions"]):
        add(Words("Sắp tới", "Next") if number == 0 else "", f"{_local(session['at'], settings)}  {session['title']}")
    for number, engine in enumerate(document["engines"]):
        add(
            Words("Bộ đọc", "Engines") if number == 0 else "",
            f"{engine['name']}: " + (engine["why"] or console.told(Words("sẵn sàng", "ready"))),
        )
    cache = document["cache"]
    add(
        Words("Kho âm thanh", "Audio cache"),
        f"{cache['entries']}  ({console.size(cache['bytes'])} / {console.size(cache['max_bytes'])})",
    )
    add(Words("Đĩa còn", "Disk free"), console.size(document["disk_free_bytes"]))
    console.print_table(rows)


def _local(at: str, settings: Settings) -> str:
    return day_and_time(datetime.fromisoformat(at), settings.tz)


def _add_live(document: dict[str, Any], add: Any) -> None:
    """What only the running station knows."""
    if document["stop_latched"]:
        state = Words("ĐANG DỪNG; cho phát lại: «broadcaster resume»", "STOPPED; to air again: 'broadcaster resume'")
    else:
        state = Words("đang chạy", "running")
    add(Words("Trạng thái", "State"), state)
    clock = document["clock"]
    label = "" if clock["label"] == "system" else f"  [{clock['label']}]"
    trust = "" if clock["trusted"] else console.told(Words("  KHÔNG TIN ĐƯỢC", "  NOT TRUSTED"))
    add(Words("Đồng hồ", "Clock"), document["now"][:19].replace("T", " ") + label + trust)
    if not document["journal"]["ok"]:
        add(Words("Nhật ký", "Journal"), "✗ " + document["journal"]["text"])
    output = document["output"]
    add(Words("Ra loa", "Output"), ("" if output["ok"] else "✗ ") + f"{output['spec']}: {output['text']}")
    on_air = document["on_air"]
    add(Words("Đang phát", "On air"), _on_air(on_air) if on_air else Words("không", "nothing"))
    if document["queue"]:
        add(Words("Đang chờ", "Waiting"), str(len(document["queue"])))


def _on_air(on_air: dict[str, Any]) -> str:
    span = f"{console.duration(on_air['position_s'])} / {console.duration(on_air['length_s'])}"
    return f"«{on_air['title']}», {on_air['item']}, {span}"


def _print_on_air(own: dict[str, Any]) -> None:
    if own["on_air"]:
        console.say(console.told(Words("Đang phát: ", "On air: ")) + _on_air(own["on_air"]))
