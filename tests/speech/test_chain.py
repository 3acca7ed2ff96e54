"""The station's order of engines: the first that can speaks; the reasons of the others are reported."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech import Chain, Engine, Reach, Speech, Voice
from broadcaster.speech.tone import ToneEngine

HELLO = [Phrase(text="xin chào")]


class Slow(ToneEngine):
    """A network engine that uses up all the time it is given."""

    name = "slow"
    reach = Reach.NETWORK
    given_s = 0.0

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        self.given_s = deadline_s
        time.sleep(deadline_s)
        raise SpeechError(Words("quá chậm", "too slow"), where=self.name)


class Regions(ToneEngine):
    name = "regions"

    def voices(self) -> Sequence[Voice]:
        return [Voice(engine=self.name, name=name, region="") for name in ("vi", "vi-nam")]


def speak(*engines: Engine, voice: str = "", deadline_s: float = 10.0):
    return Chain(engines).speak(HELLO, voice=voice, deadline_s=deadline_s)


def test_the_first_engine_speaks_when_it_can():
    first, second = ToneEngine(), ToneEngine()
    answer = speak(first, second)
    assert answer.engine is first
    assert answer.voice == "tone"
    assert answer.failures == ()


def test_an_unavailable_engine_is_not_asked_and_its_reason_is_told():
    net = ToneEngine()
    answer = speak(ToneEngine(broken="chưa có giọng"), net)
    assert answer.engine is net
    (failure,) = answer.failures
    assert failure.reason == Words(
        "bộ đọc thử được đặt là hỏng: chưa có giọng", "the test engine is set to fail: chưa có giọng"
    )
    assert not failure.asked


def test_an_engine_that_fails_leaves_time_for_the_safety_net():
    slow = Slow()
    began = time.monotonic()
    answer = speak(slow, ToneEngine(), deadline_s=1.0)
    assert time.monotonic() - began < 1.0
    assert slow.given_s == pytest.approx(0.75, abs=0.05)
    assert answer.engine.name == "tone"
    assert answer.failures[0].asked


def test_when_nobody_can_speak_every_reason_is_in_one_line():
    with pytest.raises(SpeechError) as caught:
        speak(Slow(), ToneEngine(broken="hỏng loa giả"), deadline_s=0.2)
    line = caught.value.line()
    assert "slow: quá chậm" in line
    assert "tone: bộ đọc thử được đặt là hỏng: hỏng loa giả" in line
    assert "\n" not in line
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    "voice, engine, spoken",
    [
        ("", "tone", "tone"),
        ("vi-nam", "tone", "tone"),
        ("regions:vi-nam", "regions", "vi-nam"),
        ("regions:", "regions", "vi"),
        ("regions:no-such", "regions", "vi"),
        ("gone:x", "tone", "tone"),
    ],
)
def test_a_voice_may_name_its_engine_which_is_then_asked_first(voice, engine, spoken):
    answer = speak(ToneEngine(), Regions(), voice=voice)
    assert (answer.engine.name, answer.voice) == (engine, spoken)


def test_a_voice_name_is_used_by_the_engine_that_has_it():
    assert speak(Regions(), voice="vi-nam").voice == "vi-nam"


def test_a_voice_that_knows_only_vietnamese_spelling_is_given_it_and_others_are_not():
    given: list[str] = []

    class Listening(ToneEngine):
        def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
            given.extend(phrase.text for phrase in phrases)
            return super().speak(phrases, voice=voice, rate=rate, deadline_s=deadline_s)

    class Embedded(Listening):
        spelling_only_vietnamese = True

    phrases = [Phrase(text="xem livestream", plain="xem lai trim"), Phrase(text="chào bà con")]
    Chain([Listening()]).speak(phrases, deadline_s=10)
    Chain([Embedded()]).speak(phrases, deadline_s=10)
    assert given == ["xem livestream", "chào bà con", "xem lai trim", "chào bà con"]
