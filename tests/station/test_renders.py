"""Rendering in the background: each request once, the more urgent wish counts, a mistake of ours stops nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.model import Phrase, RenderRequest
from broadcaster.reasons import ReasonCode
from broadcaster.settings import Settings
from broadcaster.speech import Speech
from broadcaster.speech.tone import ToneEngine
from broadcaster.station.renders import Renders
from broadcaster.studio import Studio

BOUND_S = 10.0
"""For what takes a fraction of a second on a machine that does nothing else."""


class Held(ToneEngine):
    """Speaks a text with "chờ" in it only when `go` is set, and makes a mistake over "lỗi"."""

    def __init__(self) -> None:
        super().__init__(syllable_ms=20)
        self.go = threading.Event()
        self.begun: list[str] = []

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        text = " ".join(phrase.text for phrase in phrases)
        self.begun.append(text)
        if "chờ" in text:
            assert self.go.wait(BOUND_S)
        if "lỗi" in text:
            raise ZeroDivisionError(text)
        return super().speak(phrases, voice=voice, rate=rate, deadline_s=deadline_s)


@pytest.fixture
def engine() -> Held:
    return Held()


@pytest.fixture
def renders(tmp_path: Path, engine: Held) -> Iterator[tuple[Renders, Studio]]:
    settings = Settings(folder=tmp_path, name="Đài thử", commune="xã Thử", engines=("tone",))
    studio = Studio(settings, SystemClock(), engines=[engine])
    renders = Renders(studio, lambda: None)
    yield renders, studio
    engine.go.set()
    renders.close()


def text(studio: Studio, words: str, *, urgent: bool = False) -> RenderRequest:
    return studio.text_request(words, chime=False, urgent=urgent)


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


def test_neither_notices_nor_emergencies_wait_behind_what_the_next_days_need(renders, engine: Held) -> None:
    renders, studio = renders
    for number in range(3):
        renders.want(text(studio, f"chờ {number}"))
    notice, emergency = text(studio, "mời họp"), text(studio, "lũ về", urgent=True)
    renders.want(notice, soon=True)
    renders.want(emergency)
    wait_until(lambda: renders.clip(notice) and renders.clip(emergency))


def test_an_emergency_does_not_wait_behind_a_notice(renders, engine: Held) -> None:
    renders, studio = renders
    renders.want(text(studio, "chờ họp"), soon=True)
    emergency = text(studio, "lũ về", urgent=True)
    renders.want(emergency)
    wait_until(lambda: renders.clip(emergency))


def test_what_waits_goes_on_at_once_when_somebody_waits_for_it_and_is_rendered_once(renders, engine: Held) -> None:
    renders, studio = renders
    for number in range(2):
        renders.want(text(studio, f"chờ {number}"))
    request = text(studio, "mời họp")
    renders.want(request)
    renders.want(request)
    assert renders.pending(request)
    renders.want(request, soon=True)
    wait_until(lambda: renders.clip(request))
    last = text(studio, "bài cuối")
    renders.want(last)
    engine.go.set()
    wait_until(lambda: renders.clip(last))
    assert engine.begun.count("mời họp") == 1
    assert not renders.pending(request)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_ours_is_told_and_what_comes_after_it_is_rendered(renders, engine: Held) -> None:
    renders, studio = renders
    wrong = [text(studio, f"lỗi {number}") for number in range(3)]
    for request in wrong:
        renders.want(request)
    wait_until(lambda: all(renders.failure(request) for request in wrong))
    failure = renders.failure(wrong[0])
    assert failure is not None and failure.code is ReasonCode.OUR_MISTAKE
    right = text(studio, "mời họp")
    renders.want(right)
    wait_until(lambda: renders.clip(right))


def test_what_has_not_begun_is_forgotten_at_the_end(renders, engine: Held) -> None:
    renders, studio = renders
    for number in range(2):
        renders.want(text(studio, f"chờ {number}"))
    wait_until(lambda: len(engine.begun) == 2)
    request = text(studio, "mời họp")
    renders.want(request)
    renders.close()
    engine.go.set()
    wait_until(lambda: not any(thread.name == "render" for thread in threading.enumerate()))
    assert "mời họp" not in " ".join(engine.begun)
