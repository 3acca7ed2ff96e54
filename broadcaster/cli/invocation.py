"""How a command was called: which station, which clock, how much it prints."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.errors import NotFoundError, Words

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from broadcaster.clock import Clock
    from broadcaster.service.door import Door
    from broadcaster.settings import Settings

STATION_VARIABLE = "BROADCASTER_STATION"
OPERATOR_VARIABLE = "BROADCASTER_USER"


@dataclass(kw_only=True)
class Invocation:
    """Filled by the global options; handed to every command as its first argument."""

    station: Path | None = None
    """`--station`, else None."""
    verbose: bool = False
    """`-v`: a mistake of ours shows its traceback."""
    variables: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @cached_property
    def folder(self) -> Path:
        """The station's folder. Raises NotFoundError when there is none."""
        from broadcaster.settings import STATION_FILE, find_station

        named = self.named_folder
        if named is None:
            return find_station(Path.cwd())
        if not (named / STATION_FILE).is_file():
            raise NotFoundError(
                Words("thư mục này không có station.toml", "this folder holds no station.toml"),
                where=str(named),
                cure=Words(
                    "Sửa --station (hoặc BROADCASTER_STATION), hoặc chạy «broadcaster init» để tạo đài ở đó",
                    "Correct --station (or BROADCASTER_STATION), or make a station there with 'broadcaster init'",
                ),
            )
        return named.resolve()

    @property
    def named_folder(self) -> Path | None:
        """The folder that `--station` or BROADCASTER_STATION names; None: neither does."""
        variable = self.variables.get(STATION_VARIABLE, "").strip()
        return self.station or (Path(variable) if variable else None)

    @cached_property
    def settings(self) -> Settings:
        """The station's settings. Raises NotFoundError or SettingsError."""
        from broadcaster.settings import load_settings

        return load_settings(self.folder)

    @cached_property
    def clock(self) -> Clock:
        """This process's own clock: the machine's, or the test clock of BROADCASTER_CLOCK."""
        from broadcaster.clock import clock_from_environment

        return clock_from_environment()

    def door(self) -> AbstractContextManager[Door]:
        """The way to the station; to be used with `with`. Raises JournalError or StationStateError."""
        from broadcaster.service.door import open_door

        return open_door(self.settings, self.clock, self.operator)

    def station_now(self) -> datetime:
        """The time by the clock of the station that runs, else by this process's. Raises StationStateError."""
        from broadcaster.service.door import station_clock

        return station_clock(self.settings, self.clock).now()

    @cached_property
    def operator(self) -> str:
        """Who asks: BROADCASTER_USER, else the login name. Written into the journal."""
        import getpass

        named = self.variables.get(OPERATOR_VARIABLE, "").strip()
        if named:
            return named
        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):  # a user id without a name (a container)
            return f"uid {os.getuid()}" if hasattr(os, "getuid") else "?"
