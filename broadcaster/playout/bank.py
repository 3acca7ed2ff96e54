"""All cards of the station as one output: a playback is composed of one part for each card that serves its zones.

A card that is lost takes only its zones away; the other parts go on. When it, or its spare, is open again, `route`
gives it a new part that begins where the others are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from broadcaster.clock import Clock
from broadcaster.errors import SpeakerError, Words
from broadcaster.model import STATION_RATE_HZ, Clip
from broadcaster.playout.outputs import Outputs, joined
from broadcaster.source import Span
from broadcaster.sources import Fanout
from broadcaster.speakers import CUT_FADE_MS, NO_REASON, Health, Job, Playback, PlaybackState, words_of

JOIN_LEAD_S = 0.1
"""Real seconds, beside what a card needs, ahead of which a start together with other cards is planned: waking a card
and giving it the job take some of them."""
SHORTEST_JOIN_S = 0.2
"""Less than this is not begun on a card that is back."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one card plays of a playback."""

    outputs: Outputs
    zones: frozenset[str]
    """Of the job, those that this card serves."""
    playback: Playback
    offset: int = 0
    """Frames of the whole playback before this part's first one."""

    @property
    def unfinished(self) -> bool:
        """Whether it may still be heard."""
        return not self.playback.state.final

    @property
    def position(self) -> int:
        """Frames of the whole playback that have passed in this part."""
        return self.offset + self.playback.frames_played if self.playback.frames_played else 0


class BankPlayback(Playback):
    """One job on all its cards. Final when every part is; ENDED when it came to its end on one card at least."""

    def __init__(self, job: Job, bank: OutputBank, on_change: Callable[[], None]) -> None:
        """Nothing plays before `start`."""
        self.job = job
        self._bank = bank
        self._on_change = on_change
        self._lock = threading.RLock()
        self._parts: tuple[_Part, ...] = ()
        self._routed = frozenset(job.first_zones)
        self._missing: dict[str, Words] = {}
        """Zones without any part, and why."""
        self._fanout = Fanout(job.open) if job.open is not None else None
        self._at = job.at
        """Station-monotonic second planned for the first sample on every card; None: at once."""
        self._was_cut = False
        self._started = False

    # What the bank does with it

    def start(self) -> None:
        """Give every card that is open its part. Raises RuntimeError for a zone that is taken."""
        with self._lock:
            try:
                self._at = self._bank.common_start(self.job)
                self._add_parts(self.job.zones, at=self._at)
            except RuntimeError:
                self.cut(0)
                raise
            self._started = True

    def on(self, outputs: Outputs) -> bool:
        """Whether a part of it may be heard through `outputs`."""
        return any(part.outputs is outputs and part.unfinished for part in self._parts)

    # The contract

    @property
    def state(self) -> PlaybackState:
        states = [part.playback.state for part in self._parts]
        if any(not state.final for state in states):
            begun = any(state is not PlaybackState.WAITING for state in states)
            return PlaybackState.PLAYING if begun else PlaybackState.WAITING
        for state in (PlaybackState.ENDED, PlaybackState.CUT):
            if state in states:
                return state
        return PlaybackState.LOST if self._started else PlaybackState.WAITING

    @property
    def frames_played(self) -> int:
        return max((part.position for part in self._parts), default=0)

    @property
    def started_monotonic(self) -> float | None:
        return min(
            (part.playback.started_monotonic for part in self._parts if part.playback.started_monotonic is not None),
            default=None,
        )

    @property
    def reason(self) -> Words:
        if self.state is not PlaybackState.LOST:
            return NO_REASON
        reasons = [*self._missing.values(), *(part.playback.reason for part in self._parts)]
        return joined(list(dict.fromkeys(each for each in reasons if each != NO_REASON)))

    @property
    def lost(self) -> Mapping[str, Words]:
        reasons = dict(self._missing)
        carried: set[str] = set()
        for part in self._parts:
            if part.playback.state is PlaybackState.LOST:
                reasons |= dict.fromkeys(part.zones, part.playback.reason)
            else:
                carried |= part.zones
        return {zone: why for zone, why in reasons.items() if zone in self._routed and zone not in carried}

    @property
    def underruns(self) -> int:
        return sum(part.playback.underruns for part in self._parts)

    @property
    def stalled_s(self) -> float:
        return max((part.playback.stalled_s for part in self._parts), default=0.0)

    @property
    def level_dbfs(self) -> float | None:
        levels = [part.playback.level_dbfs for part in self._parts]
        return max((level for level in levels if level is not None), default=None)

    @property
    def routed(self) -> frozenset[str]:
        return self._routed

    def route(self, zones: Collection[str]) -> None:
        with self._lock:
            if self._was_cut or self.state.final:
                return
            before, self._routed = self._routed, frozenset(zones)
            try:
                for part in self._parts:
                    part.playback.route([zone for zone in zones if zone in part.zones])
                self._rejoin(zones)
            except RuntimeError:
                self._routed = before
                raise

    def heard(self, zone: str) -> Span:
        spans = [part.playback.heard(zone) for part in self._parts if zone in part.zones]
        firsts = [span.first_monotonic for span in spans if span.first_monotonic is not None]
        lasts = [span.last_monotonic for span in spans if span.last_monotonic is not None]
        return Span(
            frames=sum(span.frames for span in spans),
            first_monotonic=min(firsts, default=None),
            last_monotonic=max(lasts, default=None),
        )

    def cut(self, fade_ms: int = CUT_FADE_MS) -> None:
        with self._lock:
            self._was_cut = True
            for part in self._parts:
                part.playback.cut(fade_ms)

    # Parts

    def _rejoin(self, zones: Collection[str]) -> None:
        """Give zones that no part carries a new one where the others are, if their card is open again."""
        carried = {zone for part in self._parts if part.unfinished for zone in part.zones}
        back = [zone for zone in self.job.zones if zone not in carried and zone in self._bank.available()]
        if not any(zone in zones for zone in back):
            return
        moment = self._bank.soon(back)
        passed = self._passed_at(moment)
        if passed is None:
            # Nothing was heard yet: together with the others, or at once.
            self._add_parts(back, at=self._at)
        elif self.job.frames is None or self.job.frames - passed > SHORTEST_JOIN_S * STATION_RATE_HZ:
            self._add_parts(back, at=moment, offset=passed)

    def _passed_at(self, moment: float) -> int | None:
        """Frames of the whole that have passed at `moment`; None when it has not begun then."""
        for part in self._parts:
            began = part.playback.started_monotonic
            if part.unfinished and began is not None and began < moment:
                return part.offset + round((moment - began) * STATION_RATE_HZ)
        return None

    def _add_parts(self, zones: Collection[str], *, at: float | None, offset: int = 0) -> None:
        for outputs in self._bank.cards:
            mine = tuple(zone for zone in self.job.zones if zone in zones and zone in outputs.zones)
            if mine:
                self._add_part(outputs, mine, at, offset)
        unknown = [zone for zone in zones if zone not in self._bank.zones]
        self._missing |= {
            zone: Words(f"đài không có cụm loa «{zone}»", f"the station has no zone '{zone}'") for zone in unknown
        }

    def _add_part(self, outputs: Outputs, zones: tuple[str, ...], at: float | None, offset: int) -> None:
        speaker = outputs.current
        if speaker is None:
            self._missing |= dict.fromkeys(zones, outputs.trouble)
            return
        job = replace(
            self.job,
            zones=zones,
            routed=tuple(zone for zone in zones if zone in self._routed),
            start_frame=self.job.start_frame + offset if isinstance(self.job.source, Clip) else 0,
            open=None if self._fanout is None else self._fanout.open,
            at=at,
        )
        try:
            playback = speaker.play(job, self._on_change)
        except SpeakerError as problem:
            self._missing |= dict.fromkeys(zones, words_of(problem))
            return
        self._parts += (_Part(outputs=outputs, zones=frozenset(zones), playback=playback, offset=offset),)
        for zone in zones:
            self._missing.pop(zone, None)


class OutputBank:
    """Every card of the station. `open_if_due`, `play` and `close` belong to the station's one thread."""

    def __init__(self, cards: Sequence[Outputs], clock: Clock) -> None:
        """No zone is served by two cards."""
        self.cards = tuple(cards)
        self._clock = clock
        self._playing: list[BankPlayback] = []
        zones = [zone for outputs in cards for zone in outputs.zones]
        assert len(zones) == len(set(zones)), f"a zone on two cards: {zones}"
        self.zones = tuple(zones)
        """Every zone of the station, in the order of the cards."""

    def open_if_due(self, *, wait: bool = False) -> None:
        """Notice what was lost, open what is due, leave spares on which nothing plays.

        `wait`: do not return before every opening is over; they go on side by side.
        """
        self._playing = [each for each in self._playing if not each.state.final]
        for outputs in self.cards:
            if outputs.current is not None and not (health := outputs.current.health()).ok:
                outputs.lost(health.text)
            outputs.open_if_due(idle=not any(playback.on(outputs) for playback in self._playing))
        if wait:
            for outputs in self.cards:
                outputs.open_if_due(wait=True)

    def play(self, job: Job, on_change: Callable[[], None]) -> BankPlayback:
        """Start one job in its zones, on all their cards at the same moment.

        Zones whose card is not open are in the playback's `lost`. Raises SpeakerError when no card can play it, and
        RuntimeError as `Speaker.play` does.
        """
        if not any(zone in self.available() for zone in job.zones):
            raise SpeakerError(self._trouble_of(job.zones))
        playback = BankPlayback(job, self, on_change)
        playback.start()
        self._playing.append(playback)
        return playback

    def available(self) -> frozenset[str]:
        """The zones that have an open output now."""
        return frozenset(
            zone
            for outputs in self.cards
            if outputs.current is not None and outputs.current.health().ok
            for zone in outputs.zones
        )

    def spec_of(self, zone: str) -> str:
        """The SPEC of the output that serves `zone` now; empty: none does."""
        outputs = self._card_of(zone)
        return "" if outputs is None or outputs.current is None else outputs.current.spec

    def health_of(self, zone: str) -> Health:
        """Of the output that serves `zone`."""
        outputs = self._card_of(zone)
        if outputs is None:
            return Health(ok=False, text=Words(f"không có cụm loa «{zone}»", f"there is no zone '{zone}'"))
        return outputs.health()

    @property
    def mixes_fade(self) -> bool:
        """Whether the fade of a cut job sounds in full when the next is played at once, on every card that is open."""
        speakers = [outputs.current for outputs in self.cards if outputs.current is not None]
        return bool(speakers) and all(speaker.mixes_fade for speaker in speakers)

    @property
    def trouble(self) -> Words:
        """Which cards are not open and why, in one line; empty when all are."""
        return joined([outputs.trouble for outputs in self.cards if outputs.current is None])

    def health(self) -> Health:
        """Of all cards together."""
        healths = [outputs.health() for outputs in self.cards]
        return Health(ok=all(each.ok for each in healths), text=joined([each.text for each in healths]))

    def wait_s(self) -> float | None:
        """Station seconds until `open_if_due` has something to do; None: nothing planned."""
        return min((wait for outputs in self.cards if (wait := outputs.wait_s()) is not None), default=None)

    def close(self) -> None:
        """Release everything."""
        for outputs in self.cards:
            outputs.close()

    def common_start(self, job: Job) -> float | None:
        """When the job begins: as planned, or, on several cards, as soon as all of them can begin together."""
        cards = [
            outputs for outputs in self.cards if outputs.current is not None and set(outputs.zones) & set(job.zones)
        ]
        soon = self.soon(job.zones) if len(cards) > 1 else None
        if job.at is None or soon is None:
            return soon if job.at is None else job.at
        return max(job.at, soon)

    def soon(self, zones: Collection[str]) -> float:
        """The station-monotonic second at which a job for `zones` can begin if it is planned now."""
        speakers = [outputs.current for outputs in self.cards if set(outputs.zones) & set(zones)]
        lead_s = max((speaker.lead_s for speaker in speakers if speaker is not None), default=0.0)
        return self._clock.monotonic() + ((lead_s + JOIN_LEAD_S) * self._clock.speed if lead_s else 0.0)

    def _card_of(self, zone: str) -> Outputs | None:
        return next((outputs for outputs in self.cards if zone in outputs.zones), None)

    def _trouble_of(self, zones: Collection[str]) -> Words:
        troubles = [self.health_of(zone).text for zone in zones]
        return joined(list(dict.fromkeys(troubles)))
