"""Keeps the lines of `run` in files of bounded size."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path


class LogFile:
    """What was printed, for machines where nobody keeps the console (Windows, a terminal that was closed).

    The journal is the record; this is for whoever looks for a fault. Five files of a megabyte, months of it, then the
    oldest goes.
    """

    def __init__(self, path: Path) -> None:
        self._handler = _Handler(path, maxBytes=1_000_000, backupCount=4, encoding="utf-8", delay=True)

    def write(self, line: str) -> None:
        """Append a line, if the disk takes it."""
        self._handler.handle(logging.makeLogRecord({"msg": line}))


class _Handler(logging.handlers.RotatingFileHandler):
    """Prints nothing about a full disk: the station reports that itself, and goes on."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the line."""
