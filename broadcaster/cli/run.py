"""`run`: the station in the foreground."""

from __future__ import annotations

from contextlib import suppress

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.moments import clock_time
from broadcaster.errors import Words
from broadcaster.model import EVENT_WORDS, EventKind

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
    from broadcaster.service.running import AirNews, build_station, checked_spec, started

    settings, clock = invocation.settings, invocation.clock
    log = LogFile(settings.log_path)

    def tell(kind: EventKind, words: Words) -> None:
        line = f"{console.told(EVENT_WORDS[kind]):<11} {console.told(words)}"
        log.write(f"{clock.now().astimezone(settings.tz):%Y-%m-%d %H:%M:%S}  {line}")
        # A console that is gone must not silence the loudspeakers.
        with suppress(OSError):
            console.print_line(f"{clock_time(clock.now(), settings.tz)}  {line}")

    spec = checked_spec(output) if output else None
    with started(build_station(settings, clock, tell=tell, output=spec)) as station:
        news = AirNews(station, tell)
        station.run(until=news.look)
        news.look()
