"""Whether a sound file is whole, by what its container says of itself. Standard library only, one pass, little memory.

Decoders are no judge: libsndfile reads a truncated wav or ogg without a word. So the containers are read here; those of
MP3 in `broadcaster.mp3_frames`.
"""

from __future__ import annotations

import struct
from pathlib import Path

_UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""What a wav writer that cannot seek back (a pipe) leaves in the size field: believe the file's length."""


def wav_missing_bytes(path: Path) -> int:
    """Bytes of sound that the header of a RIFF/RF64 file promises and the file does not have; 0 when whole."""
    length = path.stat().st_size
    with path.open("rb") as file:
        riff = file.read(12)
        if len(riff) < 12 or riff[:4] not in (b"RIFF", b"RF64") or riff[8:] != b"WAVE":
            return 0
        long_size = None
        while len(head := file.read(8)) == 8:
            name, size = head[:4], struct.unpack("<I", head[4:])[0]
            if name == b"ds64":
                body = file.read(size)
                long_size = struct.unpack("<Q", body[8:16])[0] if len(body) >= 16 else None
                continue
            if name == b"data":
                if size == 0xFFFFFFFF and long_size is not None:
                    size = long_size
                elif size in _UNKNOWN_SIZES:
                    return 0
                return max(0, int(size) - (length - file.tell()))
            file.seek(size + (size & 1), 1)
    return 0


def ogg_is_cut(path: Path) -> bool:
    """Whether an Ogg file ends inside a page, or without the end-of-stream mark of its last page."""
    length = path.stat().st_size
    tail = min(length, 2 * 65_307)  # the largest possible page, twice
    with path.open("rb") as file:
        file.seek(length - tail)
        data = file.read()
    at = data.rfind(b"OggS")
    if at < 0 or len(data) - at < 27:
        return True
    segments = data[at + 26]
    table = data[at + 27 : at + 27 + segments]
    if len(table) < segments or len(data) - at < 27 + segments + sum(table):
        return True
    return not data[at + 5] & 4
