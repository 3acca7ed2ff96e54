"""What the station asks of the cache, with a real studio."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.journal import Journal
from broadcaster.model import CueDraft, Item, ItemKind, OccurrenceKey
from broadcaster.settings import load_settings
from broadcaster.station.readiness import Readiness
from broadcaster.station.renders import Renders
from broadcaster.station.rundowns import Rundowns
from broadcaster.studio import Studio


def test_what_was_looked_for_is_kept_when_room_is_made(tmp_path: Path):
    """An emergency repeats until it is cancelled: a full disk must not cost it its sound (found by real kills)."""
    (tmp_path / "station.toml").write_text(
        '[station]\nname = "Đài thử"\ncommune = "xã Thử"\n[voice]\nengines = ["tone"]\n',
        encoding="utf-8",
    )
    settings = dataclasses.replace(load_settings(tmp_path), cache_max_mb=1)
    studio = Studio(settings, SystemClock(), workers=0)
    renders = Renders(studio, lambda: None, inline=True)
    journal = Journal(None, SystemClock())
    rundowns = Rundowns(journal, studio, lambda kind, text: None)
    readiness = Readiness(settings, journal=journal, studio=studio, renders=renders, rundowns=rundowns)
    key = OccurrenceKey("yeu_cau/1")
    emergency = studio.text_request("khẩn cấp khẩn cấp lũ đang về", urgent=True)
    draft = CueDraft(item=Item(kind=ItemKind.TEXT), name="lu", title="Lũ", request=emergency)
    (cue,) = journal.store_rundown(key, [draft]).cues
    studio.render(emergency)
    assert readiness.find(cue) is not None
    readiness.protect([], anew=True)
    for number in range(8):
        studio.render(studio.text_request(f"Thông báo số {number}. " * 6, chime=False))
    studio.cache.prune()
    assert studio.ready(emergency) is not None
    renders.close()
    journal.close()
