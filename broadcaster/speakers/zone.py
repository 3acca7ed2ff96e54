"""Which channels of an output belong to a group of loudspeakers (*cụm loa*)."""

from __future__ import annotations

from broadcaster.errors import SpeakerError, Words

EVERYWHERE = "tat_ca"
"""The zone of all loudspeakers."""


def channel_count(zones: tuple[str, ...]) -> int:
    """Channels a many-channel output needs: one for each zone."""
    return max(1, len(zones))


def channels_of(zone: str, zones: tuple[str, ...], channels: int) -> tuple[int, ...]:
    """Channel numbers of `zone` in an output of `channels`. `zones` are the station's, in channel order.

    `tat_ca`, or the only zone of a station, means every channel. Raises SpeakerError for a zone the station lacks:
    playing it everywhere could wake the wrong village, playing it nowhere must be said.
    """
    if zone == EVERYWHERE or zones == (zone,):
        return tuple(range(channels))
    if zone in zones and zones.index(zone) < channels:
        return (zones.index(zone),)
    known = ", ".join(dict.fromkeys((EVERYWHERE, *zones)))
    raise SpeakerError(
        Words(f"không có cụm loa «{zone}»; đài có: {known}", f"no zone '{zone}'; the station has: {known}"),
        cure=Words("Sửa [output] zones trong station.toml", "Change [output] zones in station.toml"),
    )
