"""Prepares phrases for engines, and joins the spoken pieces so that each pause is as long as asked.

Every engine adds silence of its own around a sentence (espeak 0.2 s, Google up to 0.5 s). It is cut off here, or the
pauses that the text room chose would come out longer with one voice than with another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.silence import sounding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

KEPT_EDGE_S = 0.03
"""Left at both ends of a piece: a final consonant fades out below the threshold."""


def has_words(text: str) -> bool:
    """Whether a voice has anything to say: a letter, a digit or a symbol; pause marks and spaces alone are nothing."""
    return any(
        character.isalnum() or unicodedata.category(character)[0] == "S" or character in "%&@#*/" for character in text
    )


def sayable(phrases: Sequence[Phrase], engine: str) -> list[Phrase]:
    """`phrases` as an engine may take them: a phrase without words has no text, control and broken characters are gone.

    Raises SpeechError, naming `engine`, when no phrase has a word.
    """
    clean = [replace(phrase, text=_plain(phrase.text) if has_words(phrase.text) else "") for phrase in phrases]
    if not any(phrase.text for phrase in clean):
        raise SpeechError(
            Words("không có chữ nào để đọc", "there are no words to speak"),
            where=engine,
            cure=Words("Viết nội dung cho kịch bản", "Write a text for the script"),
        )
    return clean


def _plain(text: str) -> str:
    """One line without control characters and lone surrogates, which end a C string or cannot be sent as UTF-8."""
    shown = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return " ".join(shown.split())


def join(pieces: Iterable[tuple[npt.NDArray[np.float32] | None, int]], rate_hz: int) -> npt.NDArray[np.float32]:
    """All pieces one after the other, each cut to its sound (None: no sound), followed by its pause in milliseconds."""
    import numpy as np

    parts: list[npt.NDArray[np.float32]] = []
    for samples, pause_ms in pieces:
        if samples is not None:
            parts.append(without_silent_ends(samples, rate_hz))
        parts.append(np.zeros(round(pause_ms * rate_hz / 1000), dtype=np.float32))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def without_silent_ends(samples: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.float32]:
    """`samples` without silence at both ends; nothing at all when there is no sound in it."""
    import numpy as np

    edge = round(KEPT_EDGE_S * rate_hz)
    kept = sounding(np.abs(samples), before=edge, after=edge)
    return samples[:0] if kept is None else samples[slice(*kept)]
