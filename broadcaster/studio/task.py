"""What the studio and its rendering processes send each other. Pickles between our own processes, over pipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from broadcaster.errors import BroadcasterError, Words
from broadcaster.model import Clip, Phrase, RenderRequest
from broadcaster.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RenderTask:
    """One clip to be made."""

    settings: Settings
    request: RenderRequest
    deadline_s: float
    """For the voice; mastering comes after it."""
    better: bool = False
    """A provisional clip is there: try the engines that come before the one that spoke it."""
    lost: Mapping[str, Words] = field(default_factory=dict)
    """Engines that hung or ended their process over this very text, and what is to be said of each."""


@dataclass(frozen=True, kw_only=True)
class SampleTask:
    """One sentence in one voice, not mastered, into a file of the operator's."""

    settings: Settings
    engine: str
    voice: str
    phrases: Sequence[Phrase]
    file: Path
    deadline_s: float


@dataclass(frozen=True, kw_only=True)
class VoiceSample:
    """What a SampleTask made."""

    length_s: float
    took_s: float
    """Loading the engine included, when it was not loaded yet."""
    loudness_lufs: float
    """Integrated, of the sound as the engine gave it."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a rendering process is doing from now on."""

    engine: str
    """Who speaks; empty while no engine does."""
    limit_s: float | None = None
    """The engine is native and has this long: killing is the only bound on it. None: it keeps its own bounds."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The answer: one of the four."""

    clip: Clip | None = None
    sample: VoiceSample | None = None
    error: BroadcasterError | None = None
    bug: str = ""
    """Traceback of a mistake of ours."""
