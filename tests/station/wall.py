"""The wall clock of a real process, set by somebody while it runs: libfaketime stands between the program and the
system's clock. Monotonic time is left alone, as it is when NTP or `date -s` sets a machine's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.clock import SystemClock

_NAME = "faketime/libfaketimeMT.so.1"
LIBRARY = next((found for place in ("lib/*", "lib", "lib64") for found in Path("/usr").glob(f"{place}/{_NAME}")), None)
"""The package `libfaketime`, made for programs with threads; None where it is not installed."""


class SettableWall(SystemClock):
    """What the program under it sees, and what a test beside it reckons with."""

    def __init__(self, file: Path, at: datetime) -> None:
        self._file = file
        self._ahead = at - super().now()
        self._write()

    def now(self) -> datetime:
        """As the program has it."""
        return super().now() + self._ahead

    def step(self, by: timedelta) -> None:
        """Set it forward, or back."""
        self._ahead += by
        self._write()

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that lives under it."""
        assert LIBRARY is not None
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def _write(self) -> None:
        temporary = self._file.with_suffix(".new")
        temporary.write_text(f"{self._ahead.total_seconds():+.3f}\n", encoding="ascii")
        temporary.replace(self._file)
