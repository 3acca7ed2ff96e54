"""`status` and `queue`: what the running station says of itself, and what can be seen without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import day_and_time, iso
from broadcaster.enum_words import LEVEL_WORDS
from broadcaster.errors import StationStateError, Words
from broadcaster.model import EVERYWHERE, REQUESTS, zones_text
from broadcaster.service.amounts import duration, size
from broadcaster.service.status import Condition, condition, station_status
from broadcaster.settings import Settings
from broadcaster.station_status import (
    OnAirNow,
    OutputCondition,
    StationStatus,
    ZoneStatus,
    on_air_json,
    waiting_json,
)

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
    found = condition(invocation.settings, invocation.clock)
    if as_json:
        console.print_json(_document(found, invocation.settings))
    else:
        _print(found, invocation.settings)
    if found.problem is not None:
        raise found.problem
    return 0 if found.own is not None else StationStateError.exit_code


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
    own = station_status(invocation.settings)
    if as_json:
        queue = [waiting_json(one) for one in own.queue]
        console.print_json({"on_air": on_air_json(own.on_air), "queue": queue})
        return
    for on_air in _sounding(own):
        console.print_line(console.told(Words("Đang phát: ", "On air: ")) + _on_air(on_air))
    if not own.queue:
        console.print_line(Words("Không có gì đang chờ.", "Nothing waits."))
        return
    rows = [
        (
            waiting.occurrence.removeprefix(f"{REQUESTS}/"),
            waiting.title,
            console.told(LEVEL_WORDS[waiting.level]),
            console.told(_STATES[waiting.state]),
            f"{waiting.planned_at:%H:%M}",
            _zones(waiting.zones),
            waiting.asked_by,
        )
        for waiting in own.queue
    ]
    heads = ("ID", Words("Nội dung", "Title"), Words("Mức", "Level"), Words("Đang", "State"), Words("Giờ", "At"))
    console.print_table(rows, heads=(*heads, Words("Cụm loa", "Zones"), Words("Ai yêu cầu", "Asked by")))


def _document(found: Condition, settings: Settings) -> dict[str, Any]:
    own = found.own
    return {
        "running": found.holder is not None,
        "answers": own is not None,
        **(own.as_json(console.language()) if own is not None else {}),
        "engines": [
            {
                "name": engine.name,
                "available": engine.available,
                "why": console.told(engine.why) if engine.why else "",
            }
            for engine in found.engines
        ],
        "disk_free_bytes": found.disk_free_bytes,
        "cache": dataclasses.asdict(found.cache),
        "next_sessions": [
            {"occurrence": o.key, "title": o.title, "at": iso(o.planned_at, settings.tz)} for o in found.next_sessions
        ],
    }


def _print(found: Condition, settings: Settings) -> None:
    rows: list[tuple[str, str]] = [(console.told(Words("Đài", "Station")), settings.name)]

    def add(head: Words | str, text: Words | str) -> None:
        rows.append((console.told(head), console.told(text)))

    state = Words("Trạng thái", "State")
    if found.holder is None:
        add(state, Words("KHÔNG CHẠY; chạy «broadcaster run»", "NOT RUNNING; run 'broadcaster run'"))
    elif found.own is None:
        add(state, Words("KHÔNG TRẢ LỜI", "DOES NOT ANSWER"))
    else:
        _add_live(found.own, settings, add)
    for number, session in enumerate(found.next_sessions):
        at = day_and_time(session.planned_at, settings.tz)
        add(Words("Sắp tới", "Next") if number == 0 else "", f"{at}  {session.title}")
    for number, engine in enumerate(found.engines):
        why = console.told(engine.why or Words("sẵn sàng", "ready"))
        add(Words("Bộ đọc", "Engines") if number == 0 else "", f"{engine.name}: {why}")
    used, most = console.told(size(found.cache.bytes)), console.told(size(found.cache.max_bytes))
    add(Words("Kho âm thanh", "Audio cache"), f"{found.cache.entries}  ({used} / {most})")
    add(Words("Đĩa còn", "Disk free"), size(found.disk_free_bytes))
    console.print_table(rows)


def _add_live(own: StationStatus, settings: Settings, add: Callable[[Words | str, Words | str], None]) -> None:
    """What only the running station knows."""
    add(
        Words("Trạng thái", "State"),
        Words("ĐANG DỪNG; cho phát lại: «broadcaster resume»", "STOPPED; to air again: 'broadcaster resume'")
        if own.stop_latched
        else Words("đang chạy", "running"),
    )
    label = "" if own.clock_label == "system" else f"  [{own.clock_label}]"
    trust = "" if own.clock_trusted else console.told(Words("  KHÔNG TIN ĐƯỢC", "  NOT TRUSTED"))
    add(Words("Đồng hồ", "Clock"), f"{own.now.astimezone(settings.tz):%Y-%m-%d %H:%M:%S}{label}{trust}")
    if not own.journal.ok:
        add(Words("Nhật ký", "Journal"), "✗ " + console.told(own.journal.text))
    if len(own.zones) > 1:
        for zone in own.zones:
            add(_named(zone), _zone(zone))
    else:
        add(Words("Ra loa", "Output"), _output(own.output))
        on_air = _sounding(own)
        add(Words("Đang phát", "On air"), _on_air(on_air[0]) if on_air else Words("không", "nothing"))
    if own.queue:
        add(Words("Đang chờ", "Waiting"), str(len(own.queue)))


def _named(zone: ZoneStatus) -> str:
    return zone.zone if zone.title in ("", zone.zone) else f"{zone.title} ({zone.zone})"


def _zone(zone: ZoneStatus) -> str:
    """What one zone gives, and what is wrong there."""
    told = [_on_air(zone.on_air) if zone.on_air else console.told(Words("không phát gì", "nothing on air"))]
    if zone.stop_latched:
        told.append(console.told(Words("ĐANG DỪNG", "STOPPED")))
    if not zone.output.ok:
        told.append(_output(zone.output))
    return "; ".join(told)


def _output(output: OutputCondition) -> str:
    return ("" if output.ok else "✗ ") + f"{output.spec}: {console.told(output.text)}"


def _sounding(own: StationStatus) -> list[OnAirNow]:
    """Everything on air, each once, the first that came on air first."""
    found = {} if own.on_air is None else {(own.on_air.occurrence, own.on_air.item): own.on_air}
    for zone in own.zones:
        if zone.on_air is not None:
            found.setdefault((zone.on_air.occurrence, zone.on_air.item), zone.on_air)
    return list(found.values())


def _on_air(on_air: OnAirNow) -> str:
    span = duration(on_air.position_s) + ("" if on_air.length_s is None else f" / {duration(on_air.length_s)}")
    zones = "" if on_air.zones == (EVERYWHERE,) else f" [{_zones(on_air.zones)}]"
    return f"«{on_air.title}», {on_air.item}, {span}{zones}"


def _zones(zones: tuple[str, ...]) -> str:
    return console.told(Words("tất cả", "all")) if zones == (EVERYWHERE,) else zones_text(zones)
