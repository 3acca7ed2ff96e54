"""Every line of an occurrence is a request or a problem."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import soundfile

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.model import CueDraft, Item, ItemKind, Level, ScriptId
from broadcaster.settings import Settings, Sound
from broadcaster.studio import Studio
from tests.audio.sounds import speechlike
from tests.studio.station import DAY, names, occurrence, script, topic, write_script


def problem(line: CueDraft) -> object:
    """Which error says why there is nothing to play."""
    return None if line.problem is None else line.problem.facts["error"]


def test_every_kind_of_item_becomes_a_line_and_the_journal_numbers_them(studio: Studio, settings: Settings) -> None:
    soundfile.write(settings.folder / "Quốc ca.wav", speechlike(1), 48_000)
    morning = occurrence(
        Item(kind=ItemKind.CHIME),
        script("bai_a"),
        Item(kind=ItemKind.PAUSE, pause_s=2),
        Item(kind=ItemKind.RECORDING, name="Quốc ca.wav", repeat=2),
        Item(kind=ItemKind.TEXT, name="Mời bà con đi họp lúc 7 giờ tối nay"),
    )
    lines = studio.resolve(morning)
    with contextlib.closing(Journal(None, ManualClock(morning.planned_at))) as journal:
        journal.plan(morning)
        stored = journal.store_rundown(morning.key, lines)
    assert [cue.label for cue in stored.cues] == [
        "01-nhac_hieu",
        "02-bai_a",
        "03-nghi",
        "04-quoc_ca",
        "05-quoc_ca",
        "06-moi_ba_con_di_hop_luc",
    ]
    assert all(line.request is not None and line.problem is None for line in lines)
    assert lines[1].request is not None
    assert lines[1].request.text == "Kính thưa bà con xã Thử, bài a."
    assert (lines[1].script, lines[0].script) == (ScriptId("bai_a"), None)
    assert lines[3].item.name == "Quốc ca.wav"


def test_a_topic_goes_on_each_day_where_it_stopped_the_day_before(studio: Studio) -> None:
    days = [names(studio, topic("II.1", 2), day=DAY + timedelta(days=n)) for n in range(5)]
    aired = [name for day in days for name in day]
    assert len(aired) == 10
    for five in (aired[:5], aired[5:]):
        assert sorted(five) == [f"bai_{letter}" for letter in "abcde"], "each script once in turn"


def test_two_items_of_one_topic_do_not_repeat_each_other(studio: Studio) -> None:
    aired = names(studio, topic("II.1", 2), script("bai_a"), topic("II.1", 3))
    del aired[2]
    assert sorted(aired) == [f"bai_{letter}" for letter in "abcde"]


def test_a_topic_larger_than_the_library_is_each_script_once(studio: Studio) -> None:
    assert len(names(studio, topic("II.1", 9))) == 5


def test_the_same_occurrence_gives_the_same_lines(studio: Studio, make) -> None:
    items = (topic("II.1", 3), script("bai_b"))
    assert names(studio, *items) == names(make(), *items)


def test_a_script_out_of_date_is_a_problem_and_is_not_dealt(studio: Studio, settings: Settings) -> None:
    write_script(settings.scripts_dir, "cu", topic="II.2", valid_to="2026-11-24")
    write_script(settings.scripts_dir, "moi", topic="II.2", valid_from="2026-11-26")
    write_script(settings.scripts_dir, "nay", topic="II.2", valid_from="2026-11-25", valid_to="2026-11-25")
    old, new, now = studio.resolve(occurrence(script("cu"), script("moi"), script("nay")))
    assert problem(old) == "RefusedError"
    assert old.problem is not None and "24/11/2026" in old.problem.text()
    assert problem(new) == "RefusedError"
    assert now.problem is None, "by the day in Vietnam, both bounds included"
    assert names(studio, topic("II.2", 3)) == ["nay"]


def test_a_broken_script_is_a_line_with_file_and_line_and_the_others_go_on(studio: Studio, settings: Settings) -> None:
    write_script(settings.scripts_dir, "thieu", text="Gọi số {so_la}.")
    (settings.scripts_dir / "hong.txt").write_text("+++\nid = \n+++\nx", encoding="utf-8")
    lines = studio.resolve(occurrence(script("thieu"), script("khong_co"), script("bai_a")))
    assert problem(lines[0]) == "ScriptError"
    assert lines[0].problem is not None
    assert lines[0].problem.text().startswith(f"{settings.scripts_dir / 'thieu.txt'}:")
    assert problem(lines[1]) == "NotFoundError"
    assert lines[1].script == "khong_co"
    assert lines[2].request is not None
    assert len(studio.library().problems) == 1


def test_missing_recordings_empty_topics_and_empty_texts_are_problems(studio: Studio) -> None:
    lines = studio.resolve(
        occurrence(
            Item(kind=ItemKind.RECORDING, name="khong_co.mp3"), topic("V.9"), Item(kind=ItemKind.TEXT, name="  ")
        )
    )
    assert [problem(line) for line in lines] == ["AudioError", "NotFoundError", "UsageError"]
    assert all(line.request is None for line in lines)


def test_an_edited_script_is_seen_at_once(studio: Studio, settings: Settings) -> None:
    before = studio.resolve(occurrence(script("bai_a")))[0].request
    write_script(settings.scripts_dir, "bai_a", text="Lời mới cho bà con.")
    after = studio.resolve(occurrence(script("bai_a")))[0].request
    assert before is not None and after is not None
    assert (before.text, after.text) == ("Kính thưa bà con xã Thử, bài a.", "Lời mới cho bà con.")


def test_scripts_sound_the_same_in_every_session_and_as_previewed(studio: Studio) -> None:
    with_chime = studio.resolve(occurrence(Item(kind=ItemKind.CHIME), script("bai_a")))[1].request
    without = studio.resolve(occurrence(script("bai_a")))[0].request
    assert with_chime == without == studio.script_request("bai_a")


def test_ad_hoc_texts_begin_with_the_chime_unless_the_station_has_none(make) -> None:
    item = Item(kind=ItemKind.TEXT, name="Mời bà con đi họp")
    (line,) = make().resolve(occurrence(item))
    assert line.request is not None and line.request.chime
    silent = make(sound=Sound(chime="none"))
    (line,) = silent.resolve(occurrence(item))
    assert line.request is not None and not line.request.chime
    assert names(silent, Item(kind=ItemKind.CHIME), script("bai_a")) == ["bai_a"]


def test_repeats_multiply_and_emergencies_are_urgent(studio: Studio, settings: Settings) -> None:
    write_script(settings.scripts_dir, "hai_lan", repeat=2)
    (line,) = studio.resolve(occurrence(script("hai_lan", repeat=3), level=Level.KHAN_CAP))
    assert line.request is not None
    assert (line.request.repeat, line.request.urgent) == (6, True)
