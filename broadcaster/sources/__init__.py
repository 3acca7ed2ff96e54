"""Sources: live sound, one kind per file, each behind the contract of `broadcaster.source.Reader`.

A source knows nothing of zones, outputs or schedules: it gives samples until it ends, breaks or is closed.
"""

from broadcaster.sources.fanout import Fanout
from broadcaster.sources.tone import ToneReader, ToneSource

__all__ = ["Fanout", "ToneReader", "ToneSource"]
