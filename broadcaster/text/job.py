"""What one reading carries from pass to pass: the settings, the glossary, and what was learnt and doubted on the way.

A pass is a function (text, job) -> text. It may look at `job`, add to `job.learned`, and say what it is unsure of with
`job.doubt`; it keeps nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from broadcaster.model import Reading

if TYPE_CHECKING:
    from broadcaster.text.glossary import Glossary

HOW_TO_SETTLE = "Thêm một dòng vào tu_dien.tsv: chữ viết, dấu Tab, cách đọc"
"""The cure that every doubt ends with."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One piece a pass could not settle; where it stands in the text is found out afterwards."""

    written: str
    read_as: str
    reason: str


@dataclass(kw_only=True)
class Job:
    """The state of one reading."""

    reading: Reading
    glossary: Glossary
    learned: dict[str, str] = field(default_factory=dict)
    """Abbreviations that the text itself explains, "Quỹ hỗ trợ nông dân (QHTND)": written to spoken."""
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, written: str, read_as: str, why: str) -> None:
        """Report `written`, which will be read as `read_as`, because `why` (Vietnamese, no full stop)."""
        self.doubts.append(Doubt(written=written, read_as=read_as, reason=f"{why}. {HOW_TO_SETTLE}"))
