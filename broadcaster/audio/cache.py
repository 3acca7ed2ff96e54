"""The audio cache: rendered clips on disk, found by a key of everything that can change their sound.

    audio_cache/ab/abcd….json          one entry: the facts of a clip, and the name of its sound file
    audio_cache/ab/abcd….1a2b3c4d.wav  the sound, under a name that is never used again

The json file is the entry: it is put in place last and atomically, so an entry is whole or absent, whoever was killed
when. A sound file never changes once it is there: whoever holds a `Clip` plays what was measured and approved. The
folder may be deleted at any time, and any number of processes may use it at once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import wave
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from broadcaster.clock import SystemClock
from broadcaster.errors import CacheError, Words
from broadcaster.model import Clip, Sha256
from broadcaster.whole_file import replacing, write_whole

ENTRY_VERSION = 1
"""Entries of another version are as good as absent."""
LEFTOVER_S = 900.0
"""A temporary file untouched for this long has no writer any more: none pauses that long between two blocks."""
TOUCH_S = 3600.0
"""Use is noted at most once an hour: an SD card should not be written for every look."""
VERIFIED_S = 3600.0
"""A file that did not change is not hashed again for so long: 45 minutes of sound take seconds on a slow disk, and are
verified ahead of their minute."""
_WAV_HEADER = 44
_BYTES_PER_FRAME = 2
_CHUNK = 1 << 20


class DiskFullError(CacheError):
    """There was no room for the entry. `Cache.evict` may help."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the writer of an entry knows of the sound it wrote: a `Clip` without key and path."""

    audio_sha256: Sha256
    text_sha256: Sha256
    frames: int
    engine: str
    voice: str
    loudness_lufs: float
    true_peak_dbtp: float
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class CacheInfo:
    """The cache as it is on disk now."""

    entries: int
    bytes: int
    max_bytes: int
    leftovers: int
    """Files that belong to no entry: of running or killed writers, or replaced by a better rendering."""
    damaged: int
    """Entries this process found damaged, and removed, since it started."""


class Cache:
    """See the module. Safe to use from several threads."""

    def __init__(self, folder: Path, max_mb: int) -> None:
        """`folder` is made when first written to; `max_mb` (10⁶ bytes) is what `prune` brings it down to."""
        self.folder = folder.absolute()
        self.max_bytes = max_mb * 1_000_000
        self.damaged = 0
        self._protected: frozenset[str] = frozenset()
        self._verified: dict[Path, tuple[tuple[int, int, int], float]] = {}
        """Sound → (size, time of change, inode) when its hash was right, and until when that is believed."""

    def get(self, key: str, *, verify: bool = False) -> Clip | None:
        """The clip of `key`, or None. Well below a millisecond.

        The sound file must be there in full length. With `verify` its samples must also have the hash they were stored
        with: 0.1 ms a second of sound, more on a slow disk, but not again within the hour while the file is the same.
        An entry that is not so is removed and counted in `damaged`.
        """
        entry = self._entry(key)
        try:
            clip = _clip(key, entry, json.loads(entry.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            self.damaged += 1
            _remove(entry)
            return None
        if not self._is_whole(clip, verify=verify):
            self.damaged += 1
            _discard(entry, clip.path)
            return None
        self._note_use(entry)
        return clip

    def put(self, key: str, write: Callable[[Path], Facts]) -> Clip:
        """Make an entry: `write` is given a path, writes the wav file there (mono, 16 bit) and says what it wrote.

        Whatever `write` raises leaves no trace. Raises CacheError when the disk is full, read-only or broken.
        """
        entry = self._entry(key)
        # A name of its own: a prune that is removing an older sound of this key must not take the new one.
        sound = entry.parent / f"{key}.{secrets.token_hex(4)}.wav"
        try:
            self._make_folder(entry.parent)
            with replacing(sound, durable=True) as temporary:
                facts = write(temporary)
            told = {"version": ENTRY_VERSION, "sound": sound.name, **asdict(facts)}
            write_whole(entry, json.dumps(told, ensure_ascii=False), durable=True)
        except OSError as problem:
            raise _cannot_write(self.folder, problem) from problem
        return Clip(key=key, path=sound, **asdict(facts))

    def protect(self, keys: Iterable[str], *, besides: bool = False) -> None:
        """Exempt these keys from every following `prune` and `evict` of this process; no others, unless `besides`."""
        self._protected = self._protected.union(keys) if besides else frozenset(keys)

    def prune(self) -> int:
        """Remove leftovers, then the least recently used entries that are not protected, down to `max_mb`.

        Returns the number of entries removed. What is protected stays even when it alone is larger than the bound.
        """
        entries = self._scan()
        self._remove_leftovers(entries)
        excess = sum(entry.bytes for entry in entries) - self.max_bytes
        return self._remove_oldest(entries, excess)

    def evict(self, size: int) -> int:
        """Free at least `size` bytes the way `prune` does, whatever the bound: the disk is fuller than it should be.

        Returns the number of entries removed; 0 when everything is protected.
        """
        entries = self._scan()
        self._remove_leftovers(entries)
        return self._remove_oldest(entries, size)

    def clear(self) -> int:
        """Remove every entry, protected or not, and leftovers. Returns the number of entries. Raises CacheError."""
        entries = self._scan()
        self._remove_leftovers(entries)
        for entry in entries:
            _discard(entry.path, entry.sound)
        left = sum(entry.path.exists() or entry.sound.exists() for entry in entries)
        if left:
            raise CacheError(
                Words(f"không xóa được {left} tệp âm thanh", f"{left} sound files could not be removed"),
                where=str(self.folder),
                cure=Words(
                    "Xem lại quyền ghi của thư mục, đóng chương trình đang mở các tệp này",
                    "Check the folder's permissions and close programs that hold these files",
                ),
            )
        return len(entries)

    def info(self) -> CacheInfo:
        """Count what is there."""
        entries = self._scan()
        return CacheInfo(
            entries=len(entries),
            bytes=sum(entry.bytes for entry in entries),
            max_bytes=self.max_bytes,
            leftovers=len(self._leftovers(entries)),
            damaged=self.damaged,
        )

    def keys(self) -> frozenset[str]:
        """Keys of all entries."""
        return frozenset(entry.path.stem for entry in self._scan())

    def _entry(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Rendered sound is nobody's source: keep it out of version control wherever the station's folder lives.
        ignored = self.folder / ".gitignore"
        if not ignored.exists():
            write_whole(ignored, "*\n!.gitignore\n", durable=False)

    def _is_whole(self, clip: Clip, *, verify: bool) -> bool:
        try:
            facts = clip.path.stat()
            if facts.st_size != _WAV_HEADER + clip.frames * _BYTES_PER_FRAME:
                return False
            stamp = (facts.st_size, facts.st_mtime_ns, facts.st_ino)
            known_stamp, until = self._verified.get(clip.path, (None, 0.0))
            if not verify or (known_stamp == stamp and _now() < until):
                return True
            whole = samples_sha256(clip.path) == clip.audio_sha256
        except (OSError, wave.Error, EOFError):
            return False
        if whole:
            self._verified[clip.path] = (stamp, _now() + VERIFIED_S)
        return whole

    def _note_use(self, entry: Path) -> None:
        with contextlib.suppress(OSError):  # a read-only cache still serves
            if _now() - entry.stat().st_mtime > TOUCH_S:
                os.utime(entry)

    def _scan(self) -> list[_OnDisk]:
        """Every entry. By names and sizes alone: this is done after every rendering, over thousands of entries."""
        found = []
        for folder in self.folder.glob("??"):
            entries: dict[str, os.stat_result] = {}
            sounds: dict[str, list[tuple[str, int]]] = {}
            with contextlib.suppress(OSError), os.scandir(folder) as files:
                for file in files:
                    key, _, ending = file.name.partition(".")
                    with contextlib.suppress(FileNotFoundError):  # another process prunes, too
                        if ending == "json":
                            entries[key] = file.stat()
                        elif key and ending.endswith("wav"):
                            sounds.setdefault(key, []).append((file.name, file.stat().st_size))
            for key, facts in entries.items():
                entry = folder / f"{key}.json"
                name, size = self._sound_of(entry, sounds.get(key, []))
                found.append(_OnDisk(path=entry, sound=folder / name, bytes=facts.st_size + size, used=facts.st_mtime))
        return found

    def _sound_of(self, entry: Path, sounds: list[tuple[str, int]]) -> tuple[str, int]:
        """Which of the sounds of a key its entry names, and its size. More than one: some were replaced."""
        if len(sounds) > 1:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                named = json.loads(entry.read_bytes())["sound"]
                return next(((name, size) for name, size in sounds if name == named), sounds[0])
        return sounds[0] if sounds else (f"{entry.stem}.wav", 0)

    def _remove_oldest(self, entries: list[_OnDisk], excess: int) -> int:
        removed = 0
        for entry in sorted(entries, key=lambda entry: entry.used):
            if excess <= 0:
                break
            if entry.path.stem not in self._protected:
                _discard(entry.path, entry.sound)
                excess -= entry.bytes
                removed += 1
        return removed

    def _leftovers(self, entries: list[_OnDisk]) -> list[Path]:
        """Temporary files, and sounds that no entry names."""
        named = {entry.sound for entry in entries}
        return [
            path for pattern in ("??/.*.tmp", "??/*.wav") for path in self.folder.glob(pattern) if path not in named
        ]

    def _remove_leftovers(self, entries: list[_OnDisk]) -> None:
        now = _now()
        for path in self._leftovers(entries):
            with contextlib.suppress(FileNotFoundError):
                if now - path.stat().st_mtime > LEFTOVER_S:
                    _remove(path)


@dataclass(frozen=True, kw_only=True)
class _OnDisk:
    path: Path
    sound: Path
    bytes: int
    used: float


def samples_sha256(path: Path) -> Sha256:
    """Hash of the sample bytes of a wav file (not of its header). Raises OSError, wave.Error or EOFError."""
    digest = hashlib.sha256()
    with wave.open(str(path), "rb") as file:
        while data := file.readframes(_CHUNK):
            digest.update(data)
    return Sha256(digest.hexdigest())


def _clip(key: str, entry: Path, facts: dict[str, Any]) -> Clip:
    """Raises KeyError, TypeError or ValueError when the entry is not one of ours."""
    if facts.pop("version") != ENTRY_VERSION:
        raise ValueError("another version")
    return Clip(key=key, path=entry.parent / str(facts.pop("sound")), **facts)


def _now() -> float:
    """By the machine's clock, which stamps the files: a test clock knows nothing of their ages."""
    return SystemClock().now().timestamp()


def _discard(entry: Path, sound: Path) -> None:
    """The entry first: a sound without an entry is a leftover, an entry without its sound would be damaged."""
    _remove(entry)
    _remove(sound)


def _remove(path: Path) -> None:
    # Windows refuses while somebody plays the file; it is then a leftover, for the next time.
    with contextlib.suppress(OSError):
        path.unlink()


_REASONS = {
    errno.ENOSPC: (
        Words("ổ đĩa đã đầy, không lưu được âm thanh", "the disk is full; the sound was not stored"),
        Words(
            "Xóa bớt tệp không dùng, hoặc chạy «broadcaster cache prune»",
            "Delete files you do not need, or run 'broadcaster cache prune'",
        ),
    ),
    errno.EROFS: (
        Words("ổ đĩa chỉ đọc, không lưu được âm thanh", "the disk is read-only; the sound was not stored"),
        Words(
            "Kiểm tra ổ đĩa, có thể ổ đã hỏng hoặc bị khóa ghi", "Check the disk; it may be failing or write-protected"
        ),
    ),
    errno.EACCES: (
        Words("không có quyền ghi vào kho âm thanh", "no permission to write to the audio cache"),
        Words("Cho tài khoản chạy đài quyền ghi thư mục này", "Let the station's account write to this folder"),
    ),
}
_REASONS[errno.EDQUOT] = _REASONS[errno.ENOSPC]
_REASONS[errno.EPERM] = _REASONS[errno.EACCES]


def _cannot_write(folder: Path, problem: OSError) -> CacheError:
    detail = problem.strerror or str(problem)
    what, cure = _REASONS.get(
        problem.errno or 0,
        (
            Words(f"không ghi được kho âm thanh ({detail})", f"the audio cache cannot be written ({detail})"),
            Words("Kiểm tra ổ đĩa và thư mục này", "Check the disk and this folder"),
        ),
    )
    kind = DiskFullError if problem.errno in (errno.ENOSPC, errno.EDQUOT) else CacheError
    return kind(what, where=str(folder), cure=cure)
