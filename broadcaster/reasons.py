"""Why something ended as it did: a code with its facts. Stored as both; the sentence is made at the edge.

`Reason.words()` gives the sentence in both languages (`reason_words.py`). Whoever decides by a reason (exit codes,
alarms, report counts) looks at `code`, never at the sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from broadcaster.errors import BroadcasterError, Words
from broadcaster.reason_codes import ReasonCode
from broadcaster.reason_words import Fact, sentence

__all__ = [
    "AIRED_WHOLE",
    "NO_REASON",
    "Fact",
    "Reason",
    "ReasonCode",
    "reason",
    "reason_in_words",
    "reason_of",
]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason. Equal when code and facts are."""

    code: ReasonCode
    facts: Mapping[str, Fact] = field(default_factory=dict)
    because: Reason | None = None
    """What lies behind it: a power cut behind a missed session."""
    also: tuple[Reason, ...] = ()
    """Further reasons, when several parts ended differently."""

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.facts.items())), self.because, self.also))

    def words(self) -> Words:
        """The sentence, in both languages."""
        return sentence(self)

    def text(self, lang: str = "vi") -> str:
        """The sentence in one language."""
        return self.words().text(lang)

    def after(self, cause: Reason | None) -> Reason:
        """The same, with what lies behind it."""
        return replace(self, because=cause)

    def facts_json(self) -> str:
        """Everything but the code, for a column of its own; empty when there is nothing."""
        data = self._data()
        del data["code"]
        return json.dumps(data, ensure_ascii=False, sort_keys=True) if data else ""

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"code": str(self.code)}
        if self.facts:
            data["facts"] = dict(self.facts)
        if self.because is not None:
            data["because"] = self.because._data()
        if self.also:
            data["also"] = [reason._data() for reason in self.also]
        return data

    @classmethod
    def stored(cls, code: str, facts_json: str) -> Reason:
        """The inverse of `code` and `facts_json`."""
        return _from_data({"code": code, **(json.loads(facts_json) if facts_json else {})})


_CODES = frozenset(ReasonCode)


def _from_data(data: Mapping[str, Any]) -> Reason:
    if data["code"] not in _CODES:  # of a newer program
        return Reason(code=ReasonCode.RECORDED, facts={"text": data["code"]})
    because = data.get("because")
    return Reason(
        code=ReasonCode(data["code"]),
        facts=data.get("facts", {}),
        because=_from_data(because) if because else None,
        also=tuple(_from_data(one) for one in data.get("also", ())),
    )


def reason(code: ReasonCode, **facts: Fact) -> Reason:
    """A reason without anything behind it."""
    return Reason(code=code, facts=facts)


def reason_in_words(code: ReasonCode, words: Words, **facts: Fact) -> Reason:
    """A reason whose sentence comes from elsewhere: an engine, an output, a file."""
    return Reason(code=code, facts={"vi": words.vi, "en": words.en, **facts})


def reason_of(code: ReasonCode, problem: BroadcasterError) -> Reason:
    """The reason that an error gives, in both languages; which class of error it was stays known."""
    told = problem.words()
    return Reason(code=code, facts={"vi": told.vi, "en": told.en, "error": type(problem).__name__})


NO_REASON = Reason(code=ReasonCode.NONE)
AIRED_WHOLE = Reason(code=ReasonCode.AIRED_WHOLE)
