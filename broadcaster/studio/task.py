"""What the studio and its worker processes send each other. Pickles between our own processes, over pipes."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.errors import BroadcasterError
from broadcaster.model import Clip, RenderRequest
from broadcaster.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Task:
    """One request."""

    settings: Settings
    order: RenderRequest
    deadline_s: float
    again: bool


@dataclass(frozen=True, kw_only=True)
class Result:
    """The answer: one of the three."""

    clip: Clip | None = None
    error: BroadcasterError | None = None
    bug: str = ""
    """Traceback of a mistake of ours."""
