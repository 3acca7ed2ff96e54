"""How a command was called: which station, which clock, how much it prints."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.errors import NotFoundError, Words

if TYPE_CHECKING:
    from broadcaster.clock import Clock
    from broadcaster.journal import Journal
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

        named = self.station or (Path(self.variables[STATION_VARIABLE]) if self._named_by_variable() else None)
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

    def _named_by_variable(self) -> bool:
        return bool(self.variables.get(STATION_VARIABLE, "").strip())

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

    def journal(self, clock: Clock | None = None) -> Journal:
        """The station's journal, opened for this process; close it."""
        from broadcaster.journal import Journal

        return Journal(self.settings.journal_path, clock or self.clock)

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
