"""The words of the journal for people: levels, outcomes, states."""

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
ASKABLE = (Level.THONG_THUONG, Level.UU_TIEN, Level.KHAN_CAP)
"""Levels that `say` and `play` may ask for."""


def outcome_words(outcome: Outcome | None) -> Words:
    """An airing without outcome is on air."""
    return ON_AIR if outcome is None else OUTCOME_WORDS[outcome]
