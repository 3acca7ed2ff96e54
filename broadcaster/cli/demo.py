"""`demo`: the whole path in under a minute, on its own station: rendered, fired by the scheduler, played, on record.

The session is short and its texts are written here, so that the sample station's own bulletins may have any length.
"""

from __future__ import annotations

import dataclasses
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from broadcaster.cli import console
from broadcaster.cli.airings import print_airings
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import SpeakerError, StationStateError, Words
from broadcaster.model import (
    EVERYWHERE,
    Airing,
    Item,
    ItemKind,
    Level,
    Occurrence,
    OccurrenceKey,
    Outcome,
    RenderRequest,
)
from broadcaster.service.amounts import duration
from broadcaster.service.answer import exit_code_of

if TYPE_CHECKING:
    from broadcaster.settings import Settings
    from broadcaster.station import Station
    from broadcaster.studio import Studio

WAV_NAME = "demo.wav"
LEAD_S = 7.0
"""From the last rendered clip to the session: the scheduler is seen to wait, and an impatient person still does."""
SPEECH_BOUND_S = 15.0
"""For one short text; a slow line must not make the demo longer than its promise. The embedded voice takes 0.2 s."""
RUN_BOUND_S = 120.0
"""Lead, session and a generous rest; then something is wrong and the rows say what."""
MIDNIGHT_MARGIN = timedelta(minutes=5)

TIMETABLE = """\
[session.demo]
title = "Phiên nghe thử"
date = {day}
time = "{at}"
items = [
    {{ chime = true }},
    {{ script = "demo_1_loi_chao" }},
    {{ script = "demo_2_mot_cua" }},
    {{ script = "demo_3_ket_thuc" }},
]
"""
SCRIPTS = {
    "demo_1_loi_chao": ("Lời chào", "Kính chào bà con {ten_xa}! Đây là {ten_dai}."),
    "demo_2_mot_cua": (
        "Bộ phận một cửa",
        "Từ ngày 01/12/2026, bà con làm thủ tục hành chính tại Bộ phận một cửa, hoặc nộp hồ sơ trực tuyến tại nhà."
        " Cần hướng dẫn, xin gọi số {duong_day_nong}.",
    ),
    "demo_3_ket_thuc": ("Lời kết thúc", "Chương trình đến đây là hết. Xin cảm ơn bà con đã lắng nghe!"),
}
"""Id → (title, text)."""


@command(
    "demo",
    about=Words(
        "Nghe thử cả đài trong vòng một phút: dựng một đài mẫu tạm thời, đọc sẵn một phiên ngắn, để bộ hẹn giờ tự"
        " phát phiên ấy sau vài giây ra loa của máy này, rồi in nhật ký. Máy không có loa thì phát vào DIR/demo.wav"
        " và nói rõ. Không cần mạng. Mã thoát 0 chỉ khi mọi mục đã phát.",
        "The whole station within a minute: makes a temporary sample station, renders a short session, lets the"
        " scheduler fire it a few seconds later on this machine's default sound output, and prints the journal."
        " Without an output it airs into DIR/demo.wav and says so. No network needed. Exit code 0 only if everything"
        " aired.",
    ),
    examples="broadcaster demo\nbroadcaster demo --out /tmp",
)
@option(
    "--out", "folder", metavar="DIR", default=Path(), type=click.Path(file_okay=False, path_type=Path),
    words=Words("Nơi ghi demo.wav khi máy không có loa.", "Where demo.wav goes on a machine without sound output."),
)  # fmt: skip
def demo(invocation: Invocation, folder: Path) -> int:
    """Make, render, air, tell."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="broadcaster-demo-") as scratch:
        settings = _make_station(Path(scratch), clock)
        console.print_line(Words(f"1. Đài mẫu: {settings.name}", f"1. The sample station: {settings.name}"))
        _render(settings, clock)
        spec = _output(settings, clock, folder)
        airings = _air(settings, clock, spec)
    console.print_line(Words("4. Nhật ký:", "4. The journal:"))
    print_airings(airings, settings.tz)
    return _tell_result(airings, spec)


def _make_station(folder: Path, clock: Clock) -> Settings:
    from broadcaster.sample import make_station
    from broadcaster.settings import Hours, load_settings

    make_station(folder)
    for timetable in (folder / "schedules").glob("*.toml"):
        timetable.unlink()
    for script_id, (title, text) in SCRIPTS.items():
        header = f'+++\nid = "{script_id}"\ntitle = "{title}"\n+++\n\n'
        (folder / "scripts_vi" / f"{script_id}.txt").write_text(header + text + "\n", encoding="utf-8")
    settings = load_settings(folder)
    # Whoever tries it at night hears it too; the sample's own hours stay what they are.
    all_day = Hours(allowed_from=time(0, 0), allowed_to=time(23, 59, 59))
    sound = dataclasses.replace(settings.sound, sentence_pause_ms=250)
    return dataclasses.replace(settings, hours=all_day, sound=sound, tz=_time_zone(settings.tz, clock.now()))


def _time_zone(tz: ZoneInfo, now: datetime) -> ZoneInfo:
    """The station's time zone; around its midnight another one, since no session may run over the end of a day."""
    near = (now - MIDNIGHT_MARGIN).astimezone(tz).date() != (now + MIDNIGHT_MARGIN).astimezone(tz).date()
    return ZoneInfo("UTC") if near else tz


def _render(settings: Settings, clock: Clock) -> None:
    """Every clip of the session, all at once. Raises what kept the first bad one from being made."""
    from broadcaster.studio import Studio

    items = (
        Item(kind=ItemKind.CHIME),
        *(Item(kind=ItemKind.SCRIPT, name=script_id) for script_id in SCRIPTS),
    )
    session = Occurrence(
        key=OccurrenceKey("demo/demo/0000-00-00"),
        title="",
        planned_at=clock.now(),
        items=items,
        level=Level.PHIEN,
        zones=(EVERYWHERE,),
        max_minutes=5,
        late=settings.late,
    )
    studio = Studio(settings, clock)
    try:
        requests = [draft.request for draft in studio.resolve(session) if draft.request is not None]
        _render_all(studio, requests)
        clips = [clip for request in requests if (clip := studio.ready(request)) is not None]
    finally:
        studio.close()
    voices = ", ".join(dict.fromkeys(clip.engine for clip in clips if clip.voice))
    seconds = sum(clip.duration_s for clip in clips)
    console.print_line(
        Words(
            f"2. Đã đọc sẵn {len(clips)} mục, {seconds:.0f} giây, bộ đọc: {voices}",
            f"2. Rendered {len(clips)} items, {seconds:.0f} seconds, spoken by: {voices}",
        )
    )


def _render_all(studio: Studio, requests: list[RenderRequest]) -> None:
    with ThreadPoolExecutor(len(requests)) as pool, console.Progress(len(requests)) as progress:
        progress.show(0, Words("đang đọc thành tiếng…", "speaking…"))
        running = [pool.submit(studio.render, request, deadline_s=SPEECH_BOUND_S) for request in requests]
        for done, (future, request) in enumerate(zip(running, requests, strict=True), 1):
            future.result()
            progress.show(done, request.title)


def _output(settings: Settings, clock: Clock, folder: Path) -> str:
    """`soundcard` when one opens, else a file; says which and why."""
    from broadcaster.speakers import open_speaker

    speaker = open_speaker("soundcard", clock, latency_s=settings.output.latency_s)
    try:
        speaker.open()
        console.print_line(
            Words(f"3. Phát ra loa: {speaker.health().text.vi}", f"3. On the loudspeaker: {speaker.health().text.en}")
        )
        return "soundcard"
    except SpeakerError as problem:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / WAV_NAME
        why = problem.what
        console.print_line(
            Words(
                f"3. Không phát ra loa được ({why.vi}), nên phát vào tệp {file}, đúng thời gian thật",
                f"3. No loudspeaker ({why.en}), so it airs into {file}, in real time",
            )
        )
        return f"wav:{file}"
    finally:
        speaker.close()


def _air(settings: Settings, clock: Clock, spec: str) -> list[Airing]:
    from broadcaster.service.running import build_station, started

    start = _whole_second(clock.now() + timedelta(seconds=LEAD_S)).astimezone(settings.tz)
    timetable = TIMETABLE.format(day=start.date().isoformat(), at=f"{start:%H:%M:%S}")
    (settings.schedules_dir / "demo.toml").write_text(timetable, encoding="utf-8")
    key = OccurrenceKey(f"demo/demo/{start.date().isoformat()}")
    end = clock.monotonic() + RUN_BOUND_S
    station = build_station(settings, clock, output=spec, tell=lambda kind, text: None, spares=False)
    with started(station), console.Progress() as progress:
        console.print_line(
            Words(
                f"   APScheduler sẽ phát phiên lúc {start:%H:%M:%S}",
                f"   APScheduler will fire the session at {start:%H:%M:%S}",
            )
        )
        watch = _Watch(station, start, progress)

        def over() -> bool:
            watch.look()
            row = station.journal.occurrence(key)
            return (row is not None and row.outcome is not None) or clock.monotonic() > end

        station.run(until=over)
        return station.journal.airings_of(key)


class _Watch:
    """What a person sees meanwhile: the countdown, then each item as it comes on air."""

    def __init__(self, station: Station, start: datetime, progress: console.Progress) -> None:
        from broadcaster.service.running import own_status

        self._own_status = own_status
        self._station = station
        self._start = start
        self._progress = progress
        self._item = ""

    def look(self) -> None:
        """Called at every step of the station."""
        on_air = self._own_status(self._station).on_air
        if on_air is None or not on_air.position_s:
            left = (self._start - self._station.clock.now()).total_seconds()
            if left > 0:
                self._progress.show(0, Words(f"còn {left:.0f} giây…", f"{left:.0f} seconds to go…"))
            return
        length = "" if on_air.length_s is None else duration(on_air.length_s)
        if on_air.item != self._item:
            self._item = on_air.item
            self._progress.show(0)
            rundown = self._station.journal.rundown(on_air.occurrence)
            titles = {cue.label: cue.title for cue in rundown.cues}
            console.print_line(f"   ▶ {titles.get(on_air.item, on_air.item)}  ({length})")
        self._progress.show(0, f"{duration(on_air.position_s)} / {length}")


def _whole_second(moment: datetime) -> datetime:
    """Rounded up: timetables know no fractions."""
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def _tell_result(airings: list[Airing], spec: str) -> int:
    outcomes = {airing.outcome for airing in airings}
    if airings and outcomes == {Outcome.AIRED}:
        heard = spec.partition(":")[2]
        console.print_line(
            Words(
                "Đã phát đủ." + (f" Nghe lại: {heard}" if heard else ""),
                "All aired." + (f" See {heard}" if heard else ""),
            )
        )
        console.print_line(
            Words(
                "Việc tiếp theo: broadcaster init THƯ_MỤC, sửa station.toml, rồi broadcaster run",
                "Next: broadcaster init DIR, edit station.toml, then broadcaster run",
            )
        )
        return 0
    console.notice(Words("CHƯA phát đủ; lý do ở từng dòng trên.", "NOT everything aired; each row says why."))
    if not airings:
        return StationStateError.exit_code
    failed = next(airing for airing in airings if airing.outcome is not Outcome.AIRED)
    return exit_code_of(failed.reason, SpeakerError)
