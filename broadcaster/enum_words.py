"""The words that people read for the levels and outcomes of `model`, in both languages."""

from __future__ import annotations

from broadcaster.errors import Words
from broadcaster.model import Level, Outcome

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
ON_AIR = Words("đang phát", "on air")
"""An airing that has no outcome yet."""


def outcome_words(outcome: Outcome | None) -> Words:
    """The words of an airing's outcome; None: it is still on air."""
    return ON_AIR if outcome is None else OUTCOME_WORDS[outcome]
