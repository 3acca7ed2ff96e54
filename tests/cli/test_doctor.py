"""`doctor` finds faults and names the cure."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.journal import Journal
from broadcaster.model import LateKind, LateRule, Level, Occurrence, OccurrenceKey, Outcome
from broadcaster.reasons import AIRED_WHOLE
from broadcaster.settings import load_settings
from tests.cli.conftest import Call, Said


def declare_alarm(station: Path, *command: str) -> None:
    settings = station / "station.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("command = []", f"command = {json.dumps(command)}"), encoding="utf-8")


def finding(said: Said, topic: str, words: str) -> dict[str, str]:
    found = [each for each in said.json if each["topic"] == topic and words in each["text"]]
    assert len(found) == 1, said.out
    return found[0]


def test_that_nobody_is_told_of_trouble_is_a_warning(call: Call, station: Path) -> None:
    said = call("doctor", "--json", station=station)
    nobody = finding(said, "Alarm", "không báo cho ai")
    assert nobody["verdict"] == "warning" and "[alarm]" in nobody["cure"] and said.code == 0


def test_a_program_for_alarms_that_is_not_there_is_a_fault(call: Call, station: Path) -> None:
    declare_alarm(station, "/khong/co", "{text}")
    said = call("doctor", "--json", station=station)
    assert finding(said, "Alarm", "/khong/co")["verdict"] == "fault" and said.code == 3


def test_a_trial_message_reaches_its_program(call: Call, station: Path) -> None:
    declare_alarm(station, sys.executable, "-c", "open('tin.txt', 'w').write(__import__('sys').argv[1])", "{text}")
    said = call("doctor", "--alarm", station=station)
    assert said.code == 0 and "tin báo thử" in said.out
    assert "tin báo thử" in (station / "tin.txt").read_text()


def test_a_trial_message_that_fails_says_why(call: Call, station: Path) -> None:
    assert call("doctor", "--alarm", station=station).code == 3
    declare_alarm(station, sys.executable, "-c", "exit('hết tiền')")
    said = call("doctor", "--alarm", station=station)
    assert said.code == 3 and "hết tiền" in said.err and "bằng tay" in said.err


def test_a_chime_that_is_no_sound_is_told(call: Call, station: Path) -> None:
    (station / "nhac.wav").write_bytes(b"khong phai nhac")
    settings = station / "station.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('chime = "chime"', 'chime = "nhac.wav"'), encoding="utf-8")
    said = call("doctor", "--json", station=station)
    assert finding(said, "Settings", "nhac.wav")["verdict"] == "warning"


def test_gaps_that_listeners_heard_are_told_with_the_cure(call: Call, station: Path) -> None:
    now = datetime.now(UTC)
    session = Occurrence(
        key=OccurrenceKey("hang_ngay/sang/hom_nay"),
        title="Buổi sáng",
        planned_at=now - timedelta(hours=1),
        items=(),
        level=Level.PHIEN,
        zones=("tat_ca",),
        max_minutes=60.0,
        late=LateRule(kind=LateKind.SKIP),
    )
    journal = Journal(load_settings(station).journal_path, SystemClock())
    journal.plan(session)
    for item, underruns in (("01-chao", 2), ("02-tin", 0), ("03-tin", 1)):
        airing = journal.begin_airing(session, item, script=None, clip=None, started_at=session.planned_at)
        journal.end_airing(airing, Outcome.AIRED, AIRED_WHOLE, frames=48_000, underruns=underruns)
    journal.close()
    said = call("doctor", "--json", station=station)
    gaps = finding(said, "Sound output", "đứt 3 lần ở 2 mục")
    assert gaps["verdict"] == "warning" and "latency_s = 0.1" in gaps["cure"]
