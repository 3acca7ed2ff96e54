"""Vietnamese as written in office documents → Vietnamese as spoken over a loudspeaker.

Ordered passes of (text, job) → text over the standard library alone; readings that are looked up are plain tables in
data/*.tsv and the station's own tu_dien.tsv. Knows nothing of voices, scripts or settings. What no rule can settle is
reported with line and column, never guessed silently.
"""

from broadcaster.text.glossary import Glossary, load_glossary
from broadcaster.text.job import NOT_SAID
from broadcaster.text.reader import read_aloud, spoken_line

__all__ = ["NOT_SAID", "Glossary", "load_glossary", "read_aloud", "spoken_line"]
