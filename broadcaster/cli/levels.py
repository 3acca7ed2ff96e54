"""The levels that an operator may ask for."""

from __future__ import annotations

from broadcaster.model import Level

ASKABLE = (Level.THONG_THUONG, Level.UU_TIEN, Level.KHAN_CAP)
"""Levels that `say` and `play` may ask for."""
