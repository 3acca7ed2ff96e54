"""The state that one reading of a text carries from pass to pass: settings, glossary, learned abbreviations, doubts.

A pass is a function (text, job) -> text. It may look at `job`, add to `job.learned`, and say what it is unsure of with
`job.doubt`; it keeps nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from broadcaster.errors import Words
from broadcaster.model import Reading
from broadcaster.text.glossary import Glossary

CURE = Words(
    "Thêm một dòng vào tu_dien.tsv: chữ viết, dấu Tab, cách đọc",
    "Add a line to tu_dien.tsv: written form, Tab, reading",
)
"""The cure that every doubt ends with."""
LEFT_OUT = Words("(bỏ qua)", "(left out)")
"""`read_as` (in Vietnamese) of what is not read at all."""
BRACE_LEFT_OUT = Words("(bỏ dấu ngoặc)", "(brace left out)")
"""`read_as` (in Vietnamese) of a brace that belongs to no mark."""
NOT_SAID = {words.vi: words for words in (LEFT_OUT, BRACE_LEFT_OUT)}
"""`read_as` → its words, where it is a remark and not what the voice says."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One piece whose reading no rule decides. Its place in the text is looked up at the end (reader.py)."""

    written: str
    read_as: str
    reason: Words


@dataclass(kw_only=True)
class Job:
    """The state of one reading."""

    reading: Reading
    glossary: Glossary
    learned: dict[str, str] = field(default_factory=dict)
    """Abbreviations that the text itself explains, "Quỹ hỗ trợ nông dân (QHTND)": written to spoken."""
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, written: str, read_as: str, why: Words) -> None:
        """Report `written`, which will be read as `read_as`, because `why` (without a full stop)."""
        reason = Words(f"{why.vi}. {CURE.vi}", f"{why.en}. {CURE.en}")
        self.doubts.append(Doubt(written=written, read_as=read_as, reason=reason))
