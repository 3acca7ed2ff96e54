"""Lanes, the director, the gate: calls take their zones' lanes by urgency, and every attempt is journalled.

It must not know timetables, texts or engines: it is given occurrences with their cues, and asks `Clips` for the sound.
"""

from broadcaster.playout.bank import OutputBank
from broadcaster.playout.call import Call, Clips, Manner, Strand, place_for
from broadcaster.playout.director import Director
from broadcaster.playout.gate import Gate, GateFacts
from broadcaster.playout.onair import OnAir
from broadcaster.playout.outputs import Outputs
from broadcaster.playout.player import Player

__all__ = [
    "Call",
    "Clips",
    "Director",
    "Gate",
    "GateFacts",
    "Manner",
    "OnAir",
    "OutputBank",
    "Outputs",
    "Player",
    "Strand",
    "place_for",
]
