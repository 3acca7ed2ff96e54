"""From an output SPEC (CLI.md) to the speaker that it names."""

from __future__ import annotations

from pathlib import Path

from broadcaster.clock import Clock
from broadcaster.errors import UsageError, Words
from broadcaster.speakers.speaker import Speaker
from broadcaster.speakers.zone import ONE_ZONE, Zones


def open_speaker(spec: str, clock: Clock, *, zones: Zones = ONE_ZONE, latency_s: float | None = None) -> Speaker:
    """The speaker for `spec`, constructed; its `open` is the caller's to call. Raises UsageError for an unknown SPEC.

    `zones` in channel order; `latency_s` is a sound card's buffer in real seconds. Each kind's module is imported only
    when it is asked for.
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

        return MemorySpeaker(clock, zones=zones)
    if kind == "none":
        from broadcaster.speakers.none import NoneSpeaker

        return NoneSpeaker(spec, clock, zones)
    if kind == "log":
        from broadcaster.speakers.log import LogSpeaker

        return LogSpeaker(Path(rest), clock, zones)
    if kind == "wav":
        from broadcaster.speakers.wav import WavSpeaker

        return WavSpeaker(Path(rest), clock, zones)
    from broadcaster.speakers.soundcard import DEFAULT_LATENCY_S, SoundCard

    return SoundCard(spec, rest, clock, zones=zones, latency_s=DEFAULT_LATENCY_S if latency_s is None else latency_s)
