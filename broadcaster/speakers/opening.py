"""From an output SPEC (CLI.md) to the speaker that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from broadcaster.clock import Clock
from broadcaster.errors import UsageError, Words
from broadcaster.speakers.speaker import Speaker

if TYPE_CHECKING:
    from broadcaster.settings import Output


def open_speaker(spec: str, output: Output, clock: Clock) -> Speaker:
    """The speaker for `spec`, constructed; its `open` is the caller's to call. Raises UsageError for an unknown SPEC.

    `output` gives latency and zones. Each kind's module is imported only when it is asked for.
    """
    # Here, not above: the sound card's process imports this package too, and stays small.
    from broadcaster.settings import OUTPUT_HINT, check_output_spec

    try:
        kind, _, rest = check_output_spec(spec).partition(":")
    except ValueError as problem:
        raise UsageError(
            Words(f"không hiểu đầu ra «{spec}»", f"cannot read the output '{spec}'"), cure=OUTPUT_HINT
        ) from problem
    if kind == "memory":
        from broadcaster.speakers.memory import MemorySpeaker

        return MemorySpeaker(clock)
    if kind == "none":
        from broadcaster.speakers.none import NoneSpeaker

        return NoneSpeaker(spec, clock)
    if kind == "log":
        from broadcaster.speakers.log import LogSpeaker

        return LogSpeaker(Path(rest), clock)
    if kind == "wav":
        from broadcaster.speakers.wav import WavSpeaker

        return WavSpeaker(Path(rest), output, clock)
    from broadcaster.speakers.soundcard import SoundCard

    return SoundCard(spec, rest, output, clock)
