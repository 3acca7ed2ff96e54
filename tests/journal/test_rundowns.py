"""Stored rundowns: ids and labels are given once, positions follow the lines, nothing is deleted."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock
from broadcaster.journal import Access, Journal
from broadcaster.model import (
    Cue,
    CueDraft,
    CueState,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    OccurrenceKey,
    Outcome,
    RenderRequest,
    Rundown,
    ScriptId,
)
from broadcaster.reasons import ReasonCode, reason
from tests.journal.records import MORNING, NOW, clip, draft

KEY = MORNING.key
FULL_DRAFT = CueDraft(
    item=Item(
        kind=ItemKind.TOPIC,
        name="II.1.9",
        count=2,
        pause_s=1.5,
        voice="piper:nữ",
        repeat=3,
        late=LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=7)),
        resume=False,
        joined_from=OccurrenceKey("hang_ngay/sang/2026-11-24"),
    ),
    name="mot_cua",
    title="Một cửa «liên thông»",
    request=RenderRequest(
        kind=ItemKind.SCRIPT,
        title="Một cửa",
        text="Kính thưa bà con!",
        script=ScriptId("mot_cua"),
        recordings=(Path("ghi_am/hop dân.wav"), Path("/noi/khac.mp3")),
        voice="nữ",
        chime=True,
        pause_s=0.5,
        repeat=2,
        urgent=True,
    ),
    problem=reason(ReasonCode.NO_CLIP, item="01"),
    script=ScriptId("mot_cua"),
    added_by="Chị Lan",
)
"""No field has its default."""


def shown(rundown: Rundown) -> list[tuple[int, int, str]]:
    """(id, position, label) of every cue."""
    return [(cue.id, cue.position, cue.label) for cue in rundown.cues]


@pytest.fixture
def three(journal: Journal) -> tuple[Cue, Cue, Cue]:
    """A stored rundown of three cues."""
    journal.plan(MORNING)
    first, second, third = journal.store_rundown(KEY, [draft("chao"), draft("tin"), draft("nhac")]).cues
    return first, second, third


def test_cues_are_numbered_in_the_order_of_their_lines(journal: Journal, three: tuple[Cue, Cue, Cue]):
    assert [(cue.position, cue.label) for cue in three] == [(1, "01-chao"), (2, "02-tin"), (3, "03-nhac")]
    assert {cue.state for cue in three} == {CueState.WAITING}
    assert len({cue.id for cue in three}) == 3
    assert journal.rundown(KEY) == Rundown(occurrence=KEY, cues=three)


def test_everything_about_a_line_is_read_back_as_it_was_written(path: Path, journal: Journal):
    (stored,) = journal.store_rundown(KEY, [FULL_DRAFT]).cues
    again = Journal(path, ManualClock(NOW), access=Access.READER)
    (read,) = again.rundown(KEY).cues
    again.close()
    assert read == stored
    assert read == Cue(**vars(FULL_DRAFT), id=stored.id, occurrence=KEY, position=1, label="01-mot_cua")


def test_an_edit_keeps_ids_and_labels_and_gives_new_lines_new_ones(journal: Journal, three: tuple[Cue, Cue, Cue]):
    first, second, third = three
    after = journal.store_rundown(KEY, [third, draft("them"), first])
    new = after.cues[1]
    assert shown(after) == [(third.id, 1, "03-nhac"), (new.id, 2, "04-them"), (first.id, 3, "01-chao")]
    assert new.id not in {cue.id for cue in three}
    removed = journal.cue(second.id)
    assert removed is not None and removed.state is CueState.REMOVED and removed.label == "02-tin"


def test_a_label_is_never_given_again(journal: Journal, three: tuple[Cue, Cue, Cue]):
    first, second, _ = three
    journal.store_rundown(KEY, [first, second])
    again = journal.store_rundown(KEY, [first, second, draft("nhac")])
    assert [label for _, _, label in shown(again)] == ["01-chao", "02-tin", "04-nhac"]


def test_the_content_of_a_waiting_cue_may_change_and_its_id_stays(journal: Journal, three: tuple[Cue, Cue, Cue]):
    first, second, third = three
    changed = replace(second, title="Tin mới", problem=reason(ReasonCode.NO_CLIP), request=None)
    stored = journal.store_rundown(KEY, [first, changed, third])
    assert stored.cue(second.id) == changed and [cue.id for cue in stored.cues] == [cue.id for cue in three]


def test_to_store_what_is_stored_writes_nothing(journal: Journal, three: tuple[Cue, Cue, Cue]):
    before = journal._db.total_changes
    journal.store_rundown(KEY, three)
    assert journal._db.total_changes == before


def test_what_has_begun_is_not_removed_by_a_new_plan(journal: Journal, three: tuple[Cue, Cue, Cue]):
    first, second, third = three
    journal.begin_airing(MORNING, first.label, cue=first, script=None, clip=clip(), started_at=NOW)
    journal.end_cue(second)
    journal.store_rundown(KEY, [third])
    states = {cue.id: cue.state for cue in journal.rundown(KEY).cues}
    assert states == {first.id: CueState.BEGUN, second.id: CueState.ENDED, third.id: CueState.WAITING}


def test_a_cue_begins_with_its_first_airing_and_ends_by_word_or_with_its_occurrence(
    journal: Journal, three: tuple[Cue, Cue, Cue]
):
    first, second, third = three
    row = journal.begin_airing(MORNING, first.label, cue=first, script=None, clip=clip(), started_at=NOW)
    journal.end_airing(row, Outcome.PREEMPTED, reason(ReasonCode.PREEMPTED, by="Bão"), frames=48_000, started_at=NOW)
    assert state(journal, first) is CueState.BEGUN, "a cut cue goes on"
    journal.begin_airing(MORNING, first.label, cue=first, script=None, clip=clip(), started_at=NOW)
    journal.end_cue(first)
    assert state(journal, first) is CueState.ENDED
    journal.never_aired(MORNING, second.label, Outcome.FAILED, reason(ReasonCode.NO_CLIP), cue=second)
    assert state(journal, second) is CueState.WAITING, "nothing of it was on air"
    journal.change_by_hand(third.id, removed_by="Chị Lan")
    journal.end(KEY, Outcome.PARTLY_AIRED, reason(ReasonCode.NO_CLIP))
    assert [state(journal, cue) for cue in three] == [CueState.ENDED, CueState.ENDED, CueState.REMOVED]
    assert [row.cue for row in journal.airings_of(KEY)] == [first.id, first.id, second.id]


def state(journal: Journal, cue: Cue) -> CueState:
    """Of one cue, now."""
    now = journal.cue(cue.id)
    assert now is not None
    return now.state


def test_what_somebody_took_out_is_remembered_apart_from_what_a_plan_removed(
    journal: Journal, three: tuple[Cue, Cue, Cue]
):
    first, second, third = three
    journal.change_by_hand(second.id, removed_by="Chị Lan")
    journal.store_rundown(KEY, [third])
    assert [cue.id for cue in journal.dropped_by_hand(KEY)] == [second.id]
    assert [cue.id for cue in journal.rundown(KEY).cues] == [third.id]
    assert journal.dropped_by_hand(OccurrenceKey("hang_ngay/sang/2026-11-26")) == []
    gone = journal.cue(first.id)
    assert gone is not None and gone.state is CueState.REMOVED


def test_who_moved_a_cue_is_remembered(journal: Journal, three: tuple[Cue, Cue, Cue]):
    first, second, third = three
    journal.change_by_hand(third.id, moved_by="Anh Nam")
    stored = journal.store_rundown(KEY, [third, first, second])
    assert [(cue.label, cue.moved_by) for cue in stored.cues] == [
        ("03-nhac", "Anh Nam"),
        ("01-chao", ""),
        ("02-tin", ""),
    ]


def test_a_rundown_that_cannot_be_stored_whole_is_not_stored_at_all(journal: Journal, three: tuple[Cue, Cue, Cue]):
    first, *_ = three
    broken = replace(draft("them"), title=None)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        journal.store_rundown(KEY, [first, broken])
    assert journal.rundown(KEY).cues == three


def test_a_rundown_of_a_test_clock_is_not_the_stations(path: Path, journal: Journal):
    journal.clock.label = "system"
    real = Journal(path)
    journal.store_rundown(KEY, [draft("thu")])
    assert real.rundown(KEY).cues == () and real.cue(1) is None
    (cue,) = real.store_rundown(KEY, [draft("that")]).cues
    assert cue.label == "01-that"
    real.close()
