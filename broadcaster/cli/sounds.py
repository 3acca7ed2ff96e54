"""Rendering for commands that need the sound at once: preview, approve, render, demo. With a progress bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from broadcaster.cli import console
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import Clip, Occurrence

if TYPE_CHECKING:
    from broadcaster.studio import Line, Order, Studio


@contextmanager
def open_studio(invocation: Invocation) -> Iterator[Studio]:
    """The station's studio, its workers ended afterwards."""
    from broadcaster.studio import Studio

    studio = Studio(invocation.settings, invocation.clock)
    try:
        yield studio
    finally:
        studio.close()


def rendered(studio: Studio, orders: Sequence[Order]) -> list[Clip | BroadcasterError]:
    """Every order as its clip or its error, with a bar on the terminal."""
    with console.Progress(total=max(1, len(set(orders)))) as progress:
        if orders:
            progress.show(0, Words("đang đọc thành tiếng…", "speaking…"))
        return studio.render_all(
            orders, progress=lambda done, total, order: progress.show(done, f"{done}/{total} {order.title}")
        )


def rendered_one(studio: Studio, order: Order) -> Clip:
    """The clip. Raises what kept it from being made."""
    (result,) = rendered(studio, [order])
    if isinstance(result, BroadcasterError):
        raise result
    return result


def script_sounds(invocation: Invocation, script_ids: Sequence[str]) -> Iterator[tuple[str, Order, Clip]]:
    """(id, order, clip) of scripts exactly as the timetable would air them. Raises at the first that cannot be had."""
    with open_studio(invocation) as studio:
        orders = [studio.script_order(script_id) for script_id in script_ids]
        for script_id, order in zip(script_ids, orders, strict=True):
            yield script_id, order, rendered_one(studio, order)


def needed_orders(
    invocation: Invocation, studio: Studio, start: datetime, end: datetime
) -> list[tuple[Occurrence, Line]]:
    """Every line of every occurrence planned in (start, end], broken ones included."""
    from broadcaster.schedule import expand, load_timetables

    settings = invocation.settings
    loaded = load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.output.zones)
    return [
        (occurrence, line)
        for occurrence in expand(loaded.timetables, start, end, settings.zone)
        for line in studio.orders(occurrence)
    ]
