"""What a running station says of itself: the document behind `status --json` and `queue`. Prepared by the loop after
every step, so that a question is answered from memory."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from broadcaster.model import STATION_RATE_HZ, Occurrence
from broadcaster.playout import OnAir

if TYPE_CHECKING:
    from broadcaster.station.station import Station

NO_DISK = "KHÔNG GHI ĐƯỢC NHẬT KÝ VÀO ĐĨA: đài vẫn phát, nhật ký tạm giữ trong bộ nhớ"


def status_of(station: Station) -> dict[str, Any]:
    """The whole status; times are ISO 8601 in the station's zone, durations seconds."""
    tz = station.settings.tz
    now = station.clock.now()
    refuge = station.journal.refuge
    health = station.outputs.health()
    speaker = station.outputs.current
    following = station.programme.next_planned()
    queue = [_waiting(entry.occurrence, "waiting", tz) for entry in station.player.waiting()]
    for occurrence in station.desk.waiting():
        state = "rendering" if occurrence.planned_at <= now else "planned"
        queue.append(_waiting(occurrence, state, tz))
    return {
        "station": station.settings.name,
        "now": _iso(now, tz),
        "clock": {"label": station.clock.label, "trusted": station.clock_watch.trusted},
        "started_at": _iso(station.started_at, tz),
        "stop_latched": station.player.permission.stop_latched,
        "journal": {"ok": not refuge, "text": NO_DISK if refuge else ""},
        "output": {"spec": speaker.spec if speaker else station.spec, "ok": health.ok, "text": health.text.vi},
        "on_air": _on_air(station.player.on_air),
        "next": following
        and {"occurrence": following.key, "title": following.title, "at": _iso(following.planned_at, tz)},
        "queue": queue,
    }


def _on_air(on_air: OnAir | None) -> dict[str, Any] | None:
    if on_air is None:
        return None
    occurrence = on_air.entry.occurrence
    return {
        "occurrence": occurrence.key,
        "title": occurrence.title,
        "item": on_air.item,
        "level": occurrence.level,
        "position_s": round(on_air.playback.frames_played / STATION_RATE_HZ, 1),
        "length_s": round(on_air.clip.duration_s, 1),
        "state": on_air.playback.state,
    }


def _waiting(occurrence: Occurrence, state: str, tz: ZoneInfo) -> dict[str, Any]:
    return {
        "occurrence": occurrence.key,
        "title": occurrence.title,
        "level": occurrence.level,
        "planned_at": _iso(occurrence.planned_at, tz),
        "asked_by": occurrence.asked_by,
        "state": state,
    }


def _iso(moment: datetime, tz: ZoneInfo) -> str:
    return moment.astimezone(tz).isoformat(timespec="seconds")
