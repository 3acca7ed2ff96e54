"""Levels of urgency, and how things end."""

from __future__ import annotations

import enum


class Level(enum.StrEnum):
    """The ladder, highest first: TT 39/2020/TT-BTTTT's three levels plus the live microphone and the session."""

    KHAN_CAP = "khan_cap"
    """Emergency: cuts in at once; the only level that passes the allowed hours, with a reason."""
    TRUC_TIEP = "truc_tiep"
    """Live microphone."""
    UU_TIEN = "uu_tien"
    """Priority: next after the current item."""
    PHIEN = "phien"
    """An item of a planned session."""
    THONG_THUONG = "thong_thuong"
    """Ordinary ad-hoc announcement: after everything else."""

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Level).index(self)


class Outcome(enum.StrEnum):
    """How an occurrence or one airing of an item ended. Always stored with a Reason."""

    AIRED = "aired"
    """Every sample was consumed by the output."""
    PARTLY_AIRED = "partly_aired"
    """Some of it was heard; it will not be continued."""
    MISSED = "missed"
    """Its time passed and the late rule let it go."""
    PREEMPTED = "preempted"
    """Cut by something more urgent."""
    FAILED = "failed"
    """It could not be played: no clip, no output, no sound."""
    CANCELLED = "cancelled"
    """An operator or the gate stopped it."""
    ABANDONED = "abandoned"
    """The program died while it was on air."""


class State(enum.StrEnum):
    """Where an occurrence is on its way: planned → ready | not_ready → on_air → ended."""

    PLANNED = "planned"
    READY = "ready"
    NOT_READY = "not_ready"
    ON_AIR = "on_air"
    ENDED = "ended"
