"""The frames of an MP3: what their headers say, whether all of them are there. Standard library only, one pass.

Decoders are no judge: libsndfile reads a truncated MP3 silently short, and of a *whole* one with a variable bit rate
and no Xing header, or of several joined end to end, it reads only the beginning.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

_BITRATES_KBPS = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By (MPEG 1, or 2 for 2 and 2.5; layer). ISO/IEC 11172-3 and 13818-3."""
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""By the two version bits: 3 MPEG 1, 2 MPEG 2, 0 MPEG 2.5."""
_ID3V1_BYTES = 128

Data = bytes | mmap.mmap


@dataclass(frozen=True, kw_only=True)
class Mp3Frame:
    """What one frame header says."""

    size: int
    """Bytes, header included."""
    layer: int
    """1 to 3."""
    samples: int
    """Per channel."""
    rate_hz: int
    channels: int
    side_info: int
    """Bytes between the header and a Xing tag."""


@dataclass(frozen=True, kw_only=True)
class Mp3Scan:
    """All frames of an MP3."""

    first: int
    """Byte offset of the first sounding frame."""
    frames: int
    """Sounding frames found (a leading Xing/Info frame is not one)."""
    promised: int | None
    """Frames that the Xing/Info header promises; None without one."""
    cut: bool
    """The last frame is incomplete, or fewer frames are there than promised."""
    strange: int
    """Bytes before, between and behind the frames that are neither a frame nor an ID3 tag: tags of other players, or
    damage."""
    frame: Mp3Frame
    """The first frame's header."""

    @property
    def duration_s(self) -> float:
        """Length in seconds of all sounding frames."""
        return self.frames * self.frame.samples / self.frame.rate_hz


def scan_file(path: Path) -> Mp3Scan | None:
    """Walk the frames of a file; None when there are none. About 0.1 s for 45 minutes. Raises OSError."""
    with path.open("rb") as file:
        if path.stat().st_size < 4:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return scan(data)


def scan(data: Data) -> Mp3Scan | None:
    """Walk the frames of an MP3; None when there are none."""
    end = len(data)
    if data[max(0, end - _ID3V1_BYTES) : max(0, end - _ID3V1_BYTES + 3)] == b"TAG":
        end -= _ID3V1_BYTES
    begin = _after_id3(data, end)
    found = _sync(data, begin, end)
    if found is None:
        return None
    at, frame = found
    strange = at - begin
    promised = _promised(data, at, frame)
    if promised is not None:
        at += frame.size
    first, count, cut = at, 0, False
    while at < end:
        here = read_frame(data[at : at + 4])
        if here is None:
            # On to the next place with two frames in a row.
            found = _sync(data, at, end)
            strange += (found[0] if found else end) - at
            if found is None:
                break
            at, here = found
        if at + here.size > end:
            cut = True
            break
        count += 1
        at += here.size
    return Mp3Scan(
        first=first,
        frames=count,
        promised=promised,
        cut=cut or (promised or 0) > count + 1,
        strange=strange,
        frame=frame,
    )


def xing_frame(found: Mp3Scan) -> bytes:
    """A Xing frame that promises what was found: put before the sound, it makes libsndfile read all of it."""
    head = frame_head(found.frame)
    frame = read_frame(head)
    assert frame is not None, "frame_head builds valid ones"
    body = head + bytes(found.frame.side_info) + b"Xing" + struct.pack(">II", 1, found.frames)
    return body.ljust(frame.size, b"\0")


def frame_head(frame: Mp3Frame) -> bytes:
    """A Layer III header with the rate and channels of `frame` and a bit rate that leaves room for a Xing tag."""
    version = next(bits for bits, rates in _RATES_HZ.items() if frame.rate_hz in rates)
    rate = _RATES_HZ[version].index(frame.rate_hz)
    kbps_64 = 5 if version == 3 else 8
    return bytes([0xFF, 0xE0 | version << 3 | 1 << 1 | 1, kbps_64 << 4 | rate << 2, 0xC0 if frame.channels == 1 else 0])


def read_frame(head: bytes) -> Mp3Frame | None:
    """What the four bytes of a frame header say; None when they are not one."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    newer = 1 if version == 3 else 2
    bits = _BITRATES_KBPS[newer, layer][bitrate] * 1000
    rate_hz = _RATES_HZ[version][rate]
    channels = 1 if head[3] >> 6 == 3 else 2
    if layer == 1:
        samples, size = 384, (12 * bits // rate_hz + padding) * 4
    else:
        samples = 576 if layer == 3 and newer == 2 else 1152
        size = samples // 8 * bits // rate_hz + padding
    if newer == 1:
        side_info = 17 if channels == 1 else 32
    else:
        side_info = 9 if channels == 1 else 17
    return Mp3Frame(size=size, layer=layer, samples=samples, rate_hz=rate_hz, channels=channels, side_info=side_info)


def _after_id3(data: Data, end: int) -> int:
    at = 0
    while data[at : at + 3] == b"ID3" and at + 10 <= end:
        a, b, c, d = data[at + 6 : at + 10]
        at += 10 + (a << 21 | b << 14 | c << 7 | d)
    return at


def _promised(data: Data, at: int, frame: Mp3Frame) -> int | None:
    tag = at + 4 + frame.side_info
    if data[tag : tag + 4] in (b"Xing", b"Info"):
        flags, frames = struct.unpack(">II", data[tag + 4 : tag + 12].ljust(8, b"\0"))
        return int(frames) if flags & 1 else None
    if data[at + 36 : at + 40] == b"VBRI":
        return int.from_bytes(data[at + 50 : at + 54], "big")
    return None


def _sync(data: Data, at: int, end: int) -> tuple[int, Mp3Frame] | None:
    """The next offset with a frame that another one of the same kind, or the end, follows."""
    while True:
        at = data.find(b"\xff", at, end)
        if at < 0:
            return None
        frame = read_frame(data[at : at + 4])
        if frame is not None:
            after = at + frame.size
            if after == end:
                return at, frame
            following = read_frame(data[after : after + 4]) if after < end else None
            if following is not None and following.rate_hz == frame.rate_hz:
                return at, frame
        at += 1
