"""Turns phrases in spoken form into mono samples.

All engines have one contract (`engine.py`); a `Chain` is the station's order of them. An engine knows nothing of
scripts, of mastering or of the cache, and it never rewrites words: that is the text room's work, before it.
"""

from broadcaster.speech.chain import Answer, Chain, Failure
from broadcaster.speech.engine import Engine, Gender, Reach, Speech, Voice
from broadcaster.speech.registry import ENGINES, open_engine

__all__ = [
    "ENGINES",
    "Answer",
    "Chain",
    "Engine",
    "Failure",
    "Gender",
    "Reach",
    "Speech",
    "Voice",
    "open_engine",
]
