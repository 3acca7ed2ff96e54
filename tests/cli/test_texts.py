"""The library from the command line: new, show, check, import, approve, coverage; previews and words."""

from __future__ import annotations

import wave
import zipfile
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.journal import Journal
from broadcaster.settings import load_settings
from broadcaster.studio import Studio
from tests.cli.conftest import Call


def test_a_new_script_is_in_the_library_at_once(call: Call, station: Path) -> None:
    said = call("scripts", "new", "hop_dan", "--title", "Họp dân", "--topic", "II.1.9", station=station)
    assert said.code == 0 and str(station / "scripts_vi" / "hop_dan.txt") in said.out
    listed = {script["id"]: script for script in call("scripts", "list", "--json", station=station).json}
    assert listed["hop_dan"]["title"] == "Họp dân" and listed["hop_dan"]["author"] == "chi_hoa"
    assert call("scripts", "check", station=station).code == 0
    assert call("scripts", "new", "hop_dan", station=station).code == 3


def test_show_fills_the_placeholders_and_speaks(call: Call, station: Path) -> None:
    written = call("scripts", "show", "chao_buoi_sang", station=station)
    assert "Đây là Đài truyền thanh xã Dân Tiến" in written.out and "{ten_dai}" not in written.out
    words = call("scripts", "show", "chao_buoi_sang", "--spoken", station=station).out
    assert "đài truyền thanh xã dân tiến" in words.lower()


def test_a_topic_lists_those_below_it(call: Call, station: Path) -> None:
    topics = {script["topic"] for script in call("scripts", "list", "--topic", "III", "--json", station=station).json}
    assert topics and all(topic.startswith("III.") for topic in topics)


def test_what_cannot_be_read_for_sure_is_named_with_line_and_column(call: Call, station: Path) -> None:
    path = station / "scripts_vi" / "thu.txt"
    path.write_text('+++\nid = "thu"\ntitle = "Thử"\n+++\nMời bà con.\nGặp ông Xyzt.\n', encoding="utf-8")
    checked = call("scripts", "check", station=station)
    assert checked.code == 0  # unsure is no mistake
    assert f"{path}:6:9: «Xyzt»" in checked.out and "1 chỗ chưa chắc" in checked.out
    (station / "tu_dien.tsv").write_text("Xyzt\txít tờ\n", encoding="utf-8")
    assert "0 chỗ chưa chắc" in call("scripts", "check", station=station).out


def test_a_word_file_becomes_a_script(call: Call, station: Path, tmp_path: Path) -> None:
    file = tmp_path / "Thông báo số 5.docx"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ("THÔNG BÁO", "Kính gửi bà con {xóm Bãi}."))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "word/document.xml",
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
            f"{body}</w:body></w:document>",
        )
    assert call("scripts", "import", file, station=station).code == 0
    shown = call("scripts", "show", "thong_bao_so_5", station=station)
    assert shown.code == 0 and "Kính gửi bà con {xóm Bãi}." in shown.out


def test_coverage_marks_what_nobody_tells(call: Call, station: Path) -> None:
    rows = call("scripts", "coverage", "--json", station=station).json
    assert len(rows) == 16 and all(row["scripts"] for row in rows)
    for script in next(row for row in rows if row["code"] == "II.1.3")["scripts"]:
        (station / "scripts_vi" / f"{script}.txt").unlink()
    said = call("scripts", "coverage", station=station).out
    assert "CHƯA CÓ" in said and "15 trong 16" in said


def test_approval_is_of_one_sound_and_an_edit_needs_another(call: Call, short: Path) -> None:
    approve = ("scripts", "approve", "ngan", "--json")
    (first,) = call(*approve, station=short).json
    assert first["script"] == "ngan" and first["approved_by"] == "chi_hoa"
    journal = Journal(short / "journal" / "journal.sqlite3")
    try:
        assert journal.approval("ngan", first["audio_sha256"])[0] == "chi_hoa"
        text = short / "scripts_vi" / "ngan.txt"
        text.write_text(text.read_text(encoding="utf-8").replace("ra họp", "ra họp lúc bảy giờ"), encoding="utf-8")
        edited = load_settings(short)
        studio = Studio(edited, SystemClock(), workers=0)
        clip = studio.render(studio.script_request("ngan"))
        studio.close()
        assert journal.approval("ngan", clip.audio_sha256) is None
    finally:
        journal.close()
    assert "đã" in call("scripts", "approve", "ngan", station=short).out.lower()


def test_preview_saves_exactly_the_cached_sound(call: Call, station: Path, tmp_path: Path) -> None:
    out = tmp_path / "nghe.wav"
    said = call("preview", "ket_thuc", "--wav", out, station=station)
    assert said.code == 0 and "LUFS" in said.out
    (cached,) = (station / "audio_cache").glob("??/*.wav")
    assert out.read_bytes() == cached.read_bytes()


def test_preview_saves_an_mp3_to_post_and_a_picture(call: Call, short: Path, tmp_path: Path) -> None:
    mp3, picture = tmp_path / "bai.mp3", tmp_path / "bai.png"
    said = call("preview", "ngan", "--mp3", mp3, "--picture", picture, station=short)
    assert said.code == 0 and str(mp3) in said.out and str(picture) in said.out
    assert mp3.read_bytes().startswith(b"ID3") and "Ngắn".encode() in mp3.read_bytes()[:400]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_preview_plays_on_a_device_of_its_own(call: Call, station: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    said = call("preview", "--text", "A lô.", "--output", f"wav:{heard}", station=station)
    assert said.code == 0
    (cached,) = (station / "audio_cache").glob("??/*.wav")
    with wave.open(str(heard)) as played, wave.open(str(cached)) as clip:
        assert played.getnframes() >= clip.getnframes()


@pytest.mark.parametrize("name", ["ket_thuc", "scripts_vi/ket_thuc.txt"])
def test_preview_reads_out_a_script_by_id_or_by_file(call: Call, station: Path, name: str) -> None:
    what = station / name if "/" in name else name
    said = call("preview", what, "--text-only", station=station)
    assert said.code == 0 and "{" not in said.out and "title" not in said.out and said.out.strip()


def test_spoken_uses_the_stations_own_glossary_only_inside_a_station(call: Call, station: Path) -> None:
    (station / "tu_dien.tsv").write_text("Xyzt\txít tờ\n", encoding="utf-8")
    file = Path("dong.txt")
    file.write_text("Gặp ông Xyzt.\n", encoding="utf-8")
    assert "xít tờ" in call("spoken", file, station=station).out
    outside = call("spoken", file)
    assert "xít tờ" not in outside.out and "Xyzt" in outside.err
