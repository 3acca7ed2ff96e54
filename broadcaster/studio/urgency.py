"""Who waits for a clip, and so what it may wait behind."""

from __future__ import annotations

import enum

from broadcaster.model import RenderRequest


class Urgency(enum.IntEnum):
    """Each has rendering processes of its own, so that none waits behind a lesser one. Smaller is more urgent."""

    EMERGENCY = 0
    """Lives may depend on it."""
    NOTICE = 1
    """An operator waits for it."""
    AHEAD = 2
    """What the next days need."""

    @classmethod
    def of(cls, request: RenderRequest) -> Urgency:
        """What the request itself says."""
        return cls.EMERGENCY if request.urgent else cls.AHEAD
