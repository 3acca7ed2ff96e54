"""What is rendered already: requests looked up in the station's cache and in the fallback cache of emergencies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from broadcaster.audio import Cache, Facts
from broadcaster.errors import AudioError, CacheError
from broadcaster.model import Clip, RenderRequest
from broadcaster.settings import Settings
from broadcaster.studio.recipe import Recipes
from broadcaster.studio.urgent_cache import URGENT_CACHE_MB, urgent_cache_folder
from broadcaster.studio.voices import Voices, may_speak_later


class Stock:
    """The clips of one station. Safe to use from several threads. Loads no numpy."""

    def __init__(self, settings: Settings, recipes: Recipes, voices: Voices) -> None:
        self.cache = Cache(settings.cache_dir, settings.cache_max_mb)
        self._urgent_cache = Cache(urgent_cache_folder(settings.folder), URGENT_CACHE_MB)
        self._recipes = recipes
        self._voices = voices

    def ready(self, request: RenderRequest, *, verify: bool = False) -> Clip | None:
        """The clip as it would air now, or None; see Studio.ready."""
        try:
            if not request.text:
                clip = self._found(self._recipes.key(request), verify)
                return None if clip is None else self.named(clip, request)
            better_exists = False
            for engine, voice in self._voices.candidates(request):
                key = self._recipes.key(request, engine=engine.name, version=engine.version, voice=voice)
                clip = self._found(key, verify)
                if clip is not None:
                    return dataclasses.replace(self.named(clip, request), provisional=better_exists)
                better_exists = better_exists or may_speak_later(engine)
        except AudioError:  # a recording that cannot be read: rendering says why
            return None
        return None

    def named(self, clip: Clip, request: RenderRequest) -> Clip:
        """The clip under this request's title and text: another text may sound the same."""
        return dataclasses.replace(clip, title=request.title, text_sha256=self._recipes.text_sha256(request))

    def put(self, request: RenderRequest, key: str, write: Callable[[Path], Facts]) -> Clip:
        """Store what `write` makes; as Cache.put, but an emergency goes to the fallback cache where the disk is full.

        Raises CacheError.
        """
        try:
            return self.cache.put(key, write)
        except CacheError:
            # Everything else waits for somebody to look after the disk; lives do not.
            if not request.urgent:
                raise
            return self._urgent_cache.put(key, write)

    def protect(self, requests: Iterable[RenderRequest], *, besides: bool = False) -> None:
        """Exempt the clips of these requests from eviction; see Cache.protect."""
        keys: set[str] = set()
        for request in requests:
            with suppress(AudioError):  # a recording that cannot be read: nothing of it is in the cache
                keys.update(self._keys(request))
        self.cache.protect(keys, besides=besides)

    def prune(self) -> None:
        """Both caches down to their bounds."""
        self.cache.prune()
        self._urgent_cache.prune()

    def _found(self, key: str, verify: bool) -> Clip | None:
        return self.cache.get(key, verify=verify) or self._urgent_cache.get(key, verify=verify)

    def _keys(self, request: RenderRequest) -> list[str]:
        if not request.text:
            return [self._recipes.key(request)]
        return [
            self._recipes.key(request, engine=engine.name, version=engine.version, voice=voice)
            for engine, voice in self._voices.candidates(request)
        ]
