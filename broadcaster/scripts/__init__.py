"""The library of announcement texts: scripts_vi/*.txt -> `Script`, placeholders filled, the plan's coverage.

Knows files and placeholders. Must not know how a text is read aloud, spoken or scheduled: loudspeaker marks such as
`{nghỉ 2s}` are checked for their closing brace only and handed on untouched to the text room.
"""

from broadcaster.scripts.draft import new_script
from broadcaster.scripts.library import Library, load_library, valid_on
from broadcaster.scripts.placeholders import Placeholder, fill, missing_values, placeholders_of
from broadcaster.scripts.plan import PLAN_FILE, Content, Coverage, coverage, load_plan
from broadcaster.scripts.word import import_docx

__all__ = [
    "PLAN_FILE",
    "Content",
    "Coverage",
    "Library",
    "Placeholder",
    "coverage",
    "fill",
    "import_docx",
    "load_library",
    "load_plan",
    "missing_values",
    "new_script",
    "placeholders_of",
    "valid_on",
]
