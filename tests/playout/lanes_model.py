"""A small model of playout around the real director: calls of one cue, time in ticks, no journal, gate or output.

It does with the director's decisions what the player does, and checks after each tick what must always hold.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from broadcaster.playout.director import Claim, Decision, Director

Zones = frozenset[str]
ZONES = ("a", "b", "c")
SUBSETS = [frozenset(zones) for size in (1, 2, 3) for zones in itertools.combinations(ZONES, size)]
NEIGHBOURS: dict[str, Mapping[str, Zones]] = {
    "none": {},
    "pair": {"a": frozenset("b"), "b": frozenset("a")},
    "chain": {"a": frozenset("b"), "b": frozenset("ac"), "c": frozenset("b")},
}
SAME: dict[str, list[str]] = {"none": ["bac", "cba", "acb", "bca", "cab"], "pair": ["bac"], "chain": ["cba"]}
"""For each kind of neighbourhood: permutations of the zones under which it stays the same."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How calls of one level behave."""

    name: str
    rank: int
    breaks_in: bool = False
    needs_all: bool = False


KINDS = (
    Kind(name="emergency", rank=0, breaks_in=True),
    Kind(name="priority", rank=2),
    Kind(name="session", rank=3, needs_all=True),
    Kind(name="notice", rank=4, needs_all=True),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One call of a case."""

    kind: Kind
    zones: Zones
    at: int
    """Tick at which it is asked for."""
    length: int
    """Ticks of sound."""

    def __repr__(self) -> str:
        """Short, for the message of a failed case."""
        return f"{self.kind.name} in {''.join(sorted(self.zones))} at {self.at} for {self.length}"


@dataclass(kw_only=True, eq=False)
class Strand:
    """Some zones of a call, as the player keeps them."""

    call: int
    asked: Asked
    zones: Zones
    begun: bool = False
    heard_in: Zones = frozenset()
    left: int = 0
    """Ticks of sound still to come; 0: it does not sound."""

    @property
    def order(self) -> tuple[int, bool, int]:
        """As the player orders them."""
        return (self.asked.kind.rank, not self.begun, self.call)

    def claim(self) -> Claim:
        """What the director is told."""
        return Claim(
            id=id(self),
            order=self.order,
            rank=self.asked.kind.rank,
            zones=self.zones,
            heard_in=self.heard_in,
            sounding=self.left > 0,
            breaks_in=self.asked.kind.breaks_in,
            needs_all=self.asked.kind.needs_all and not self.begun,
        )


@dataclass(kw_only=True)
class Model:
    """One case on its way; `run` raises AssertionError where a rule is broken."""

    asked: tuple[Asked, ...]
    near: Mapping[str, Zones]
    strands: list[Strand] = field(default_factory=list)
    heard: dict[int, set[str]] = field(default_factory=dict)
    """For each call the zones that have heard its end."""
    missed: dict[int, set[str]] = field(default_factory=dict)
    """For each call the zones that another voice kept from hearing its end."""

    def run(self) -> None:
        """To the end of every call."""
        director = Director(heard_together=self.near)
        # What is cut starts again; with three calls each can be cut by two others.
        bound = 10 + 3 * sum(each.length for each in self.asked) + max(each.at for each in self.asked)
        for tick in itertools.count():
            assert tick < bound, f"not over: {[each.asked for each in self.strands]}"
            self._pass_tick()
            for number, each in enumerate(self.asked):
                if each.at == tick:
                    self.strands.append(Strand(call=number, asked=each, zones=each.zones))
            # A zone that was split off asks again in the same tick, as in the player's loop.
            for _ in range(len(self.asked) + 1):
                decision = director.decide([each.claim() for each in self.strands], frozenset(ZONES))
                self._apply(decision)
                if not decision.begin:
                    break
            assert not decision.begin, "the director never comes to rest"
            self._check()
            if not self.strands and tick >= max(each.at for each in self.asked):
                break
        for number, each in enumerate(self.asked):
            assert self.heard.get(number, set()) | self.missed.get(number, set()) == each.zones

    def _pass_tick(self) -> None:
        for strand in [each for each in self.strands if each.left > 0]:
            strand.left -= 1
            if strand.left == 0:
                self.heard.setdefault(strand.call, set()).update(strand.heard_in)
                self.missed.setdefault(strand.call, set()).update(strand.zones - strand.heard_in)
                self.strands.remove(strand)

    def _apply(self, decision: Decision) -> None:
        by_id = {id(each): each for each in self.strands}
        for number, zones in decision.route.items():
            assert zones and zones <= by_id[number].zones
            by_id[number].heard_in = zones
        for number in decision.cut:
            by_id[number].heard_in, by_id[number].left = frozenset(), 0
        for number, zones in decision.begin.items():
            strand = by_id[number]
            assert zones and zones <= strand.zones and strand.left == 0
            if not strand.begun and strand.asked.kind.needs_all:
                assert zones == strand.zones, f"{strand.asked} began in {set(zones)} alone"
            self._nothing_more_urgent_waits(strand, zones, decision)
            if not strand.begun and zones != strand.zones:
                self.strands.append(Strand(call=strand.call, asked=strand.asked, zones=strand.zones - zones))
                strand.zones = zones
            strand.begun, strand.heard_in, strand.left = True, zones, strand.asked.length

    def _nothing_more_urgent_waits(self, strand: Strand, zones: Zones, decision: Decision) -> None:
        area = self.area(zones)
        for other in self.strands:
            if other.asked.kind.rank < strand.asked.kind.rank:
                beginning = decision.begin.get(id(other), frozenset())
                waits_in = other.zones - other.heard_in - beginning
                assert not waits_in & area, f"{strand.asked} began before {other.asked}"

    def area(self, zones: Zones) -> Zones:
        """Where a sound in these zones is heard."""
        return zones | {near for zone in zones for near in self.near.get(zone, frozenset())}

    def _check(self) -> None:
        sounding = [each for each in self.strands if each.left > 0]
        for each in sounding:
            assert each.heard_in, f"{each.asked} sounds nowhere"
        for one, other in itertools.combinations(sounding, 2):
            assert not self.area(one.heard_in) & other.heard_in, f"{one.asked} and {other.asked} at once"
        ahead: Zones = frozenset()
        for each in sorted(self.strands, key=lambda each: each.order):
            # A lane that it lacks is lacking for a reason: another voice is near, or something ahead of it wants one.
            others = frozenset[str]().union(*(other.heard_in for other in sounding if other is not each))
            free = each.zones - each.heard_in - self.area(others) - self.area(ahead)
            together = each.asked.kind.needs_all and not each.begun
            assert not free or (together and free != each.zones), f"{each.asked} might be heard in {set(free)}"
            ahead |= each.zones


def cases(kind: str, first: int = 0, step: int = 1) -> Iterator[tuple[Asked, ...]]:
    """Every combination of three calls in three zones, but for those that are others with the zones renamed.

    Of them the one with the number `first`, and from there on every `step`-th.
    """
    renamings = [dict(zip(ZONES, renaming, strict=True)) for renaming in SAME[kind]]
    everywhere = [zones for zones in itertools.product(SUBSETS, repeat=3) if _first_of_its_kind(zones, renamings)]
    kinds = itertools.product(KINDS, repeat=3)
    gaps, lengths = itertools.product((0, 1), repeat=2), itertools.product((1, 3), repeat=3)
    how = list(itertools.product(kinds, gaps, lengths))
    for number in range(first, len(everywhere) * len(how), step):
        zones, (kind_of, gap, length) = everywhere[number // len(how)], how[number % len(how)]
        moments = (0, gap[0], gap[0] + gap[1])
        yield tuple(Asked(kind=kind_of[n], zones=zones[n], at=moments[n], length=length[n]) for n in range(3))


def _first_of_its_kind(zones: tuple[Zones, ...], renamings: list[dict[str, str]]) -> bool:
    key = [sorted(each) for each in zones]
    return all([sorted(names[zone] for zone in each) for each in zones] >= key for names in renamings)
