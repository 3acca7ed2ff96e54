"""Turns Vietnamese as written in office documents into Vietnamese as spoken over a loudspeaker.

An ordered list of passes, each a function (text, job) -> text, on the standard library alone. Readings that are looked
up are tables: data/*.tsv and the station's own tu_dien.tsv. This room knows nothing of voices, scripts or settings.
What no rule decides is reported with line and column, never guessed silently.
"""

from broadcaster.text.glossary import Glossary, load_glossary
from broadcaster.text.job import NOT_SAID
from broadcaster.text.reader import read_aloud, spoken_line

__all__ = ["NOT_SAID", "Glossary", "load_glossary", "read_aloud", "spoken_line"]
