"""The studio: script → words → speech → mastering → cache → `Clip`. The only place that knows this order.

Ahead of air time it turns every line of an occurrence into a clip in the cache; at air time it only looks them up. It
knows nothing of minutes, queues and outputs. Rendering runs in processes of its own (`rendering.py`) with the engines
loaded in them, which end when idle: the station itself never loads numpy.
"""

from broadcaster.studio.replan import Replan
from broadcaster.studio.studio import Studio
from broadcaster.studio.task import VoiceSample
from broadcaster.studio.urgency import Urgency

__all__ = ["Replan", "Studio", "Urgency", "VoiceSample"]
