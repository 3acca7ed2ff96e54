"""Installing a Piper voice: over a bad line, from a USB stick, and never half."""

from __future__ import annotations

import json
import random
import time

import pytest

from broadcaster.errors import NotFoundError, SpeechError
from broadcaster.model import Phrase
from broadcaster.speech import catalogue, installation, open_engine
from broadcaster.speech.installation import BLOCK_BYTES, install_voice

from .hub import Hub
from .test_contract import joe_voice

NAME = "vi_VN-thu-medium"
MODEL = random.Random(1).randbytes(3_000_000)
CONFIG = json.dumps({"audio": {"sample_rate": 22050}, "phoneme_id_map": {"a": [1]}}).encode()


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr(installation, "READ_S", 0.3)
    hub = Hub()
    hub.add_voice(NAME, MODEL, CONFIG)
    yield hub
    hub.close()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


WHOLE = {f"{NAME}.onnx": MODEL, f"{NAME}.onnx.json": CONFIG}


def test_a_voice_is_downloaded_checked_and_reported_on_the_way(hub, tmp_path):
    seen = []
    path = install_voice(
        NAME, tmp_path / "voices", base_url=hub.url, progress=lambda file, done, total: seen.append((file, done, total))
    )
    assert path == tmp_path / "voices" / f"{NAME}.onnx"
    assert contents(tmp_path / "voices") == WHOLE
    model = [done for file, done, total in seen if file == path.name and total == len(MODEL)]
    assert model[0] == 0
    assert model[-1] == len(MODEL)
    assert model == sorted(model)
    assert len(model) >= 4


def test_a_broken_download_goes_on_where_it_stopped(hub, tmp_path):
    hub.cut_after = [61 * BLOCK_BYTES, 30 * BLOCK_BYTES]
    install_voice(NAME, tmp_path, base_url=hub.url)
    assert contents(tmp_path) == WHOLE
    assert hub.ranges == [None, f"bytes={61 * BLOCK_BYTES}-", f"bytes={91 * BLOCK_BYTES}-"]


def test_a_later_attempt_goes_on_too(hub, tmp_path):
    hub.cut_after = [122 * BLOCK_BYTES] + [0] * 20
    with pytest.raises(SpeechError, match=r"mới tải được 2 trong 3 MB.*chạy lại lệnh này"):
        install_voice(NAME, tmp_path, base_url=hub.url)
    assert list(contents(tmp_path)) == [f"{NAME}.onnx.part"]
    hub.cut_after = []
    hub.ranges.clear()
    install_voice(NAME, tmp_path, base_url=hub.url)
    assert contents(tmp_path) == WHOLE
    assert hub.ranges == [f"bytes={122 * BLOCK_BYTES}-"]


def test_a_hub_that_knows_no_ranges_is_asked_for_the_whole(hub, tmp_path):
    hub.knows_ranges = False
    hub.cut_after = [1_000_000]
    install_voice(NAME, tmp_path, base_url=hub.url)
    assert contents(tmp_path) == WHOLE


def test_a_hub_that_stalls_is_bounded(hub, tmp_path):
    hub.hang = True
    hub.cut_after = [100_000] + [0] * 20
    began = time.monotonic()
    with pytest.raises(SpeechError, match="mạng đứt"):
        install_voice(NAME, tmp_path, base_url=hub.url)
    assert time.monotonic() - began < 6.0


def test_damaged_content_is_never_installed_nor_kept(hub, tmp_path):
    path = next(path for path in hub.files if path.endswith(".onnx"))
    hub.files[path] = MODEL[:-1] + b"?"
    with pytest.raises(SpeechError, match="sai mã kiểm tra"):
        install_voice(NAME, tmp_path, base_url=hub.url)
    assert contents(tmp_path) == {}
    hub.files[path] = MODEL
    install_voice(NAME, tmp_path, base_url=hub.url)


@pytest.mark.parametrize("status", [404, 429, 503])
def test_a_refusal_is_said(hub, tmp_path, status):
    hub.statuses = [status] * 3
    with pytest.raises(SpeechError, match="danh mục giọng"):
        install_voice(NAME, tmp_path, base_url=hub.url)


def test_an_installed_voice_is_left_alone_and_a_damaged_one_replaced(hub, tmp_path):
    install_voice(NAME, tmp_path, base_url=hub.url)
    hub.ranges.clear()
    install_voice(NAME, tmp_path, base_url=hub.url)
    assert hub.ranges == []
    (tmp_path / f"{NAME}.onnx").write_bytes(MODEL[:-1] + b"?")
    install_voice(NAME, tmp_path, base_url=hub.url)
    assert contents(tmp_path) == WHOLE


@pytest.mark.parametrize("name", ["vi_VN-khong-medium", "mai", "../../etc-x-y"])
def test_an_unknown_name_lists_the_vietnamese_voices(hub, tmp_path, name):
    with pytest.raises(NotFoundError, match="vi_VN-vais1000-medium"):
        install_voice(name, tmp_path, base_url=hub.url)


def test_no_network_at_all_names_the_usb_way(tmp_path):
    with pytest.raises(SpeechError, match="--from"):
        install_voice(NAME, tmp_path, base_url="http://127.0.0.1:9")


def test_a_voice_comes_from_a_folder_or_a_file_without_a_network(tmp_path):
    usb = tmp_path / "usb"
    usb.mkdir()
    for file, content in WHOLE.items():
        (usb / file).write_bytes(content)
    install_voice(NAME, tmp_path / "a", source=usb)
    install_voice("", tmp_path / "b", source=usb / f"{NAME}.onnx")
    assert contents(tmp_path / "a") == contents(tmp_path / "b") == WHOLE


def test_a_usb_stick_with_half_a_voice_is_refused(tmp_path):
    usb = tmp_path / "usb"
    usb.mkdir()
    (usb / f"{NAME}.onnx").write_bytes(MODEL)
    with pytest.raises(NotFoundError, match="hai tệp"):
        install_voice(NAME, tmp_path / "voices", source=usb)
    (usb / f"{NAME}.onnx.json").write_text("{}")
    with pytest.raises(SpeechError, match="không phải tệp cấu hình"):
        install_voice(NAME, tmp_path / "voices", source=usb)


def test_a_catalogue_voice_from_a_usb_stick_is_checked_against_the_catalogue(tmp_path):
    name = next(iter(catalogue.VOICES))
    usb = tmp_path / "usb"
    usb.mkdir()
    (usb / f"{name}.onnx").write_bytes(b"short")
    (usb / f"{name}.onnx.json").write_bytes(CONFIG)
    with pytest.raises(SpeechError, match="sai mã kiểm tra"):
        install_voice(name, tmp_path / "voices", source=usb)
    assert contents(tmp_path / "voices") == {}


def test_a_full_disk_is_known_before_the_download(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(installation, "ROOM_BYTES", 1 << 60)
    with pytest.raises(SpeechError, match="ổ đĩa còn"):
        install_voice(NAME, tmp_path, base_url=hub.url)


def test_the_catalogue_names_its_voices_as_the_hub_does():
    for name, voice in catalogue.VOICES.items():
        assert voice.model.name == f"{name}.onnx"
        assert voice.config.name == f"{name}.onnx.json"
        assert len(voice.model.md5) == len(voice.config.md5) == 32
        assert voice.size_bytes > 20_000_000


def test_a_real_voice_is_installed_and_speaks(tmp_path):
    name = "en_US-joe-medium"
    install_voice(name, tmp_path / "voices", source=joe_voice())
    engine = open_engine("piper", station=tmp_path)
    try:
        assert [voice.name for voice in engine.voices()] == [name]
        assert engine.speak([Phrase(text="Hello")], voice="", rate=1.0, deadline_s=60).duration_s > 0.2
    finally:
        engine.close()
