"""Stamps tell that a file or a folder has changed."""

from __future__ import annotations

from pathlib import Path

from broadcaster.file_stamp import file_stamp, folder_stamp


def test_the_stamp_of_a_folder_changes_with_every_file_that_is_made_edited_or_removed(tmp_path: Path) -> None:
    stamps = [folder_stamp(tmp_path)]
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("một")
    stamps.append(folder_stamp(tmp_path))
    second.write_text("hai")
    stamps.append(folder_stamp(tmp_path))
    second.write_text("hai ba")
    stamps.append(folder_stamp(tmp_path))
    first.unlink()
    stamps.append(folder_stamp(tmp_path))
    assert len(set(stamps)) == len(stamps)
    assert folder_stamp(tmp_path) == stamps[-1]


def test_what_is_not_there_has_a_stamp_that_changes_when_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "tu_dien.tsv"
    assert folder_stamp(tmp_path / "khong_co") == ()
    missing = file_stamp(path)
    path.write_text("UBND\tủy ban\n")
    assert missing == (str(path), 0, 0)
    assert file_stamp(path) != missing
