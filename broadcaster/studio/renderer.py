"""Making one clip, in this process: numpy is loaded here, at the first clip, and nowhere else in the studio."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.audio import Facts
from broadcaster.clock import SystemClock
from broadcaster.errors import AudioError, SpeechError
from broadcaster.model import Clip, ItemKind, RenderRequest
from broadcaster.settings import Settings
from broadcaster.speech import Chain, Engine, Reach
from broadcaster.speech.chain import Answer
from broadcaster.studio.claim import claim
from broadcaster.studio.recipe import Recipes
from broadcaster.studio.stock import Stock
from broadcaster.studio.task import Progress, RenderTask, SampleTask, VoiceSample
from broadcaster.studio.voices import Voices

if TYPE_CHECKING:
    from broadcaster.audio.assembly import Assembly
    from broadcaster.audio.pcm import Mono

CLAIMS = ".making"
"""Below the cache's folder: a lock file for each clip that is being made."""
URGENT_NETWORK_S = 3.0
"""In an emergency a network voice has this long; then the embedded one speaks."""
NO_ENGINE = {ItemKind.RECORDING: "recording", ItemKind.CHIME: "chime", ItemKind.PAUSE: "pause"}
"""What `Clip.engine` says of clips without words."""

OnProgress = Callable[[Progress], None]


class Renderer:
    """Turns tasks into cache entries. Safe to use from several threads when the engines are."""

    def __init__(self, settings: Settings, *, recipes: Recipes, voices: Voices, stock: Stock) -> None:
        self._settings = settings
        self._recipes = recipes
        self._voices = voices
        self._stock = stock

    def render(self, task: RenderTask, on_progress: OnProgress | None = None) -> Clip:
        """The clip: made here, unless another process is making it, or has made it; then that one.

        What cannot be bettered is returned as it is. Raises SpeechError, AudioError or CacheError.
        """
        before = self._enough(task)
        if before is not None:
            return before
        before = self._stock.ready(task.request)
        lock = self._stock.cache.folder / CLAIMS / self._recipes.sound(task.request)[:32]
        with claim(lock, bound_s=task.deadline_s, done=lambda: self._made_meanwhile(task, before) is not None):
            return self._made_meanwhile(task, before) or self._rendered(task, before, on_progress)

    def sample(self, task: SampleTask, on_progress: OnProgress | None = None) -> VoiceSample:
        """One sentence by one engine. Raises SpeechError; OSError when the file cannot be written."""
        import soundfile

        from broadcaster.audio.loudness import measure
        from broadcaster.audio.pcm import read

        engine = self._voices.engine(task.engine)
        _told(on_progress)(engine, task.deadline_s)
        clock = SystemClock()
        begun = clock.monotonic()
        speech = engine.speak(task.phrases, voice=task.voice, rate=self._settings.rate, deadline_s=task.deadline_s)
        took_s = clock.monotonic() - begun
        soundfile.write(task.file, speech.samples, speech.rate_hz, subtype="PCM_16")
        loudness_lufs = measure(read(task.file)).integrated_lufs
        return VoiceSample(length_s=speech.duration_s, took_s=took_s, loudness_lufs=loudness_lufs)

    def _enough(self, task: RenderTask) -> Clip | None:
        """The clip that is there, unless a better one is asked for and may be had."""
        clip = self._stock.ready(task.request)
        return None if clip is None or (task.better and clip.provisional) else clip

    def _made_meanwhile(self, task: RenderTask, before: Clip | None) -> Clip | None:
        now = self._stock.ready(task.request)
        return now if now is not None and (before is None or now.key != before.key) else None

    def _rendered(self, task: RenderTask, before: Clip | None, on_progress: OnProgress | None) -> Clip:
        request = task.request
        if not request.text:
            maker = NO_ENGINE.get(request.kind, "recording")
            return self._stored(request, self._recipes.key(request), maker, "", None)
        engines = [engine for engine, _ in self._voices.candidates(request)]
        if before is not None:  # only those that come before the one that spoke it
            engines = engines[: [engine.name for engine in engines].index(before.engine)]
        if not engines:
            raise self._voices.none_found()
        try:
            answer = self._spoken(task, engines, on_progress)
        except SpeechError:
            if before is None:
                raise
            return before
        if on_progress is not None:
            on_progress(Progress(engine=""))
        engine = answer.engine
        key = self._recipes.key(request, engine=engine.name, version=engine.version, voice=answer.voice)
        clip = self._stored(request, key, engine.name, answer.voice, answer)
        return self._stock.ready(request) or clip

    def _spoken(self, task: RenderTask, engines: Sequence[Engine], on_progress: OnProgress | None) -> Answer:
        phrases = self._recipes.words(task.request.text).phrases
        voice = self._voices.wanted(task.request)

        def speak(chosen: Sequence[Engine], deadline_s: float) -> Answer:
            chain = Chain(chosen, lost=task.lost, on_try=_told(on_progress))
            return chain.speak(phrases, voice=voice, rate=self._settings.rate, deadline_s=deadline_s)

        if not task.request.urgent:
            return speak(engines, task.deadline_s)
        # In an emergency the network gets one short chance, the engines that need no network all the rest.
        near = [engine for engine in engines if engine.reach is not Reach.NETWORK]
        clock = SystemClock()  # engines are waited for in real time
        end = clock.monotonic() + task.deadline_s
        if engines[0].reach is Reach.NETWORK:
            try:
                return speak(engines[:1], min(URGENT_NETWORK_S, task.deadline_s) if near else task.deadline_s)
            except SpeechError:
                if not near:
                    raise
        return speak(near, end - clock.monotonic())

    def _stored(self, request: RenderRequest, key: str, engine: str, voice: str, answer: Answer | None) -> Clip:
        from broadcaster.audio.mastering import Target, master

        sound = self._settings.sound
        target = Target(loudness_lufs=sound.loudness_lufs, true_peak_dbtp=sound.true_peak_dbtp)
        assembly = self._assembly(request, answer)

        def write(path: Path) -> Facts:
            return Facts(
                **dataclasses.asdict(master(assembly, target, path)),
                text_sha256=self._recipes.text_sha256(request),
                engine=engine,
                voice=voice,
                title=request.title,
            )

        return self._stock.put(request, key, write)

    def _assembly(self, request: RenderRequest, answer: Answer | None) -> Assembly:
        from broadcaster.audio import pcm
        from broadcaster.audio.assembly import Part, in_memory, programme, silence

        if request.kind is ItemKind.PAUSE:
            return silence(request.pause_s)
        chime = self._chime() if request.chime or request.kind is ItemKind.CHIME else None
        if request.kind is ItemKind.CHIME:
            assert chime is not None
            return programme([Part(in_memory(chime), "chime")], repeat=request.repeat, pause_s=request.pause_s)
        parts = [Part(pcm.file(path), str(path)) for path in request.recordings]
        if answer is not None:
            speech = pcm.resample(answer.speech.samples, answer.speech.rate_hz)
            parts.insert(0, Part(in_memory(speech), answer.engine.name))
        return programme(parts, chime=chime, repeat=request.repeat, pause_s=request.pause_s)

    def _chime(self) -> Mono:
        """The station's own chime, or the built-in one where that cannot be read: a damaged chime must not silence a
        bulletin. `doctor` checks the file."""
        from broadcaster.audio import pcm
        from broadcaster.audio.assembly import in_memory, trim
        from broadcaster.audio.chime import station_chime

        path = self._recipes.chime_file()
        if path is not None:
            with contextlib.suppress(AudioError):
                samples = pcm.read(path)
                if trim(in_memory(samples)) is not None:
                    return samples
        return station_chime()


def _told(on_progress: OnProgress | None) -> Callable[[Engine, float], None]:
    """What Chain tells of the next engine, as progress."""

    def tell(engine: Engine, limit_s: float) -> None:
        if on_progress is not None:
            on_progress(Progress(engine=engine.name, limit_s=limit_s if engine.native else None))

    return tell
