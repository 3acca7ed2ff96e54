"""Who may sound where: one pure decision over all strands and zones (DESIGN.md §4).

Strands are served in the order of the ladder. One voice in a lane, and in lanes that can be heard in one another; what
waits keeps what is less urgent from beginning where it wants to begin, so that nothing starves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Zones = frozenset[str]
NOWHERE: Zones = frozenset()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A strand as the director sees it."""

    id: int
    order: tuple[float, ...]
    """Lower is served first."""
    rank: int
    """Urgency on the ladder; lower is more urgent."""
    zones: Zones
    """Where it is to be heard."""
    heard_in: Zones = NOWHERE
    """Where it sounds now."""
    sounding: bool = False
    """It is in the middle of a cue."""
    resting: bool = False
    """It is between two rounds: it keeps its zones, and begins nothing."""
    breaks_in: bool = False
    """It may take lanes from less urgent strands in the middle of a cue."""
    needs_all: bool = False
    """It begins only when all its zones are free."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do now. Routes and cuts come first; what they free is begun in."""

    begin: Mapping[int, Zones] = field(default_factory=dict)
    """Waiting strands that may begin their next cue, and where."""
    route: Mapping[int, Zones] = field(default_factory=dict)
    """Sounding strands that are to be heard elsewhere than now, but still somewhere."""
    cut: Mapping[int, int] = field(default_factory=dict)
    """Sounding strands that lost all their zones, each with the strand that took the last."""
    taken: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """For each strand in `route`: the zones it loses now, and to whom."""


@dataclass(frozen=True, kw_only=True)
class Director:
    """Knows which zones can be heard in one another."""

    heard_together: Mapping[str, Zones] = field(default_factory=dict)
    """For a zone, the others in whose area it is heard; symmetric."""

    def area(self, zone: str) -> Zones:
        """The zones in which a sound of this one is heard."""
        return self.heard_together.get(zone, NOWHERE) | {zone}

    def decide(self, claims: Iterable[Claim], available: Zones) -> Decision:
        """`available`: zones whose output is open."""
        ordered = sorted(claims, key=lambda claim: claim.order)
        sounding = [claim for claim in ordered if claim.sounding]
        held: dict[str, int] = {}
        """Zones in which a strand sounds or begins now, by strand."""
        kept: set[str] = set()
        """Zones of every strand so far that waits or sounds: nothing later in the order begins there."""
        rested: dict[str, int] = {}
        """Zones in which a strand is between two rounds, with its rank: nothing less urgent begins there."""
        begin: dict[int, Zones] = {}
        route: dict[int, Zones] = {}
        cut: dict[int, int] = {}
        taken: dict[int, dict[str, int]] = {}

        def free(claim: Claim, zone: str) -> bool:
            area = self.area(zone)
            if area & kept:
                return False
            if any(rested.get(near, claim.rank) < claim.rank for near in area):
                return False
            # What sounds and comes later in the order keeps its lanes to the end of its cue, unless it may be cut.
            return not any(
                other.id != claim.id and area & other.heard_in and not _may_take(claim, other) for other in sounding
            )

        for claim in ordered:
            if claim.sounding:
                lost = {zone: taker for zone in claim.heard_in if (taker := self._taker(zone, claim, held)) is not None}
                rejoined = {z for z in (claim.zones - claim.heard_in) & available if free(claim, z)}
                now = ((claim.heard_in - lost.keys()) | rejoined) & claim.zones
                if not now and claim.heard_in:
                    cut[claim.id] = next(iter(lost.values()), claim.id)
                elif now != claim.heard_in:
                    route[claim.id] = now
                    taken[claim.id] = lost
                held.update(dict.fromkeys(now, claim.id))
                kept |= claim.zones
            elif claim.resting:
                for zone in claim.zones:
                    rested.setdefault(zone, claim.rank)
            else:
                wanted = claim.zones & available
                able = frozenset(zone for zone in wanted if free(claim, zone))
                if able and (able == wanted or not claim.needs_all):
                    begin[claim.id] = able
                    held.update(dict.fromkeys(able, claim.id))
                kept |= claim.zones
        return Decision(begin=begin, route=route, cut=cut, taken=taken)

    def _taker(self, zone: str, claim: Claim, held: Mapping[str, int]) -> int | None:
        """Who begins now where this zone is heard; None: nobody."""
        takers = (held[near] for near in self.area(zone) if near in held)
        return next((taker for taker in takers if taker != claim.id), None)


def _may_take(claim: Claim, other: Claim) -> bool:
    return claim.breaks_in and not claim.sounding and claim.rank < other.rank
