"""Renders for commands that need the sound at once (preview, approve, render, demo), with a progress bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from broadcaster.cli import console
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import Clip, Occurrence

if TYPE_CHECKING:
    from broadcaster.studio import Line, RenderRequest, Studio

LOOKED_AHEAD_DAYS = 31
"""Topics rotate by day: within a month every script of the sample comes up."""


@contextmanager
def open_studio(invocation: Invocation) -> Iterator[Studio]:
    """The station's studio, its workers ended afterwards."""
    from broadcaster.studio import Studio

    studio = Studio(invocation.settings, invocation.clock)
    try:
        yield studio
    finally:
        studio.close()


def rendered(studio: Studio, orders: Sequence[RenderRequest]) -> list[Clip | BroadcasterError]:
    """Every order as its clip or its error, with a bar on the terminal."""
    with console.Progress(total=max(1, len(set(orders)))) as progress:
        if orders:
            progress.show(0, Words("đang đọc thành tiếng…", "speaking…"))
        return studio.render_all(
            orders, progress=lambda done, total, order: progress.show(done, f"{done}/{total} {order.title}")
        )


def rendered_one(studio: Studio, order: RenderRequest) -> Clip:
    """The clip. Raises what kept it from being made."""
    (result,) = rendered(studio, [order])
    if isinstance(result, BroadcasterError):
        raise result
    return result


def script_orders(invocation: Invocation, studio: Studio, script_id: str) -> list[RenderRequest]:
    """Every form in which a script may air, the next planned one first. Raises NotFoundError or ScriptError.

    A line of the timetable may ask for another voice or for repeats.
    """
    plain = studio.script_request(script_id)
    now = invocation.clock.now()
    planned = [
        line.order
        for _, line in needed_orders(invocation, studio, now, now + timedelta(days=LOOKED_AHEAD_DAYS))
        if line.script == script_id and line.order is not None
    ]
    return list(dict.fromkeys([*planned, plain]))


def script_sounds(invocation: Invocation, script_ids: Sequence[str]) -> Iterator[tuple[str, RenderRequest, Clip]]:
    """(id, order, clip) of every form of these scripts. Raises at the first that cannot be had."""
    with open_studio(invocation) as studio:
        wanted = [(name, order) for name in script_ids for order in script_orders(invocation, studio, name)]
        for (script_id, order), result in zip(wanted, rendered(studio, [order for _, order in wanted]), strict=True):
            if isinstance(result, BroadcasterError):
                raise result
            yield script_id, order, result


def needed_orders(
    invocation: Invocation, studio: Studio, start: datetime, end: datetime
) -> list[tuple[Occurrence, Line]]:
    """Every line of every occurrence planned in (start, end], broken ones included."""
    from broadcaster.schedule import expand, load_timetables

    settings = invocation.settings
    loaded = load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.zone_names)
    return [
        (occurrence, line)
        for occurrence in expand(loaded.timetables, start, end, settings.tz)
        for line in studio.orders(occurrence)
    ]
