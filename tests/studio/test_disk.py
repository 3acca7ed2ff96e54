"""Protected clips, a full disk, and the fallback cache of emergencies."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.errors import CacheError
from broadcaster.model import Clip, RenderRequest
from broadcaster.settings import Settings
from broadcaster.studio import Studio
from broadcaster.studio.urgent_cache import urgent_cache_folder
from tests import disks


def test_what_is_protected_is_not_pruned(make) -> None:
    studio = make(cache_max_mb=1)
    requests = [studio.text_request(f"Thông báo số {n}. " * 4, chime=False) for n in range(4)]
    clips = studio.render_all(requests)
    for age, clip in enumerate(clips):
        assert isinstance(clip, Clip)
        then = clip.path.stat().st_mtime - 7200 * (4 - age)
        os.utime(clip.path.with_name(f"{clip.key}.json"), (then, then))
    studio.protect(requests[:1])
    studio.protect(requests[1:2], besides=True)
    assert studio.cache.prune() >= 1
    assert studio.cache.get(clips[0].key) is not None  # type: ignore[union-attr]
    assert studio.cache.get(clips[1].key) is not None  # type: ignore[union-attr]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    with disks.small_disk(tmp_path / "small", 2) as folder:
        yield folder


LONG_TEXT = "Thông báo của Ủy ban nhân dân xã về việc đóng thuế đất. " * 2


def fill(studio: Studio) -> list[RenderRequest]:
    """Render until the disk is nearly full."""
    requests = [studio.text_request(f"{LONG_TEXT} Số {n}.", chime=False) for n in range(9)]
    for number, request in enumerate(requests):
        if studio.cache.info().bytes > 1_200_000:
            return requests[:number]
        studio.render(request)
    return requests


def test_a_full_disk_costs_old_clips_not_the_new_one(make, settings: Settings, full_disk: Path) -> None:
    studio = make(folder=full_disk)
    old = fill(studio)
    new = studio.text_request(LONG_TEXT * 2, chime=False)
    assert studio.render(new) == studio.ready(new, verify=True)
    assert any(studio.ready(request) is None for request in old)


def test_what_the_next_days_need_is_not_given_up_and_the_error_says_so(make, full_disk: Path) -> None:
    studio = make(folder=full_disk)
    needed = fill(studio)
    studio.protect(needed)
    with pytest.raises(CacheError, match="đầy"):
        studio.render(studio.text_request(LONG_TEXT * 3, chime=False))
    assert all(studio.ready(request, verify=True) for request in needed)


def test_a_rendering_process_does_not_give_up_what_the_next_days_need(
    make, settings: Settings, full_disk: Path, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    needed = fill(make(folder=full_disk))
    studio = Studio(dataclasses.replace(settings, folder=full_disk, engines=("tone",)), SystemClock(), workers=1)
    try:
        studio.protect(needed)
        with pytest.raises(CacheError, match="đầy"):
            studio.render(studio.text_request(LONG_TEXT * 3, chime=False))
        assert all(studio.ready(request, verify=True) for request in needed)
        studio.protect([])
        new = studio.text_request(LONG_TEXT * 2, chime=False)
        assert studio.render(new) == studio.ready(new, verify=True), "room is made out of what nobody needs"
    finally:
        studio.close()


def test_an_emergency_is_heard_although_the_disk_is_full(make, full_disk: Path, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    studio = make(folder=full_disk)
    studio.protect(fill(studio))
    request = studio.text_request(LONG_TEXT * 3, urgent=True)
    clip = studio.render(request)
    assert clip == studio.ready(request, verify=True)
    assert tmp_path in clip.path.parents
    assert full_disk not in clip.path.parents
    assert make(folder=full_disk).ready(request) == clip, "another process finds it"


def test_a_fallback_cache_that_somebody_else_made_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can make a file somebody else's")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    ours = urgent_cache_folder(tmp_path / "dai")
    assert ours.parent == tmp_path
    ours.mkdir()
    os.chown(ours, 12345, 12345)
    assert urgent_cache_folder(tmp_path / "dai").parent != tmp_path
