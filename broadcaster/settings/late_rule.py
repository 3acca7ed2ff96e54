"""The missed-slot rule as people write it: `skip`, `play 10m`, `next_session`."""

from __future__ import annotations

import re
from datetime import timedelta

from broadcaster.errors import Words
from broadcaster.model import LateKind, LateRule

DEFAULT_LATE = LateRule(kind=LateKind.PLAY, bound=timedelta(minutes=10))
LATEST_START = timedelta(hours=12)
"""Bound of `play`: later than this, a morning's session would greet people in the evening."""
LATE_HINT = Words(
    "Dùng: skip, play 10m (nhiều nhất 12h), next_session", "Use: skip, play 10m (at most 12h), next_session"
)


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
