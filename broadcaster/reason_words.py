"""The sentence of every reason, Vietnamese and English: one table, read at the edge.

In a template `{late_s!d}` is a length of time in words, `{level_dbfs:.0f}` a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from string import Formatter
from typing import Any, Protocol

from broadcaster.errors import Words
from broadcaster.reason_codes import ReasonCode

Fact = str | int | float

_AS_TOLD = Words("{vi}", "{en}")
MOST_TOLD = 3
"""Reasons named in one sentence: the log book is read by people."""

SENTENCES: Mapping[ReasonCode, Words] = {
    ReasonCode.NONE: Words("", ""),
    ReasonCode.RECORDED: Words("{text}", "{text}"),
    ReasonCode.AIRED_WHOLE: Words("đã phát đủ", "aired in full"),
    ReasonCode.ROUNDS_AIRED: Words("đã phát {rounds} lượt", "aired {rounds} times"),
    ReasonCode.NEARLY_HEARD: Words(
        "mục đã phát gần hết nên không phát lại", "nearly all was heard, so it is not repeated"
    ),
    ReasonCode.ZONES_MISSED: Words("{zones} không nghe được đủ", "{zones} did not hear all of it"),
    ReasonCode.NO_SOUND: Words(
        "không có âm thanh ra loa (mức {level_dbfs:.0f} dBFS)", "no sound reached the output ({level_dbfs:.0f} dBFS)"
    ),
    ReasonCode.PLAYED_LATE: Words("phát muộn {late_s!d}", "aired {late_s!d} late"),
    ReasonCode.MISSED_LATE: Words("bỏ lỡ: đã muộn {late_s!d}", "missed: {late_s!d} late"),
    ReasonCode.HANDED_ON: Words("bỏ lỡ; chuyển sang phiên kế tiếp", "missed; handed on to the next session"),
    ReasonCode.ALREADY_HANDED_ON: Words(
        "bỏ lỡ: đã muộn {late_s!d}, mục đã chuyển một lần", "missed: {late_s!d} late, and handed on once already"
    ),
    ReasonCode.TOO_OLD_TO_HAND_ON: Words(
        "bỏ lỡ: đã muộn {late_s!d}, quá cũ để chuyển sang phiên kế tiếp",
        "missed: {late_s!d} late, too old for the next session",
    ),
    ReasonCode.NOT_CHOSEN: Words(
        "bỏ lỡ: sau khi gián đoạn chỉ phát bù một phiên", "missed: after an outage only one session is caught up"
    ),
    ReasonCode.EXPIRED: Words("quá hạn: đã muộn {late_s!d}", "expired: {late_s!d} late"),
    ReasonCode.NOT_RENDERED_IN_TIME: Words("chưa dựng xong bản thu", "its clip was not rendered in time"),
    ReasonCode.UNTIL_REACHED: Words("đã đến hạn dừng (--until)", "its end (--until) was reached"),
    ReasonCode.SUSPENDED_TOO_LONG: Words(
        "bị ngắt quá {bound_s!d}, không phát tiếp", "interrupted for more than {bound_s!d}, not continued"
    ),
    ReasonCode.REMOVED_FROM_TIMETABLE: Words(
        "đã bỏ khỏi lịch trước giờ phát", "taken out of the timetable before its time"
    ),
    ReasonCode.NOT_IN_TIMETABLE: Words("không còn trong lịch", "no longer in the timetable"),
    ReasonCode.POWER_CUT: Words("mất điện hoặc máy dừng {span}", "power cut or computer down {span}"),
    ReasonCode.STATION_OFF: Words("đài tắt {span}", "station off {span}"),
    ReasonCode.CLOCK_WRONG: Words("đồng hồ máy sai", "the computer's clock was wrong"),
    ReasonCode.DIED_ON_AIR: Words(
        "chương trình dừng đột ngột khi đang phát", "the program ended abruptly while it was on air"
    ),
    ReasonCode.SHUT_DOWN: Words("đài dừng theo lệnh", "the station was shut down"),
    ReasonCode.STOPPED: Words("lệnh DỪNG của {by}", "STOP by {by}"),
    ReasonCode.SKIPPED: Words("{by} cho bỏ qua mục này", "skipped by {by}"),
    ReasonCode.CANCELLED: Words("{by} hủy", "cancelled by {by}"),
    ReasonCode.INTERRUPTED: Words("người phát bấm Ctrl-C", "ended by Ctrl-C"),
    ReasonCode.DROPPED: Words("{by} bỏ khỏi chương trình{why}", "taken out of the rundown by {by}{why}"),
    ReasonCode.MOVED: Words("{by} chuyển sang {to}", "moved to {to} by {by}"),
    ReasonCode.PREEMPTED: Words("nhường cho «{by}»", "pre-empted by '{by}'"),
    ReasonCode.STOP_LATCHED: Words(
        "đang có lệnh DỪNG, chưa được phát lại («broadcaster resume»)", "a STOP holds ('broadcaster resume' lifts it)"
    ),
    ReasonCode.NOT_APPROVED: Words(
        "chưa được lãnh đạo duyệt đúng bản thu này", "exactly this recording has not been approved"
    ),
    ReasonCode.NEEDS_REASON: Words(
        "phát khẩn cấp ngoài giờ cho phép phải ghi lý do", "an emergency outside the allowed hours needs a reason"
    ),
    ReasonCode.CLOCK_NOT_TRUSTED: Words(
        "đồng hồ máy chưa tin được (sớm hơn giờ đã ghi trong nhật ký)",
        "the computer's clock is not trusted (it is before the journal's last time)",
    ),
    ReasonCode.OUTSIDE_HOURS: Words("ngoài giờ cho phép ({span})", "outside the allowed hours ({span})"),
    ReasonCode.RUNS_PAST_HOURS: Words(
        "sẽ kéo dài quá giờ cho phép ({span})", "would run past the allowed hours ({span})"
    ),
    ReasonCode.SESSION_FULL: Words(
        "đã đủ {minutes:g} phút tối đa của phiên", "the session's {minutes:g} minutes are used"
    ),
    ReasonCode.DAY_FULL: Words("vượt {minutes:g} phút tối đa của một ngày", "more than the day's {minutes:g} minutes"),
    ReasonCode.HOURS_ENDED: Words("hết giờ cho phép phát", "the allowed hours ended"),
    ReasonCode.CLOCK_SET_BACK: Words(
        "đồng hồ máy bị chỉnh lùi ngay trước giờ phát", "the clock was set back just before its time"
    ),
    ReasonCode.NO_CLIP: Words("bản thu chưa sẵn sàng", "its clip is not ready"),
    ReasonCode.RENDERING: Words("đang dựng", "being rendered"),
    ReasonCode.RENDER_FAILED: _AS_TOLD,
    ReasonCode.SCRIPT_PROBLEM: _AS_TOLD,
    ReasonCode.NOT_READY: Words("chưa đủ bản thu", "clips are missing"),
    ReasonCode.NOTHING_TO_AIR: Words("không có mục nào để phát", "there was nothing to air"),
    ReasonCode.OUTPUT_LOST: _AS_TOLD,
    ReasonCode.OUTPUT_STOPPED: Words("đường ra loa dừng giữa chừng", "the output stopped in the middle"),
    ReasonCode.NO_OUTPUT: Words("không có đường ra loa: {vi}", "no output: {en}"),
    ReasonCode.SOURCE_STALLED: Words(
        "nguồn trực tiếp mất tiếng {seconds:.0f} giây", "the live source was silent for {seconds:.0f} s"
    ),
    ReasonCode.SOURCE_ENDED: Words("nguồn trực tiếp đã hết", "the live source ended"),
    ReasonCode.MAXIMUM_REACHED: Words("hết {minutes:g} phút tối đa", "its {minutes:g} minutes are over"),
    ReasonCode.OUR_MISTAKE: Words("lỗi của chương trình: {vi}", "a mistake of the program: {en}"),
    ReasonCode.DONE_STOP: Words("đã dừng", "stopped"),
    ReasonCode.DONE_RESUME: Words("đã cho phát lại", "airing is allowed again"),
    ReasonCode.DONE_SKIP: Words("đã bỏ qua", "skipped"),
    ReasonCode.DONE_CANCEL: Words("đã hủy", "cancelled"),
    ReasonCode.DONE_RUNDOWN: Words("đã sửa chương trình: {label} «{title}»", "rundown changed: {label} '{title}'"),
    ReasonCode.NOTHING_ON_AIR: Words("không có gì đang phát", "nothing is on air"),
    ReasonCode.NO_SUCH_ITEM: Words("không có mục này", "there is no such item"),
    ReasonCode.NO_SUCH_CUE: Words("không có mục số {cue} trong chương trình", "no rundown has a cue {cue}"),
    ReasonCode.CUE_BEGUN: Words(
        "mục {label} đã bắt đầu phát, không sửa được nữa", "cue {label} has begun and stays as it is"
    ),
    ReasonCode.NOT_CHANGEABLE: Words(
        "chỉ sửa được chương trình hôm nay và ngày mai, trước khi phát xong",
        "only rundowns of today and tomorrow that have not ended can be changed",
    ),
    ReasonCode.COMMAND_EXPIRED: Words("quá hạn: yêu cầu từ {age_s!d} trước", "expired: asked {age_s!d} ago"),
    ReasonCode.UNREADABLE: Words("yêu cầu không đọc được: {vi}", "the request cannot be read: {en}"),
    ReasonCode.UNKNOWN_ZONE: Words(
        "không có cụm loa «{zone}»; đài có: {known}", "no zone '{zone}'; the station has: {known}"
    ),
    ReasonCode.UNKNOWN_VOICE: Words(
        "không có giọng «{voice}»; xem «broadcaster voices»", "no voice '{voice}'; see 'broadcaster voices'"
    ),
    ReasonCode.OUT_OF_BOUNDS: Words(
        "{what} là {value}, phải từ {least} đến {most}", "{what} is {value}, must be {least} to {most}"
    ),
    ReasonCode.LEVEL_NOT_ALLOWED: Words(
        "mức «{level}» không dùng cho thông báo này", "level '{level}' is not for this kind of notice"
    ),
    ReasonCode.IN_THE_PAST: Words("giờ này đã qua ({at})", "that time has passed ({at})"),
    ReasonCode.EMPTY_TEXT: Words("lời đọc trống", "there is no text to speak"),
    ReasonCode.TEXT_TOO_LONG: Words(
        "lời đọc dài {characters} chữ cái, nhiều nhất {most}", "the text has {characters} characters, at most {most}"
    ),
    ReasonCode.UNKNOWN_FILE: Words("không có tệp «{file}»", "there is no file '{file}'"),
}
"""One for each ReasonCode; a test says so."""


class ToTell(Protocol):
    """What a sentence is made of: a `reasons.Reason`."""

    @property
    def code(self) -> ReasonCode:
        """Chooses the template."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Fill the template."""

    @property
    def because(self) -> ToTell | None:
        """Told behind it."""

    @property
    def also(self) -> Sequence[ToTell]:
        """Told beside it."""


CAUSES: Mapping[ReasonCode, Words] = {
    ReasonCode.RENDER_FAILED: Words("không dựng được bản thu", "its clip could not be rendered"),
    ReasonCode.SCRIPT_PROBLEM: Words("kịch bản hoặc tệp ghi âm có lỗi", "a script or recording is wrong"),
    ReasonCode.OUTPUT_LOST: Words("mất đường ra loa", "the output was lost"),
    ReasonCode.NO_OUTPUT: Words("không có đường ra loa", "there was no output"),
    ReasonCode.OUR_MISTAKE: Words("lỗi của chương trình", "a mistake of the program"),
    ReasonCode.RECORDED: Words("lý do ghi bằng lời của bản phần mềm cũ", "a reason in an older program's words"),
    ReasonCode.UNREADABLE: Words("yêu cầu không đọc được", "the request could not be read"),
}
"""Where the template holds nothing but facts."""
_FACT = re.compile(r"\{[^}]*\}")


def cause(code: ReasonCode) -> Words:
    """What a code means in general: its sentence without the facts of a single case, for counting."""
    told = CAUSES.get(code) or SENTENCES[code]
    return Words(_FACT.sub("…", told.vi), _FACT.sub("…", told.en))


def sentence(reason: ToTell) -> Words:
    """The whole sentence, with what lies behind it and what else there was."""
    return Words(_told(reason, "vi"), _told(reason, "en"))


def _told(reason: ToTell, lang: str) -> str:
    template = SENTENCES[reason.code].text(lang)
    text = _formatter(lang).vformat(template, (), reason.facts)
    if reason.code is ReasonCode.MISSED_LATE and "bound_s" in reason.facts:
        allowed = in_words(reason.facts["bound_s"], lang)
        text += f", chỉ được muộn {allowed}" if lang == "vi" else f", at most {allowed} is allowed"
    if reason.code is ReasonCode.NOT_READY:
        return _missing(reason, lang) or text
    if reason.because is not None:
        behind = _told(reason.because, lang)
        link = {"vi": " vì ", "en": " because of "}[lang] if reason.code in _CAUSED else "; "
        text = f"{text}{link}{behind}" if behind else text
    others = [told for one in reason.also if (told := _told(one, lang)) and told != text]
    shown = list(dict.fromkeys([*([text] if text else []), *others]))
    return "; ".join(shown[:MOST_TOLD]) + ("; …" if len(shown) > MOST_TOLD else "")


_CAUSED = {ReasonCode.PLAYED_LATE, ReasonCode.MISSED_LATE, ReasonCode.HANDED_ON, ReasonCode.EXPIRED}
"""Codes whose `because` is told as a cause; behind others it is a second fact."""


def _missing(reason: ToTell, lang: str) -> str:
    """`item: why; item: why; and 3 more`."""
    told = [f"{one.facts.get('item', '')}: {_told(one, lang)}" for one in reason.also]
    if more := reason.facts.get("more"):
        told.append(f"và {more} mục nữa" if lang == "vi" else f"and {more} more")
    return "; ".join(told)


class _Sentence(Formatter):
    """`str.format` with the conversion `!d`: seconds as a length of time in words."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        """As Formatter's, with `d`."""
        if conversion == "d":
            return in_words(value, self._lang)
        return super().convert_field(value, conversion)


def _formatter(lang: str) -> _Sentence:
    return _Sentence(lang)


_UNITS = {
    "vi": {"second": "giây", "minute": "phút", "hour": "giờ", "day": "ngày"},
    "en": {"second": "s", "minute": "min", "hour": "h", "day": "d"},
}


def in_words(span: float | str | timedelta, lang: str = "vi") -> str:
    """A length of time, two units at most: "45 giây", "17 phút", "2 giờ 5 phút", "3 ngày 4 giờ"; "2 min 18 s"."""
    unit = _UNITS["en" if lang == "en" else "vi"]
    seconds = max(0, round(span.total_seconds() if isinstance(span, timedelta) else float(span)))
    if seconds < 60:
        return f"{seconds} {unit['second']}"
    minutes = seconds // 60
    if minutes < 10 and seconds % 60:
        return f"{minutes} {unit['minute']} {seconds % 60} {unit['second']}"
    for size, large, step, small in ((1440, "day", 60, "hour"), (60, "hour", 1, "minute")):
        if minutes >= size:
            rest = minutes % size // step
            return f"{minutes // size} {unit[large]}" + (f" {rest} {unit[small]}" if rest else "")
    return f"{minutes} {unit['minute']}"
