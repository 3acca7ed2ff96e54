"""The status between the two processes, and the fresher positions of the live record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from broadcaster.errors import Words
from broadcaster.live_record import LiveEntry, LiveRecord
from broadcaster.model import Level, OccurrenceKey
from broadcaster.service.announcement import Step, progress_of
from broadcaster.service.status import with_live_positions
from broadcaster.station_status import (
    Condition,
    NextOccurrence,
    OnAirNow,
    OutputCondition,
    StationStatus,
    Waiting,
    ZoneStatus,
)

NOW = datetime(2026, 12, 1, 5, 30, 12, tzinfo=timezone(timedelta(hours=7)))
KEY = OccurrenceKey("lich/sang/2026-12-01")
ON_AIR = OnAirNow(
    occurrence=KEY, title="Sáng", item="02-tin", level=Level.PHIEN, zones=("thon_1",), position_s=4.0, length_s=60.0,
    state="playing", cue=2,
)  # fmt: skip
WELL = OutputCondition(ok=True, text=Words("phát", "playing"), spec="soundcard")
STATUS = StationStatus(
    station="Đài xã",
    now=NOW,
    clock_label="system",
    clock_trusted=True,
    started_at=NOW,
    stop_latched=False,
    journal=Condition(ok=True),
    output=WELL,
    on_air=ON_AIR,
    next=NextOccurrence(occurrence=KEY, title="Sáng", at=NOW),
    queue=(
        Waiting(
            occurrence=OccurrenceKey("yeu_cau/7"), title="Họp", level=Level.THONG_THUONG, zones=("tat_ca",),
            planned_at=NOW, asked_by="chi_hoa", state="rendering",
        ),
    ),
    zones=(
        ZoneStatus(zone="thon_1", title="Thôn 1", on_air=ON_AIR, stop_latched=False, output=WELL),
        ZoneStatus(zone="thon_2", title="Thôn 2", on_air=None, stop_latched=True, output=WELL),
    ),
)  # fmt: skip


def live(position_s: float, item: str = "02-tin") -> LiveRecord:
    entry = LiveEntry(
        zone="thon_1",
        occurrence=KEY,
        item=item,
        position_s=position_s,
        length_s=60.0,
        level_dbfs=-20.0,
        state="playing",
    )
    return LiveRecord(pid=1, written_at=datetime.now(UTC), entries=(entry,))


def test_what_a_station_writes_a_door_reads() -> None:
    assert StationStatus.from_json(json.loads(json.dumps(STATUS.as_json()))) == STATUS


def test_a_doors_document_is_in_one_language_and_keeps_its_keys() -> None:
    document = STATUS.as_json("en")
    assert document["output"] == {"spec": "soundcard", "ok": True, "text": "playing"}
    assert document["on_air"] == {
        "occurrence": KEY, "title": "Sáng", "item": "02-tin", "level": "phien", "position_s": 4.0, "length_s": 60.0,
        "state": "playing", "zone": "thon_1", "cue": 2,
    }  # fmt: skip
    assert [(zone["zone"], zone["stop_latched"]) for zone in document["zones"]] == [
        ("thon_1", False),
        ("thon_2", True),
    ]


def test_a_live_record_of_the_same_item_is_fresher() -> None:
    fresher = with_live_positions(STATUS, live(6.5))
    assert fresher.on_air == fresher.zones[0].on_air == replace(ON_AIR, position_s=6.5)


def test_a_live_record_of_another_item_or_an_older_one_changes_nothing() -> None:
    assert with_live_positions(STATUS, live(6.5, "03-hai")) == STATUS
    assert with_live_positions(STATUS, live(1.0)) == STATUS
    assert with_live_positions(STATUS, None) == STATUS


def test_where_an_announcement_stands() -> None:
    assert progress_of(STATUS, KEY).step is Step.ON_AIR
    speaking = progress_of(STATUS, OccurrenceKey("yeu_cau/7"))
    assert (speaking.step, speaking.place) == (Step.SPEAKING, 1)
    assert progress_of(STATUS, OccurrenceKey("yeu_cau/8")).step is Step.ACCEPTING
