"""What is asked for twice is rendered once, in threads and in processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from broadcaster.errors import AudioError, SpeechError
from broadcaster.model import Clip, ItemKind, RenderRequest
from broadcaster.settings import Settings
from tests.studio.station import REQUEST, Recorder


def test_threads_that_ask_for_the_same_clip_share_one_rendering(make) -> None:
    engine = Recorder("tone", takes_s=0.2)
    studio = make(engine)
    with ThreadPoolExecutor(6) as threads:
        clips = list(threads.map(lambda _: studio.render(REQUEST), range(6)))
    assert len(engine.asked) == 1
    assert len({clip.path for clip in clips}) == 1


def test_threads_share_one_failure_too_and_it_is_not_remembered(make) -> None:
    engine = Recorder("tone", takes_s=0.2, broken=None)
    engine.silent_line = True
    studio = make(engine)

    def ask(_: int) -> str:
        try:
            return studio.render(REQUEST).engine
        except SpeechError as problem:
            return problem.line()

    with ThreadPoolExecutor(3) as threads:
        answers = set(threads.map(ask, range(3)))
    assert len(answers) == 1
    assert len(engine.asked) == 1
    engine.silent_line = False
    assert studio.render(REQUEST).engine == "tone"


def test_two_studios_that_ask_for_the_same_clip_render_once(make) -> None:
    # Two processes in real life: the lock is in the cache's folder.
    first, second = Recorder("tone", takes_s=0.3), Recorder("tone", takes_s=0.3)
    studios = [make(first), make(second)]
    with ThreadPoolExecutor(2) as threads:
        clips = list(threads.map(lambda studio: studio.render(REQUEST), studios))
    assert len(first.asked) + len(second.asked) == 1
    assert clips[0] == clips[1]
    assert not list((studios[0].cache.folder / ".making").iterdir())


HOLDER = """
import sys, time
from pathlib import Path
from broadcaster.studio.claim import claim
with claim(Path(sys.argv[1]), bound_s=5, done=lambda: False) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_renderer_is_free_at_once(make) -> None:
    studio = make()
    lock = studio.cache.folder / ".making" / studio._recipes.sound(REQUEST)[:32]
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    waiting = threading.Thread(target=studio.render, args=(REQUEST,))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "somebody else renders it"
    holder.kill()
    holder.wait(10)
    holder.stdout.close()
    waiting.join(10)
    assert studio.ready(REQUEST) is not None


def test_a_lock_that_is_never_freed_holds_nobody_for_longer_than_the_deadline(make) -> None:
    studio = make()
    lock = studio.cache.folder / ".making" / studio._recipes.sound(REQUEST)[:32]
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        assert studio.render(REQUEST, deadline_s=0.5).engine == "tone"
        assert time.monotonic() - began < 5
        holder.kill()


def test_render_all_makes_each_distinct_request_once_and_keeps_order_and_errors(make, settings: Settings) -> None:
    engine = Recorder("tone")
    studio = make(engine)
    bad = RenderRequest(kind=ItemKind.RECORDING, title="x", recordings=(settings.folder / "khong_co.mp3",))
    told: list[tuple[int, int, str]] = []
    other = studio.script_request("bai_b")
    results = studio.render_all([REQUEST, bad, REQUEST, other], progress=lambda d, n, o: told.append((d, n, o.title)))
    assert isinstance(results[1], AudioError)
    assert results[0] == results[2]
    assert isinstance(results[3], Clip)
    assert len(engine.asked) == 2
    assert [(done, total) for done, total, _ in told] == [(1, 3), (2, 3), (3, 3)]
    assert studio.render_all([]) == []
