"""Small station folders, written by each test for its own purpose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.schedule import expand, load_timetables
from broadcaster.settings import load_settings
from broadcaster.studio import Studio

STATION = """
[station]
name = "Đài thử"
commune = "xã Thử"
"""
SESSION = """
[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
late = "play 10m"
items = [ { script = "chao" } ]
"""
"""One script every morning; at `MORNING` it is due."""
SANG = "ngay/sang/2026-12-01"
TONE = '[voice]\nengines = ["tone"]\n'


def make_station(
    folder: Path, *, timetable: str = "", texts: Mapping[str, str] | None = None, settings: str = TONE
) -> Path:
    """station.toml with `settings`, one timetable, and a script for each of `texts` (id → text)."""
    (folder / "schedules").mkdir(parents=True, exist_ok=True)
    (folder / "scripts_vi").mkdir(exist_ok=True)
    (folder / "station.toml").write_text(STATION + settings, encoding="utf-8")
    (folder / "schedules" / "ngay.toml").write_text(timetable, encoding="utf-8")
    for name, text in (texts or {}).items():
        write_script(folder, name, text)
    return folder


def write_script(folder: Path, name: str, text: str) -> Path:
    """One script."""
    path = folder / "scripts_vi" / f"{name}.txt"
    path.write_text(f'+++\nid = "{name}"\ntitle = "{name}"\ntopic = "0"\n+++\n{text}\n', encoding="utf-8")
    return path


def render(folder: Path, around: datetime, *texts: str) -> None:
    """Have everything rendered that the timetable needs on the day of `around`, and these texts as `say` would."""
    settings = load_settings(folder)
    studio = Studio(settings, SystemClock(), workers=0)
    loaded = load_timetables(settings.schedules_dir, default_late=settings.late, zones=settings.zone_names)
    day = timedelta(days=1)
    for occurrence in expand(loaded.timetables, around - day, around + day, settings.tz):
        for cue in studio.resolve(occurrence):
            if cue.request is not None:
                studio.render(cue.request)
    for text in texts:
        studio.render(studio.text_request(text, urgent=True))
    studio.close()
