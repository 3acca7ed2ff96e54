"""station.toml → one frozen `Settings`. Every wrong key or value is said with file, line and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from broadcaster.errors import NotFoundError, SettingsError, Words
from broadcaster.model import LateKind, LateRule, Reading
from broadcaster.tomlfile import Table, TomlFile

STATION_FILE = "station.toml"
ENGINE_NAMES = ("piper", "edge", "gtts", "command", "espeak", "tone")
"""Installed neural voice, network voices, a program, the embedded safety net, test tones (DESIGN.md §3)."""
SAFETY_NET = "espeak"
OUTPUT_KINDS = ("soundcard", "wav", "log", "memory", "none")
DEFAULT_ENGINES = ("piper", "gtts", "espeak")
DEFAULT_LATE = LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=10))
LATEST_START = timedelta(hours=12)
"""Bound of `play`: later than this, a morning's session would greet people in the evening."""
LATE_HINT = Words(
    "Dùng: skip, play 10m (nhiều nhất 12h), next_session", "Use: skip, play 10m (at most 12h), next_session"
)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The gate's bounds."""

    allowed_from: time = time(5, 0)
    allowed_to: time = time(21, 0)
    daily_max_minutes: float = 240.0
    """All airing of one day together, khan_cap not counted."""


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
    zones: tuple[str, ...] = ("tat_ca",)
    """Zone names in channel order; `tat_ca` alone means every channel."""


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
    alarm: AlarmSettings = field(default_factory=AlarmSettings)
    late: LateRule = DEFAULT_LATE
    approval_required: bool = False
    cache_max_mb: int = 2000
    request_expires_s: float = 600.0
    """A request older than this when the station sees it expires with a row instead of airing."""

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


def find_station(start: Path) -> Path:
    """The nearest folder at or above `start` that holds station.toml. Raises NotFoundError."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / STATION_FILE).is_file():
            return folder
    raise NotFoundError(
        Words("không thấy station.toml ở thư mục này hay thư mục trên", "no station.toml in this folder or above"),
        where=str(start),
        cure=Words(
            "Chạy «broadcaster init THƯ_MỤC» để tạo đài, hoặc thêm --station THƯ_MỤC",
            "Run 'broadcaster init DIR' to make a station, or add --station DIR",
        ),
    )


def load_settings(folder: Path) -> Settings:
    """Read and check station.toml of `folder`. Raises SettingsError with file:line."""
    path = folder / STATION_FILE
    root = TomlFile.load(path, SettingsError).root()
    station = root.table("station")
    name = station.text("name", required=True)
    commune = station.text("commune", required=True)
    tz = _time_zone(station)
    station.done()

    placeholders = {"ten_dai": name, "ten_xa": commune, **_placeholders(root.table("placeholders"))}
    hours = _hours(root.table("hours"))
    voice = root.table("voice")
    engines = _engines(voice)
    voice_name = voice.text("voice")
    rate = voice.number("rate", 1.0, 0.5, 2.0)
    voice.done()
    approval, cache, requests = root.table("approval"), root.table("cache"), root.table("requests")
    settings = Settings(
        folder=folder,
        name=name,
        commune=commune,
        placeholders=placeholders,
        tz=tz,
        hours=hours,
        engines=engines,
        voice=voice_name,
        rate=rate,
        engine_options=_engine_options(root.table("engines")),
        reading=_reading(root.table("reading")),
        sound=_sound(root.table("sound")),
        output=_output(root.table("output")),
        alarm=_alarm(root.table("alarm")),
        late=root.read("late", parse_late_rule, DEFAULT_LATE, LATE_HINT),
        approval_required=approval.flag("required", False),
        cache_max_mb=cache.whole("max_mb", 2000, 50, 1_000_000),
        request_expires_s=requests.number("expires_s", 600.0, 5, 86_400, "giây"),
    )
    for table in (approval, cache, requests, root):
        table.done()
    return settings


def parse_late_rule(value: object) -> LateRule:
    """`skip`, `next_session`, `play 10m`, `play 1h`, `play 90s` (LATEST_START at most). Raises ValueError."""
    text = str(value).strip().lower()
    if text in ("skip", "next_session"):
        return LateRule(kind=LateKind(text))
    match = re.fullmatch(r"play\s+(\d{1,5})\s*(s|m|h)", text)
    if match is None:
        raise ValueError(text)
    unit = {"s": "seconds", "m": "minutes", "h": "hours"}[match[2]]
    bound = timedelta(**{unit: int(match[1])})
    if not timedelta(0) < bound <= LATEST_START:
        raise ValueError(text)
    return LateRule(kind=LateKind.PLAY, bound=bound)


def _time_zone(station: Table) -> ZoneInfo:
    name = station.text("time_zone", "Asia/Ho_Chi_Minh")
    try:
        return ZoneInfo(name)
    # A folder of the zone database ("Asia") is an OSError with some sources of zones.
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise station.fail(
            "time_zone",
            Words(f"không có múi giờ «{name}»", f"there is no time zone '{name}'"),
            Words("Việt Nam là Asia/Ho_Chi_Minh", "Vietnam is Asia/Ho_Chi_Minh"),
        ) from problem


def _placeholders(table: Table) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in table.data.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise table.fail(
                key,
                Words(
                    f"tên «{key}» chỉ được dùng chữ thường không dấu, số và _", f"'{key}' may only use a-z, 0-9 and _"
                ),
            )
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise table.fail(
                key,
                Words(f"«{key}» phải là một chuỗi trong dấu nháy", f"'{key}' must be a quoted string"),
                Words(f'Viết như {key} = "…"', f'Write it like {key} = "…"'),
            )
        values[key] = str(value)
    return values


def _hours(table: Table) -> Hours:
    default = Hours()
    start = table.clock_time("allowed_from", default.allowed_from)
    end = table.clock_time("allowed_to", default.allowed_to)
    assert start is not None and end is not None
    if start >= end:
        raise table.fail(
            "allowed_to",
            Words("giờ kết thúc phải sau giờ bắt đầu (allowed_from)", "allowed_to must be after allowed_from"),
        )
    hours = Hours(
        allowed_from=start,
        allowed_to=end,
        daily_max_minutes=table.number("daily_max_minutes", default.daily_max_minutes, 1, 1440, "phút"),
    )
    table.done()
    return hours


def _engines(table: Table) -> tuple[str, ...]:
    engines = table.texts("engines", DEFAULT_ENGINES)
    for engine in engines:
        if engine not in ENGINE_NAMES:
            listed = ", ".join(ENGINE_NAMES)
            raise table.fail(
                "engines",
                Words(
                    f"không có bộ đọc «{engine}»; chọn trong: {listed}", f"no engine '{engine}'; choose from: {listed}"
                ),
            )
    if not engines:
        raise table.fail(
            "engines",
            Words("cần ít nhất một bộ đọc", "at least one engine is needed"),
            Words(f'Viết như engines = ["{SAFETY_NET}"]', f'Write it like engines = ["{SAFETY_NET}"]'),
        )
    return tuple(dict.fromkeys(engines))


def _engine_options(table: Table) -> dict[str, dict[str, object]]:
    options: dict[str, dict[str, object]] = {}
    for key in table.data:
        if key not in ENGINE_NAMES:
            listed = ", ".join(ENGINE_NAMES)
            raise table.fail(
                key,
                Words(f"không có bộ đọc «{key}»; chọn trong: {listed}", f"no engine '{key}'; choose from: {listed}"),
            )
        options[key] = dict(table.table(key).data)
    return options


def _reading(table: Table) -> Reading:
    default = Reading()
    reading = Reading(
        document_numbers=table.choice("document_numbers", ("name", "spell", "omit"), default.document_numbers),
        thousand=table.choice("thousand", ("nghìn", "ngàn"), default.thousand),
        zero_tens=table.choice("zero_tens", ("linh", "lẻ"), default.zero_tens),
    )
    table.done()
    return reading


def _sound(table: Table) -> Sound:
    default = Sound()
    sound = Sound(
        loudness_lufs=table.number("loudness_lufs", default.loudness_lufs, -30, -9, "LUFS"),
        true_peak_dbtp=table.number("true_peak_dbtp", default.true_peak_dbtp, -9, -0.5, "dBTP"),
        chime=table.text("chime", default.chime),
        sentence_pause_ms=table.whole("sentence_pause_ms", default.sentence_pause_ms, 0, 5000),
        paragraph_pause_ms=table.whole("paragraph_pause_ms", default.paragraph_pause_ms, 0, 10000),
    )
    table.done()
    return sound


def _output(table: Table) -> Output:
    default = Output()
    output = Output(
        spec=table.read("spec", check_output_spec, default.spec, OUTPUT_HINT),
        spare=table.read("spare", lambda value: check_output_spec(value) if value else "", "", OUTPUT_HINT),
        latency_s=table.number("latency_s", default.latency_s, 0.01, 1.0, "giây"),
        zones=_zones(table, default.zones),
    )
    table.done()
    return output


def _zones(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    zones = table.texts("zones", default)
    wrong = [zone for zone in zones if not re.fullmatch(r"[a-z0-9_]+", zone)]
    if wrong or not zones or len(set(zones)) != len(zones):
        raise table.fail(
            "zones",
            Words(f"tên cụm loa «{wrong[0]}» không đúng", f"the zone name '{wrong[0]}' is wrong")
            if wrong
            else Words("cần tên các cụm loa, mỗi tên một lần", "zones need names, each once"),
            Words(
                'Chữ thường không dấu, số và _; ví dụ zones = ["thon_1", "thon_2"]',
                'Use a-z, 0-9 and _; for example zones = ["thon_1", "thon_2"]',
            ),
        )
    return zones


def _alarm(table: Table) -> AlarmSettings:
    default = AlarmSettings()
    alarm = AlarmSettings(
        command=table.texts("command", default.command),
        again_after_min=table.number("again_after_min", default.again_after_min, 0, 1440, "phút"),
    )
    table.done()
    return alarm


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
