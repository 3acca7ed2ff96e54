"""The small station that is killed: everything it needs is rendered once, then it is copied for each history."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import SystemClock
from broadcaster.settings import load_settings
from broadcaster.studio import Studio

BROADCASTER = str(Path(sys.executable).with_name("broadcaster"))
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 12, 1, 5, 28, 30, tzinfo=ZONE)
EMERGENCIES = ("khẩn cấp khẩn cấp lũ đang về", "khẩn cấp khẩn cấp vỡ đê bà con chạy ngay lên đồi")
"""Rendered already, and spared by whoever damages the cache: when one is asked for, it can air at once."""

NOTICES = tuple(("bà con chú ý " * times).strip() for times in (3, 8, 20))
"""Rendered already too, but damaged and removed like any other clip."""

TIMETABLE = """
[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
late = "play 10m"
items = [ { chime = true }, { script = "chao" }, { topic = "II.1", count = 2 }, { script = "ket_thuc" } ]

[session.dai]
title = "Bản ghi dài"
time = "08:00"
days = "daily"
late = "play 30m"
items = [ { recording = "ghi_am/dai.wav" }, { script = "ket_thuc", late = "skip" } ]

[session.trua]
title = "Buổi trưa"
time = "11:15"
days = "daily"
late = "next_session"
items = [ { script = "chao" }, { script = "tin_2" } ]

[session.chieu]
title = "Buổi chiều"
time = "17:00"
days = "daily"
max_minutes = 2
late = "skip"
items = [ { chime = true }, { topic = "II.1", count = 3 }, { script = "ket_thuc" } ]

[session.toi]
title = "Sát giờ nghỉ"
time = "20:59"
days = "daily"
late = "play 10m"
items = [ { script = "tin_4" }, { script = "tin_3" }, { script = "tin_2" } ]

[session.khuya]
title = "Đặt nhầm giờ"
time = "03:15"
days = "daily"
items = [ { script = "tin_1" } ]
"""
EDITED = {"chieu", "trua", "trua_moi"}
"""Sessions that edits move or rename: what is owed of them depends on when the edit struck."""


def make_station(folder: Path) -> None:
    """Six scripts, six sessions, a recording long enough to be resumed; everything rendered already."""
    (folder / "schedules").mkdir(parents=True)
    (folder / "scripts_vi").mkdir()
    (folder / "ghi_am").mkdir()
    (folder / "station.toml").write_text(
        '[station]\nname = "Đài thử"\ncommune = "xã Thử"\n[voice]\nengines = ["tone"]\n', encoding="utf-8"
    )
    (folder / "schedules" / "hang_ngay.toml").write_text(TIMETABLE, encoding="utf-8")
    texts = {"chao": ("0", 20), "ket_thuc": ("0", 26)} | {f"tin_{n}": (f"II.1.{n}", 30 * n + 20) for n in range(1, 5)}
    for name, (topic, syllables) in texts.items():
        header = f'+++\nid = "{name}"\ntitle = "{name}"\ntopic = "{topic}"\n+++\n'
        words = "bà con " * (syllables // 2)
        (folder / "scripts_vi" / f"{name}.txt").write_text(f"{header}{name[-1]} {words.strip()}.\n", encoding="utf-8")
    _write_recording(folder / "ghi_am" / "dai.wav", seconds=150)
    subprocess.run(
        [BROADCASTER, "--station", str(folder), "render", "--days", "2"],
        check=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, "BROADCASTER_CLOCK": START.isoformat()},
    )
    _render_requests(folder)


def _render_requests(folder: Path) -> None:
    studio = Studio(load_settings(folder), SystemClock(), workers=0)
    for text in (*EMERGENCIES, *NOTICES):
        studio.render(studio.text_request(text, urgent=text in EMERGENCIES))
    studio.close()


def _write_recording(path: Path, seconds: int) -> None:
    import numpy as np
    import soundfile

    moments = np.arange(seconds * 8_000) / 8_000
    sound = 0.3 * np.sin(2 * np.pi * 300 * moments) * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * moments))
    soundfile.write(path, sound.astype("float32"), 8_000)


def copy_station(model: Path, folder: Path) -> Path:
    """A station of its own for one history; the folder may be a disk."""
    shutil.copytree(model, folder, dirs_exist_ok=True)
    return folder


def sounds(folder: Path, *, all_of_them: bool = False) -> dict[Path, str]:
    """Every sound in the cache that may be damaged (or all of them) and the hash of its samples that is promised."""
    found = {}
    for entry in sorted((folder / "audio_cache").glob("??/*.json")):
        with contextlib.suppress(OSError, ValueError):  # being replaced
            facts = json.loads(entry.read_bytes())
            sound = entry.parent / facts["sound"]
            if sound.exists() and (all_of_them or not facts["title"].startswith("khẩn cấp")):
                found[sound] = facts["audio_sha256"]
    return found
