"""Speakers: what hears the station. One contract (`speaker.py`), several outputs.

A speaker plays clips and live sources at the station clock's pace, several at once in zones of their own, and says what
each zone really got. It knows nothing of queues, levels, schedules or the journal: who plays next, and what a loss
means, is the playout's to decide.
"""

from broadcaster.speakers.opening import open_speaker
from broadcaster.speakers.speaker import (
    CUT_FADE_MS,
    NO_REASON,
    OPEN_BOUND_S,
    Health,
    Job,
    Playback,
    PlaybackState,
    Speaker,
    words_of,
)
from broadcaster.speakers.zone import ONE_ZONE, ZoneRoute, Zones, zone_routes

__all__ = [
    "CUT_FADE_MS",
    "NO_REASON",
    "ONE_ZONE",
    "OPEN_BOUND_S",
    "Health",
    "Job",
    "Playback",
    "PlaybackState",
    "Speaker",
    "ZoneRoute",
    "Zones",
    "open_speaker",
    "words_of",
    "zone_routes",
]
