"""Hearing exactly what would air, on the listener's own device; or saving, drawing or reading it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from broadcaster.clock import Clock, SystemClock
from broadcaster.errors import FileError, SpeakerError, Words
from broadcaster.model import (
    EVERYWHERE,
    STATION_RATE_HZ,
    Clip,
    Item,
    ItemKind,
    Level,
    Occurrence,
    OccurrenceKey,
    RenderRequest,
)
from broadcaster.service.sound import Sounds
from broadcaster.settings import Settings

OWN_DEVICE = "soundcard"
"""The default device of whoever listens, not the station's output."""
WORDY = (".txt", ".docx")
LOOK_S = 0.1


def request_for(sounds: Sounds, what: str | None, text: str | None) -> RenderRequest:
    """The clip to be made of a script id, a file (text, Word, recording) or a text.

    Raises NotFoundError, ScriptError, FileError or AudioError.
    """
    studio = sounds.studio
    if what is None:
        return studio.text_request(text or "")
    file = Path(what)
    if not file.is_file():
        return sounds.forms_of(what)[0]
    if file.suffix.lower() in WORDY:
        return studio.text_request(_words_of_file(file, sounds.settings))
    (draft,) = studio.resolve(_recording(file, sounds.settings, sounds.clock))
    if draft.request is None:
        assert draft.problem is not None
        raise FileError(draft.problem.words())
    return draft.request


def _words_of_file(file: Path, settings: Settings) -> str:
    """A Word file's text, a script's with its placeholders filled, or a plain text."""
    from broadcaster.scripts import fill, import_docx
    from broadcaster.scripts.library import FENCE, load_script
    from broadcaster.tomlfile import read_text

    if file.suffix.lower() == ".docx":
        return import_docx(file)[1]
    written = read_text(file, FileError)
    if not written.lstrip().startswith(FENCE):
        return written
    script, problems = load_script(file)
    if script is None:
        raise problems[0]
    return fill(script, settings.placeholders)


def _recording(file: Path, settings: Settings, clock: Clock) -> Occurrence:
    return Occurrence(
        key=OccurrenceKey("preview"),
        title=file.stem,
        planned_at=clock.now(),
        items=(Item(kind=ItemKind.RECORDING, name=str(file.resolve())),),
        level=Level.THONG_THUONG,
        zones=(EVERYWHERE,),
        max_minutes=60,
        late=settings.late,
    )


def draw(clip: Clip, settings: Settings, lang: str) -> bytes:
    """A PNG of the waveform and its loudness."""
    from broadcaster.audio.mastering import Target
    from broadcaster.audio.picture import draw as picture_of

    target = Target(loudness_lufs=settings.sound.loudness_lufs, true_peak_dbtp=settings.sound.true_peak_dbtp)
    return picture_of(clip.path, title=clip.title, target=target, lang=lang)


def play(clip: Clip, spec: str, settings: Settings, show: Callable[[float], None]) -> None:
    """Through a speaker of this process's own. `show(position_s)`. Raises SpeakerError when it cannot be heard."""
    from broadcaster.speakers import Job, PlaybackState, open_speaker

    clock, changed = SystemClock(), threading.Event()
    speaker = open_speaker(spec, clock, latency_s=settings.output.latency_s)
    speaker.open()
    try:
        playback = speaker.play(Job(source=clip), changed.set)
        while not playback.state.final:
            show(playback.frames_played / STATION_RATE_HZ)
            clock.wait(changed, LOOK_S)
        if playback.state is not PlaybackState.ENDED:
            told = playback.reason
            raise SpeakerError(Words(f"mất đường ra giữa chừng ({told.vi})", f"the output was lost ({told.en})"))
    finally:
        speaker.close()
