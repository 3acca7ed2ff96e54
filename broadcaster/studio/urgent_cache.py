"""The fallback cache: where the clip of an emergency goes when the station's disk is full or read-only. In memory, if
the machine has a folder there."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

URGENT_CACHE_MB = 50
"""Eight minutes of sound; in memory, so not more."""


def urgent_cache_folder(station: Path) -> Path:
    """A folder of this user and this station, not on the station's disk where there is another place.

    The same for every process of the user, so that what one renders another finds. It need not exist.
    """
    name = f"broadcaster-{hashlib.sha256(str(station.resolve()).encode()).hexdigest()[:16]}"
    for place in _places():
        folder = place / name
        if place.is_dir() and os.access(place, os.W_OK) and _is_ours(folder):
            return folder
    return Path(tempfile.gettempdir()) / name


def _places() -> list[Path]:
    """Folders in memory, best first; none on systems without them."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return [*([Path(runtime)] if runtime else []), Path("/dev/shm")]


def _is_ours(folder: Path) -> bool:
    """Not there yet, or made by this user: what another one put there must not be heard."""
    try:
        return folder.lstat().st_uid == os.getuid()
    except FileNotFoundError:
        return True
