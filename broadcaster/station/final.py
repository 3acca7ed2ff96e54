"""Which rows settle a cue."""

from broadcaster.model import Airing, Outcome


def final(airing: Airing) -> bool:
    """Whether the cue needs no further attempt in the zones of this row."""
    return airing.outcome not in (None, Outcome.ABANDONED, Outcome.PREEMPTED)
