"""What waits, sounds and fades, told to the director; and lanes taken and rejoined as it decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broadcaster.clock import Clock
from broadcaster.model import STATION_RATE_HZ, Outcome, Place
from broadcaster.playout.bank import OutputBank
from broadcaster.playout.call import Call, Manner, Strand
from broadcaster.playout.director import Claim, Decision, Director
from broadcaster.playout.onair import Chosen, OnAir
from broadcaster.playout.permission import Permission
from broadcaster.reasons import ReasonCode, reason


class Lanes:
    """Belongs to the player, and like it to the station's one thread."""

    def __init__(
        self, *, clock: Clock, outputs: OutputBank, director: Director, permission: Permission, calls: list[Call]
    ) -> None:
        """`calls`: everything that waits or sounds; the player's own list."""
        self._clock = clock
        self._outputs = outputs
        self._director = director
        self._permission = permission
        self.calls = calls
        self.on_air: list[OnAir] = []
        self.fading: list[OnAir] = []
        """Cut, and still sounding beneath the beginning of something else; without a verdict yet."""

    def decide(
        self, waiting: Iterable[Strand], refused: Mapping[Strand, frozenset[str]], chosen: Iterable[Chosen]
    ) -> Decision:
        """The director's word on what waits, and on what sounds, fades or was chosen in this step.

        `refused`: zones in which the gate does not let the next cue of a strand pass.
        """
        claims = [self._claim(strand, refused.get(strand, frozenset())) for strand in waiting]
        sounding: list[OnAir | Chosen] = [*self.on_air, *chosen]
        claims += [self._claim_of_sounding(each) for each in sounding]
        claims += [self._claim_of_fading(each) for each in self.fading if not each.ends_strand]
        return self._director.decide(claims, self._outputs.available())

    def heard_near(self, zone: str, chosen: Iterable[Chosen]) -> str:
        """Title of what is heard in this zone, or next door; empty: nothing is."""
        area = self._director.area(zone)
        sounding: list[OnAir | Chosen] = [*chosen, *self.on_air]
        return next((each.strand.occurrence.title for each in sounding if each.heard_in & area), "")

    def take(self, decision: Decision, chosen: Iterable[Chosen]) -> None:
        """Route and cut what sounds as the director says. `chosen`: what begins for it, in this step."""
        sounding: list[OnAir | Chosen] = [*self.on_air, *chosen]
        titles = {id(each.strand): each.strand.occurrence.title for each in sounding}
        for on_air in list(self.on_air):
            number = id(on_air.strand)
            if number in decision.route and on_air.cut_as is None:
                self._route(on_air, decision.route[number], {z: titles[by] for z, by in decision.taken[number].items()})
            elif number in decision.cut:
                if on_air.cut_as is None:
                    why = reason(ReasonCode.PREEMPTED, by=titles[decision.cut[number]])
                    on_air.cut(Outcome.PREEMPTED, why, ends_strand=False)
                self.on_air.remove(on_air)
                self.fading.append(on_air)

    def _route(self, on_air: OnAir, zones: frozenset[str], taken: Mapping[str, str]) -> None:
        """`taken`: zones that it loses, each with the title of what takes them."""
        for zone, title in taken.items():
            on_air.absent[zone] = reason(ReasonCode.PREEMPTED, by=title)
        for zone in zones - on_air.heard_in:
            on_air.serve(zone, self._outputs.spec_of(zone))
        on_air.heard_in = zones
        on_air.playback.route(zones)

    def keep_out(self, decision: Decision) -> bool:
        """Note the zones that something on air would rejoin, but for the gate. False: there are none."""
        found = False
        for on_air in [each for each in self.on_air if id(each.strand) in decision.route]:
            entered = decision.route[id(on_air.strand)] - on_air.heard_in
            if not entered:
                continue
            played_s = on_air.playback.frames_played / STATION_RATE_HZ
            refused = self._permission.refusals(on_air.strand, on_air.clip, entered, played_s=played_s)
            on_air.refused |= refused.keys()
            on_air.absent.update(refused)
            found = found or bool(refused)
        return found

    def waiting(self) -> list[Strand]:
        """Those that may begin their next cue, or rest between two rounds and keep their zones."""
        monotonic = self._clock.monotonic()
        busy = {each.strand for each in (*self.fading, *self.on_air)}
        strands = [strand for call in self.calls for strand in call.strands if strand not in busy]
        return [strand for strand in strands if strand.ready_at(monotonic) or strand.rests_at(monotonic)]

    def _claim(self, strand: Strand, refused: frozenset[str]) -> Claim:
        """What a strand that waits asks for; `refused`: zones in which the gate does not let its next cue pass."""
        return Claim(
            id=id(strand),
            order=strand.order,
            rank=strand.call.rank,
            zones=strand.zones - strand.withdrawn.keys() - refused,
            resting=strand.rests_at(self._clock.monotonic()),
            breaks_in=strand.call.place is Place.NOW,
            needs_all=strand.call.manner is Manner.TOGETHER and not strand.begun,
        )

    def _claim_of_sounding(self, on_air: OnAir | Chosen) -> Claim:
        """What sounds, or was chosen in this step, and where it would be heard as well."""
        strand = on_air.strand
        cutting = isinstance(on_air, OnAir) and on_air.cut_as is not None
        return Claim(
            id=id(strand),
            order=strand.order,
            rank=strand.call.rank,
            zones=on_air.heard_in if cutting else strand.zones - strand.withdrawn.keys() - on_air.refused,
            heard_in=on_air.heard_in,
            sounding=True,
            breaks_in=strand.call.place is Place.NOW,
        )

    def _claim_of_fading(self, on_air: OnAir) -> Claim:
        """What was cut asks again after its fade: until then nothing less urgent begins in its lanes."""
        strand = on_air.strand
        return Claim(
            id=id(strand),
            order=strand.order,
            rank=strand.call.rank,
            zones=strand.zones - strand.withdrawn.keys(),
            resting=True,
        )
