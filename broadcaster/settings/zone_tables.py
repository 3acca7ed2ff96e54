"""`[zone.NAME]` tables of station.toml, and the short form `[output] zones`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadcaster.errors import Words
from broadcaster.model import EVERYWHERE
from broadcaster.settings.hours import HOURS_KEYS, Hours, read_hours
from broadcaster.settings.output_spec import CHANNELS_HINT, OUTPUT_HINT, ZoneOutput, check_spare, read_zone_output
from broadcaster.settings.zone import ZoneSettings
from broadcaster.tomlfile import Table

LEAST_GAIN_DB, MOST_GAIN_DB = -30.0, 12.0
"""Lower is as good as silent; higher is a matter for the amplifier, the limiter would press it flat."""
_NAME = re.compile(r"[a-z0-9_]+")


def read_zone_list(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    """`zones` of [output]. Raises SettingsError."""
    zones = table.texts("zones", default)
    wrong = [zone for zone in zones if not _NAME.fullmatch(zone)]
    if wrong or not zones or len(set(zones)) != len(zones):
        raise table.fail(
            "zones",
            _wrong_name(wrong[0])
            if wrong
            else Words("cần tên các cụm loa, mỗi tên một lần", "zones need names, each once"),
            Words(
                'Chữ thường không dấu, số và _; ví dụ zones = ["thon_1", "thon_2"]',
                'Use a-z, 0-9 and _; for example zones = ["thon_1", "thon_2"]',
            ),
        )
    if EVERYWHERE in zones and len(zones) > 1:
        raise table.fail("zones", *_EVERYWHERE_BESIDE_OTHERS)
    return zones


def read_zone_tables(root: Table, station_hours: Hours) -> tuple[ZoneSettings, ...]:
    """Every `[zone.NAME]`, in order; none: empty. Raises SettingsError at the line of the first mistake."""
    group = root.table("zone")
    names = tuple(group.data)
    zones = tuple(_zone(group, name, names, station_hours) for name in names)
    _check_channels(group, zones, root.table("output").text("spec", "soundcard"))
    return zones


def _zone(group: Table, name: str, names: Sequence[str], station_hours: Hours) -> ZoneSettings:
    table = group.table(name)
    if not _NAME.fullmatch(name):
        raise group.fail(
            name,
            _wrong_name(name),
            Words(
                'Chữ thường không dấu, số và _; tên đầy đủ ghi ở title, như [zone.thon_dong] title = "Thôn Đông"',
                'Use a-z, 0-9 and _; the full name goes into title, like [zone.thon_dong] title = "Thôn Đông"',
            ),
        )
    if name == EVERYWHERE and len(names) > 1:
        raise group.fail(name, *_EVERYWHERE_BESIDE_OTHERS)
    output = table.read("output", read_zone_output, ZoneOutput(spec="", channels=()), _OUTPUT_HINT)
    zone = ZoneSettings(
        name=name,
        title=table.text("title").strip() or name,
        output=output.spec,
        channels=output.channels,
        spare=table.read("spare", check_spare, "", OUTPUT_HINT),
        gain_db=table.number("gain_db", 0.0, LEAST_GAIN_DB, MOST_GAIN_DB, "dB"),
        hours=_hours(table, station_hours),
        heard_in=_heard_in(table, name, names),
    )
    table.done()
    return zone


def _hours(table: Table, station: Hours) -> Hours | None:
    hours = read_hours(table, station)
    written = [key for key in HOURS_KEYS if key in table.data]
    if not station.covers(hours):
        raise table.fail(
            "allowed_from" if hours.allowed_from < station.allowed_from else "allowed_to",
            Words(
                "giờ của cụm loa phải nằm trong giờ cho phép của đài"
                f" ({station.allowed_from:%H:%M}-{station.allowed_to:%H:%M})",
                "a zone's hours must lie within the station's"
                f" ({station.allowed_from:%H:%M}-{station.allowed_to:%H:%M})",
            ),
            Words("Xem lại [hours]", "Check [hours]"),
        )
    return hours if written else None


def _heard_in(table: Table, name: str, names: Sequence[str]) -> tuple[str, ...]:
    heard_in = tuple(dict.fromkeys(table.texts("heard_in")))
    for other in heard_in:
        if other == name:
            raise table.fail(
                "heard_in",
                Words(
                    f"cụm loa «{name}» thì đương nhiên nghe được ở chính nó", f"zone '{name}' is always heard in itself"
                ),
                Words("Chỉ ghi các cụm loa khác", "Name other zones only"),
            )
        if other not in names:
            listed = ", ".join(each for each in names if each != name) or "–"
            raise table.fail(
                "heard_in",
                Words(f"không có cụm loa «{other}»", f"there is no zone '{other}'"),
                Words(f"Chọn trong: {listed}", f"Choose from: {listed}"),
            )
    return heard_in


def _check_channels(group: Table, zones: Sequence[ZoneSettings], station_spec: str) -> None:
    """No two zones may sound from one channel, and the spare of an output stands in for all zones of it."""
    for number, zone in enumerate(zones):
        for earlier in zones[:number]:
            if (zone.output or station_spec) != (earlier.output or station_spec):
                continue
            if shared := _shared(zone, earlier):
                raise _fail(group, zone, "output", shared, CHANNELS_HINT)
            if zone.spare != earlier.spare:
                raise _fail(
                    group,
                    zone,
                    "spare",
                    Words(
                        f"cụm loa «{zone.name}» và «{earlier.name}» chung một đường ra nên phải chung đường dự phòng",
                        f"zones '{zone.name}' and '{earlier.name}' share an output, so they share its spare",
                    ),
                    Words("Ghi spare giống nhau ở cả hai", "Give both the same spare"),
                )


def _shared(zone: ZoneSettings, other: ZoneSettings) -> Words | None:
    """What is wrong with the channels of two zones on one output."""
    for each in (zone, other):
        if not each.channels:
            return Words(
                f"cụm loa «{zone.name}» và «{other.name}» chung một đường ra, mà «{each.name}» không ghi kênh nào",
                f"zones '{zone.name}' and '{other.name}' share an output, but '{each.name}' names no channel",
            )
    both = sorted(set(zone.channels) & set(other.channels))
    if not both:
        return None
    return Words(
        f"cụm loa «{zone.name}» và «{other.name}» cùng dùng kênh {both[0] + 1}",
        f"zones '{zone.name}' and '{other.name}' both use channel {both[0] + 1}",
    )


def _fail(group: Table, zone: ZoneSettings, key: str, what: Words, cure: Words) -> Exception:
    return group.table(zone.name).fail(key, what, cure)


def _wrong_name(name: str) -> Words:
    return Words(f"tên cụm loa «{name}» không đúng", f"the zone name '{name}' is wrong")


_EVERYWHERE_BESIDE_OTHERS = (
    Words(
        f"«{EVERYWHERE}» nghĩa là mọi cụm loa, không đặt cạnh cụm loa khác được",
        f"'{EVERYWHERE}' means every zone and cannot stand beside others",
    ),
    Words("Bỏ nó, hoặc đặt tên khác", "Remove it, or give it another name"),
)
_OUTPUT_HINT = Words(
    f"{OUTPUT_HINT.vi}; thêm kênh như #2 hoặc #3-4", f"{OUTPUT_HINT.en}; with channels like #2 or #3-4"
)
