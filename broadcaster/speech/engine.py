"""The contract every speech engine keeps. The suite in tests/speech/test_contract.py runs over all of them."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.tomlfile import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What an engine made: mono samples, not yet mastered."""

    samples: npt.NDArray[np.float32]
    """Shape (frames,), full scale ±1.0."""
    rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


class Gender(enum.StrEnum):
    """As the engine's maker names the voice."""

    FEMALE = "nữ"
    MALE = "nam"
    UNKNOWN = "–"


GENDER_WORDS = {
    Gender.FEMALE: Words("nữ", "female"),
    Gender.MALE: Words("nam", "male"),
    Gender.UNKNOWN: Words("–", "–"),
}
REGION_WORDS = {
    "bắc": Words("bắc", "northern"),
    "trung": Words("trung", "central"),
    "nam": Words("nam", "southern"),
    "": Words("", ""),
}
"""The accents that `Voice.region` names."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One voice of one engine."""

    engine: str
    name: str
    """Name within the engine; the full name is "engine:name"."""
    region: str
    """`bắc`, `trung`, `nam`, or empty."""
    gender: Gender = Gender.UNKNOWN
    language: str = "vi"


class Reach(enum.StrEnum):
    """What an engine needs at the time of speaking."""

    EMBEDDED = "embedded"
    """Nothing: works without a network on every machine we support."""
    INSTALLED = "installed"
    """A voice file or program that somebody installed."""
    NETWORK = "network"
    """A server on the Internet."""


class Engine(ABC):
    """One way to turn spoken-form phrases into sound.

    Contract:
    * `speak` blocks until the whole text is sound, or raises `SpeechError`; it MUST NOT return part of it. The error
      says in one line what happened and MAY be answered by asking the next engine of the chain. It raises nothing else
      for anything that the network, a file, a program or the text did.
    * `speak` MUST end within `deadline_s` (station's bound for one text), whatever the other side does. A `native`
      engine sees to it between two pieces; its caller MUST be ready to kill the process, for a library that hangs.
    * The sound of phrase n is followed by `pause_ms` of silence, and a phrase's `rate` is respected as far as the
      engine can. Leading and trailing silence is left to mastering.
    * Text of digits, symbols or foreign words need not be pronounced well; it MUST NOT raise. Empty text or no phrase
      raises SpeechError.
    * An engine MAY be used from several threads and processes at once; what cannot be is guarded inside.
    * Constructing an engine is cheap and does no I/O; `unavailable` may look at files and remembered failures, never
      at the network.
    * A phrase without a word (`{nghỉ 2s}`) is its pause alone.
    * Other sound for the same text (a new model, other options) means another `version`.
    """

    name: str
    reach: Reach
    native: bool = False
    """Speaks with a library in this process, which may hang or end the process: for processes that may be killed."""
    threads: int = 1
    """Cores that `speak` may use at once."""
    spelling_only_vietnamese: bool = False
    """Reads "livestream" letter by letter: it is given `Phrase.plain` where there is one."""
    version: str = "1"
    """Changes whenever the same text would sound different; part of the cache key."""

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        """The engine of the station in folder `station`, with its [engines.NAME] table.

        Raises SettingsError for a wrong value; unknown keys are refused by the caller.
        """
        return cls()

    @abstractmethod
    def voices(self) -> Sequence[Voice]:
        """Voices that can be used now, the default one first."""

    @abstractmethod
    def unavailable(self) -> Words | None:
        """None when `speak` is worth trying, else the reason in one line (what, and the cure)."""

    @abstractmethod
    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        """Speak. `voice` is a name of `voices()` or "" for the default; `rate` 1.0 is the engine's outdoor default."""

    def voice_named(self, name: str) -> Voice:
        """The usable voice called `name`, the default one for "". Raises SpeechError when there is none."""
        usable = self.voices()
        for voice in usable:
            if name in ("", voice.name):
                return voice
        listed = ", ".join(voice.name for voice in usable) or "–"
        raise SpeechError(
            Words(f"không có giọng «{name}»", f"there is no voice '{name}'"),
            where=self.name,
            cure=Words(f"Giọng đang có: {listed}", f"Voices here: {listed}"),
        )

    def close(self) -> None:  # noqa: B027  (most engines hold nothing)
        """Give back memory and connections. The engine may be used again afterwards."""
