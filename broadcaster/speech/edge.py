"""The `edge` engine: Microsoft's neural voices, through edge-tts, when the line is up. The best free ones.

Not an official interface either: it may stop any day, and then the next engine of the station's order speaks. The
library ends without an error when the connection breaks in the middle of a sentence, so an answer counts only when the
server has said that the turn is over. Our tests run the real library against a local server of its protocol; they
cannot show that Microsoft still speaks it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from broadcaster.errors import Words
from broadcaster.speech.engine import Gender, Voice
from broadcaster.speech.network import (
    ANSWER_S,
    BUSY_SILENCE,
    CONNECT_S,
    LOGIN,
    READ_S,
    Fetch,
    NetworkEngine,
    Trouble,
    address_of,
)
from broadcaster.tomlfile import Table

SERVER = "speech.platform.bing.com"
CHUNK_LIMIT = 500
"""Characters. Microsoft takes 4096 bytes; a shorter piece costs less when it must be asked for again."""
SLOWEST_PERCENT, FASTEST_PERCENT = -50, 100
"""The service's own limits."""
_UPDATE = Words("Nếu mạng tốt, cập nhật: pip install -U edge-tts", "If the line is good: pip install -U edge-tts")


class EdgeEngine(NetworkEngine):
    """Hoài My (female) and Nam Minh (male)."""

    name = "edge"
    title = "Microsoft"
    chunk_limit = CHUNK_LIMIT
    keeps_rate = True

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        return cls(station, SERVER)

    def voices(self) -> Sequence[Voice]:
        return (
            Voice(engine=self.name, name="vi-VN-HoaiMyNeural", region="", gender=Gender.FEMALE),
            Voice(engine=self.name, name="vi-VN-NamMinhNeural", region="", gender=Gender.MALE),
        )

    def _missing(self) -> Words | None:
        if importlib.util.find_spec("edge_tts") is None:
            return Words(
                "thiếu gói edge-tts. Cài: pip install 'broadcaster[edge]'",
                "the package edge-tts is missing. Install it: pip install 'broadcaster[edge]'",
            )
        return None

    def _address(self) -> tuple[str, int]:
        from edge_tts.constants import WSS_URL

        return address_of(WSS_URL)

    @contextmanager
    def _conversation(self) -> Iterator[Fetch]:
        # One WebSocket for each piece, as the service wants it: nothing to keep open.
        yield lambda text, voice, rate: asyncio.run(self._fetch(text, voice, rate))

    async def _fetch(self, text: str, voice: str, rate: float) -> bytes:
        import aiohttp
        from edge_tts.exceptions import EdgeTTSException

        try:
            # aiohttp puts no limit on the silence between two messages.
            return await asyncio.wait_for(_stream(text, voice, rate), ANSWER_S)
        except TimeoutError as problem:
            raise Trouble(
                Words(f"máy chủ trả lời quá chậm (quá {ANSWER_S:.0f} giây)", f"no whole answer within {ANSWER_S:.0f} s")
            ) from problem
        except aiohttp.WSServerHandshakeError as problem:
            raise _refused(problem.status) from problem
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError) as problem:
            raise Trouble(
                Words("chứng chỉ bảo mật của máy chủ không đúng", "the server's certificate is wrong"), cure=LOGIN
            ) from problem
        except (aiohttp.ClientError, OSError) as problem:
            raise Trouble(Words("mạng đứt giữa chừng", "the connection broke"), again=True) from problem
        except (
            EdgeTTSException,
            ValueError,
            KeyError,
        ) as problem:  # the library raises these for answers it does not know
            raise Trouble(
                Words(f"câu trả lời sai dạng ({problem})", f"the answer has another form ({problem})"),
                again=True,
                cure=_UPDATE,
            ) from problem


async def _stream(text: str, voice: str, rate: float) -> bytes:
    """The MP3 of one whole turn."""
    from edge_tts import Communicate

    percent = min(FASTEST_PERCENT, max(SLOWEST_PERCENT, round((rate - 1) * 100)))
    request = Communicate(
        text, voice, rate=f"{percent:+d}%", connect_timeout=round(CONNECT_S), receive_timeout=round(READ_S)
    )
    sound = b"".join([part["data"] async for part in request.stream() if part["type"] == "audio"])
    # The library adds a turn's bytes to this count when the server says that the turn is over, and only then.
    if request.state["cumulative_audio_bytes"] != len(sound):
        raise Trouble(Words("mạng đứt giữa chừng", "the connection broke in the middle"), again=True)
    return sound


def _refused(status: int) -> Trouble:
    if status == 429:
        return Trouble(
            Words("máy chủ báo hỏi quá nhiều (lỗi 429)", "too many requests (429)"),
            silence=BUSY_SILENCE,
            cure=Words("Cài thêm giọng piper để khỏi phụ thuộc mạng", "Install a piper voice, which needs no network"),
        )
    if status >= 500:
        return Trouble(Words(f"máy chủ báo lỗi {status}", f"the server says error {status}"), again=True)
    if status < 400:
        return Trouble(
            Words("nhận về một trang web thay cho giọng đọc", "a web page came back instead of a voice"), cure=LOGIN
        )
    return Trouble(
        Words(f"máy chủ từ chối (lỗi {status})", f"the server refused (error {status})"),
        cure=Words("Xem ngày giờ của máy; cập nhật: pip install -U edge-tts", "Check the date; update edge-tts"),
    )
