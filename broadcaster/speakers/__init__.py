"""Speakers: what hears the station. One contract (`speaker.py`), several outputs.

A speaker plays one clip at a time at the station clock's pace and says what was really consumed. It knows nothing of
queues, levels, schedules or the journal: who plays next, and what a loss means, is the playout's to decide.
"""

from broadcaster.speakers.opening import open_speaker
from broadcaster.speakers.speaker import (
    CUT_FADE_MS,
    OPEN_BOUND_S,
    Health,
    Job,
    Playback,
    PlaybackState,
    Speaker,
)

__all__ = [
    "CUT_FADE_MS",
    "OPEN_BOUND_S",
    "Health",
    "Job",
    "Playback",
    "PlaybackState",
    "Speaker",
    "open_speaker",
]
