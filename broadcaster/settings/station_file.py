"""station.toml → one frozen `Settings`. Every wrong key or value is said with file, line and what is allowed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from broadcaster.errors import NotFoundError, SettingsError, Words
from broadcaster.model import Reading
from broadcaster.settings.hours import Hours, read_hours
from broadcaster.settings.late_rule import DEFAULT_LATE, LATE_HINT, parse_late_rule
from broadcaster.settings.output_spec import OUTPUT_HINT, check_output_spec
from broadcaster.settings.settings import (
    DEFAULT_ENGINES,
    ENGINE_NAMES,
    SAFETY_NET,
    AlarmSettings,
    Output,
    Settings,
    Sound,
)
from broadcaster.settings.zone_tables import read_zone_list, read_zone_tables
from broadcaster.tomlfile import Table, TomlFile

STATION_FILE = "station.toml"


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
    allowed = root.table("hours")
    hours = read_hours(allowed, Hours())
    allowed.done()
    voice = root.table("voice")
    engines = _engines(voice)
    voice_name = voice.text("voice")
    rate = voice.number("rate", 1.0, 0.5, 2.0)
    voice.done()
    output, zones = _output(root.table("output")), read_zone_tables(root, hours)
    if zones:
        _refuse_both(root)
        output = replace(output, zones=tuple(zone.name for zone in zones))
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
        output=output,
        zones=zones,
        alarm=_alarm(root.table("alarm")),
        late=root.read("late", parse_late_rule, DEFAULT_LATE, LATE_HINT),
        approval_required=approval.flag("required", False),
        cache_max_mb=cache.whole("max_mb", 2000, 50, 1_000_000),
        request_expires_s=requests.number("expires_s", 600.0, 5, 86_400, "giây"),
    )
    for table in (approval, cache, requests, root):
        table.done()
    return settings


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
        zones=read_zone_list(table, default.zones),
    )
    table.done()
    return output


def _refuse_both(root: Table) -> None:
    output = root.table("output")
    if output.has("zones"):
        raise output.fail(
            "zones",
            Words("đã có các bảng [zone.…] thì không dùng «zones»", "'zones' cannot go with [zone.…] tables"),
            Words("Bỏ dòng này", "Remove this line"),
        )


def _alarm(table: Table) -> AlarmSettings:
    default = AlarmSettings()
    alarm = AlarmSettings(
        command=table.texts("command", default.command),
        again_after_min=table.number("again_after_min", default.again_after_min, 0, 1440, "phút"),
    )
    table.done()
    return alarm
