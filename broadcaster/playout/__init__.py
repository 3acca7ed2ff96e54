"""One player, one queue: takes the most urgent thing, asks the gate, journals *on air*, plays, journals the outcome.

It must not know timetables, texts or engines: it is given occurrences whose parts know how to find their clips.
"""

from broadcaster.playout.entry import Entry, Part, Place, place_for
from broadcaster.playout.gate import Gate, GateFacts
from broadcaster.playout.onair import OnAir
from broadcaster.playout.outputs import Outputs
from broadcaster.playout.player import Player
from broadcaster.playout.queue import PlayQueue

__all__ = ["Entry", "Gate", "GateFacts", "OnAir", "Outputs", "Part", "Place", "PlayQueue", "Player", "place_for"]
