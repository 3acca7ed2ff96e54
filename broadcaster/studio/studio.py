"""`Studio`: the one place that knows script → words → speech → mastering → cache → clip."""

from __future__ import annotations

import dataclasses
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress

from broadcaster.audio import Cache, DiskFullError
from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import AudioError, BroadcasterError, SpeechError, Words
from broadcaster.model import Clip, Cue, CueDraft, Item, Occurrence, RenderRequest, Spoken
from broadcaster.scripts import Library
from broadcaster.settings import Settings
from broadcaster.speech import ENGINES, Engine, Reach, open_engine
from broadcaster.speech.chain import voice_of
from broadcaster.speech.workers import DeadWorker, LateWorker, WorkerError, WorkerPool
from broadcaster.studio.claim import claim
from broadcaster.studio.recipe import Recipes
from broadcaster.studio.refuge import REFUGE_MB, refuge
from broadcaster.studio.rendering import Renderer
from broadcaster.studio.replan import Replan, replan
from broadcaster.studio.rundown import Resolver
from broadcaster.studio.task import Result, Task

SPEECH_DEADLINE_S = 120.0
"""One text through a slow line and a slow voice; a bulletin of 150 s takes espeak 2 s and Google about 40."""
URGENT_DEADLINE_S = 20.0
"""An emergency that is not ready by then is not going to be: its row must say so while it still helps."""
RECORDING_DEADLINE_S = 1_800.0
"""Three hours of mp3 on a PC ten times slower than ours."""
MASTERING_S = 15.0
"""What a worker has beyond the deadline of the voice, to master and store."""
WORKER_IDLE_S = 20.0
"""Idle workers end soon: the station must stay small between renderings."""
ROOM_BYTES = 100_000_000
"""Freed when the disk is full: twenty minutes of sound."""

Progress = Callable[[int, int, RenderRequest], None]
"""Told after each order: how many are done, of how many, and which. Called from the thread that asked."""


class Studio:
    """Renders ahead of time, looks up at air time. Safe to use from several threads.

    `orders`, `ready` and `keep` are quick and load no numpy; `render` and `render_all` block. With `workers=0`, or with
    engines of the caller's, rendering happens in this process (rehearsals, tests, the workers themselves).
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        engines: Sequence[Engine] | None = None,
        workers: int | None = None,
        makes_room: bool = True,
    ) -> None:
        """`engines`: instead of those that station.toml names; `workers`: processes at most, None for one per core;
        `makes_room`: whether a full disk costs old clips. Not in a worker: it does not know what `keep` spares.

        Raises SettingsError when station.toml has a wrong [engines.…] table.
        """
        self.settings = settings
        self.clock = clock
        self.cache = Cache(settings.cache_dir, settings.cache_max_mb)
        self._refuge = Cache(refuge(settings.folder), REFUGE_MB)
        self._engines = tuple(engines) if engines is not None else _opened(settings, settings.engines)
        self._workers = 0 if engines is not None else _cores() if workers is None else workers
        self._own_engines = engines is None
        self._makes_room = makes_room
        self._on_demand: dict[str, Engine] = {}
        self._resolver = Resolver(settings)
        self._recipes = Recipes(settings)
        self._renderer = Renderer(settings, self.cache, self._refuge, self._recipes)
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str, bool], Future[Clip]] = {}
        command = (sys.executable, "-m", "broadcaster.studio.worker")
        self._pool = WorkerPool(command, max(1, self._workers), idle_s=WORKER_IDLE_S)
        # An emergency never waits for a free worker behind tomorrow's recordings.
        self._urgent_pool = WorkerPool((*command, "urgent"), 2, idle_s=WORKER_IDLE_S)

    # --- what is to be made ------------------------------------------------------------------------------------

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The station's engines, best first."""
        return self._engines

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
        """The order for free text."""
        return self._resolver.text_request(text, voice=voice, chime=chime, urgent=urgent)

    def words(self, text: str) -> Spoken:
        """The text as the voice will speak it, and what is unsure in it."""
        return self._recipes.words(text)

    # --- what is there -----------------------------------------------------------------------------------------

    def ready(self, order: RenderRequest, *, verify: bool = False) -> Clip | None:
        """The clip as it would air now, or None. Cache look-ups only: about a millisecond when the text is known.

        The best voice of the station's order that is there. `provisional` says that a better one may be had by
        rendering again. `verify`: the samples' hash is checked, a damaged clip is removed and not returned.
        """
        try:
            if not order.text:
                clip = self._found(self._recipes.key(order), verify)
                return None if clip is None else self._named(clip, order)
            better_exists = False
            for engine, voice in self._candidates(order):
                key = self._recipes.key(order, engine=engine.name, version=engine.version, voice=voice)
                clip = self._found(key, verify)
                if clip is not None:
                    return dataclasses.replace(self._named(clip, order), provisional=better_exists)
                better_exists = better_exists or _may_speak_later(engine)
        except AudioError:  # a recording that cannot be read: `render` says why
            return None
        return None

    def keep(self, orders: Iterable[RenderRequest]) -> None:
        """Spare the clips of these orders, and of no others, when the cache is pruned: what the next days need."""
        keys: set[str] = set()
        for order in orders:
            try:
                keys.update(self._keys(order))
            except AudioError:  # nothing of it is in the cache
                continue
        self.cache.pin(keys)

    def keep_too(self, order: RenderRequest) -> None:
        """Spare its clips as well, until the next `keep`."""
        with suppress(AudioError):  # nothing of it is in the cache
            self.cache.pin_too(self._keys(order))

    # --- making ------------------------------------------------------------------------------------------------

    def render(
        self, order: RenderRequest, *, deadline_s: float | None = None, again: bool = False, soon: bool = False
    ) -> Clip:
        """The clip of the order: from the cache, or made now. Asked for twice at once, it is made once.

        `again`: when the cached clip is provisional, try the better voices; what cannot be bettered is returned as it
        is. `soon`: somebody waits for it now, it does not queue behind what the next days need. `deadline_s` bounds the
        voice (None: by the kind of order). Raises SpeechError when no engine could speak,
        AudioError for a recording, CacheError when the clip cannot be stored.
        """
        bound_s = deadline_s if deadline_s is not None else _deadline_s(order)
        clip = self.ready(order)
        if clip is not None and not (again and clip.provisional):
            return clip
        identity = (self._recipes.sound(order) + (order.voice or ""), clip is not None)
        with self._lock:
            running = self._under_way.get(identity)
            if running is None:
                mine = self._under_way[identity] = Future()
        if running is not None:
            try:
                return self._named(running.result(bound_s + MASTERING_S), order)
            except TimeoutError as late:
                raise _too_slow(order) from late
        try:
            made = self._make(order, bound_s, again, soon)
        except BaseException as problem:
            mine.set_exception(problem)
            raise
        else:
            mine.set_result(made)
            return made
        finally:
            with self._lock:
                del self._under_way[identity]

    def render_all(
        self, orders: Iterable[RenderRequest], *, progress: Progress | None = None, workers: int | None = None
    ) -> list[Clip | BroadcasterError]:
        """Render each order, each distinct one once, on all cores. The results stand in the order of the orders.

        What could not be made is there as its error. `workers`: at most so many at a time.
        """
        wanted = list(orders)
        distinct = list(dict.fromkeys(wanted))
        results: dict[RenderRequest, Clip | BroadcasterError] = {}
        size = min(len(distinct), workers or max(1, self._workers))
        if size <= 1:
            for order in distinct:
                results[order] = self._tried(order)
                if progress is not None:
                    progress(len(results), len(distinct), order)
        else:
            with ThreadPoolExecutor(size, thread_name_prefix="studio") as threads:
                waiting = {threads.submit(self._tried, order): order for order in distinct}
                for done in as_completed(waiting):
                    results[waiting[done]] = done.result()
                    if progress is not None:
                        progress(len(results), len(distinct), waiting[done])
        return [results[order] for order in wanted]

    def close(self) -> None:
        """End worker processes and engines. The studio may be used again afterwards."""
        self._pool.close()
        self._urgent_pool.close()
        for engine in (*self._engines, *self._on_demand.values()):
            engine.close()

    # --- inside ------------------------------------------------------------------------------------------------

    def _found(self, key: str, verify: bool) -> Clip | None:
        return self.cache.get(key, verify=verify) or self._refuge.get(key, verify=verify)

    def _tried(self, order: RenderRequest) -> Clip | BroadcasterError:
        try:
            return self.render(order)
        except BroadcasterError as problem:
            return problem

    def _make(self, order: RenderRequest, bound_s: float, again: bool, soon: bool) -> Clip:
        make = self._make_here if self._workers == 0 else self._make_in_worker
        try:
            clip = make(order, bound_s, again, soon)
        except DiskFullError:
            if not self._makes_room or not self.cache.make_room(ROOM_BYTES):
                raise
            clip = make(order, bound_s, again, soon)
        if self._workers:
            self.cache.prune()
            self._refuge.prune()
        return clip

    def _make_in_worker(self, order: RenderRequest, bound_s: float, again: bool, soon: bool) -> Clip:
        task = Task(settings=self.settings, order=order, deadline_s=bound_s, again=again)
        pool = self._urgent_pool if order.urgent or soon else self._pool
        deadline = SystemClock().monotonic() + bound_s + MASTERING_S
        try:
            _, (answer,) = pool.ask(pickle.dumps(task), 1, deadline)
        except LateWorker as late:
            raise _too_slow(order) from late
        except WorkerError as death:
            raise _worker_died(order, death) from death
        result: Result = pickle.loads(answer)
        if result.error is not None:
            raise result.error
        if result.clip is None:
            raise RuntimeError(f"a rendering process failed:\n{result.bug}")
        return result.clip

    def _make_here(self, order: RenderRequest, bound_s: float, again: bool, soon: bool) -> Clip:
        lock = self.cache.folder / ".making" / self._recipes.sound(order)[:32]
        before = self.ready(order)

        def bettered() -> Clip | None:
            now = self.ready(order)
            return now if now is not None and (before is None or now.key != before.key) else None

        with claim(lock, bound_s=bound_s, done=lambda: bettered() is not None):
            clip = bettered()
            if clip is None:
                clip = self._render_here(order, bound_s, before if again else None)
        return clip

    def _render_here(self, order: RenderRequest, bound_s: float, before: Clip | None) -> Clip:
        engines = [engine for engine, _ in self._candidates(order)]
        if before is not None:
            names = [engine.name for engine in engines]
            engines = engines[: names.index(before.engine)]
        if order.text and not engines:
            raise _no_voice(self._engines)
        voice = order.voice or self.settings.voice
        try:
            clip = self._renderer.render(order, engines, voice=voice, deadline_s=bound_s)
        except SpeechError:
            if before is None:
                raise
            return before
        return self.ready(order) or clip

    def _candidates(self, order: RenderRequest) -> list[tuple[Engine, str]]:
        """(engine, its voice) for the order, best first; engines without any voice left out."""
        voice = order.voice or self.settings.voice
        wanted = voice.partition(":")[0] if ":" in voice else ""
        found = []
        for engine in sorted(self._with(wanted), key=lambda engine: engine.name != wanted):
            try:
                found.append((engine, voice_of(engine, voice)))
            except SpeechError:  # it has no voice (none is installed): not a candidate
                continue
        return found

    def _with(self, wanted: str) -> tuple[Engine, ...]:
        """The station's engines, and the wanted one when it is not among them: somebody named its voice."""
        if not self._own_engines or wanted not in ENGINES or any(engine.name == wanted for engine in self._engines):
            return self._engines
        with self._lock:
            if wanted not in self._on_demand:
                self._on_demand[wanted] = _opened(self.settings, (wanted,))[0]
            return (*self._engines, self._on_demand[wanted])

    def _keys(self, order: RenderRequest) -> list[str]:
        if not order.text:
            return [self._recipes.key(order)]
        return [
            self._recipes.key(order, engine=engine.name, version=engine.version, voice=voice)
            for engine, voice in self._candidates(order)
        ]

    def _named(self, clip: Clip, order: RenderRequest) -> Clip:
        """The clip under this order's title and text: another text may sound the same."""
        return dataclasses.replace(clip, title=order.title, text_sha256=self._recipes.text_sha256(order))


def _opened(settings: Settings, names: Sequence[str]) -> tuple[Engine, ...]:
    return tuple(
        open_engine(name, station=settings.folder, options=settings.engine_options.get(name, {})) for name in names
    )


def _may_speak_later(engine: Engine) -> bool:
    """Whether trying this engine again is worth it: it is there, or it waits for its line."""
    return engine.reach is Reach.NETWORK or engine.unavailable() is None


def _deadline_s(order: RenderRequest) -> float:
    if order.recordings:
        return RECORDING_DEADLINE_S
    return URGENT_DEADLINE_S if order.urgent else SPEECH_DEADLINE_S


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _error_of(order: RenderRequest) -> type[BroadcasterError]:
    return SpeechError if order.text else AudioError


def _too_slow(order: RenderRequest) -> BroadcasterError:
    return _error_of(order)(
        Words("dựng tiếng quá lâu nên đã dừng", "rendering took too long and was stopped"),
        where=order.title,
        cure=Words(
            "Xem máy có đang quá tải không («broadcaster doctor»), hoặc chia văn bản ngắn hơn",
            "See whether the computer is overloaded ('broadcaster doctor'), or split the text",
        ),
    )


def _worker_died(order: RenderRequest, death: WorkerError) -> BroadcasterError:
    why = str(death) if isinstance(death, DeadWorker) else repr(death)
    return _error_of(order)(
        Words(f"tiến trình dựng tiếng bị dừng giữa chừng ({why})", f"the rendering process died ({why})"),
        where=order.title,
        cure=Words(
            "Thử lại; nếu lặp lại, xem bộ nhớ của máy («broadcaster doctor»)",
            "Try again; if it happens again, look at the computer's memory ('broadcaster doctor')",
        ),
    )


def _no_voice(engines: Sequence[Engine]) -> SpeechError:
    listed = ", ".join(engine.name for engine in engines)
    return SpeechError(
        Words(f"không bộ đọc nào có giọng ({listed})", f"no engine has a voice ({listed})"),
        cure=Words("Chạy «broadcaster voices» để xem", "Run 'broadcaster voices'"),
    )
