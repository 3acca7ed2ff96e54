"""A second meter, FFmpeg's ebur128, in the test environment only. The program itself never needs it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.headless import need

METER_BOUND_S = 60.0


class Reading(NamedTuple):
    """What the meter says of a file, rounded to 0.1 by it."""

    lufs: float
    peak_dbtp: float


def ebur128(path: Path) -> Reading:
    """Integrated loudness and true peak of a sound file. Skips without ffmpeg; under CI that is a failure."""
    need("ffmpeg")
    # framelog=quiet makes FFmpeg 5.1 report 0.0 LUFS.
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-filter_complex", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=METER_BOUND_S)
    lufs = re.findall(r"^\s+I:\s+(-?[\d.]+|-inf) LUFS", done.stderr, re.MULTILINE)
    peak = re.findall(r"^\s+Peak:\s+(-?[\d.]+|-inf) dBFS", done.stderr, re.MULTILINE)
    return Reading(float(lufs[-1]), float(peak[-1]))
