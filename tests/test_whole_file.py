"""Files that are whole or absent, and locks that die with their holder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.file_lock import lock_path, try_lock, unlock_and_remove
from broadcaster.whole_file import replacing, write_whole


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_at_once_and_nothing_lies_beside_it(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "tep.json"
    write_whole(path, "cũ", durable=durable)
    write_whole(path, "mới".encode(), durable=durable)
    assert path.read_text(encoding="utf-8") == "mới"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "tep.json"
    write_whole(path, "cũ", durable=False)
    with pytest.raises(ZeroDivisionError), replacing(path, durable=False) as temporary:
        temporary.write_text("nửa", encoding="utf-8")
        raise ZeroDivisionError
    assert path.read_text(encoding="utf-8") == "cũ"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "khong_co" / "tep.json", b"x", durable=False)


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_permissions_are_set_before_the_file_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "dia_chi.json"
    write_whole(path, b"x", durable=False, mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_lock_is_held_by_one_and_free_after_it(tmp_path: Path) -> None:
    path = tmp_path / "khoa" / "mot"
    held = lock_path(path)
    assert held is not None
    assert lock_path(path) is None
    unlock_and_remove(held, path)
    assert not path.exists()
    again = lock_path(path)
    assert again is not None
    unlock_and_remove(again, path)


def test_a_file_whose_name_was_taken_away_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "mot"
    first = lock_path(path)
    assert first is not None
    with path.open("ab") as waiting:
        unlock_and_remove(first, path)
        assert try_lock(waiting), "free, but nobody else will find it"
        second = lock_path(path)
        assert second is not None, "so the name is worth a new one"
        unlock_and_remove(second, path)


HOLDER = """
import sys, time
from pathlib import Path
from broadcaster.file_lock import lock_path
file = lock_path(Path(sys.argv[1]))
print(file is not None, flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "mot"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"True"
        assert lock_path(path) is None
        holder.kill()
        holder.wait(10)
    file = lock_path(path)
    assert file is not None
    unlock_and_remove(file, path)
