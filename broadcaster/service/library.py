"""The library of announcement texts: mistakes, unsure readings, approval, coverage of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from broadcaster.errors import ScriptError, Words
from broadcaster.model import Clip, EventKind, Script, ScriptId, Sha256, Spoken
from broadcaster.service.reading import unsure_words, words_of
from broadcaster.settings import Settings

if TYPE_CHECKING:
    from broadcaster.scripts import Coverage, Library
    from broadcaster.service.door import Door
    from broadcaster.service.sound import Progress


@dataclass(frozen=True, kw_only=True)
class FilledScript:
    """One script with its placeholders filled."""

    script: Script
    text: str
    """As written, placeholders filled."""
    spoken: Spoken
    """As the voice will speak it."""

    @property
    def unsure(self) -> tuple[Words, ...]:
        """What is unsure, in lines of the file."""
        script = self.script
        return tuple(unsure_words(one, str(script.path), first_line=script.text_line) for one in self.spoken.unsure)


@dataclass(frozen=True, kw_only=True)
class LibraryCheck:
    """What a look at the whole library found."""

    usable: int
    """Scripts that can air."""
    problems: tuple[ScriptError, ...]
    """Mistakes of files, then placeholders without a value."""
    unsure: tuple[Words, ...]
    """What the reading rules could not read for sure, each in one line."""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One sound that was approved."""

    script: ScriptId
    title: str
    clip: Clip
    approved_by: str

    @property
    def text_sha256(self) -> Sha256:
        """Of the text that was approved."""
        return self.clip.text_sha256

    @property
    def audio_sha256(self) -> Sha256:
        """Of the sound that was approved."""
        return self.clip.audio_sha256


def library(settings: Settings) -> Library:
    """All scripts, with the mistakes of the files that could not be read."""
    from broadcaster.scripts import load_library

    return load_library(settings.scripts_dir)


def filled(settings: Settings, script_id: str) -> FilledScript:
    """One script. Raises NotFoundError, or ScriptError for a placeholder without a value."""
    from broadcaster.scripts import fill

    script = library(settings).get(script_id)
    text = fill(script, settings.placeholders)
    return FilledScript(script=script, text=text, spoken=words_of(text, settings))


def check(settings: Settings) -> LibraryCheck:
    """Look at every script."""
    from broadcaster.scripts import fill, missing_values

    found = library(settings)
    missing: list[ScriptError] = []
    unsure: list[Words] = []
    for script in found.scripts.values():
        without = missing_values(script, settings.placeholders)
        missing += without
        if not without:
            text = fill(script, settings.placeholders)
            unsure += FilledScript(script=script, text=text, spoken=words_of(text, settings)).unsure
    return LibraryCheck(usable=len(found.scripts), problems=(*found.problems, *missing), unsure=tuple(unsure))


def approve(door: Door, script_ids: Sequence[str], progress: Progress | None = None) -> list[Approval]:
    """Render if need be, and put on record that the operator approves exactly these sounds.

    Raises NotFoundError or what kept a sound from being made; nothing is approved then.
    """
    from broadcaster.service.sound import Sounds

    with Sounds(door.settings, door.clock) as sounds:
        made = sounds.sounds_of(script_ids, progress)
    approved: dict[Sha256, Approval] = {}  # two forms may sound the same
    by, journal = door.operator, door.journal
    with journal.together():
        for script_id, request, clip in made:
            if clip.audio_sha256 in approved:
                continue
            journal.approve(script_id, clip.text_sha256, clip.audio_sha256, by)
            told = Words(
                f"{by} duyệt «{request.title}» ({script_id})", f"{by} approved '{request.title}' ({script_id})"
            )
            journal.note(EventKind.APPROVAL, told)
            approved[clip.audio_sha256] = Approval(script=script_id, title=request.title, clip=clip, approved_by=by)
    door.nudge()
    return list(approved.values())


def coverage(settings: Settings, *, first_day: date, last_day: date | None) -> Sequence[Coverage]:
    """Which scripts serve each content of the plan on these days."""
    from broadcaster.scripts import coverage as cover
    from broadcaster.scripts import load_plan

    plan = load_plan(settings.scripts_dir)
    return cover(plan, library(settings).scripts.values(), first_day=first_day, last_day=last_day)
