"""Somebody is told, by a real program, of what happens when nobody is there."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.clock import Clock, ManualClock, SystemClock
from broadcaster.errors import Words
from broadcaster.model import EventKind, State
from broadcaster.reasons import ReasonCode, reason
from broadcaster.settings import Settings, load_settings
from broadcaster.station import alarm as alarm_module
from broadcaster.station.alarm import Alarm, Sent
from tests.station.folder import SANG, SESSION, make_station, render, write_script
from tests.station.live import MORNING
from tests.station.running import run_command, running_station

PROGRAM = """
import sys, time
from pathlib import Path
told = sys.stdin.readline().rstrip()
how = sys.argv[1]
if how == "fail":
    sys.exit("hết tiền trong tài khoản")
if how == "hang":
    time.sleep(60)
wait = Path("cho")
while how == "wait" and wait.exists():
    time.sleep(0.01)
with open("tin.txt", "a", encoding="utf-8") as file:
    file.write(f"{sys.argv[2]}|{told}|{sys.argv[3]}\\n")
"""
"""Appends `kind|standard input|argument` to tin.txt in its folder."""
PATIENCE_S = 20.0
NOT_APPROVED = reason(ReasonCode.NOT_APPROVED).text()


def settings_of(how: str, **more: object) -> str:
    command = json.dumps([sys.executable, "gui.py", how, "{kind}", "{text}"])
    rest = "".join(f"{name} = {value}\n" for name, value in more.items())
    return f'[voice]\nengines = ["tone"]\n[alarm]\ncommand = {command}\n{rest}'


def station_folder(folder: Path, how: str = "good", timetable: str = "", **more: object) -> Path:
    made = make_station(
        folder, timetable=timetable, texts={"chao": "Kính chào bà con."}, settings=settings_of(how, **more)
    )
    (made / "gui.py").write_text(PROGRAM, encoding="utf-8")
    return made


def messages(folder: Path) -> list[str]:
    file = folder / "tin.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def opened(folder: Path, clock: Clock | None = None) -> tuple[Settings, Alarm]:
    settings = load_settings(folder)
    return settings, Alarm(settings, clock or SystemClock(), lambda: None)


def told(text: str) -> Words:
    """A text that is the same in both languages."""
    return Words(text, text)


def news_of(alarm: Alarm, count: int = 1) -> list[Sent]:
    found: list[Sent] = []
    wait_until(lambda: len(found) >= count or found.extend(alarm.news()))
    return found


def wait_until(happened: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_the_program_is_told_by_argument_and_by_standard_input(tmp_path: Path):
    folder = station_folder(tmp_path / "dai")
    _, alarm = opened(folder)
    alarm.sound(EventKind.OUTPUT, told('mất "soundcard"; $(rm -rf /) {kind}'))
    (sent,) = news_of(alarm)
    assert sent.delivered and sent.line.vi.startswith("đã gửi tin báo: Đài thử, ")
    (line,) = messages(folder)
    kind, by_input, by_argument = line.split("|")
    assert kind == "loa"
    assert by_input == by_argument
    assert by_input.endswith(': mất "soundcard"; $(rm -rf /) {kind}'), "no shell, nothing filled in twice"


def test_the_same_is_told_again_only_after_a_while(tmp_path: Path):
    clock = ManualClock(MORNING)
    folder = station_folder(tmp_path / "dai", again_after_min=30)
    _, alarm = opened(folder, clock)
    for minutes in (0, 10, 15, 10):  # at 0, 10, 25 and 35
        clock.advance(minutes * 60)
        alarm.sound(EventKind.OUTPUT, told("mất loa"))
    alarm.sound(EventKind.DISK, told("mất loa"))  # another kind
    alarm.close(PATIENCE_S)
    lines = "\n".join(messages(folder))
    # Standard input and argument say it once each; what came while the program worked is one message.
    assert lines.count("mất loa") == 2 * 3, lines


def test_what_happens_while_a_message_is_under_way_is_one_more_message(tmp_path: Path):
    folder = station_folder(tmp_path / "dai", "wait")
    (folder / "cho").touch()
    _, alarm = opened(folder)
    alarm.sound(EventKind.SESSION, told("phiên 0"))
    wait_until(alarm._waiting.empty)  # under way
    for number in range(1, 9):
        alarm.sound(EventKind.SESSION, told(f"phiên {number}"))
    (folder / "cho").unlink()
    news_of(alarm, 2)
    first, second = messages(folder)
    assert "phiên 0" in first and "phiên 1" not in first
    assert "phiên 1; phiên 2; phiên 3; phiên 4; phiên 5; và 3 việc nữa, xem nhật ký của đài" in second


@pytest.mark.parametrize(
    ("how", "said"),
    [("fail", "chương trình báo lỗi 1 (hết tiền trong tài khoản)"), ("hang", "chương trình chưa xong sau 0 giây")],
)
def test_a_program_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, said: str):
    monkeypatch.setattr(alarm_module, "LIMIT_S", 0.4 if how == "hang" else PATIENCE_S)
    _, alarm = opened(station_folder(tmp_path / "dai", how))
    alarm.sound(EventKind.OUTPUT, told("mất loa"))
    (sent,) = news_of(alarm)
    assert not sent.delivered and said in sent.line.vi and "mất loa" in sent.line.vi


def test_a_program_that_is_not_there_is_told(tmp_path: Path):
    folder = make_station(tmp_path / "dai", settings='[alarm]\ncommand = ["/khong/co"]\n')
    _, alarm = opened(folder)
    alarm.sound(EventKind.OUTPUT, told("mất loa"))
    (sent,) = news_of(alarm)
    assert not sent.delivered and "không chạy được chương trình" in sent.line.vi


def test_a_message_that_the_end_of_the_station_cuts_short_is_told(tmp_path: Path):
    folder = station_folder(tmp_path / "dai", "wait")
    (folder / "cho").touch()
    _, alarm = opened(folder)
    alarm.sound(EventKind.OUTPUT, told("mất loa"))
    wait_until(alarm._waiting.empty)
    alarm.close(0.05)
    (sent,) = alarm.news()
    assert not sent.delivered and "đài dừng trước khi chương trình xong" in sent.line.vi
    (folder / "cho").unlink()


def test_without_a_program_nothing_is_started(tmp_path: Path):
    _, alarm = opened(make_station(tmp_path / "dai"))
    alarm.sound(EventKind.OUTPUT, told("mất loa"))
    assert alarm.news() == [] and alarm._thread is None
    alarm.close(0.0)


# --- the whole station -----------------------------------------------------------------------------------------------


def told_of(folder: Path, *words: str) -> bool:
    return any(all(word in line for word in words) for line in messages(folder))


def test_a_session_lost_in_a_power_cut_is_told_when_the_power_is_back(tmp_path: Path):
    folder = station_folder(tmp_path / "dai", timetable=SESSION)
    render(folder, MORNING)
    with running_station(folder, MORNING - timedelta(hours=1)) as station:
        station.until_said("chạy")
        station.kill()
    with running_station(folder, MORNING + timedelta(minutes=47)) as station:
        station.until_ended(SANG)
        station.until(
            lambda: told_of(folder, "phien|[THỬ] Đài thử, 06:17 01/12: «Buổi sáng» 05:30 01/12 bị lỡ"), "told"
        )
        station.until(lambda: any("đã gửi tin báo" in note for note in station.notes()), "journalled")


def test_a_script_that_is_broken_the_evening_before_is_told_then(tmp_path: Path):
    folder = station_folder(tmp_path / "dai", timetable=SESSION)
    write_script(folder, "chao", "{khong_co_gia_tri}")
    with running_station(folder, MORNING - timedelta(hours=12, minutes=2)) as station:
        station.until(lambda: told_of(folder, "«Buổi sáng» 05:30 01/12 chưa đủ bản thu", "khong_co_gia_tri"), "told")
        assert station.verdict(SANG) is None, "there is a night to mend it"


def test_what_nobody_has_approved_is_told_while_somebody_still_can(tmp_path: Path):
    folder = station_folder(tmp_path / "dai", timetable=SESSION)
    with (folder / "station.toml").open("a", encoding="utf-8") as file:
        file.write("[approval]\nrequired = true\n")
    render(folder, MORNING)
    with running_station(folder, MORNING - timedelta(minutes=16, seconds=30)) as station:
        station.until(lambda: told_of(folder, "«Buổi sáng» 05:30 01/12 chưa đủ bản thu", NOT_APPROVED), "told")
        assert station.state(SANG) is State.NOT_READY
        run_command(folder, "scripts", "approve", "chao")
        station.until(lambda: station.state(SANG) is State.READY, "seen")


def test_a_wrong_timetable_is_told(tmp_path: Path):
    folder = station_folder(tmp_path / "dai", timetable=SESSION.replace('"05:30"', '"25:30"'))
    with running_station(folder, MORNING) as station:
        station.until(lambda: told_of(folder, "lich|", "ngay.toml:4"), "told")


def test_a_clock_that_is_behind_is_told(tmp_path: Path):
    folder = station_folder(tmp_path / "dai")
    with running_station(folder, MORNING) as station:
        station.until_said("chạy")
    with running_station(folder, MORNING - timedelta(days=1)) as station:
        station.until(lambda: told_of(folder, "dong_ho|", "đồng hồ máy sớm hơn lần ghi cuối"), "told")
