"""`run`: the station in the foreground."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import clock_time
from broadcaster.enum_words import OUTCOME_WORDS
from broadcaster.errors import Words

if TYPE_CHECKING:
    from broadcaster.cli.wiring import Tell
    from broadcaster.station import Station

OUTPUT_WORDS = Words(
    "Đường ra thay cho station.toml: soundcard, soundcard:TÊN, wav:TỆP, log:TỆP, none.",
    "Output instead of station.toml's: soundcard, soundcard:NAME, wav:PATH, log:PATH, none.",
)


@command(
    "run",
    about=Words(
        "Chạy đài: phát theo lịch trong schedules/, nhận lệnh say, play, stop… từ cửa sổ khác. Chương trình ở lại"
        " màn hình này, mỗi việc in một dòng; Ctrl-C (hoặc SIGTERM) thì phát nốt hoặc giảm dần rồi dừng gọn.\n\n"
        'Chạy thử không chờ: BROADCASTER_CLOCK="2026-12-01T05:25+07:00 x60" đặt đồng hồ của đài và chạy nhanh 60 lần.',
        "Run the station: air the timetables in schedules/, obey say, play, stop… from other windows. It stays in the"
        " foreground and prints a line per event; Ctrl-C (or SIGTERM) ends it cleanly.\n\n"
        'Trial runs: BROADCASTER_CLOCK="2026-12-01T05:25+07:00 x60" sets the station\'s clock and its speed.',
    ),
    examples="broadcaster run\nbroadcaster run --output wav:nghe_thu.wav",
)
@option("--output", metavar="SPEC", words=OUTPUT_WORDS)
def run(invocation: Invocation, output: str | None) -> None:
    """Build the station, run it until a signal, stop it."""
    from broadcaster.cli.log_file import LogFile
    from broadcaster.cli.wiring import build_station, output_spec, started

    settings, clock = invocation.settings, invocation.clock
    log = LogFile(settings.log_path)

    def tell(kind: str, text: str) -> None:
        log.write(f"{clock.now().astimezone(settings.tz):%Y-%m-%d %H:%M:%S}  {kind:<9} {text}")
        # A console that is gone must not silence the loudspeakers.
        with suppress(OSError):
            console.say(f"{clock_time(clock.now(), settings.tz)}  {kind:<9} {text}")

    with started(build_station(settings, clock, spec=output_spec(output, settings), tell=tell)) as station:
        watch = _Watch(station, tell)
        station.run(until=watch.look)
        watch.look()


class _Watch:
    """Tells the console what goes on air, and how it ended."""

    def __init__(self, station: Station, tell: Tell) -> None:
        self._station = station
        self._tell = tell
        self._airing: int | None = None
        self._item = ""

    def look(self) -> bool:
        """After every step of the station. Never a reason to end."""
        on_air = self._station.player.on_air
        now = on_air.airing if on_air is not None else None
        if now == self._airing:
            return False
        if self._airing is not None:
            row = self._station.journal.airing(self._airing)
            if row is not None and row.outcome is not None:
                self._tell("xong", f"{self._item}: {console.told(OUTCOME_WORDS[row.outcome])}, {row.reason}")
        if on_air is not None:
            self._item = on_air.item
            self._tell("phat", f"{on_air.item} «{on_air.clip.title}» ({console.duration(on_air.left_s)})")
        self._airing = now
        return False
