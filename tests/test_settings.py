"""station.toml: right values are read with their types; wrong ones are reported with file, line and what is allowed."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from broadcaster.errors import NotFoundError, SettingsError
from broadcaster.model import LateKind, LateRule
from broadcaster.settings import (
    DEFAULT_ENGINES,
    DEFAULT_LATE,
    Hours,
    Settings,
    ZoneSettings,
    check_output_spec,
    find_station,
    load_settings,
    parse_late_rule,
)
from broadcaster.settings.output_spec import ZoneOutput, read_zone_output

SMALLEST = '[station]\nname = "Đài xã Dân Tiến"\ncommune = "xã Dân Tiến"\n'
FULL = """
late = "next_session"

[station]
name = "Đài xã Dân Tiến"
commune = "xã Dân Tiến"
time_zone = "Asia/Bangkok"

[placeholders]
duong_day_nong = "0210 000 000"
so_thon = 12

[hours]
allowed_from = "5h"
allowed_to = 20:30:00
daily_max_minutes = 120

[voice]
engines = ["gtts", "espeak", "gtts"]
voice = "north"
rate = 0.9

[engines.command]
command = ["say", "-o"]

[reading]
thousand = "ngàn"

[sound]
loudness_lufs = -18
chime = "none"

[output]
spec = "soundcard:USB"
spare = "wav:du_phong.wav"
latency_s = 0.1
zones = ["thon_1", "thon_2"]

[approval]
required = true

[cache]
max_mb = 500

[requests]
expires_s = 60
"""


def load(folder: Path, text: str) -> Settings:
    (folder / "station.toml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def test_name_and_commune_are_enough(tmp_path):
    settings = load(tmp_path, SMALLEST)
    assert settings.placeholders == {"ten_dai": "Đài xã Dân Tiến", "ten_xa": "xã Dân Tiến"}
    assert settings.tz == ZoneInfo("Asia/Ho_Chi_Minh")
    assert settings.hours == Hours(allowed_from=time(5), allowed_to=time(21), daily_max_minutes=240)
    assert settings.engines == DEFAULT_ENGINES
    assert settings.late == DEFAULT_LATE == LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=10))
    assert settings.output.spec == "soundcard" and settings.output.zones == ("tat_ca",)
    assert settings.zones == (ZoneSettings(name="tat_ca", title="tat_ca"),)
    assert not settings.approval_required


def test_everything_that_can_be_said_is_read(tmp_path):
    settings = load(tmp_path, FULL)
    assert settings.late.kind is LateKind.NEXT_SESSION
    assert settings.tz == ZoneInfo("Asia/Bangkok")
    assert settings.placeholders["duong_day_nong"] == "0210 000 000"
    assert settings.placeholders["so_thon"] == "12"
    assert settings.hours == Hours(allowed_from=time(5), allowed_to=time(20, 30), daily_max_minutes=120)
    assert settings.engines == ("gtts", "espeak"), "an engine is tried once"
    assert (settings.voice, settings.rate) == ("north", 0.9)
    assert settings.engine_options == {"command": {"command": ["say", "-o"]}}
    assert (settings.reading.thousand, settings.reading.zero_tens) == ("ngàn", "linh")
    assert (settings.sound.loudness_lufs, settings.sound.chime) == (-18.0, "none")
    assert (settings.output.spec, settings.output.spare) == ("soundcard:USB", "wav:du_phong.wav")
    assert settings.output.zones == ("thon_1", "thon_2")
    assert (settings.approval_required, settings.cache_max_mb, settings.request_expires_s) == (True, 500, 60.0)
    for path in (settings.scripts_dir, settings.schedules_dir, settings.cache_dir, settings.glossary_path):
        assert path.parent == tmp_path
    assert settings.journal_path.parent == settings.lock_path.parent == tmp_path / "journal"


# Zones

ZONES = """
[output]
spec = "soundcard:USB"
spare = "soundcard"

[hours]
allowed_from = "05:00"
allowed_to = "21:00"
daily_max_minutes = 240

[zone.thon_dong]
title = "Thôn Đông"
output = "#1"
gain_db = -3
allowed_from = "6h"
daily_max_minutes = 60
heard_in = ["thon_tay"]

[zone.thon_tay]
output = "#3-4"

[zone.cho]
title = "Chợ"
output = "soundcard:Loa chợ"
spare = "none"
"""


def test_zone_tables_say_where_each_zone_is_how_loud_and_when(tmp_path):
    settings = load(tmp_path, SMALLEST + ZONES)
    assert settings.zone_names == settings.output.zones == ("thon_dong", "thon_tay", "cho")
    assert settings.zones == (
        ZoneSettings(
            name="thon_dong",
            title="Thôn Đông",
            channels=(0,),
            gain_db=-3.0,
            hours=Hours(allowed_from=time(6), allowed_to=time(21), daily_max_minutes=60),
            heard_in=("thon_tay",),
        ),
        ZoneSettings(name="thon_tay", title="thon_tay", channels=(2, 3)),
        ZoneSettings(name="cho", title="Chợ", output="soundcard:Loa chợ", spare="none"),
    )


def test_what_a_zone_does_not_say_is_the_stations(tmp_path):
    settings = load(tmp_path, SMALLEST + ZONES)
    assert settings.hours_of("thon_tay") == settings.hours
    assert settings.hours_of("thon_dong").allowed_from == time(6)
    assert [settings.output_of(name) for name in settings.zone_names] == [
        "soundcard:USB",
        "soundcard:USB",
        "soundcard:Loa chợ",
    ]
    assert [settings.spare_of(name) for name in settings.zone_names] == ["soundcard", "soundcard", "none"]
    assert settings.zone("cho").title == "Chợ"
    with pytest.raises(KeyError):
        settings.zone("thon_9")


def test_the_stations_spare_does_not_stand_in_for_another_card(tmp_path):
    settings = load(tmp_path, SMALLEST + ZONES.replace('spare = "none"\n', ""))
    assert settings.spare_of("cho") == ""


def test_zones_are_heard_in_one_another_whichever_says_so(tmp_path):
    assert load(tmp_path, SMALLEST + ZONES).heard_with == {
        "thon_dong": {"thon_tay"},
        "thon_tay": {"thon_dong"},
        "cho": frozenset(),
    }


def test_the_short_form_gives_each_zone_its_channel(tmp_path):
    settings = load(tmp_path, SMALLEST + '[output]\nzones = ["thon_1", "thon_2"]')
    assert [(zone.name, zone.channels, zone.output) for zone in settings.zones] == [
        ("thon_1", (0,), ""),
        ("thon_2", (1,), ""),
    ]
    alone = load(tmp_path, SMALLEST + '[output]\nzones = ["thon_1"]')
    assert [(zone.name, zone.channels) for zone in alone.zones] == [("thon_1", ())], "a single zone has every channel"


ONE = '[zone.a]\noutput = "#1"\n'
ZONE_MISTAKES = [
    # (text, the line that is wrong, what is said, the cure)
    ('[zone."Thôn 1"]', 1, "tên cụm loa «Thôn 1» không đúng", "title"),
    ("[zone.tat_ca]\n[zone.b]", 1, "nghĩa là mọi cụm loa", "đặt tên khác"),
    ("[zone]\na = 5", 2, "«a» phải là một bảng", ""),
    ("[zone.a]\ntitel = 'x'", 2, "không có mục «titel»", "Có phải «title»?"),
    ("[zone.a]\noutput = 'loa'", 2, "không đúng", "thêm kênh như #2"),
    ("[zone.a]\noutput = 5", 2, "không đúng", "thêm kênh như #2"),
    ("[zone.a]\noutput = '#0'", 2, "không đúng", "thêm kênh như #2"),
    ("[zone.a]\noutput = '#4-3'", 2, "không đúng", "thêm kênh như #2"),
    ("[zone.a]\noutput = 'soundcard#65'", 2, "không đúng", "thêm kênh như #2"),
    ("[zone.a]\nspare = 'soundcard#1'", 2, "không đúng", "Dùng: soundcard"),
    ("[zone.a]\ngain_db = 13", 2, "-30 … 12 dB", ""),
    ("[zone.a]\nallowed_from = '4:30'", 2, "nằm trong giờ cho phép của đài (05:00-21:00)", "Xem lại [hours]"),
    ("[zone.a]\nallowed_to = '22:00'", 2, "nằm trong giờ cho phép của đài (05:00-21:00)", "Xem lại [hours]"),
    ("[zone.a]\nallowed_from = '21:30'", 2, "giờ kết thúc phải sau", ""),
    ("[zone.a]\ndaily_max_minutes = 0", 2, "1 … 1440 phút", ""),
    (f"{ONE}heard_in = ['b']", 3, "không có cụm loa «b»", "Chọn trong: –"),
    (f"{ONE}heard_in = ['a']", 3, "nghe được ở chính nó", "cụm loa khác"),
    (f"{ONE}heard_in = [1]", 3, "phải là danh sách chuỗi", ""),
    (f"{ONE}[zone.b]\noutput = '#1-2'", 4, "«b» và «a» cùng dùng kênh 1", "kênh đếm từ 1"),
    (f"{ONE}[zone.b]", 3, "«b» không ghi kênh nào", 'Viết như "#2"'),
    (f"{ONE}[zone.b]\noutput = 'soundcard#1'", 4, "«b» và «a» cùng dùng kênh 1", "kênh đếm từ 1"),
    (f"{ONE}[zone.b]\noutput = '#2'\nspare = 'none'", 5, "phải chung đường dự phòng", "giống nhau"),
    (f"[output]\nzones = ['a']\n{ONE}", 2, "đã có các bảng [zone.…]", "Bỏ dòng này"),
    ("[output]\nzones = ['a', 'tat_ca']", 2, "nghĩa là mọi cụm loa", "đặt tên khác"),
]


@pytest.mark.parametrize(("text", "line", "says", "cure"), ZONE_MISTAKES)
def test_every_mistake_in_zones_is_told_at_its_line(tmp_path, text, line, says, cure):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, SMALLEST + text)
    said = caught.value
    assert said.where == f"{tmp_path / 'station.toml'}:{SMALLEST.count(chr(10)) + line}"
    assert says in said.line("vi") and cure in said.line("vi")
    assert said.line("en") != said.line("vi") and said.line("en").isprintable()


@pytest.mark.parametrize(
    ("written", "spec", "channels"),
    [
        ("soundcard", "soundcard", ()),
        ("soundcard:USB#2", "soundcard:USB", (1,)),
        ("soundcard:USB # 3 - 4", "soundcard:USB", (2, 3)),
        ("#1", "", (0,)),
        ("wav:a#b.wav", "wav:a#b.wav", ()),
        ("log:x.jsonl#12", "log:x.jsonl", (11,)),
    ],
)
def test_outputs_of_zones(written, spec, channels):
    assert read_zone_output(written) == ZoneOutput(spec=spec, channels=channels)


def test_the_zones_that_the_sample_shows_can_be_used_as_they_are(tmp_path):
    sample = (Path(__file__).parent.parent / "station.toml").read_text(encoding="utf-8")
    shown = [line.removeprefix("#   ") for line in sample.splitlines() if line.startswith("#   ")]
    begin = next(number for number, line in enumerate(shown) if line.startswith("[zone."))
    zones = [line for line in shown[begin:] if line.startswith("[") or " = " in line]
    cut = next(number for number, line in enumerate(zones) if line.startswith("command"))
    settings = load(tmp_path, sample.replace('zones = ["tat_ca"]\n', "") + "\n" + "\n".join(zones[:cut]))
    assert [zone.title for zone in settings.zones] == ["Thôn Đông", "Thôn Tây"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[station]\ntime_zone = 'Asia'", "không có múi giờ «Asia»"),
        ("[station]\ntime_zone = 'Asia/Hanoi'", "Việt Nam là Asia/Ho_Chi_Minh"),
        ("[station]\ntime_zone = '../../etc'", "không có múi giờ"),
        ("[station]\ntime_zone = ''", "không có múi giờ"),
        ("[station]\nphone = '1'", "không có mục «phone»"),
        ("[placeholders]\nĐT = '1'", "không đọc được|không có dạng"),
        ("[placeholders]\nSoDT = '1'", "chữ thường không dấu"),
        ("[placeholders]\nso = true", "«so» phải là một chuỗi"),
        ("[placeholders]\nso = 1.5", "«so» phải là một chuỗi"),
        ("[hours]\nallowed_to = '04:00'", "giờ kết thúc phải sau giờ bắt đầu"),
        ("[hours]\nallowed_from = '25:00'", "không phải giờ trong ngày"),
        ("[hours]\ndaily_max_minutes = 0", "1 … 1440 phút"),
        ("[voice]\nengines = ['google']", "không có bộ đọc «google»; chọn trong: piper"),
        ("[voice]\nengines = []", "cần ít nhất một bộ đọc"),
        ("[voice]\nrate = 3", "0.5 … 2"),
        ("[engines]\ngoogle = {}", "không có bộ đọc «google»"),
        ("[engines]\ngtts = 1", "«gtts» phải là một bảng"),
        ("[reading]\nthousand = 'k'", "chọn: nghìn, ngàn"),
        ("[sound]\nloudness_lufs = 0", "-30 … -9 LUFS"),
        ("[sound]\nsentence_pause_ms = 0.5", "phải là một số nguyên"),
        ("[output]\nspec = 'loa'", "Dùng: soundcard, soundcard:TÊN"),
        ("[output]\nspare = 'wav'", "Dùng: soundcard, soundcard:TÊN"),
        ("[output]\nlatency_s = 2", "0.01 … 1 giây"),
        ("[output]\nzones = []", "mỗi tên một lần"),
        ("[output]\nzones = ['a', 'a']", "mỗi tên một lần"),
        ("[output]\nzones = ['Thôn 1']", "tên cụm loa «Thôn 1» không đúng"),
        ("[approval]\nrequired = 'yes'", "true hoặc false"),
        ("[cache]\nmax_mb = 1", "từ 50 đến 1000000"),
        ("[requests]\nexpires = 1", "Có phải «expires_s»?"),
        ("[ouput]\nspec = 'none'", "không có mục «ouput». Có phải «output»?"),
        ("[late]\nx = 1", "nhiều nhất 12h"),
    ],
)
def test_every_mistake_is_told_at_its_line(tmp_path, line, says):
    header, wrong = line.split("\n")
    text = SMALLEST + (f"{wrong}\n" if header == "[station]" else f"{line}\n")
    with pytest.raises(SettingsError, match=says) as caught:
        load(tmp_path, text)
    last = text.count("\n")
    # A table nobody knows is wrong at its header, everything else at its own line.
    where = last - 1 if header in ("[ouput]", "[late]") else last
    assert caught.value.where == f"{tmp_path / 'station.toml'}:{where}"
    assert caught.value.exit_code == 3
    assert "\n" not in caught.value.line("en") and caught.value.line("en").isprintable()


def test_a_station_without_a_name_or_a_file_says_so(tmp_path):
    with pytest.raises(SettingsError, match=r":1: thiếu «commune»"):
        load(tmp_path, '[station]\nname = "x"\n')
    with pytest.raises(SettingsError, match="thiếu «name»"):
        load(tmp_path, "")
    with pytest.raises(SettingsError, match="không có tệp này"):
        load_settings(tmp_path / "elsewhere")


def test_the_station_is_the_nearest_folder_upward(tmp_path):
    (tmp_path / "station.toml").touch()
    below = tmp_path / "scripts_vi" / "deep"
    below.mkdir(parents=True)
    assert find_station(below) == tmp_path.resolve()
    assert find_station(tmp_path) == tmp_path.resolve()


def test_no_station_upward_says_how_to_make_one(tmp_path):
    with pytest.raises(NotFoundError, match="broadcaster init"):
        find_station(tmp_path)


@pytest.mark.parametrize(
    ("written", "kind", "bound"),
    [
        ("skip", LateKind.SKIP, timedelta(0)),
        (" Next_Session ", LateKind.NEXT_SESSION, timedelta(0)),
        ("play 10m", LateKind.PLAY, timedelta(minutes=10)),
        ("play  90 s", LateKind.PLAY, timedelta(seconds=90)),
        ("play 12h", LateKind.PLAY, timedelta(hours=12)),
    ],
)
def test_late_rules(written, kind, bound):
    assert parse_late_rule(written) == LateRule(kind=kind, bound=bound)


@pytest.mark.parametrize(
    "written", ["", "play", "play 10", "play 0m", "play -1m", "play 13h", "play 1.5h", "10m", True, {}]
)
def test_wrong_late_rules(written):
    with pytest.raises(ValueError):
        parse_late_rule(written)


@pytest.mark.parametrize(
    "spec", ["soundcard", "soundcard:USB Audio", "wav:/tmp/a:b.wav", "log:x.jsonl", "memory", "none"]
)
def test_output_specs(spec):
    assert check_output_spec(spec) == spec


@pytest.mark.parametrize("spec", ["", "wav", "wav:", "log: ", "soundcard:", "memory:", "memory:x", "none:1", "hdmi", 5])
def test_wrong_output_specs(spec):
    with pytest.raises(ValueError):
        check_output_spec(spec)
