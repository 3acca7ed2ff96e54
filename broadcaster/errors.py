"""The error tree: one base, one class per room. Each error is one line for the user: what, where, what to do.

The command line prints `error.line(lang)` and exits with `error.exit_code` (the table is in the README and in CLI.md).
Raise these for anything a user, a file, a device or a network did; any other exception is a mistake of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One message in both languages of the program. Operators see Vietnamese unless they ask for English."""

    vi: str
    en: str

    def text(self, lang: str = "vi") -> str:
        """The message in `lang` ("vi" or "en"; anything else means Vietnamese)."""
        return self.en if lang == "en" else self.vi


class BroadcasterError(Exception):
    """Base of everything we raise on purpose."""

    exit_code = 1
    """Process exit code when this error ends a command."""

    def __init__(self, what: Words, *, where: str = "", cure: Words | None = None) -> None:
        """`what` happened, `where` ("file:line", a device, an address; may be empty), `cure`: what to do about it."""
        self.what = what
        self.where = where
        self.cure = cure
        super().__init__(self.line())

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel between our processes; the default would rebuild them from the message alone."""
        return _rebuilt, (type(self), self.what, self.where, self.cure)

    def line(self, lang: str = "vi") -> str:
        """The whole message on one line: "where: what. cure"."""
        text = self.what.text(lang)
        if self.where:
            text = f"{self.where}: {text}"
        if self.cure is not None:
            text = f"{text.rstrip('.')}. {self.cure.text(lang)}"
        return " ".join(text.split())

    def words(self) -> Words:
        """`line` in both languages."""
        return Words(self.line("vi"), self.line("en"))


def _rebuilt(kind: type[BroadcasterError], what: Words, where: str, cure: Words | None) -> BroadcasterError:
    return kind(what, where=where, cure=cure)


class UsageError(BroadcasterError):
    """The command was called wrongly."""

    exit_code = 2


class FileError(BroadcasterError):
    """A file of the station is wrong; `where` is "file:line"."""

    exit_code = 3


class SettingsError(FileError):
    """station.toml is wrong."""


class ScriptError(FileError):
    """A script is wrong, or a placeholder it uses has no value."""


class TimetableError(FileError):
    """A timetable in schedules/ is wrong."""


class AudioError(FileError):
    """A sound file cannot be read whole, or sound cannot be made from it."""


class NotFoundError(BroadcasterError):
    """What the user named does not exist."""

    exit_code = 4


class SpeakerError(BroadcasterError):
    """No sound output, or the output was lost. May be retried after reopening."""

    exit_code = 5


class SpeechError(BroadcasterError):
    """An engine could not speak this text. The next engine of the chain may."""

    exit_code = 6


class RefusedError(BroadcasterError):
    """The gate, a missing approval or the latched STOP refused."""

    exit_code = 7


class StationStateError(BroadcasterError):
    """The station is not running, or is already running."""

    exit_code = 8


class JournalError(BroadcasterError):
    """The journal cannot be opened or written."""

    exit_code = 3


class CacheError(BroadcasterError):
    """The audio cache cannot be written (disk full, read-only)."""

    exit_code = 3


class ReportError(BroadcasterError):
    """A report cannot be written: no permission, a full disk, a package that is not installed."""

    exit_code = 3
