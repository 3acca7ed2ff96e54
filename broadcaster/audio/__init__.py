"""Reads sound files, masters clips and keeps them in a cache on disk.

Knows decibels and files; knows nothing of scripts, engines, schedules or outputs. Only the cache is imported here: it
needs the standard library alone. `pcm`, `loudness`, `limiter`, `mastering`, `picture` and `export` import numpy and are
for processes that render; so is what `chime` makes.
"""

from broadcaster.audio.cache import Cache, CacheInfo, DiskFullError, Facts

__all__ = ["Cache", "CacheInfo", "DiskFullError", "Facts"]
