"""The output SPEC of CLI.md: `soundcard`, `soundcard:NAME`, `wav:PATH`, `log:PATH`, `memory`, `none`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broadcaster.errors import Words

OUTPUT_KINDS = ("soundcard", "wav", "log", "memory", "none")
MOST_CHANNELS = 64
"""No sound card that a station could buy has more; a larger number is a slip of the finger."""
OUTPUT_HINT = Words(
    "Dùng: soundcard, soundcard:TÊN, wav:TỆP, log:TỆP, memory, none",
    "Use: soundcard, soundcard:NAME, wav:PATH, log:PATH, memory, none",
)


def check_output_spec(value: object) -> str:
    """An output SPEC of CLI.md, unchanged. Raises ValueError."""
    spec = str(value)
    kind, colon, name = spec.partition(":")
    named = bool(name.strip())
    must, must_not = kind in ("wav", "log"), kind in ("memory", "none")
    if kind not in OUTPUT_KINDS or named != bool(colon) or (must and not named) or (must_not and named):
        raise ValueError(spec)
    return spec


CHANNELS_HINT = Words(
    'Viết như "#2" (kênh 2), "soundcard:USB#1", "soundcard:USB#3-4"; kênh đếm từ 1',
    'Write it like "#2" (channel 2), "soundcard:USB#1", "soundcard:USB#3-4"; channels count from 1',
)
_CHANNELS = re.compile(r"\s*#\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*")


@dataclass(frozen=True, kw_only=True)
class ZoneOutput:
    """Where the sound of one zone goes."""

    spec: str
    """An output SPEC; empty: the station's."""
    channels: tuple[int, ...]
    """Counted from 0; empty: every channel."""


def read_zone_output(value: object) -> ZoneOutput:
    """`soundcard:USB#3-4` → its SPEC and channels 2 and 3. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(value)
    spec, mark, channels = value.rpartition("#")
    match = _CHANNELS.fullmatch(mark + channels)
    if match is None:
        return ZoneOutput(spec=check_output_spec(value), channels=())
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= MOST_CHANNELS:
        raise ValueError(value)
    spec = spec.strip()
    return ZoneOutput(spec=check_output_spec(spec) if spec else "", channels=tuple(range(first - 1, last)))


def check_spare(value: object) -> str:
    """The SPEC of a spare output, or nothing. It has no channels of its own: it stands in for a whole output. Raises
    ValueError."""
    if value == "":
        return ""
    output = read_zone_output(value)
    if output.channels:
        raise ValueError(value)
    return output.spec
