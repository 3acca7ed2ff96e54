"""The picture shows the loudness and the peaks of its clip; its font has every Vietnamese letter."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from broadcaster.audio import picture
from broadcaster.audio.assembly import Part, in_memory, programme
from broadcaster.audio.mastering import Target, master
from broadcaster.audio.picture import HEIGHT, LEFT, LIMIT, RIGHT, WAVE_BOTTOM, WAVE_TOP, WIDTH, draw
from broadcaster.errors import AudioError
from tests.audio.sounds import silence, speechlike, tone

TARGET = Target(loudness_lufs=-16.0, true_peak_dbtp=-1.5)


def image_of(path: Path, **more) -> np.ndarray:
    png = draw(path, title=more.pop("title", "Thông báo"), target=TARGET, **more)
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    return np.asarray(image.convert("RGB")).astype(int)


def red_columns(image: np.ndarray) -> list[int]:
    """Columns with a mark at the top edge of the waveform: peaks over the limit."""
    red = tuple(int(LIMIT[at : at + 2], 16) for at in (1, 3, 5))
    row = image[WAVE_TOP + 5, LEFT:RIGHT]
    return [column for column, pixel in enumerate(row) if tuple(pixel) == red]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    master(programme([Part(in_memory(speechlike(4)), "x")]), TARGET, path)
    return path


def test_a_mastered_clip_has_no_mark_over_the_limit(clip: Path) -> None:
    assert red_columns(image_of(clip)) == []


def test_a_peak_over_the_limit_is_marked_where_it_is(tmp_path: Path) -> None:
    sound = tone(4, level=0.2)
    sound[3 * 48_000 : 3 * 48_000 + 20] = 0.99
    soundfile.write(tmp_path / "to.wav", sound, 48_000)
    marks = red_columns(image_of(tmp_path / "to.wav"))
    assert marks
    assert min(marks) == pytest.approx(0.75 * (RIGHT - LEFT), abs=6)
    assert max(marks) == pytest.approx(0.75 * (RIGHT - LEFT), abs=6)


def test_the_waveform_is_as_high_as_the_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "nua.wav", tone(2, level=0.5), 48_000)
    image = image_of(tmp_path / "nua.wav")
    blue = (image[WAVE_TOP:WAVE_BOTTOM, (LEFT + RIGHT) // 2] == (0x4A, 0x7F, 0xB5)).all(axis=1)
    assert blue.sum() == pytest.approx(0.5 * (WAVE_BOTTOM - WAVE_TOP), rel=0.05)


@pytest.mark.parametrize("seconds", [0.001, 0.3, 2.9, 90])
def test_any_length_has_a_picture(tmp_path: Path, seconds: float) -> None:
    soundfile.write(tmp_path / "x.flac", tone(seconds, level=0.1, rate_hz=8000), 8000)
    assert (image_of(tmp_path / "x.flac") != 255).any()


def test_silence_has_a_picture_too(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", silence(2), 48_000)
    image_of(tmp_path / "x.wav", lang="en")


def test_every_vietnamese_letter_has_a_shape_of_its_own() -> None:
    bases = "aăâeêioôơuưyd"
    letters = {base + mark for base in bases for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")}
    letters = {unicodedata.normalize("NFC", letter) for letter in letters if len(letter) == 1 or letter[0] != "d"}
    letters |= {"đ"} | set("0123456789−∞…·«»–,.:/%")
    font = picture._font(40)

    def shape(letter: str) -> bytes:
        return bytes(font.getmask(letter))

    missing = shape("\ue000")
    shapes = {letter: shape(letter) for each in letters for letter in (each, each.upper())}
    assert [letter for letter, drawn in shapes.items() if drawn == missing] == []
    assert len(set(shapes.values())) == len(shapes)


def test_a_long_title_is_cut_at_a_word(clip: Path) -> None:
    image = image_of(clip, title="Thông báo của Ủy ban nhân dân xã " * 9)
    assert (image[20:70, RIGHT + 5 :] == 255).all()


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("no sound", encoding="utf-8")
    with pytest.raises(AudioError):
        draw(tmp_path / "x.wav", title="", target=TARGET)
