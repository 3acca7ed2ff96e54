"""The sample station, which every clone airs first: its texts and timetables keep an editor's rules."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.errors import SettingsError
from broadcaster.model import ItemKind, Level, Script, Spoken
from broadcaster.sample import PACKAGED, SAMPLE_PARTS, make_station, sample_station
from broadcaster.schedule import expand, load_timetables
from broadcaster.scripts import coverage, fill, load_library, load_plan, missing_values, valid_on
from broadcaster.settings import DEFAULT_ENGINES, load_settings
from broadcaster.studio import Studio
from broadcaster.text import load_glossary, read_aloud

ROOT = Path(__file__).parent.parent
SETTINGS = load_settings(ROOT)
LIBRARY = load_library(SETTINGS.scripts_dir)
PLAN = load_plan(SETTINGS.scripts_dir)
TIMETABLES = load_timetables(SETTINGS.schedules_dir, default_late=SETTINGS.late, zones=SETTINGS.zone_names)
SCRIPTS = list(LIBRARY.scripts.values())
FRAME = {"chao_buoi_sang", "chao_buoi_chieu", "ket_thuc", "thu_he_thong"}
"""Greetings and closing words, which are short."""
SOME_DAY = date(2026, 11, 25)

SLOW_SYLLABLES_A_MINUTE = 120
"""espeak, outdoors."""
FAST_SYLLABLES_A_MINUTE = 200
"""Neural and network voices."""

per_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.id)


def filled(script: Script) -> str:
    return fill(script, SETTINGS.placeholders)


GLOSSARY = load_glossary(SETTINGS.glossary_path)


def spoken(script: Script) -> Spoken:
    return read_aloud(filled(script), reading=SETTINGS.reading, glossary=GLOSSARY)


def syllables(script: Script) -> int:
    """As spoken: "2021" is seven of them. Vietnamese writes each syllable apart."""
    return len(spoken(script).text.split())


# --- The library


def test_the_library_loads_without_a_problem() -> None:
    assert not LIBRARY.problems
    assert len(SCRIPTS) >= 22


@per_script
def test_every_placeholder_has_a_value(script: Script) -> None:
    assert not missing_values(script, SETTINGS.placeholders)


def test_every_placeholder_value_is_used() -> None:
    used = set(re.findall(r"\{([a-z_]+)\}", "\n".join(script.text for script in SCRIPTS)))
    assert set(SETTINGS.placeholders) == used


@per_script
def test_a_file_is_named_after_its_script(script: Script) -> None:
    assert script.path.name == f"{script.id}.txt"


def test_every_content_of_the_plan_has_a_script_that_may_air() -> None:
    assert [content.code for content in PLAN] == [f"II.1.{n}" for n in range(1, 13)] + [f"III.{n}" for n in range(1, 5)]
    bare = [
        entry.content.code
        for entry in coverage(PLAN, SCRIPTS, first_day=SOME_DAY, last_day=SOME_DAY)
        if not entry.scripts
    ]
    assert not bare


def test_every_topic_is_of_the_plan_or_of_the_listeners_questions() -> None:
    assert {script.topic for script in SCRIPTS} <= {content.code for content in PLAN} | {"", "HD"}


def test_only_the_template_of_the_report_has_expired() -> None:
    """Figures that are examples must not air by themselves; everything else airs without an end."""
    assert [script.id for script in SCRIPTS if not valid_on(script, SOME_DAY)] == ["cchc_12_bao_cao_mau"]


def test_only_the_emergency_template_is_an_emergency() -> None:
    assert [script.id for script in SCRIPTS if script.level is Level.KHAN_CAP] == ["khan_cap_mau"]
    assert LIBRARY.get("khan_cap_mau").topic == "", "no rotation may ever choose it"


# --- The words


@per_script
def test_the_length_suits_a_loudspeaker(script: Script) -> None:
    seconds = [60 * syllables(script) / pace for pace in (FAST_SYLLABLES_A_MINUTE, SLOW_SYLLABLES_A_MINUTE)]
    shortest, longest = (15, 50) if script.id in FRAME else (45, 150)
    assert shortest <= seconds[0], f"{seconds[0]:.0f} s at a fast pace"
    assert seconds[1] <= longest, f"{seconds[1]:.0f} s at a slow pace"


@per_script
def test_sentences_are_short_enough_for_the_ear(script: Script) -> None:
    long = [
        sentence
        for sentence in re.split(r"(?<=[.!?:])\s+", filled(script))
        if len(re.findall(r"[^\W_]+", sentence)) > LONGEST_SENTENCE
    ]
    assert not long


LONGEST_SENTENCE = 45
"""Syllables: twenty seconds at the slow pace."""


@per_script
def test_listeners_are_spoken_to(script: Script) -> None:
    assert "bà con" in script.text
    if script.id not in FRAME | {"khan_cap_mau"}:
        assert script.text.startswith("Kính thưa bà con")


@per_script
def test_every_abbreviation_is_written_out_before_its_first_use(script: Script) -> None:
    # Document numbers (259/UBND-TTPVHCC) are read by the text room as a whole.
    text = re.sub(r"\d+(?:/[\w-]+)+", "", filled(script))
    explained: set[str] = set()
    unexplained = []
    for match in re.finditer(r"(\()?\b([A-ZĐ]{2,})\b", text):
        short = match[2]
        before = re.findall(r"[^\W\d_]+", text[: match.start()])[-len(short) :]
        if match[1] and [word[0].upper() for word in before] == list(short):
            explained.add(short)
        elif short not in explained:
            unexplained.append(short)
    assert not unexplained


@per_script
def test_the_typing_is_clean(script: Script) -> None:
    text = script.text
    assert "  " not in text
    assert not re.search(r"\s[,.;:!?]", text), "a space before a mark"
    assert not re.search(r"[,;:!?](?=[^\W\d])", text), "no space after a mark"
    assert not re.search(r"[^.!?:»”)}]$", text), "the text ends without a full stop"
    assert not [start for start in re.findall(r"(?:^|\n|[.!?] )(\w)", text) if start.islower()], "a small letter begins"
    assert "uỷ" not in text.lower(), "one spelling: ủy"
    assert not re.search(r"\b(\w+) \1\b", re.sub(r"\b(ngày|xa xa|đi|ai) \1\b", "", text.lower())), "a word twice"


def test_no_sentence_is_copied_from_script_to_script() -> None:
    frame = re.compile(
        r"xin cảm ơn|kính thưa|gọi số|bà con có câu hỏi khác|câu hỏi hôm nay|xin trả lời|xin gọi|đường dây"
    )
    sentences = Counter(
        sentence
        for script in SCRIPTS
        if script.id not in FRAME
        for sentence in {s.strip().lower() for s in re.split(r"(?<=[.!?:])\s+", script.text)}
        if not frame.search(sentence)
    )
    assert not [sentence for sentence, count in sentences.items() if count > 1]


@per_script
def test_the_voice_is_sure_of_every_word(script: Script) -> None:
    assert not spoken(script).unsure


# --- The settings and the timetables


def test_the_sample_settings_are_the_defaults_written_out(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text('[station]\nname = "Đài"\ncommune = "xã"\n', encoding="utf-8")
    default = load_settings(tmp_path)
    for name in ("tz", "hours", "engines", "voice", "rate", "reading", "sound", "output", "late", "cache_max_mb"):
        assert getattr(SETTINGS, name) == getattr(default, name), name
    assert SETTINGS.engines == DEFAULT_ENGINES
    assert (SETTINGS.approval_required, SETTINGS.request_expires_s) == (False, default.request_expires_s)


def test_sample_telephone_numbers_cannot_be_taken_for_real_ones() -> None:
    numbers = [value for value in SETTINGS.placeholders.values() if re.fullmatch(r"[\d ]{8,}", value)]
    assert numbers
    assert all("000 000" in number for number in numbers)


def test_the_timetables_load_and_name_only_what_exists() -> None:
    assert not TIMETABLES.problems
    items = [item for table in TIMETABLES.timetables for session in table.sessions for item in session.items]
    for item in items:
        if item.kind is ItemKind.SCRIPT:
            assert valid_on(LIBRARY.get(item.name), SOME_DAY)
        elif item.kind is ItemKind.TOPIC:
            assert len([s for s in LIBRARY.by_topic(item.name) if valid_on(s, SOME_DAY)]) >= item.count


@pytest.mark.parametrize("session", ["sang", "chieu"])
def test_whoever_listens_once_a_day_hears_every_content_within_a_week(session: str) -> None:
    studio = Studio(SETTINGS, SystemClock(), workers=0)
    week = datetime.combine(SOME_DAY, time(0), tzinfo=SETTINGS.tz)
    heard: set[str] = set()
    for occurrence in expand(TIMETABLES.timetables, week, week + timedelta(days=7), SETTINGS.tz):
        lines = studio.resolve(occurrence)
        assert not [line.problem for line in lines if line.problem]
        if occurrence.key.startswith(f"hang_ngay/{session}/"):
            heard |= {LIBRARY.get(line.script).topic for line in lines if line.script}
    assert {content.code for content in PLAN} <= heard


def test_every_script_airs_some_time_or_is_a_template() -> None:
    items = [item for table in TIMETABLES.timetables for session in table.sessions for item in session.items]
    named = {item.name for item in items if item.kind is ItemKind.SCRIPT}
    topics = {s.id for item in items if item.kind is ItemKind.TOPIC for s in LIBRARY.by_topic(item.name)}
    assert set(LIBRARY.scripts) - named - topics == {"khan_cap_mau"}


@pytest.mark.parametrize("name", ["sang", "chieu"])
def test_a_daily_session_lasts_as_a_commune_session_does_with_any_voice(name: str) -> None:
    (session,) = (s for table in TIMETABLES.timetables for s in table.sessions if s.name == name)
    longest = shortest = 0.0
    for item in session.items:
        scripts = LIBRARY.by_topic(item.name) if item.kind is ItemKind.TOPIC else ()
        if item.kind is ItemKind.SCRIPT:
            scripts = (LIBRARY.get(item.name),)
        lengths = sorted(syllables(script) for script in scripts if valid_on(script, SOME_DAY))
        longest += sum(lengths[-item.count :]) / SLOW_SYLLABLES_A_MINUTE
        shortest += sum(lengths[: item.count]) / FAST_SYLLABLES_A_MINUTE
    assert shortest >= 5
    assert longest * 1.2 <= session.max_minutes, "with pauses, the slowest voice would be cut off"


# --- How the sample is packaged


def test_a_checkout_is_its_own_sample() -> None:
    assert sample_station() == ROOT


def test_a_station_is_made_from_the_sample_and_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "dai"
    made = make_station(folder)
    assert {path.relative_to(folder).parts[0] for path in made} == set(SAMPLE_PARTS)
    assert made[-1] == folder / "station.toml", "written last: a copy that broke off is no station"
    settings = load_settings(folder)
    library = load_library(settings.scripts_dir)
    assert (list(library.scripts), library.problems) == (list(LIBRARY.scripts), ())


def test_a_station_is_never_made_over_another(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text("của tôi", encoding="utf-8")
    with pytest.raises(SettingsError, match="đã là một đài"):
        make_station(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["station.toml"]


def test_files_that_exist_are_kept_when_a_station_is_made(tmp_path: Path) -> None:
    (tmp_path / "tu_dien.tsv").write_text("NVH\tnhà văn hóa\n", encoding="utf-8")
    assert tmp_path / "tu_dien.tsv" not in make_station(tmp_path)
    assert (tmp_path / "tu_dien.tsv").read_text(encoding="utf-8") == "NVH\tnhà văn hóa\n"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "tep").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="không tạo được đài"):
        make_station(tmp_path / "tep" / "dai")


@pytest.mark.slow
def test_the_wheel_carries_the_sample(tmp_path: Path) -> None:
    """Built from a copy (a build writes into its source), with the setuptools of the development tools: no network."""
    source = tmp_path / "source"
    source.mkdir()
    for part in (*SAMPLE_PARTS, "broadcaster", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / part).exists():
            shutil.copyfile(ROOT / part, source / part)
    pip = [sys.executable, "-m", "pip", "wheel", str(source), "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    result = subprocess.run(pip, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith(f"broadcaster/{PACKAGED}/")}
        assert len(packed) == len([f for p in SAMPLE_PARTS for f in [ROOT / p, *(ROOT / p).rglob("*")] if f.is_file()])
        archive.extractall(tmp_path / "site")
    program = "from broadcaster.sample import sample_station; print(sample_station())"
    where = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        cwd=tmp_path / "site",
    )
    assert Path(where.stdout.strip()) == tmp_path / "site" / "broadcaster" / PACKAGED
