"""What is examined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.settings import Settings, load_settings


@dataclass(frozen=True, kw_only=True)
class Site:
    """A station's folder on this machine, seen by an account."""

    folder: Path
    clock: Clock
    operator: str
    """The account that asks."""

    @cached_property
    def settings(self) -> Settings:
        """Raises SettingsError."""
        return load_settings(self.folder)
