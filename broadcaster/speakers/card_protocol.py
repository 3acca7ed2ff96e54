"""The lines that the station and the sound card's process exchange: one JSON object each, over the process's pipes.

Station to process: `open` first, then `play`, `route` and `cut`. The process answers `opened` or `failed`, tells
`started`, `ended`, `cut` and `bad_source` for a job, and sends a `beat` with the frames its callback has really been
asked for. Zones are numbers: their positions in the card's zones. Times are the machine's monotonic seconds, which both
processes share. The samples of a live source come over a socket (`live_feed.py`).
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from typing import Any

LINE_BYTES = 65_536
"""Longest line: a path of 4,096 bytes written as \\u escapes, or the figures of hundreds of zones, would still fit."""
BEAT_PLAYING_S = 0.1
"""Between two beats while something plays: how far `frames_played` may be behind after a loss."""
BEAT_IDLE_S = 0.5
"""Between two beats while nothing plays: cheap, and still five within the watchdog's patience."""


class CardOrder(enum.StrEnum):
    """What the station asks."""

    OPEN = "open"
    PLAY = "play"
    ROUTE = "route"
    CUT = "cut"


class CardEvent(enum.StrEnum):
    """What the process tells."""

    OPENED = "opened"
    FAILED = "failed"
    """The device could not be opened; `kind` is a CardFailure."""
    STARTED = "started"
    ENDED = "ended"
    CUT = "cut"
    BAD_SOURCE = "bad_source"
    """The clip or the live source cannot be read; `vi` and `en` say why."""
    BEAT = "beat"
    GONE = "gone"
    """The stream stopped by itself; `why` says more for the log."""
    RUNAWAY = "runaway"
    """The device takes sound much faster than time passes: it is no real device."""


class CardFailure(enum.StrEnum):
    """Why the device could not be opened."""

    NO_LIBRARY = "no_library"
    NO_DEVICE = "no_device"
    TOO_FEW_CHANNELS = "too_few_channels"
    NO_REAL_DEVICE = "no_real_device"
    """It takes sound much faster than time passes."""
    REFUSED = "refused"
    DIED = "died"
    """The process ended before it could say anything else."""


def encode(message: Mapping[str, Any]) -> bytes:
    """One line. Raises ValueError when it would be longer than LINE_BYTES."""
    line = json.dumps(message).encode() + b"\n"
    if len(line) > LINE_BYTES:
        raise ValueError(f"message of {len(line)} bytes")
    return line


def decode(line: bytes) -> dict[str, Any]:
    """The message in one line. Raises ValueError for anything else."""
    if not line.endswith(b"\n"):
        raise ValueError(f"line cut at {len(line)} bytes")
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"not a message: {line[:100]!r}")
    return message
