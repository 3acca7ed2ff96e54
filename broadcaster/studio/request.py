"""What one clip must be, and where it stands in an occurrence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from broadcaster.errors import BroadcasterError
from broadcaster.model import Item, ItemKind, ScriptId


@dataclass(frozen=True, kw_only=True)
class RenderRequest:
    """One clip to be made: everything about it that the station's settings do not say. Hashable."""

    kind: ItemKind
    """TOPIC does not occur: it has been expanded to scripts."""
    title: str
    text: str = ""
    """As written, placeholders already filled; spoken first, when there is any."""
    script: ScriptId | None = None
    recordings: tuple[Path, ...] = ()
    """Sound files, in order, after the text."""
    voice: str | None = None
    """"engine:voice", a voice's name, or None for the station's."""
    chime: bool = False
    """The station's chime first."""
    pause_s: float = 0.0
    """Silence at the end; for PAUSE the whole clip."""
    repeat: int = 1
    """How often text and recordings are heard, the chime once."""
    urgent: bool = False
    """Lives may depend on it: no waiting for a better voice on the network. Does not change the sound."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an occurrence: an order, or the reason why there is none."""

    item: str
    """Position and name within the occurrence, e.g. `02-dich_vu_cong`; what the journal calls `item`."""
    source: Item
    """The item of the occurrence that it comes from."""
    order: RenderRequest | None = None
    problem: BroadcasterError | None = None
    script: ScriptId | None = None
    """The script asked for, also when it could not be had."""
