"""Everything that station.toml says, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.model import EVERYWHERE, LateRule, Reading
from broadcaster.settings.hours import Hours
from broadcaster.settings.late_rule import DEFAULT_LATE
from broadcaster.settings.zone import ZoneSettings, heard_with, zones_in_order

ENGINE_NAMES = ("piper", "edge", "gtts", "command", "espeak", "tone")
"""Installed neural voice, network voices, a program, the embedded safety net, test tones (DESIGN.md §3)."""
SAFETY_NET = "espeak"
DEFAULT_ENGINES = ("piper", "gtts", "espeak")


@dataclass(frozen=True, kw_only=True)
class Sound:
    """Mastering of every clip."""

    loudness_lufs: float = -16.0
    true_peak_dbtp: float = -1.5
    chime: str = "chime"
    """`chime` (made by the program), `none`, or a sound file of the station."""
    sentence_pause_ms: int = 350
    paragraph_pause_ms: int = 800


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where the sound goes."""

    spec: str = "soundcard"
    """The output SPEC of CLI.md."""
    spare: str = ""
    """A second SPEC, tried when the first is lost; empty: none."""
    latency_s: float = 0.05
    """Output buffer: 0.05 is the smallest that never underran with both cores loaded (AUDIO.md 1.2)."""
    zones: tuple[str, ...] = (EVERYWHERE,)
    """Names of the station's zones, in order. `Settings.zones` says where each of them is."""


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """Who is told when the station needs somebody."""

    command: tuple[str, ...] = ()
    """Program and arguments, {text} and {kind} filled in; empty: nobody is told."""
    again_after_min: float = 60.0
    """The same alarm is not sent again for so long."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything station.toml says, checked."""

    folder: Path
    """The station's folder; scripts_vi/, schedules/, audio_cache/ and journal/ are below it."""
    name: str
    commune: str
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """Values for {placeholders} of scripts, `ten_dai` and `ten_xa` included."""
    tz: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    hours: Hours = field(default_factory=Hours)
    engines: tuple[str, ...] = DEFAULT_ENGINES
    voice: str = ""
    """Voice name within each engine; empty: the engine's default."""
    rate: float = 1.0
    engine_options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """[engines.NAME] tables as written, e.g. command = [...] for the `command` engine."""
    reading: Reading = field(default_factory=Reading)
    sound: Sound = field(default_factory=Sound)
    output: Output = field(default_factory=Output)
    zones: tuple[ZoneSettings, ...] = ()
    """In order of station.toml, never empty: without any, those of `output.zones`, each with its channel."""
    alarm: AlarmSettings = field(default_factory=AlarmSettings)
    late: LateRule = DEFAULT_LATE
    approval_required: bool = False
    cache_max_mb: int = 2000
    request_expires_s: float = 600.0
    """A request older than this when the station sees it expires with a row instead of airing."""

    def __post_init__(self) -> None:
        """Fill in the short form of the zones."""
        if not self.zones:
            object.__setattr__(self, "zones", zones_in_order(self.output.zones))

    @property
    def zone_names(self) -> tuple[str, ...]:
        """In order of station.toml."""
        return tuple(zone.name for zone in self.zones)

    @property
    def heard_with(self) -> Mapping[str, frozenset[str]]:
        """For each zone the other zones that share listeners with it, whichever of the two says so."""
        return heard_with(self.zones)

    def zone(self, name: str) -> ZoneSettings:
        """One zone. Raises KeyError for a name that the station does not have."""
        for zone in self.zones:
            if zone.name == name:
                return zone
        raise KeyError(name)

    def hours_of(self, name: str) -> Hours:
        """The hours of one zone: its own, or the station's."""
        return self.zone(name).hours or self.hours

    def output_of(self, name: str) -> str:
        """The output SPEC of one zone."""
        return self.zone(name).output or self.output.spec

    def spare_of(self, name: str) -> str:
        """The SPEC of one zone's spare output; empty: none. `[output] spare` stands in for `[output] spec` only."""
        zone = self.zone(name)
        return zone.spare or (self.output.spare if self.output_of(name) == self.output.spec else "")

    @property
    def scripts_dir(self) -> Path:
        """Announcement texts."""
        return self.folder / "scripts_vi"

    @property
    def schedules_dir(self) -> Path:
        """Timetables."""
        return self.folder / "schedules"

    @property
    def cache_dir(self) -> Path:
        """Rendered audio."""
        return self.folder / "audio_cache"

    @property
    def journal_path(self) -> Path:
        """The SQLite journal."""
        return self.folder / "journal" / "journal.sqlite3"

    @property
    def log_path(self) -> Path:
        """What `run` printed, the newest lines; older ones beside it."""
        return self.folder / "journal" / "station.log"

    @property
    def lock_path(self) -> Path:
        """Held by the running station; says its process and nudge address."""
        return self.folder / "journal" / "station.lock"

    @property
    def glossary_path(self) -> Path:
        """The station's own readings."""
        return self.folder / "tu_dien.tsv"
