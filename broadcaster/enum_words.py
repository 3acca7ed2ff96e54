"""The words that people read for the enums of `model`, in both languages."""

from __future__ import annotations

from broadcaster.errors import Words
from broadcaster.model import CueState, ItemKind, Level, Outcome

LEVEL_WORDS = {
    Level.KHAN_CAP: Words("khẩn cấp", "emergency"),
    Level.TRUC_TIEP: Words("trực tiếp", "live"),
    Level.UU_TIEN: Words("ưu tiên", "priority"),
    Level.PHIEN: Words("phiên", "session"),
    Level.THONG_THUONG: Words("thông thường", "ordinary"),
}
OUTCOME_WORDS = {
    Outcome.AIRED: Words("đã phát", "aired"),
    Outcome.PARTLY_AIRED: Words("phát dở", "partly aired"),
    Outcome.MISSED: Words("bỏ lỡ", "missed"),
    Outcome.PREEMPTED: Words("bị ngắt", "pre-empted"),
    Outcome.FAILED: Words("hỏng", "failed"),
    Outcome.CANCELLED: Words("hủy", "cancelled"),
    Outcome.ABANDONED: Words("bỏ dở", "abandoned"),
}
ITEM_KIND_WORDS = {
    ItemKind.SCRIPT: Words("kịch bản", "script"),
    ItemKind.TOPIC: Words("theo nội dung", "topic"),
    ItemKind.RECORDING: Words("ghi âm", "recording"),
    ItemKind.CHIME: Words("nhạc hiệu", "chime"),
    ItemKind.PAUSE: Words("nghỉ", "pause"),
    ItemKind.TEXT: Words("lời", "text"),
    ItemKind.LIVE: Words("trực tiếp", "live"),
}
SIGNAL_TITLES = {
    ItemKind.CHIME: Words("Nhạc hiệu", "Chime"),
    ItemKind.PAUSE: Words("Nghỉ", "Pause"),
}
"""Titles of items that have no text or file of the station; all others are called by their own."""
CUE_STATE_WORDS = {
    CueState.WAITING: Words("chờ", "waiting"),
    CueState.BEGUN: Words("đã bắt đầu", "begun"),
    CueState.ENDED: Words("đã xong", "ended"),
    CueState.REMOVED: Words("đã bỏ", "removed"),
}
ON_AIR = Words("đang phát", "on air")
"""An airing that has no outcome yet."""


def title_words(kind: ItemKind, title: str) -> Words:
    """The title of a cue for people: the station's own, except of what the program makes itself."""
    return SIGNAL_TITLES.get(kind) or Words(title, title)


def outcome_words(outcome: Outcome | None) -> Words:
    """The words of an airing's outcome; None: it is still on air."""
    return ON_AIR if outcome is None else OUTCOME_WORDS[outcome]
