"""`Studio`: the one place that knows script → words → speech → mastering → cache → clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from broadcaster.audio import Cache, DiskFullError
from broadcaster.clock import Clock
from broadcaster.errors import BroadcasterError
from broadcaster.model import Clip, Cue, CueDraft, Item, Occurrence, Phrase, RenderRequest, Spoken
from broadcaster.scripts import Library
from broadcaster.settings import Settings
from broadcaster.speech import Engine
from broadcaster.studio.recipe import Recipes
from broadcaster.studio.renderer import CLAIMS, Renderer
from broadcaster.studio.rendering import MASTERING_S, QUEUE_S, RenderingProcesses, cores, too_slow
from broadcaster.studio.replan import Replan, replan
from broadcaster.studio.rundown import Resolver
from broadcaster.studio.shared_work import SharedWork
from broadcaster.studio.stock import Stock
from broadcaster.studio.task import RenderTask, SampleTask, VoiceSample
from broadcaster.studio.urgency import Urgency
from broadcaster.studio.voices import Voices

SPEECH_DEADLINE_S = 120.0
"""One text through a slow line and a slow voice; a bulletin of 150 s takes espeak 2 s and Google about 40."""
URGENT_DEADLINE_S = 20.0
"""An emergency that is not ready by then is not going to be: its row must say so while it still helps."""
RECORDING_DEADLINE_S = 1_800.0
"""Three hours of mp3 on a PC ten times slower than ours."""
EVICTED_BYTES = 100_000_000
"""Freed when the disk is full: twenty minutes of sound."""

OnRendered = Callable[[int, int, RenderRequest], None]
"""Told after each request: how many are done, of how many, and which. Called from the thread that asked."""


class Studio:
    """Renders ahead of time, looks up at air time. Safe to use from several threads.

    `resolve`, `ready` and `protect` are quick and load no numpy; `render` and `render_all` block. With `workers=0`, or
    with engines of the caller's, rendering happens in this process (rehearsals, tests).
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        engines: Sequence[Engine] | None = None,
        workers: int | None = None,
        evicts: bool = True,
    ) -> None:
        """`engines`: instead of those that station.toml names; `workers`: clips ahead of time at once, None for one
        per core; `evicts`: whether a full disk costs old clips that nothing protects.

        Raises SettingsError when station.toml has a wrong [engines.…] table.
        """
        self.settings = settings
        self.clock = clock
        self._evicts = evicts
        self._resolver = Resolver(settings)
        self._recipes = Recipes(settings)
        self._voices = Voices(settings, engines=engines)
        self._stock = Stock(settings, self._recipes, self._voices)
        self._renderer = Renderer(settings, recipes=self._recipes, voices=self._voices, stock=self._stock)
        self._shared: SharedWork[Clip] = SharedWork()
        at_once = 0 if engines is not None else cores() if workers is None else workers
        self._processes = RenderingProcesses(at_once, self.cache.folder / CLAIMS) if at_once else None
        self._make = self._processes.render if self._processes else lambda task, _urgency: self._renderer.render(task)

    # --- what is to be made ------------------------------------------------------------------------------------

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The station's engines, best first."""
        return self._voices.engines

    @property
    def cache(self) -> Cache:
        """Where the clips are."""
        return self._stock.cache

    def library(self) -> Library:
        """The scripts as they are on disk now."""
        return self._resolver.library()

    def resolve(self, occurrence: Occurrence) -> list[CueDraft]:
        """Every line of an occurrence's rundown, in the order of airing; a broken script is a cue with its problem."""
        return self._resolver.resolve(occurrence)

    def resolve_item(self, item: Item, occurrence: Occurrence) -> list[CueDraft]:
        """The lines of one item that is put into an occurrence by hand."""
        return self._resolver.resolve_item(item, occurrence)

    def replan(self, occurrence: Occurrence, stored: Sequence[Cue], dropped: Sequence[Cue]) -> Replan:
        """A stored rundown as it is to be from now on (`replan.py`)."""
        fresh = self._resolver.resolve(occurrence, (*stored, *dropped))
        return replan(stored, fresh, dropped=dropped, refresh=lambda cue: self._resolver.refresh(cue, occurrence))

    def script_request(self, script_id: str, *, voice: str | None = None) -> RenderRequest:
        """One script, whatever its dates: the very clip that airs. Raises NotFoundError or ScriptError."""
        return self._resolver.script_request(script_id, voice=voice)

    def text_request(
        self, text: str, *, voice: str | None = None, chime: bool = True, urgent: bool = False
    ) -> RenderRequest:
        """The request for free text."""
        return self._resolver.text_request(text, voice=voice, chime=chime, urgent=urgent)

    def words(self, text: str) -> Spoken:
        """The text as the voice will speak it, and what is unsure in it."""
        return self._recipes.words(text)

    # --- what is there -----------------------------------------------------------------------------------------

    def ready(self, request: RenderRequest, *, verify: bool = False) -> Clip | None:
        """The clip as it would air now, or None. Cache look-ups only: about a millisecond when the text is known.

        The best voice of the station's order that is there. `provisional` says that a better one may be had by
        rendering again. `verify`: the samples' hash is checked, a damaged clip is removed and not returned.
        """
        return self._stock.ready(request, verify=verify)

    def protect(self, requests: Iterable[RenderRequest], *, besides: bool = False) -> None:
        """Exempt the clips of these requests from eviction: what the next days need. No others, unless `besides`."""
        self._stock.protect(requests, besides=besides)

    # --- making ------------------------------------------------------------------------------------------------

    def render(
        self,
        request: RenderRequest,
        *,
        urgency: Urgency | None = None,
        better: bool = False,
        deadline_s: float | None = None,
    ) -> Clip:
        """The clip of the request: from the cache, or made now. Asked for twice at once, it is made once.

        `urgency`: what it may wait behind (None: as the request says). `better`: when the cached clip is provisional,
        try the engines that come first; what cannot be bettered is returned as it is. `deadline_s` bounds the voice
        (None: by the kind of request). Raises SpeechError when no engine could speak, AudioError for a recording,
        CacheError when the clip cannot be stored.

        1. What is there is enough, unless it is provisional and a better one is asked for.
        2. What another thread is making, with the same urgency, is waited for.
        3. It is made: in a rendering process, which waits for what another process is making.
        4. A full disk costs old clips, once; then the caches are brought down to their bounds.
        """
        clip = self.ready(request)
        if clip is not None and not (better and clip.provisional):
            return clip
        urgency = Urgency.of(request) if urgency is None else min(urgency, Urgency.of(request))
        bound_s = _deadline_s(request) if deadline_s is None else deadline_s
        task = RenderTask(settings=self.settings, request=request, deadline_s=bound_s, better=better)
        identity = (self._recipes.sound(request), request.voice, clip is not None, urgency)
        wait_s = bound_s + MASTERING_S + (QUEUE_S if urgency is Urgency.AHEAD else 0.0)
        try:
            made = self._shared.do(identity, lambda: self._made(task, urgency), wait_s=wait_s)
        except TimeoutError as late:
            raise too_slow(request) from late
        return self._stock.named(made, request)

    def render_all(
        self, requests: Iterable[RenderRequest], *, progress: OnRendered | None = None, workers: int | None = None
    ) -> list[Clip | BroadcasterError]:
        """Render each request, each distinct one once, on all cores. The results stand in the order of the requests.

        What could not be made is there as its error. `workers`: at most so many at a time.
        """
        wanted = list(requests)
        distinct = list(dict.fromkeys(wanted))
        results: dict[RenderRequest, Clip | BroadcasterError] = {}
        at_once = self._processes.at_once if self._processes is not None else 1
        with ThreadPoolExecutor(max(1, workers or at_once), thread_name_prefix="studio") as threads:
            waiting = {threads.submit(self._tried, request): request for request in distinct}
            for done in as_completed(waiting):
                results[waiting[done]] = done.result()
                if progress is not None:
                    progress(len(results), len(distinct), waiting[done])
        return [results[request] for request in wanted]

    def sample(
        self, engine: str, voice: str, phrases: Sequence[Phrase], file: Path, *, deadline_s: float
    ) -> VoiceSample:
        """One voice tried: `file` is written as wav, not mastered. Also of engines that the station does not use.

        Raises SpeechError, NotFoundError for an unknown engine.
        """
        task = SampleTask(
            settings=self.settings,
            engine=engine,
            voice=voice,
            phrases=phrases,
            file=file.absolute(),
            deadline_s=deadline_s,
        )
        return self._renderer.sample(task) if self._processes is None else self._processes.sample(task)

    def close(self) -> None:
        """End rendering processes and engines. The studio may be used again afterwards."""
        if self._processes is not None:
            self._processes.close()
        self._voices.close()

    # --- inside ------------------------------------------------------------------------------------------------

    def _tried(self, request: RenderRequest) -> Clip | BroadcasterError:
        try:
            return self.render(request)
        except BroadcasterError as problem:
            return problem

    def _made(self, task: RenderTask, urgency: Urgency) -> Clip:
        try:
            clip = self._make(task, urgency)
        except DiskFullError:
            if not self._evicts or not self.cache.evict(EVICTED_BYTES):
                raise
            clip = self._make(task, urgency)
        if self._processes is not None:
            self._stock.prune()
        return clip


def _deadline_s(request: RenderRequest) -> float:
    if request.recordings:
        return RECORDING_DEADLINE_S
    return URGENT_DEADLINE_S if request.urgent else SPEECH_DEADLINE_S
