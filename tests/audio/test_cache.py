"""The cache: an entry is whole or absent, even after a kill; a damaged one is never played."""

from __future__ import annotations

import array
import errno
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import timeit
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.audio import Cache, DiskFullError, Facts
from broadcaster.audio.cache import LEFTOVER_S, TOUCH_S, samples_sha256
from broadcaster.errors import CacheError
from broadcaster.model import STATION_RATE_HZ, Clip, Sha256
from tests import disks

HOUR_S = 3600


def key_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def write_sound(path: Path, seconds: float = 0.1, value: int = 1000) -> Facts:
    data = array.array("h", [value, -value] * int(seconds * STATION_RATE_HZ / 2)).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(STATION_RATE_HZ)
        file.writeframes(data)
    return Facts(
        audio_sha256=Sha256(hashlib.sha256(data).hexdigest()),
        text_sha256=Sha256("0" * 64),
        frames=len(data) // 2,
        engine="tone",
        voice="tone",
        loudness_lufs=-16.0,
        true_peak_dbtp=-1.6,
        title="Thông báo",
    )


def put(cache: Cache, name: str, *, seconds: float = 0.1, value: int = 1000, age_s: float = 0) -> Clip:
    clip = cache.put(key_of(name), lambda path: write_sound(path, seconds, value))
    if age_s:
        grow_old(entry_of(clip), age_s)
    return clip


def entry_of(clip: Clip) -> Path:
    return clip.path.with_name(f"{clip.key}.json")


def grow_old(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def files(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.folder.rglob("*") if path.is_file() and path.name != ".gitignore")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "audio_cache", max_mb=1)


def test_what_was_put_is_found_with_every_fact(cache: Cache) -> None:
    made = put(cache, "a")
    assert cache.get(key_of("a")) == made
    assert cache.get(key_of("a"), verify=True) == made
    assert (made.frames, made.engine, made.title) == (4_800, "tone", "Thông báo")
    assert Cache(cache.folder, 1).get(key_of("a")) == made, "by another process too"


def test_an_unknown_key_is_none_and_makes_no_folder(cache: Cache) -> None:
    assert cache.get(key_of("a")) is None
    assert cache.prune() == cache.clear() == cache.info().entries == 0
    assert not cache.folder.exists()


def test_a_fresh_folder_keeps_itself_out_of_version_control(cache: Cache) -> None:
    put(cache, "a")
    assert (cache.folder / ".gitignore").read_text(encoding="utf-8") == "*\n!.gitignore\n"


def cut_short(clip: Clip) -> None:
    with clip.path.open("rb+") as file:
        file.truncate(1_000)


def grow(clip: Clip) -> None:
    with clip.path.open("ab") as file:
        file.write(b"\0\0")


def lose_sound(clip: Clip) -> None:
    clip.path.unlink()


def garble_entry(clip: Clip) -> None:
    entry_of(clip).write_bytes(b"\xff\xfe not json")


def forget_a_fact(clip: Clip) -> None:
    facts = json.loads(entry_of(clip).read_text(encoding="utf-8"))
    del facts["frames"]
    entry_of(clip).write_text(json.dumps(facts), encoding="utf-8")


def other_version(clip: Clip) -> None:
    facts = json.loads(entry_of(clip).read_text(encoding="utf-8")) | {"version": 999}
    entry_of(clip).write_text(json.dumps(facts), encoding="utf-8")


def empty_entry(clip: Clip) -> None:
    entry_of(clip).write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [cut_short, grow, lose_sound, garble_entry, forget_a_fact, other_version, empty_entry]
)
def test_a_damaged_entry_is_removed_counted_and_can_be_made_again(cache: Cache, damage) -> None:
    damage(put(cache, "a"))
    assert cache.get(key_of("a")) is None
    assert cache.info().damaged == 1
    assert cache.info().entries == 0
    again = put(cache, "a")
    assert cache.get(key_of("a"), verify=True) == again


@given(at=st.integers(44, 44 + 9_599), bit=st.integers(0, 7))
@settings(max_examples=25, deadline=None)
def test_a_single_flipped_bit_is_found_by_verifying(tmp_path_factory, at: int, bit: int) -> None:
    cache = Cache(tmp_path_factory.mktemp("c"), 1)
    clip = put(cache, "a")
    data = bytearray(clip.path.read_bytes())
    data[at] ^= 1 << bit
    clip.path.write_bytes(data)
    assert cache.get(clip.key) is not None, "the length is right: only verifying can tell"
    assert cache.get(clip.key, verify=True) is None
    assert cache.damaged == 1


def test_a_failed_writer_leaves_nothing_and_its_error_passes(cache: Cache) -> None:
    def fail(path: Path) -> Facts:
        path.write_bytes(b"half")
        raise ValueError("engine died")

    with pytest.raises(ValueError, match="engine died"):
        cache.put(key_of("a"), fail)
    assert files(cache) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "đầy"), (errno.EROFS, "chỉ đọc"), (errno.EACCES, "quyền"), (errno.EIO, "không ghi được")],
)
def test_a_disk_that_does_not_take_it_is_said_with_a_cure(cache: Cache, number: int, words: str) -> None:
    def fail(path: Path) -> Facts:
        path.write_bytes(b"half")
        raise OSError(number, os.strerror(number))

    with pytest.raises(CacheError, match=words) as refused:
        cache.put(key_of("a"), fail)
    assert isinstance(refused.value, DiskFullError) is (number == errno.ENOSPC)
    assert refused.value.cure is not None
    assert refused.value.exit_code == 3
    assert files(cache) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    with disks.small_disk(tmp_path / "small", 1) as folder:
        yield folder


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    cache = Cache(small_disk / "audio_cache", 100)
    old = put(cache, "old", seconds=4, age_s=HOUR_S)
    put(cache, "new", seconds=4)
    with pytest.raises(DiskFullError):
        put(cache, "more", seconds=4)
    assert cache.info().entries == 2
    assert cache.info().leftovers == 0
    assert cache.evict(300_000) == 1
    assert cache.get(old.key) is None
    assert put(cache, "more", seconds=4) == cache.get(key_of("more"), verify=True)


def test_an_entry_replaced_by_a_better_one_leaves_the_old_sound_to_who_plays_it(cache: Cache) -> None:
    first = put(cache, "a", value=1000)
    second = put(cache, "a", value=2000)
    assert cache.get(key_of("a"), verify=True) == second
    assert samples_sha256(first.path) == first.audio_sha256, "whoever holds the clip plays what was approved"
    assert cache.info().leftovers == 1
    grow_old(first.path, LEFTOVER_S + 1)
    cache.prune()
    assert not first.path.exists()
    assert cache.get(key_of("a"), verify=True) == second


def test_pruning_removes_the_least_recently_used_first(cache: Cache) -> None:
    for age in range(1, 6):
        put(cache, str(age), seconds=3, age_s=age * HOUR_S)  # 288 kB each, 1 MB allowed
    assert cache.prune() == 2
    assert [cache.get(key_of(str(age))) is not None for age in range(1, 6)] == [True, True, True, False, False]
    assert cache.info().bytes <= cache.max_bytes
    assert cache.prune() == 0


def test_use_is_noted_and_spares_an_entry(cache: Cache) -> None:
    for age in range(2, 7):
        put(cache, str(age), seconds=3, age_s=age * TOUCH_S)
    assert cache.get(key_of("6")) is not None
    cache.prune()
    assert cache.get(key_of("6")) is not None
    assert cache.get(key_of("5")) is None


def test_use_is_not_written_to_disk_at_every_look(cache: Cache) -> None:
    clip = put(cache, "a", age_s=60)
    before = entry_of(clip).stat().st_mtime_ns
    cache.get(clip.key)
    assert entry_of(clip).stat().st_mtime_ns == before


def test_what_is_protected_stays_even_above_the_bound(cache: Cache) -> None:
    clips = [put(cache, str(n), seconds=3, age_s=n * HOUR_S) for n in range(1, 7)]
    cache.protect(clip.key for clip in clips[1:])
    assert cache.prune() == 1
    assert cache.get(clips[0].key) is None
    assert cache.evict(10_000_000) == 0
    cache.protect([])
    assert cache.prune() == 2


def test_leftovers_of_killed_writers_go_and_running_writers_are_left_alone(cache: Cache) -> None:
    clip = put(cache, "a")
    dead, alive = (clip.path.parent / f".{key_of(name)}.1.0.tmp" for name in "bc")
    for path in (dead, alive):
        path.write_bytes(b"half a clip")
    grow_old(dead, LEFTOVER_S + 1)
    assert cache.info().leftovers == 2
    cache.prune()
    assert not dead.exists()
    assert alive.exists()


def test_clear_removes_everything(cache: Cache) -> None:
    for name in "abc":
        put(cache, name)
    cache.protect([key_of("a")])
    assert cache.clear() == 3
    assert files(cache) == []
    assert cache.keys() == frozenset()


def test_a_read_only_cache_still_serves(cache: Cache) -> None:
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    clip = put(cache, "a", age_s=2 * HOUR_S)
    entry_of(clip).parent.chmod(0o500)
    try:
        assert cache.get(clip.key, verify=True) == clip
    finally:
        entry_of(clip).parent.chmod(0o700)


def test_a_verified_file_is_not_hashed_again_until_it_changes(cache: Cache) -> None:
    clip = put(cache, "a", seconds=20)
    first = min(timeit.repeat(lambda: Cache(cache.folder, 1).get(clip.key, verify=True), number=1, repeat=3))
    cache.get(clip.key, verify=True)
    again = min(timeit.repeat(lambda: cache.get(clip.key, verify=True), number=1, repeat=3))
    assert again < first / 2
    data = bytearray(clip.path.read_bytes())
    data[1000] ^= 1
    clip.path.write_bytes(data)
    assert cache.get(clip.key, verify=True) is None


def test_thousands_of_entries_are_pruned_in_a_moment(cache: Cache) -> None:
    clip = put(cache, "0", seconds=0.001)
    facts, sound = entry_of(clip).read_text(encoding="utf-8"), clip.path.read_bytes()
    for number in range(1, 1500):  # without the 3000 fsyncs of a put
        key = key_of(str(number))
        folder = cache.folder / key[:2]
        folder.mkdir(exist_ok=True)
        (folder / f"{key}.1.wav").write_bytes(sound)
        (folder / f"{key}.json").write_text(facts.replace(clip.path.name, f"{key}.1.wav"), encoding="utf-8")
    assert min(timeit.repeat(cache.prune, number=1, repeat=3)) < 0.2
    assert cache.info().entries == 1500


def test_a_look_takes_well_below_a_millisecond(cache: Cache) -> None:
    clip = put(cache, "a")
    # The best of several runs: other tests keep both cores busy.
    assert min(timeit.repeat(lambda: cache.get(clip.key), number=20, repeat=10)) / 20 < 0.001


WRITER = """
import sys
from pathlib import Path
from broadcaster.audio import Cache
from tests.audio.test_cache import key_of, write_sound
cache = Cache(Path(sys.argv[1]), 1)
print("begun", flush=True)
for number in range(10_000):
    cache.put(key_of(str(number % 7)), lambda path: write_sound(path, 1, number % 100 + 1))
"""


def test_killed_writers_never_leave_a_half_entry(cache: Cache) -> None:
    for _ in range(3):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(cache.folder)], stdout=subprocess.PIPE)
            for _ in range(2)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"begun\n"
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            for number in range(7):
                cache.get(key_of(str(number)), verify=True)
        for writer in writers:
            writer.kill()
            writer.wait(10)
            writer.stdout.close()
    assert cache.damaged == 0
    assert cache.info().entries == 7
    for name in list(cache.keys()):
        assert cache.get(name, verify=True) is not None


def test_threads_write_and_prune_at_once(cache: Cache) -> None:
    problems: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for number in range(20):
                put(cache, f"{(number * seed) % 11}", seconds=2)
                cache.prune()
        except BaseException as problem:  # noqa: BLE001  (reported below, in the test's own thread)
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 3, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not problems
    assert cache.info().bytes <= cache.max_bytes + 3 * 200_000
    for name in sorted(cache.keys()):
        assert cache.get(name, verify=True) is not None
