"""The Vietnamese voices of the Piper catalogue, with the sizes and checksums that the catalogue itself gives.

Kept here so that a voice from a USB stick can be checked without a network. Source: voices.json of
rhasspy/piper-voices. A voice that is not listed here is looked up there when it is installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from broadcaster.errors import Words
from broadcaster.speech.engine import Gender

HUB = "https://huggingface.co/rhasspy/piper-voices/resolve/main"
"""Paths of the catalogue are below this address."""
INDEX = "voices.json"
MODEL_ENDING, CONFIG_ENDING = ".onnx", ".onnx.json"


@dataclass(frozen=True, kw_only=True)
class VoiceFile:
    """One file of a voice."""

    path: str
    """Below the hub's address."""
    size_bytes: int
    md5: str
    """Hexadecimal. The only checksum in the catalogue; it finds damage, and TLS keeps strangers out."""

    @property
    def name(self) -> str:
        """File name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class CatalogueVoice:
    """One voice that can be installed by name."""

    name: str
    model: VoiceFile
    config: VoiceFile
    gender: Gender = Gender.UNKNOWN
    note: Words = field(default_factory=lambda: Words("", ""))
    """For the person who chooses."""

    @property
    def size_bytes(self) -> int:
        """What is downloaded."""
        return self.model.size_bytes + self.config.size_bytes


def _voice(name: str, model: tuple[int, str], config: tuple[int, str], gender: Gender, note: Words) -> CatalogueVoice:
    folder = path_of(name)
    return CatalogueVoice(
        name=name,
        model=VoiceFile(path=f"{folder}/{name}{MODEL_ENDING}", size_bytes=model[0], md5=model[1]),
        config=VoiceFile(path=f"{folder}/{name}{CONFIG_ENDING}", size_bytes=config[0], md5=config[1]),
        gender=gender,
        note=note,
    )


def path_of(name: str) -> str:
    """Folder of a voice in the catalogue: vi_VN-vais1000-medium → vi/vi_VN/vais1000/medium. Raises ValueError."""
    language, speaker, quality = name.split("-")
    return f"{language.partition('_')[0]}/{language}/{speaker}/{quality}"


VOICES: dict[str, CatalogueVoice] = {
    voice.name: voice
    for voice in (
        _voice(
            "vi_VN-vais1000-medium",
            (63_201_294, "5e42428c4f6131f75557cf156c9c1526"),
            (4_860, "5ec9669253541d64ba97f60e422f1ad0"),
            Gender.FEMALE,
            Words("22 kHz", "22 kHz"),
        ),
        _voice(
            "vi_VN-25hours_single-low",
            (63_104_526, "54ff8fb35b0084336377ddd10717e1fa"),
            (4_176, "d626bc458e9eb1a12650709bfc89d4a2"),
            Gender.UNKNOWN,
            Words("16 kHz", "16 kHz"),
        ),
        _voice(
            "vi_VN-vivos-x_low",
            (27_789_413, "d5880d32e340f57489dcb9d4f1f7aa04"),
            (5_592, "708356072a75e33cff652f1b5d455795"),
            Gender.UNKNOWN,
            Words(
                "nhỏ nhất, 65 người đọc (chọn bằng speaker), 16 kHz",
                "the smallest, 65 speakers (chosen with speaker), 16 kHz",
            ),
        ),
    )
}
"""By name, the one to recommend first."""
