"""Making one clip, in this process: numpy is loaded here, at the first clip, and nowhere else in the studio."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.audio import Cache, Facts
from broadcaster.clock import SystemClock
from broadcaster.errors import AudioError, CacheError, SpeechError
from broadcaster.model import Clip, ItemKind, RenderRequest
from broadcaster.settings import Settings
from broadcaster.speech import Chain, Engine, Reach
from broadcaster.speech.chain import Answer
from broadcaster.studio.recipe import Recipes

if TYPE_CHECKING:
    from broadcaster.audio.assembly import Assembly
    from broadcaster.audio.pcm import Mono

URGENT_NETWORK_S = 3.0
"""In an emergency a network voice has this long; then the embedded one speaks."""
NO_ENGINE = {ItemKind.RECORDING: "recording", ItemKind.CHIME: "chime", ItemKind.PAUSE: "pause"}
"""What `Clip.engine` says of clips without words."""


class Renderer:
    """Turns orders into cache entries. Safe to use from several threads when the engines are."""

    def __init__(self, settings: Settings, cache: Cache, refuge: Cache, recipes: Recipes) -> None:
        """`refuge` takes emergencies that `cache` cannot store."""
        self._settings = settings
        self._cache = cache
        self._refuge = refuge
        self._recipes = recipes

    def render(self, order: RenderRequest, engines: Sequence[Engine], *, voice: str, deadline_s: float) -> Clip:
        """Speak with the first of `engines` that can, master, store. `voice` as Chain.speak takes it.

        Raises SpeechError, AudioError or CacheError.
        """
        if not order.text:
            return self._store(order, self._recipes.key(order), NO_ENGINE.get(order.kind, "recording"), "", None)
        answer = self._speak(order, engines, voice, deadline_s)
        engine = answer.engine
        key = self._recipes.key(order, engine=engine.name, version=engine.version, voice=answer.voice)
        return self._store(order, key, engine.name, answer.voice, answer)

    def _speak(self, order: RenderRequest, engines: Sequence[Engine], voice: str, deadline_s: float) -> Answer:
        phrases = self._recipes.words(order.text).phrases
        rate = self._settings.rate
        if not order.urgent:
            return Chain(engines).speak(phrases, voice=voice, rate=rate, deadline_s=deadline_s)
        # In an emergency the network gets one short chance, the engines that need no network all the rest.
        near = [engine for engine in engines if engine.reach is not Reach.NETWORK]
        clock = SystemClock()  # engines are waited for in real time
        end = clock.monotonic() + deadline_s
        if engines[0].reach is Reach.NETWORK:
            bound_s = min(URGENT_NETWORK_S, deadline_s) if near else deadline_s
            try:
                return Chain(engines[:1]).speak(phrases, voice=voice, rate=rate, deadline_s=bound_s)
            except SpeechError:
                if not near:
                    raise
        return Chain(near).speak(phrases, voice=voice, rate=rate, deadline_s=end - clock.monotonic())

    def _store(self, order: RenderRequest, key: str, engine: str, voice: str, answer: Answer | None) -> Clip:
        from broadcaster.audio.mastering import Target, master

        target = Target(
            loudness_lufs=self._settings.sound.loudness_lufs, true_peak_dbtp=self._settings.sound.true_peak_dbtp
        )
        assembly = self._assembly(order, answer)

        def write(path: Path) -> Facts:
            return Facts(
                **dataclasses.asdict(master(assembly, target, path)),
                text_sha256=self._recipes.text_sha256(order),
                engine=engine,
                voice=voice,
                title=order.title,
            )

        try:
            return self._cache.put(key, write)
        except CacheError:
            # Everything else waits for somebody to look after the disk; lives do not.
            if not order.urgent:
                raise
            return self._refuge.put(key, write)

    def _assembly(self, order: RenderRequest, answer: Answer | None) -> Assembly:
        from broadcaster.audio import pcm
        from broadcaster.audio.assembly import Part, bulletin, in_memory, programme, silence

        if order.kind is ItemKind.PAUSE:
            return silence(order.pause_s)
        chime = self._chime() if order.chime or order.kind is ItemKind.CHIME else None
        if order.kind is ItemKind.CHIME:
            assert chime is not None
            return bulletin([Part(in_memory(chime), "chime")], repeat=order.repeat, pause_s=order.pause_s)
        parts = [Part(pcm.file(path), str(path)) for path in order.recordings]
        if answer is not None:
            speech = pcm.resample(answer.speech.samples, answer.speech.rate_hz)
            parts.insert(0, Part(in_memory(speech), answer.engine.name))
        assemble = programme if order.recordings else bulletin
        return assemble(parts, chime=chime, repeat=order.repeat, pause_s=order.pause_s)

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
