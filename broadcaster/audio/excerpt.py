"""A part of a clip, to listen to: the third minute of a recording of forty-five, without the two before."""

from __future__ import annotations

import dataclasses
import wave
from pathlib import Path

from broadcaster.errors import AudioError, UsageError, Words
from broadcaster.model import STATION_RATE_HZ, Clip, Sha256

FADE_MS = 30
"""At both ends, so that a cut in the middle of a word does not click."""
_SAMPLE_BYTES = 2


def excerpt(clip: Clip, path: Path, *, start_s: float, length_s: float | None) -> Clip:
    """Write seconds `start_s` … `start_s + length_s` (None: to the end) of a clip as the WAV file `path`.

    Returns it as a clip. Raises UsageError when the clip is over before, AudioError when it cannot be read or written.
    """
    if not 0 <= start_s < clip.duration_s:
        raise UsageError(
            Words(
                f"bản thu dài {clip.duration_s:.0f} giây, không có giây {start_s:.0f}",
                f"the clip has {clip.duration_s:.0f} s, there is no second {start_s:.0f}",
            ),
            cure=Words("Chọn --from nhỏ hơn", "Choose a smaller --from"),
        )
    from pydub import AudioSegment

    first = round(start_s * STATION_RATE_HZ)
    frames = clip.frames - first if length_s is None else min(clip.frames - first, round(length_s * STATION_RATE_HZ))
    segment = AudioSegment(
        data=_samples(clip, first, frames),
        sample_width=_SAMPLE_BYTES,
        frame_rate=STATION_RATE_HZ,
        channels=1,
    )
    faded = segment.fade_in(FADE_MS).fade_out(FADE_MS)
    try:
        faded.export(str(path), format="wav").close()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise AudioError(
            Words(f"không ghi được đoạn trích ({reason})", f"cannot write the excerpt ({reason})"), where=str(path)
        ) from problem
    frames = int(faded.frame_count())
    return dataclasses.replace(clip, path=path, frames=frames, audio_sha256=Sha256(""))


def _samples(clip: Clip, first: int, frames: int) -> bytes:
    """16-bit mono samples of a clip's file."""
    try:
        with wave.open(str(clip.path)) as file:
            file.setpos(first)
            samples: bytes = file.readframes(frames)
    except (OSError, EOFError, wave.Error) as problem:
        raise AudioError(
            Words(f"không đọc được bản thu ({problem})", f"cannot read the clip ({problem})"), where=str(clip.path)
        ) from problem
    return samples
