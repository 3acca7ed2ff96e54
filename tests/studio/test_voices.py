"""Which engine speaks, and when a better one is tried."""

from __future__ import annotations

import dataclasses

import pytest

from broadcaster.clock import SystemClock
from broadcaster.errors import SpeechError
from broadcaster.settings import Settings
from broadcaster.speech import Reach
from broadcaster.studio import Studio
from tests.studio.station import REQUEST, Recorder


def test_the_first_engine_that_can_speaks_and_a_net_clip_is_provisional(make) -> None:
    network, net = Recorder("gtts", Reach.NETWORK), Recorder("espeak")
    network.silent_line = True
    studio = make(network, net)
    clip = studio.render(REQUEST)
    assert (clip.engine, clip.provisional) == ("espeak", True)
    assert studio.render(REQUEST) == clip, "not rendered again unless asked to"
    assert len(network.asked) == 1

    assert studio.render(REQUEST, better=True) == clip, "the line is still down: the net's clip stays"
    assert len(network.asked) == 2
    assert len(net.asked) == 1

    network.silent_line = False
    better = studio.render(REQUEST, better=True)
    assert (better.engine, better.provisional) == ("gtts", False)
    assert studio.ready(REQUEST) == better, "and airs from now on"
    studio.render(REQUEST, better=True)
    assert len(network.asked) == 3, "nothing better than the best"


def test_a_voice_that_nobody_installed_does_not_make_clips_provisional(make) -> None:
    clip = make(Recorder("piper", Reach.INSTALLED, broken="chưa cài giọng"), Recorder("espeak")).render(REQUEST)
    assert (clip.engine, clip.provisional) == ("espeak", False)


def test_a_voice_installed_later_makes_them_provisional(make) -> None:
    piper = Recorder("piper", Reach.INSTALLED, broken="chưa cài giọng")
    studio = make(piper, Recorder("espeak"))
    studio.render(REQUEST)
    piper.broken = None
    clip = studio.ready(REQUEST)
    assert clip is not None and clip.provisional
    assert studio.render(REQUEST, better=True).engine == "piper"


def test_no_engine_at_all_is_one_line_with_every_reason(make) -> None:
    studio = make(Recorder("gtts", Reach.NETWORK, broken="mất mạng"), Recorder("espeak", broken="thiếu thư viện"))
    with pytest.raises(SpeechError) as refused:
        studio.render(REQUEST)
    assert "mất mạng" in refused.value.line()
    assert "thiếu thư viện" in refused.value.line()
    assert refused.value.exit_code == 6


def test_an_engine_asked_for_by_name_speaks_first(make) -> None:
    studio = make(Recorder("gtts", Reach.NETWORK), Recorder("espeak"))
    clip = studio.render(dataclasses.replace(REQUEST, voice="espeak:tone"))
    assert (clip.engine, clip.provisional) == ("espeak", False)
    assert studio.render(REQUEST, better=True).engine == "gtts"


def test_an_engine_that_is_not_in_the_stations_order_speaks_when_it_is_named(settings: Settings) -> None:
    studio = Studio(dataclasses.replace(settings, engines=("espeak",)), SystemClock(), workers=0)
    clip = studio.render(dataclasses.replace(REQUEST, voice="tone:tone"))
    assert (clip.engine, clip.provisional) == ("tone", False)
    assert studio.ready(REQUEST) is None
    studio.close()


def test_in_an_emergency_the_network_has_three_seconds_and_a_cached_better_voice_wins(make) -> None:
    network, net = Recorder("gtts", Reach.NETWORK), Recorder("espeak")
    studio = make(network, net)
    urgent = dataclasses.replace(REQUEST, urgent=True)
    network.silent_line = True
    assert studio.render(urgent).engine == "espeak"
    assert network.asked[0][1] <= 3.0
    network.silent_line = False
    studio.render(REQUEST, better=True)
    clip = studio.ready(urgent)
    assert clip is not None and clip.engine == "gtts"


def test_an_emergency_without_an_embedded_voice_has_all_the_time(make) -> None:
    network = Recorder("gtts", Reach.NETWORK)
    make(network).render(dataclasses.replace(REQUEST, urgent=True), deadline_s=15)
    assert network.asked[0][1] > 3.0
