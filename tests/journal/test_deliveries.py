"""What each zone got of an airing."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.model import EVERYWHERE, STATION_RATE_HZ, Level, Outcome
from broadcaster.reasons import AIRED_WHOLE, ReasonCode, reason
from tests.journal.records import MORNING, NOW, clip, delivery, occurrence

TWO = occurrence("hang_ngay/hai_thon/2026-11-25", zones=("thon_1", "thon_2"))
OUTPUTS = {"thon_1": "soundcard:A", "thon_2": "soundcard:B"}
CUT = reason(ReasonCode.PREEMPTED, by="Bão số 9")
DAY = (NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def begun(journal: Journal, item: str = "01-chao", **how: object) -> int:
    """An airing of TWO on air in both zones."""
    plain = {"script": None, "clip": clip(), "started_at": NOW, "outputs": OUTPUTS, **how}
    return journal.begin_airing(TWO, item, **plain)  # type: ignore[arg-type]


def test_each_zone_has_its_own_verdict_length_and_output(journal: Journal):
    row = begun(journal)
    got = (
        delivery("thon_1", "soundcard:A", 10.0),
        delivery("thon_2", "soundcard:C", 4.0, Outcome.PREEMPTED, CUT),  # its card's spare output took over
    )
    zones_missed = reason(ReasonCode.ZONES_MISSED, zones="thon_2")
    journal.end_airing(
        row, Outcome.PARTLY_AIRED, zones_missed, frames=10 * STATION_RATE_HZ, started_at=NOW, deliveries=got
    )
    airing = journal.airing(row)
    assert airing is not None
    assert airing.deliveries == got
    assert (airing.zones, airing.outcome, airing.reason, airing.duration_s) == (
        ("thon_1", "thon_2"), Outcome.PARTLY_AIRED, zones_missed, 10.0,
    )  # fmt: skip


def test_a_row_names_the_outputs_that_really_played_it(journal: Journal):
    both, lost, silent = begun(journal, "01-a"), begun(journal, "02-b"), begun(journal, "03-c")
    no_output = reason(ReasonCode.NO_OUTPUT, vi="mất card", en="card lost")
    journal.end_airing(
        both, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW,
        deliveries=[delivery("thon_1", "soundcard:A", 10), delivery("thon_2", "soundcard:B", 10)],
    )  # fmt: skip
    journal.end_airing(
        lost, Outcome.PARTLY_AIRED, no_output, frames=480_000, started_at=NOW,
        deliveries=[
            delivery("thon_1", "soundcard:A", 10),
            delivery("thon_2", "soundcard:B", 0, Outcome.FAILED, no_output),
        ],
    )  # fmt: skip
    journal.end_airing(silent, Outcome.FAILED, no_output)
    outputs = [airing.output for airing in journal.airings_of(TWO.key)]
    assert outputs == ["soundcard:A,soundcard:B", "soundcard:A", "soundcard:A,soundcard:B"]


def test_what_no_output_serves_is_on_record_with_none(journal: Journal):
    journal.never_aired(TWO, "01-chao", Outcome.FAILED, reason(ReasonCode.NO_CLIP), zones=["thon_2"])
    (airing,) = journal.airings_of(TWO.key)
    assert (airing.output, airing.zones, airing.started_at) == ("none", ("thon_2",), None)
    (only,) = airing.deliveries
    assert (only.zone, only.output, only.outcome, only.heard_s) == ("thon_2", "", Outcome.FAILED, 0.0)


def test_a_zone_of_which_nothing_is_told_got_what_the_whole_got(journal: Journal):
    row = begun(journal)
    journal.end_airing(row, Outcome.PREEMPTED, CUT, frames=5 * STATION_RATE_HZ, started_at=NOW)
    airing = journal.airing(row)
    assert airing is not None
    for zone, got in zip(("thon_1", "thon_2"), airing.deliveries, strict=True):
        assert (got.zone, got.output) == (zone, OUTPUTS[zone])
        assert (got.outcome, got.reason, got.heard_s, got.started_at) == (Outcome.PREEMPTED, CUT, 5.0, NOW)


def test_a_zone_that_joined_later_has_its_delivery(journal: Journal):
    row = begun(journal, outputs={"thon_1": "soundcard:A"})
    got = [delivery("thon_1", "soundcard:A", 10), delivery("thon_2", "soundcard:B", 3)]
    journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW, deliveries=got)
    airing = journal.airing(row)
    assert airing is not None and list(airing.deliveries) == got


def test_on_air_there_are_no_deliveries_yet_but_the_outputs_are_known(journal: Journal):
    row = begun(journal)
    airing = journal.airing(row)
    assert airing is not None and airing.deliveries == () and airing.outcome is None
    assert [outputs for _, _, outputs in journal.open_airings()] == [OUTPUTS]


def test_the_verdict_of_a_zone_is_given_once(journal: Journal):
    row = begun(journal)
    journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW)
    with pytest.raises(sqlite3.IntegrityError, match="delivery has ended"):
        journal._db.execute("UPDATE deliveries SET outcome = 'failed' WHERE airing = ?", (row,))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        journal._db.execute("DELETE FROM deliveries")


def test_a_day_of_a_zone_is_what_that_zone_heard(journal: Journal):
    ended = begun(journal, "01-a")
    got = [delivery("thon_1", "soundcard:A", 10), delivery("thon_2", "soundcard:B", 4, Outcome.PREEMPTED, CUT)]
    journal.end_airing(ended, Outcome.PARTLY_AIRED, CUT, frames=480_000, started_at=NOW, deliveries=got)
    assert (journal.aired_s(*DAY, "thon_1"), journal.aired_s(*DAY, "thon_2")) == (10.0, 4.0)
    on_air = begun(journal, "02-b")
    journal.progress(on_air, 2 * STATION_RATE_HZ)
    assert (journal.aired_s(*DAY, "thon_1"), journal.aired_s(*DAY, "thon_2")) == (12.0, 6.0)
    assert journal.aired_s(*DAY, "thon_3") == 0.0
    assert journal.aired_s(NOW + timedelta(seconds=1), DAY[1], "thon_1") == 0.0, "it began before"


def test_what_was_aired_everywhere_counts_in_every_zone(journal: Journal):
    row = journal.begin_airing(MORNING, "01-chao", script=None, clip=clip(), started_at=NOW)
    journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW)
    assert journal.aired_s(*DAY, "thon_1") == journal.aired_s(*DAY, EVERYWHERE) == 10.0


def test_emergencies_and_trials_do_not_use_up_the_day(path: Path, journal: Journal):
    emergency = occurrence("yeu_cau/1", level=Level.KHAN_CAP)
    row = journal.begin_airing(emergency, "01", script=None, clip=clip(), started_at=NOW)
    journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW)
    real = ManualClock(NOW)
    real.label = "system"
    other = Journal(path, real)
    row = other.begin_airing(MORNING, "01", script=None, clip=clip(), started_at=NOW)
    other.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW)
    other.close()
    assert journal.aired_s(*DAY, EVERYWHERE) == 0.0


def test_a_month_is_read_with_every_delivery_in_its_place(journal: Journal):
    """More rows than one statement takes parameters."""
    with journal.together():
        for number in range(1100):
            row = begun(journal, f"{number:04}-a")
            got = [delivery("thon_1", "soundcard:A", 10), delivery("thon_2", "soundcard:B", number % 10)]
            journal.end_airing(row, Outcome.AIRED, AIRED_WHOLE, frames=480_000, started_at=NOW, deliveries=got)
    read = list(journal.airings(*DAY))
    assert [airing.item for airing in read] == [f"{number:04}-a" for number in range(1100)]
    assert [airing.deliveries[1].heard_s for airing in read] == [number % 10 for number in range(1100)]
