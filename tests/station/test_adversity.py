"""What goes wrong in a commune: no line, no voice, a full disk, damaged files, mistakes. What can air, airs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.audio.cache import samples_sha256
from broadcaster.clock import ScaledClock
from broadcaster.journal import Journal
from broadcaster.model import Announce, RequestKind, Skip
from tests.disks import fill, read_only, small_disk
from tests.station.folder import SANG, make_station, render, write_script
from tests.station.folder import SESSION as ONE_SCRIPT
from tests.station.live import MORNING
from tests.station.running import BROADCASTER, RunningStation, running_station

SESSION = ONE_SCRIPT.replace(" ]", ', { script = "tin" } ]')
BEFORE = MORNING - timedelta(seconds=75)
"""More than a second of ours: the program must have started by its minute."""
SLOW_VOICE = Path(__file__).parents[1] / "speech" / "program.py"
TEXTS = {"chao": "Kính chào bà con.", "tin": "Mời bà con đi họp lúc bảy giờ tối."}
NOTICE = "Mời bà con ra nhà văn hóa họp xóm."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station whose morning session is rendered."""
    made = make_station(tmp_path / "dai", timetable=SESSION, texts=TEXTS)
    render(made, MORNING, NOTICE)
    return made


# --- voices ----------------------------------------------------------------------------------------------------------


def test_a_slow_voice_does_not_hold_up_the_end(tmp_path: Path):
    """Found by real kills: SIGTERM waited for whatever was being rendered, a minute here."""
    command = json.dumps([sys.executable, str(SLOW_VOICE), "hang", "{wav_file}"])
    settings = f'[voice]\nengines = ["command"]\n[engines.command]\ncommand = {command}\n'
    folder = make_station(tmp_path / "dai", timetable=SESSION, texts=TEXTS, settings=settings)
    with running_station(folder, BEFORE, speed=1) as station:
        station.until(lambda: _children(station.process.pid), "a rendering process")
        began = time.monotonic()
        assert station.stop() == 0
        assert time.monotonic() - began < 10
    assert "Fatal" not in station.said()


def _children(pid: int) -> bool:
    """Whether another process has this one for its parent."""
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, timeout=10).returncode == 0


def test_without_internet_the_embedded_voice_speaks_within_seconds(tmp_path: Path):
    settings = '[voice]\nengines = ["gtts", "espeak"]\n[engines.gtts]\nbase_url = "https://127.0.0.1:9"\n'
    folder = make_station(tmp_path / "dai", timetable=SESSION, texts=TEXTS, settings=settings)
    began = time.monotonic()
    with running_station(folder, MORNING - timedelta(minutes=3)) as station:
        station.until_ended(SANG)
        assert station.rows() == [(SANG, "01-chao", "aired"), (SANG, "02-tin", "aired")]
        with station._journal() as journal:
            assert {row.engine for row in journal.airings()} == {"espeak"}
    assert time.monotonic() - began < 30


def test_a_missing_engine_is_passed_over(tmp_path: Path):
    settings = '[voice]\nengines = ["command", "tone"]\n[engines.command]\ncommand = ["/khong/co", "{wav_file}"]\n'
    folder = make_station(tmp_path / "dai", timetable=SESSION, texts=TEXTS, settings=settings)
    with running_station(folder, MORNING - timedelta(minutes=3)) as station:
        station.until_ended(SANG)
        assert station.verdict(SANG) == ("aired", "đã phát đủ")


def test_when_no_engine_can_speak_each_item_fails_with_its_reason(tmp_path: Path):
    settings = '[voice]\nengines = ["command"]\n[engines.command]\ncommand = ["/khong/co", "{wav_file}"]\n'
    timetable = SESSION.replace("[ {", "[ { chime = true }, {")
    folder = make_station(tmp_path / "dai", timetable=timetable, texts=TEXTS, settings=settings)
    with running_station(folder, MORNING - timedelta(minutes=3)) as station:
        station.until_ended(SANG)
        assert [(item, outcome) for _, item, outcome in station.rows()] == [
            ("01-nhac_hieu", "aired"),
            ("02-chao", "failed"),
            ("03-tin", "failed"),
        ]
        outcome, reason = station.verdict(SANG)
        assert outcome == "partly_aired" and "/khong/co" in reason, reason


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_damaged_clip_is_rendered_again_and_never_played(folder: Path):
    hashes = set()
    for sound in (folder / "audio_cache").glob("??/*.wav"):
        hashes.add(samples_sha256(sound))
        data = bytearray(sound.read_bytes())
        data[5000:5100] = bytes(byte ^ 0x55 for byte in data[5000:5100])
        sound.write_bytes(data)
    with running_station(folder, MORNING - timedelta(minutes=3)) as station:
        station.until_ended(SANG)
        assert station.verdict(SANG) == ("aired", "đã phát đủ")
        assert {sha for _, _, sha in station.heard()} <= hashes


def test_a_broken_script_fails_alone_and_is_told_with_file_and_line(folder: Path):
    write_script(folder, "chao", "Kính chào bà con {khong_co}.")
    with running_station(folder, BEFORE) as station:
        station.until_ended(SANG)
        assert station.rows() == [(SANG, "01-chao", "failed"), (SANG, "02-tin", "aired")]
        outcome, reason = station.verdict(SANG)
        assert outcome == "partly_aired"
        assert "chao.txt:6" in reason and "khong_co" in reason


def test_a_script_broken_while_the_station_runs_is_known_at_once(folder: Path):
    with running_station(folder, MORNING - timedelta(hours=2)) as station:
        write_script(folder, "chao", "Kính chào bà con {khong_co}.")

        def known() -> bool:
            with station._journal() as journal:
                row = journal.occurrence(SANG)  # type: ignore[arg-type]
            return row is not None and row.state == "not_ready" and "khong_co" in row.reason.text()

        station.until(known, "not ready")


def test_a_timetable_broken_on_air_keeps_its_last_good_version_and_a_mended_one_is_taken(folder: Path):
    timetable = folder / "schedules" / "ngay.toml"
    with running_station(folder, BEFORE) as station:
        station.until(station.heard, "on air")
        timetable.write_text(SESSION.replace('"05:30"', "25"), encoding="utf-8")
        station.until(lambda: any("vẫn dùng bản lịch trước" in note for note in station.notes()), "refused")
        station.until_ended(SANG)
        assert station.verdict(SANG) == ("aired", "đã phát đủ")
        # The next day is planned in the first quiet moment after a session.
        station.until(lambda: station.status()["next"] is not None, "tomorrow planned")
        assert station.status()["next"]["occurrence"] == "ngay/sang/2026-12-02"
        soon = station.clock.now().astimezone(MORNING.tzinfo) + timedelta(minutes=4)
        added = (
            f'[session.moi]\ntitle = "Mới"\ntime = "{soon:%H:%M}"\ndays = "daily"\nitems = [ {{ script = "tin" }} ]\n'
        )
        timetable.write_text(SESSION + added, encoding="utf-8")
        station.until_ended("ngay/moi/2026-12-01")
        assert station.verdict("ngay/moi/2026-12-01") == ("aired", "đã phát đủ")


@pytest.mark.parametrize("mistake", ['"05:30"', "items"])  # of one session, of the whole file
def test_a_timetable_broken_before_a_power_cut_is_followed_as_it_was(folder: Path, mistake: str):
    with running_station(folder, BEFORE - timedelta(hours=1)) as station:
        (folder / "schedules" / "ngay.toml").write_text(SESSION.replace(mistake, "[5"), encoding="utf-8")
        station.kill()
    with running_station(folder, BEFORE) as station:
        station.until_ended(SANG)
        assert station.verdict(SANG) == ("aired", "đã phát đủ")
        assert any("vẫn dùng bản lịch trước" in note for note in station.notes())


def test_a_damaged_journal_is_set_aside_whole_and_the_station_shouts_and_airs(folder: Path):
    with running_station(folder, BEFORE - timedelta(hours=1)):
        pass
    path = folder / "journal" / "journal.sqlite3"
    damaged = path.read_bytes()[:4096] + b"\xa5" * 60_000
    path.write_bytes(damaged)
    with running_station(folder, BEFORE) as station:
        station.until_ended(SANG)
        assert station.verdict(SANG) == ("aired", "đã phát đủ")
        assert any("NHẬT KÝ HỎNG" in note for note in station.notes())
    assert "NHẬT KÝ HỎNG" in station.said()
    (aside,) = path.parent.glob("journal.sqlite3.hong-*")
    assert aside.read_bytes() == damaged


# --- disks -----------------------------------------------------------------------------------------------------------


def test_on_a_full_disk_what_is_rendered_airs_and_the_rest_says_why(tmp_path: Path):
    with small_disk(tmp_path / "dia", 12) as disk:
        folder = make_station(disk / "dai", timetable=SESSION, texts=TEXTS)
        render(folder, MORNING)
        write_script(folder, "moi", "Tin này chưa được dựng và đĩa thì đã đầy.")
        (folder / "schedules" / "ngay.toml").write_text(SESSION.replace(" ]", ', { script = "moi" } ]'))
        fill(disk)
        with running_station(folder, BEFORE, witness=tmp_path / "nghe.jsonl") as station:
            station.until(lambda: len(station.heard_whole()) == 2, "both rendered items heard")
            station.until(lambda: station.status()["on_air"] is None and not station.status()["queue"], "it has ended")
            assert station.status()["journal"]["ok"] is False
        said = station.said()
        assert "đĩa sắp hết chỗ: còn 0 MB" in said
        assert "KHÔNG GHI ĐƯỢC NHẬT KÝ VÀO ĐĨA" in said


def test_a_console_on_a_full_disk_does_not_end_the_station(tmp_path: Path):
    with small_disk(tmp_path / "dia", 12) as disk:
        folder = make_station(tmp_path / "dai", timetable=SESSION, texts=TEXTS)
        render(folder, MORNING)
        fill(disk)
        with running_station(folder, BEFORE, words=disk / "noi.txt") as station:
            station.until(lambda: len(station.heard_whole()) == 2, "both items heard")
            station.kill()  # what Python cannot flush at its end is an exit code of its own


def test_a_journal_that_fled_from_a_full_disk_comes_back_complete(tmp_path: Path):
    with small_disk(tmp_path / "dia", 12) as disk:
        folder = make_station(disk / "dai", timetable=SESSION, texts=TEXTS)
        render(folder, MORNING)
        junk = fill(disk)
        with running_station(folder, BEFORE, witness=tmp_path / "nghe.jsonl") as station:
            station.until(lambda: len(station.heard_whole()) == 2, "both items heard")
            junk.unlink()
        # It ends with SIGTERM: the last chance to write back.
        assert station.rows() == [(SANG, "01-chao", "aired"), (SANG, "02-tin", "aired")]
        assert station.verdict(SANG) == ("aired", "đã phát đủ")


def test_on_a_read_only_disk_the_station_airs_with_a_journal_in_memory_and_shouts(tmp_path: Path):
    with small_disk(tmp_path / "dia", 12) as disk:
        folder = make_station(disk / "dai", timetable=SESSION, texts=TEXTS)
        render(folder, MORNING)
        with running_station(folder, MORNING - timedelta(hours=3)):
            pass
        read_only(disk, True)
        with running_station(folder, BEFORE, witness=tmp_path / "nghe.jsonl") as station:
            station.until(lambda: len(station.heard_whole()) == 2, "both items heard")
            assert station.status()["journal"]["ok"] is False
            second = run_second(folder)
            assert second.returncode == 8, second.stderr
        assert "KHÔNG GHI ĐƯỢC NHẬT KÝ VÀO ĐĨA" in station.said()
        read_only(disk, False)


# --- requests --------------------------------------------------------------------------------------------------------


def asked_before(folder: Path, minutes: float, *, taken_up: bool) -> int:
    """A `say` of so many minutes before BEFORE; `taken_up`: by a station that died of it."""
    clock = ScaledClock(BEFORE - timedelta(minutes=minutes), 1.0)
    path = folder / "journal" / "journal.sqlite3"
    journal = Journal(path, clock)
    number = journal.ask(Announce(kind=RequestKind.SAY, content=NOTICE), "Chị Lan")
    if taken_up:
        journal.act_on(number)
    journal.close()
    return number


@pytest.mark.parametrize("taken_up", [False, True])
def test_a_request_left_behind_airs_while_it_is_young(folder: Path, taken_up: bool):
    number = asked_before(folder, 5, taken_up=taken_up)
    with running_station(folder, BEFORE) as station:
        assert station.answer(number) == ("aired", "đã phát đủ")
        assert station.heard_whole().count("01-moi_ba_con_ra_nha_van") == 1


@pytest.mark.parametrize("taken_up", [False, True])
def test_a_request_older_than_its_bound_expires_with_a_row(folder: Path, taken_up: bool):
    number = asked_before(folder, 25, taken_up=taken_up)  # within the allowed hours, before its bound
    with running_station(folder, BEFORE) as station:
        outcome, reason = station.answer(number)
        assert outcome == "missed" and "quá hạn" in reason
        assert ("yeu_cau/1", "01-moi_ba_con_ra_nha_van", "missed") in station.rows()


def test_a_skip_that_nobody_heard_does_not_hit_something_else(folder: Path):
    path = folder / "journal" / "journal.sqlite3"
    journal = Journal(path, ScaledClock(BEFORE - timedelta(minutes=5), 1.0))
    number = journal.ask(Skip(), "Chị Lan")
    journal.close()
    with running_station(folder, BEFORE) as station:
        result, reason = station.answer(number)
        assert result == "expired" and "quá hạn" in reason


def test_a_station_killed_in_an_item_says_abandoned_and_the_late_rule_decides(folder: Path):
    station = RunningStation(folder, BEFORE)
    station.until(station.heard, "on air")
    station.kill()
    with running_station(folder, MORNING + timedelta(minutes=3)) as again:
        again.until_ended(SANG)
        outcomes = [(item, outcome) for _, item, outcome in again.rows()]
        assert outcomes[0][1] in ("abandoned", "partly_aired")
        assert [o for o in outcomes if o[1] == "aired"][-1] == ("02-tin", "aired")
        assert len(set(again.heard_whole())) == len(again.heard_whole()), "something aired twice"


def test_a_station_killed_in_an_item_and_started_too_late_lets_the_rest_go(folder: Path):
    station = RunningStation(folder, BEFORE)
    station.until(station.heard, "on air")
    station.kill()
    with running_station(folder, MORNING + timedelta(hours=1)) as again:
        again.until_ended(SANG)
        _, reason = again.verdict(SANG)
        assert "mất điện hoặc máy dừng" in reason
        assert len(again.heard_whole()) == len([line for line in station.heard() if line[0] == "end"])


# --- one station, one clock ------------------------------------------------------------------------------------------


def run_second(folder: Path) -> subprocess.CompletedProcess[str]:
    """Another `run` on the same folder."""
    return subprocess.run(
        [BROADCASTER, "--station", str(folder), "run", "--output", "none"], capture_output=True, text=True, timeout=40
    )


def test_two_stations_cannot_run_in_one_folder(folder: Path):
    with running_station(folder, MORNING - timedelta(hours=2)) as station:
        second = run_second(folder)
        assert second.returncode == 8
        assert str(station.process.pid) in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1
        assert station.status()


def test_a_clock_behind_the_journal_airs_emergencies_only_until_it_is_confirmed(folder: Path):
    with running_station(folder, MORNING + timedelta(hours=5)) as later:
        later.until(lambda: later.status()["now"] > "2026-12-01T10:31", "a minute")
    with running_station(folder, BEFORE) as station:
        assert station.status()["clock"]["trusted"] is False
        emergency = station.ask(RequestKind.SAY, text="lũ đang về", level="khan_cap", reason="lũ")
        assert station.answer(emergency)[0] == "aired"
        ordinary = station.ask(RequestKind.SAY, text=NOTICE)
        outcome, reason = station.answer(ordinary)
        assert outcome == "cancelled" and "đồng hồ" in reason
        station.until(lambda: station.clock.now() > MORNING + timedelta(seconds=30), "its minute passes")
        assert station.heard_whole() == ["01-lu_dang_ve"]
        assert station.answer(station.ask(RequestKind.RESUME, clock=True))[0] == "done"
        assert station.answer(station.ask(RequestKind.SAY, text=NOTICE))[0] == "aired"
