"""What a clip's sound depends on, as words to speak and as cache keys. Standard library only: the station asks this.

Whatever can change a sample is in the key: the spoken words with their pauses and rates, voice and engine with its
version, the sound settings, the bytes of chime and recordings (of the built-in chime its version), and the version of
the studio itself. Titles, file names and the spelling of the text are not.
"""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from broadcaster.audio import chime as built_in
from broadcaster.errors import AudioError, Words
from broadcaster.file_stamp import FileStamp, file_stamp
from broadcaster.model import ItemKind, RenderRequest, Sha256, Spoken
from broadcaster.settings import Settings
from broadcaster.text import load_glossary, read_aloud

STUDIO_VERSION = 1
"""Changes whenever mastering or assembling makes other samples of the same parts."""
BUILT_IN_CHIME = "chime"
"""`[sound] chime` of station.toml: the one the program makes."""
REMEMBERED = 512
"""Texts whose words are kept in memory; a week's timetable has fewer."""
_CHUNK = 1 << 20


class Recipes:
    """Of one station. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._hashes: dict[FileStamp, Sha256] = {}
        self._sounds: OrderedDict[object, str] = OrderedDict()
        self._read = functools.lru_cache(maxsize=REMEMBERED)(self._read_aloud)

    def words(self, text: str) -> Spoken:
        """The text as the voice will speak it, by the glossary as it is on disk now."""
        return self._read(text, file_stamp(self._settings.glossary_path))

    def chime_file(self) -> Path | None:
        """The station's own chime; None: the built-in one, also when the file is gone (a station without its chime
        file must still be heard; `doctor` says so)."""
        name = self._settings.sound.chime
        path = self._settings.folder / name
        return None if name == BUILT_IN_CHIME or not path.is_file() else path

    def sound(self, request: RenderRequest) -> str:
        """Hash of everything but the voice. Raises AudioError when a recording cannot be read."""
        chime = self.chime_file()
        used = (*request.recordings, *([chime] if chime else []))
        memory_key = (
            request.kind, request.text, request.recordings, request.chime, request.pause_s, request.repeat,
            file_stamp(self._settings.glossary_path), chime, tuple(file_stamp(path) for path in used),
        )  # fmt: skip
        with self._lock:
            known = self._sounds.get(memory_key)
            if known is not None:
                self._sounds.move_to_end(memory_key)
                return known
        sound = self._sound(request, chime)
        with self._lock:
            self._sounds[memory_key] = sound
            if len(self._sounds) > REMEMBERED:
                self._sounds.popitem(last=False)
        return sound

    def key(self, request: RenderRequest, *, engine: str = "", version: str = "", voice: str = "") -> str:
        """The cache key of the request in one voice; of one without words, without one. Raises AudioError."""
        parts: dict[str, object] = {"sound": self.sound(request)}
        if engine:
            parts |= {"engine": engine, "version": version, "voice": voice, "rate": self._settings.rate}
        return _digest(parts)

    def text_sha256(self, request: RenderRequest) -> Sha256:
        """Of the written text; without text, of the recording (of the hashes, when they are several)."""
        if request.text or not request.recordings:
            return Sha256(hashlib.sha256(request.text.encode()).hexdigest())
        hashes = [self._file_sha256(path) for path in request.recordings]
        return hashes[0] if len(hashes) == 1 else Sha256(hashlib.sha256("".join(hashes).encode()).hexdigest())

    def _sound(self, request: RenderRequest, chime: Path | None) -> str:
        parts: dict[str, object] = {"studio": STUDIO_VERSION, "pause_s": request.pause_s}
        if request.kind is not ItemKind.PAUSE:
            sound = self._settings.sound
            parts |= {"lufs": sound.loudness_lufs, "dbtp": sound.true_peak_dbtp, "repeat": request.repeat}
            if request.text:
                parts["phrases"] = [asdict(phrase) for phrase in self.words(request.text).phrases]
            if request.recordings:
                parts["recordings"] = [self._file_sha256(path) for path in request.recordings]
            if request.chime or request.kind is ItemKind.CHIME:
                parts["chime"] = self._file_sha256(chime) if chime else f"{BUILT_IN_CHIME} {built_in.CHIME_VERSION}"
        return _digest(parts)

    def _read_aloud(self, text: str, glossary: FileStamp) -> Spoken:
        """`glossary` stands for the file's content: another one means another reading."""
        sound = self._settings.sound
        return read_aloud(
            text,
            reading=self._settings.reading,
            glossary=load_glossary(self._settings.glossary_path),
            sentence_pause_ms=sound.sentence_pause_ms,
            paragraph_pause_ms=sound.paragraph_pause_ms,
        )

    def _file_sha256(self, path: Path) -> Sha256:
        stamp = file_stamp(path)
        with self._lock:
            known = self._hashes.get(stamp)
        if known is None:
            known = _hash_file(path)
            with self._lock:
                self._hashes[stamp] = known
        return known


def _hash_file(path: Path) -> Sha256:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while data := file.read(_CHUNK):
                digest.update(data)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise AudioError(
            Words(f"không đọc được tệp âm thanh ({reason})", f"cannot read the sound file ({reason})"),
            where=str(path),
            cure=Words("Xem lại tên tệp, quyền đọc và ổ đĩa", "Check the file's name, its permissions and the disk"),
        ) from problem
    return Sha256(digest.hexdigest())


def _digest(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
