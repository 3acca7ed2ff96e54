"""The base of engines that ask a server: limits, retries, whole answers only, and a memory of servers that failed.

Order of one `speak`: cut the phrases into what the server takes; see within CONNECT_S whether it can be reached at
all; fetch piece by piece, every answer bounded, checked and asked again while there is time; join only when the last
piece is there. So nothing incomplete gets into the cache, and a missing network costs three seconds.
"""

from __future__ import annotations

import math
import socket
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from broadcaster.errors import SpeechError, Words
from broadcaster.model import Phrase
from broadcaster.speech.chunks import Chunk, split
from broadcaster.speech.engine import Engine, Reach, Speech
from broadcaster.speech.mp3 import BadSoundError, decode_whole
from broadcaster.speech.phrases import join, sayable, without_silent_ends
from broadcaster.speech.reachability import Reachability
from broadcaster.speech.tempo import stretch
from broadcaster.speech.timelimit import within

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CONNECT_S = 3.0
"""Name look-up and connection together. A line that needs longer is too slow for forty requests."""
READ_S = 5.0
"""Longest silence of a server within one answer; Google answers a sentence in about 0.3 s."""
ANSWER_S = 12.0
"""Bound of one whole answer, however slowly it arrives."""
TRIES = 3
"""For one piece, when the server answers but wrongly."""
BACK_OFF_S = (0.5, 1.5)
"""Before the second and the third try."""
SILENCE = timedelta(minutes=5)
"""How long a server that failed is not asked again."""
BUSY_SILENCE = timedelta(minutes=15)
"""After "too many requests": asking sooner makes it longer."""
REACHED_FOR_S = 60.0
"""A server that answered this recently is not tried for reachability first."""
FAIR_S = 2.0
"""A server that had less time, because the caller's deadline was near, is not remembered as failed."""
CACHE_FOLDER = "audio_cache"
LOGIN = Words(
    "Mở trình duyệt xem mạng có đòi đăng nhập không, và xem ngày giờ của máy có đúng không",
    "See in a browser whether the network wants a login, and whether this computer's date is right",
)
"""The cure when somebody else answers in the server's place, or its certificate seems out of date."""

Fetch = Callable[[str, str, float], bytes]
"""(text, voice, rate) → the MP3 of the server's answer; raises Trouble."""


class Trouble(Exception):
    """One failed request, and what follows from it."""

    def __init__(
        self,
        what: Words,
        *,
        again: bool = False,
        again_after_s: float = 0.0,
        silence: timedelta | None = SILENCE,
        cure: Words | None = None,
    ) -> None:
        """`again`: a second try may succeed (not before `again_after_s`); `silence`: not to be asked for so long."""
        self.what = what
        self.again = again
        self.again_after_s = again_after_s
        self.silence = silence
        self.cure = cure or Words("Kiểm tra đường mạng", "Check the internet line")
        super().__init__(what.en)


class NetworkEngine(Engine):
    """Base of the engines that ask a server for MP3."""

    reach = Reach.NETWORK
    title: str
    """Whose server it is, for people."""
    chunk_limit: int
    """Characters the server takes at once."""
    keeps_rate: bool
    """Whether the server itself speaks faster and slower; else the sound is stretched here."""

    def __init__(self, station: Path, server: str) -> None:
        """`server`: its address, for the memory."""
        self._memory = Reachability(station / CACHE_FOLDER / f"{self.name}-unreachable.json", server)
        self._reached_at: float | None = None

    @abstractmethod
    def _address(self) -> tuple[str, int]:
        """Host and port of the first connection: the server's, or the proxy's."""

    @abstractmethod
    def _missing(self) -> Words | None:
        """Why the engine cannot work at all here (a package is missing), in one line."""

    @abstractmethod
    def _conversation(self) -> AbstractContextManager[Fetch]:
        """A connection for the requests of one `speak`."""

    def unavailable(self) -> Words | None:
        missing = self._missing()
        if missing is not None:
            return missing
        silence = self._memory.silence()
        if silence is None:
            return None
        reason, left = silence
        minutes = math.ceil(left.total_seconds() / 60)
        return Words(
            f"{reason.vi}; đài hỏi lại sau {minutes} phút", f"{reason.en}; the station asks again in {minutes} minutes"
        )

    def speak(self, phrases: Sequence[Phrase], *, voice: str, rate: float, deadline_s: float) -> Speech:
        deadline = time.monotonic() + deadline_s
        missing = self._missing()
        if missing is not None:
            raise SpeechError(missing, where=self.title)
        voice = self.voice_named(voice).name
        phrases = sayable(phrases, self.name)
        try:
            self._see_whether_reachable(deadline)
            speech = self._fetch_all(phrases, voice, rate, deadline)
        except Trouble as trouble:
            raise self._give_up(trouble) from trouble
        self._reached_at = time.monotonic()
        self._memory.forget()
        return speech

    def _give_up(self, trouble: Trouble) -> SpeechError:
        cure = trouble.cure
        if trouble.silence is not None:
            self._reached_at = None
            what = Words(*(f"{self.title}: {trouble.what.text(lang)}. {cure.text(lang)}" for lang in ("vi", "en")))
            self._memory.remember(what, trouble.silence)
            minutes = round(trouble.silence.total_seconds() / 60)
            cure = Words(
                f"{cure.vi}; trong {minutes} phút tới đài dùng giọng dự phòng",
                f"{cure.en}; for {minutes} minutes the station uses the next voice",
            )
        return SpeechError(trouble.what, where=self.title, cure=cure)

    def _see_whether_reachable(self, deadline: float) -> None:
        """A connection within CONNECT_S, name look-up included (which has no time limit of its own), else Trouble."""
        if self._reached_at is not None and time.monotonic() - self._reached_at < REACHED_FOR_S:
            return
        host, port = self._address()
        limit_s = min(CONNECT_S, deadline - time.monotonic())

        def connect() -> None:
            socket.create_connection((host, port), timeout=CONNECT_S).close()

        try:
            within(limit_s, connect, name=f"reach-{self.name}")
        except TimeoutError as problem:
            raise Trouble(
                Words(
                    f"không nối được mạng (hết giờ sau {CONNECT_S:.0f} giây)",
                    f"no connection (timed out after {CONNECT_S:.0f} s)",
                ),
                silence=_blame(limit_s, CONNECT_S),
            ) from problem
        except socket.gaierror as problem:
            raise Trouble(
                Words(
                    f"không nối được mạng (không tìm ra máy chủ {host})", f"no connection (cannot find the host {host})"
                )
            ) from problem
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise Trouble(
                Words(f"không nối được tới {host} ({reason})", f"cannot connect to {host} ({reason})")
            ) from problem

    def _fetch_all(self, phrases: Sequence[Phrase], voice: str, rate: float, deadline: float) -> Speech:
        pieces: list[tuple[npt.NDArray[np.float32] | None, int]] = []
        rate_hz: int | None = None
        with self._conversation() as fetch:
            for phrase in phrases:
                chunks = [chunk for chunk in split(phrase.text, self.chunk_limit) if self._sayable(chunk)]
                for position, chunk in enumerate(chunks):
                    wanted = rate * phrase.rate
                    samples, piece_hz = self._fetch_whole(fetch, chunk.text, voice, wanted, deadline)
                    if rate_hz not in (None, piece_hz):
                        raise Trouble(Words("câu trả lời có tần số lẫn lộn", "the answers have different sample rates"))
                    rate_hz = piece_hz
                    if not self.keeps_rate:
                        samples = stretch(without_silent_ends(samples, rate_hz), rate_hz, wanted)
                    pieces.append((samples, chunk.gap_ms if position < len(chunks) - 1 else phrase.pause_ms))
                if not chunks:
                    pieces.append((None, phrase.pause_ms))
        if rate_hz is None:
            raise Trouble(
                Words("bài chỉ có dấu, không có chữ để đọc", "nothing but marks to speak"),
                silence=None,
                cure=Words("Viết nội dung bằng chữ", "Write the text in words"),
            )
        return Speech(samples=join(pieces, rate_hz), rate_hz=rate_hz)

    def _sayable(self, chunk: Chunk) -> bool:
        """Servers answer a request for marks alone with an error."""
        return any(character.isalnum() for character in chunk.text)

    def _fetch_whole(
        self, fetch: Fetch, text: str, voice: str, rate: float, deadline: float
    ) -> tuple[npt.NDArray[np.float32], int]:
        """One piece, asked for until it is whole. Raises Trouble."""
        for attempt in range(TRIES):
            try:
                return self._fetch_once(fetch, text, voice, rate, deadline)
            except Trouble as trouble:
                wait_s = max(trouble.again_after_s, BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
                last = attempt == TRIES - 1
                if last or not trouble.again or time.monotonic() + wait_s >= deadline:
                    raise
            time.sleep(wait_s)
        raise AssertionError("unreachable: the last try raises")

    def _fetch_once(
        self, fetch: Fetch, text: str, voice: str, rate: float, deadline: float
    ) -> tuple[npt.NDArray[np.float32], int]:
        limit_s = min(ANSWER_S, deadline - time.monotonic())
        try:
            data = within(limit_s, lambda: fetch(text, voice, rate), name=f"fetch-{self.name}")
        except TimeoutError as problem:
            raise Trouble(
                Words(
                    f"máy chủ trả lời quá chậm (quá {max(0.0, limit_s):.0f} giây)",
                    f"the server answers too slowly (over {max(0.0, limit_s):.0f} s)",
                ),
                silence=_blame(limit_s, ANSWER_S),
            ) from problem
        try:
            return decode_whole(data, text, rate=rate if self.keeps_rate else 1.0)
        except BadSoundError as problem:
            raise Trouble(
                Words(f"âm thanh nhận về {problem}", f"the sound received is {problem.english}"), again=True
            ) from problem


def _blame(given_s: float, bound_s: float) -> timedelta | None:
    """The silence that a server earns by not answering within `given_s`."""
    return SILENCE if given_s >= min(FAIR_S, bound_s) - 0.1 else None


def address_of(url: str) -> tuple[str, int]:
    """Host and port of the first connection for `url`: the server's, or those of the proxy that the system names."""
    from requests.utils import get_environ_proxies, select_proxy

    proxy = select_proxy(url, get_environ_proxies(url))
    parts = urlsplit(proxy if proxy and "//" in proxy else f"//{proxy}" if proxy else url)
    return parts.hostname or "", parts.port or (443 if parts.scheme in ("https", "wss") else 80)
